//! The TCP carrier.

use crate::case::{Case, CaseResult, Halt, Need};
use crate::cases::words::{anonymous, declared, needing, open, taken, untouched, wait_out};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::carrier::{Carrier, Inbound, Tcp};
use crate::peer::greeting::{Pattern, Preface};
use crate::peer::noise::{Handshake, Role};
use crate::peer::opening::{dial, ephemeral, write};
use crate::peer::{Device, Opening, Seen, Session, Via, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        anonymous(
            "CAR-001/1",
            "two records in one segment are two records",
            &["CAR-001", "CAR-010"],
            one_segment,
        ),
        anonymous(
            "CAR-002/1",
            "a first record of length zero ends the connection",
            &["CAR-002", "ERR-004"],
            zero_first,
        ),
        anonymous(
            "CAR-002/2",
            "a transport record of length zero ends the connection",
            &["CAR-002", "ERR-004"],
            zero_later,
        ),
        anonymous(
            "CAR-001/2",
            "the length before the server's first record is big-endian and the record's",
            &["CAR-001"],
            first_length,
        ),
        anonymous("CAR-003/1", "the TCP carrier is served", &["CAR-003"], tcp),
        anonymous(
            "CAR-010/1",
            "a first record that comes octet by octet is the same record",
            &["CAR-010"],
            dribble,
        ),
        anonymous(
            "CAR-010/2",
            "a transport record whose length comes in two pieces is the same record",
            &["CAR-010"],
            split_length,
        ),
        anonymous(
            "CAR-011/5",
            "a connection that ends within a record ends alone",
            &["CAR-011", "ERR-004"],
            half,
        ),
        needing(
            &[Need::Timer("handshake_ms")],
            anonymous("CAR-008/1", "a silent connection is ended after handshake_ms", &["CAR-008"], silent),
        ),
        needing(
            &[Need::Timer("handshake_ms")],
            anonymous(
                "CAR-008/2",
                "a handshake that stops after its first message is ended after handshake_ms",
                &["CAR-008"],
                stopped,
            ),
        ),
    ]
}

fn tcp(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = Opening::new(ctx, &device).attempt()?;
    ctx.require("CAR-003", "a session over TCP answers", session.is_alive());
    Ok(())
}

/// What comes on a carrier for an honest opening by XX: whether it is the second message, whole and alone.
pub(super) fn second_message(ctx: &Ctx, carrier: &mut Carrier) -> Result<Judged, Halt> {
    let preface = Preface::new(Pattern::Xx);
    let secret = ephemeral(ctx, carrier);
    let prologue = preface.prologue(&ctx.endpoint().realm);
    let mut handshake = Handshake::xx(Role::Initiator, &prologue, [5; 32], secret);
    carrier.send(&[preface.octets(), write(&mut handshake, &[])?].concat());
    Ok(match carrier.receive() {
        Inbound::Record(record) => match record.split_first() {
            Some((0, message)) if handshake.read(message).is_ok() => Ok(()),
            _ => Err(Mismatch::new("a second message of XX", format!("{} octets", record.len()))),
        },
        other => Err(Mismatch::new("a second message of XX", format!("{other:?}"))),
    })
}

fn first_length(ctx: &Ctx) -> CaseResult {
    let mut carrier = dial(ctx, Via::Tcp)?;
    let judged = second_message(ctx, &mut carrier)?;
    ctx.require("CAR-001", "so many octets are a whole record", judged);
    Ok(())
}

fn one_segment(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    let records = [session.seal(&say::ping(61)), session.seal(&say::ping(62))];
    let octets: Vec<u8> = records.iter().flat_map(|record| prefixed(record)).collect();
    raw(&mut session, &[&octets]);
    let heard = [session.hear(), session.hear()];
    let pongs = [Seen::Pong { token: 61 }, Seen::Pong { token: 62 }];
    ctx.require("CAR-001", "each length starts a record", expect_eq(&pongs, &heard));
    ctx.require("CAR-010", "the segment makes no difference", expect_eq(&pongs, &heard));
    Ok(())
}

