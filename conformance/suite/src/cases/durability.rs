//! Durability: a private instance is killed and started again, or stopped in good order.

use core::time::Duration;

use super::words::{declared, has_code, holds, needing, open, row_len};
use crate::case::{Case, CaseResult, Halt, Need};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{people, stage, wait_for_code};
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Opening, Seen, closed_with, say};
use crate::target::Stop;

/// The cases.
pub(super) fn cases() -> Vec<Case> {
    let own: &[Need] = &[Need::OwnInstance, Need::Code];
    [
        super::words::case(
            "DLV-008/1",
            "what was accepted survives a kill",
            &["DLV-008", "DLV-052", "SES-009"],
            accepted_survives,
        ),
        super::words::case(
            "DLV-052/1",
            "a kill in the middle of a row loses and doubles nothing",
            &["DLV-052", "DLV-003", "DLV-022"],
            row_survives,
        ),
        super::words::case(
            "SES-007/1",
            "hello_counter and session_epoch survive a kill",
            &["SES-007", "SES-008"],
            counter_survives,
        ),
        super::words::case(
            "REG-018/1",
            "a registration survives a kill",
            &["REG-018"],
            registration_survives,
        ),
        super::words::case("REG-010/2", "used attempts survive a kill", &["REG-010"], attempts_survive),
        super::words::case(
            "DLV-002/4",
            "outcomes survive a kill",
            &["DLV-002", "DLV-004", "SES-010"],
            outcomes_survive,
        ),
        super::words::case(
            "DLV-027/4",
            "an acknowledgement whose receipt was seen survives a kill",
            &["DLV-027", "DLV-032"],
            ack_survives,
        ),
        super::words::case(
            "SES-028/1",
            "a stop in good order announces itself and goes on",
            &["SES-028", "SES-029", "SES-030", "DLV-052"],
            orderly_stop,
        ),
    ]
    .map(|case| needing(own, case))
    .into_iter()
    .chain([needing(
        &[Need::OwnInstance, Need::Code, Need::Timer("drain_ms")],
        super::words::case(
            "SES-030/1",
            "when the drain time is over the session is closed with SHUTDOWN",
            &["SES-028", "SES-029", "SES-030"],
            drained,
        ),
    )])
    .collect()
}

/// Kills the instance and starts it again. The devices meet its edge anew: a restart may bring another key.
pub(super) fn kill(ctx: &Ctx, devices: &[&Device]) -> Result<(), Halt> {
    ctx.restart(Stop::Kill)?;
    for device in devices {
        device.edge.borrow_mut().take();
    }
    Ok(())
}

fn accepted_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let client_seq = sender.deliver(bob.id, b"durable")?;
    kill(ctx, &[&alice, &bob])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-008", "the message is there", receiver.hears(b"durable"));
    let sender = open(ctx, &alice)?;
    ctx.require("SES-009", "its number is handled", expect_eq(&client_seq, &sender.welcome().handled));
    let mut again = open(ctx, &bob)?;
    ctx.require("DLV-052", "it is offered in the next session again", again.hears(b"durable"));
    ctx.require("DLV-052", "once", again.is_quiet());
    Ok(())
}

fn row_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let row = u8::try_from(row_len(&sender, 60)).unwrap_or(60);
    let seen = row / 4;
    let send = |number: u8| say::send(u64::from(number), 0, &[number]);
    sender.say(&[&say::bind(0, bob.id)]);
    for number in 1..=row {
        sender.say(&[&send(number)]);
    }
    let accepted = sender.outcomes(usize::from(seen));
    ctx.control(
        "the first are accepted",
        expect_eq(&(1..=u64::from(seen)).map(Seen::Accepted).collect(), &accepted),
    )?;
    kill(ctx, &[&alice, &bob])?;
    let mut sender = open(ctx, &alice)?;
    let handled = sender.welcome().handled;
    let is_kept = (u64::from(seen)..=u64::from(row)).contains(&handled);
    ctx.require(
        "DLV-003",
        "the accepted ones are handled",
        holds(is_kept.into(), "what was accepted", handled),
    );
    let frames: Vec<u8> = (1..=row).flat_map(send).collect();
    sender.say(&[&say::bind(0, bob.id), &frames]);
    let outcomes = sender.outcomes(usize::from(row));
    let expected: Vec<Seen> = (1..=u64::from(row)).map(Seen::Accepted).collect();
    ctx.require("DLV-003", "repeated, all are accepted", expect_eq(&expected, &outcomes));
    let mut receiver = open(ctx, &bob)?;
    let numbers: Vec<u8> = receiver.items(usize::from(row)).iter().filter_map(number_of).collect();
    let expected: Vec<u8> = (1..=row).collect();
    ctx.require("DLV-052", "each comes once", expect_eq(&expected, &numbers));
    ctx.require("DLV-022", "in their order", expect_eq(&expected, &numbers));
    ctx.require("DLV-052", "and nothing else", receiver.is_quiet());
    Ok(())
}

