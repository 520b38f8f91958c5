//! What lists and links are after a kill.

use super::link::{Begun, begin, devices, link_ms, pair};
use super::still;
use crate::case::{Case, CaseResult, Halt, Need};
use crate::cases::durability::kill;
use crate::cases::words::{has_code, needing, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::directory::{approve, enlist, in_force, link, offer, relist};
use crate::peer::{Code, Opening};

pub(super) fn cases() -> Vec<Case> {
    let own: &[Need] = &[Need::OwnInstance, Need::Code];
    [
        of_devices("DEV-009/1", "a list that was answered survives a kill", &["DEV-009"], list_survives),
        of_devices(
            "DEV-016/6",
            "what an approval took survives a kill, both",
            &["DEV-016"],
            approval_survives,
        ),
        of_devices(
            "DEV-016/7",
            "what an approval did not take is not there after a kill",
            &["DEV-016"],
            refusal_survives,
        ),
        of_devices("DEV-023/1", "an offer to be linked survives a kill", &["DEV-023"], offer_survives),
    ]
    .map(|case| needing(own, case))
    .into_iter()
    .collect()
}

fn list_survives(ctx: &Ctx) -> CaseResult {
    let [alice, _] = pair(ctx)?;
    let mut session = open(ctx, &alice)?;
    let mut list = enlist(ctx, &mut session, &[&alice])?;
    for _ in 0..2 {
        kill(ctx, &[&alice])?;
        let mut session = open(ctx, &alice)?;
        ctx.require("DEV-009", "it is in force", still(&mut session, &list.octets));
        list = relist(ctx, &mut session, &list, &[&alice])?;
    }
    Ok(())
}

fn approval_survives(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { mut session, next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    offer(&mut waiting)?;
    link(ctx, &mut session, &fresh, &next)?;
    kill(ctx, &[&alice, &fresh])?;
    let mut session = open(ctx, &alice)?;
    ctx.require("DEV-016", "the list is in force", still(&mut session, &next.octets));
    ctx.require("DEV-016", "both are devices", expect_eq(&next.list.devices, &devices(&mut session)?));
    let linked = Opening::new(ctx, &fresh).attempt()?;
    ctx.require("DEV-016", "the new one is registered", expect_eq(&1, &linked.welcome().standing));
    Ok(())
}

fn refusal_survives(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let next = list.next(ctx, &alice, &[&alice, &fresh]);
    // It never asked.
    let (_, seen) = approve(ctx, &mut session, &fresh, &next);
    ctx.control("the approval is refused", has_code(Code::LINK_OVER, &seen))?;
    kill(ctx, &[&alice, &fresh])?;
    let mut session = open(ctx, &alice)?;
    ctx.require("DEV-016", "the list is the one before", still(&mut session, &list.octets));
    ctx.require("DEV-016", "the device is alone", expect_eq(&list.list.devices, &devices(&mut session)?));
    let stranger = Opening::new(ctx, &fresh).attempt()?;
    ctx.require("DEV-016", "the other is a stranger", expect_eq(&0, &stranger.welcome().standing));
    Ok(())
}

fn offer_survives(ctx: &Ctx) -> CaseResult {
    let [alice, fresh] = pair(ctx)?;
    let Begun { next, mut waiting, .. } = begin(ctx, [&alice, &fresh])?;
    let link_ms = link_ms(&waiting);
    let asked = ctx.now();
    offer(&mut waiting)?;
    kill(ctx, &[&alice, &fresh])?;
    let mut session = open(ctx, &alice)?;
    let (request, seen) = approve(ctx, &mut session, &fresh, &next);
    if ctx.now().saturating_sub(asked).as_millis() >= u128::from(link_ms) {
        return Err(Halt::NotTestable { why: "the restart took longer than an offer stands".to_owned() });
    }
    ctx.require("DEV-023", "it is taken", expect_eq(&in_force(request, &next.octets), &seen));
    Ok(())
}
