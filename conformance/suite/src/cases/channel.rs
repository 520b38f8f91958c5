//! The secure channel: preface, REJECT, RETRY, handshake attacks, certificate.

use super::words::{anonymous, case, holds, open, taken, untouched};
use crate::case::{Case, CaseResult, Halt};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::carrier::Carrier;
use crate::peer::greeting::{Answer, Pattern, Preface, Reject, reject, send_clear};
use crate::peer::ids::{is_signed, root_key_id};
use crate::peer::noise::{FORGED_SECRET, Handshake, Role};
use crate::peer::opening::{dial, ephemeral, read, write, xx_rest};
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Opening, Seen, Session, Via, closed_with, say};

/// A first record that is refused in the clear.
struct Refused {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    /// Bends the octets of a sound XX opening.
    bend: fn(Vec<u8>) -> Vec<u8>,
    reason: u8,
}

const REFUSED: &[Refused] = &[
    Refused {
        id: "CHN-001/1",
        title: "another first octet is BAD_PREFACE",
        judges: &["CHN-001", "INV-004"],
        bend: |octets| put(octets, 0, 0x51),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "INV-001/1",
        title: "another fourth octet is BAD_PREFACE",
        judges: &["INV-001", "CHN-001"],
        bend: |octets| put(octets, 3, 0x46),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/2",
        title: "a record that ends within the magic is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 3),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/3",
        title: "a record that ends before the token length is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 7),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/4",
        title: "a route token longer than the record is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| put(octets, 7, 64),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/5",
        title: "a route token of 65 octets is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| [put(cut(octets, 8), 7, 65), vec![0; 65 + 32]].concat(),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/6",
        title: "an HTTP request is BAD_PREFACE",
        judges: &["CHN-001", "INV-001"],
        bend: |_| b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/7",
        title: "a record that ends behind the version is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 5),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/8",
        title: "a record that ends behind the suite is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 6),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "INV-002/2",
        title: "a later version alone in its record is UNSUPPORTED_VERSION",
        judges: &["INV-002", "CHN-002"],
        bend: |octets| put(cut(octets, 5), 4, 2),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "CHN-002/1",
        title: "version 2 is UNSUPPORTED_VERSION",
        judges: &["CHN-002", "INV-004"],
        bend: |octets| put(octets, 4, 2),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "CHN-002/2",
        title: "version 0 is UNSUPPORTED_VERSION",
        judges: &["CHN-002"],
        bend: |octets| put(octets, 4, 0),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "INV-002/1",
        title: "a later version is told by the fifth octet, whatever stands behind it",
        judges: &["INV-002", "CHN-002"],
        bend: |octets| [put(cut(octets, 5), 4, 255), vec![0xff; 90]].concat(),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "CHN-003/1",
        title: "suite 2 is UNSUPPORTED_SUITE",
        judges: &["CHN-003", "INV-004"],
        bend: |octets| put(octets, 5, 2),
        reason: reject::UNSUPPORTED_SUITE,
    },
    Refused {
        id: "CHN-003/2",
        title: "suite 0 is UNSUPPORTED_SUITE",
        judges: &["CHN-003"],
        bend: |octets| put(octets, 5, 0),
        reason: reject::UNSUPPORTED_SUITE,
    },
    Refused {
        id: "CHN-004/1",
        title: "pattern 3 is UNSUPPORTED_PATTERN",
        judges: &["CHN-004", "INV-004"],
        bend: |octets| put(octets, 6, 3),
        reason: reject::UNSUPPORTED_PATTERN,
    },
    Refused {
        id: "CHN-004/2",
        title: "pattern 0 is UNSUPPORTED_PATTERN",
        judges: &["CHN-004"],
        bend: |octets| put(octets, 6, 0),
        reason: reject::UNSUPPORTED_PATTERN,
    },
    Refused {
        id: "CHN-020/1",
        title: "a first XX message of 31 octets is BAD_HANDSHAKE",
        judges: &["CHN-020"],
        bend: |octets| cut(octets, 8 + 31),
        reason: reject::BAD_HANDSHAKE,
    },
    Refused {
        id: "CHN-020/2",
        title: "an empty first XX message is BAD_HANDSHAKE",
        judges: &["CHN-020"],
        bend: |octets| cut(octets, 8),
        reason: reject::BAD_HANDSHAKE,
    },
    Refused {
        id: "CHN-020/3",
        title: "a first XX message with a payload is BAD_HANDSHAKE",
        judges: &["CHN-020"],
        bend: |octets| [octets, say::ping(1)].concat(),
        reason: reject::BAD_HANDSHAKE,
    },
];