fn number_of(seen: &Seen) -> Option<u8> {
    match seen {
        Seen::Deliver { payload, .. } => payload.0.first().copied(),
        _ => None,
    }
}

fn counter_survives(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let before = open(ctx, &alice)?.welcome();
    let stored = alice.hello_counter.get();
    kill(ctx, &[&alice])?;
    let stale = Opening::new(ctx, &alice).with(|opening| opening.hello.hello_counter = stored).attempt()?;
    let told = match &stale.first {
        Seen::Close(Close { code: Code::STALE_HELLO, hello_counter, .. }) => *hello_counter,
        _ => None,
    };
    ctx.require("SES-007", "the same counter is stale", expect_eq(&Some(stored), &told));
    let after = open(ctx, &alice)?.welcome();
    let (before, after) = (before.session_epoch, after.session_epoch);
    ctx.require(
        "SES-008",
        "the epoch rises on",
        holds((after > before).into(), "a higher epoch", (before, after)),
    );
    Ok(())
}

fn registration_survives(ctx: &Ctx) -> CaseResult {
    // The registration ends with REGISTERED, and the kill follows at once.
    let [alice] = people(ctx, ["alice"])?;
    kill(ctx, &[&alice])?;
    let mut session = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-018", "the device is registered", expect_eq(&1, &session.welcome().standing));
    session.say(&[&say::devices_query(3)]);
    let seen = session.hear();
    let expected = Seen::Devices { request: 3, devices: vec![alice.id] };
    ctx.require("REG-018", "in its account", expect_eq(&expected, &seen));
    Ok(())
}

fn attempts_survive(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::register(&device.e164)]);
    let choosing = stage(&mut session, 1)?;
    let method = crate::peer::account::offered_method(ctx, &choosing)?;
    session.say(&[&say::register_method(method)]);
    let out = stage(&mut session, 2)?;
    let code = ctx.code(&device.e164)?;
    let wrong: String = code.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&wrong)]);
    let seen = session.hear();
    ctx.control("a wrong code is CODE_WRONG", has_code(Code::CODE_WRONG, &seen))?;
    kill(ctx, &[&device])?;
    let mut session = open(ctx, &device)?;
    session.say(&[&say::register(&device.e164)]);
    let begun = stage(&mut session, 1)?;
    ctx.require(
        "REG-010",
        "one attempt is still used",
        expect_eq(&out.attempts_left.saturating_sub(1), &begun.attempts_left),
    );
    Ok(())
}

