//! Gaps, and the order of outcomes.

use super::{NOBODY, again};
use crate::case::{Case, CaseResult};
use crate::cases::words::{case, open, row_len};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::say::kind;
use crate::peer::seen::Refusal;
use crate::peer::{Code, Seen, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "DLV-005/1",
            "a SEND ahead of the next number is SEQ_GAP with the expected number",
            &["DLV-005", "ERR-001", "ERR-005", "ERR-006"],
            gap,
        ),
        case(
            "DLV-005/2",
            "a VOID ahead of the next number is SEQ_GAP with the expected number",
            &["DLV-005", "ERR-005", "ERR-006"],
            void_gap,
        ),
        case(
            "DLV-005/3",
            "in one record a gap is refused and what closes it is taken",
            &["DLV-005", "DLV-014"],
            gap_in_record,
        ),
        case("DLV-005/4", "the highest number there is, is SEQ_GAP", &["DLV-005"], highest),
        case(
            "DLV-014/1",
            "accepted, refused and voided numbers are told in their order",
            &["DLV-014"],
            order,
        ),
        case("DLV-014/2", "a long row of SENDs is told in its order", &["DLV-014", "DLV-022"], long_row),
    ]
}

/// Whether that is SEQ_GAP for this frame and number.
fn is_gap(frame_type: u64, subject: u64, expected: u64, seen: &Seen) -> Result<(), Mismatch> {
    match seen {
        Seen::Error(Refusal {
            code: Code::SEQ_GAP, frame_type: f, subject: s, expected: Some(e), ..
        }) if (*f, *s, *e) == (frame_type, subject, expected) => Ok(()),
        other => Err(Mismatch::new(
            format!("ERROR SEQ_GAP of frame type {frame_type}, subject {subject}, expected {expected}"),
            format!("{other:?}"),
        )),
    }
}

fn gap(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let seen = again(&mut session, 3, alice.id, b"three");
    ctx.require("DLV-005", "3 after 1 is SEQ_GAP, expected 2", is_gap(kind::SEND, 3, 2, &seen));
    ctx.require("ERR-005", "it names SEND", is_gap(kind::SEND, 3, 2, &seen));
    ctx.require("ERR-006", "its subject is the number", is_gap(kind::SEND, 3, 2, &seen));
    let two = again(&mut session, 2, alice.id, b"two");
    let three = again(&mut session, 3, alice.id, b"three");
    ctx.require(
        "ERR-001",
        "the session goes on from the expected number",
        expect_eq(&[Seen::Accepted(2), Seen::Accepted(3)], &[two, three]),
    );
    Ok(())
}

fn void_gap(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(2)]);
    let seen = session.outcome();
    ctx.require("DLV-005", "2 at first is SEQ_GAP, expected 1", is_gap(kind::VOID, 2, 1, &seen));
    ctx.require("ERR-005", "it names VOID", is_gap(kind::VOID, 2, 1, &seen));
    ctx.require("ERR-006", "its subject is the number", is_gap(kind::VOID, 2, 1, &seen));
    Ok(())
}

fn gap_in_record(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let send = |client_seq| say::send(client_seq, 0, b"x");
    session.say(&[&say::bind(0, alice.id), &send(1), &send(3), &send(2)]);
    let outcomes = session.outcomes(3);
    let [one, hole, two] =
        <[Seen; 3]>::try_from(outcomes).unwrap_or([Seen::Nothing, Seen::Nothing, Seen::Nothing]);
    ctx.require("DLV-005", "3 after 1 is SEQ_GAP", is_gap(kind::SEND, 3, 2, &hole));
    ctx.require(
        "DLV-014",
        "1 and 2 are accepted around it",
        expect_eq(&[Seen::Accepted(1), Seen::Accepted(2)], &[one, two]),
    );
    Ok(())
}

fn highest(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let top = 4_611_686_018_427_387_903;
    let seen = again(&mut session, top, alice.id, b"x");
    ctx.require("DLV-005", "it is ahead like any other", is_gap(kind::SEND, top, 2, &seen));
    Ok(())
}

fn order(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let bind = [say::bind(0, alice.id), say::bind(1, NOBODY)].concat();
    let frames: Vec<u8> = (1..=30)
        .flat_map(|client_seq| match client_seq % 3 {
            0 => say::void(client_seq),
            1 => say::send(client_seq, 0, b"to myself"),
            _ => say::send(client_seq, 1, b"to nobody"),
        })
        .collect();
    session.say(&[&bind, &frames]);
    let outcomes = session.outcomes(30);
    let expected: Vec<Seen> = (1..=30)
        .map(|client_seq| match client_seq % 3 {
            0 => Seen::Voided(client_seq),
            1 => Seen::Accepted(client_seq),
            _ => Seen::Refused(client_seq, Code::UNKNOWN_DEVICE),
        })
        .collect();
    ctx.require("DLV-014", "thirty outcomes, one after the other", expect_eq(&expected, &outcomes));
    Ok(())
}

fn long_row(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let last = row_len(&session, 100);
    session.say(&[&say::bind(0, bob.id)]);
    for client_seq in 1..=last {
        session.say(&[&say::send(client_seq, 0, &client_seq.to_be_bytes())]);
    }
    let count = usize::try_from(last).unwrap_or_default();
    let outcomes = session.outcomes(count);
    let expected: Vec<Seen> = (1..=last).map(Seen::Accepted).collect();
    ctx.require("DLV-014", "the outcomes rise", expect_eq(&expected, &outcomes));
    let numbers: Vec<Option<u64>> = receiver.items(count).iter().map(sent_number).collect();
    let expected: Vec<Option<u64>> = (1..=last).map(Some).collect();
    ctx.require("DLV-022", "and so do the messages", expect_eq(&expected, &numbers));
    Ok(())
}

/// The number that a message of `long_row` carries.
fn sent_number(seen: &Seen) -> Option<u64> {
    match seen {
        Seen::Deliver { payload, .. } => payload.0.first_chunk().map(|eight| u64::from_be_bytes(*eight)),
        _ => None,
    }
}
