//! Linking, where it goes well.

use core::time::Duration;

use super::still;
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{has_code, holds, is_error, of_devices, open, outlast};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::device::Certificate;
use crate::peer::directory::{InForce, approve, enlist, in_force, link, offer};
use crate::peer::{Code, Device, Opening, Seen, Session, ask, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices(
            "DEV-014/1",
            "LINK_OPEN is answered with LINK_OFFER of link_s at most",
            &["DEV-014"],
            offered,
        ),
        of_devices("DEV-014/2", "a later LINK_OPEN is answered too", &["DEV-014"], offered_again),
        of_devices("DEV-014/3", "a later LINK_OPEN begins anew", &["DEV-014"], renewed),
        of_devices(
            "DEV-016/1",
            "an approved device is in the list and among the devices",
            &["DEV-016"],
            in_both,
        ),
        of_devices("DEV-016/2", "an approval that was taken is answered again", &["DEV-016"], approved_again),
        of_devices("DEV-016/3", "an approval whose list is stale takes nothing", &["DEV-016"], stale),
        of_devices("DEV-016/4", "an approval whose list is false takes nothing", &["DEV-016"], false_list),
        of_devices(
            "DEV-016/5",
            "of two accounts that approve a device at once one has it",
            &["DEV-016", "DEV-015"],
            two_accounts,
        ),
        of_devices(
            "DEV-017/1",
            "the waiting session hears REGISTERED, then CLOSE REPLACED",
            &["DEV-017"],
            waiting_session,
        ),
        of_devices(
            "DEV-017/2",
            "without a waiting session the next one is registered",
            &["DEV-017"],
            no_session,
        ),
        of_devices(
            "DEV-017/3",
            "a message to a device that was linked comes in its first session",
            &["DEV-017", "DLV-009"],
            first_message,
        ),
    ]
}

/// A registered device with a list, and a device of its account that nobody knows.
pub(super) fn pair(ctx: &Ctx) -> Result<[Device; 2], Halt> {
    let [alice] = people(ctx, ["alice"])?;
    let fresh = Device::sibling(ctx, "fresh", &alice);
    Ok([alice, fresh])
}

/// Both devices are connected, and the first one has what would link the second.
pub(super) struct Begun<'a> {
    /// Of the registered device.
    pub(super) session: Session<'a>,
    /// The list in force: the registered device alone.
    pub(super) list: InForce,
    /// The list that follows, with both.
    pub(super) next: InForce,
    /// Of the device that waits; it has not asked to be linked yet.
    pub(super) waiting: Session<'a>,
}

/// Begins what all cases of linking begin with.
pub(super) fn begin<'a>(ctx: &'a Ctx, [alice, fresh]: [&'a Device; 2]) -> Result<Begun<'a>, Halt> {
    let mut session = open(ctx, alice)?;
    let list = enlist(ctx, &mut session, &[alice])?;
    let next = list.next(ctx, alice, &[alice, fresh]);
    Ok(Begun { session, list, next, waiting: open(ctx, fresh)? })
}

/// How long an offer stands here, in ms.
pub(super) fn link_ms(session: &Session<'_>) -> u64 {
    session.welcome().limit("link_s").saturating_mul(1_000)
}

/// Whether the device is among the account's and in its list, or in neither.
pub(super) fn devices(session: &mut Session<'_>) -> Result<Vec<crate::peer::DeviceId>, Halt> {
    let request = session.next_request();
    match session.ask(&say::devices_query(request)) {
        Seen::Devices { mut devices, .. } => {
            devices.sort_unstable();
            Ok(devices)
        }
        other => Err(Halt::Broken { reason: format!("DEVICES was awaited, {other:?} came") }),
    }
}

fn offered(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "fresh");
    let mut session = open(ctx, &device)?;
    let max = link_ms(&session);
    let seen = session.ask(&ask::link_open(4_000_000_000));
    let is_offer = matches!(&seen, Seen::LinkOffer { request: 4_000_000_000, expires_in_ms } if (1..=max).contains(expires_in_ms));
    ctx.require("DEV-014", "for link_s at most", holds(is_offer.into(), &format!("up to {max} ms"), &seen));
    ctx.require("DEV-014", "the session goes on", session.is_quiet());
    Ok(())
}

fn offered_again(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    let max = link_ms(&waiting);
    for _ in 0..3 {
        let expires_in_ms = offer(&mut waiting)?;
        let is_right = (1..=max).contains(&expires_in_ms);
        ctx.require(
            "DEV-014",
            "for link_s at most",
            holds(is_right.into(), &format!("up to {max} ms"), expires_in_ms),
        );
    }
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-014", "and is an offer", expect_eq(&in_force(request, &next.octets), &seen));
    Ok(())
}

fn renewed(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    let link_ms = offer(&mut waiting)?;
    let part = Duration::from_millis(link_ms / 8 * 5);
    outlast(ctx, part, &mut [&mut session, &mut waiting])?;
    offer(&mut waiting)?;
    outlast(ctx, part, &mut [&mut session, &mut waiting])?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    let judged = expect_eq(&in_force(request, &next.octets), &seen);
    ctx.require("DEV-014", "the first one would be over: the later one stands", judged);
    Ok(())
}

fn in_both(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    ctx.control("before it is in neither", expect_eq(&vec![alice.id], &devices(&mut session)?))?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-016", "the list is answered", expect_eq(&in_force(request, &next.octets), &seen));
    ctx.require("DEV-016", "it is in force", still(&mut session, &next.octets));
    ctx.require("DEV-016", "both are devices", expect_eq(&next.list.devices, &devices(&mut session)?));
    Ok(())
}

