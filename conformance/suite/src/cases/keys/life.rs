//! KeyPackages that have expired, and those of devices that were removed.

use core::time::Duration;

use super::{between, made, now_s};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::devices::family;
use crate::cases::words::{of_devices, open, outlast};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::directory::{claim, enlist, link, offer, relist, stock, stock_last};
use crate::peer::key_package::KeyPackage;
use crate::peer::{Device, Session};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("KEY-012/1", "an expired KeyPackage is passed over", &["KEY-012"], passed_over),
        of_devices(
            "KEY-012/2",
            "where all have expired the last resort is given",
            &["KEY-012"],
            to_the_last_resort,
        ),
        of_devices("KEY-012/3", "an expired last resort is not given", &["KEY-012"], last_resort_expired),
        of_devices("KEY-015/1", "a device that was left out is not claimed at", &["KEY-015"], left_out),
        of_devices(
            "KEY-015/2",
            "a device that comes back has none of its old KeyPackages",
            &["KEY-015"],
            comes_back,
        ),
    ]
}

/// Seconds that a short life has. Publishing has to be done within.
const SHORT_S: u64 = 2;

/// One that expires soon.
fn short(ctx: &Ctx, session: &Session<'_>, name: &str) -> KeyPackage {
    let now_s = now_s(session);
    KeyPackage::new(ctx, session.device, 1, now_s, name).until(now_s.saturating_add(SHORT_S))
}

/// Waits until what lived shortly is dead by the server's clock, which the session's WELCOME told at `began`.
fn outlive(ctx: &Ctx, session: &Session<'_>, claimer: &mut Session<'_>, began: Duration) -> Result<(), Halt> {
    let end_ms = now_s(session).saturating_add(SHORT_S).saturating_mul(1_000);
    let life = Duration::from_millis(end_ms.saturating_sub(session.welcome().time_ms).saturating_add(150));
    let passed = ctx.now().saturating_sub(began);
    outlast(ctx, life.saturating_sub(passed), &mut [claimer])
}

/// A session whose welcome is fresh, so that a short life begins now.
fn anew<'a>(ctx: &'a Ctx, device: &'a Device) -> Result<(Session<'a>, Duration), Halt> {
    let session = open(ctx, device)?;
    Ok((session, ctx.now()))
}

fn passed_over(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let device = target.device;
        let (mut target, began) = anew(ctx, device)?;
        let short =
            [short(ctx, &target, "short 1"), short(ctx, &target, "short 2")].map(|one| one.signed(device));
        let long = made(ctx, &target, 1, "long", 1);
        stock(&mut target, &[&short[..], &long].concat())?;
        let got: Vec<Vec<u8>> = claim(claimer, device.account, 1)?.key_packages().collect();
        ctx.control("while it lives the oldest is given", expect_eq(&short[..1].to_vec(), &got))?;
        outlive(ctx, &target, claimer, began)?;
        let got: Vec<Vec<u8>> = claim(claimer, device.account, 1)?.key_packages().collect();
        ctx.require("KEY-012", "then the one that lives", expect_eq(&long, &got));
        let got: Vec<Vec<u8>> = claim(claimer, device.account, 1)?.key_packages().collect();
        ctx.require("KEY-012", "and nothing else", expect_eq(&Vec::new(), &got));
        Ok(())
    })
}

fn to_the_last_resort(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let device = target.device;
        let (mut target, began) = anew(ctx, device)?;
        let fresh = [short(ctx, &target, "short").signed(device)];
        stock(&mut target, &fresh)?;
        let last = super::made_last(ctx, &target, 1, "last");
        stock_last(&mut target, &last)?;
        outlive(ctx, &target, claimer, began)?;
        let answer = claim(claimer, device.account, 1)?;
        let got: Vec<Vec<u8>> = answer.key_packages().collect();
        ctx.require("KEY-012", "the last resort", expect_eq(&vec![last], &got));
        let marks: Vec<bool> = answer.got.iter().map(|got| got.is_last_resort).collect();
        ctx.require("KEY-012", "marked", expect_eq(&vec![true], &marks));
        Ok(())
    })
}

fn last_resort_expired(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let device = target.device;
        let (mut target, began) = anew(ctx, device)?;
        let last = short(ctx, &target, "last").of_last_resort().signed(device);
        stock_last(&mut target, &last)?;
        let got: Vec<Vec<u8>> = claim(claimer, device.account, 1)?.key_packages().collect();
        ctx.control("while it lives it is given", expect_eq(&vec![last], &got))?;
        outlive(ctx, &target, claimer, began)?;
        let got: Vec<Vec<u8>> = claim(claimer, device.account, 1)?.key_packages().collect();
        ctx.require("KEY-012", "then an empty one", expect_eq(&Vec::new(), &got));
        Ok(())
    })
}

fn left_out(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut claimer = open(ctx, &bob)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let fresh = made(ctx, &other, 1, "one", 3);
    stock(&mut other, &fresh)?;
    let got = claim(&mut claimer, alice.account, 1)?;
    ctx.control("while it is listed it is claimed at", expect_eq(&1, &got.key_packages().count()))?;
    let list = relist(ctx, &mut session, &list, &[&alice])?;
    let got = claim(&mut claimer, alice.account, 1)?;
    ctx.require("KEY-015", "the list is without it", expect_eq(&list.octets, &got.list));
    let devices: Vec<_> = got.got.iter().map(|got| got.device).collect();
    ctx.require("KEY-015", "and no CLAIMED is for it", expect_eq(&vec![alice.id], &devices));
    Ok(())
}

fn comes_back(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut claimer = open(ctx, &bob)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let fresh = made(ctx, &other, 1, "one", 3);
    stock(&mut other, &fresh)?;
    let fresh = super::made_last(ctx, &other, 1, "last");
    stock_last(&mut other, &fresh)?;
    let list = relist(ctx, &mut session, &list, &[&alice])?;
    other.closing();
    let next = list.next(ctx, &alice, &[&alice, &second]);
    let mut waiting = open(ctx, &second)?;
    offer(&mut waiting)?;
    link(ctx, &mut session, &second, &next)?;
    waiting.closing();
    let answer = claim(&mut claimer, alice.account, 1)?;
    let devices: Vec<_> = answer.got.iter().map(|got| got.device).collect();
    ctx.control("it is listed again", expect_eq(&next.list.devices, &devices))?;
    ctx.require("KEY-015", "and has nothing", expect_eq(&0, &answer.key_packages().count()));
    let mut back = open(ctx, &second)?;
    ctx.require("KEY-015", "nor does it itself", super::has(&mut back, &[]));
    Ok(())
}
