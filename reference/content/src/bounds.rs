//! The bounds of contents, as `spec/data/limits.toml` has them.

use pinnace_wire::limits::{
    CONTENT_BUCKET_MIN, CONTENT_ITEMS_MAX, CONTENT_LEN_MAX, CONTENT_NAME_LEN_MAX, CONTENT_TEXT_LEN_MAX, Limit,
};

/// A padded content is no longer, in octets.
pub(crate) const LEN_MAX: usize = octets(CONTENT_LEN_MAX);
/// A padded content is no shorter, in octets.
pub(crate) const BUCKET_MIN: usize = octets(CONTENT_BUCKET_MIN);
/// A body, a caption, an offer, a preview, in octets.
pub(crate) const TEXT_LEN_MAX: usize = octets(CONTENT_TEXT_LEN_MAX);
/// A name, a locator, a media type, a sign, in octets.
pub(crate) const NAME_LEN_MAX: usize = octets(CONTENT_NAME_LEN_MAX);
/// Entries of a list.
pub(crate) const ITEMS_MAX: usize = octets(CONTENT_ITEMS_MAX);

/// Fixed limits, all of them small.
#[expect(clippy::cast_possible_truncation, reason = "below 2^16")]
const fn octets(limit: Limit) -> usize {
    limit.max as usize
}