fn put(mut octets: Vec<u8>, at: usize, octet: u8) -> Vec<u8> {
    if let Some(place) = octets.get_mut(at) {
        *place = octet;
    }
    octets
}

fn cut(mut octets: Vec<u8>, len: usize) -> Vec<u8> {
    octets.truncate(len);
    octets
}

/// An IK opening that no server can open, and why.
struct Unreadable {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    bend: fn(&mut Ik),
}

/// The parts of an IK opening.
struct Ik {
    realm: [u8; 32],
    edge: [u8; 32],
    secret: [u8; 32],
    ephemeral: [u8; 32],
    preface: Preface,
    sent_preface: Option<Preface>,
    tail: fn(Vec<u8>) -> Vec<u8>,
}

const UNREADABLE: &[Unreadable] = &[
    Unreadable {
        id: "CHN-006/1",
        title: "IK to an edge key that this server does not have is answered by RETRY",
        judges: &["CHN-006"],
        bend: |ik| ik.edge = crate::peer::noise::public_key(&[9; 32]),
    },
    Unreadable {
        id: "CHN-005/1",
        title: "IK under another realm is answered by RETRY",
        judges: &["CHN-005", "CHN-006"],
        bend: |ik| ik.realm[31] ^= 1,
    },
    Unreadable {
        id: "CHN-005/2",
        title: "IK whose route token was changed on its way is answered by RETRY",
        judges: &["CHN-005", "CHN-006"],
        bend: |ik| {
            ik.preface.route_token = vec![1, 2, 3];
            ik.sent_preface = Some(Preface { route_token: vec![1, 2, 4], ..ik.preface.clone() });
        },
    },
    Unreadable {
        id: "CHN-006/2",
        title: "an IK message with one octet changed is answered by RETRY",
        judges: &["CHN-006"],
        bend: |ik| {
            ik.tail = |mut octets| {
                if let Some(last) = octets.last_mut() {
                    *last ^= 1;
                }
                octets
            }
        },
    },
    Unreadable {
        id: "CHN-006/3",
        title: "an IK message that is one octet short is answered by RETRY",
        judges: &["CHN-006"],
        bend: |ik| {
            ik.tail = |mut octets| {
                octets.pop();
                octets
            }
        },
    },
    Unreadable {
        id: "CHN-006/4",
        title: "an IK message of 95 octets is answered by RETRY",
        judges: &["CHN-006"],
        bend: |ik| ik.tail = |octets| cut(octets, 8 + 95),
    },
    Unreadable {
        id: "CHN-006/5",
        title: "an IK message of no octets is answered by RETRY",
        judges: &["CHN-006"],
        bend: |ik| ik.tail = |octets| cut(octets, 8),
    },
    Unreadable {
        id: "CHN-006/6",
        title: "an IK message that is an XX message is answered by RETRY",
        judges: &["CHN-006"],
        bend: |ik| ik.tail = |octets| cut(octets, 8 + 32),
    },
    Unreadable {
        id: "CHN-022/1",
        title: "an IK ephemeral key of zeros is answered by RETRY",
        judges: &["CHN-022"],
        bend: |ik| ik.ephemeral = FORGED_SECRET,
    },
    Unreadable {
        id: "CHN-022/2",
        title: "an IK static key of zeros is answered by RETRY",
        judges: &["CHN-022"],
        bend: |ik| ik.secret = FORGED_SECRET,
    },
];

/// What follows a RETRY that is not the XX opening it asks for.
struct AfterRetry {
    id: &'static str,
    title: &'static str,
    bend: fn(Preface) -> Vec<u8>,
}

