//! Errors, limits and extensibility: what holds for every frame.

use super::words::{anonymous, case, declared, has_code, holds, open};
use crate::case::{Case, CaseResult};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::{extension, varints};
use crate::peer::{Code, Device, Opening, Seen, Session, say};

/// The cases of the three chapters.
pub(super) fn cases() -> Vec<Case> {
    vec![
        case("ERR-001/1", "frame-scope errors in a row leave the session open", &["ERR-001"], many_errors),
        case(
            "ERR-004/1",
            "the error of one session leaves the account's others alone",
            &["ERR-004"],
            own_others,
        ),
        anonymous("FRM-001/1", "what the server writes is minimal and sound", &["FRM-001"], sound),
        anonymous(
            "LIM-001/1",
            "declared limits that are not the default stand in WELCOME",
            &["LIM-001"],
            advertised,
        ),
        anonymous("LIM-002/1", "outcome_cache is not below inflight_max", &["LIM-002"], cache_holds_window),
        anonymous("LIM-003/1", "every advertised limit lies within its range", &["LIM-003"], in_range),
        anonymous("LIM-004/1", "WELCOME names the profile core", &["LIM-004"], core_profile),
        case(
            "LIM-004/2",
            "WELCOME of a registered device names the profile core",
            &["LIM-004"],
            core_profile_registered,
        ),
        anonymous("EXT-001/1", "unknown profiles are ignored", &["EXT-001"], |ctx| {
            ignored(ctx, &extension(4, &varints(&[3, 1, 33, 4_611_686_018_427_387_903])))
        }),
        anonymous("EXT-001/2", "unknown limits are ignored", &["EXT-001"], |ctx| {
            ignored(ctx, &extension(5, &varints(&[2, 33, 0, 9999, 4_611_686_018_427_387_903])))
        }),
        anonymous("EXT-001/3", "unknown features are ignored", &["EXT-001"], |ctx| {
            ignored(ctx, &extension(7, &varints(&[2, 33, 95])))
        }),
        anonymous("EXT-001/4", "a HELLO without any profile is one of core", &["EXT-001"], |ctx| {
            ignored(ctx, &[])
        }),
        anonymous("EXT-002/1", "a server sends GREASE now and then", &["EXT-002"], grease),
    ]
}

fn welcomed(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

fn many_errors(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    for client_seq in [7, 8, 9, 10] {
        session.send_again(client_seq, alice.id, b"ahead", &[]);
        let seen = session.outcome();
        ctx.require("ERR-001", "it is SEQ_GAP in the open session", has_code(Code::SEQ_GAP, &seen));
    }
    let client_seq = session.send(alice.id, b"next");
    let seen = session.outcome();
    ctx.require("ERR-001", "the next number is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    Ok(())
}

fn own_others(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let sibling = Device::sibling(ctx, "sibling", &alice);
    crate::peer::account::register(ctx, &[&sibling])?;
    let mut first = open(ctx, &alice)?;
    let mut second = open(ctx, &sibling)?;
    ctx.control("both sessions are open", second.is_quiet())?;
    first.say(&[&[0, 0]]);
    let seen = first.closing();
    ctx.control("one is closed for its error", crate::peer::closed_with(Code::MALFORMED, &seen))?;
    ctx.require("ERR-004", "the other device of the account hears nothing", second.is_quiet());
    Ok(())
}

fn sound(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = Opening::new(ctx, &device).attempt()?;
    ctx.require("FRM-001", "WELCOME reads", welcomed(&session));
    for token in [5, 500, 50_000, 5_000_000_000] {
        session.say(&[&say::ping(token)]);
        let seen = session.hear();
        ctx.require("FRM-001", "PONG reads", expect_eq(&Seen::Pong { token }, &seen));
    }
    Ok(())
}

fn advertised(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let session = open(ctx, &device)?;
    let welcome = session.welcome();
    let limits = pinnace_spec::limits().map(|limits| limits.entries.clone()).unwrap_or_default();
    let of_servers =
        |limit: &&pinnace_spec::Limit| limit.advertised.contains(&pinnace_spec::Advertiser::Server);
    for limit in limits.iter().filter(of_servers) {
        if ctx.endpoint().timers.contains_key(&limit.name) {
            let what = format!("{} is as the target declares it", limit.name);
            ctx.require(
                "LIM-001",
                &what,
                expect_eq(&declared(ctx, &limit.name), &welcome.limit(&limit.name)),
            );
        }
    }
    let known = welcome.limits.iter().filter(|(id, _)| limits.iter().any(|limit| limit.id == *id));
    let mut ids: Vec<u64> = known.map(|(id, _)| *id).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ctx.require("LIM-001", "no limit has two values", expect_eq(&count, &ids.len()));
    Ok(())
}

fn cache_holds_window(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let welcome = open(ctx, &device)?.welcome();
    let (cache, window) = (welcome.limit("outcome_cache"), welcome.limit("inflight_max"));
    ctx.require(
        "LIM-002",
        "so that a repeat is always known",
        holds((cache >= window).into(), "outcome_cache >= inflight_max", (cache, window)),
    );
    Ok(())
}

fn in_range(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let welcome = open(ctx, &device)?.welcome();
    let limits = pinnace_spec::limits().map(|limits| limits.entries.clone()).unwrap_or_default();
    let outside: Vec<&(u64, u64)> = welcome
        .limits
        .iter()
        .filter(|(id, value)| {
            limits.iter().any(|limit| limit.id == *id && !(limit.min..=limit.max).contains(value))
        })
        .collect();
    ctx.require("LIM-003", "none lies outside", expect_eq(&Vec::<&(u64, u64)>::new(), &outside));
    Ok(())
}

fn core_profile(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let welcome = open(ctx, &device)?.welcome();
    ctx.require(
        "LIM-004",
        "core is 1",
        holds(welcome.profiles.contains(&1).into(), "a list with 1", &welcome.profiles),
    );
    Ok(())
}

fn core_profile_registered(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let welcome = open(ctx, &alice)?.welcome();
    ctx.require(
        "LIM-004",
        "core is 1",
        holds(welcome.profiles.contains(&1).into(), "a list with 1", &welcome.profiles),
    );
    Ok(())
}

fn ignored(ctx: &Ctx, extensions: &[u8]) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let opening = Opening::new(ctx, &device).with(|opening| opening.hello.extensions = extensions.to_vec());
    let mut session = opening.attempt()?;
    ctx.require("EXT-001", "HELLO is welcomed", welcomed(&session));
    ctx.require("EXT-001", "and the session goes on", session.is_quiet());
    Ok(())
}

fn grease(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut count = 0;
    for _ in 0..4 {
        let mut session = open(ctx, &device)?;
        ctx.control("the session is open", session.is_alive())?;
        let welcome = session.welcome();
        let is_grease = |value: &u64| *value % 62 == 33;
        let ids = welcome.limits.iter().map(|(id, _)| id).chain(&welcome.profiles);
        count += session.unknown_count + welcome.grease_count + ids.filter(|id| is_grease(id)).count();
    }
    ctx.require(
        "EXT-002",
        "in four sessions there is one",
        holds((count > 0).into(), "a GREASE value", count),
    );
    Ok(())
}
