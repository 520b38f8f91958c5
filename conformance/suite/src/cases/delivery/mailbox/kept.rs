//! Items are kept and offered again until they end.

use super::{deliver, filled, numbered, reason};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Seen, say};
use core::time::Duration;

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("DLV-009/1", "a message to a device that is away waits for it", &["DLV-009", "SES-040"], waits),
        case(
            "DLV-024/1",
            "an item that is not acknowledged is offered in every session",
            &["DLV-024", "DLV-025"],
            kept,
        ),
        case("DLV-025/1", "an ACK that is lost brings the item again", &["DLV-025"], lost_ack),
        case("DLV-026/1", "an item is offered once in a session", &["DLV-026"], offered_once),
        case("DLV-038/1", "an expired item is a GAP", &["DLV-038", "DLV-039", "DLV-040"], expired),
        case("DLV-040/1", "an item whose expiry is far is delivered", &["DLV-040"], not_expired),
        case(
            "DLV-041/1",
            "an item offered in redelivery_max sessions becomes a GAP",
            &["DLV-041", "DLV-009"],
            given_up,
        ),
    ]
}

fn waits(ctx: &Ctx) -> CaseResult {
    let [_alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-009", "the first comes", receiver.hears(b"one"));
    ctx.require("DLV-009", "the second comes", receiver.hears(b"two"));
    ctx.require(
        "SES-040",
        "WELCOME told how far the mailbox goes",
        expect_eq(&2, &receiver.welcome().mailbox_last),
    );
    Ok(())
}

fn kept(ctx: &Ctx) -> CaseResult {
    let [_alice, bob] = filled(ctx, &[b"one", b"two"])?;
    for _ in 0..3 {
        let mut receiver = open(ctx, &bob)?;
        let heard = [deliver(&mut receiver), deliver(&mut receiver)];
        let expected = [numbered(1, b"one"), numbered(2, b"two")];
        ctx.require("DLV-024", "both are kept", expect_eq(&expected, &heard));
        ctx.require("DLV-025", "both are offered, under their numbers", expect_eq(&expected, &heard));
    }
    Ok(())
}

fn lost_ack(ctx: &Ctx) -> CaseResult {
    let [_alice, bob] = filled(ctx, &[b"one"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    // The device has it, and the connection is gone before the ACK was sent.
    drop(receiver);
    let mut next = open(ctx, &bob)?;
    ctx.require(
        "DLV-025",
        "it comes again under its number",
        expect_eq(&numbered(1, b"one"), &deliver(&mut next)),
    );
    next.ack(1);
    ctx.control("this ACK arrives", next.is_alive())?;
    Ok(())
}

fn offered_once(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::credit(1 << 21, 1 << 33)]);
    open(ctx, &alice)?.deliver(bob.id, b"two")?;
    ctx.require(
        "DLV-026",
        "the next item is the next one",
        expect_eq(&numbered(2, b"two"), &deliver(&mut receiver)),
    );
    ctx.require("DLV-026", "and nothing follows", receiver.is_quiet());
    Ok(())
}

fn expired(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let brief = sender.send_with(bob.id, b"brief", &say::expires_in_s(1));
    let lasting = sender.send_with(bob.id, b"lasting", &say::expires_in_s(600));
    let outcomes = sender.outcomes(2);
    ctx.control(
        "both are accepted",
        expect_eq(&vec![Seen::Accepted(brief), Seen::Accepted(lasting)], &outcomes),
    )?;
    ctx.pause(Duration::from_secs(1))?;
    let mut receiver = open(ctx, &bob)?;
    let first = receiver.item();
    let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::EXPIRED };
    ctx.require("DLV-038", "the brief one is a GAP", expect_eq(&expected, &first));
    ctx.require("DLV-040", "its own expiry counts, not the retention", expect_eq(&expected, &first));
    ctx.require(
        "DLV-040",
        "the lasting one comes",
        expect_eq(&numbered(2, b"lasting"), &deliver(&mut receiver)),
    );
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    let is_told = matches!(&receipt, Seen::Receipt { status: 1, ranges, .. } if *ranges == [(brief, 1)]);
    ctx.require(
        "DLV-039",
        "the sender is told",
        holds(is_told.into(), "RECEIPT of status expired", &receipt),
    );
    Ok(())
}

fn not_expired(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let client_seq = session.send_with(alice.id, b"lasting", &say::expires_in_s(2_592_000));
    let seen = session.outcome();
    ctx.require("DLV-040", "30 days are accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    ctx.require("DLV-040", "and delivered", session.hears(b"lasting"));
    Ok(())
}

fn given_up(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"poison", b"sound"])?;
    let mut receiver = open(ctx, &bob)?;
    let max = receiver.welcome().limit("redelivery_max");
    if max > 64 {
        return Err(Halt::NotTestable {
            why: format!("an item is offered in {max} sessions before it is given up"),
        });
    }
    for offer in 1..=max {
        let judged = receiver.hears(b"poison");
        let is_over = judged.is_err();
        ctx.require("DLV-041", &format!("offer {offer} of {max} comes"), judged);
        if is_over {
            ctx.require(
                "DLV-009",
                "the message is on offer",
                Err(Mismatch::new("DELIVER", "no more offers")),
            );
            return Ok(());
        }
        ctx.control("the session is confirmed", receiver.is_alive())?;
        receiver = open(ctx, &bob)?;
    }
    let first = receiver.item();
    let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::UNDELIVERABLE };
    ctx.require("DLV-041", "after so many sessions it is a GAP", expect_eq(&expected, &first));
    ctx.require("DLV-041", "the next one comes", receiver.hears(b"sound"));
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    let is_told = matches!(&receipt, Seen::Receipt { status: 3, ranges, .. } if *ranges == [(1, 1)]);
    ctx.require(
        "DLV-009",
        "the sender is told",
        holds(is_told.into(), "RECEIPT of status undeliverable", &receipt),
    );
    Ok(())
}
