//! A number that is sent again.

use super::again;
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, is_error, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::octets::extension;
use crate::peer::say::kind;
use crate::peer::{Code, Device, Seen, Session, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "DLV-002/1",
            "one number three times in one record is one message",
            &["DLV-002", "DLV-003"],
            thrice,
        ),
        case(
            "DLV-003/1",
            "a SEND repeated in its session is accepted again and delivered once",
            &["DLV-003"],
            same_session,
        ),
        case(
            "DLV-003/2",
            "a SEND repeated after a lost ACCEPTED is accepted again and delivered once",
            &["DLV-003"],
            lost_outcome,
        ),
        case(
            "DLV-003/3",
            "a refused SEND repeated is refused again, though it could be delivered by now",
            &["DLV-003"],
            refused_again,
        ),
        case("DLV-003/4", "alias and unknown extensions are not of the body", &["DLV-003"], same_body),
        case(
            "DLV-003/5",
            "an early SEND repeated in the next first flight is accepted again and delivered once",
            &["DLV-003", "SES-041"],
            early_again,
        ),
        case("DLV-006/1", "the last outcome_cache outcomes are kept", &["DLV-006", "DLV-007"], cache),
    ]
}

fn thrice(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let send = say::send(1, 0, b"once");
    session.say(&[&say::bind(0, bob.id), &send, &send, &send, &say::send(2, 0, b"fence")]);
    let outcomes = session.outcomes(4);
    let expected = vec![Seen::Accepted(1), Seen::Accepted(1), Seen::Accepted(1), Seen::Accepted(2)];
    ctx.require("DLV-003", "each is answered with the one outcome", expect_eq(&expected, &outcomes));
    ctx.require("DLV-002", "the message comes", receiver.hears(b"once"));
    ctx.require("DLV-002", "once", receiver.hears(b"fence"));
    Ok(())
}

fn same_session(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let client_seq = session.deliver(bob.id, b"once")?;
    let seen = again(&mut session, client_seq, bob.id, b"once");
    ctx.require("DLV-003", "it is accepted again", expect_eq(&Seen::Accepted(client_seq), &seen));
    session.deliver(bob.id, b"fence")?;
    ctx.control("the message comes", receiver.hears(b"once"))?;
    ctx.require("DLV-003", "once", receiver.hears(b"fence"));
    Ok(())
}

fn lost_outcome(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut lost = open(ctx, &alice)?;
    let client_seq = lost.send(bob.id, b"once");
    // The message is there, and the connection is gone before its outcome was read.
    ctx.control("the message comes", receiver.hears(b"once"))?;
    drop(lost);
    let mut session = open(ctx, &alice)?;
    ctx.require(
        "DLV-003",
        "WELCOME tells that it is handled",
        expect_eq(&client_seq, &session.welcome().handled),
    );
    let seen = again(&mut session, client_seq, bob.id, b"once");
    ctx.require("DLV-003", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    session.deliver(bob.id, b"fence")?;
    ctx.require("DLV-003", "and not delivered again", receiver.hears(b"fence"));
    Ok(())
}

fn refused_again(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let bob = Device::new(ctx, "bob");
    let mut session = open(ctx, &alice)?;
    let client_seq = session.send(bob.id, b"too early");
    let seen = session.outcome();
    let refused = Seen::Refused(client_seq, Code::UNKNOWN_DEVICE);
    ctx.control("to an unknown device it is refused", expect_eq(&refused, &seen))?;
    register(ctx, &[&bob])?;
    let seen = again(&mut session, client_seq, bob.id, b"too early");
    ctx.require("DLV-003", "it is refused again", expect_eq(&refused, &seen));
    session.deliver(bob.id, b"fence")?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-003", "and not delivered", receiver.hears(b"fence"));
    Ok(())
}

fn same_body(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id), &say::bind(9, bob.id), &say::send(1, 0, b"body")]);
    session.say(&[&say::send(1, 9, b"body"), &say::send_with(1, 0, b"body", &extension(33, b"noise"))]);
    let outcomes = session.outcomes(3);
    ctx.require(
        "DLV-003",
        "all three are the same message",
        expect_eq(&vec![Seen::Accepted(1); 3], &outcomes),
    );
    Ok(())
}

fn early_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let early = [say::bind(0, bob.id), say::send(1, 0, b"once")].concat();
    for _ in 0..2 {
        let opening = crate::peer::Opening::new(ctx, &alice).with(|opening| opening.early.clone_from(&early));
        let mut session = opening.open()?;
        let outcome = session.outcome();
        ctx.require("SES-041", "the early SEND is accepted", expect_eq(&Seen::Accepted(1), &outcome));
    }
    alice.client_seq.set(1);
    open(ctx, &alice)?.deliver(bob.id, b"fence")?;
    ctx.control("the message comes", receiver.hears(b"once"))?;
    ctx.require("DLV-003", "once", receiver.hears(b"fence"));
    Ok(())
}

/// Voids so many numbers, window by window.
fn void_many(session: &mut Session<'_>, count: u64) -> Result<(), Halt> {
    let mut left = count;
    while left > 0 {
        let batch = left.min(64);
        let frames: Vec<u8> = (0..batch).flat_map(|_| say::void(session.device.next_client_seq())).collect();
        session.say(&[&frames]);
        let outcomes = session.outcomes(usize::try_from(batch).unwrap_or_default());
        if outcomes.last() != Some(&Seen::Voided(session.device.client_seq.get())) {
            return Err(Halt::Broken { reason: format!("a row of VOIDs ended with {:?}", outcomes.last()) });
        }
        left = left.saturating_sub(batch);
    }
    Ok(())
}

fn cache(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let kept = session.welcome().limit("outcome_cache");
    if kept > 600 {
        return Err(Halt::NotTestable { why: format!("{kept} outcomes are kept: too many to fill") });
    }
    void_many(&mut session, kept.saturating_add(20))?;
    let handled = alice.client_seq.get();
    let oldest = handled.saturating_sub(kept).saturating_add(1);
    session.say(&[&say::void(oldest), &say::void(handled)]);
    let outcomes = session.outcomes(2);
    let expected = vec![Seen::Voided(oldest), Seen::Voided(handled)];
    ctx.require(
        "DLV-006",
        "the oldest of them and the newest are told again",
        expect_eq(&expected, &outcomes),
    );
    session.say(&[&say::void(1)]);
    let seen = session.outcome();
    let judged = if seen == Seen::Voided(1) {
        Ok(())
    } else {
        is_error(Code::OUTCOME_FORGOTTEN, kind::VOID, 1, &seen)
    };
    ctx.require("DLV-007", "one below them is OUTCOME_FORGOTTEN, unless it is kept too", judged);
    Ok(())
}
