//! What becomes of a client_seq: one outcome, for ever.

mod conflict;
mod order;
mod refusal;
mod repeat;
mod void;

use crate::case::Case;
use crate::peer::{DeviceId, Seen, Session};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [conflict::cases(), repeat::cases(), void::cases(), order::cases(), refusal::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// An id that no device has.
const NOBODY: DeviceId = DeviceId([0xee; 16]);

/// Sends again what was sent, and takes the outcome.
fn again(session: &mut Session<'_>, client_seq: u64, to: DeviceId, payload: &[u8]) -> Seen {
    session.send_again(client_seq, to, payload, &[]);
    session.outcome()
}
