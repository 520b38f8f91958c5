//! Delivery: outcomes of numbers, mailboxes, acknowledgements and receipts.

mod ephemeral;
mod mailbox;
mod outcomes;
mod receipts;

use crate::case::Case;

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [outcomes::cases(), mailbox::cases(), receipts::cases(), ephemeral::cases()]
        .into_iter()
        .flatten()
        .collect()
}
