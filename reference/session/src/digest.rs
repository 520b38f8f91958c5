//! The one hash of the protocol outside the handshake: BLAKE2s-256 under a label.

use blake2::{Blake2s256, Digest};

use crate::label::Label;

/// Length of a digest, in bytes.
pub const DIGEST_LEN: usize = 32;

/// BLAKE2s-256 (RFC 7693) of label ‖ 0x00 ‖ bytes.
#[must_use]
pub fn labelled_digest(label: Label, bytes: &[u8]) -> [u8; DIGEST_LEN] {
    Blake2s256::new().chain_update(label.as_str()).chain_update([0]).chain_update(bytes).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Label = Label::new("pinnace test");
    const TWO: Label = Label::new("pinnace test b");

    #[test]
    fn digest_is_blake2s_of_label_zero_bytes() {
        // From an independent implementation: hashlib.blake2s(b"pinnace test\0" + b"abc").
        let expected: [u8; 32] = [
            0xc0, 0x27, 0x54, 0xbd, 0x36, 0x1f, 0xea, 0xda, 0x7b, 0x6b, 0x2a, 0xe7, 0xf6, 0x9a, 0xcf, 0x1f,
            0xfc, 0xd3, 0x26, 0x8b, 0xd5, 0xc8, 0x8d, 0xf1, 0x16, 0x7f, 0x5b, 0x21, 0x71, 0x27, 0x52, 0x39,
        ];
        assert_eq!(labelled_digest(ONE, b"abc"), expected);
    }

    #[test]
    fn labels_keep_purposes_apart() {
        assert_ne!(labelled_digest(ONE, b"abc"), labelled_digest(TWO, b"abc"));
        assert_ne!(labelled_digest(ONE, b" b\0abc"), labelled_digest(TWO, b"abc"));
    }
}
