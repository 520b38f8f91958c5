//! Claims beyond claims_per_target_per_h.

use super::{has, made, told};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::devices::family;
use crate::cases::words::{holds, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::{claim, enlist, stock};
use crate::peer::{Device, Seen, Session, ask};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("KEY-013/1", "a claim beyond the number is RATE and takes nothing", &["KEY-013"], beyond),
        of_devices("KEY-013/2", "claims at another account, and of another one, go on", &["KEY-013"], others),
        of_devices("KEY-013/3", "claims at the own account are free", &["KEY-013"], own),
        of_devices("KEY-013/4", "the devices of an account share its number", &["KEY-013"], shared),
    ]
}

/// How many claims there are in an hour, where a case can use them up.
fn most(session: &Session<'_>) -> Result<u64, Halt> {
    let max = session.welcome().limit("claims_per_target_per_h");
    if max > 200 {
        return Err(Halt::NotTestable { why: format!("{max} claims an hour: too many to use up") });
    }
    Ok(max)
}

/// Uses the claims up at a target without a stock.
fn use_up(session: &mut Session<'_>, target: &Device, count: u64) -> Result<(), Halt> {
    (0..count).try_for_each(|_| claim(session, target.account, 1).map(drop))
}

fn is_rate(ctx: &Ctx, session: &mut Session<'_>, target: &Device) {
    let request = session.next_request();
    let seen = session.ask(&ask::claim(request, target.account, 1));
    let is_so = matches!(
        &seen,
        Seen::Rate { frame_type: ask::kind::CLAIM, subject, retry_after_ms: 1..=3_600_000 } if *subject == request
    );
    let expected = format!("RATE of frame type {}, subject {request}", ask::kind::CLAIM);
    ctx.require("KEY-013", "one more is RATE", holds(is_so.into(), &expected, &seen));
}

fn beyond(ctx: &Ctx) -> CaseResult {
    let [alice, _, bob] = family(ctx)?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    enlist(ctx, &mut target, &[&alice])?;
    let max = most(&claimer)?;
    use_up(&mut claimer, &alice, max)?;
    let all = made(ctx, &target, 1, "one", 2);
    stock(&mut target, &all)?;
    for _ in 0..2 {
        is_rate(ctx, &mut claimer, &alice);
    }
    ctx.require("KEY-013", "the stock stays", has(&mut target, &[told(1, &all)]));
    ctx.require("KEY-013", "the target hears nothing", target.is_quiet());
    ctx.require("KEY-013", "the session goes on", claimer.is_quiet());
    Ok(())
}

fn others(ctx: &Ctx) -> CaseResult {
    let [alice, _, bob] = family(ctx)?;
    let carol = Device::new(ctx, "carol");
    register(ctx, &[&carol])?;
    let (mut target, mut claimer) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let mut third = open(ctx, &carol)?;
    enlist(ctx, &mut target, &[&alice])?;
    enlist(ctx, &mut third, &[&carol])?;
    let max = most(&claimer)?;
    use_up(&mut claimer, &alice, max)?;
    is_rate(ctx, &mut claimer, &alice);
    let all = made(ctx, &target, 1, "one", 1);
    stock(&mut target, &all)?;
    let got: Vec<Vec<u8>> = claim(&mut third, alice.account, 1)?.key_packages().collect();
    ctx.require("KEY-013", "another account claims", expect_eq(&all, &got));
    let theirs = made(ctx, &third, 1, "one", 1);
    stock(&mut third, &theirs)?;
    let got: Vec<Vec<u8>> = claim(&mut claimer, carol.account, 1)?.key_packages().collect();
    ctx.require("KEY-013", "another account is claimed at", expect_eq(&theirs, &got));
    Ok(())
}

fn own(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    enlist(ctx, &mut session, &[&alice, &second])?;
    let max = most(&session)?;
    use_up(&mut session, &alice, max.saturating_add(1))?;
    let all = made(ctx, &other, 1, "one", 1);
    stock(&mut other, &all)?;
    let got: Vec<Vec<u8>> = claim(&mut session, alice.account, 1)?.key_packages().collect();
    ctx.require("KEY-013", "none is refused", expect_eq(&all, &got));
    Ok(())
}

fn shared(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut other) = (open(ctx, &alice)?, open(ctx, &second)?);
    let mut target = open(ctx, &bob)?;
    enlist(ctx, &mut target, &[&bob])?;
    let max = most(&session)?;
    use_up(&mut session, &bob, max)?;
    is_rate(ctx, &mut other, &bob);
    Ok(())
}
