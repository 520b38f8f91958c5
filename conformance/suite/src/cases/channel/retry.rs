//! IK openings that do not open, and what follows RETRY.

use super::{cut, is_welcomed};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, open, taken};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::carrier::Carrier;
use crate::peer::greeting::{Answer, Pattern, Preface, send_clear};
use crate::peer::noise::{FORGED_SECRET, Handshake, Role};
use crate::peer::opening::{dial, ephemeral, read, write};
use crate::peer::{Device, Session, Via};

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

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = UNREADABLE
        .iter()
        .map(|row| anonymous(row.id, row.title, row.judges, move |ctx| unreadable(ctx, row)))
        .chain(
            AFTER_RETRY
                .iter()
                .map(|row| anonymous(row.id, row.title, &["CHN-009"], move |ctx| after_retry(ctx, row))),
        )
        .collect();
    cases.extend([
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
    ]);
    cases
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