const AFTER_RETRY: &[AfterRetry] = &[
    AfterRetry {
        id: "CHN-009/1",
        title: "after RETRY a second IK ends the connection",
        bend: |preface| [Preface { pattern: 2, ..preface }.octets(), vec![7; 150]].concat(),
    },
    AfterRetry {
        id: "CHN-009/2",
        title: "after RETRY another suite ends the connection",
        bend: |preface| [Preface { suite: 2, ..preface }.octets(), vec![7; 32]].concat(),
    },
    AfterRetry {
        id: "CHN-009/3",
        title: "after RETRY another version ends the connection",
        bend: |preface| [Preface { version: 2, ..preface }.octets(), vec![7; 32]].concat(),
    },
    AfterRetry {
        id: "CHN-009/4",
        title: "after RETRY octets that are no preface end the connection",
        bend: |_| vec![0; 40],
    },
];

/// A third XX message that no server can open.
struct BadThird {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    bend: fn(Vec<u8>) -> Vec<u8>,
}

const BAD_THIRD: &[BadThird] = &[
    BadThird {
        id: "CHN-021/1",
        title: "a third message with its first octet changed ends the connection",
        judges: &["CHN-021"],
        bend: |octets| {
            let first = octets.first().map_or(0, |octet| octet ^ 1);
            put(octets, 0, first)
        },
    },
    BadThird {
        id: "CHN-021/2",
        title: "a third message with its last octet changed ends the connection",
        judges: &["CHN-021", "CHN-013"],
        bend: |mut octets| {
            if let Some(last) = octets.last_mut() {
                *last ^= 0x80;
            }
            octets
        },
    },
    BadThird {
        id: "CHN-021/3",
        title: "a third message cut to its static key ends the connection",
        judges: &["CHN-021"],
        bend: |octets| cut(octets, 48),
    },
    BadThird {
        id: "CHN-021/4",
        title: "a third message of one octet ends the connection",
        judges: &["CHN-021"],
        bend: |octets| cut(octets, 1),
    },
    BadThird {
        id: "CHN-021/5",
        title: "a third message with an octet more ends the connection",
        judges: &["CHN-021"],
        bend: |octets| [octets, vec![0]].concat(),
    },
];

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

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    cases.extend(
        REFUSED.iter().map(|row| anonymous(row.id, row.title, row.judges, move |ctx| refused(ctx, row))),
    );
    cases.extend(
        UNREADABLE
            .iter()
            .map(|row| anonymous(row.id, row.title, row.judges, move |ctx| unreadable(ctx, row))),
    );
    cases.extend(
        AFTER_RETRY
            .iter()
            .map(|row| anonymous(row.id, row.title, &["CHN-009"], move |ctx| after_retry(ctx, row))),
    );
    cases.extend(
        BAD_THIRD.iter().map(|row| anonymous(row.id, row.title, row.judges, move |ctx| bad_third(ctx, row))),
    );
    cases.extend(
        BAD_RECORD.iter().map(|row| {
            anonymous(row.id, row.title, &["CHN-013", "ERR-004"], move |ctx| bad_record(ctx, row))
        }),
    );
    cases.extend([
        anonymous(
            "CHN-005/3",
            "a prologue with another realm does not open the second XX message",
            &["CHN-005"],
            |ctx| xx_prologue(ctx, |preface| preface.prologue(&[0xee; 32])),
        ),
        anonymous(
            "CHN-005/4",
            "a prologue without the preface does not open the second XX message",
            &["CHN-005"],
            realm_only,
        ),
        anonymous(
            "CHN-008/1",
            "after RETRY the handshake completes under the prologue that binds the refused record",
            &["CHN-006", "CHN-008"],
            retry_completes,
        ),
        anonymous(
            "CHN-008/2",
            "after RETRY the plain prologue does not open the second message",
            &["CHN-008"],
            retry_plain,
        ),
        anonymous(
            "CHN-008/3",
            "after RETRY the digest of another record does not open the second message",
            &["CHN-008"],
            retry_other,
        ),
        anonymous(
            "CHN-010/1",
            "the second XX message carries one CERTIFICATE and nothing else",
            &["CHN-010", "INV-003"],
            second_message,
        ),
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
        anonymous("CHN-016/1", "a route token that was never issued is accepted", &["CHN-016"], tokens),
        case(
            "CHN-018/1",
            "a replayed IK first flight changes nothing and is STALE_HELLO",
            &["CHN-018", "SES-006", "DLV-002"],
            replayed_flight,
        ),
        anonymous(
            "CHN-019/1",
            "the certificate is signed by the realm's root and names the edge's key",
            &["CHN-019"],
            certificate,
        ),
        anonymous(
            "CHN-022/3",
            "an XX ephemeral key of zeros ends the connection",
            &["CHN-022"],
            zero_xx_ephemeral,
        ),
        anonymous("CHN-022/4", "an XX static key of zeros ends the connection", &["CHN-022"], zero_xx_static),
    ]);
    cases
}

