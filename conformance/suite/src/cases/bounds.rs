//! Limits at minus one, at, and plus one, and registries with their unknown and GREASE values: the numbers are those of the
//! specification's data, read at run time.

use super::words::{anonymous, case, open, taken, untouched};
use crate::case::{Case, CaseResult, Halt};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{people, verify};
use crate::peer::greeting::{Answer, Pattern, Preface, Reject, reject, send_clear};
use crate::peer::opening::dial;
use crate::peer::{Code, Device, Opening, Seen, Session, Via, closed_with, say};

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    [limits(), registries()].into_iter().flatten().collect()
}

fn limits() -> Vec<Case> {
    vec![
        case(
            "FRM-011/30",
            "an EPHEMERAL payload of ephemeral_len_max less one, as it is, and one more",
            &["FRM-011", "ERR-004"],
            |ctx| lengths(ctx, "ephemeral_len_max", |len| say::ephemeral(0, &octets(len))),
        ),
        case(
            "FRM-011/31",
            "a SEND payload of payload_len_max's maximum less one, as it is, and one more",
            &["FRM-011", "ERR-004"],
            |ctx| lengths(ctx, "payload_len_max", |len| say::send(1, 0, &octets(len))),
        ),
        case(
            "FRM-011/32",
            "an ACK of ack_ranges_max ranges less one, as many, and one more",
            &["FRM-011", "ERR-004"],
            |ctx| lengths(ctx, "ack_ranges_max", ack_of),
        ),
        case("SES-005/2", "early_send_max SENDs less one, as many, and one more", &["SES-005"], early_sends),
        case("SES-032/2", "aliases of alias_max less two, less one, and alias_max", &["SES-032"], aliases),
        anonymous(
            "CHN-001/9",
            "a route token of route_token_len_max less one, as it is, and one more",
            &["CHN-001", "CHN-016"],
            tokens,
        ),
    ]
}

fn registries() -> Vec<Case> {
    vec![
        anonymous("CHN-002/3", "a version that is GREASE is UNSUPPORTED_VERSION", &["CHN-002"], |ctx| {
            prefaces(ctx, "CHN-002", reject::UNSUPPORTED_VERSION, |preface, value| preface.version = value)
        }),
        anonymous("CHN-003/3", "a suite that is GREASE is UNSUPPORTED_SUITE", &["CHN-003"], |ctx| {
            prefaces(ctx, "CHN-003", reject::UNSUPPORTED_SUITE, |preface, value| preface.suite = value)
        }),
        anonymous("CHN-004/3", "a pattern that is GREASE is UNSUPPORTED_PATTERN", &["CHN-004"], |ctx| {
            prefaces(ctx, "CHN-004", reject::UNSUPPORTED_PATTERN, |preface, value| preface.pattern = value)
        }),
        case("DLV-013/2", "a class that is GREASE is UNKNOWN_CLASS", &["DLV-013"], classes),
        anonymous(
            "ERR-003/1",
            "a CLOSE of an unknown code of any range, GREASE among them, ends the connection",
            &["ERR-003", "SES-027"],
            close_codes,
        ),
        case(
            "REG-020/2",
            "of two accounts that certify one number at the same time one has it",
            &["REG-020"],
            one_number,
        ),
    ]
}

/// The most that a limit may be.
fn most(name: &str) -> Result<u64, Halt> {
    let found = pinnace_spec::limits().ok().and_then(|limits| limits.named(name));
    found.map(|limit| limit.max).ok_or_else(|| Halt::Harness { fault: format!("no limit {name}") })
}

fn octets(len: u64) -> Vec<u8> {
    vec![b'x'; usize::try_from(len).unwrap_or_default()]
}

/// An ACK of so many ranges. They lie above the mailbox, which is another fault than their count.
fn ack_of(count: u64) -> Vec<u8> {
    let ranges = vec![(1, 1); usize::try_from(count).unwrap_or_default()];
    say::ack_ranges(0, &ranges)
}

