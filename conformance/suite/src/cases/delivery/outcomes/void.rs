//! VOID.

use super::NOBODY;
use crate::case::{Case, CaseResult};
use crate::cases::words::{case, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Seen, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("DLV-018/1", "VOID of the next number is VOIDED", &["DLV-018", "SES-009"], void_next),
        case(
            "DLV-019/1",
            "VOID of a number that was accepted is ACCEPTED, and its message is delivered",
            &["DLV-019"],
            void_accepted,
        ),
        case("DLV-019/2", "VOID of a number that was refused is REFUSED", &["DLV-019"], void_refused),
        case("DLV-019/3", "VOID of a number that was voided is VOIDED", &["DLV-019"], void_voided),
        case(
            "DLV-020/1",
            "a VOID that overtakes its lost SEND keeps the message away",
            &["DLV-020"],
            void_first,
        ),
    ]
}

fn void_next(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(1)]);
    let seen = session.outcome();
    ctx.require("DLV-018", "it is VOIDED", expect_eq(&Seen::Voided(1), &seen));
    let next = open(ctx, &alice)?;
    ctx.require("SES-009", "and handled", expect_eq(&1, &next.welcome().handled));
    Ok(())
}

fn void_accepted(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id), &say::send(1, 0, b"stands"), &say::void(1)]);
    let outcomes = session.outcomes(2);
    ctx.require("DLV-019", "the outcome stands", expect_eq(&vec![Seen::Accepted(1); 2], &outcomes));
    ctx.require("DLV-019", "and the message is delivered", receiver.hears(b"stands"));
    Ok(())
}

fn void_refused(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, NOBODY), &say::send(1, 0, b"x"), &say::void(1)]);
    let outcomes = session.outcomes(2);
    let refused = Seen::Refused(1, Code::UNKNOWN_DEVICE);
    ctx.require("DLV-019", "the outcome stands", expect_eq(&vec![refused.clone(), refused], &outcomes));
    Ok(())
}

fn void_voided(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(1), &say::void(1)]);
    let outcomes = session.outcomes(2);
    ctx.require("DLV-019", "the outcome stands", expect_eq(&vec![Seen::Voided(1); 2], &outcomes));
    Ok(())
}

fn void_first(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[
        &say::bind(0, bob.id),
        &say::void(1),
        &say::send(1, 0, b"late"),
        &say::send(2, 0, b"fence"),
    ]);
    let outcomes = session.outcomes(3);
    let last = outcomes.last().cloned().unwrap_or(Seen::Nothing);
    ctx.control("the next number is accepted", expect_eq(&Seen::Accepted(2), &last))?;
    ctx.require("DLV-020", "the voided message does not come", receiver.hears(b"fence"));
    Ok(())
}
