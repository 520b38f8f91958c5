//! Each one-time KeyPackage for one claim.

use std::collections::BTreeSet;

use super::{between, has, made, told};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::{claim, enlist, hear_claim, stock};
use crate::peer::{Device, Session, ask};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("KEY-005/1", "of claims one after the other each gets another one", &["KEY-005"], in_turn),
        of_devices("KEY-005/2", "of claims in one record each gets another one", &["KEY-005"], in_one_record),
        of_devices(
            "KEY-005/3",
            "of claims of many accounts at once each gets another one",
            &["KEY-005"],
            at_once,
        ),
        of_devices(
            "KEY-005/4",
            "of claims at once at a device with one KeyPackage one gets it",
            &["KEY-005", "KEY-008"],
            the_last_one,
        ),
        of_devices("KEY-003/1", "a KeyPackage that was taken does not come back", &["KEY-003"], gone),
        of_devices(
            "KEY-003/2",
            "a KeyPackage that was taken does not come back beside a new one",
            &["KEY-003"],
            gone_beside,
        ),
    ]
}

fn in_turn(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let all = made(ctx, target, 1, "one", 4);
        stock(target, &all)?;
        let mut got = Vec::new();
        for _ in 0..4 {
            got.extend(claim(claimer, target.device.account, 1)?.key_packages());
        }
        ctx.require("KEY-005", "all four, each once", expect_eq(&set(&all), &set(&got)));
        ctx.require("KEY-005", "and no more", expect_eq(&4, &got.len()));
        Ok(())
    })
}

fn set(octets: &[Vec<u8>]) -> BTreeSet<Vec<u8>> {
    octets.iter().cloned().collect()
}

fn in_one_record(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let all = made(ctx, target, 1, "one", 4);
        stock(target, &all)?;
        let frames: Vec<u8> =
            (1..=4).flat_map(|request| ask::claim(request, target.device.account, 1)).collect();
        claimer.say(&[&frames]);
        let mut got = Vec::new();
        for request in 1..=4 {
            got.extend(hear_claim(claimer, request)?.key_packages());
        }
        ctx.require("KEY-005", "all four, each once", expect_eq(&set(&all), &set(&got)));
        Ok(())
    })
}

/// A target with so many KeyPackages, and claims of eight accounts at once, so many each. Gives what they got.
fn race(ctx: &Ctx, count: u64, claims: u64) -> Result<[Vec<Vec<u8>>; 2], Halt> {
    let alice = Device::new(ctx, "alice");
    let claimers: Vec<Device> = (1..=8).map(|index| Device::new(ctx, &format!("claimer {index}"))).collect();
    let everybody: Vec<&Device> = claimers.iter().chain([&alice]).collect();
    register(ctx, &everybody)?;
    let mut target = open(ctx, &alice)?;
    enlist(ctx, &mut target, &[&alice])?;
    let all = made(ctx, &target, 1, "one", count);
    stock(&mut target, &all)?;
    let mut sessions =
        claimers.iter().map(|device| open(ctx, device)).collect::<Result<Vec<Session<'_>>, Halt>>()?;
    for request in 1..=claims {
        for session in &mut sessions {
            session.say(&[&ask::claim(request, alice.account, 1)]);
        }
    }
    let mut got = Vec::new();
    for session in &mut sessions {
        for request in 1..=claims {
            got.extend(hear_claim(session, request)?.key_packages());
        }
    }
    ctx.require("KEY-005", "nothing is left", has(&mut target, &[]));
    Ok([all, got])
}

fn at_once(ctx: &Ctx) -> CaseResult {
    // 24 claims at 20 KeyPackages: the last four get nothing.
    let [all, got] = race(ctx, 20, 3)?;
    ctx.require("KEY-005", "each is given", expect_eq(&set(&all), &set(&got)));
    ctx.require("KEY-005", "once", expect_eq(&all.len(), &got.len()));
    Ok(())
}

fn the_last_one(ctx: &Ctx) -> CaseResult {
    let [all, got] = race(ctx, 1, 1)?;
    ctx.require("KEY-005", "one claim has it", expect_eq(&all, &got));
    ctx.require("KEY-008", "the others have nothing", expect_eq(&1, &got.len()));
    Ok(())
}

fn gone(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let all = made(ctx, target, 1, "one", 2);
        stock(target, &all)?;
        let account = target.device.account;
        let taken: Vec<Vec<u8>> = claim(claimer, account, 1)?.key_packages().collect();
        let left: Vec<Vec<u8>> = all.iter().filter(|octets| !taken.contains(octets)).cloned().collect();
        let heard = stock(target, &all)?;
        ctx.require("KEY-003", "KEYS is without it", expect_eq(&vec![told(1, &left)], &heard));
        let got: Vec<Vec<u8>> = claim(claimer, account, 1)?.key_packages().collect();
        ctx.require("KEY-003", "the next claim gets the other one", expect_eq(&left, &got));
        let heard = stock(target, &all)?;
        ctx.require("KEY-003", "both are taken", expect_eq(&Vec::new(), &heard));
        let got: Vec<Vec<u8>> = claim(claimer, account, 1)?.key_packages().collect();
        ctx.require("KEY-003", "no claim gets either", expect_eq(&Vec::new(), &got));
        Ok(())
    })
}

fn gone_beside(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let old = made(ctx, target, 1, "old", 1);
        stock(target, &old)?;
        let account = target.device.account;
        let taken: Vec<Vec<u8>> = claim(claimer, account, 1)?.key_packages().collect();
        ctx.control("the old one is taken", expect_eq(&old, &taken))?;
        let new = made(ctx, target, 1, "new", 1);
        let heard = stock(target, &[old, new.clone()].concat())?;
        ctx.require("KEY-003", "KEYS tells the new one", expect_eq(&vec![told(1, &new)], &heard));
        let mut again = open(ctx, target.device)?;
        ctx.require("KEY-003", "in the next session too", has(&mut again, &[told(1, &new)]));
        let got: Vec<Vec<u8>> = claim(claimer, account, 1)?.key_packages().collect();
        ctx.require("KEY-003", "which the next claim gets", expect_eq(&new, &got));
        Ok(())
    })
}
