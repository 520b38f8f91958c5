//! Padding: whoever sees the ciphertext learns one of eighteen lengths (CNT-002).
//!
//! ```text
//! Padded Content { Content (..), Mark (8) = 0x80, Zeros (..) }
//! ```

use crate::bounds::{BUCKET_MIN, LEN_MAX};
use crate::error::{ContentError, TooLong};

const MARK: u8 = 0x80;

/// The length of a padded content that holds so many octets and the mark: 128, 192, 256, 384, 512, and so on up to
/// `content_len_max`; `None` when there is none.
///
/// ```
/// use pinnace_content::bucket;
///
/// assert_eq!(bucket(1), Some(128));
/// assert_eq!(bucket(128), Some(192));
/// assert_eq!(bucket(192), Some(256));
/// assert_eq!(bucket(49_151), Some(49_152));
/// assert_eq!(bucket(49_152), None);
/// ```
#[must_use]
pub fn bucket(len: usize) -> Option<usize> {
    let mut bucket = BUCKET_MIN;
    while bucket <= LEN_MAX {
        let between = bucket.saturating_add(bucket / 2);
        match len {
            len if len < bucket => return Some(bucket),
            len if len < between && between <= LEN_MAX => return Some(between),
            _ => bucket = bucket.saturating_mul(2),
        }
    }
    None
}

pub(crate) fn pad(mut octets: Vec<u8>) -> Result<Vec<u8>, TooLong> {
    let len = bucket(octets.len()).ok_or(TooLong::Content { len_max: LEN_MAX })?;
    octets.push(MARK);
    octets.resize(len, 0);
    Ok(octets)
}

pub(crate) fn unpad(octets: &[u8]) -> Result<&[u8], ContentError> {
    if octets.is_empty() || bucket(octets.len().saturating_sub(1)) != Some(octets.len()) {
        return Err(ContentError::Length { len: octets.len() });
    }
    let zeros = octets.iter().rev().take_while(|octet| **octet == 0).count();
    let marked = octets.get(..octets.len().saturating_sub(zeros)).unwrap_or_default();
    match marked.split_last() {
        // The shortest length that fits: padding carries nothing.
        Some((&MARK, content)) if bucket(content.len()) == Some(octets.len()) => Ok(content),
        Some(_) | None => Err(ContentError::Padding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_padded_to_the_next_of_eighteen_lengths() {
        let mut lens: Vec<usize> = (0..LEN_MAX).filter_map(bucket).collect();
        lens.dedup();
        assert_eq!(lens.len(), 18, "{lens:?}");
        assert_eq!((lens[0], lens[1], lens[17]), (128, 192, LEN_MAX));
        for len in [0, 1, 127, 128, 191, 192, 1000, LEN_MAX - 1] {
            let padded = pad(vec![7; len]).unwrap();
            assert!(lens.contains(&padded.len()));
            assert_eq!(unpad(&padded).unwrap(), vec![7; len]);
        }
        assert_eq!(pad(vec![7; LEN_MAX]), Err(TooLong::Content { len_max: LEN_MAX }));
    }

    #[test]
    fn other_lengths_and_other_padding_are_refused() {
        for len in [0, 1, 127, 129, 191, 193, LEN_MAX + 1, LEN_MAX * 2] {
            let mut octets = vec![0; len];
            octets.iter_mut().take(1).for_each(|octet| *octet = MARK);
            assert_eq!(unpad(&octets), Err(ContentError::Length { len }), "{len}");
        }
        assert_eq!(unpad(&[0; 128]), Err(ContentError::Padding));
        let mut wide = pad(vec![7; 20]).unwrap();
        wide.resize(192, 0);
        assert_eq!(unpad(&wide), Err(ContentError::Padding), "a longer bucket than it needs");
        let mut other = pad(vec![7; 20]).unwrap();
        *other.last_mut().unwrap() = 1;
        assert_eq!(unpad(&other), Err(ContentError::Padding));
    }
}
