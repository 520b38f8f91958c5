//! What a device leaves, and what it is told of it.

use super::{between, has, made, made_last, now_s, told, told_last};
use crate::case::{Case, CaseResult};
use crate::cases::devices::family;
use crate::cases::words::{of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{claim, enlist, stock, stock_last};
use crate::peer::key_package::{KeyPackage, Source};
use crate::peer::seen::Stock;
use crate::peer::{Seen, Session, ask};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("KEY-001/1", "KEYS tells count and digest of what was published", &["KEY-001"], counted),
        of_devices("KEY-001/2", "an empty KEYS_PUBLISH asks for the stock", &["KEY-001"], asked),
        of_devices("KEY-001/3", "each suite is told by itself, rising", &["KEY-001"], two_suites),
        of_devices("KEY-001/4", "the last resort is told and not counted", &["KEY-001"], last_resort),
        of_devices("KEY-001/5", "what a claim took is told no more", &["KEY-001"], taken),
        of_devices("KEY-001/6", "each device is told of its own", &["KEY-001"], own),
        of_devices("KEY-001/7", "a lifetime at its bounds is taken", &["KEY-001"], at_bounds),
        of_devices("KEY-002/1", "a KeyPackage that is stored changes nothing", &["KEY-002"], repeated),
        of_devices("KEY-002/2", "a KeyPackage twice in one frame counts once", &["KEY-002"], twice_in_one),
        of_devices("KEY-002/3", "a last resort that is stored changes nothing", &["KEY-002"], repeated_last),
        of_devices("KEY-016/1", "a new last resort takes the place of the old one", &["KEY-016"], replaced),
        of_devices("KEY-016/2", "a last resort of another suite stays", &["KEY-016"], other_stays),
    ]
}

pub(super) fn alone(ctx: &Ctx, play: impl FnOnce(&mut Session<'_>) -> CaseResult) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    play(&mut open(ctx, &alice)?)
}

fn counted(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let all = made(ctx, session, 1, "one", 5);
        let seen = session.ask(&ask::keys_publish(4_000_000_000, all.get(..2).unwrap_or_default()));
        let stocks = vec![told(1, all.get(..2).unwrap_or_default())];
        let expected = Seen::Keys { request: 4_000_000_000, stocks };
        ctx.require("KEY-001", "two", expect_eq(&expected, &seen));
        let seen = session.ask(&ask::keys_publish(7, all.get(2..).unwrap_or_default()));
        let expected = Seen::Keys { request: 7, stocks: vec![told(1, &all)] };
        ctx.require("KEY-001", "three more", expect_eq(&expected, &seen));
        Ok(())
    })
}

fn asked(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        ctx.require("KEY-001", "of nothing, nothing", has(session, &[]));
        let all = made(ctx, session, 3, "one", 3);
        stock(session, &all)?;
        let mut again = open(ctx, session.device)?;
        ctx.require("KEY-001", "in the next session, what is there", has(&mut again, &[told(3, &all)]));
        Ok(())
    })
}

fn two_suites(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let (three, one) = (made(ctx, session, 3, "one", 2), made(ctx, session, 1, "one", 3));
        let mixed: Vec<Vec<u8>> = three.iter().chain(&one).cloned().collect();
        let heard = stock(session, &mixed)?;
        ctx.require("KEY-001", "both", expect_eq(&vec![told(1, &one), told(3, &three)], &heard));
        Ok(())
    })
}

fn last_resort(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let last = made_last(ctx, session, 1, "last");
        let heard = stock_last(session, &last)?;
        ctx.require("KEY-001", "alone", expect_eq(&vec![told_last(1, &[])], &heard));
        let all = made(ctx, session, 1, "one", 2);
        let heard = stock(session, &all)?;
        ctx.require("KEY-001", "beside others", expect_eq(&vec![told_last(1, &all)], &heard));
        let other = made(ctx, session, 3, "one", 1);
        let heard = stock(session, &other)?;
        let expected = vec![told_last(1, &all), told(3, &other)];
        ctx.require("KEY-001", "of its suite", expect_eq(&expected, &heard));
        Ok(())
    })
}

