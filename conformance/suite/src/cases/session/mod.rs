//! Sessions: HELLO and WELCOME, first flight, confirmation, credit, aliases, life and end.

mod alias;
mod credit;
mod end;
mod flight;
mod numbers;
mod timers;

use crate::case::Case;
use crate::check::{Judged, Mismatch};
use crate::peer::{Seen, Session};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [flight::cases(), numbers::cases(), credit::cases(), alias::cases(), timers::cases(), end::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The first frame of a session that a case opened.
fn welcomed(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}
