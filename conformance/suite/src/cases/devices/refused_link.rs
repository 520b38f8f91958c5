//! Approvals that are refused.

use core::time::Duration;

use super::link::{Begun, begin, devices, pair};
use super::still;
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{is_error, of_devices, open, outlast};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::device::Certificate;
use crate::peer::directory::{InForce, approve, enlist, in_force, link, offer, relist};
use crate::peer::ids::AccountId;
use crate::peer::{Code, Device, Seen, Session, ask};

pub(super) fn cases() -> Vec<Case> {
    let over = vec![
        of_devices("DEV-015/1", "a device that never asked is LINK_OVER", &["DEV-015"], never_asked),
        of_devices("DEV-015/2", "a device whose offer is over is LINK_OVER", &["DEV-015"], offer_over),
        of_devices("DEV-015/3", "an offer that was used is LINK_OVER", &["DEV-015"], used),
        of_devices("DEV-015/4", "a device that is registered already is LINK_OVER", &["DEV-015"], registered),
        of_devices("DEV-015/5", "another account's device is LINK_OVER", &["DEV-015"], of_another),
        of_devices(
            "DEV-021/1",
            "an approval whose list does not name the device is LIST_INVALID",
            &["DEV-021"],
            unnamed,
        ),
        of_devices("DEV-022/1", "an approval for a full account is DEVICE_LIMIT", &["DEV-022"], full),
    ];
    let false_ones = FALSE
        .iter()
        .map(|row| of_devices(row.id, row.title, &["DEV-020"], move |ctx| false_certificate(ctx, row)));
    over.into_iter().chain(false_ones).collect()
}

/// The approval of a device is LINK_OVER, and leaves list and devices as they are.
fn is_over(
    ctx: &Ctx,
    session: &mut Session<'_>,
    device: &Device,
    [before, next]: [&InForce; 2],
) -> Result<(), Halt> {
    let there = devices(session)?;
    let own = session.device;
    let identity_key = own.identity.verifying_key().to_bytes();
    let certificate = Certificate { identity_key, account: own.account, ..device.certificate() };
    let certificate = certificate.signed(&own.identity, &ctx.endpoint().realm);
    let request = session.next_request();
    let seen = session.ask(&ask::link_approve(request, &certificate, &next.octets));
    let judged = is_error(Code::LINK_OVER, ask::kind::LINK_APPROVE, request, &seen);
    ctx.require("DEV-015", "it is LINK_OVER", judged);
    ctx.require("DEV-015", "the list stays", still(session, &before.octets));
    ctx.require("DEV-015", "the devices stay", expect_eq(&there, &devices(session)?));
    Ok(())
}

fn never_asked(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, list, next, mut waiting } = begin(ctx, [&alice, &fresh])?;
    is_over(ctx, &mut session, &fresh, [&list, &next])?;
    ctx.require("DEV-015", "the device hears nothing of it", waiting.is_quiet());
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)
}

fn offer_over(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, list, next, mut waiting } = begin(ctx, [&alice, &fresh])?;
    let expires_in_ms = offer(&mut waiting)?;
    let life = Duration::from_millis(expires_in_ms.saturating_add(100));
    outlast(ctx, life, &mut [&mut session, &mut waiting])?;
    is_over(ctx, &mut session, &fresh, [&list, &next])?;
    ctx.require("DEV-015", "the device hears nothing of it", waiting.is_quiet());
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)
}

fn used(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)?;
    waiting.closing();
    let after = next.next(ctx, &alice, &[&alice, &fresh]);
    is_over(ctx, &mut session, &fresh, [&next, &after])?;
    // Left out and a stranger again, it has no offer that stands from before.
    let last = relist(ctx, &mut session, &next, &[&alice])?;
    let once_more = last.next(ctx, &alice, &[&alice, &fresh]);
    is_over(ctx, &mut session, &fresh, [&last, &once_more])
}

fn registered(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = super::family(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let next = list.next(ctx, &alice, &[&alice, &second]);
    is_over(ctx, &mut session, &second, [&list, &next])?;
    // The twin: the same list without an approval.
    relist(ctx, &mut session, &list, &[&alice, &second])?;
    Ok(())
}

fn of_another(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let (mut session, mut stranger) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let theirs = enlist(ctx, &mut stranger, &[&bob])?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let next = list.next(ctx, &alice, &[&alice, &bob]);
    is_over(ctx, &mut session, &bob, [&list, &next])?;
    ctx.require("DEV-015", "the other account's list stays", still(&mut stranger, &theirs.octets));
    ctx.require("DEV-015", "and its device", expect_eq(&vec![bob.id], &devices(&mut stranger)?));
    ctx.require("DEV-015", "which hears nothing of it", stranger.is_quiet());
    Ok(())
}

fn unnamed(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let without = list.next(ctx, &alice, &[&alice]);
    let next = list.next(ctx, &alice, &[&alice, &fresh]);
    let mut waiting = open(ctx, &fresh)?;
    offer(&mut waiting)?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &without);
    let judged = is_error(Code::LIST_INVALID, ask::kind::LINK_APPROVE, request, &seen);
    ctx.require("DEV-021", "it is LIST_INVALID", judged);
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-021", "the offer stands", expect_eq(&in_force(request, &next.octets), &seen));
    Ok(())
}

