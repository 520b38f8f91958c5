//! What members of a conversation say to each other, inside the ciphertext. The server never sees it.
//!
//! A [`Content`] is read by [`Content::parse`], which checks every bound once, and written by [`Content::encode`], which pads it
//! to one of a few lengths. Spec: chapter 18; the layout is `spec/proto/content.proto`.
//!
//! ```
//! use pinnace_content::{Content, ContentId, Kind, Text};
//!
//! let said = Content::new(ContentId([7; 16]), 1_800_000_000_000, Kind::Text(Text::plain("ahoy")));
//! let octets = said.encode()?;
//! assert_eq!(octets.len(), 128);
//! assert_eq!(Content::parse(&octets)?, said);
//! # Ok::<_, Box<dyn core::error::Error>>(())
//! ```

mod bounds;
mod content;
mod error;
mod kind;
mod padding;
#[rustfmt::skip]
#[expect(unreachable_pub, unnameable_types, reason = "generated")]
mod proto;
mod read;
mod scan;
mod write;

pub use content::{Content, ContentId, Reference};
pub use error::{ContentError, TooLong};
pub use kind::{
    Call, CallStep, HangupReason, Kind, Media, Mention, Policy, Rank, Receipt, ReceiptKind, Role, Text,
    Typing,
};
pub use padding::bucket;
