//! The codec, written by hand, and the oracle, driven by the tables, agree on every record: frames, places, kinds of error.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

use pinnace_oracle::decode_record;
use pinnace_oracle::octets::{extension as extension_of, frame as frame_of, len_prefixed, varint};
use pinnace_spec::{Field, Frame, Kind};
use pinnace_wire::frames;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn they_agree_on_noise(record in prop::collection::vec(any::<u8>(), 0..96)) {
        agree(&record)?;
    }

    #[test]
    fn they_agree_on_frames(record in prop::collection::vec(any_frame(), 1..4)) {
        let record = record.concat();
        agree(&record)?;
        prop_assert!(decode_record(&record).is_ok(), "{:?}", decode_record(&record));
    }

    #[test]
    fn they_agree_on_broken_frames(
        record in prop::collection::vec(any_frame(), 1..3),
        faults in prop::collection::vec((any::<prop::sample::Index>(), any_fault()), 1..4),
    ) {
        let mut record = record.concat();
        for (place, fault) in faults {
            fault.apply(&mut record, place);
        }
        agree(&record)?;
    }
}

/// Both decoders see the same frames at the same places, or the same error at the same place.
fn agree(record: &[u8]) -> Result<(), TestCaseError> {
    let mut codec = Vec::new();
    let mut error = None;
    for placed in frames(record) {
        match placed {
            Ok(placed) => codec.push((placed.frame.frame_type().value(), placed.offset, placed.body_len)),
            Err(found) => error = Some((found.kind.name(), found.offset)),
        }
    }
    match (decode_record(record), error) {
        (Ok(oracle), None) => {
            let oracle: Vec<_> =
                oracle.iter().map(|frame| (frame.frame_type, frame.offset, frame.body_len)).collect();
            prop_assert_eq!(codec, oracle);
        }
        (Err(oracle), Some(error)) => prop_assert_eq!((oracle.kind.name(), oracle.offset), error),
        (oracle, error) => prop_assert!(false, "oracle {oracle:?}, codec {error:?}"),
    }
    Ok(())
}

/// One change to a record.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Flip(u8),
    Set(u8),
    Insert(u8),
    Remove,
    Cut,
}

impl Fault {
    fn apply(self, record: &mut Vec<u8>, place: prop::sample::Index) {
        if record.is_empty() {
            return;
        }
        let index = place.index(record.len());
        match self {
            Self::Flip(bit) => record[index] ^= 1 << (bit % 8),
            Self::Set(octet) => record[index] = octet,
            Self::Insert(octet) => record.insert(index, octet),
            Self::Remove => {
                record.remove(index);
            }
            Self::Cut => record.truncate(index),
        }
    }
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        any::<u8>().prop_map(Fault::Flip),
        any::<u8>().prop_map(Fault::Set),
        any::<u8>().prop_map(Fault::Insert),
        Just(Fault::Remove),
        Just(Fault::Cut),
    ]
}

/// A well-formed frame of any known type, written from its table.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let tables = &pinnace_spec::frames().expect("the tables hold").frames;
    (0..tables.len()).prop_flat_map(move |index| frame(&tables[index]))
}

fn frame(table: &'static Frame) -> BoxedStrategy<Vec<u8>> {
    let extensions: Vec<_> = table
        .extensions
        .iter()
        .map(|extension| {
            let value = field(&extension.field);
            prop::option::of(value.prop_map(|value| extension_of(extension.extension_type, &value)))
        })
        .collect();
    (sequence(&table.fields), extensions)
        .prop_map(|(fields, extensions)| {
            let body: Vec<u8> =
                fields.into_iter().chain(extensions.into_iter().flatten().flatten()).collect();
            frame_of(table.frame_type, &body)
        })
        .boxed()
}

fn sequence(fields: &'static [Field]) -> BoxedStrategy<Vec<u8>> {
    let strategies: Vec<_> = fields.iter().map(field).collect();
    strategies.prop_map(|values| values.concat()).boxed()
}

fn field(field: &'static Field) -> BoxedStrategy<Vec<u8>> {
    match &field.kind {
        Kind::Octet { min, max } => {
            (*min..=*max).prop_map(|number| vec![u8::try_from(number).expect("an octet")]).boxed()
        }
        Kind::Varint { min, max } => number(*min, *max).prop_map(varint).boxed(),
        Kind::Fixed { len } => prop::collection::vec(any::<u8>(), *len).boxed(),
        Kind::Bytes { structure: Some(name), .. } => {
            structure(name).prop_map(|octets| len_prefixed(&octets)).boxed()
        }
        Kind::Rest { structure: Some(name), .. } => structure(name).boxed(),
        Kind::Bytes { min, max, structure: None } => {
            octets(*min, *max).prop_map(|octets| len_prefixed(&octets)).boxed()
        }
        Kind::Text { min, max } => letters(*min, *max).prop_map(|octets| len_prefixed(&octets)).boxed(),
        Kind::Rest { min, max, utf8: true, structure: None } => letters(*min, *max).boxed(),
        Kind::Rest { min, max, utf8: false, structure: None } => octets(*min, *max).boxed(),
        Kind::List { min, max, fields } => prop::collection::vec(sequence(fields), size(*min, *max))
            .prop_map(|items| [varint(items.len() as u64), items.concat()].concat())
            .boxed(),
    }
}

fn structure(name: &str) -> BoxedStrategy<Vec<u8>> {
    let tables = pinnace_spec::frames().expect("the tables hold");
    sequence(&tables.structure(name).expect("a structure of that name").fields)
}

/// A number of any length on the wire, so that short ones are not rare.
fn number(min: u64, max: u64) -> impl Strategy<Value = u64> {
    (min..=max, 0_u32..62).prop_map(move |(number, shift)| (number >> shift).max(min))
}

fn octets(min: u64, max: u64) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), size(min, max))
}

fn letters(min: u64, max: u64) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(b'a'..=b'z', size(min, max))
}

/// Long values say nothing that short ones do not, but take time.
fn size(min: u64, max: u64) -> core::ops::RangeInclusive<usize> {
    let min = usize::try_from(min).expect("a length");
    min..=usize::try_from(max).expect("a length").min(min + 80)
}