fn approved_again(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-016", "as the first time", expect_eq(&in_force(request, &next.octets), &seen));
    ctx.require("DEV-016", "both are devices", expect_eq(&next.list.devices, &devices(&mut session)?));
    Ok(())
}

/// An approval that is refused for its list: nothing changes, and with the right list it is taken.
fn refused_then_taken(ctx: &Ctx, code: Code, bent: impl FnOnce(&InForce) -> Vec<u8>) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let next = list.next(ctx, &alice, &[&alice, &fresh]);
    let wrong = InForce { list: next.list.clone(), octets: bent(&next) };
    let mut waiting = open(ctx, &fresh)?;
    offer(&mut waiting)?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &wrong);
    let judged = is_error(code, ask::kind::LINK_APPROVE, request, &seen);
    ctx.require("DEV-016", "it is refused", judged);
    ctx.require(
        "DEV-016",
        "the device is not among DEVICES",
        expect_eq(&vec![alice.id], &devices(&mut session)?),
    );
    ctx.require("DEV-016", "the list stays", still(&mut session, &list.octets));
    ctx.require("DEV-016", "its session hears nothing", waiting.is_quiet());
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-016", "the right list is taken", expect_eq(&in_force(request, &next.octets), &seen));
    Ok(())
}

fn stale(ctx: &Ctx) -> CaseResult {
    refused_then_taken(ctx, Code::LIST_STALE, |next| {
        let mut list = next.list.clone();
        list.list_version = list.list_version.saturating_add(1);
        // The key of the account, as its devices have it.
        let alice = Device::new(ctx, "alice");
        list.signed(&alice.identity, &ctx.endpoint().realm)
    })
}

fn false_list(ctx: &Ctx) -> CaseResult {
    refused_then_taken(ctx, Code::LIST_INVALID, |next| {
        let mut octets = next.octets.clone();
        if let Some(octet) = octets.last_mut() {
            *octet ^= 0x01;
        }
        octets
    })
}

fn two_accounts(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let fresh = Device::new(ctx, "fresh");
    let realm = ctx.endpoint().realm;
    let mut rivals = [open(ctx, &alice)?, open(ctx, &bob)?];
    let mut approvals = Vec::new();
    for session in &mut rivals {
        let own = session.device;
        let before = enlist(ctx, session, &[own])?;
        let next = before.next(ctx, own, &[own, &fresh]);
        let identity_key = own.identity.verifying_key().to_bytes();
        let certificate = Certificate { identity_key, account: own.account, ..fresh.certificate() };
        let certificate = certificate.signed(&own.identity, &realm);
        approvals.push((ask::link_approve(9, &certificate, &next.octets), before, next));
    }
    let mut waiting = open(ctx, &fresh)?;
    offer(&mut waiting)?;
    for (session, (octets, _, _)) in rivals.iter_mut().zip(&approvals) {
        session.say(&[octets]);
    }
    let heard: Vec<Seen> = rivals.iter_mut().map(|session| session.next_where(Seen::is_answer)).collect();
    let taken =
        heard.iter().zip(&approvals).filter(|(seen, (_, _, next))| **seen == in_force(9, &next.octets));
    let refused = heard.iter().filter(|seen| has_code(Code::LINK_OVER, seen).is_ok()).count();
    let is_one = (taken.count(), refused) == (1, 1);
    ctx.require("DEV-015", "one is taken, the other LINK_OVER", holds(is_one.into(), "1 and 1", &heard));
    for ((session, seen), (_, before, next)) in rivals.iter_mut().zip(&heard).zip(&approvals) {
        let has_it = *seen == in_force(9, &next.octets);
        let list = if has_it { next } else { before };
        ctx.require("DEV-016", "the list is that of the answer", still(session, &list.octets));
        ctx.require("DEV-016", "and so are the devices", expect_eq(&list.list.devices, &devices(session)?));
    }
    Ok(())
}

fn waiting_session(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)?;
    let [told, close] = [waiting.hear(), waiting.hear()];
    let expected = Seen::Registered { account: alice.account, device: fresh.id };
    ctx.require("DEV-017", "it is REGISTERED", expect_eq(&expected, &told));
    ctx.require("DEV-017", "then closed", closed_with(Code::REPLACED, &close));
    let again = Opening::new(ctx, &fresh).attempt()?;
    ctx.require("DEV-017", "the next WELCOME says registered", expect_eq(&1, &again.welcome().standing));
    ctx.require("DEV-017", "the approver hears nothing of it", session.is_quiet());
    Ok(())
}

fn no_session(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    drop(waiting);
    link(ctx, &mut session, &fresh, &next)?;
    let mut again = Opening::new(ctx, &fresh).attempt()?;
    let welcome = again.welcome();
    ctx.require("DEV-017", "it is registered", expect_eq(&1, &welcome.standing));
    let numbers = (welcome.handled, welcome.cursor, welcome.mailbox_last);
    ctx.require("DEV-017", "its numbers begin", expect_eq(&(0, 0, 0), &numbers));
    again.say(&[]);
    ctx.require("DEV-017", "in its account", expect_eq(&next.list.devices, &devices(&mut again)?));
    Ok(())
}

fn first_message(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)?;
    let close = waiting.closing();
    ctx.require("DEV-017", "it is closed", closed_with(Code::REPLACED, &close));
    session.deliver(fresh.id, b"sealed with the secret of the code")?;
    let mut again = open(ctx, &fresh)?;
    let judged = again.hears(b"sealed with the secret of the code");
    ctx.require("DLV-009", "the message comes", judged);
    again.deliver(alice.id, b"here I am")?;
    ctx.require("DLV-009", "and it can answer", session.hears(b"here I am"));
    Ok(())
}
