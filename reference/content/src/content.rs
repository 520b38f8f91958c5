//! One content.

use core::fmt;

use pinnace_wire::AccountId;

use crate::error::{ContentError, TooLong};
use crate::kind::Kind;
use crate::{padding, read, write};

/// Names a content in its conversation, together with the account that sent it: 16 random octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(pub [u8; 16]);

/// Names a content of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The account that sent it.
    pub author: AccountId,
    /// Its id.
    pub id: ContentId,
}

/// One content, within its bounds. Spec: chapter 18.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Its id.
    pub id: ContentId,
    /// The sender's clock, in milliseconds since 1970-01-01 UTC. For people.
    pub sent_ms: u64,
    /// What it answers.
    pub reply_to: Option<Reference>,
    /// After so many seconds each device forgets it; 0 is never.
    pub disappear_s: u64,
    /// Whether it may be looked at once.
    pub view_once: bool,
    /// What it is.
    pub kind: Kind,
}

impl Content {
    /// A content that answers nothing and stays.
    #[must_use]
    pub const fn new(id: ContentId, sent_ms: u64, kind: Kind) -> Self {
        Self { id, sent_ms, reply_to: None, disappear_s: 0, view_once: false, kind }
    }

    /// Reads a padded content. What is not known is skipped (CNT-003), but for the kind (CNT-004).
    ///
    /// # Errors
    /// Each [`ContentError`] (CNT-001).
    pub fn parse(octets: &[u8]) -> Result<Self, ContentError> {
        read::content(padding::unpad(octets)?)
    }

    /// Writes it, padded (CNT-002).
    ///
    /// # Errors
    /// [`TooLong`]: what is out of its bounds is not written.
    pub fn encode(&self) -> Result<Vec<u8>, TooLong> {
        let octets = write::content(self);
        // Readers refuse what is out of its bounds: better here than there.
        match read::content(&octets) {
            Ok(_) => padding::pad(octets),
            Err(ContentError::OutOfRange { field }) => Err(TooLong::Field { field }),
            Err(
                ContentError::Length { .. }
                | ContentError::Padding
                | ContentError::Malformed
                | ContentError::Version { .. }
                | ContentError::Kinds { .. },
            ) => Err(TooLong::Field { field: "kind" }),
        }
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
