//! What a device leaves, and what it is told of it.

use super::{between, has, made, made_last, now_s, told, told_last};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::devices::family;
use crate::cases::words::{is_error, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{claim, enlist, stock, stock_last, stocks};
use crate::peer::key_package::{KeyPackage, Source};
use crate::peer::seen::Stock;
use crate::peer::{Code, Seen, Session, ask};

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
        of_devices(
            "KEY-010/1",
            "key_packages_max less one, as many, and one more",
            &["KEY-010"],
            to_the_brim,
        ),
        of_devices("KEY-010/2", "a frame that goes beyond is refused whole", &["KEY-010"], refused_whole),
        of_devices("KEY-010/3", "what is stored or taken does not count", &["KEY-010", "KEY-002"], uncounted),
        of_devices("KEY-010/4", "each suite has a stock of its own", &["KEY-010"], other_suite),
        of_devices("KEY-016/1", "a new last resort takes the place of the old one", &["KEY-016"], replaced),
        of_devices("KEY-016/2", "a last resort of another suite stays", &["KEY-016"], other_stays),
    ]
}

fn alone(ctx: &Ctx, play: impl FnOnce(&mut Session<'_>) -> CaseResult) -> CaseResult {
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
        ctx.require("KEY-001", "of nothing, nothing", has(session, &[])?);
        let all = made(ctx, session, 3, "one", 3);
        stock(session, &all)?;
        let mut again = open(ctx, session.device)?;
        ctx.require("KEY-001", "in the next session, what is there", has(&mut again, &[told(3, &all)])?);
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
            ctx.require("KEY-001", "the others are left", has(target, &expected)?);
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
        ctx.require("KEY-001", "its own", has(session, &[told(1, key_packages)])?);
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

/// What a suite may have, where a case can make as many.
fn most(session: &Session<'_>) -> Result<u64, Halt> {
    let max = session.welcome().limit("key_packages_max");
    if max > 200 {
        return Err(Halt::NotTestable {
            why: format!("a device may have {max} KeyPackages: too many to make"),
        });
    }
    Ok(max)
}

fn full(ctx: &Ctx, session: &mut Session<'_>, octets: &[u8], request: u64, what: &str) {
    let seen = session.ask(octets);
    ctx.require("KEY-010", what, is_error(Code::KEYS_FULL, ask::kind::KEYS_PUBLISH, request, &seen));
}

fn to_the_brim(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let max = most(session)?;
        let (all, more) = (made(ctx, session, 1, "one", max), made(ctx, session, 1, "more", 1));
        let (last, most) = all.split_last().ok_or(Halt::NoAnswer)?;
        let heard = if most.is_empty() { stocks(session)? } else { stock(session, most)? };
        let expected = if most.is_empty() { Vec::new() } else { vec![told(1, most)] };
        ctx.require("KEY-010", "one less is taken", expect_eq(&expected, &heard));
        let heard = stock(session, core::slice::from_ref(last))?;
        ctx.require("KEY-010", "as many are taken", expect_eq(&vec![told(1, &all)], &heard));
        full(ctx, session, &ask::keys_publish(900, &more), 900, "one more is KEYS_FULL");
        ctx.require("KEY-010", "the stock stays", has(session, &[told(1, &all)])?);
        Ok(())
    })
}

fn refused_whole(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let max = most(session)?;
        let all = made(ctx, session, 1, "one", max.saturating_sub(1));
        let mut before = if all.is_empty() { Vec::new() } else { stock(session, &all)? };
        let mut more = made(ctx, session, 1, "more", 2);
        more.extend(made(ctx, session, 3, "more", 1));
        full(ctx, session, &ask::keys_publish(900, &more), 900, "two more are KEYS_FULL");
        ctx.require("KEY-010", "none of the frame is stored", has(session, &before)?);
        let last = made_last(ctx, session, 1, "last");
        let octets = ask::keys_publish_last(901, more.get(..2).unwrap_or_default(), &last);
        full(ctx, session, &octets, 901, "nor with a last resort");
        ctx.require("KEY-010", "which is not stored either", has(session, &before)?);
        before = stock(session, more.get(..1).unwrap_or_default())?;
        ctx.require("KEY-010", "one of them is taken", has(session, &before)?);
        Ok(())
    })
}

fn uncounted(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let max = most(target)?;
        let all = made(ctx, target, 1, "one", max);
        let expected = stock(target, &all)?;
        let heard = stock(target, &all)?;
        ctx.require("KEY-010", "what is stored does not count", expect_eq(&expected, &heard));
        ctx.require("KEY-002", "and changes nothing", expect_eq(&expected, &heard));
        let heard = stock_last(target, &made_last(ctx, target, 1, "last"))?;
        ctx.require("KEY-010", "nor does a last resort", expect_eq(&vec![told_last(1, &all)], &heard));
        let got: Vec<Vec<u8>> = claim(claimer, target.device.account, 1)?.key_packages().collect();
        let mut frame = got.clone();
        frame.extend(made(ctx, target, 1, "more", 1));
        let left: Vec<Vec<u8>> = all
            .iter()
            .chain(frame.get(1..).unwrap_or_default())
            .filter(|octets| !got.contains(octets))
            .cloned()
            .collect();
        let heard = stock(target, &frame)?;
        ctx.require("KEY-010", "nor what was taken", expect_eq(&vec![told_last(1, &left)], &heard));
        Ok(())
    })
}

fn other_suite(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let max = most(session)?;
        let (one, three) = (made(ctx, session, 1, "one", max), made(ctx, session, 3, "one", 2));
        stock(session, &one)?;
        let heard = stock(session, &three)?;
        ctx.require("KEY-010", "both are there", expect_eq(&vec![told(1, &one), told(3, &three)], &heard));
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
