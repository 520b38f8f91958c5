//! Framing: every rule of the grammar, broken once in a record of its own.

use super::words::{anonymous, case, open, taken, untouched};
mod bounds;
mod flights;
mod order;
mod syntax;

use crate::case::{Case, CaseResult, Need};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::{extension, frame, varints, wide_varint};
use crate::peer::say::{self, Hello, kind};
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Opening, Seen, closed_with};
use pinnace_oracle::OracleErrorKind;

/// Who sends the record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// A device that nobody knows: cheap, and allowed PING, CREDIT, CLOSE and REGISTER*.
    Stranger,
    /// A registered device. Its alias 0 is itself.
    Member,
}

/// One broken record and its sound twin.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) judges: &'static [&'static str],
    pub(super) sender: Sender,
    pub(super) sound: fn() -> Vec<u8>,
    pub(super) broken: fn() -> Vec<u8>,
    pub(super) code: Code,
}

/// One broken HELLO, in the first flight of XX.
pub(super) struct Flight {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) judges: &'static [&'static str],
    pub(super) broken: fn(Hello) -> Vec<u8>,
    pub(super) sound: fn(Hello) -> Vec<u8>,
    pub(super) code: Code,
}

use Sender::{Member, Stranger};

fn ping() -> Vec<u8> {
    say::ping(7)
}

fn send() -> Vec<u8> {
    say::send(1, 0, b"x")
}

/// The body of `send`, for extensions behind it.
fn send_and(extensions: &[u8]) -> Vec<u8> {
    say::send_with(1, 0, b"x", extensions)
}

/// Every broken record.
fn rows() -> impl Iterator<Item = &'static Row> {
    syntax::ROWS.iter().chain(bounds::ROWS).chain(order::ROWS)
}

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    let rows = rows().map(|row| {
        let case = anonymous(row.id, row.title, row.judges, move |ctx| broken_record(ctx, row));
        match row.sender {
            Stranger => case,
            Member => Case { needs: &[Need::Code], ..case },
        }
    });
    let flights = flights::FLIGHTS.iter().map(|flight| {
        anonymous(flight.id, flight.title, flight.judges, move |ctx| broken_flight(ctx, flight))
    });
    let mut cases: Vec<Case> = rows.chain(flights).chain(order::cases()).collect();
    cases.extend([
        anonymous("FRM-002/20", "a HELLO field that is not minimal is MALFORMED", &["FRM-002"], wide_hello),
        anonymous("FRM-008/1", "frames of unknown odd type are skipped", &["FRM-008"], odd_frames),
        anonymous(
            "FRM-008/2",
            "a first flight with frames of unknown odd type is taken",
            &["FRM-008"],
            odd_flight,
        ),
        case("FRM-010/1", "extensions of unknown odd type are skipped", &["FRM-010"], odd_extensions),
        anonymous(
            "FRM-016/1",
            "frames before the first error are handled, those behind it are not",
            &["FRM-016"],
            in_order,
        ),
        anonymous(
            "ERR-004/2",
            "random bodies are judged as the grammar says, and end their own session only",
            &["ERR-004", "ERR-002"],
            random_bodies,
        ),
        anonymous("FRM-017/1", "a record without frames is taken", &["FRM-017"], empty_record),
        anonymous("CHN-014/2", "a frame may not span two records", &["CHN-014", "ERR-004"], spanning),
    ]);
    cases
}

