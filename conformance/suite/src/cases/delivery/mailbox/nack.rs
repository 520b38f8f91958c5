//! NACK.

use super::{deliver, filled, numbered, reason};
use crate::case::{Case, CaseResult};
use crate::cases::words::{case, holds, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::{Seen, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("DLV-035/1", "a terminal NACK ends its item and the next one passes", &["DLV-035"], |ctx| {
            ends(ctx, 1, &["DLV-035"])
        }),
        case("EXT-004/1", "an unknown NACK reason of 63 is terminal", &["EXT-004", "DLV-035"], |ctx| {
            ends(ctx, 63, &["EXT-004", "DLV-035"])
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

fn ends(ctx: &Ctx, reason: u64, requirements: &[&str]) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::nack(1, reason)]);
    ctx.control("the session goes on", receiver.is_alive())?;
    let mut sender = open(ctx, &alice)?;
    // When the sender is told, the NACK is stored.
    let receipt = sender.item();
    let mut next = open(ctx, &bob)?;
    let heard = [next.item(), next.item()];
    let numbers: Vec<Option<u64>> = heard.iter().map(Seen::mailbox_seq).collect();
    let [gap, _] = heard;
    for requirement in requirements {
        let is_rejected = matches!(&receipt, Seen::Receipt { status: 2, ranges, .. } if *ranges == [(1, 1)]);
        ctx.require(
            requirement,
            "the sender is told",
            holds(is_rejected.into(), "RECEIPT of status rejected", &receipt),
        );
        let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::REJECTED };
        ctx.require(requirement, "the item is a GAP", expect_eq(&expected, &gap));
        ctx.require(requirement, "the next one passes", expect_eq(&vec![Some(1), Some(2)], &numbers));
    }
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
