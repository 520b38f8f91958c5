//! What the frames of profile devices hold.

use pinnace_oracle::{DecodedFrame, NamedValue, Value};

use super::{Payload, Seen, Stock, fixed, items, number_at};
use crate::peer::DeviceId;
use crate::peer::octets::varint;

/// Reads a frame of profile devices.
pub(super) fn read(frame: &DecodedFrame) -> Seen {
    let number = |name: &str| frame.number(name).unwrap_or_default();
    match frame.name.as_str() {
        "KEYS" => Seen::Keys { request: number("request"), stocks: stocks(frame) },
        "KEYS_LOW" => Seen::KeysLow {
            mailbox_seq: number("mailbox_seq"),
            suite: number("suite"),
            one_time_count: number("one_time_count"),
        },
        "CLAIMED" => Seen::Claimed {
            request: number("request"),
            device: DeviceId(fixed(&super::octets(frame, "device"))),
            left: number("left"),
            key_package: Payload(super::octets(frame, "key_package")),
            is_last_resort: frame.value("last_resort").is_some(),
        },
        "DEVICE_LIST" => {
            Seen::DeviceList { request: number("request"), list: Payload(structure(frame, "list")) }
        }
        "LINK_OFFER" => {
            Seen::LinkOffer { request: number("request"), expires_in_ms: number("expires_in_ms") }
        }
        other => Seen::Broken(format!("{other} from a server")),
    }
}

/// The stocks of KEYS.
fn stocks(frame: &DecodedFrame) -> Vec<Stock> {
    let digest = |item: &[NamedValue]| match item.get(2).map(|named| &named.value) {
        Some(Value::Octets(octets)) => octets.first_chunk().copied().unwrap_or([0; 32]),
        _ => [0; 32],
    };
    let stock = |item: &Vec<NamedValue>| Stock {
        suite: number_at(item, 0),
        one_time_count: number_at(item, 1),
        set_digest: digest(item),
        last_resort: number_at(item, 3),
    };
    items(frame, "stocks").iter().map(stock).collect()
}

/// A structure that was read, as the octets that it was read from: the reading allows one form only, and every octet-wide
/// number of a structure is below 64.
fn structure(frame: &DecodedFrame, name: &str) -> Vec<u8> {
    frame.value(name).map(octets).unwrap_or_default()
}

fn octets(value: &Value) -> Vec<u8> {
    match value {
        Value::Number(number) => varint(*number),
        Value::Octets(octets) => octets.clone(),
        Value::Text(text) => text.clone().into_bytes(),
        Value::Structure(fields) => all(fields),
        Value::List(items) => {
            let count = varint(u64::try_from(items.len()).unwrap_or(u64::MAX));
            count.into_iter().chain(items.iter().flat_map(|item| all(item))).collect()
        }
    }
}

fn all(fields: &[NamedValue]) -> Vec<u8> {
    fields.iter().flat_map(|field| octets(&field.value)).collect()
}

#[cfg(test)]
mod tests {
    use crate::peer::Seen;
    use crate::peer::octets::{frame, len_prefixed, varint};
    use crate::peer::seen::{Aliases, Payload};

    #[test]
    fn a_list_is_seen_as_the_octets_that_came() {
        let list =
            [&[1][..], &[7; 32], &varint(300), &[8; 32], &varint(1 << 40), &[1], &[9; 16], &[6; 64]].concat();
        let octets = frame(138, &[varint(4), len_prefixed(&list)].concat());
        let frames = pinnace_oracle::decode_record(&octets).unwrap();
        let seen = Seen::read(&frames[0], &mut Aliases::default());
        assert_eq!(seen, Seen::DeviceList { request: 4, list: Payload(list) });
    }
}
