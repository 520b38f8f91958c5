//! Which kinds a content has: the derived reader takes the last of several and forgets those that it does not know.

use prost::encoding::{DecodeContext, decode_key, skip_field};

use crate::error::ContentError;

/// The fields that are kinds.
const KINDS: core::ops::RangeInclusive<u32> = 16..=127;

/// The one kind of a content.
///
/// # Errors
/// [`ContentError::Malformed`], [`ContentError::Kinds`].
pub(crate) fn kind(octets: &[u8]) -> Result<u32, ContentError> {
    let mut rest = octets;
    let (mut count, mut found) = (0, 0);
    while !rest.is_empty() {
        let (tag, wire_type) = decode_key(&mut rest).map_err(|_| ContentError::Malformed)?;
        if KINDS.contains(&tag) {
            (count, found) = (count + 1, tag);
        }
        skip_field(wire_type, tag, &mut rest, DecodeContext::default())
            .map_err(|_| ContentError::Malformed)?;
    }
    if count == 1 { Ok(found) } else { Err(ContentError::Kinds { count }) }
}
