//! Who hears of a claim: nobody but the one that asks.

use super::made;
use crate::case::{Case, CaseResult, Halt};
use crate::cases::devices::family;
use crate::cases::words::{declared, holds, of_devices, open};
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::{claim, enlist, stock};
use crate::peer::{Device, Session};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("KEY-019/1", "nobody hears of a claim", &["KEY-019"], unheard),
        of_devices("KEY-019/2", "nobody hears of a claim that gets nothing", &["KEY-019"], unheard_empty),
    ]
}

fn unheard(ctx: &Ctx) -> CaseResult {
    quiet(ctx, 64)
}

fn unheard_empty(ctx: &Ctx) -> CaseResult {
    quiet(ctx, 0)
}

/// A claim at a device with so many KeyPackages, or as many as it may have.
fn quiet(ctx: &Ctx, count: u64) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let carol = Device::new(ctx, "carol");
    register(ctx, &[&carol])?;
    let (mut session, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let mut others: [Session<'_>; 2] = [open(ctx, &second)?, open(ctx, &carol)?];
    enlist(ctx, &mut session, &[&alice])?;
    let count = count.min(session.welcome().limit("key_packages_max"));
    let low = declared(ctx, "keys_low");
    if count > 0 && count <= low.saturating_add(1) {
        return Err(Halt::NotTestable { why: "every claim leaves a stock that is low".to_owned() });
    }
    let key_packages = made(ctx, &session, 1, "one", count);
    if count > 0 {
        stock(&mut session, &key_packages)?;
    }
    let answer = claim(&mut claimer, alice.account, 1)?;
    let is_full = answer.key_packages().count() == usize::from(count > 0);
    ctx.control("the claim gets what is there", holds(is_full.into(), "one, or none", &answer))?;
    ctx.require("KEY-019", "the target hears nothing", session.is_quiet());
    for other in &mut others {
        ctx.require("KEY-019", "nor does anybody else", other.is_quiet());
    }
    ctx.require("KEY-019", "nor the asking device more than its answer", claimer.is_quiet());
    // What is sent to the target afterwards is the first item of its mailbox.
    claimer.deliver(alice.id, b"fence")?;
    ctx.require("KEY-019", "also not later", session.hears(b"fence"));
    Ok(())
}
