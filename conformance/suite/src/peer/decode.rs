//! The reading of octets, for `pinnace-conform decode`.

use crate::suite::Decoded;

/// The frames of a record's plaintext, one a line with its offset and fields, up to the first error.
#[must_use]
pub fn decode(octets: &[u8]) -> Decoded {
    match pinnace_oracle::decode_record(octets) {
        Ok(frames) => Decoded {
            lines: frames.iter().map(|frame| format!("{:>5}  {frame}", frame.offset)).collect(),
            fault: None,
        },
        Err(error) => {
            let front = octets.get(..whole_len(octets)).map(decode).unwrap_or_default();
            Decoded { lines: front.lines, fault: Some(error.to_string()) }
        }
    }
}

/// Octets of the whole frames before the first error.
fn whole_len(octets: &[u8]) -> usize {
    (0..octets.len())
        .rev()
        .find(|len| octets.get(..*len).is_some_and(|front| pinnace_oracle::decode_record(front).is_ok()))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn whole_frames_are_told_before_the_error() {
        let decoded = decode(&[0x0a, 1, 7, 0x0a, 2, 0x40, 7]);
        assert_eq!(decoded.lines, ["    0  PING token=7"]);
        assert!(decoded.fault.as_ref().is_some_and(|fault| fault.contains('5')), "{decoded:?}");
    }
}
