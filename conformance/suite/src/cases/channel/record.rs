//! Records and first flights that are changed, repeated or of another session.

use super::{cut, is_welcomed, put};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, case, open, taken, untouched};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::greeting::{Answer, Pattern, Preface, send_clear};
use crate::peer::noise::Handshake;
use crate::peer::opening::{dial, read, write};
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Seen, Session, Via, closed_with, say};

/// A transport record that no peer can open, made of a sound one.
struct BadRecord {
    id: &'static str,
    title: &'static str,
    bend: fn(Vec<u8>) -> Vec<u8>,
}

const BAD_RECORD: &[BadRecord] = &[
    BadRecord {
        id: "CHN-013/1",
        title: "a record with one bit changed ends the connection without an answer",
        bend: |octets| {
            let first = octets.first().map_or(0, |octet| octet ^ 1);
            put(octets, 0, first)
        },
    },
    BadRecord {
        id: "CHN-013/2",
        title: "a record that lost its last octet ends the connection without an answer",
        bend: |mut octets| {
            octets.pop();
            octets
        },
    },
    BadRecord {
        id: "CHN-013/3",
        title: "a record shorter than a tag ends the connection without an answer",
        bend: |octets| cut(octets, 15),
    },
    BadRecord {
        id: "CHN-013/4",
        title: "a record in the clear ends the connection without an answer",
        bend: |_| say::ping(1),
    },
    BadRecord {
        id: "CHN-013/5",
        title: "a record of the handshake's form ends the connection without an answer",
        bend: |_| [Preface::new(Pattern::Xx).octets(), vec![7; 32]].concat(),
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BAD_RECORD
        .iter()
        .map(|row| anonymous(row.id, row.title, &["CHN-013", "ERR-004"], move |ctx| bad_record(ctx, row)))
        .collect();
    cases.extend([
        anonymous(
            "CHN-013/6",
            "a record that is sent twice ends the connection without an answer",
            &["CHN-013", "ERR-004"],
            replayed_record,
        ),
        anonymous(
            "CHN-013/7",
            "a record of another session ends the connection without an answer",
            &["CHN-013", "ERR-004"],
            foreign_record,
        ),
        case(
            "CHN-018/1",
            "a replayed IK first flight changes nothing and is STALE_HELLO",
            &["CHN-018", "SES-006", "DLV-002"],
            replayed_flight,
        ),
    ]);
    cases
}

fn bad_record(ctx: &Ctx, row: &'static BadRecord) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    let record = session.seal(&say::ping(500));
    session.carrier().send(&(row.bend)(record));
    let seen = session.hear();
    ctx.require("CHN-013", row.title, expect_eq(&Seen::Ended, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn replayed_record(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    let record = session.seal(&say::ping(500));
    session.carrier().send(&record);
    let pong = session.hear();
    ctx.control("sent once it is answered", expect_eq(&Seen::Pong { token: 500 }, &pong))?;
    session.carrier().send(&record);
    let seen = session.hear();
    ctx.require("CHN-013", "sent again it ends the connection", expect_eq(&Seen::Ended, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn foreign_record(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    let mut bystander = open(ctx, &other)?;
    let mut third = open(ctx, &other)?;
    let record = third.seal(&say::ping(500));
    session.carrier().send(&record);
    let seen = session.hear();
    ctx.require(
        "CHN-013",
        "a record sealed for another session ends this one",
        expect_eq(&Seen::Ended, &seen),
    );
    untouched(ctx, &mut bystander);
    Ok(())
}

fn replayed_flight(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let Some(edge) = alice.edge.borrow().as_ref().map(|edge| edge.key) else { return Err(Halt::Control) };
    let mut bob_session = open(ctx, &bob)?;
    let preface = Preface::new(Pattern::Ik);
    let prologue = preface.prologue(&ctx.endpoint().realm);
    let secret = ctx.rng("ephemeral of the flight").array();
    let mut handshake = Handshake::ik(&prologue, alice.secret, secret, edge);
    let hello = alice.next_hello();
    let flight =
        [hello.octets(), say::bind(0, bob.id), say::send(alice.next_client_seq(), 0, b"once")].concat();
    let record = [preface.octets(), write(&mut handshake, &flight)?].concat();

    let mut session = run_flight(ctx, &alice, handshake.clone(), &record)?;
    ctx.control("sent once it is welcomed", is_welcomed(&session))?;
    session.say(&[]);
    let outcome = session.outcome();
    ctx.control("and its SEND is accepted", expect_eq(&Seen::Accepted(1), &outcome))?;
    ctx.control("and delivered", bob_session.hears(b"once"))?;

    let replayed = run_flight(ctx, &alice, handshake, &record)?;
    let stored = match &replayed.first {
        Seen::Close(Close { code: Code::STALE_HELLO, hello_counter, .. }) => *hello_counter,
        _ => None,
    };
    ctx.require("CHN-018", "replayed it is STALE_HELLO", closed_with(Code::STALE_HELLO, &replayed.first));
    ctx.require("SES-006", "with the stored counter", expect_eq(&Some(hello.hello_counter), &stored));
    ctx.require("CHN-018", "the device's session lives on", session.is_alive());
    session.deliver(bob.id, b"fence")?;
    let judged = bob_session.hears(b"fence");
    ctx.require("DLV-002", "the replayed SEND has no effect: the next message is the next item", judged);
    Ok(())
}

/// Sends a prepared first flight on a connection of its own and reads the answer with its handshake.
fn run_flight<'a>(
    ctx: &Ctx,
    device: &'a Device,
    mut handshake: Handshake,
    record: &[u8],
) -> Result<Session<'a>, Halt> {
    let mut carrier = dial(ctx, Via::Tcp)?;
    send_clear(&mut carrier, record, "OPENING by IK");
    let payload = read(&mut handshake, Answer::receive(&mut carrier))?;
    let mut session = Session::new(device, carrier, handshake.split());
    session.take_plaintext(&payload);
    session.first = session.hear();
    Ok(session)
}
