//! Races: two sessions of one device, and what the older one still says.

use super::words::{case, holds, needing, open, untouched};
use crate::case::{Case, CaseResult, Halt, Need};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Confirm, Device, Opening, Seen, Session, Via, closed_with, say};

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    [takeovers(), fenced()].into_iter().flatten().collect()
}

/// Who stays.
fn takeovers() -> Vec<Case> {
    vec![
        case(
            "SES-014/1",
            "an older session lives until the newer one is confirmed",
            &["SES-014", "SES-015", "ERR-004"],
            takeover,
        ),
        case(
            "SES-014/3",
            "an older session still receives while the newer one is unconfirmed",
            &["SES-014"],
            still_receives,
        ),
        case(
            "SES-046/1",
            "an older session ends with INTERNAL when the newer one is lost unconfirmed",
            &["SES-046"],
            lost_newer,
        ),
        case("SES-015/1", "of three sessions the last one stays", &["SES-015", "SES-042"], three),
        case(
            "SES-015/2",
            "any first transport record confirms, whatever it holds",
            &["SES-015"],
            confirming_frame,
        ),
        needing(
            &[Need::Code, Need::WebSocket],
            case(
                "SES-015/3",
                "a session over TCP takes over one over WebSocket",
                &["SES-015", "SES-042"],
                across_carriers,
            ),
        ),
    ]
}

/// What the older session still says, and what both are offered.
fn fenced() -> Vec<Case> {
    vec![
        case(
            "SES-016/1",
            "a SEND of the older session behind the newer HELLO has no outcome",
            &["SES-016", "DLV-002"],
            fenced_send,
        ),
        case(
            "SES-016/2",
            "a VOID of the older session behind the newer HELLO has no outcome",
            &["SES-016"],
            fenced_void,
        ),
        case(
            "SES-016/3",
            "an ACK of the older session behind the newer HELLO moves nothing",
            &["SES-016"],
            fenced_ack,
        ),
        case(
            "SES-042/1",
            "when the newer session is confirmed first it stays",
            &["SES-042", "SES-015"],
            newer_first,
        ),
        case(
            "SES-042/2",
            "when the older session is confirmed first the newer one stays",
            &["SES-042", "SES-014", "SES-015"],
            older_first,
        ),
        case(
            "DLV-025/2",
            "a takeover offers again what the older session left unacknowledged",
            &["DLV-025", "DLV-026"],
            reoffered,
        ),
        case(
            "DLV-002/3",
            "two sessions that send the same numbers make one message each",
            &["DLV-002"],
            same_numbers,
        ),
    ]
}

/// A session that is welcomed and not confirmed.
fn unconfirmed<'a>(ctx: &'a Ctx, device: &'a Device) -> Result<Session<'a>, Halt> {
    Opening::new(ctx, device).with(|opening| opening.confirm = Confirm::Later).open()
}

fn takeover(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut older = open(ctx, &alice)?;
    let mut newer = unconfirmed(ctx, &alice)?;
    ctx.require("SES-014", "the older one lives on", older.is_quiet());
    newer.say(&[]);
    let close = older.closing();
    ctx.require("SES-015", "confirmed, the older one is TAKEN_OVER", closed_with(Code::TAKEN_OVER, &close));
    ctx.require("SES-015", "and the newer one is open", newer.is_alive());
    untouched(ctx, &mut bystander);
    Ok(())
}

fn lost_newer(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut older = open(ctx, &alice)?;
    let newer = unconfirmed(ctx, &alice)?;
    ctx.control("while the newer one is there the older one lives on", older.is_quiet())?;
    drop(newer);
    let close = older.closing();
    ctx.require("SES-046", "the older one is closed with INTERNAL", closed_with(Code::INTERNAL, &close));
    let mut next = open(ctx, &alice)?;
    ctx.require("SES-046", "so that the device can come back", next.is_alive());
    Ok(())
}

fn still_receives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut older = open(ctx, &bob)?;
    let newer = unconfirmed(ctx, &bob)?;
    let mut sender = open(ctx, &alice)?;
    sender.deliver(bob.id, b"message")?;
    ctx.require("SES-014", "the older one is not ended by what comes", older.is_alive());
    drop(newer);
    Ok(())
}

fn across_carriers(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut older = Opening::new(ctx, &alice).with(|opening| opening.via = Via::WebSocket).open()?;
    ctx.control("the session over WebSocket is open", older.is_alive())?;
    let mut newer = open(ctx, &alice)?;
    let close = older.closing();
    ctx.require("SES-015", "the one over WebSocket is TAKEN_OVER", closed_with(Code::TAKEN_OVER, &close));
    ctx.require("SES-042", "the one over TCP stays", newer.is_alive());
    Ok(())
}

fn three(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    let mut second = open(ctx, &alice)?;
    let mut third = open(ctx, &alice)?;
    let closes = [first.closing(), second.closing()];
    for close in &closes {
        ctx.require("SES-015", "each older one is TAKEN_OVER", closed_with(Code::TAKEN_OVER, close));
    }
    ctx.require("SES-042", "the last one stays", third.is_alive());
    Ok(())
}

fn confirming_frame(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    for frames in [say::ping(1), say::grease(3), say::bind(0, alice.id), say::send(1, 0, b"x")] {
        let mut older = open(ctx, &alice)?;
        ctx.control("the older one is open", older.is_alive())?;
        let mut newer = unconfirmed(ctx, &alice)?;
        newer.say(&[&say::bind(0, alice.id), &frames]);
        let close = older.closing();
        ctx.require("SES-015", "it takes over", closed_with(Code::TAKEN_OVER, &close));
    }
    Ok(())
}

