//! Receipts: what a sender hears of its messages.

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::say;
use crate::peer::{Device, Seen, Session};

/// A terminal reason of NACK.
struct Rejected {
    id: &'static str,
    title: &'static str,
    reason: u64,
}

const REJECTED: &[Rejected] = &[
    Rejected { id: "DLV-036/1", title: "an undecryptable message is told as rejected", reason: 1 },
    Rejected { id: "DLV-036/2", title: "a malformed message is told as rejected", reason: 2 },
    Rejected { id: "DLV-036/3", title: "an unsupported message is told as rejected", reason: 3 },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = REJECTED
        .iter()
        .map(|row| case(row.id, row.title, &["DLV-036", "DLV-035"], move |ctx| rejected(ctx, row)))
        .collect();
    cases.extend([
        case(
            "DLV-032/1",
            "an acknowledged message brings its sender a receipt",
            &["DLV-032", "SES-034"],
            one,
        ),
        case("DLV-032/2", "one ACK of a run brings one receipt for the run", &["DLV-032"], run),
        case("DLV-032/3", "each sender has a receipt for its own", &["DLV-032", "DLV-046"], two_senders),
        case("DLV-032/4", "a receipt waits for a sender that is away", &["DLV-032", "DLV-024"], away),
        case(
            "DLV-032/5",
            "an ACK that is repeated brings no second receipt",
            &["DLV-032", "DLV-030"],
            repeated,
        ),
        case("DLV-032/6", "items acknowledged out of order bring their receipt", &["DLV-032"], out_of_order),
        case("DLV-033/1", "no receipt comes before the acknowledgement", &["DLV-033"], not_before),
        case("DLV-034/1", "no_receipt brings none", &["DLV-034"], none),
        case("DLV-034/2", "a receipt that is acknowledged brings none", &["DLV-034"], none_of_receipt),
        case("DLV-034/3", "a rejected message with no_receipt brings none", &["DLV-034"], none_of_rejected),
        case("DLV-037/2", "a NACK that is not terminal brings none", &["DLV-037"], none_of_later),
    ]);
    cases
}

/// Whether that is the RECEIPT.
fn is_receipt(mailbox_seq: u64, of: &Device, status: u64, ranges: &[(u64, u64)], seen: &Seen) -> Judged {
    let expected = Seen::Receipt { mailbox_seq, of: Some(of.id), status, ranges: ranges.to_vec() };
    expect_eq(&expected, seen)
}

/// Alice and bob, both open, bob with these messages of alice's heard.
fn heard<'a>(
    ctx: &'a Ctx,
    alice: &'a Device,
    bob: &'a Device,
    payloads: &[&[u8]],
) -> Result<[Session<'a>; 2], Halt> {
    let (mut sender, mut receiver) = (open(ctx, alice)?, open(ctx, bob)?);
    for payload in payloads {
        sender.deliver(bob.id, payload)?;
        ctx.control("the message comes", receiver.hears(payload))?;
    }
    Ok([sender, receiver])
}

/// The ordered marker in a mailbox: a message to oneself is the next item, under the number that it has if
/// nothing was filed before it.
fn nothing_before(session: &mut Session<'_>, mailbox_seq: u64) -> Judged {
    let id = session.device.id;
    if let Err(halt) = session.deliver(id, b"fence") {
        return Err(Mismatch::new("ACCEPTED", halt.to_string()));
    }
    let seen = session.item();
    match &seen {
        Seen::Deliver { mailbox_seq: number, payload, .. }
            if *number == mailbox_seq && payload.0 == b"fence" =>
        {
            Ok(())
        }
        other => Err(Mismatch::new(format!("the fence as item {mailbox_seq}"), format!("{other:?}"))),
    }
}

fn rejected(ctx: &Ctx, row: &'static Rejected) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    receiver.say(&[&say::nack(1, row.reason)]);
    let receipt = sender.item();
    ctx.require("DLV-036", row.title, is_receipt(1, &bob, 2, &[(1, 1)], &receipt));
    sender.deliver(bob.id, b"two")?;
    ctx.require("DLV-035", "the next message passes", receiver.hears(b"two"));
    Ok(())
}

fn one(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    receiver.ack(1);
    let receipt = sender.item();
    ctx.require(
        "DLV-032",
        "of status delivered, for its number",
        is_receipt(1, &bob, 0, &[(1, 1)], &receipt),
    );
    let is_bound = matches!(&receipt, Seen::Receipt { of: Some(_), .. });
    ctx.require(
        "SES-034",
        "under an alias that was bound",
        holds(is_bound.into(), "a bound alias", &receipt),
    );
    Ok(())
}

fn run(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one", b"two", b"three"])?;
    receiver.ack(3);
    let receipt = sender.item();
    ctx.require("DLV-032", "for 1 to 3", is_receipt(1, &bob, 0, &[(1, 3)], &receipt));
    ctx.require("DLV-032", "and no other", nothing_before(&mut sender, 2));
    Ok(())
}

