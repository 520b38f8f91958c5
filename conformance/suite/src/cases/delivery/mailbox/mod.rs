//! The mailbox: items are numbered, kept, offered, acknowledged, and end.

mod acknowledged;
mod carried;
mod kept;
mod nack;

use crate::case::{Case, Halt};
use crate::cases::words::open;
use crate::check::{Judged, Mismatch};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::seen::Payload;
use crate::peer::{Device, Seen, Session};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [carried::cases(), kept::cases(), acknowledged::cases(), nack::cases()].into_iter().flatten().collect()
}

/// Reasons of a GAP.
mod reason {
    pub(super) const EXPIRED: u64 = 0;
    pub(super) const REJECTED: u64 = 1;
    pub(super) const UNDELIVERABLE: u64 = 2;
    pub(super) const ACKNOWLEDGED: u64 = 5;
}

/// A mailbox of bob's with these messages of alice's.
fn filled(ctx: &Ctx, payloads: &[&[u8]]) -> Result<[Device; 2], Halt> {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    for payload in payloads {
        sender.deliver(bob.id, payload)?;
    }
    Ok([alice, bob])
}

/// The next item as number and payload.
fn deliver(session: &mut Session<'_>) -> Result<(u64, Payload), String> {
    match session.item() {
        Seen::Deliver { mailbox_seq, payload, .. } => Ok((mailbox_seq, payload)),
        other => Err(format!("{other:?}")),
    }
}

fn numbered(mailbox_seq: u64, payload: &[u8]) -> Result<(u64, Payload), String> {
    Ok((mailbox_seq, Payload::from(payload)))
}

/// The acknowledgement is stored: the sender's receipt is there.
fn await_receipt(ctx: &Ctx, sender: &Device) -> Result<(), Halt> {
    let mut session = open(ctx, sender)?;
    let seen = session.item();
    let judged: Judged = match &seen {
        Seen::Receipt { status: 0, .. } => Ok(()),
        other => Err(Mismatch::new("RECEIPT of status delivered", format!("{other:?}"))),
    };
    ctx.control("the acknowledgement is stored", judged)
}
