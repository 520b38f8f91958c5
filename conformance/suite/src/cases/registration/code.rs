//! Codes and attempts.

use core::time::Duration;

use super::{begin, waiting};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, case, has_code, holds, open, taken};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{offered_method, stage, wait_for_code};
use crate::peer::seen::Registration;
use crate::peer::{Code, Device, Seen, Session, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("REG-007/1", "when stage waiting is told, the code is out", &["REG-007"], code_is_out),
        case(
            "REG-008/1",
            "a wrong code is CODE_WRONG and costs one attempt",
            &["REG-008", "ERR-001"],
            wrong_code,
        ),
        case(
            "REG-009/1",
            "when the attempts are used up the right code is REGISTRATION_OVER",
            &["REG-009"],
            used_up,
        ),
        anonymous(
            "REG-009/2",
            "a code without a registration is REGISTRATION_OVER",
            &["REG-009"],
            nothing_begun,
        ),
        case("REG-007/2", "a second code takes the place of the first", &["REG-007", "REG-008"], second_code),
        case("REG-009/3", "a code after the registration's end is REGISTRATION_OVER", &["REG-009"], too_late),
        case(
            "REG-009/4",
            "sessions that choose are over when another one used up the attempts of their number",
            &["REG-009"],
            |ctx| used_up_elsewhere(ctx, |_, session| begin(session).map(drop)),
        ),
        case(
            "REG-009/5",
            "sessions that wait are over when another one used up the attempts of their number",
            &["REG-009"],
            |ctx| used_up_elsewhere(ctx, |ctx, session| waiting(ctx, session).map(drop)),
        ),
        case(
            "REG-010/3",
            "when the number is verified its attempts are whole again",
            &["REG-010"],
            whole_again,
        ),
        case("REG-010/1", "attempts count across connections", &["REG-010"], across_connections),
        case(
            "REG-011/1",
            "a code before code_wait_ms is TOO_SOON and costs no attempt",
            &["REG-011"],
            early_code,
        ),
        anonymous("REG-011/2", "a code before one was sent is TOO_SOON", &["REG-011"], code_before_method),
        case("REG-011/3", "a wrong code that is too early costs no attempt", &["REG-011"], early_wrong_code),
        case(
            "REG-012/1",
            "the right code is answered with stage verified, also when it comes again",
            &["REG-012"],
            verified,
        ),
        case(
            "REG-005/2",
            "at stage verified every method is METHOD_UNAVAILABLE, and the number stays verified",
            &["REG-005", "REG-012"],
            method_of_verified,
        ),
        case(
            "REG-012/2",
            "a verified number stays so when another device uses up its attempts",
            &["REG-012", "REG-005"],
            verified_though_used_up,
        ),
    ]
}

/// A code of the same length that is not the code.
fn another(code: &str) -> String {
    code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect()
}

fn code_is_out(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let waiting = waiting(ctx, &mut session)?;
    let len = match ctx.code(&device.e164) {
        Ok(code) => u64::try_from(code.len()).unwrap_or_default(),
        Err(Halt::NoAnswer) => 0,
        Err(halt) => return Err(halt),
    };
    ctx.require("REG-007", "the gateway has a code of the told length", expect_eq(&waiting.code_len, &len));
    Ok(())
}

fn wrong_code(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&another(&code))]);
    let seen = session.hear();
    ctx.require("REG-008", "it is CODE_WRONG", has_code(Code::CODE_WRONG, &seen));
    let again = begin(&mut session)?;
    ctx.require(
        "REG-008",
        "one attempt is used",
        expect_eq(&out.attempts_left.saturating_sub(1), &again.attempts_left),
    );
    ctx.require("ERR-001", "the session goes on", session.is_quiet());
    Ok(())
}

/// Sends wrong codes, each after its wait.
fn guess(ctx: &Ctx, session: &mut Session<'_>, wait_ms: u64, count: u64) -> Result<Vec<Seen>, Halt> {
    let code = ctx.code(&session.device.e164)?;
    let mut heard = Vec::new();
    for _ in 0..count {
        wait_for_code(ctx, wait_ms)?;
        session.say(&[&say::register_code(&another(&code))]);
        heard.push(session.hear());
    }
    Ok(heard)
}

