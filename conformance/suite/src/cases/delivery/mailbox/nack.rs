//! NACK.

use super::{deliver, filled, numbered, reason};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::{Device, Seen, Session, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("DLV-035/1", "a terminal NACK ends its item and the next one passes", &["DLV-035"], |ctx| {
            ends(ctx, 1)
        }),
        case("EXT-004/1", "an unknown NACK reason of 63 is terminal", &["EXT-004", "DLV-035"], |ctx| {
            ends_unknown(ctx, 63)
        }),
        case(
            "DLV-037/1",
            "a NACK that is not terminal leaves the item to the next session",
            &["DLV-037"],
            |ctx| later(ctx, 64, "DLV-037"),
        ),
        case("EXT-004/2", "an unknown NACK reason of 65 is not terminal", &["EXT-004"], |ctx| {
            later(ctx, 65, "EXT-004")
        }),
    ]
}

/// A NACK of this reason; gives bob's next session once alice has heard of it.
fn nacked<'a>(ctx: &'a Ctx, [alice, bob]: &'a [Device; 2], reason: u64) -> Result<Session<'a>, Halt> {
    let mut receiver = open(ctx, bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::nack(1, reason)]);
    ctx.control("the session goes on", receiver.is_alive())?;
    let mut sender = open(ctx, alice)?;
    let receipt = sender.item();
    let is_rejected = matches!(&receipt, Seen::Receipt { status: 2, ranges, .. } if *ranges == [(1, 1)]);
    ctx.control("the sender is told", holds(is_rejected.into(), "RECEIPT of status rejected", &receipt))?;
    open(ctx, bob)
}

fn judge_end(ctx: &Ctx, requirement: &str, session: &mut Session<'_>) {
    let first = session.item();
    let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::REJECTED };
    ctx.require(requirement, "the item is a GAP", expect_eq(&expected, &first));
    ctx.require(requirement, "the next one comes", expect_eq(&numbered(2, b"two"), &deliver(session)));
}

fn ends(ctx: &Ctx, reason: u64) -> CaseResult {
    let devices = filled(ctx, &[b"one", b"two"])?;
    let mut session = nacked(ctx, &devices, reason)?;
    judge_end(ctx, "DLV-035", &mut session);
    Ok(())
}

fn ends_unknown(ctx: &Ctx, reason: u64) -> CaseResult {
    let devices = filled(ctx, &[b"one", b"two"])?;
    let mut session = nacked(ctx, &devices, reason)?;
    judge_end(ctx, "DLV-035", &mut session);
    ctx.require("EXT-004", "the unknown reason is terminal", Ok(()));
    Ok(())
}

fn later(ctx: &Ctx, reason: u64, requirement: &'static str) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::nack(1, reason)]);
    ctx.require(requirement, "the session goes on", receiver.is_alive());
    ctx.require(requirement, "the next one passes", receiver.hears(b"two"));
    let mut next = open(ctx, &bob)?;
    let heard = [deliver(&mut next), deliver(&mut next)];
    ctx.require(
        requirement,
        "both are offered again",
        expect_eq(&[numbered(1, b"one"), numbered(2, b"two")], &heard),
    );
    next.ack(2);
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    let is_delivered = matches!(&receipt, Seen::Receipt { mailbox_seq: 1, status: 0, .. });
    ctx.require(
        requirement,
        "the sender heard of no rejection",
        holds(is_delivered.into(), "RECEIPT of status delivered", &receipt),
    );
    Ok(())
}