fn fresh<'a>(ctx: &Ctx, device: &'a Device) -> Result<Handshaking<'a>, Halt> {
    let mut carrier = dial(ctx, Via::Tcp)?;
    let preface = Preface::new(Pattern::Xx);
    let ephemeral = ephemeral(ctx, &mut carrier);
    let prologue = preface.prologue(&ctx.endpoint().realm);
    let handshake = Handshake::xx(Role::Initiator, &prologue, device.secret, ephemeral);
    Ok(Handshaking { device, carrier, preface, handshake })
}

/// An XX handshake under way.
struct Handshaking<'a> {
    device: &'a Device,
    carrier: Carrier,
    preface: Preface,
    handshake: Handshake,
}

impl<'a> Handshaking<'a> {
    fn first(&mut self) -> Result<Vec<u8>, Halt> {
        Ok([self.preface.octets(), write(&mut self.handshake, &[])?].concat())
    }

    fn begin(&mut self) -> Result<(), Halt> {
        let first = self.first()?;
        send_clear(&mut self.carrier, &first, "OPENING by XX");
        Ok(())
    }

    /// From the second message to an open session.
    fn finish(mut self) -> Result<Session<'a>, Halt> {
        let flight = self.device.next_hello().octets();
        xx_rest(&flight, self.device, &mut self.handshake, &mut self.carrier)?;
        let mut session = Session::new(self.device, self.carrier, self.handshake.split());
        session.first = session.hear();
        session.say(&[]);
        Ok(session)
    }
}

fn is_welcomed(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

/// A second session opens: the control of what a server refuses before it knows who speaks.
fn control_opens(ctx: &Ctx) -> Result<(), Halt> {
    let twin = Device::new(ctx, "twin");
    let session = Opening::new(ctx, &twin).attempt()?;
    ctx.control("without the fault the session opens", is_welcomed(&session))
}

fn refused(ctx: &Ctx, row: &'static Refused) -> CaseResult {
    control_opens(ctx)?;
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    let record = (row.bend)(handshaking.first()?);
    send_clear(&mut handshaking.carrier, &record, "a first record, bad on purpose");
    let answer = Answer::receive(&mut handshaking.carrier);
    let end = Answer::receive(&mut handshaking.carrier);
    for requirement in row.judges {
        ctx.require(requirement, row.title, is_reject(row.reason, &answer));
    }
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, "the connection ends after REJECT", expect_eq(&Answer::Ended, &end));
    Ok(())
}

fn is_reject(reason: u8, answer: &Answer) -> Judged {
    match answer {
        Answer::Reject(Reject { reason: heard, highest_version, .. })
            if *heard == reason && (reason != reject::UNSUPPORTED_VERSION || *highest_version == 1) =>
        {
            Ok(())
        }
        other => Err(Mismatch::new(format!("REJECT of reason {reason}"), format!("{other:?}"))),
    }
}

/// A known edge key, learnt by a session that is the control as well.
fn known_edge(ctx: &Ctx, device: &Device) -> Result<[u8; 32], Halt> {
    let mut first = open(ctx, device)?;
    taken(ctx, &mut first)?;
    let mut by_ik = open(ctx, device)?;
    ctx.control("IK to the edge's true key is welcomed", is_welcomed(&by_ik))?;
    taken(ctx, &mut by_ik)?;
    let known = device.edge.borrow().as_ref().map(|edge| edge.key);
    known.ok_or(Halt::Control)
}