fn two_senders(ctx: &Ctx) -> CaseResult {
    let [alice, carol, bob] = people(ctx, ["alice", "carol", "bob"])?;
    let mut first = open(ctx, &alice)?;
    let [mut second, mut receiver] = heard(ctx, &carol, &bob, &[b"of carol"])?;
    first.deliver(bob.id, b"of alice")?;
    ctx.control("the message comes", receiver.hears(b"of alice"))?;
    receiver.ack(2);
    let (of_first, of_second) = (first.item(), second.item());
    ctx.require("DLV-032", "alice has hers", is_receipt(1, &bob, 0, &[(1, 1)], &of_first));
    ctx.require("DLV-032", "carol has hers", is_receipt(1, &bob, 0, &[(1, 1)], &of_second));
    ctx.require("DLV-046", "and alice nothing more", nothing_before(&mut first, 2));
    Ok(())
}

fn away(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    drop(sender);
    receiver.ack(1);
    for _ in 0..2 {
        let mut next = open(ctx, &alice)?;
        let receipt = next.item();
        ctx.require("DLV-032", "it waits", is_receipt(1, &bob, 0, &[(1, 1)], &receipt));
        ctx.require("DLV-024", "until it is acknowledged", is_receipt(1, &bob, 0, &[(1, 1)], &receipt));
    }
    Ok(())
}

fn repeated(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    receiver.say(&[&say::ack(1), &say::ack(1)]);
    receiver.say(&[&say::ack(1), &say::ack(0)]);
    let receipt = sender.item();
    ctx.require("DLV-032", "one comes", is_receipt(1, &bob, 0, &[(1, 1)], &receipt));
    // Bob's own message is handled behind his acknowledgements.
    receiver.deliver(alice.id, b"behind them")?;
    let next = sender.item();
    ctx.require("DLV-030", "and no second", expect_eq(&Some(2), &next.mailbox_seq()));
    Ok(())
}

fn out_of_order(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one", b"two", b"three", b"four"])?;
    receiver.say(&[&say::ack_ranges(0, &[(1, 1), (1, 1)])]);
    let receipt = sender.item();
    ctx.require("DLV-032", "for 2 and 4", is_receipt(1, &bob, 0, &[(2, 1), (4, 1)], &receipt));
    receiver.say(&[&say::ack(4)]);
    let receipt = sender.item();
    ctx.require("DLV-032", "then for 1 and 3", is_receipt(2, &bob, 0, &[(1, 1), (3, 1)], &receipt));
    Ok(())
}

fn not_before(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    ctx.require("DLV-033", "the message is there, and no receipt is filed", nothing_before(&mut sender, 1));
    receiver.ack(1);
    let receipt = sender.item();
    ctx.require("DLV-033", "after the acknowledgement it is", is_receipt(2, &bob, 0, &[(1, 1)], &receipt));
    Ok(())
}

fn none(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let (mut sender, mut receiver) = (open(ctx, &alice)?, open(ctx, &bob)?);
    sender.send_with(bob.id, b"silent", &say::no_receipt());
    let seen = sender.outcome();
    ctx.control("the message is accepted", expect_eq(&Seen::Accepted(1), &seen))?;
    sender.deliver(bob.id, b"loud")?;
    ctx.control("it comes", receiver.hears(b"silent"))?;
    ctx.control("and the other", receiver.hears(b"loud"))?;
    receiver.ack(2);
    let receipt = sender.item();
    ctx.require("DLV-034", "only the other has a receipt", is_receipt(1, &bob, 0, &[(2, 1)], &receipt));
    Ok(())
}

fn none_of_receipt(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    receiver.ack(1);
    let receipt = sender.item();
    ctx.control("the receipt comes", is_receipt(1, &bob, 0, &[(1, 1)], &receipt))?;
    sender.ack(1);
    // Alice's own message is handled behind her acknowledgement.
    sender.deliver(bob.id, b"behind it")?;
    let next = receiver.item();
    ctx.require("DLV-034", "bob's next item is her next message", expect_eq(&Some(2), &next.mailbox_seq()));
    Ok(())
}

fn none_of_rejected(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let (mut sender, mut receiver) = (open(ctx, &alice)?, open(ctx, &bob)?);
    sender.send_with(bob.id, b"silent", &say::no_receipt());
    let seen = sender.outcome();
    ctx.control("the message is accepted", expect_eq(&Seen::Accepted(1), &seen))?;
    ctx.control("it comes", receiver.hears(b"silent"))?;
    receiver.say(&[&say::nack(1, 1)]);
    receiver.deliver(alice.id, b"behind it")?;
    let next = sender.item();
    ctx.require("DLV-034", "alice's first item is his message", expect_eq(&Some(1), &next.mailbox_seq()));
    let is_message = matches!(next, Seen::Deliver { .. });
    ctx.require("DLV-034", "and no receipt", holds(is_message.into(), "DELIVER", &next));
    Ok(())
}

fn none_of_later(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let [mut sender, mut receiver] = heard(ctx, &alice, &bob, &[b"one"])?;
    receiver.say(&[&say::nack(1, 64)]);
    receiver.deliver(alice.id, b"behind it")?;
    let next = sender.item();
    let is_message = matches!(next, Seen::Deliver { mailbox_seq: 1, .. });
    ctx.require("DLV-037", "alice's first item is his message", holds(is_message.into(), "DELIVER 1", &next));
    Ok(())
}
