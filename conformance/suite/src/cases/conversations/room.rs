//! Rosters that are full, and first commits whose delta does not hold.

use super::{gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::{Code, Device, DeviceId, Seen, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-004/12",
            "a first commit from a device that its account's list does not name is ORIGIN_INVALID",
            &["CNV-004", "CNV-009", "CNV-033"],
            unlisted_creator,
        ),
        of_conversations(
            "CNV-022/3",
            "a first commit that adds others and has no Welcome is WELCOME_MISPLACED",
            &["CNV-022", "CNV-009", "CNV-033"],
            |ctx| first_misplaced(ctx, Misplaced::Missing),
        ),
        of_conversations(
            "CNV-022/4",
            "a first commit that adds nobody and has a Welcome is WELCOME_MISPLACED",
            &["CNV-022", "CNV-009", "CNV-033"],
            |ctx| first_misplaced(ctx, Misplaced::Idle),
        ),
        of_conversations(
            "CNV-021/1",
            "a commit that fills the roster is taken, one that would take it beyond is CONVERSATION_FULL",
            &["CNV-021", "CNV-035", "CNV-009", "CNV-033"],
            full,
        ),
    ]
}

fn unlisted_creator(ctx: &Ctx) -> CaseResult {
    let [unlisted, bob, eve] = people(ctx, ["unlisted", "bob", "eve"])?;
    let ([mut two, mut outsider], _) = gather(ctx, [&bob, &eve])?;
    let mut one = crate::cases::words::open(ctx, &unlisted)?;
    let talk = Talk::group(ctx, &unlisted, "group");
    let client_seq = one.create(&talk, &talk.commit(&[bob.id], &[]), &talk.welcome());
    ctx.require("CNV-004", "it is refused", refused(&mut one, client_seq, Code::ORIGIN_INVALID));
    ctx.require("CNV-009", "nobody hears of it", two.is_quiet());
    crate::peer::directory::enlist(ctx, &mut one, &[&unlisted])?;
    let begun = one.begins(&talk, &[bob.id])?;
    ctx.require("CNV-004", "with a list it is taken", two.gets(&begun.welcome));
    isolated(ctx, &mut one, &mut outsider)
}

/// What is wrong with a Welcome.
#[derive(Clone, Copy)]
enum Misplaced {
    /// A device is added, and there is none.
    Missing,
    /// Nobody is added, and there is one.
    Idle,
}

fn first_misplaced(ctx: &Ctx, how: Misplaced) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let talk = Talk::group(ctx, &alice, "group");
    let (added, welcome) = match how {
        Misplaced::Missing => (vec![bob.id], Vec::new()),
        Misplaced::Idle => (Vec::new(), talk.welcome()),
    };
    let client_seq = one.create(&talk, &talk.commit(&added, &[]), &welcome);
    ctx.require("CNV-022", "it is refused", refused(&mut one, client_seq, Code::WELCOME_MISPLACED));
    let begun = one.begins(&talk, &[bob.id])?;
    ctx.require("CNV-022", "it begins as it should", one.gets(&begun.own));
    ctx.require("CNV-009", "its Welcome is the first", two.gets(&begun.welcome));
    isolated(ctx, &mut one, &mut outsider)
}

fn full(ctx: &Ctx) -> CaseResult {
    let names = ["alice", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"];
    let [alice, eve] = people(ctx, ["alice", "eve"])?;
    let ([mut one, mut outsider], _) = gather(ctx, [&alice, &eve])?;
    let max = one.welcome().limit("roster_devices_max");
    let Some(names) = usize::try_from(max).ok().and_then(|max| names.get(1..=max)) else {
        return Err(Halt::NotTestable { why: format!("a roster of {max} devices is too large to fill") });
    };
    let devices: Vec<Device> = names.iter().map(|name| Device::new(ctx, name)).collect();
    register(ctx, &devices.iter().collect::<Vec<_>>())?;
    let mut sessions = Vec::new();
    for device in &devices {
        let ([session], _) = gather(ctx, [device])?;
        sessions.push(session);
    }
    let talk = Talk::group(ctx, &alice, "group");
    let ids: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
    let client_seq = one.create(&talk, &talk.commit(&ids, &[]), &talk.welcome());
    let judged = refused(&mut one, client_seq, Code::CONVERSATION_FULL);
    ctx.require("CNV-021", "nor can it begin with one too many", judged);
    let Some((last, others)) = ids.split_last() else { return Err(Halt::NoAnswer) };
    let begun = one.begins(&talk, others)?;
    ctx.control("with as many as it may hold it begins", one.gets(&begun.own))?;
    let client_seq = one.commit(talk.id, &talk.commit(&[*last], &[]), &talk.welcome());
    ctx.require("CNV-021", "one more is refused", refused(&mut one, client_seq, Code::CONVERSATION_FULL));
    let client_seq = one.commit(talk.id, &talk.commit(&[DeviceId([0xee; 16])], &[]), &talk.welcome());
    let judged = refused(&mut one, client_seq, Code::OUTSIDER);
    ctx.require("CNV-035", "a device that may not come in is found first", judged);
    let client_seq = one.commit(talk.id, &talk.commit(&[*last], &[]), &[]);
    let judged = refused(&mut one, client_seq, Code::CONVERSATION_FULL);
    ctx.require("CNV-035", "a Welcome that is missing is found later", judged);
    let removed: Vec<DeviceId> = others.first().copied().into_iter().collect();
    let commit = talk.commit(&[*last], &removed);
    let client_seq = one.commit(talk.id, &commit, &talk.welcome());
    let seen = one.outcome();
    let judged = expect_eq(&Seen::Accepted(client_seq), &seen);
    ctx.require("CNV-021", "in the place of one that goes it is taken", judged);
    let newcomer = sessions.last_mut().ok_or(Halt::NoAnswer)?;
    let is_third = matches!(newcomer.item(), Seen::Entry { entry, .. } if entry.conversation_seq == 2);
    ctx.require("CNV-009", "whose Welcome is the first that it gets", expect_eq(&true, &is_third));
    isolated(ctx, &mut one, &mut outsider)
}