/// Sends an IK opening, bent; gives the carrier and the record.
fn send_ik(
    ctx: &Ctx,
    device: &Device,
    edge: [u8; 32],
    bend: fn(&mut Ik),
) -> Result<(Carrier, Vec<u8>), Halt> {
    let mut carrier = dial(ctx, Via::Tcp)?;
    let mut ik = Ik {
        realm: ctx.endpoint().realm,
        edge,
        secret: device.secret,
        ephemeral: ephemeral(ctx, &mut carrier),
        preface: Preface::new(Pattern::Ik),
        sent_preface: None,
        tail: |octets| octets,
    };
    bend(&mut ik);
    let prologue = ik.preface.prologue(&ik.realm);
    let mut handshake = Handshake::ik(&prologue, ik.secret, ik.ephemeral, ik.edge);
    let message = write(&mut handshake, &device.next_hello().octets())?;
    let sent = ik.sent_preface.as_ref().unwrap_or(&ik.preface);
    let record = (ik.tail)([sent.octets(), message].concat());
    send_clear(&mut carrier, &record, "OPENING by IK, bad on purpose");
    Ok((carrier, record))
}

fn unreadable(ctx: &Ctx, row: &'static Unreadable) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let edge = known_edge(ctx, &device)?;
    let (mut carrier, _) = send_ik(ctx, &device, edge, row.bend)?;
    let answer = Answer::receive(&mut carrier);
    for requirement in row.judges {
        ctx.require(requirement, row.title, expect_eq(&Answer::Retry, &answer));
    }
    Ok(())
}

/// A connection on which RETRY came, and the record that was refused.
fn retried(ctx: &Ctx, device: &Device) -> Result<(Carrier, Vec<u8>), Halt> {
    let edge = crate::peer::noise::public_key(&[9; 32]);
    let (mut carrier, record) = send_ik(ctx, device, edge, |_| {})?;
    let answer = Answer::receive(&mut carrier);
    ctx.control("an IK opening to another key is answered by RETRY", expect_eq(&Answer::Retry, &answer))?;
    Ok((carrier, record))
}

fn after_retry(ctx: &Ctx, row: &'static AfterRetry) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let twin = Device::new(ctx, "twin");
    let session =
        retry_with(ctx, &twin, |preface, realm, refused| preface.prologue_after_retry(realm, refused))?;
    let session = session.map_err(|_| Halt::Control)?;
    ctx.control("without the fault the handshake goes on to WELCOME", is_welcomed(&session))?;
    let (mut carrier, _) = retried(ctx, &device)?;
    let record = (row.bend)(Preface::new(Pattern::Xx));
    send_clear(&mut carrier, &record, "a second OPENING, bad on purpose");
    let answer = Answer::receive(&mut carrier);
    ctx.require("CHN-009", row.title, expect_eq(&Answer::Ended, &answer));
    Ok(())
}

/// XX after a RETRY under the given prologue: the session, or what the second message's opening gives.
fn retry_with<'a>(
    ctx: &Ctx,
    device: &'a Device,
    prologue: fn(&Preface, &[u8; 32], &[u8]) -> Vec<u8>,
) -> Result<Result<Session<'a>, String>, Halt> {
    let (mut carrier, refused) = retried(ctx, device)?;
    let preface = Preface::new(Pattern::Xx);
    let prologue = prologue(&preface, &ctx.endpoint().realm, &refused);
    // The first ephemeral key was spent on the refused record (CHN-007).
    let ephemeral = ctx.rng("ephemeral after RETRY").array();
    let mut handshake = Handshake::xx(Role::Initiator, &prologue, device.secret, ephemeral);
    let first = [preface.octets(), write(&mut handshake, &[])?].concat();
    send_clear(&mut carrier, &first, "OPENING by XX after RETRY");
    let message = match Answer::receive(&mut carrier) {
        Answer::Handshake(message) => message,
        other => return Ok(Err(format!("{other:?}"))),
    };
    // A failed reading leaves no state to go on from, so that the sound one is read from a fork.
    if let Err(fault) = handshake.clone().read(&message) {
        return Ok(Err(format!("the second message does not open: {fault:?}")));
    }
    read(&mut handshake, Answer::Handshake(message))?;
    let third = write(&mut handshake, &device.next_hello().octets())?;
    send_clear(&mut carrier, &third, "third message of XX");
    let mut session = Session::new(device, carrier, handshake.split());
    session.first = session.hear();
    Ok(Ok(session))
}

