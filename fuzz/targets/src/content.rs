//! What a member of a conversation may say: nothing panics, and what is read is the same when it is written and read again.

use pinnace_content::{Content, bucket};

/// The octets as a padded content, and padded as one.
///
/// # Panics
/// When a content that was read is not read again from what is written.
pub fn content(octets: &[u8]) {
    again(octets);
    if let Some(len) = bucket(octets.len()) {
        let mut padded = [octets, &[0x80]].concat();
        padded.resize(len, 0);
        again(&padded);
    }
}

fn again(octets: &[u8]) {
    let Ok(content) = Content::parse(octets) else { return };
    let written = content.encode().expect("what was read is within its bounds");
    assert!(written.len() <= octets.len(), "what is skipped makes it shorter, and nothing longer");
    assert_eq!(Content::parse(&written).as_ref(), Ok(&content));
    assert_eq!(content.encode(), Ok(written));
}
