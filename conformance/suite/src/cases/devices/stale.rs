//! Device lists that do not follow the one in force.

use super::still;
use crate::case::{Case, CaseResult};
use crate::cases::words::{has_code, is_error, of_devices, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{InForce, enlist, in_force, relist};
use crate::peer::list::DeviceList;
use crate::peer::{Code, ask};

pub(super) fn cases() -> Vec<Case> {
    let stale =
        STALE.iter().map(|row| of_devices(row.id, row.title, &["DEV-002"], move |ctx| stale(ctx, row)));
    let early =
        EARLY.iter().map(|row| of_devices(row.id, row.title, &["DEV-002"], move |ctx| early(ctx, row)));
    stale.chain(early).collect()
}

/// A list that does not follow the one in force, which has version 2.
struct Stale {
    id: &'static str,
    title: &'static str,
    bend: fn(&mut DeviceList, &[InForce; 2]),
}

const STALE: &[Stale] = &[
    Stale {
        id: "DEV-002/1",
        title: "a list of the same version is stale",
        bend: |list, _| list.list_version = 2,
    },
    Stale {
        id: "DEV-002/2",
        title: "a list of a lower version is stale",
        bend: |list, _| list.list_version = 1,
    },
    Stale {
        id: "DEV-002/3",
        title: "a list that leaves a version out is stale",
        bend: |list, _| list.list_version = 4,
    },
    Stale {
        id: "DEV-002/4",
        title: "a list with another digest is stale",
        bend: |list, _| list.previous[31] ^= 1,
    },
    Stale {
        id: "DEV-002/5",
        title: "a list on top of the one before is stale",
        bend: |list, [one, _]| list.previous = one.list.next(&one.octets, &[]).previous,
    },
    Stale {
        id: "DEV-002/6",
        title: "a first list again is stale",
        bend: |list, _| (list.list_version, list.previous) = (1, [0; 32]),
    },
    Stale {
        id: "DEV-002/7",
        title: "the list that was in force before is stale",
        bend: |list, [one, _]| *list = one.list.clone(),
    },
    Stale {
        id: "DEV-002/8",
        title: "the highest version is stale",
        bend: |list, _| list.list_version = (1 << 62) - 1,
    },
];

fn stale(ctx: &Ctx, row: &'static Stale) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let one = enlist(ctx, &mut session, &[&alice])?;
    let two = relist(ctx, &mut session, &one, &[&alice])?;
    let mut list = two.list.next(&two.octets, &[&alice]);
    (row.bend)(&mut list, &[one, two.clone()]);
    let octets = list.signed(&alice.identity, &ctx.endpoint().realm);
    let seen = session.ask(&ask::device_list_publish(9, &octets));
    let judged = is_error(Code::LIST_STALE, ask::kind::DEVICE_LIST_PUBLISH, 9, &seen);
    ctx.require("DEV-002", row.title, judged);
    ctx.require("DEV-002", "the list in force stays", still(&mut session, &two.octets));
    ctx.require("DEV-002", "nobody hears of it", bystander.is_quiet());
    relist(ctx, &mut session, &two, &[&alice])?;
    Ok(())
}

/// A first list that is none.
const EARLY: &[Stale] = &[
    Stale {
        id: "DEV-002/9",
        title: "a first list of version 2 is stale",
        bend: |list, _| list.list_version = 2,
    },
    Stale {
        id: "DEV-002/10",
        title: "a first list with a digest is stale",
        bend: |list, _| list.previous = [7; 32],
    },
];

fn early(ctx: &Ctx, row: &'static Stale) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let first = InForce::first(ctx, &alice, &[&alice]);
    let mut list = first.list.clone();
    (row.bend)(&mut list, &[first.clone(), first.clone()]);
    let octets = list.signed(&alice.identity, &ctx.endpoint().realm);
    let seen = session.ask(&ask::device_list_publish(9, &octets));
    let judged = is_error(Code::LIST_STALE, ask::kind::DEVICE_LIST_PUBLISH, 9, &seen);
    ctx.require("DEV-002", row.title, judged);
    let seen = session.ask(&ask::device_list_query(10, alice.account));
    ctx.require("DEV-002", "there is still none", has_code(Code::UNKNOWN_ACCOUNT, &seen));
    let seen = session.ask(&ask::device_list_publish(11, &first.octets));
    ctx.require("DEV-002", "and the first one is taken", expect_eq(&in_force(11, &first.octets), &seen));
    Ok(())
}