fn used_up(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    let heard = guess(ctx, &mut session, out.code_wait_ms, out.attempts_left)?;
    let last = heard.last().cloned().unwrap_or(Seen::Nothing);
    ctx.control("every wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, &last))?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    let seen = session.hear();
    ctx.require("REG-009", "the right code is REGISTRATION_OVER", has_code(Code::REGISTRATION_OVER, &seen));
    Ok(())
}

/// Sessions under one number, brought so far; then another one uses up the number's attempts.
fn used_up_elsewhere(ctx: &Ctx, bring: fn(&Ctx, &mut Session<'_>) -> Result<(), Halt>) -> CaseResult {
    let first = Device::new(ctx, "first");
    let namesake = |name: &str| {
        let mut device = Device::new(ctx, name);
        device.e164.clone_from(&first.e164);
        device
    };
    let [second, third, fourth] = ["second", "third", "fourth"].map(namesake);
    let (mut with_method, mut with_code) = (open(ctx, &second)?, open(ctx, &third)?);
    bring(ctx, &mut with_method)?;
    bring(ctx, &mut with_code)?;
    let mut guesser = open(ctx, &first)?;
    let out = waiting(ctx, &mut guesser)?;
    let heard = guess(ctx, &mut guesser, out.code_wait_ms, out.attempts_left)?;
    let last = heard.last().cloned().unwrap_or(Seen::Nothing);
    ctx.control("every wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, &last))?;
    let mut newcomer = open(ctx, &fourth)?;
    for (session, octets, what) in [
        (&mut with_method, say::register_method(3), "a method is REGISTRATION_OVER"),
        (&mut with_code, say::register_code("123456"), "a code is REGISTRATION_OVER"),
        (&mut newcomer, say::register(&first.e164), "REGISTER of another device is REGISTRATION_OVER"),
    ] {
        session.say(&[&octets]);
        let seen = session.hear();
        ctx.require("REG-009", what, has_code(Code::REGISTRATION_OVER, &seen));
        ctx.control("the session goes on", session.is_alive())?;
    }
    Ok(())
}

fn nothing_begun(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&say::register_code("123456")]);
    let seen = session.hear();
    ctx.require("REG-009", "there is no registration", has_code(Code::REGISTRATION_OVER, &seen));
    Ok(())
}

fn across_connections(ctx: &Ctx) -> CaseResult {
    let (first, mut second) = (Device::new(ctx, "first"), Device::new(ctx, "second"));
    second.e164.clone_from(&first.e164);
    let mut session = open(ctx, &first)?;
    let out = waiting(ctx, &mut session)?;
    let heard = guess(ctx, &mut session, out.code_wait_ms, 2)?;
    for seen in &heard {
        ctx.control("a wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, seen))?;
    }
    drop(session);
    let mut later = open(ctx, &second)?;
    let begun = begin(&mut later)?;
    ctx.require(
        "REG-010",
        "another connection of another device has two attempts less",
        expect_eq(&out.attempts_left.saturating_sub(2), &begun.attempts_left),
    );
    Ok(())
}

fn early_code(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let choosing = begin(&mut session)?;
    let method = offered_method(ctx, &choosing)?;
    let asked = ctx.now();
    session.say(&[&say::register_method(method)]);
    let out = stage(&mut session, 2)?;
    let code = ctx.code(&device.e164)?;
    session.say(&[&say::register_code(&code)]);
    let seen = session.hear();
    // The wait began after the method was asked for. An answer within it was given within it.
    if ctx.now().saturating_sub(asked) >= Duration::from_millis(out.code_wait_ms) {
        return Err(Halt::NotTestable { why: "code_wait_ms is shorter than this run is quick".to_owned() });
    }
    ctx.require("REG-011", "at once it is TOO_SOON", has_code(Code::TOO_SOON, &seen));
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    let judged = stage(&mut session, 3).map(drop);
    let judged = judged.map_err(|halt| Mismatch::new("stage verified", halt.to_string()));
    ctx.require("REG-011", "after the wait it is right", judged);
    Ok(())
}

fn early_wrong_code(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    session.say(&[&say::register_code(&another(&code))]);
    let seen = session.hear();
    if has_code(Code::CODE_WRONG, &seen).is_ok() {
        return Err(Halt::NotTestable { why: "code_wait_ms is shorter than this run is quick".to_owned() });
    }
    ctx.require("REG-011", "it is TOO_SOON", has_code(Code::TOO_SOON, &seen));
    let again = begin(&mut session)?;
    ctx.require("REG-011", "no attempt is used", expect_eq(&out.attempts_left, &again.attempts_left));
    Ok(())
}

fn second_code(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let first = waiting(ctx, &mut session)?;
    let old = ctx.code(&device.e164)?;
    session.say(&[&say::register_method(offered_method(ctx, &first)?)]);
    let second = stage(&mut session, 2)?;
    let new = ctx.code(&device.e164)?;
    if old == new {
        return Err(Halt::NotTestable { why: "both codes are the same".to_owned() });
    }
    wait_for_code(ctx, second.code_wait_ms)?;
    session.say(&[&say::register_code(&old)]);
    let seen = session.hear();
    ctx.require("REG-008", "the first code is wrong now", has_code(Code::CODE_WRONG, &seen));
    wait_for_code(ctx, second.code_wait_ms)?;
    session.say(&[&say::register_code(&new)]);
    let judged = stage(&mut session, 3).map(drop);
    let judged = judged.map_err(|halt| Mismatch::new("stage verified", halt.to_string()));
    ctx.require("REG-007", "the second one is right", judged);
    Ok(())
}

fn too_late(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    // In pieces, so that the session does not become idle before.
    for _ in 0..4 {
        wait_for_code(ctx, out.expires_in_ms.div_ceil(4))?;
        ctx.control("the session is open", session.is_alive())?;
    }
    session.say(&[&say::register_code(&code)]);
    let seen = session.hear();
    ctx.require("REG-009", "the right code is too late", has_code(Code::REGISTRATION_OVER, &seen));
    Ok(())
}

fn whole_again(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let heard = guess(ctx, &mut session, out.code_wait_ms, 1)?;
    for seen in &heard {
        ctx.control("a wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, seen))?;
    }
    let code = ctx.code(&device.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    stage(&mut session, 3)?;
    let begun = begin(&mut session)?;
    ctx.require("REG-010", "none is used", expect_eq(&out.attempts_left, &begun.attempts_left));
    Ok(())
}

fn code_before_method(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let before = begin(&mut session)?;
    session.say(&[&say::register_code("123456")]);
    let seen = session.hear();
    ctx.require("REG-011", "no code is out", has_code(Code::TOO_SOON, &seen));
    let after = begin(&mut session)?;
    ctx.require("REG-011", "no attempt is used", expect_eq(&before.attempts_left, &after.attempts_left));
    Ok(())
}

fn verified(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let out = waiting(ctx, &mut session)?;
    let code = ctx.code(&device.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    for what in ["the right code verifies", "the same code again says so again"] {
        session.say(&[&say::register_code(&code)]);
        let seen = session.hear();
        let is_verified = matches!(&seen, Seen::Registration(Registration { stage: 3, .. }));
        ctx.require("REG-012", what, holds(is_verified.into(), "REGISTRATION of stage verified", &seen));
    }
    Ok(())
}

/// A session that was verified with this code by this method.
struct Verified {
    code: String,
    method: u64,
}

fn verify_one(ctx: &Ctx, session: &mut Session<'_>) -> Result<Verified, Halt> {
    let choosing = begin(session)?;
    let method = offered_method(ctx, &choosing)?;
    session.say(&[&say::register_method(method)]);
    let out = stage(session, 2)?;
    let code = ctx.code(&session.device.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    stage(session, 3)?;
    Ok(Verified { code, method })
}

/// At stage verified nothing is offered any more, and the code only says again what is known.
fn stays_verified(ctx: &Ctx, session: &mut Session<'_>, verified: &Verified) {
    session.say(&[&say::register_method(verified.method)]);
    let seen = session.hear();
    ctx.require("REG-005", "a method is METHOD_UNAVAILABLE", has_code(Code::METHOD_UNAVAILABLE, &seen));
    session.say(&[&say::register_code(&verified.code)]);
    let seen = session.hear();
    let is_verified = matches!(&seen, Seen::Registration(Registration { stage: 3, .. }));
    let judged = holds(is_verified.into(), "REGISTRATION of stage verified", &seen);
    ctx.require("REG-012", "the number is still verified", judged);
}

fn method_of_verified(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let verified = verify_one(ctx, &mut session)?;
    stays_verified(ctx, &mut session, &verified);
    Ok(())
}

fn verified_though_used_up(ctx: &Ctx) -> CaseResult {
    let (device, mut other) = (Device::new(ctx, "sender"), Device::new(ctx, "other"));
    other.e164.clone_from(&device.e164);
    let mut session = open(ctx, &device)?;
    let verified = verify_one(ctx, &mut session)?;
    let mut guesser = open(ctx, &other)?;
    let out = waiting(ctx, &mut guesser)?;
    let heard = guess(ctx, &mut guesser, out.code_wait_ms, out.attempts_left)?;
    let last = heard.last().cloned().unwrap_or(Seen::Nothing);
    ctx.control("every wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, &last))?;
    stays_verified(ctx, &mut session, &verified);
    Ok(())
}
