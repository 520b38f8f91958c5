//! The WebSocket carrier.

use super::tcp::second_message;
use crate::case::{Case, CaseResult, Halt, Need};
use crate::cases::words::{anonymous, needing, taken, untouched};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::carrier::{Carrier, Inbound, Opcode, WebSocket, upgrade_request};
use crate::peer::opening::dial;
use crate::peer::{Device, Opening, Seen, Session, Via, say};

/// Octets on an open WebSocket that break its rules, and their sound twin is a ping of the protocol.
struct BrokenSocket {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    send: fn(&mut WebSocket, Vec<u8>),
}

const BROKEN: &[BrokenSocket] = &[
    BrokenSocket {
        id: "CAR-011/1",
        title: "an unmasked frame ends its connection only",
        judges: &["CAR-011", "ERR-004"],
        send: |socket, record| {
            let len = u8::try_from(record.len()).unwrap_or(125);
            socket.send_raw(&[&[0x82, len][..], &record].concat());
        },
    },
    BrokenSocket {
        id: "CAR-011/2",
        title: "a reserved opcode ends its connection only",
        judges: &["CAR-011", "ERR-004"],
        send: |socket, _| socket.send_raw(&[0x83, 0x80, 0, 0, 0, 0]),
    },
    BrokenSocket {
        id: "CAR-011/3",
        title: "a continuation of nothing ends its connection only",
        judges: &["CAR-011", "ERR-004"],
        send: |socket, record| socket.send_frame(Opcode::Continuation, &record),
    },
    BrokenSocket {
        id: "CAR-007/2",
        title: "a frame with the compression bit ends its connection only",
        judges: &["CAR-007", "ERR-004"],
        send: |socket, record| {
            let frame = socket.frame(Opcode::Binary, 0xc0, &record);
            socket.send_raw(&frame);
        },
    },
    BrokenSocket {
        id: "CAR-011/4",
        title: "a fragmented control frame ends its connection only",
        judges: &["CAR-011", "ERR-004"],
        send: |socket, _| {
            let frame = socket.frame(Opcode::Pong, 0x00, b"x");
            socket.send_raw(&frame);
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BROKEN
        .iter()
        .map(|row| anonymous(row.id, row.title, row.judges, move |ctx| broken(ctx, row)))
        .collect();
    cases.extend([
        anonymous(
            "CAR-004/1",
            "the WebSocket carrier is served at its path with its subprotocol",
            &["CAR-004"],
            websocket_served,
        ),
        anonymous("CAR-004/2", "among several subprotocols pinnace.1 is taken", &["CAR-004"], subprotocols),
        anonymous(
            "CAR-005/1",
            "a record in three fragments of one message is one record",
            &["CAR-005", "CAR-010"],
            fragments,
        ),
        anonymous(
            "CAR-005/3",
            "the server's first record is one binary message",
            &["CAR-005"],
            first_message,
        ),
        anonymous("CAR-005/2", "two records in one message are not two records", &["CAR-005"], doubled),
        anonymous(
            "CAR-006/1",
            "a text message ends the connection with status 1003",
            &["CAR-006", "ERR-004"],
            text_later,
        ),
        anonymous(
            "CAR-006/2",
            "a text message in place of the first record ends the connection with status 1003",
            &["CAR-006"],
            text_first,
        ),
        anonymous("CAR-007/1", "offered compression is not taken", &["CAR-007"], compression),
        anonymous("CAR-002/3", "an empty message ends the connection", &["CAR-002"], empty_message),
    ]);
    cases.into_iter().map(|case| needing(&[Need::WebSocket], case)).collect()
}

/// An open session over WebSocket.
pub(super) fn open_socket<'a>(ctx: &'a Ctx, device: &'a Device) -> Result<Session<'a>, Halt> {
    Opening::new(ctx, device).with(|opening| opening.via = Via::WebSocket).open()
}

pub(super) fn socket<'s>(session: &'s mut Session<'_>) -> Result<&'s mut WebSocket, Halt> {
    match session.carrier() {
        Carrier::WebSocket(socket) => Ok(socket),
        Carrier::Tcp(_) => Err(Halt::Harness { fault: "a session over TCP".to_owned() }),
    }
}

/// Asks for an upgrade without opening a session.
fn ask(ctx: &Ctx, extra: &str) -> Result<WebSocket, Halt> {
    ask_with(ctx, &upgrade_request("/pinnace", extra))
}

/// Sends a whole request, with or without an upgrade.
pub(super) fn ask_with(ctx: &Ctx, request: &str) -> Result<WebSocket, Halt> {
    let address = ctx.endpoint().ws.ok_or_else(|| Halt::Unsupported { what: "WebSocket".to_owned() })?;
    Ok(WebSocket::ask(ctx, ctx.connect_to(address)?, request))
}

fn websocket_served(ctx: &Ctx) -> CaseResult {
    let asked = ask(ctx, "Sec-WebSocket-Protocol: pinnace.1\r\n")?;
    let is_upgraded: Judged =
        if asked.is_upgraded() { Ok(()) } else { Err(Mismatch::new("HTTP 101", asked.head.clone())) };
    ctx.require("CAR-004", "/pinnace upgrades", is_upgraded);
    let protocol = asked.header("Sec-WebSocket-Protocol");
    ctx.require("CAR-004", "the subprotocol is pinnace.1", expect_eq(&Some("pinnace.1"), &protocol));
    drop(asked);
    let device = Device::new(ctx, "sender");
    let mut session = Opening::new(ctx, &device).with(|opening| opening.via = Via::WebSocket).attempt()?;
    ctx.require("CAR-004", "a session over it answers", session.is_alive());
    Ok(())
}

fn subprotocols(ctx: &Ctx) -> CaseResult {
    let asked = ask(ctx, "Sec-WebSocket-Protocol: chat, pinnace.1, pinnace.2\r\n")?;
    let protocol = asked.header("Sec-WebSocket-Protocol");
    ctx.require("CAR-004", "the subprotocol is pinnace.1", expect_eq(&Some("pinnace.1"), &protocol));
    Ok(())
}

fn compression(ctx: &Ctx) -> CaseResult {
    let extra = "Sec-WebSocket-Protocol: pinnace.1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
    let asked = ask(ctx, extra)?;
    let upgraded: Judged =
        if asked.is_upgraded() { Ok(()) } else { Err(Mismatch::new("101", asked.head.clone())) };
    ctx.control("the upgrade goes through", upgraded)?;
    let extensions = asked.header("Sec-WebSocket-Extensions").unwrap_or_default();
    ctx.require("CAR-007", "no extension is agreed on", expect_eq(&"", &extensions));
    Ok(())
}

fn fragments(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open_socket(ctx, &device)?;
    let record = session.seal(&say::ping(71));
    let (first, rest) = record.split_at(1);
    let (second, third) = rest.split_at(5);
    let socket = socket(&mut session)?;
    let frames = [
        socket.frame(Opcode::Binary, 0x00, first),
        socket.frame(Opcode::Continuation, 0x00, second),
        socket.frame(Opcode::Continuation, 0x80, third),
    ];
    for frame in frames {
        socket.send_raw(&frame);
    }
    let seen = session.hear();
    ctx.require("CAR-005", "one message is one record", expect_eq(&Seen::Pong { token: 71 }, &seen));
    ctx.require("CAR-010", "its fragments make no difference", expect_eq(&Seen::Pong { token: 71 }, &seen));
    Ok(())
}

fn first_message(ctx: &Ctx) -> CaseResult {
    let mut carrier = dial(ctx, Via::WebSocket)?;
    let judged = second_message(ctx, &mut carrier)?;
    ctx.require("CAR-005", "one message holds the whole record", judged);
    Ok(())
}

fn doubled(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open_socket(ctx, &device)?;
    taken(ctx, &mut session)?;
    let both = [session.seal(&say::ping(72)), session.seal(&say::ping(73))].concat();
    session.carrier().send(&both);
    let seen = session.hear();
    ctx.require("CAR-005", "the message does not open as a record", expect_eq(&Seen::Ended, &seen));
    Ok(())
}

fn text_later(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open_socket(ctx, &other)?;
    let mut session = open_socket(ctx, &device)?;
    taken(ctx, &mut session)?;
    socket(&mut session)?.send_frame(Opcode::Text, b"hello");
    let seen = session.carrier().receive();
    ctx.require("CAR-006", "the status is 1003", expect_eq(&Inbound::Status(1003), &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn text_first(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut twin = open_socket(ctx, &device)?;
    taken(ctx, &mut twin)?;
    let mut asked = ask(ctx, "Sec-WebSocket-Protocol: pinnace.1\r\n")?;
    asked.send_frame(Opcode::Text, b"PNCE");
    let seen = asked.receive();
    ctx.require("CAR-006", "the status is 1003", expect_eq(&Inbound::Status(1003), &seen));
    Ok(())
}

fn empty_message(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open_socket(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.carrier().send(&[]);
    let seen = session.hear();
    ctx.require("CAR-002", "the connection ends", expect_eq(&Seen::Ended, &seen));
    Ok(())
}

fn broken(ctx: &Ctx, row: &'static BrokenSocket) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open_socket(ctx, &other)?;
    let mut session = open_socket(ctx, &device)?;
    taken(ctx, &mut session)?;
    let record = session.seal(&say::ping(74));
    (row.send)(socket(&mut session)?, record);
    let seen = session.hear();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, expect_eq(&Seen::Ended, &seen));
    ctx.require(main, "all other connections go on", bystander.is_quiet());
    untouched(ctx, &mut bystander);
    Ok(())
}