fn full(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let mut session = open(ctx, &alice)?;
    let max = session.welcome().limit("devices_per_account_max");
    if !(2..=16).contains(&max) {
        return Err(Halt::NotTestable { why: format!("an account may have {max} devices") });
    }
    let siblings: Vec<Device> =
        (1..max).map(|index| Device::sibling(ctx, &format!("sibling {index}"), &alice)).collect();
    register(ctx, &siblings.iter().collect::<Vec<_>>())?;
    let Some(first) = siblings.first() else { return Ok(()) };
    let list = enlist(ctx, &mut session, &[&alice, first])?;
    // As many as a list may name: the other devices of the account are in none.
    let named = if max > 2 { vec![&alice, first, &fresh] } else { vec![&alice, &fresh] };
    let too_many = list.next(ctx, &alice, &named);
    let smaller = list.next(ctx, &alice, &[&alice]);
    let next = smaller.next(ctx, &alice, &[&alice, &fresh]);
    let mut waiting = open(ctx, &fresh)?;
    offer(&mut waiting)?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &too_many);
    let judged = is_error(Code::DEVICE_LIMIT, ask::kind::LINK_APPROVE, request, &seen);
    ctx.require("DEV-022", "it is DEVICE_LIMIT", judged);
    relist(ctx, &mut session, &list, &[&alice])?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-022", "the offer stood meanwhile", expect_eq(&in_force(request, &next.octets), &seen));
    Ok(())
}

/// A certificate of the new device that does not hold, or is of another account.
struct False {
    id: &'static str,
    title: &'static str,
    octets: fn(&Device, &Device, &[u8; 32]) -> Vec<u8>,
}

const FALSE: &[False] = &[
    False {
        id: "DEV-020/1",
        title: "a certificate with one bit of its signature changed is CERTIFICATE_INVALID",
        octets: |fresh, _, realm| {
            let mut octets = fresh.certificate().signed(&fresh.identity, realm);
            if let Some(octet) = octets.iter_mut().rev().nth(40) {
                *octet ^= 1;
            }
            octets
        },
    },
    False {
        id: "DEV-020/2",
        title: "a certificate for another realm is CERTIFICATE_INVALID",
        octets: |fresh, _, _| fresh.certificate().signed(&fresh.identity, &[0xee; 32]),
    },
    False {
        id: "DEV-020/3",
        title: "a certificate that the device signed itself is CERTIFICATE_INVALID",
        octets: |fresh, _, realm| fresh.certificate().signed(&fresh.signature, realm),
    },
    False {
        id: "DEV-020/4",
        title: "a certificate of another account is CERTIFICATE_INVALID",
        octets: |fresh, bob, realm| {
            let identity_key = bob.identity.verifying_key().to_bytes();
            let certificate = Certificate { identity_key, account: bob.account, ..fresh.certificate() };
            certificate.signed(&bob.identity, realm)
        },
    },
    False {
        id: "DEV-020/5",
        title: "a certificate whose device id is not derived is CERTIFICATE_INVALID",
        octets: |fresh, _, realm| bent(fresh, realm, |certificate| certificate.device.0[15] ^= 1),
    },
    False {
        id: "DEV-020/6",
        title: "a certificate whose account id is not derived is CERTIFICATE_INVALID",
        octets: |fresh, _, realm| bent(fresh, realm, |certificate| certificate.account = AccountId([7; 16])),
    },
    False {
        id: "DEV-020/7",
        title: "an expired certificate is CERTIFICATE_INVALID",
        octets: |fresh, _, realm| bent(fresh, realm, |certificate| certificate.not_after_s = 1_700_000_000),
    },
];

fn bent(fresh: &Device, realm: &[u8; 32], bend: fn(&mut Certificate)) -> Vec<u8> {
    let mut certificate = fresh.certificate();
    bend(&mut certificate);
    certificate.signed(&fresh.identity, realm)
}

fn false_certificate(ctx: &Ctx, row: &'static False) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let fresh = Device::sibling(ctx, "fresh", &alice);
    let (mut session, mut bystander) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let list = enlist(ctx, &mut session, &[&alice])?;
    let next = list.next(ctx, &alice, &[&alice, &fresh]);
    let certificate = (row.octets)(&fresh, &bob, &ctx.endpoint().realm);
    let mut waiting = open(ctx, &fresh)?;
    offer(&mut waiting)?;
    let seen: Seen = session.ask(&ask::link_approve(900, &certificate, &next.octets));
    let judged = is_error(Code::CERTIFICATE_INVALID, ask::kind::LINK_APPROVE, 900, &seen);
    ctx.require("DEV-020", row.title, judged);
    ctx.require("DEV-020", "the list stays", still(&mut session, &list.octets));
    ctx.require("DEV-020", "the device hears nothing of it", waiting.is_quiet());
    ctx.require("DEV-020", "nor does a third party", bystander.is_quiet());
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.require("DEV-020", "the offer stands", expect_eq(&in_force(request, &next.octets), &seen));
    Ok(())
}