/// Whether nothing but TAKEN_OVER comes any more.
fn only_taken_over(session: &mut Session<'_>) -> Result<(), Mismatch> {
    let seen = session.hear();
    closed_with(Code::TAKEN_OVER, &seen)
}

fn fenced_send(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut older = open(ctx, &alice)?;
    older.say(&[&say::bind(0, bob.id)]);
    ctx.control("the older one is open", older.is_alive())?;
    let mut newer = unconfirmed(ctx, &alice)?;
    older.say(&[&say::send(1, 0, b"of the older")]);
    newer.say(&[&say::bind(0, bob.id), &say::send(1, 0, b"of the newer")]);
    let seen = newer.outcome();
    ctx.require("DLV-002", "the number is the newer one's", expect_eq(&Seen::Accepted(1), &seen));
    ctx.require("SES-016", "the older one has no outcome", only_taken_over(&mut older));
    ctx.require("SES-016", "and its message does not come", receiver.hears(b"of the newer"));
    newer.say(&[&say::send(2, 0, b"fence")]);
    ctx.require("SES-016", "also not later", receiver.hears(b"fence"));
    Ok(())
}

fn fenced_void(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut older = open(ctx, &alice)?;
    ctx.control("the older one is open", older.is_alive())?;
    let mut newer = unconfirmed(ctx, &alice)?;
    older.say(&[&say::void(1)]);
    newer.say(&[&say::bind(0, alice.id), &say::send(1, 0, b"of the newer")]);
    let seen = newer.outcome();
    ctx.require("SES-016", "the number is not voided", expect_eq(&Seen::Accepted(1), &seen));
    ctx.require("SES-016", "the older one has no outcome", only_taken_over(&mut older));
    Ok(())
}

fn fenced_ack(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    sender.deliver(bob.id, b"one")?;
    let mut older = open(ctx, &bob)?;
    ctx.control("the item comes", older.hears(b"one"))?;
    let mut newer = unconfirmed(ctx, &bob)?;
    older.say(&[&say::ack(1)]);
    ctx.control("the server has read the ACK", older.is_alive())?;
    // What bob sends in the newer session is stored behind whatever the older one had stored.
    newer.deliver(alice.id, b"behind it")?;
    let next = open(ctx, &bob)?;
    ctx.require("SES-016", "the cursor did not move", expect_eq(&0, &next.welcome().cursor));
    let first = sender.item();
    let is_message = matches!(first, Seen::Deliver { mailbox_seq: 1, .. });
    ctx.require("SES-016", "and the sender has no receipt", holds(is_message.into(), "DELIVER 1", &first));
    Ok(())
}

fn newer_first(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut older = unconfirmed(ctx, &alice)?;
    let mut newer = unconfirmed(ctx, &alice)?;
    newer.say(&[]);
    ctx.require("SES-042", "the newer one stays", newer.is_alive());
    older.say(&[]);
    let close = older.closing();
    ctx.require("SES-015", "the older one is TAKEN_OVER", closed_with(Code::TAKEN_OVER, &close));
    ctx.require("SES-042", "and the newer one still stays", newer.is_alive());
    Ok(())
}

fn older_first(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut older = unconfirmed(ctx, &alice)?;
    let mut newer = unconfirmed(ctx, &alice)?;
    older.say(&[]);
    ctx.require("SES-014", "until the newer one is confirmed the older one is open", older.is_alive());
    newer.say(&[]);
    ctx.require("SES-042", "the newer one stays", newer.is_alive());
    let close = older.closing();
    ctx.require("SES-015", "the older one is TAKEN_OVER", closed_with(Code::TAKEN_OVER, &close));
    Ok(())
}

fn reoffered(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    sender.deliver(bob.id, b"one")?;
    let mut older = open(ctx, &bob)?;
    ctx.control("the older one has the item", older.hears(b"one"))?;
    let mut newer = open(ctx, &bob)?;
    ctx.require("DLV-025", "the newer one is offered it again", newer.hears(b"one"));
    sender.deliver(bob.id, b"two")?;
    ctx.require("DLV-026", "once", newer.hears(b"two"));
    Ok(())
}

fn same_numbers(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let frames: Vec<u8> = (1..=8_u8).flat_map(|number| say::send(number.into(), 0, &[number])).collect();
    let mut older = open(ctx, &alice)?;
    older.say(&[&say::bind(0, bob.id), &frames]);
    // The same row again, in a first flight, while the older session's may still be on its way.
    let early = [say::bind(0, bob.id), frames].concat();
    let mut newer = Opening::new(ctx, &alice).with(|opening| opening.early = early).open()?;
    let outcomes = newer.outcomes(8);
    ctx.require(
        "DLV-002",
        "each number is accepted",
        expect_eq(&(1..=8).map(Seen::Accepted).collect(), &outcomes),
    );
    alice.client_seq.set(8);
    newer.send(bob.id, b"fence");
    let payloads: Vec<Vec<u8>> = receiver.items(9).iter().filter_map(payload).collect();
    let expected: Vec<Vec<u8>> = (1..=8_u8).map(|number| vec![number]).chain([b"fence".to_vec()]).collect();
    ctx.require("DLV-002", "and each message comes once", expect_eq(&expected, &payloads));
    Ok(())
}

fn payload(seen: &Seen) -> Option<Vec<u8>> {
    match seen {
        Seen::Deliver { payload, .. } => Some(payload.0.clone()),
        _ => None,
    }
}