fn outcomes_survive(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let nobody = crate::peer::DeviceId([0xee; 16]);
    let mut sender = open(ctx, &alice)?;
    sender.say(&[&say::bind(0, bob.id), &say::bind(1, nobody)]);
    let row = [say::send(1, 0, b"one"), say::send(2, 1, b"two"), say::void(3)];
    let expected = vec![Seen::Accepted(1), Seen::Refused(2, Code::UNKNOWN_DEVICE), Seen::Voided(3)];
    sender.say(&[&row.concat()]);
    let outcomes = sender.outcomes(3);
    ctx.control("three numbers have their outcomes", expect_eq(&expected, &outcomes))?;
    kill(ctx, &[&alice, &bob])?;
    let mut sender = open(ctx, &alice)?;
    let told = sender.welcome().exceptions;
    ctx.require(
        "SES-010",
        "WELCOME tells them",
        expect_eq(&vec![(2, Code::UNKNOWN_DEVICE), (3, Code::NO_ERROR)], &told),
    );
    sender.say(&[&say::bind(0, bob.id), &say::bind(1, nobody), &row.concat()]);
    let outcomes = sender.outcomes(3);
    ctx.require("DLV-002", "repeated they are the same", expect_eq(&expected, &outcomes));
    sender.say(&[&say::send(1, 0, b"another")]);
    let seen = sender.outcome();
    ctx.require("DLV-004", "another body is a conflict", has_code(Code::IDEMPOTENCY_CONFLICT, &seen));
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-002", "the accepted one comes", receiver.hears(b"one"));
    ctx.require("DLV-002", "once", receiver.is_quiet());
    Ok(())
}

fn ack_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let mut receiver = open(ctx, &bob)?;
    for payload in [b"one".as_slice(), b"two"] {
        sender.deliver(bob.id, payload)?;
        ctx.control("the message comes", receiver.hears(payload))?;
    }
    receiver.say(&[&say::ack(1)]);
    let receipt = sender.item();
    let expected = Seen::Receipt { mailbox_seq: 1, of: Some(bob.id), status: 0, ranges: vec![(1, 1)] };
    ctx.control("the receipt comes", expect_eq(&expected, &receipt))?;
    kill(ctx, &[&alice, &bob])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-027", "the first offer is the second message", receiver.hears(b"two"));
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    ctx.require("DLV-032", "the receipt is still there", expect_eq(&expected, &receipt));
    Ok(())
}

fn orderly_stop(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    ctx.control("the session is open", sender.is_alive())?;
    let stranger = Device::new(ctx, "stranger");
    let mut unregistered = open(ctx, &stranger)?;
    ctx.control("the unregistered session is open", unregistered.is_alive())?;
    stopping(ctx, || {
        let [told, close] = [unregistered.hear(), unregistered.hear()];
        ctx.require("SES-028", "an unregistered session hears GOAWAY first", is_goaway(&told));
        ctx.require(
            "SES-030",
            "and is closed at once: its drain time is zero",
            closed_with(Code::SHUTDOWN, &close),
        );
        let first = sender.hear();
        ctx.require("SES-028", "GOAWAY comes first", is_goaway(&first));
        let client_seq = sender.send(bob.id, b"at the end");
        let seen = sender.outcome();
        let accepted = expect_eq(&Seen::Accepted(client_seq), &seen);
        ctx.require("SES-029", "a SEND in the drain time is accepted", accepted);
        sender.say(&[&say::close(0)]);
    })?;
    let mut receiver = open(ctx, &bob)?;
    let judged = receiver.hears(b"at the end");
    ctx.require("DLV-052", "what was accepted in the drain time comes after the restart", judged);
    Ok(())
}

fn drained(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    ctx.control("the session is open", session.is_alive())?;
    session.conn().set_wait(Duration::from_millis(declared(ctx, "drain_ms").saturating_add(2000)))?;
    stopping(ctx, || {
        let first = session.hear();
        ctx.require("SES-028", "GOAWAY comes first", is_goaway(&first));
        ctx.require("SES-029", "the session goes on", session.is_alive());
        let close = session.closing();
        ctx.require("SES-030", "then comes CLOSE SHUTDOWN", closed_with(Code::SHUTDOWN, &close));
    })
}

/// Stops the instance in good order and starts it again, while the case watches a session of it.
pub(super) fn stopping(ctx: &Ctx, watch: impl FnOnce()) -> Result<(), Halt> {
    let stopped = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| ctx.restart(Stop::Orderly));
        watch();
        stopping.join()
    });
    stopped.map_err(|_| Halt::Harness { fault: "the restart panicked".to_owned() })?
}

pub(super) fn is_goaway(seen: &Seen) -> Judged {
    match seen {
        Seen::Goaway { .. } => Ok(()),
        other => Err(Mismatch::new("GOAWAY", format!("{other:?}"))),
    }
}
