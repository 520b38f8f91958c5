//! What a claim gets, and who hears of it.

use super::{between, claimed, has, made, made_last, told};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::devices::family;
use crate::cases::words::{of_devices, open};
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::{Claim, Got, claim, enlist, in_force, relist, stock, stock_last};
use crate::peer::seen::Payload;
use crate::peer::{Device, DeviceId, Seen, ask};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices(
            "KEY-004/1",
            "a claim gets the list and one KeyPackage of each device",
            &["KEY-004"],
            each,
        ),
        of_devices("KEY-004/2", "a claim at the own account leaves the asking device out", &["KEY-004"], own),
        of_devices("KEY-004/3", "a list of the asking device alone is all there is", &["KEY-004"], alone),
        of_devices("KEY-004/4", "a device that no list names is left out", &["KEY-004"], unlisted),
        of_devices("KEY-004/5", "claims are answered in their order", &["KEY-004"], in_order),
        of_devices(
            "KEY-007/1",
            "the last resort is given when the stock is used up",
            &["KEY-007"],
            last_resort,
        ),
        of_devices("KEY-007/2", "a stock that is filled again goes before it", &["KEY-007"], filled_again),
        of_devices(
            "KEY-007/3",
            "a stock of another suite does not hold it back",
            &["KEY-007"],
            other_suite_first,
        ),
        of_devices("KEY-008/1", "a device without a stock is answered with an empty one", &["KEY-008"], none),
        of_devices(
            "KEY-008/2",
            "a device whose stock is used up is answered with an empty one",
            &["KEY-008"],
            used_up,
        ),
        of_devices("KEY-008/3", "each device is answered by what it has", &["KEY-008", "KEY-004"], mixed),
        of_devices(
            "KEY-014/1",
            "a claim of a suite without a stock gets an empty one",
            &["KEY-014"],
            other_suite,
        ),
        of_devices("KEY-014/2", "a claim gets the suite that it asks for", &["KEY-014"], right_suite),
        of_devices("KEY-014/3", "a claim of an unknown suite gets an empty one", &["KEY-014"], unknown_suite),
    ]
}

/// One of a claim's answers: which device, how many follow, what.
fn got(device: DeviceId, left: u64, key_package: &[u8]) -> Got {
    Got { device, left, key_package: Payload::from(key_package), is_last_resort: false }
}

/// What a claim of one device gets.
fn only(claim: &Claim, device: &Device, key_package: &[u8]) -> Judged {
    expect_eq(&vec![got(device.id, 0, key_package)], &claim.got)
}

fn each(ctx: &Ctx) -> CaseResult {
    let alice = Device::new(ctx, "alice");
    let [second, third] = ["second", "third"].map(|name| Device::sibling(ctx, name, &alice));
    let bob = Device::new(ctx, "bob");
    let mut devices = [&alice, &second, &third];
    register(ctx, &[&alice, &second, &third, &bob])?;
    devices.sort_unstable_by_key(|device| device.id);
    let mut sessions = devices.iter().map(|device| open(ctx, device)).collect::<Result<Vec<_>, Halt>>()?;
    let mut expected = Vec::new();
    for (session, left) in sessions.iter_mut().zip([2, 1, 0]) {
        let key_packages = made(ctx, session, 1, "one", 1);
        stock(session, &key_packages)?;
        expected.push(got(session.device.id, left, &key_packages.concat()));
    }
    let Some(session) = sessions.first_mut() else { return Ok(()) };
    let list = enlist(ctx, session, &devices)?;
    let mut claimer = open(ctx, &bob)?;
    let answer = claimed(ctx, "KEY-004", &mut claimer, alice.account)?;
    ctx.require("KEY-004", "the list in force", expect_eq(&list.octets, &answer.list));
    ctx.require("KEY-004", "one of each, in its order", expect_eq(&expected, &answer.got));
    ctx.require("KEY-004", "and nothing else", claimer.is_quiet());
    Ok(())
}

