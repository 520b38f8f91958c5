//! Device lists that are taken, and those that do not follow.

use super::{family, still};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{has_code, holds, is_error, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::directory::{InForce, enlist, in_force, list_of, relist};
use crate::peer::ids::AccountId;
use crate::peer::list::DeviceList;
use crate::peer::{Code, Device, Seen, Session, ask};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices("DEV-001/1", "a first list is answered with itself", &["DEV-001"], first),
        of_devices("DEV-001/2", "each list that follows is answered with itself", &["DEV-001"], chain),
        of_devices("DEV-001/3", "any device of the account may write its list", &["DEV-001"], by_another),
        of_devices("DEV-001/4", "the writer's clock is not judged", &["DEV-001"], any_time),
        of_devices("DEV-003/1", "the list in force is answered again", &["DEV-003"], repeated),
        of_devices(
            "DEV-003/2",
            "another device may repeat the list in force too",
            &["DEV-003"],
            repeated_by_another,
        ),
        of_devices(
            "DEV-008/1",
            "of lists that are written at once one is taken",
            &["DEV-008", "DEV-010"],
            at_once,
        ),
        of_devices("DEV-010/1", "whoever asks gets the list in force", &["DEV-010"], asked_by_all),
        of_devices(
            "DEV-010/2",
            "who asks for the own account gets what was published last",
            &["DEV-010"],
            latest,
        ),
        of_devices("DEV-011/1", "an account that nobody has is UNKNOWN_ACCOUNT", &["DEV-011"], |ctx| {
            unknown(ctx, |_| AccountId([0xee; 16]))
        }),
        of_devices(
            "DEV-011/2",
            "an account whose devices never published is UNKNOWN_ACCOUNT",
            &["DEV-011"],
            |ctx| unknown(ctx, |bob| bob.account),
        ),
        of_devices(
            "DEV-011/3",
            "an own account without a list is UNKNOWN_ACCOUNT",
            &["DEV-011"],
            own_unknown,
        ),
    ]
}

fn first(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let list = InForce::first(ctx, &alice, &[&alice]);
    let seen = session.ask(&ask::device_list_publish(4_000_000_000, &list.octets));
    ctx.require("DEV-001", "the same octets", expect_eq(&in_force(4_000_000_000, &list.octets), &seen));
    ctx.require("DEV-001", "it is in force", still(&mut session, &list.octets));
    Ok(())
}

fn chain(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let mut session = open(ctx, &alice)?;
    let mut list = enlist(ctx, &mut session, &[&alice])?;
    for devices in [vec![&alice, &second], vec![&alice, &second]] {
        list = list.next(ctx, &alice, &devices);
        let request = session.next_request();
        let seen = session.ask(&ask::device_list_publish(request, &list.octets));
        ctx.require("DEV-001", "the same octets", expect_eq(&in_force(request, &list.octets), &seen));
    }
    Ok(())
}

fn by_another(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let mut other = open(ctx, &second)?;
    let next = list.next(ctx, &second, &[&alice, &second]);
    let seen = other.ask(&ask::device_list_publish(1, &next.octets));
    ctx.require("DEV-001", "the same octets", expect_eq(&in_force(1, &next.octets), &seen));
    ctx.require("DEV-001", "it is in force for the first one", still(&mut session, &next.octets));
    Ok(())
}

fn any_time(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let list = DeviceList { issued_s: (1 << 62) - 1, ..DeviceList::first(&alice, &[&alice]) };
    let far = list.signed(&alice.identity, &ctx.endpoint().realm);
    let seen = session.ask(&ask::device_list_publish(1, &far));
    ctx.require("DEV-001", "the far future is taken", expect_eq(&in_force(1, &far), &seen));
    let list = DeviceList { issued_s: 0, ..list.next(&far, &[&alice]) };
    let early = list.signed(&alice.identity, &ctx.endpoint().realm);
    let seen = session.ask(&ask::device_list_publish(2, &early));
    ctx.require("DEV-001", "and then the beginning", expect_eq(&in_force(2, &early), &seen));
    Ok(())
}

fn repeated(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice])?;
    let seen = session.ask(&ask::device_list_publish(7, &list.octets));
    ctx.require("DEV-003", "as the first time", expect_eq(&in_force(7, &list.octets), &seen));
    let next = relist(ctx, &mut session, &list, &[&alice])?;
    let mut again = open(ctx, &alice)?;
    let seen = again.ask(&ask::device_list_publish(8, &next.octets));
    ctx.require("DEV-003", "also in the next session", expect_eq(&in_force(8, &next.octets), &seen));
    Ok(())
}

