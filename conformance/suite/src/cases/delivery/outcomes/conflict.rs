//! Another body under a used number.

use super::{NOBODY, again};
use crate::case::{Case, CaseResult};
use crate::cases::words::{case, has_code, is_error, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::say::kind;
use crate::peer::{Code, Seen, say};

/// A body that differs from `SEND 1 to alias 0, payload "first", class 1, expires_in_s 600`.
struct Conflict {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
}

const JUDGES: &[&str] = &["DLV-004", "DLV-002", "ERR-001", "ERR-005", "ERR-006"];

const CONFLICTS: &[Conflict] = &[
    Conflict {
        id: "DLV-004/1",
        title: "another payload under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"fir5t", &[say::class(1), say::expires_in_s(600)].concat()),
    },
    Conflict {
        id: "DLV-004/2",
        title: "a longer payload under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"first!", &[say::class(1), say::expires_in_s(600)].concat()),
    },
    Conflict {
        id: "DLV-004/3",
        title: "another destination under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 1, b"first", &[say::class(1), say::expires_in_s(600)].concat()),
    },
    Conflict {
        id: "DLV-004/4",
        title: "another class under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"first", &say::expires_in_s(600)),
    },
    Conflict {
        id: "DLV-004/5",
        title: "another expiry under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"first", &[say::class(1), say::expires_in_s(601)].concat()),
    },
    Conflict {
        id: "DLV-004/6",
        title: "no_receipt in addition under a used number is IDEMPOTENCY_CONFLICT",
        octets: || {
            say::send_with(
                1,
                0,
                b"first",
                &[say::class(1), say::expires_in_s(600), say::no_receipt()].concat(),
            )
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> =
        CONFLICTS.iter().map(|row| case(row.id, row.title, JUDGES, move |ctx| conflict(ctx, row))).collect();
    cases.extend([
        case(
            "DLV-004/7",
            "a SEND under a voided number is IDEMPOTENCY_CONFLICT and is not delivered",
            &["DLV-004", "DLV-020"],
            send_voided,
        ),
        case("DLV-015/1", "a refused number stays used", &["DLV-015", "DLV-004"], stays_used),
    ]);
    cases
}

fn original() -> Vec<u8> {
    say::send_with(1, 0, b"first", &[say::class(1), say::expires_in_s(600)].concat())
}

fn conflict(ctx: &Ctx, row: &'static Conflict) -> CaseResult {
    let [alice, bob, carol] = people(ctx, ["alice", "bob", "carol"])?;
    let (mut to_bob, mut to_carol) = (open(ctx, &bob)?, open(ctx, &carol)?);
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id), &say::bind(1, carol.id), &original(), &original()]);
    let outcomes = session.outcomes(2);
    ctx.control("the same body again is accepted again", expect_eq(&vec![Seen::Accepted(1); 2], &outcomes))?;
    ctx.control("and delivered", to_bob.hears(b"first"))?;
    session.say(&[&(row.octets)()]);
    let seen = session.outcome();
    ctx.require("DLV-004", row.title, has_code(Code::IDEMPOTENCY_CONFLICT, &seen));
    let judged = is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen);
    ctx.require("ERR-005", "it names SEND", judged.clone());
    ctx.require("ERR-006", "its subject is the number", judged);
    session.say(&[&say::send(2, 0, b"fence"), &say::send(3, 1, b"fence")]);
    let outcomes = session.outcomes(2);
    ctx.require(
        "ERR-001",
        "the session goes on",
        expect_eq(&vec![Seen::Accepted(2), Seen::Accepted(3)], &outcomes),
    );
    ctx.require("DLV-002", "nothing but the first body was delivered", to_bob.hears(b"fence"));
    ctx.require("DLV-002", "to nobody else either", to_carol.hears(b"fence"));
    Ok(())
}

fn send_voided(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(1)]);
    let seen = session.outcome();
    ctx.control("the number is voided", expect_eq(&Seen::Voided(1), &seen))?;
    let seen = again(&mut session, 1, bob.id, b"never");
    ctx.require(
        "DLV-004",
        "a SEND under it is a conflict",
        is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen),
    );
    alice.client_seq.set(1);
    session.deliver(bob.id, b"fence")?;
    ctx.require("DLV-020", "its message is not delivered", receiver.hears(b"fence"));
    Ok(())
}

fn stays_used(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.send(NOBODY, b"to nobody");
    let seen = session.outcome();
    ctx.control("1 is refused", expect_eq(&Seen::Refused(1, Code::UNKNOWN_DEVICE), &seen))?;
    let seen = again(&mut session, 1, alice.id, b"to myself");
    ctx.require(
        "DLV-004",
        "another body under it is a conflict",
        is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen),
    );
    ctx.require(
        "DLV-015",
        "and not a number to be used again",
        is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen),
    );
    let next = session.send(alice.id, b"to myself");
    let seen = session.outcome();
    ctx.require("DLV-015", "the next number is 2", expect_eq(&Seen::Accepted(next), &seen));
    let session = open(ctx, &alice)?;
    ctx.require("DLV-015", "both are handled", expect_eq(&2, &session.welcome().handled));
    Ok(())
}