fn own(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let (mine, theirs) = (made(ctx, &session, 1, "one", 1), made(ctx, &other, 1, "one", 1));
    stock(&mut session, &mine)?;
    stock(&mut other, &theirs)?;
    let answer = claimed(ctx, "KEY-004", &mut session, alice.account)?;
    ctx.require("KEY-004", "the list in force", expect_eq(&list.octets, &answer.list));
    ctx.require("KEY-004", "the other device's", only(&answer, &second, &theirs.concat()));
    ctx.require("KEY-004", "the own stays", has(&mut session, &[told(1, &mine)]));
    Ok(())
}

fn alone(ctx: &Ctx) -> CaseResult {
    let [alice, _, bob] = family(ctx)?;
    let (mut session, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let list = enlist(ctx, &mut session, &[&alice])?;
    let mine = made(ctx, &session, 1, "one", 1);
    stock(&mut session, &mine)?;
    let request = session.next_request();
    let seen = session.ask(&ask::claim(request, alice.account, 1));
    ctx.require("KEY-004", "the list", expect_eq(&in_force(request, &list.octets), &seen));
    ctx.require("KEY-004", "and nothing else", session.is_quiet());
    let answer = claimed(ctx, "KEY-004", &mut claimer, alice.account)?;
    ctx.require("KEY-004", "others get its KeyPackage", only(&answer, &alice, &mine.concat()));
    Ok(())
}

fn unlisted(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut claimer = open(ctx, &bob)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let theirs = made(ctx, &other, 1, "one", 1);
    stock(&mut other, &theirs)?;
    let answer = claimed(ctx, "KEY-004", &mut claimer, alice.account)?;
    ctx.require("KEY-004", "the listed one alone", only(&answer, &alice, &[]));
    relist(ctx, &mut session, &list, &[&alice, &second])?;
    let answer = claimed(ctx, "KEY-004", &mut claimer, alice.account)?;
    let found = answer.got.iter().find(|got| got.device == second.id).map(|got| got.key_package.clone());
    ctx.require("KEY-004", "listed, both", expect_eq(&2, &answer.got.len()));
    ctx.require("KEY-004", "with what was kept", expect_eq(&Some(Payload(theirs.concat())), &found));
    Ok(())
}

fn in_order(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let key_packages = made(ctx, target, 1, "one", 1);
        stock(target, &key_packages)?;
        let (account, nobody) = (target.device.account, claimer.device.account);
        claimer.say(&[
            &ask::claim(11, account, 1),
            &ask::device_list_query(12, nobody),
            &ask::claim(13, account, 1),
            &ask::device_list_query(14, account),
        ]);
        let heard: Vec<u64> = (0..6)
            .map_while(|_| match claimer.next_where(Seen::is_answer) {
                Seen::DeviceList { request, .. } | Seen::Claimed { request, .. } => Some(request),
                Seen::Error(refusal) => Some(refusal.subject),
                _ => None,
            })
            .collect();
        ctx.require(
            "KEY-004",
            "each behind the one before",
            expect_eq(&vec![11, 11, 12, 13, 13, 14], &heard),
        );
        Ok(())
    })
}

fn last_resort(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let key_packages = made(ctx, target, 1, "one", 1);
        let last = made_last(ctx, target, 1, "last");
        stock_last(target, &last)?;
        stock(target, &key_packages)?;
        let device = target.device;
        let answer = claimed(ctx, "KEY-007", claimer, device.account)?;
        ctx.require("KEY-007", "the stock first, unmarked", only(&answer, device, &key_packages.concat()));
        let expected = vec![Got { is_last_resort: true, ..got(device.id, 0, &last) }];
        for _ in 0..2 {
            let answer = claimed(ctx, "KEY-007", claimer, device.account)?;
            ctx.require("KEY-007", "then the last resort, marked", expect_eq(&expected, &answer.got));
        }
        Ok(())
    })
}

