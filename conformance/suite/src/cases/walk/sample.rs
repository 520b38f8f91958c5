//! Events as octets: the least sound form of each frame, made from the grammar's own tables.

use pinnace_spec::{Field, Kind};

use crate::case::Halt;
use crate::peer::octets::{frame, len_prefixed, varint};
use crate::peer::{Device, say};

/// A number that no mailbox has reached.
const FAR: u64 = 1 << 40;
/// An alias that is never bound here.
const UNBOUND: u64 = 63;
/// The highest even frame type; it is nobody's.
const EVEN: u64 = 4_611_686_018_427_387_902;

/// The frames of an event, for a session in which alias 0 is bound.
pub(super) fn octets(event: &str, device: &Device, realm: &[u8; 32]) -> Result<Vec<u8>, Halt> {
    Ok(match event {
        "SEND_unbound" => say::send(1, UNBOUND, b"x"),
        "SEND_over" => (1..=17).flat_map(|client_seq| say::send(client_seq, 0, b"x")).collect(),
        "BIND_over" => say::bind(16_383, device.id),
        "ACK_invalid" => say::ack(FAR),
        "NACK_invalid" => say::nack(FAR, 1),
        "CREDIT_lowered" => say::credit(0, 0),
        "UNKNOWN_EVEN" => frame(EVEN, &[]),
        "MALFORMED" => frame(0, &[]),
        "REGISTER_DEVICE" => say::register_device(&device.certificate().signed(&device.identity, realm)),
        name => least(name)?,
    })
}

/// The least sound form of a frame.
pub(super) fn least(name: &str) -> Result<Vec<u8>, Halt> {
    let found = pinnace_spec::frames().ok().and_then(|frames| frames.frame(name));
    let found =
        found.ok_or_else(|| Halt::Harness { fault: format!("no frame {name} in the specification") })?;
    let body: Vec<u8> = found.fields.iter().flat_map(field).collect();
    Ok(frame(found.frame_type, &body))
}

fn field(field: &Field) -> Vec<u8> {
    match &field.kind {
        Kind::Octet { min, .. } => vec![u8::try_from(*min).unwrap_or_default()],
        Kind::Varint { min, .. } => varint(*min),
        Kind::Fixed { len } => vec![0; *len],
        Kind::Bytes { min, structure, .. } => len_prefixed(&held(*min, structure.as_deref())),
        Kind::Text { min, .. } => len_prefixed(&filler(*min)),
        Kind::List { min, fields, .. } => {
            let items = (0..*min).flat_map(|_| fields.iter().flat_map(self::field));
            varint(*min).into_iter().chain(items).collect()
        }
        Kind::Rest { min, structure, .. } => held(*min, structure.as_deref()),
    }
}

fn held(min: u64, structure: Option<&str>) -> Vec<u8> {
    let named = structure.and_then(|name| pinnace_spec::frames().ok()?.structure(name));
    named.map_or_else(|| filler(min), |structure| structure.fields.iter().flat_map(field).collect())
}

fn filler(len: u64) -> Vec<u8> {
    vec![b'1'; usize::try_from(len).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::least;

    #[test]
    fn the_least_form_of_each_frame_is_sound() {
        for frame in &pinnace_spec::frames().unwrap().frames {
            let octets = least(&frame.name).unwrap();
            let read = pinnace_oracle::decode_record(&octets);
            assert!(
                read.is_ok_and(|frames| frames.len() == 1 && frames[0].name == frame.name),
                "{}",
                frame.name
            );
        }
    }
}