fn prefixed(record: &[u8]) -> Vec<u8> {
    let len = u16::try_from(record.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes()[..], record].concat()
}

/// Writes octets piece by piece below the records.
fn raw(session: &mut Session<'_>, pieces: &[&[u8]]) {
    if let Carrier::Tcp(tcp) = session.carrier() {
        for piece in pieces {
            tcp.send_raw(piece);
        }
    }
}

fn zero_first(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut twin = open(ctx, &device)?;
    taken(ctx, &mut twin)?;
    let mut tcp = Tcp::new(ctx.connect()?);
    tcp.send_raw(&[0, 0]);
    let seen = tcp.receive();
    ctx.require("CAR-002", "the connection ends", expect_eq(&Inbound::Ended, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn zero_later(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    raw(&mut session, &[&[0, 0]]);
    let seen = session.hear();
    ctx.require("CAR-002", "the connection ends", expect_eq(&Seen::Ended, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn dribble(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut tcp = Tcp::new(ctx.connect()?);
    let preface = Preface::new(Pattern::Xx);
    let secret = ctx.rng("ephemeral").array();
    let prologue = preface.prologue(&ctx.endpoint().realm);
    let mut handshake = Handshake::xx(Role::Initiator, &prologue, device.secret, secret);
    let record = [preface.octets(), write(&mut handshake, &[])?].concat();
    for octet in prefixed(&record) {
        tcp.send_raw(&[octet]);
    }
    let judged = match tcp.receive() {
        Inbound::Record(record) => match record.split_first() {
            Some((0, message)) if handshake.read(message).is_ok() => Ok(()),
            _ => Err(Mismatch::new("a second message of XX", format!("{} octets", record.len()))),
        },
        other => Err(Mismatch::new("a second message of XX", format!("{other:?}"))),
    };
    ctx.require("CAR-010", "the handshake goes on", judged);
    Ok(())
}

fn split_length(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let record = session.seal(&say::ping(70));
    let octets = prefixed(&record);
    let (front, back) = octets.split_at(1);
    raw(&mut session, &[front, back]);
    let seen = session.hear();
    ctx.require("CAR-010", "its frame is answered", expect_eq(&Seen::Pong { token: 70 }, &seen));
    Ok(())
}

fn half(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    raw(&mut session, &[&[0x01, 0x00, 0xff]]);
    session.conn().close_write()?;
    let seen = session.closing();
    ctx.require("CAR-011", "its connection ends", expect_eq(&Seen::Ended, &seen));
    ctx.require("CAR-011", "all other connections go on", bystander.is_quiet());
    untouched(ctx, &mut bystander);
    Ok(())
}

fn silent(ctx: &Ctx) -> CaseResult {
    let mut tcp = Tcp::new(ctx.connect()?);
    wait_out(ctx, declared(ctx, "handshake_ms"))?;
    let seen = tcp.receive();
    ctx.require("CAR-008", "the connection ends", expect_eq(&Inbound::Ended, &seen));
    Ok(())
}

fn stopped(ctx: &Ctx) -> CaseResult {
    let mut tcp = Tcp::new(ctx.connect()?);
    let preface = Preface::new(Pattern::Xx);
    let secret = ctx.rng("ephemeral").array();
    let mut handshake =
        Handshake::xx(Role::Initiator, &preface.prologue(&ctx.endpoint().realm), [5; 32], secret);
    tcp.send(&[preface.octets(), write(&mut handshake, &[])?].concat());
    let first = tcp.receive();
    let is_answered =
        if matches!(first, Inbound::Record(_)) { Ok(()) } else { Err(mismatch("a record", &first)) };
    ctx.control("the first message is answered", is_answered)?;
    wait_out(ctx, declared(ctx, "handshake_ms"))?;
    let seen = tcp.receive();
    ctx.require("CAR-008", "the connection ends", expect_eq(&Inbound::Ended, &seen));
    Ok(())
}

fn mismatch(expected: &str, seen: &Inbound) -> Mismatch {
    Mismatch::new(expected, format!("{seen:?}"))
}