fn retry_completes(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session =
        retry_with(ctx, &device, |preface, realm, refused| preface.prologue_after_retry(realm, refused))?;
    let judged = match &session {
        Ok(session) => is_welcomed(session),
        Err(why) => Err(Mismatch::new("WELCOME", why)),
    };
    ctx.require("CHN-006", "XX on the same connection is welcomed", judged.clone());
    ctx.require("CHN-008", "both sides bind the refused record", judged);
    Ok(())
}

fn retry_plain(ctx: &Ctx) -> CaseResult {
    unbound_retry(ctx, |preface, realm, _| preface.prologue(realm))
}

fn retry_other(ctx: &Ctx) -> CaseResult {
    unbound_retry(ctx, |preface, realm, refused| {
        preface.prologue_after_retry(realm, refused.get(1..).unwrap_or_default())
    })
}

fn unbound_retry(ctx: &Ctx, prologue: fn(&Preface, &[u8; 32], &[u8]) -> Vec<u8>) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session = retry_with(ctx, &device, prologue)?;
    let judged = match &session {
        Err(why) if why.contains("does not open") => Ok(()),
        Err(why) => Err(Mismatch::new("a second message that does not open", why)),
        Ok(session) => {
            Err(Mismatch::new("a second message that does not open", format!("{:?}", session.first)))
        }
    };
    ctx.require("CHN-008", "the handshake fails without the binding", judged);
    Ok(())
}

fn xx_prologue(ctx: &Ctx, prologue: fn(&Preface) -> Vec<u8>) -> CaseResult {
    control_opens(ctx)?;
    let mut carrier = dial(ctx, Via::Tcp)?;
    let preface = Preface::new(Pattern::Xx);
    let ephemeral = ephemeral(ctx, &mut carrier);
    let mut handshake = Handshake::xx(Role::Initiator, &prologue(&preface), [3; 32], ephemeral);
    let first = [preface.octets(), write(&mut handshake, &[])?].concat();
    send_clear(&mut carrier, &first, "OPENING by XX under a prologue of its own");
    let judged = match Answer::receive(&mut carrier) {
        Answer::Handshake(message) => match handshake.read(&message) {
            Err(_) => Ok(()),
            Ok(_) => Err(Mismatch::new("a message that does not open", "a message that opens")),
        },
        other => Err(Mismatch::new("a second message", format!("{other:?}"))),
    };
    ctx.require("CHN-005", "the server's prologue is the realm's and the preface's", judged);
    Ok(())
}

fn realm_only(ctx: &Ctx) -> CaseResult {
    xx_prologue(ctx, |_| b"pinnace/1\0".to_vec())
}

fn second_message(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    handshaking.begin()?;
    let answer = Answer::receive(&mut handshaking.carrier);
    let is_handshake = matches!(answer, Answer::Handshake(_));
    ctx.require(
        "INV-003",
        "the record begins with the kind HANDSHAKE",
        holds(is_handshake.into(), "HANDSHAKE", &answer),
    );
    let payload = read(&mut handshaking.handshake, answer)?;
    let frames = pinnace_oracle::decode_record(&payload);
    let names = frames.map(|frames| frames.iter().map(|frame| frame.name.clone()).collect::<Vec<_>>());
    let expected = Ok(vec!["CERTIFICATE".to_owned()]);
    ctx.require("CHN-010", "its payload is one CERTIFICATE frame", expect_eq(&expected, &names));
    Ok(())
}

