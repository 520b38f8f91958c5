//! What an older session still asks for behind the HELLO of a newer one.

use super::{family, still};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::directory::{InForce, enlist, stock, stocks};
use crate::peer::key_package::{KeyPackage, set_digest};
use crate::peer::{Code, Confirm, Device, Opening, Session, ask, closed_with};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices(
            "SES-016/4",
            "a list of the older session behind the newer HELLO is not taken",
            &["SES-016"],
            list,
        ),
        of_devices(
            "SES-016/5",
            "KeyPackages of the older session behind the newer HELLO are not taken",
            &["SES-016"],
            keys,
        ),
        of_devices(
            "SES-016/6",
            "a claim of the older session behind the newer HELLO takes nothing",
            &["SES-016"],
            claim,
        ),
    ]
}

/// The older session asks, the newer one takes over; the older one has no answer.
fn without_answer<'a>(
    ctx: &'a Ctx,
    older: &mut Session<'_>,
    device: &'a Device,
    octets: &[u8],
) -> Result<Session<'a>, Halt> {
    ctx.control("the older one is open", older.is_alive())?;
    let mut newer = Opening::new(ctx, device).with(|opening| opening.confirm = Confirm::Later).open()?;
    older.say(&[octets]);
    ctx.control("the server has read it", older.is_alive())?;
    newer.say(&[]);
    let seen = older.hear();
    ctx.require("SES-016", "the older one has no answer", closed_with(Code::TAKEN_OVER, &seen));
    // What the newer one leaves itself takes longer to judge, and is stored behind whatever the older one had stored.
    let now_s = newer.welcome().time_ms / 1_000;
    stock(&mut newer, &[KeyPackage::new(ctx, device, 3, now_s, "of the newer").signed(device)])?;
    Ok(newer)
}

fn list(ctx: &Ctx) -> CaseResult {
    let [alice, _, _] = family(ctx)?;
    let mut older = open(ctx, &alice)?;
    let list = enlist(ctx, &mut older, &[&alice])?;
    let next: InForce = list.next(ctx, &alice, &[&alice]);
    let octets = ask::device_list_publish(900, &next.octets);
    let mut newer = without_answer(ctx, &mut older, &alice, &octets)?;
    ctx.require("SES-016", "the list in force stays", still(&mut newer, &list.octets));
    Ok(())
}

fn keys(ctx: &Ctx) -> CaseResult {
    let [alice, _, _] = family(ctx)?;
    let mut older = open(ctx, &alice)?;
    let now_s = older.welcome().time_ms / 1_000;
    let package = KeyPackage::new(ctx, &alice, 1, now_s, "one").signed(&alice);
    let mut newer = without_answer(ctx, &mut older, &alice, &ask::keys_publish(900, &[package]))?;
    let suites: Vec<u64> = stocks(&mut newer)?.iter().map(|stock| stock.suite).collect();
    ctx.require("SES-016", "there is what the newer one left", expect_eq(&vec![3], &suites));
    Ok(())
}

fn claim(ctx: &Ctx) -> CaseResult {
    let [alice, _, bob] = family(ctx)?;
    let (mut target, mut older) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let now_s = target.welcome().time_ms / 1_000;
    let all = [KeyPackage::new(ctx, &alice, 1, now_s, "one").signed(&alice)];
    stock(&mut target, &all)?;
    without_answer(ctx, &mut older, &bob, &ask::claim(900, alice.account, 1))?;
    let digests: Vec<[u8; 32]> = stocks(&mut target)?.iter().map(|stock| stock.set_digest).collect();
    ctx.require("SES-016", "the stock stays", expect_eq(&vec![set_digest(&all)], &digests));
    Ok(())
}