fn repeated_by_another(ctx: &Ctx) -> CaseResult {
    let [alice, second, _] = family(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let mut other = open(ctx, &second)?;
    let seen = other.ask(&ask::device_list_publish(1, &list.octets));
    ctx.require("DEV-003", "as the first time", expect_eq(&in_force(1, &list.octets), &seen));
    Ok(())
}

/// Rounds of writing at once, each on top of the last one.
const ROUNDS: u64 = 4;

fn at_once(ctx: &Ctx) -> CaseResult {
    let alice = Device::new(ctx, "alice");
    let [second, third] = ["second", "third"].map(|name| Device::sibling(ctx, name, &alice));
    let devices = [&alice, &second, &third];
    register(ctx, &devices)?;
    let mut writers = devices.iter().map(|device| open(ctx, device)).collect::<Result<Vec<_>, Halt>>()?;
    let mut last: Option<InForce> = None;
    let realm = ctx.endpoint().realm;
    for round in 1..=ROUNDS {
        let base = last.as_ref().map(|list| list.list.next(&list.octets, &devices));
        let base = base.unwrap_or_else(|| DeviceList::first(&alice, &devices));
        let drafts: Vec<InForce> = (0..3).map(|at| draft(&base, at, &alice, &realm)).collect();
        for (writer, draft) in writers.iter_mut().zip(&drafts) {
            writer.say(&[&ask::device_list_publish(round, &draft.octets)]);
        }
        let heard: Vec<Seen> = writers.iter_mut().map(|writer| writer.next_where(Seen::is_answer)).collect();
        let is_winner = |at: usize| {
            drafts.get(at).is_some_and(|draft| heard.get(at) == Some(&in_force(round, &draft.octets)))
        };
        let winners: Vec<usize> = (0..3).filter(|at| is_winner(*at)).collect();
        let losers = heard.iter().filter(|seen| has_code(Code::LIST_STALE, seen).is_ok()).count();
        let is_one = (winners.len(), losers) == (1, 2);
        ctx.require("DEV-008", "one is taken, two are stale", holds(is_one.into(), "1 and 2", &heard));
        let Some(list) = winners.first().and_then(|at| drafts.get(*at)) else { return Ok(()) };
        for writer in &mut writers {
            ctx.require("DEV-010", "all are told the same one", still(writer, &list.octets));
        }
        last = Some(list.clone());
    }
    Ok(())
}

fn draft(base: &DeviceList, at: u64, alice: &Device, realm: &[u8; 32]) -> InForce {
    let list = DeviceList { issued_s: base.issued_s.saturating_add(at).saturating_add(1), ..base.clone() };
    InForce { octets: list.signed(&alice.identity, realm), list }
}

fn asked_by_all(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let mut session = open(ctx, &alice)?;
    let list = enlist(ctx, &mut session, &[&alice, &second])?;
    let mut askers = [open(ctx, &second)?, open(ctx, &bob)?];
    for asker in [&mut session].into_iter().chain(&mut askers) {
        let seen = asker.ask(&ask::device_list_query(70_000, alice.account));
        let what = format!("{} is told it", asker.device.name);
        ctx.require("DEV-010", &what, expect_eq(&in_force(70_000, &list.octets), &seen));
    }
    Ok(())
}

fn latest(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob] = family(ctx)?;
    let (mut session, mut stranger) = (open(ctx, &alice)?, open(ctx, &bob)?);
    let other = enlist(ctx, &mut stranger, &[&bob])?;
    let mut list = enlist(ctx, &mut session, &[&alice])?;
    for devices in [vec![&alice, &second], vec![&alice, &second]] {
        list = relist(ctx, &mut session, &list, &devices)?;
        ctx.require("DEV-010", "the newest", still(&mut session, &list.octets));
        let heard = list_of(&mut stranger, alice.account)?;
        ctx.require("DEV-010", "for others too", expect_eq(&list.octets, &heard));
        ctx.require("DEV-010", "theirs is another", still(&mut stranger, &other.octets));
    }
    Ok(())
}

fn unknown(ctx: &Ctx, whose: fn(&Device) -> AccountId) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut session = open(ctx, &alice)?;
    enlist(ctx, &mut session, &[&alice])?;
    let own = list_of(&mut session, alice.account)?;
    ctx.control("an account with a list has one", holds((!own.is_empty()).into(), "octets", &own))?;
    none(ctx, &mut session, whose(&bob));
    Ok(())
}

fn own_unknown(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    none(ctx, &mut session, alice.account);
    enlist(ctx, &mut session, &[&alice])?;
    let own = list_of(&mut session, alice.account)?;
    ctx.require("DEV-011", "until it has one", holds((!own.is_empty()).into(), "octets", &own));
    Ok(())
}

fn none(ctx: &Ctx, session: &mut Session<'_>, account: AccountId) {
    let seen = session.ask(&ask::device_list_query(5, account));
    let judged = is_error(Code::UNKNOWN_ACCOUNT, ask::kind::DEVICE_LIST_QUERY, 5, &seen);
    ctx.require("DEV-011", "no list to be told", judged);
    let seen = session.ask(&ask::claim(6, account, 1));
    ctx.require("DEV-011", "none to claim by", is_error(Code::UNKNOWN_ACCOUNT, ask::kind::CLAIM, 6, &seen));
}
