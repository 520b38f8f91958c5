//! Numbers and methods.

use core::time::Duration;

use super::{begin, usurper, waiting};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, case, declared, has_code, holds, open};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{offered_method, people, stage, verify};
use crate::peer::say::kind;
use crate::peer::seen::{Refusal, Registration};
use crate::peer::{Code, Device, Seen, say};

/// What may pass between the server's look at its clock and our look at ours.
const SLACK: Duration = Duration::from_millis(50);

pub(super) fn cases() -> Vec<Case> {
    vec![
        anonymous(
            "REG-003/1",
            "a number that is not E.164 is BAD_NUMBER",
            &["REG-003", "ERR-001", "ERR-005"],
            bad_numbers,
        ),
        anonymous("REG-003/2", "the shortest and the longest number are taken", &["REG-003"], number_bounds),
        anonymous(
            "REG-004/1",
            "REGISTER is answered with the methods that there are",
            &["REG-004"],
            choosing,
        ),
        anonymous(
            "REG-005/1",
            "a method that was not listed is METHOD_UNAVAILABLE",
            &["REG-005", "ERR-001"],
            no_method,
        ),
        case("REG-006/1", "a method asked for again at once is TOO_SOON", &["REG-006"], method_again),
        anonymous(
            "REG-025/1",
            "a REGISTER beyond the number's hourly budget is RATE",
            &["REG-025"],
            register_rate,
        ),
        case("REG-024/1", "a taken number looks like a free one", &["REG-024"], looks_alike),
    ]
}

fn bad_numbers(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let bad = [
        "99912345678",
        "+0991234567",
        "+9991234 67",
        "+999123456x",
        "++99123456",
        "+999-123456",
        "+９９９１２",
    ];
    for number in bad {
        session.say(&[&say::register(number)]);
        let seen = session.hear();
        let what = format!("{number:?} is BAD_NUMBER");
        ctx.require("REG-003", &what, has_code(Code::BAD_NUMBER, &seen));
        let names_frame = match &seen {
            Seen::Error(Refusal { frame_type, .. }) => *frame_type,
            _ => 0,
        };
        ctx.require("ERR-005", "it names REGISTER", expect_eq(&kind::REGISTER, &names_frame));
    }
    let e164 = device.e164.clone();
    session.say(&[&say::register(&e164)]);
    let judged =
        stage(&mut session, 1).map(drop).map_err(|halt| Mismatch::new("REGISTRATION", halt.to_string()));
    ctx.require("ERR-001", "the session goes on, and a sound number is taken", judged);
    Ok(())
}

fn number_bounds(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let mut rng = ctx.rng("numbers");
    for number in
        [format!("+9{:06}", rng.below(1_000_000)), format!("+999{:012}", rng.below(1_000_000_000_000))]
    {
        session.say(&[&say::register(&number)]);
        let seen = session.hear();
        let is_taken = matches!(&seen, Seen::Registration(Registration { stage: 1, .. }) | Seen::Rate { .. });
        ctx.require(
            "REG-003",
            "it is a number",
            holds(is_taken.into(), "REGISTRATION of stage choosing", &seen),
        );
    }
    Ok(())
}

fn choosing(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::register(&device.e164)]);
    let seen = session.hear();
    let is_so = match &seen {
        Seen::Registration(registration) => {
            registration.stage == 1 && !registration.methods.is_empty() && registration.attempts_left > 0
        }
        _ => false,
    };
    ctx.require(
        "REG-004",
        "stage choosing, a method, attempts",
        holds(is_so.into(), "REGISTRATION of stage choosing with a method", &seen),
    );
    Ok(())
}

fn no_method(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let choosing = begin(&mut session)?;
    let offered: Vec<u64> = choosing.methods.iter().map(|(method, _)| *method).collect();
    for method in [1, 2, 3, 4, 33, 1000].into_iter().filter(|method| !offered.contains(method)) {
        session.say(&[&say::register_method(method)]);
        let seen = session.hear();
        ctx.require("REG-005", "it is METHOD_UNAVAILABLE", has_code(Code::METHOD_UNAVAILABLE, &seen));
    }
    ctx.require("ERR-001", "the session goes on", session.is_quiet());
    Ok(())
}

fn method_again(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let told = ctx.now();
    let Some((method, wait_ms)) = out.methods.iter().max_by_key(|(_, wait_ms)| *wait_ms).copied() else {
        return Err(Halt::NotTestable { why: "no method is offered a second time".to_owned() });
    };
    session.say(&[&say::register_method(method)]);
    let seen = session.hear();
    // What is left of the wait was told before `told`.
    if ctx.now().saturating_sub(told) + SLACK >= Duration::from_millis(wait_ms) {
        return Err(Halt::NotTestable { why: "method_wait_ms is shorter than this run is quick".to_owned() });
    }
    ctx.require("REG-006", "it is TOO_SOON", has_code(Code::TOO_SOON, &seen));
    let wait = match &seen {
        Seen::Error(Refusal { retry_after_ms, .. }) => retry_after_ms.unwrap_or_default(),
        _ => 0,
    };
    ctx.require("REG-006", "and tells the wait", holds((wait > 0).into(), "retry_after_ms", &seen));
    Ok(())
}

fn register_rate(ctx: &Ctx) -> CaseResult {
    let budget = declared(ctx, "registrations_per_number_per_h");
    if budget > 64 {
        return Err(Halt::NotTestable { why: format!("the target allows {budget} registrations an hour") });
    }
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let mut heard = Vec::new();
    for _ in 0..budget.saturating_add(1) {
        session.say(&[&say::register(&device.e164)]);
        heard.push(session.hear());
    }
    let last = heard.pop().unwrap_or(Seen::Nothing);
    let is_rate = matches!(&last, Seen::Rate { frame_type: kind::REGISTER, .. });
    let within = heard.iter().all(|seen| matches!(seen, Seen::Registration(_)));
    ctx.control("those within the budget are taken", holds(within.into(), "REGISTRATION", &heard))?;
    ctx.require("REG-025", "the one beyond it is RATE", holds(is_rate.into(), "RATE of REGISTER", &last));
    Ok(())
}

fn looks_alike(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let (mallory, stranger) = (usurper(ctx, &alice), Device::new(ctx, "stranger"));
    // A free number that saw as many codes as the taken one, so that only its being taken differs.
    let mut shy = Device::new(ctx, "shy");
    shy.e164.clone_from(&stranger.e164);
    let mut first = [open(ctx, &shy)?];
    verify(ctx, &mut first)?;
    let mut of_taken = open(ctx, &mallory)?;
    let mut of_free = open(ctx, &stranger)?;
    let (taken, free) = (begin(&mut of_taken)?, begin(&mut of_free)?);
    let shape = |registration: &Registration| {
        let methods: Vec<u64> = registration.methods.iter().map(|(method, _)| *method).collect();
        (registration.stage, methods, registration.code_len, registration.attempts_left)
    };
    ctx.require("REG-024", "REGISTER is answered the same", expect_eq(&shape(&free), &shape(&taken)));
    of_taken.say(&[&say::register_method(offered_method(ctx, &taken)?)]);
    of_free.say(&[&say::register_method(offered_method(ctx, &free)?)]);
    let (taken, free) = (stage(&mut of_taken, 2)?, stage(&mut of_free, 2)?);
    ctx.require("REG-024", "and so is REGISTER_METHOD", expect_eq(&shape(&free), &shape(&taken)));
    Ok(())
}
