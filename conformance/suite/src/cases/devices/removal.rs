//! Devices that a list leaves out, and those that no list named.

use super::{family, still};
use crate::case::{Case, CaseResult};
use crate::cases::words::{holds, of_devices, open};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::{enlist, relist};
use crate::peer::{Code, Device, Opening, Seen, Session, ask, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices(
            "DEV-012/1",
            "the session of a device that is left out is closed with DEVICE_GONE",
            &["DEV-012"],
            left_out,
        ),
        of_devices("DEV-012/2", "a message to it is UNKNOWN_DEVICE", &["DEV-012", "DLV-010"], unknown_then),
        of_devices("DEV-012/3", "it is unregistered when it comes again", &["DEV-012"], comes_again),
        of_devices("DEV-012/4", "a device may leave itself out", &["DEV-012"], leaves),
        of_devices(
            "DEV-012/5",
            "whoever wrote to it is told why its message was not delivered",
            &["DEV-012", "DLV-009"],
            told,
        ),
        of_devices(
            "DEV-007/4",
            "a device that an earlier list left out is LIST_INVALID",
            &["DEV-007"],
            named_again,
        ),
        of_devices("DEV-013/1", "a device that no list named stays", &["DEV-013"], never_named),
        of_devices("DEV-013/2", "a device that registers later stays", &["DEV-013"], later),
    ]
}

fn among(session: &mut Session<'_>) -> Vec<crate::peer::DeviceId> {
    let request = session.next_request();
    match session.ask(&say::devices_query(request)) {
        Seen::Devices { mut devices, .. } => {
            devices.sort_unstable();
            devices
        }
        _ => Vec::new(),
    }
}

fn sorted(devices: &[&Device]) -> Vec<crate::peer::DeviceId> {
    let mut ids: Vec<_> = devices.iter().map(|device| device.id).collect();
    ids.sort_unstable();
    ids
}

fn left_out(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut bystander = open(ctx, &bob)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    ctx.control("the second device's session is open", other.is_quiet())?;
    let list = relist(ctx, &mut session, &list, &[&alice])?;
    let close = other.closing();
    ctx.require("DEV-012", "it is closed", closed_with(Code::DEVICE_GONE, &close));
    ctx.require("DEV-012", "and not among DEVICES", expect_eq(&sorted(&[&alice]), &among(&mut session)));
    ctx.require("DEV-012", "nor in the list", still(&mut session, &list.octets));
    ctx.require("DEV-012", "a third party hears nothing of it", bystander.is_quiet());
    Ok(())
}

fn unknown_then(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut sender = open(ctx, &bob)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    sender.deliver(second.id, b"while it is there")?;
    ctx.control("the message comes", other.hears(b"while it is there"))?;
    other.ack(1);
    relist(ctx, &mut session, &list, &[&alice])?;
    let close = other.closing();
    ctx.require("DEV-012", "it is closed", closed_with(Code::DEVICE_GONE, &close));
    let client_seq = sender.send(second.id, b"to nobody");
    let outcome = sender.outcome();
    let expected = Seen::Refused(client_seq, Code::UNKNOWN_DEVICE);
    ctx.require("DEV-012", "a message to it is refused", expect_eq(&expected, &outcome));
    ctx.require("DLV-010", "as to one that is not registered", expect_eq(&expected, &outcome));
    sender.deliver(alice.id, b"to the one that stays")?;
    ctx.require("DEV-012", "the other device is there", session.hears(b"to the one that stays"));
    Ok(())
}

fn comes_again(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let control = Opening::new(ctx, &second).attempt()?.welcome().standing;
    ctx.control("while it is listed it is registered", expect_eq(&1, &control))?;
    relist(ctx, &mut session, &list, &[&alice])?;
    other.closing();
    let again = Opening::new(ctx, &second).attempt()?.welcome().standing;
    ctx.require("DEV-012", "it is a stranger", expect_eq(&0, &again));
    Ok(())
}

fn leaves(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let next = list.next(ctx, &alice, &[&second]);
    session.say(&[&ask::device_list_publish(9, &next.octets)]);
    let close = session.closing();
    ctx.require("DEV-012", "its own session is closed", closed_with(Code::DEVICE_GONE, &close));
    ctx.require("DEV-012", "the list is in force", still(&mut other, &next.octets));
    ctx.require("DEV-012", "the other device is alone", expect_eq(&sorted(&[&second]), &among(&mut other)));
    Ok(())
}

fn told(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut sender) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    sender.deliver(second.id, b"never taken")?;
    relist(ctx, &mut session, &list, &[&alice])?;
    let receipt = sender.item();
    let judged: Judged = match &receipt {
        Seen::Receipt { status: 4, ranges, .. } if *ranges == [(1, 1)] => Ok(()),
        other => Err(Mismatch::new("RECEIPT of status device_gone for 1", format!("{other:?}"))),
    };
    ctx.require("DLV-009", "a RECEIPT says so", judged.clone());
    ctx.require("DEV-012", "the device's mailbox is purged", judged);
    Ok(())
}

fn named_again(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let list = relist(ctx, &mut session, &list, &[&alice])?;
    other.closing();
    let next = list.next(ctx, &alice, &[&alice, &second]);
    let seen = session.ask(&ask::device_list_publish(9, &next.octets));
    let judged = crate::cases::words::is_error(Code::LIST_INVALID, ask::kind::DEVICE_LIST_PUBLISH, 9, &seen);
    ctx.require("DEV-007", "naming it again is LIST_INVALID", judged);
    ctx.require("DEV-007", "the list in force stays", still(&mut session, &list.octets));
    Ok(())
}

fn never_named(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut list = enlist(ctx, &mut session, &[&alice])?;
    for _ in 0..2 {
        list = relist(ctx, &mut session, &list, &[&alice])?;
        ctx.require("DEV-013", "its session lives on", other.is_quiet());
        let devices = among(&mut session);
        ctx.require("DEV-013", "it is among DEVICES", expect_eq(&sorted(&[&alice, &second]), &devices));
    }
    session.deliver(second.id, b"still there")?;
    ctx.require("DEV-013", "what is sent to it comes", other.hears(b"still there"));
    Ok(())
}

fn later(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let third = Device::sibling(ctx, "third", &alice);
    register(ctx, &[&third])?;
    let mut other = open(ctx, &third)?;
    relist(ctx, &mut session, &list, &[&alice, &second])?;
    ctx.require("DEV-013", "its session lives on", other.is_quiet());
    let devices = among(&mut session);
    let is_there = devices.contains(&third.id);
    ctx.require("DEV-013", "it is among DEVICES", holds(is_there.into(), "the third device", &devices));
    Ok(())
}