fn broken_record(ctx: &Ctx, row: &Row) -> CaseResult {
    let device = match row.sender {
        Stranger => Device::new(ctx, "sender"),
        Member => {
            let [device] = people(ctx, ["sender"])?;
            device
        }
    };
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    if row.sender == Member {
        session.say(&[&say::bind(0, device.id)]);
    }
    session.say(&[&(row.sound)()]);
    taken(ctx, &mut session)?;
    session.say(&[&(row.broken)()]);
    let seen = session.closing();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, closed_with(row.code, &seen));
    ctx.require("FRM-018", "CLOSE tells where the fault is", tells_offset(&(row.broken)(), &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

/// Whether the CLOSE names the offset that the second decoder finds.
fn tells_offset(broken: &[u8], seen: &Seen) -> Result<(), Mismatch> {
    let expected = pinnace_oracle::decode_record(broken).err().map(|error| error.offset);
    let offset = match seen {
        Seen::Close(Close { offset, .. }) => offset.and_then(|offset| usize::try_from(offset).ok()),
        _ => None,
    };
    expect_eq(&expected, &offset)
}

fn broken_flight(ctx: &Ctx, row: &Flight) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let flight = |broken: fn(Hello) -> Vec<u8>| {
        let opening = Opening::new(ctx, &device);
        let octets = broken(opening.hello.clone());
        opening.with(|opening| opening.flight = Some(octets)).attempt()
    };
    let twin = flight(row.sound)?.first;
    ctx.control("without the fault HELLO is welcomed", is_welcome(&twin))?;
    let seen = flight(row.broken)?.first;
    for requirement in row.judges {
        ctx.require(requirement, row.title, closed_with(row.code, &seen));
    }
    Ok(())
}

fn is_welcome(seen: &Seen) -> Result<(), Mismatch> {
    match seen {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

fn wide_hello(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut twin = open(ctx, &device)?;
    taken(ctx, &mut twin)?;
    let opening = Opening::new(ctx, &device);
    let body = [&wide_varint(opening.hello.hello_counter)[..], &[0, 0, 1], &varints(&[16, 65_536])].concat();
    let session = opening.with(|opening| opening.flight = Some(frame(kind::HELLO, &body))).attempt()?;
    let seen = session.first;
    ctx.require("FRM-002", "hello_counter in eight octets is MALFORMED", closed_with(Code::MALFORMED, &seen));
    Ok(())
}

fn odd_frames(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let mut rng = ctx.rng("grease");
    let k = rng.below(1 << 40);
    let odd: Vec<Vec<u8>> = vec![
        say::grease(0),
        say::grease(1),
        say::grease(k),
        frame(3, &[]),
        frame(63, &[0xff; 300]),
        frame(4_611_686_018_427_387_903, b"x"),
    ];
    for octets in &odd {
        session.say(&[octets]);
    }
    session.say(&[&say::grease(2), &say::ping(900), &say::grease(3)]);
    let seen = session.hear();
    ctx.require("FRM-008", "the PING between them is answered", expect_eq(&Seen::Pong { token: 900 }, &seen));
    ctx.require("FRM-008", "and nothing else comes of them", session.is_quiet());
    Ok(())
}

fn odd_flight(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let opening =
        Opening::new(ctx, &device).with(|opening| opening.early = [say::grease(4), say::grease(5)].concat());
    let mut session = opening.attempt()?;
    ctx.require("FRM-008", "HELLO is welcomed", is_welcome(&session.first));
    ctx.require("FRM-008", "the session is open", session.is_quiet());
    Ok(())
}

fn odd_extensions(ctx: &Ctx) -> CaseResult {
    let [device] = people(ctx, ["sender"])?;
    let opening = Opening::new(ctx, &device);
    let opening = opening.with(|opening| {
        opening.hello.extensions =
            [extension(3, b"conform"), extension(33, b"x"), extension(4095, b"")].concat();
    });
    let mut session = opening.attempt()?;
    ctx.require("FRM-010", "HELLO with unknown odd extensions is welcomed", is_welcome(&session.first));
    let extensions = [extension(33, b"x"), extension(95, &[0xff; 100])].concat();
    let client_seq = session.send_with(device.id, b"greased", &extensions);
    let seen = session.outcome();
    ctx.require("FRM-010", "SEND with them is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    ctx.require("FRM-010", "its payload is what is delivered", session.hears(b"greased"));
    Ok(())
}

fn in_order(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::ping(1), &say::ping(2)]);
    let both = [session.hear(), session.hear()];
    let pongs = [Seen::Pong { token: 1 }, Seen::Pong { token: 2 }];
    ctx.control("without the fault both are answered in their order", expect_eq(&pongs, &both))?;
    session.say(&[&say::ping(3), &[0x00, 0x00], &say::ping(4)]);
    let [pong, close, end] = [session.hear(), session.hear(), session.hear()];
    ctx.require(
        "FRM-016",
        "the frame before the error is handled",
        expect_eq(&Seen::Pong { token: 3 }, &pong),
    );
    ctx.require("FRM-016", "the error closes", closed_with(Code::MALFORMED, &close));
    ctx.require("FRM-016", "the frame behind it is not handled", expect_eq(&Seen::Ended, &end));
    Ok(())
}

fn empty_record(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    for _ in 0..3 {
        session.say(&[]);
    }
    ctx.require("FRM-017", "the session goes on and nothing comes of it", session.is_quiet());
    Ok(())
}

fn spanning(ctx: &Ctx) -> CaseResult {
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::ping(300)]);
    taken(ctx, &mut session)?;
    let octets = say::ping(300);
    let (front, back) = octets.split_at(2);
    session.say(&[front]);
    session.say(&[back]);
    let seen = session.closing();
    ctx.require("CHN-014", "half a frame is MALFORMED", closed_with(Code::MALFORMED, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

/// The code with which the grammar ends a session, for what the second decoder finds.
const fn code_of(kind: OracleErrorKind) -> Option<Code> {
    match kind {
        OracleErrorKind::Truncated
        | OracleErrorKind::Trailing
        | OracleErrorKind::NonMinimal
        | OracleErrorKind::OutOfRange
        | OracleErrorKind::UnderLimit
        | OracleErrorKind::BadUtf8
        | OracleErrorKind::ExtensionOrder
        | OracleErrorKind::ExtensionDuplicate
        | OracleErrorKind::ReservedType => Some(Code::MALFORMED),
        OracleErrorKind::OverLimit => Some(Code::LIMIT_EXCEEDED),
        OracleErrorKind::UnknownFrame => Some(Code::UNKNOWN_FRAME),
        OracleErrorKind::UnknownExtension => Some(Code::UNKNOWN_EXTENSION),
        OracleErrorKind::Specification => None,
    }
}

fn random_bodies(ctx: &Ctx) -> CaseResult {
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    let mut rng = ctx.rng("bodies");
    for _ in 0..24 {
        let types = [kind::PING, kind::CREDIT, kind::REGISTER_METHOD, kind::REGISTER_CODE, kind::CLOSE];
        let frame_type = usize::try_from(rng.below(5)).ok().and_then(|at| types.get(at)).copied();
        let mut body = vec![0; usize::try_from(rng.below(24)).unwrap_or_default()];
        rng.fill(&mut body);
        let octets = frame(frame_type.unwrap_or(kind::PING), &body);
        let Err(error) = pinnace_oracle::decode_record(&octets) else { continue };
        let Some(code) = code_of(error.kind) else { continue };
        let device = Device::new(ctx, &format!("sender {}", rng.u64()));
        let mut session = open(ctx, &device)?;
        session.say(&[&octets]);
        let seen = session.closing();
        ctx.require("ERR-002", &format!("{error} is told by CLOSE"), closed_with(code, &seen));
        untouched(ctx, &mut bystander);
    }
    untouched(ctx, &mut bystander);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Code, Hello, code_of, flights::FLIGHTS, rows};
    use pinnace_oracle::decode_record;

    #[track_caller]
    fn check(id: &str, sound: &[u8], broken: &[u8], code: Code) {
        assert!(decode_record(sound).is_ok(), "{id}: the twin is not sound");
        let error = decode_record(broken).expect_err(id);
        assert_eq!(code_of(error.kind), Some(code), "{id}: {error}");
    }

    #[test]
    fn every_broken_record_is_broken_as_its_case_says() {
        for row in rows() {
            check(row.id, &(row.sound)(), &(row.broken)(), row.code);
        }
    }

    #[test]
    fn every_broken_flight_is_broken_as_its_case_says() {
        let hello = Hello {
            hello_counter: 1,
            settled: 0,
            cursor: 0,
            activity: 1,
            credit_count: 16,
            credit_bytes: 65_536,
            extensions: Vec::new(),
        };
        for row in FLIGHTS {
            check(row.id, &(row.sound)(hello.clone()), &(row.broken)(hello.clone()), row.code);
        }
    }
}
