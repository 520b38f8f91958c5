//! KEYS_LOW.

use super::{between, made};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::devices::family;
use crate::cases::words::{declared, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::directory::{claim, enlist, stock};
use crate::peer::{Opening, Seen, Session};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("KEY-011/1", "a claim that leaves keys_low files KEYS_LOW, once", &["KEY-011"], once),
        of_devices("KEY-011/2", "when the stock was above the mark it is filed again", &["KEY-011"], again),
        of_devices(
            "KEY-011/3",
            "a stock that never was above the mark files it too",
            &["KEY-011"],
            from_below,
        ),
        of_devices("KEY-011/4", "each suite is told of by itself", &["KEY-011"], each_suite),
        of_devices(
            "KEY-011/5",
            "it waits for a device that is away, and an acknowledgement ends it",
            &["KEY-011", "DLV-027"],
            waits,
        ),
        of_devices("KEY-011/6", "nobody but the device hears of it", &["KEY-011", "KEY-019"], nobody_else),
    ]
}

/// The mark, where a case can go above it.
fn mark(ctx: &Ctx, session: &Session<'_>) -> Result<u64, Halt> {
    let low = declared(ctx, "keys_low");
    let welcome = session.welcome();
    if low > 40 || welcome.limit("key_packages_max") < low.saturating_add(2) {
        return Err(Halt::NotTestable {
            why: format!("keys_low is {low}: no stock can be brought above it"),
        });
    }
    Ok(low)
}

fn low(mailbox_seq: u64, suite: u64, one_time_count: u64) -> Seen {
    Seen::KeysLow { mailbox_seq, suite, one_time_count }
}

fn once(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let mark = mark(ctx, target)?;
        stock(target, &made(ctx, target, 1, "one", mark + 2))?;
        let account = target.device.account;
        for _ in 0..3 {
            claim(claimer, account, 1)?;
        }
        // The first claim left more than the mark: the count shows that nothing was filed then.
        let item = target.item();
        ctx.require("KEY-011", "with suite and count", expect_eq(&low(1, 1, mark), &item));
        claimer.deliver(target.device.id, b"fence")?;
        ctx.require("KEY-011", "the third claim files none", target.hears(b"fence"));
        Ok(())
    })
}

fn again(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let mark = mark(ctx, target)?;
        let account = target.device.account;
        stock(target, &made(ctx, target, 1, "one", mark + 1))?;
        claim(claimer, account, 1)?;
        let item = target.item();
        ctx.require("KEY-011", "the first time", expect_eq(&low(1, 1, mark), &item));
        claim(claimer, account, 1)?;
        // Back to the mark, not above it.
        stock(target, &made(ctx, target, 1, "more", 1))?;
        claim(claimer, account, 1)?;
        stock(target, &made(ctx, target, 1, "enough", 2))?;
        claim(claimer, account, 1)?;
        let item = target.item();
        ctx.require("KEY-011", "the second time, from above the mark", expect_eq(&low(2, 1, mark), &item));
        Ok(())
    })
}

fn from_below(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        mark(ctx, target)?;
        stock(target, &made(ctx, target, 1, "one", 1))?;
        claim(claimer, target.device.account, 1)?;
        let item = target.item();
        ctx.require("KEY-011", "none are left", expect_eq(&low(1, 1, 0), &item));
        claim(claimer, target.device.account, 1)?;
        claimer.deliver(target.device.id, b"fence")?;
        ctx.require("KEY-011", "a claim that takes nothing files none", target.hears(b"fence"));
        Ok(())
    })
}

fn each_suite(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let mark = mark(ctx, target)?;
        let account = target.device.account;
        for (suite, at) in [(3, 1), (1, 2)] {
            stock(target, &made(ctx, target, suite, "one", mark + 1))?;
            claim(claimer, account, suite)?;
            let item = target.item();
            ctx.require("KEY-011", "of its suite", expect_eq(&low(at, suite.into(), mark), &item));
        }
        Ok(())
    })
}

fn waits(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut claimer = open(ctx, &bob)?;
    let mark = mark(ctx, &session)?;
    let fresh = made(ctx, &session, 1, "one", mark + 1);
    stock(&mut session, &fresh)?;
    enlist(ctx, &mut other, &[&alice])?;
    drop(session);
    claim(&mut claimer, alice.account, 1)?;
    let mut back = open(ctx, &alice)?;
    let item = back.item();
    ctx.require("KEY-011", "it was kept", expect_eq(&low(1, 1, mark), &item));
    let mut back = open(ctx, &alice)?;
    let item = back.item();
    ctx.require("KEY-011", "and is, until it is acknowledged", expect_eq(&low(1, 1, mark), &item));
    back.ack(1);
    // What comes behind it shows that the acknowledgement was taken, and that nobody gets a receipt for it.
    back.deliver(bob.id, b"behind it")?;
    ctx.require("KEY-011", "who claimed gets no receipt", claimer.hears(b"behind it"));
    let mut back = Opening::new(ctx, &alice).open()?;
    ctx.require("DLV-027", "acknowledged it is gone", back.is_quiet());
    Ok(())
}

fn nobody_else(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut claimer = open(ctx, &bob)?;
    enlist(ctx, &mut session, &[&alice, &second])?;
    let mark = mark(ctx, &session)?;
    let fresh = made(ctx, &session, 1, "one", mark + 1);
    stock(&mut session, &fresh)?;
    claim(&mut claimer, alice.account, 1)?;
    let item = session.item();
    ctx.require("KEY-011", "the device hears it", expect_eq(&low(1, 1, mark), &item));
    claimer.deliver(second.id, b"fence")?;
    ctx.require("KEY-019", "its account's other device does not", other.hears(b"fence"));
    ctx.require("KEY-019", "nor does the one that claimed", claimer.is_quiet());
    Ok(())
}