fn filled_again(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let last = made_last(ctx, target, 1, "last");
        stock_last(target, &last)?;
        let device = target.device;
        let answer = claim(claimer, device.account, 1)?;
        let expected = vec![Got { is_last_resort: true, ..got(device.id, 0, &last) }];
        ctx.require("KEY-007", "without a stock the last resort", expect_eq(&expected, &answer.got));
        let key_packages = made(ctx, target, 1, "one", 1);
        stock(target, &key_packages)?;
        let answer = claim(claimer, device.account, 1)?;
        ctx.require("KEY-007", "with one the stock", only(&answer, device, &key_packages.concat()));
        Ok(())
    })
}

fn other_suite_first(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let last = made_last(ctx, target, 1, "last");
        stock_last(target, &last)?;
        let three = made(ctx, target, 3, "one", 1);
        stock(target, &three)?;
        let device = target.device;
        let answer = claim(claimer, device.account, 1)?;
        let expected = vec![Got { is_last_resort: true, ..got(device.id, 0, &last) }];
        ctx.require("KEY-007", "the last resort of the suite", expect_eq(&expected, &answer.got));
        let answer = claim(claimer, device.account, 3)?;
        ctx.require("KEY-007", "and the other's stock", only(&answer, device, &three.concat()));
        Ok(())
    })
}

fn none(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        for _ in 0..2 {
            let answer = claimed(ctx, "KEY-008", claimer, target.device.account)?;
            ctx.require("KEY-008", "an empty one", only(&answer, target.device, &[]));
        }
        Ok(())
    })
}

fn used_up(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let key_packages = made(ctx, target, 1, "one", 1);
        stock(target, &key_packages)?;
        let answer = claim(claimer, target.device.account, 1)?;
        ctx.control("there is one", only(&answer, target.device, &key_packages.concat()))?;
        let answer = claim(claimer, target.device.account, 1)?;
        ctx.require("KEY-008", "then an empty one", only(&answer, target.device, &[]));
        Ok(())
    })
}

fn mixed(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut session, &[&alice, &second])?;
    let key_packages = made(ctx, &session, 1, "one", 1);
    stock(&mut session, &key_packages)?;
    let answer = claim(&mut claimer, alice.account, 1)?;
    let of = |device: &Device| {
        answer.got.iter().find(|got| got.device == device.id).map(|got| got.key_package.0.clone())
    };
    ctx.require("KEY-004", "one has a KeyPackage", expect_eq(&Some(key_packages.concat()), &of(&alice)));
    ctx.require("KEY-008", "the other none", expect_eq(&Some(Vec::new()), &of(&second)));
    Ok(())
}

fn other_suite(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let key_packages = made(ctx, target, 1, "one", 1);
        stock(target, &key_packages)?;
        let answer = claim(claimer, target.device.account, 3)?;
        ctx.require("KEY-014", "nothing of the other suite", only(&answer, target.device, &[]));
        ctx.require("KEY-014", "which stays", has(target, &[told(1, &key_packages)]));
        Ok(())
    })
}

fn right_suite(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let [one, three] = [1, 3].map(|suite| made(ctx, target, suite, "one", 1));
        stock(target, &[one.clone(), three.clone()].concat())?;
        for (suite, key_packages) in [(3, three), (1, one)] {
            let answer = claim(claimer, target.device.account, suite)?;
            ctx.require("KEY-014", "of its suite", only(&answer, target.device, &key_packages.concat()));
        }
        Ok(())
    })
}

fn unknown_suite(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let key_packages = made(ctx, target, 1, "one", 1);
        stock(target, &key_packages)?;
        for suite in [2, 7, 0x0a0a, 0xffff] {
            let answer = claim(claimer, target.device.account, suite)?;
            ctx.require("KEY-014", "nothing", only(&answer, target.device, &[]));
        }
        ctx.require("KEY-014", "the stock stays", has(target, &[told(1, &key_packages)]));
        Ok(())
    })
}
