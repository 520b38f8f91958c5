//! Counters, epochs and outcomes in HELLO and WELCOME.

use super::welcomed;
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, case, holds, open, row_len, taken};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::extension;
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Opening, Seen, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("SES-006/1", "a HELLO with the same counter is STALE_HELLO", &["SES-006", "ERR-002"], |ctx| {
            stale(ctx, 0)
        }),
        case("SES-006/2", "a HELLO with a lower counter is STALE_HELLO", &["SES-006", "ERR-002"], |ctx| {
            stale(ctx, 1)
        }),
        case("SES-006/3", "a HELLO over XX with the same counter is STALE_HELLO", &["SES-006"], stale_xx),
        case("SES-008/1", "session_epoch rises with every WELCOME", &["SES-008"], epochs),
        case("SES-009/1", "WELCOME tells the highest handled number", &["SES-009"], handled),
        case("SES-010/1", "WELCOME lists every number that was not accepted", &["SES-010"], exceptions),
        case("SES-010/2", "WELCOME lists nothing that is settled", &["SES-010"], settled),
        case(
            "SES-010/3",
            "WELCOME lists the lowest 256 where there are more, and the rest can be asked for",
            &["SES-010", "SES-009", "DLV-019"],
            cut_list,
        ),
        anonymous(
            "SES-011/1",
            "versions that the server does not speak are no downgrade",
            &["SES-011"],
            no_downgrade,
        ),
    ]
}

fn stale(ctx: &Ctx, below: u64) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    let stored = alice.hello_counter.get();
    let opening = Opening::new(ctx, &alice);
    let seen = opening
        .with(|opening| opening.hello.hello_counter = stored.saturating_sub(below).max(1))
        .attempt()?
        .first;
    ctx.require("SES-006", "it is STALE_HELLO with the stored counter", is_stale(stored, &seen));
    ctx.require("ERR-002", "the error is carried by CLOSE", closed_with(Code::STALE_HELLO, &seen));
    alice.hello_counter.set(stored);
    let next = Opening::new(ctx, &alice).attempt()?;
    ctx.require("SES-006", "a counter above the told one is welcomed", welcomed(&next));
    Ok(())
}

fn is_stale(stored: u64, seen: &Seen) -> Judged {
    match seen {
        Seen::Close(Close { code: Code::STALE_HELLO, hello_counter: Some(told), .. }) if *told == stored => {
            Ok(())
        }
        other => Err(Mismatch::new(format!("CLOSE STALE_HELLO telling {stored}"), format!("{other:?}"))),
    }
}

fn stale_xx(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    let stored = alice.hello_counter.get();
    let opening = Opening::new(ctx, &alice).with(|opening| {
        opening.pattern = crate::peer::greeting::Pattern::Xx;
        opening.hello.hello_counter = stored;
    });
    let seen = opening.attempt()?.first;
    ctx.require("SES-006", "the first transport record is CLOSE STALE_HELLO", is_stale(stored, &seen));
    Ok(())
}

fn epochs(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut last = 0;
    for _ in 0..3 {
        let session = open(ctx, &alice)?;
        let epoch = session.welcome().session_epoch;
        ctx.require(
            "SES-008",
            "it is above the one before",
            holds((epoch > last).into(), "a higher epoch", (last, epoch)),
        );
        last = epoch;
    }
    Ok(())
}

/// Numbers 1 accepted, 2 refused, 3 voided, 4 accepted.
fn mixed(ctx: &Ctx, alice: &Device) -> Result<(), Halt> {
    let mut session = open(ctx, alice)?;
    let first = session.welcome().handled;
    ctx.control("a fresh device has handled nothing", expect_eq(&0, &first))?;
    session.send(alice.id, b"one");
    session.send(crate::peer::DeviceId([0xee; 16]), b"two");
    session.say(&[&say::void(alice.next_client_seq())]);
    session.send(alice.id, b"four");
    let outcomes = session.outcomes(4);
    let expected =
        vec![Seen::Accepted(1), Seen::Refused(2, Code::UNKNOWN_DEVICE), Seen::Voided(3), Seen::Accepted(4)];
    ctx.control("four numbers have their outcomes", expect_eq(&expected, &outcomes))
}

fn handled(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    mixed(ctx, &alice)?;
    let session = open(ctx, &alice)?;
    ctx.require("SES-009", "refused and voided numbers count", expect_eq(&4, &session.welcome().handled));
    Ok(())
}

fn exceptions(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    mixed(ctx, &alice)?;
    let session = open(ctx, &alice)?;
    let expected = vec![(2, Code::UNKNOWN_DEVICE), (3, Code::NO_ERROR)];
    ctx.require(
        "SES-010",
        "the refused and the voided number, in rising order",
        expect_eq(&expected, &session.welcome().exceptions),
    );
    Ok(())
}

fn settled(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    mixed(ctx, &alice)?;
    alice.settled.set(2);
    let session = open(ctx, &alice)?;
    ctx.require(
        "SES-010",
        "what is above settled",
        expect_eq(&vec![(3, Code::NO_ERROR)], &session.welcome().exceptions),
    );
    alice.settled.set(4);
    let session = open(ctx, &alice)?;
    ctx.require(
        "SES-010",
        "nothing when all is settled",
        expect_eq(&Vec::new(), &session.welcome().exceptions),
    );
    Ok(())
}

/// The most exceptions that WELCOME holds.
const EXCEPTIONS_MAX: u64 = 256;
/// Numbers that the case voids.
const VOIDED: u64 = EXCEPTIONS_MAX + 8;

fn cut_list(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let kept = session.welcome().limit("outcome_cache");
    if kept < VOIDED {
        return Err(Halt::NotTestable {
            why: format!("outcomes are kept of {kept} numbers: no list is cut"),
        });
    }
    let mut done = 0;
    while done < VOIDED {
        let row = done.saturating_add(1)..=VOIDED.min(done.saturating_add(row_len(&session, 64)));
        let (count, last) = (row.clone().count(), *row.end());
        let expected: Vec<Seen> = row.clone().map(Seen::Voided).collect();
        session.say(&[&row.flat_map(say::void).collect::<Vec<u8>>()]);
        ctx.control("every number is voided", expect_eq(&expected, &session.outcomes(count)))?;
        done = last;
    }
    // Whatever comes in place of a WELCOME is a list of none, and judged as such.
    let mut next = Opening::new(ctx, &alice).attempt()?;
    let welcome = next.welcome();
    let expected: Vec<(u64, Code)> = (1..=EXCEPTIONS_MAX).map(|seq| (seq, Code::NO_ERROR)).collect();
    ctx.require("SES-010", "the lowest ones, rising", expect_eq(&expected, &welcome.exceptions));
    ctx.require("SES-009", "every number is handled", expect_eq(&VOIDED, &welcome.handled));
    next.say(&[&say::void(EXCEPTIONS_MAX + 1)]);
    let seen = next.outcome();
    ctx.require(
        "DLV-019",
        "the rest is told when asked for",
        expect_eq(&Seen::Voided(EXCEPTIONS_MAX + 1), &seen),
    );
    Ok(())
}

fn no_downgrade(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let opening =
        Opening::new(ctx, &device).with(|opening| opening.hello.extensions = extension(2, &[1, 9, 200]));
    let session = opening.attempt()?;
    ctx.require("SES-011", "HELLO is welcomed", welcomed(&session));
    Ok(())
}
