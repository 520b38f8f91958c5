//! What the key directory is after a kill.

use std::collections::BTreeSet;

use super::{has, made, made_last, target_and_claimer, told, told_last};
use crate::case::{Case, CaseResult, Need};
use crate::cases::durability::kill;
use crate::cases::words::{needing, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::ask;
use crate::peer::directory::{claim, enlist, hear_claim, stock, stock_last};

pub(super) fn cases() -> Vec<Case> {
    let own: &[Need] = &[Need::OwnInstance, Need::Code];
    [
        of_devices("KEY-006/1", "what a claim got is given to nobody after a kill", &["KEY-006"], given_once),
        of_devices(
            "KEY-006/2",
            "a kill in the middle of claims gives no KeyPackage twice",
            &["KEY-006"],
            in_the_middle,
        ),
        of_devices(
            "KEY-003/3",
            "what was taken does not come back after a kill",
            &["KEY-003"],
            tombstone_survives,
        ),
        of_devices("KEY-017/1", "a stock that was told survives a kill", &["KEY-017"], stock_survives),
    ]
    .map(|case| needing(own, case))
    .into_iter()
    .collect()
}

fn given_once(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = target_and_claimer(ctx)?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let all = made(ctx, &target, 1, "one", 4);
    stock(&mut target, &all)?;
    let mut got: Vec<Vec<u8>> = Vec::new();
    for _ in 0..2 {
        got.extend(claim(&mut claimer, alice.account, 1)?.key_packages());
        kill(ctx, &[&alice, &bob])?;
        claimer = open(ctx, &bob)?;
    }
    for _ in 0..3 {
        got.extend(claim(&mut claimer, alice.account, 1)?.key_packages());
    }
    let [all, each] = [&all, &got].map(|some| some.iter().cloned().collect::<BTreeSet<_>>());
    ctx.require("KEY-006", "each is given", expect_eq(&all, &each));
    ctx.require("KEY-006", "once", expect_eq(&all.len(), &got.len()));
    Ok(())
}

fn in_the_middle(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = target_and_claimer(ctx)?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let all = made(ctx, &target, 1, "one", 6);
    stock(&mut target, &all)?;
    let frames: Vec<u8> = (1..=4).flat_map(|request| ask::claim(request, alice.account, 1)).collect();
    claimer.say(&[&frames]);
    let mut got: Vec<Vec<u8>> = hear_claim(&mut claimer, 1)?.key_packages().collect();
    ctx.control("the first claim is answered", expect_eq(&1, &got.len()))?;
    kill(ctx, &[&alice, &bob])?;
    let mut claimer = open(ctx, &bob)?;
    // Whatever the others took is taken, or is there.
    for _ in 0..4 {
        got.extend(claim(&mut claimer, alice.account, 1)?.key_packages());
    }
    let each: BTreeSet<Vec<u8>> = got.iter().cloned().collect();
    ctx.require("KEY-006", "none comes twice", expect_eq(&each.len(), &got.len()));
    ctx.require(
        "KEY-006",
        "and each was published",
        expect_eq(&true, &got.iter().all(|one| all.contains(one))),
    );
    Ok(())
}

fn tombstone_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = target_and_claimer(ctx)?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let all = made(ctx, &target, 1, "one", 2);
    stock(&mut target, &all)?;
    let taken: Vec<Vec<u8>> = claim(&mut claimer, alice.account, 1)?.key_packages().collect();
    let left: Vec<Vec<u8>> = all.iter().filter(|octets| !taken.contains(octets)).cloned().collect();
    kill(ctx, &[&alice, &bob])?;
    let mut target = open(ctx, &alice)?;
    let heard = stock(&mut target, &all)?;
    ctx.require("KEY-003", "KEYS is without it", expect_eq(&vec![told(1, &left)], &heard));
    Ok(())
}

fn stock_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = target_and_claimer(ctx)?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let (one, three) = (made(ctx, &target, 1, "one", 3), made(ctx, &target, 3, "one", 2));
    stock(&mut target, &one)?;
    kill(ctx, &[&alice, &bob])?;
    let mut target = open(ctx, &alice)?;
    ctx.require("KEY-017", "the same count and digest", has(&mut target, &[told(1, &one)]));
    stock(&mut target, &three)?;
    let fresh = made_last(ctx, &target, 3, "last");
    stock_last(&mut target, &fresh)?;
    drop(claimer);
    kill(ctx, &[&alice, &bob])?;
    let mut target = open(ctx, &alice)?;
    let expected = [told(1, &one), told_last(3, &three)];
    ctx.require("KEY-017", "also of the second, and the last resort", has(&mut target, &expected));
    claimer = open(ctx, &bob)?;
    let got = claim(&mut claimer, alice.account, 3)?;
    ctx.require("KEY-017", "and they are given", expect_eq(&1, &got.key_packages().count()));
    Ok(())
}
