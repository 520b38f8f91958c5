//! Words for the fuzzers, from the numbers of the specification.

use core::fmt::Write as _;
use std::collections::BTreeSet;

use pinnace_oracle::octets;

/// The dictionary as libFuzzer reads it: the types of frames and extensions, codes, limits and their edges, as they stand
/// on the wire.
///
/// # Panics
/// When the data files of the specification do not hold.
#[must_use]
pub fn dictionary() -> String {
    let mut text = String::from(
        "# Words for the fuzzers, from spec/data. `cargo run -p pinnace-fuzz-targets --example seeds` writes this file.\n",
    );
    for word in words() {
        let escaped = word.iter().fold(String::new(), |mut escaped, octet| {
            let _ = write!(escaped, "\\x{octet:02x}");
            escaped
        });
        let _ = writeln!(text, "\"{escaped}\"");
    }
    text
}

fn words() -> BTreeSet<Vec<u8>> {
    let frames = pinnace_spec::frames().expect("frames.toml");
    let errors = pinnace_spec::errors().expect("errors.toml");
    let limits = pinnace_spec::limits().expect("limits.toml");
    let mut numbers = BTreeSet::from([0, 1, 63, 64, 16_383, 16_384, 1_073_741_823, 1_073_741_824]);
    numbers.insert(pinnace_wire::U62_MAX);
    for frame in &frames.frames {
        numbers.insert(frame.frame_type);
        numbers.extend(frame.extensions.iter().map(|extension| extension.extension_type));
    }
    numbers.extend(errors.entries.iter().map(|error| u64::from(error.code)));
    for limit in &limits.entries {
        numbers.extend([limit.id, limit.default, limit.min, limit.max, limit.max.saturating_add(1)]);
    }
    let mut words: BTreeSet<Vec<u8>> = numbers
        .into_iter()
        .filter(|number| *number <= pinnace_wire::U62_MAX)
        .map(octets::varint)
        .filter(|word| word.len() > 1)
        .collect();
    // A number that is longer than it need be, the magic, and octets that are no UTF-8.
    words.extend([vec![0x40, 0x01], vec![0x80, 0, 0, 1], b"PNCE\x01\x01\x01\x00".to_vec()]);
    words.extend([b"PNCE\x01\x01\x02\x00".to_vec(), vec![0xed, 0xa0, 0x80]]);
    // Each frame with an empty body and each extension without a value, as they begin.
    for frame in &frames.frames {
        words.insert(octets::frame(frame.frame_type, &[]));
        let extensions = frame.extensions.iter();
        words.extend(extensions.map(|extension| octets::extension(extension.extension_type, &[])));
    }
    words
}