fn certificate(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session = open(ctx, &device)?;
    let now_s = session.welcome().time_ms / 1000;
    let Some(edge) = device.edge.borrow().clone() else {
        ctx.require("CHN-019", "a certificate comes", Err(Mismatch::new("CERTIFICATE", "none")));
        return Ok(());
    };
    let realm = ctx.endpoint().realm;
    let judged = edge.certificate.split_last_chunk::<64>().map_or_else(
        || Err(Mismatch::new("a certificate", "a shorter one")),
        |(body, signature)| {
            let is_signed = is_signed(&realm, "pinnace/1 edge certificate", &realm, body, signature);
            holds(is_signed.into(), "a signature of the realm's root", "another")
        },
    );
    ctx.require("CHN-019", "the realm's root signed it", judged);
    let fields = pinnace_oracle::decode_structure("edge_certificate", &edge.certificate).unwrap_or_default();
    let text =
        |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.to_string());
    let number = |name: &str| text(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    let key = Some(crate::hex::encode(&edge.key));
    ctx.require("CHN-019", "it names the static key of the handshake", expect_eq(&key, &text("edge_key")));
    let root = Some(crate::hex::encode(&root_key_id(&realm)));
    ctx.require("CHN-019", "it names the root that signed it", expect_eq(&root, &text("root_key_id")));
    let (from, to) = (number("not_before_s"), number("not_after_s"));
    let is_now = from <= now_s && now_s <= to && to.saturating_sub(from) <= 7_776_000;
    ctx.require(
        "CHN-019",
        "it is valid now, for 90 days at most",
        holds(is_now.into(), "valid now", (from, now_s, to)),
    );
    Ok(())
}

fn bad_third(ctx: &Ctx, row: &'static BadThird) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    handshaking.begin()?;
    let twin = handshaking.finish()?;
    ctx.control("without the fault HELLO is welcomed", is_welcomed(&twin))?;
    let mut handshaking = fresh(ctx, &device)?;
    handshaking.begin()?;
    read(&mut handshaking.handshake, Answer::receive(&mut handshaking.carrier))?;
    let third = write(&mut handshaking.handshake, &device.next_hello().octets())?;
    send_clear(&mut handshaking.carrier, &(row.bend)(third), "third message of XX, bad on purpose");
    let answer = Answer::receive(&mut handshaking.carrier);
    for requirement in row.judges {
        ctx.require(requirement, row.title, expect_eq(&Answer::Ended, &answer));
    }
    Ok(())
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

fn tokens(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    for len in [1, 64] {
        let token = vec![0xa5; len];
        let session = Opening::new(ctx, &device).with(|opening| opening.route_token = token).attempt()?;
        let what = format!("{len} octets of route token are accepted");
        ctx.require("CHN-016", &what, is_welcomed(&session));
    }
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

fn zero_xx_ephemeral(ctx: &Ctx) -> CaseResult {
    control_opens(ctx)?;
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    let prologue = handshaking.preface.prologue(&ctx.endpoint().realm);
    handshaking.handshake = Handshake::xx(Role::Initiator, &prologue, device.secret, FORGED_SECRET);
    handshaking.begin()?;
    let answer = Answer::receive(&mut handshaking.carrier);
    let is_refused = matches!(answer, Answer::Ended | Answer::Reject(_));
    ctx.require(
        "CHN-022",
        "no second message comes",
        holds(is_refused.into(), "the end of the connection", &answer),
    );
    Ok(())
}

fn zero_xx_static(ctx: &Ctx) -> CaseResult {
    control_opens(ctx)?;
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    let prologue = handshaking.preface.prologue(&ctx.endpoint().realm);
    let ephemeral = ephemeral(ctx, &mut handshaking.carrier);
    handshaking.handshake = Handshake::xx(Role::Initiator, &prologue, FORGED_SECRET, ephemeral);
    handshaking.begin()?;
    let mut session = handshaking.finish()?;
    let seen = core::mem::replace(&mut session.first, Seen::Nothing);
    ctx.require("CHN-022", "no WELCOME comes", expect_eq(&Seen::Ended, &seen));
    Ok(())
}
