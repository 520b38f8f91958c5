//! Carriers: how records travel, and what a broken carrier costs.

mod tcp;
mod upgrade;
mod websocket;

use crate::case::Case;

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [tcp::cases(), websocket::cases(), upgrade::cases()].into_iter().flatten().collect()
}
