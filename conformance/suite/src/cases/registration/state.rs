//! What a device may say before, while and after it registers.

use super::{begin, registered, waiting};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, case, open, taken, untouched};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{people, register, verify};
use crate::peer::seen::{Close, Welcome};
use crate::peer::{Code, Device, Opening, Seen, Session, closed_with, say};

/// A frame that an unregistered device may not send.
struct Premature {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
}

const PREMATURE: &[Premature] = &[
    Premature {
        id: "REG-002/1",
        title: "a SEND before registration is OUT_OF_STATE",
        octets: || say::send(1, 0, b"x"),
    },
    Premature {
        id: "REG-002/2",
        title: "a VOID before registration is OUT_OF_STATE",
        octets: || say::void(1),
    },
    Premature {
        id: "REG-002/3",
        title: "a BIND before registration is OUT_OF_STATE",
        octets: || say::bind(0, crate::peer::DeviceId([9; 16])),
    },
    Premature {
        id: "REG-002/4",
        title: "an ACK before registration is OUT_OF_STATE",
        octets: || say::ack(0),
    },
    Premature {
        id: "REG-002/5",
        title: "a NACK before registration is OUT_OF_STATE",
        octets: || say::nack(1, 1),
    },
    Premature {
        id: "REG-002/6",
        title: "an EPHEMERAL before registration is OUT_OF_STATE",
        octets: || say::ephemeral(0, b"x"),
    },
    Premature {
        id: "REG-002/7",
        title: "a DEVICES_QUERY before registration is OUT_OF_STATE",
        octets: || say::devices_query(1),
    },
];

/// A frame of registration from a device that is registered.
struct Belated {
    id: &'static str,
    title: &'static str,
    octets: fn(&Device, &[u8; 32]) -> Vec<u8>,
}

const BELATED: &[Belated] = &[
    Belated {
        id: "REG-027/1",
        title: "REGISTER from a registered device is OUT_OF_STATE",
        octets: |device, _| say::register(&device.e164),
    },
    Belated {
        id: "REG-027/2",
        title: "REGISTER_METHOD from a registered device is OUT_OF_STATE",
        octets: |_, _| say::register_method(3),
    },
    Belated {
        id: "REG-027/3",
        title: "REGISTER_CODE from a registered device is OUT_OF_STATE",
        octets: |_, _| say::register_code("123456"),
    },
    Belated {
        id: "REG-027/4",
        title: "REGISTER_DEVICE from a registered device is OUT_OF_STATE",
        octets: |device, realm| say::register_device(&device.certificate().signed(&device.identity, realm)),
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = PREMATURE
        .iter()
        .map(|row| anonymous(row.id, row.title, &["REG-002", "ERR-004"], move |ctx| premature(ctx, row)))
        .chain(
            BELATED
                .iter()
                .map(|row| case(row.id, row.title, &["REG-027", "ERR-004"], move |ctx| belated(ctx, row))),
        )
        .collect();
    cases.extend([
        anonymous("REG-001/1", "an unknown device is welcomed as unregistered", &["REG-001"], unknown),
        anonymous(
            "REG-002/8",
            "an early SEND of an unknown device is OUT_OF_STATE",
            &["REG-002"],
            early_send,
        ),
        anonymous(
            "REG-002/9",
            "PING, PONG and CREDIT are allowed before registration",
            &["REG-002"],
            allowed,
        ),
        anonymous(
            "REG-013/1",
            "a certificate before REGISTER is OUT_OF_STATE",
            &["REG-013", "ERR-004"],
            |ctx| early_certificate(ctx, |_, _| Ok(())),
        ),
        anonymous(
            "REG-013/2",
            "a certificate while the method is chosen is OUT_OF_STATE",
            &["REG-013", "ERR-004"],
            |ctx| early_certificate(ctx, |_, session| begin(session).map(drop)),
        ),
        case(
            "REG-013/3",
            "a certificate while the code is awaited is OUT_OF_STATE",
            &["REG-013", "ERR-004"],
            |ctx| early_certificate(ctx, |ctx, session| waiting(ctx, session).map(drop)),
        ),
        case("REG-019/1", "behind REGISTERED the session is closed with REPLACED", &["REG-019"], replaced),
        case(
            "REG-030/1",
            "the hello_counter of the registering session is stored",
            &["REG-030", "SES-006"],
            first_counter,
        ),
    ]);
    cases
}

fn premature(ctx: &Ctx, row: &'static Premature) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&(row.octets)()]);
    let seen = session.closing();
    ctx.require("REG-002", row.title, closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn belated(ctx: &Ctx, row: &'static Belated) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    session.say(&[&(row.octets)(&alice, &ctx.endpoint().realm)]);
    let seen = session.closing();
    ctx.require("REG-027", row.title, closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn unknown(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session = Opening::new(ctx, &device).attempt()?;
    let welcome = match &session.first {
        Seen::Welcome(welcome) => (**welcome).clone(),
        other => {
            ctx.require("REG-001", "WELCOME comes", Err(Mismatch::new("WELCOME", format!("{other:?}"))));
            return Ok(());
        }
    };
    let Welcome { standing, session_epoch, handled, cursor, mailbox_last, .. } = welcome;
    let numbers = [standing, session_epoch, handled, cursor, mailbox_last];
    ctx.require("REG-001", "standing unregistered, and every number zero", expect_eq(&[0; 5], &numbers));
    Ok(())
}

fn early_send(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let twin = Opening::new(ctx, &device).with(|opening| opening.early = say::bind(0, device.id)).open()?;
    drop(twin);
    let early = [say::bind(0, device.id), say::send(1, 0, b"x")].concat();
    let seen = Opening::new(ctx, &device).with(|opening| opening.early = early).attempt()?.first;
    ctx.require("REG-002", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    Ok(())
}

fn allowed(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::pong(3), &say::credit(1 << 21, 1 << 33), &say::ping(8)]);
    let seen = session.hear();
    ctx.require("REG-002", "the session goes on", expect_eq(&Seen::Pong { token: 8 }, &seen));
    Ok(())
}

fn early_certificate(ctx: &Ctx, prepare: fn(&Ctx, &mut Session<'_>) -> Result<(), Halt>) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    prepare(ctx, &mut session)?;
    taken(ctx, &mut session)?;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    let seen = session.closing();
    ctx.require("REG-013", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn replaced(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = [open(ctx, &device)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    let seen = session.hear();
    let expected = Seen::Registered { account: device.account, device: device.id };
    ctx.control("the device is registered", expect_eq(&expected, &seen))?;
    let close = session.hear();
    ctx.require("REG-019", "CLOSE REPLACED follows", closed_with(Code::REPLACED, &close));
    let next = Opening::new(ctx, &device).attempt()?;
    ctx.require("REG-019", "the next session is that of a registered device", registered(&next));
    Ok(())
}

fn first_counter(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    device.hello_counter.set(40);
    register(ctx, &[&device])?;
    let stale = Opening::new(ctx, &device).with(|opening| opening.hello.hello_counter = 41).attempt()?;
    let seen = stale.first;
    let told = match &seen {
        Seen::Close(Close { code: Code::STALE_HELLO, hello_counter, .. }) => *hello_counter,
        _ => None,
    };
    ctx.require("REG-030", "it is stale in the next session", closed_with(Code::STALE_HELLO, &seen));
    ctx.require("SES-006", "which tells it", expect_eq(&Some(41), &told));
    let next = Opening::new(ctx, &device).attempt()?;
    ctx.require("REG-030", "one above it is welcomed", registered(&next));
    Ok(())
}