/// A length or count one under its bound, at it, and over it, which alone is LIMIT_EXCEEDED.
fn lengths(ctx: &Ctx, name: &str, made: fn(u64) -> Vec<u8>) -> CaseResult {
    let max = most(name)?;
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    let [device] = people(ctx, ["sender"])?;
    for len in [max.saturating_sub(1), max, max.saturating_add(1)] {
        let mut session = open(ctx, &device)?;
        session.say(&[&say::bind(0, device.id), &made(len), &say::ping(len)]);
        let seen = session.next_where(|seen| matches!(seen, Seen::Pong { .. }));
        let what = format!("{name}: {len} where {max} is the most");
        let judged = if len > max { closed_with(Code::LIMIT_EXCEEDED, &seen) } else { not_exceeded(&seen) };
        ctx.require("FRM-011", &what, judged);
    }
    untouched(ctx, &mut bystander);
    Ok(())
}

/// Whatever else is wrong with it: it is not too long.
fn not_exceeded(seen: &Seen) -> Judged {
    match closed_with(Code::LIMIT_EXCEEDED, seen) {
        Ok(()) => Err(Mismatch::new("no CLOSE LIMIT_EXCEEDED", format!("{seen:?}"))),
        Err(_) => Ok(()),
    }
}

fn early_sends(ctx: &Ctx) -> CaseResult {
    let limits = pinnace_spec::limits().ok().and_then(|limits| limits.named("early_send_max"));
    let max = limits.map_or(0, |limit| limit.default);
    let [alice] = people(ctx, ["alice"])?;
    for count in [max.saturating_sub(1), max, max.saturating_add(1)] {
        let sends = (1..=count).flat_map(|client_seq| say::send(client_seq, 0, b"early"));
        let early: Vec<u8> = say::bind(0, alice.id).into_iter().chain(sends).collect();
        let seen = Opening::new(ctx, &alice).with(|opening| opening.early = early).attempt()?.first;
        let judged = if count > max { closed_with(Code::EARLY_FORBIDDEN, &seen) } else { is_welcome(&seen) };
        ctx.require("SES-005", &format!("{count} where {max} is the most"), judged);
    }
    Ok(())
}

