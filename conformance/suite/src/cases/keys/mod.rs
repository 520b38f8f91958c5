//! Profile devices: the key directory.

mod claim;
mod full;
mod invalid;
mod kept;
mod life;
mod low;
mod once;
mod rate;
mod stock;
mod unheard;

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::open;
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{Claim, claim, enlist};
use crate::peer::ids::AccountId;
use crate::peer::key_package::{KeyPackage, set_digest};
use crate::peer::seen::Stock;
use crate::peer::{Device, Seen, Session, ask};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [
        stock::cases(),
        full::cases(),
        claim::cases(),
        unheard::cases(),
        once::cases(),
        invalid::cases(),
        low::cases(),
        life::cases(),
        rate::cases(),
        kept::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The server's time at the beginning of a session, in Unix seconds.
fn now_s(session: &Session<'_>) -> u64 {
    session.welcome().time_ms / 1_000
}

/// So many KeyPackages of the session's device, signed. `name` tells them from others of the case.
fn made(ctx: &Ctx, session: &Session<'_>, suite: u16, name: &str, count: u64) -> Vec<Vec<u8>> {
    let (device, now_s) = (session.device, now_s(session));
    (0..count)
        .map(|index| KeyPackage::new(ctx, device, suite, now_s, &format!("{name} {index}")).signed(device))
        .collect()
}

/// One of last resort.
fn made_last(ctx: &Ctx, session: &Session<'_>, suite: u16, name: &str) -> Vec<u8> {
    let device = session.device;
    KeyPackage::new(ctx, device, suite, now_s(session), name).of_last_resort().signed(device)
}

/// What KEYS tells of these one-time KeyPackages and no last resort.
fn told(suite: u16, key_packages: &[Vec<u8>]) -> Stock {
    Stock {
        suite: suite.into(),
        one_time_count: u64::try_from(key_packages.len()).unwrap_or(u64::MAX),
        set_digest: set_digest(key_packages),
        last_resort: 0,
    }
}

/// The same with one.
fn told_last(suite: u16, key_packages: &[Vec<u8>]) -> Stock {
    Stock { last_resort: 1, ..told(suite, key_packages) }
}

/// Whether the server tells that it has these stocks of the session's device.
fn has(session: &mut Session<'_>, expected: &[Stock]) -> Judged {
    let request = session.next_request();
    let seen = session.ask(&ask::keys_publish(request, &[]));
    expect_eq(&Seen::Keys { request, stocks: expected.to_vec() }, &seen)
}

/// Claims, where the answer itself is judged: one of another form breaks the requirement.
fn claimed(
    ctx: &Ctx,
    requirement: &str,
    session: &mut Session<'_>,
    account: AccountId,
) -> Result<Claim, Halt> {
    let answer = claim(session, account, 1);
    let judged =
        answer.as_ref().map(drop).map_err(|halt| Mismatch::new("DEVICE_LIST, CLAIMEDs", halt.to_string()));
    ctx.require(requirement, "the claim is answered", judged);
    answer
}

/// A device with a list of itself, and one of another account.
fn target_and_claimer(ctx: &Ctx) -> Result<[Device; 2], Halt> {
    people(ctx, ["alice", "bob"])
}

/// A case of a target that has a list, and of somebody who claims.
fn between(ctx: &Ctx, play: impl FnOnce(&mut Session<'_>, &mut Session<'_>) -> CaseResult) -> CaseResult {
    let [alice, bob] = target_and_claimer(ctx)?;
    let mut target = open(ctx, &alice)?;
    let mut claimer = open(ctx, &bob)?;
    enlist(ctx, &mut target, &[&alice])?;
    play(&mut target, &mut claimer)
}
