//! Carriers: how records travel, and what a broken carrier costs.

mod tcp;
mod websocket;

use crate::case::Case;

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [tcp::cases(), websocket::cases()].into_iter().flatten().collect()
}