fn is_welcome(seen: &Seen) -> Judged {
    match seen {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

fn aliases(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let max = session.welcome().limit("alias_max");
    for alias in [max.saturating_sub(2), max.saturating_sub(1)] {
        let client_seq = alice.next_client_seq();
        session.say(&[&say::bind(alias, alice.id), &say::send(client_seq, alias, b"x")]);
        let seen = session.outcome();
        let what = format!("alias {alias} of {max} is taken");
        ctx.require("SES-032", &what, expect_eq(&Seen::Accepted(client_seq), &seen));
    }
    if max > 16_383 {
        return Ok(());
    }
    session.say(&[&say::bind(max, alice.id)]);
    let seen = session.closing();
    ctx.require("SES-032", "alias_max itself is not", closed_with(Code::LIMIT_EXCEEDED, &seen));
    Ok(())
}

fn tokens(ctx: &Ctx) -> CaseResult {
    let max = most("route_token_len_max")?;
    let device = Device::new(ctx, "sender");
    for len in [max.saturating_sub(1), max] {
        let session =
            Opening::new(ctx, &device).with(|opening| opening.route_token = octets(len)).attempt()?;
        ctx.require("CHN-016", &format!("{len} octets are taken"), is_welcome(&session.first));
    }
    let preface = Preface { route_token: octets(max.saturating_add(1)), ..Preface::new(Pattern::Xx) };
    let answer = answer(ctx, &preface)?;
    ctx.require("CHN-001", "one more is BAD_PREFACE", is_reject(reject::BAD_PREFACE, &answer));
    Ok(())
}

/// What the server answers to a first record of this preface and a message of the right length.
fn answer(ctx: &Ctx, preface: &Preface) -> Result<Answer, Halt> {
    let mut carrier = dial(ctx, Via::Tcp)?;
    let message: [u8; 32] = ctx.rng("message").array();
    send_clear(&mut carrier, &[&preface.octets()[..], &message].concat(), "a first record");
    Ok(Answer::receive(&mut carrier))
}

fn is_reject(reason: u8, answer: &Answer) -> Judged {
    match answer {
        Answer::Reject(Reject { reason: heard, .. }) if *heard == reason => Ok(()),
        other => Err(Mismatch::new(format!("REJECT of reason {reason}"), format!("{other:?}"))),
    }
}

/// The GREASE values of an octet, and its last one.
fn grease_octets() -> Vec<u8> {
    let grease = pinnace_spec::frames().map(|frames| frames.grease).ok();
    let values = (0..4).filter_map(|k| u8::try_from(grease?.value(k)?).ok());
    values.chain([u8::MAX]).collect()
}

fn prefaces(ctx: &Ctx, requirement: &str, reason: u8, bend: fn(&mut Preface, u8)) -> CaseResult {
    let sound = answer(ctx, &Preface::new(Pattern::Xx))?;
    let is_sound = matches!(sound, Answer::Handshake(_));
    ctx.control(
        "without the fault the handshake goes on",
        if is_sound { Ok(()) } else { Err(Mismatch::new("a handshake message", format!("{sound:?}"))) },
    )?;
    for value in grease_octets() {
        let mut preface = Preface::new(Pattern::Xx);
        bend(&mut preface, value);
        let answer = answer(ctx, &preface)?;
        ctx.require(requirement, &format!("{value} is refused"), is_reject(reason, &answer));
    }
    Ok(())
}

/// GREASE values of a varint, small and large.
fn grease() -> Vec<u64> {
    let grease = pinnace_spec::frames().map(|frames| frames.grease).ok();
    [0, 1, 1 << 20, 1 << 50].into_iter().filter_map(|k| grease?.value(k)).collect()
}

fn classes(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let known = session.send_with(alice.id, b"call", &say::class(1));
    let seen = session.outcome();
    ctx.control("a known class is accepted", expect_eq(&Seen::Accepted(known), &seen))?;
    for class in grease() {
        let client_seq = session.send_with(alice.id, b"x", &say::class(class));
        let seen = session.outcome();
        let refused = Seen::Refused(client_seq, Code::UNKNOWN_CLASS);
        ctx.require("DLV-013", &format!("class {class} is refused"), expect_eq(&refused, &seen));
    }
    Ok(())
}

fn close_codes(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let known = |code: u64| {
        pinnace_spec::errors()
            .is_ok_and(|errors| u8::try_from(code).is_ok_and(|code| errors.of_code(code).is_some()))
    };
    let mut other_session = open(ctx, &device)?;
    taken(ctx, &mut other_session)?;
    for code in [33, 63, 95, 127, 128, 157, 191, 219, 255].into_iter().filter(|code| !known(*code)) {
        let mut session = open(ctx, &device)?;
        session.say(&[&say::close(code), &say::ping(1)]);
        let seen = session.hear();
        let what = format!("behind CLOSE {code} the connection ends");
        ctx.require("ERR-003", &what, expect_eq(&Seen::Ended, &seen));
        ctx.require("SES-027", &what, expect_eq(&Seen::Ended, &seen));
    }
    Ok(())
}

fn one_number(ctx: &Ctx) -> CaseResult {
    let first = Device::new(ctx, "first");
    let mut second = Device::new(ctx, "second");
    second.e164.clone_from(&first.e164);
    let mut rivals: Vec<Session<'_>> = Vec::new();
    for device in [&first, &second] {
        let mut session = [open(ctx, device)?];
        verify(ctx, &mut session)?;
        rivals.extend(session);
    }
    let realm = ctx.endpoint().realm;
    for session in &mut rivals {
        let device = session.device;
        session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    }
    let heard: Vec<Seen> = rivals.iter_mut().map(Session::hear).collect();
    let winners = heard.iter().filter(|seen| matches!(seen, Seen::Registered { .. })).count();
    let losers = heard.iter().filter(|seen| super::words::has_code(Code::NUMBER_TAKEN, seen).is_ok()).count();
    let judged = if (winners, losers) == (1, 1) {
        Ok(())
    } else {
        Err(Mismatch::new("one REGISTERED and one NUMBER_TAKEN", format!("{heard:?}")))
    };
    ctx.require("REG-020", "one has the number, the other is told", judged);
    Ok(())
}