fn taken(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let mut left = made(ctx, target, 1, "one", 3);
        stock(target, &left)?;
        for _ in 0..3 {
            let got = claim(claimer, target.device.account, 1)?;
            left.retain(|octets| !got.key_packages().any(|taken| taken == *octets));
            let expected: Vec<Stock> = if left.is_empty() { Vec::new() } else { vec![told(1, &left)] };
            ctx.require("KEY-001", "the others are left", has(target, &expected));
        }
        Ok(())
    })
}

fn own(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let mut sessions = [open(ctx, &alice)?, open(ctx, &second)?, open(ctx, &bob)?];
    let mut all = Vec::new();
    for (session, count) in sessions.iter_mut().zip(1..) {
        let key_packages = made(ctx, session, 1, "one", count);
        stock(session, &key_packages)?;
        all.push(key_packages);
    }
    for (session, key_packages) in sessions.iter_mut().zip(&all) {
        ctx.require("KEY-001", "its own", has(session, &[told(1, key_packages)]));
    }
    Ok(())
}

fn at_bounds(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let (device, now_s) = (session.device, now_s(session));
        let max_s = session.welcome().limit("key_package_s_max");
        let lives = [(now_s + 3_500, now_s + 3_550), (0, now_s + 60), (now_s, now_s + max_s)];
        let all = lives.map(|(not_before_s, not_after_s)| {
            let mut package =
                KeyPackage::new(ctx, device, 1, now_s, &format!("{not_before_s} {not_after_s}"));
            package.source = Source::KeyPackage { not_before_s, not_after_s };
            package.signed(device)
        });
        let heard = stock(session, &all)?;
        ctx.require("KEY-001", "all are taken", expect_eq(&vec![told(1, &all)], &heard));
        Ok(())
    })
}

fn repeated(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let all = made(ctx, session, 1, "one", 3);
        let expected = stock(session, &all)?;
        let heard = stock(session, &all)?;
        ctx.require("KEY-002", "the same count and digest", expect_eq(&expected, &heard));
        ctx.require("KEY-002", "three", expect_eq(&vec![told(1, &all)], &heard));
        let [some, more] = [all.get(1..), all.get(..2)].map(|part| part.unwrap_or_default().to_vec());
        for part in [some, more] {
            let heard = stock(session, &part)?;
            ctx.require("KEY-002", "some of them again", expect_eq(&expected, &heard));
        }
        Ok(())
    })
}

fn twice_in_one(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let all = made(ctx, session, 1, "one", 2);
        let doubled: Vec<Vec<u8>> = all.iter().chain(&all).cloned().collect();
        let heard = stock(session, &doubled)?;
        ctx.require("KEY-002", "two", expect_eq(&vec![told(1, &all)], &heard));
        Ok(())
    })
}

fn repeated_last(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let last = made_last(ctx, target, 1, "last");
        let expected = stock_last(target, &last)?;
        let heard = stock_last(target, &last)?;
        ctx.require("KEY-002", "the same", expect_eq(&expected, &heard));
        let got = claim(claimer, target.device.account, 1)?;
        ctx.require("KEY-002", "it is given", expect_eq(&vec![last], &got.key_packages().collect()));
        Ok(())
    })
}

fn replaced(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let [old, new] = ["old", "new"].map(|name| made_last(ctx, target, 1, name));
        stock_last(target, &old)?;
        let got = claim(claimer, target.device.account, 1)?;
        ctx.control("the old one is given", expect_eq(&vec![old], &got.key_packages().collect()))?;
        let heard = stock_last(target, &new)?;
        ctx.require("KEY-016", "there is one", expect_eq(&vec![told_last(1, &[])], &heard));
        for _ in 0..2 {
            let got = claim(claimer, target.device.account, 1)?;
            ctx.require(
                "KEY-016",
                "the new one is given",
                expect_eq(&vec![new.clone()], &got.key_packages().collect()),
            );
        }
        Ok(())
    })
}

fn other_stays(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let [one, three] = [1, 3].map(|suite| made_last(ctx, &target, suite, "last"));
    stock_last(&mut target, &one)?;
    let heard = stock_last(&mut target, &three)?;
    ctx.require("KEY-016", "both are there", expect_eq(&vec![told_last(1, &[]), told_last(3, &[])], &heard));
    for (suite, last) in [(1, one), (3, three)] {
        let got = claim(&mut claimer, alice.account, suite)?;
        ctx.require("KEY-016", "each for its suite", expect_eq(&vec![last], &got.key_packages().collect()));
    }
    Ok(())
}
