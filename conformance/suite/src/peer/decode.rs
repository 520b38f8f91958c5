//! The reading of octets, for `pinnace-conform decode`.

/// One line a frame of a record's plaintext, its fields in it; an error with its offset is the last line.
#[must_use]
pub fn decode(octets: &[u8]) -> Vec<String> {
    match pinnace_oracle::decode_record(octets) {
        Ok(frames) => frames.iter().map(|frame| format!("{:>5}  {frame}", frame.offset)).collect(),
        Err(error) => {
            let mut lines = octets.get(..whole_len(octets)).map(decode).unwrap_or_default();
            lines.push(format!("{:>5}  {error}", error.offset));
            lines
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
        let lines = decode(&[0x0a, 1, 7, 0x0a, 2, 0x40, 7]);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].ends_with("PING token=7"), "{lines:?}");
        assert!(lines[1].trim_start().starts_with('5'), "{lines:?}");
    }
}
