//! Several commits of one epoch.

use super::{Circle, begin, four, gather, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::conversation::{Change, Origin};
use crate::peer::seen::Entry;
use crate::peer::{Code, Device, DeviceId, Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-002/1",
            "of two commits of one epoch one is accepted, over several epochs",
            &["CNV-002", "CNV-006", "CNV-007", "CNV-009", "CNV-012", "CNV-033"],
            two_race,
        ),
        of_conversations(
            "CNV-002/2",
            "of eight commits of one epoch one is accepted, over several epochs",
            &["CNV-002", "CNV-006", "CNV-007", "CNV-009", "CNV-012", "CNV-033"],
            eight_race,
        ),
        of_conversations(
            "CNV-002/3",
            "of commits that add devices, only the Welcome of the accepted one is delivered",
            &["CNV-002", "CNV-008", "CNV-009", "CNV-033"],
            welcomes_race,
        ),
        of_conversations(
            "CNV-002/4",
            "who lost a race is accepted in the next epoch",
            &["CNV-002", "CNV-033"],
            next_epoch,
        ),
        of_conversations(
            "CNV-002/5",
            "two commits that remove each other's sender: one is accepted, and the other sender is out",
            &["CNV-002", "CNV-016", "CNV-033"],
            duel,
        ),
        of_conversations(
            "CNV-005/1",
            "of two accounts that begin their conversation at once one is accepted, the other gets its Welcome",
            &["CNV-005", "CNV-009", "CNV-033"],
            two_begin,
        ),
        of_conversations(
            "CNV-005/2",
            "of two devices that begin the conversation of their account at once one is accepted",
            &["CNV-005", "CNV-009", "CNV-033"],
            own_begin,
        ),
    ]
}

/// What a racer hands in: the commit, and its Welcome where it adds somebody.
struct Racing {
    client_seq: u64,
    commit: Vec<u8>,
    welcome: Vec<u8>,
}

/// Hands in a commit of each session at once; each adds and removes what is said of it.
fn race(
    talk: &Talk,
    sessions: &mut [&mut Session<'_>],
    delta: impl Fn(usize) -> (Vec<DeviceId>, Vec<DeviceId>),
) -> Vec<Racing> {
    let mut racing = Vec::new();
    for (at, session) in sessions.iter_mut().enumerate() {
        let (added, removed) = delta(at);
        let commit = talk.commit(&added, &removed);
        let welcome = if added.is_empty() { Vec::new() } else { talk.welcome() };
        let client_seq = session.commit(talk.id, &commit, &welcome);
        racing.push(Racing { client_seq, commit, welcome });
    }
    racing
}

/// Who won; each other is refused with STALE_EPOCH.
fn won(
    ctx: &Ctx,
    id: &'static str,
    talk: &Talk,
    sessions: &mut [&mut Session<'_>],
    racing: &[Racing],
) -> Result<(usize, Change), Halt> {
    let mut winners = Vec::new();
    let mut losers = 0_usize;
    for (at, (session, Racing { client_seq, .. })) in sessions.iter_mut().zip(racing).enumerate() {
        match session.outcome() {
            Seen::Accepted(number) if number == *client_seq => winners.push(at),
            Seen::Refused(number, Code::STALE_EPOCH) if number == *client_seq => {
                losers = losers.saturating_add(1);
            }
            other => {
                let expected = format!("{client_seq} accepted, or refused with STALE_EPOCH");
                ctx.require(id, "each has its outcome", Err(Mismatch::new(expected, format!("{other:?}"))));
            }
        }
    }
    ctx.require(id, "one is accepted", expect_eq(&1, &winners.len()));
    ctx.require(id, "each other is STALE_EPOCH", expect_eq(&racing.len().saturating_sub(1), &losers));
    let winner = winners.first().copied().ok_or(Halt::NoAnswer)?;
    let Some(Racing { client_seq, commit, welcome }) = racing.get(winner) else {
        return Err(Halt::NoAnswer);
    };
    Ok((winner, talk.committed(*client_seq, commit, welcome)))
}

/// What the device at this place hears of the winner's commit.
fn heard(at: usize, winner: usize, change: &Change) -> &Entry {
    if at == winner { &change.own } else { &change.commit }
}

/// All race for several epochs, and say something in between; all logs are the same.
fn races(
    ctx: &Ctx,
    talk: &Talk,
    mut sessions: Vec<&mut Session<'_>>,
    outsider: &mut Session<'_>,
) -> CaseResult {
    for round in 0..3 {
        let racing = race(talk, &mut sessions, |_| (Vec::new(), Vec::new()));
        let (winner, change) = won(ctx, "CNV-002", talk, &mut sessions, &racing)?;
        let count = sessions.len();
        let speaker = sessions.get_mut(round % count).ok_or(Halt::NoAnswer)?;
        let said = speaker.says(talk)?;
        for (at, session) in sessions.iter_mut().enumerate() {
            let id = if at == winner { "CNV-012" } else { "CNV-007" };
            ctx.require(id, "each hears who won", session.gets(heard(at, winner, &change)));
            let next = if at == round % count { &said.own } else { &said.message };
            let judged: Judged = session.gets(next);
            ctx.require("CNV-006", "the next entry has the next number", judged.clone());
            ctx.require("CNV-009", "and nothing of the refused ones comes between", judged);
        }
    }
    let first = sessions.first_mut().ok_or(Halt::NoAnswer)?;
    isolated(ctx, first, outsider)
}

fn two_race(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    races(ctx, &talk, vec![&mut one, &mut two], &mut outsider)?;
    ctx.require("CNV-006", "a third device has the same entries", dense(&mut three, 2, 6));
    Ok(())
}

/// Whether the next so many items are entries, rising from this number.
fn dense(session: &mut Session<'_>, first: u64, count: usize) -> Judged {
    let seen = session.items(count);
    let numbers: Vec<u64> = seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Entry { entry, .. } => Some(entry.conversation_seq),
            _ => None,
        })
        .collect();
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    expect_eq(&(first..first.saturating_add(count)).collect(), &numbers)
}

fn eight_race(ctx: &Ctx) -> CaseResult {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "eve"];
    let devices = people(ctx, names)?;
    let Circle { talk, mut members, mut outsider, .. } = begin::<9, 8>(ctx, devices.each_ref())?;
    races(ctx, &talk, members.iter_mut().collect(), &mut outsider)
}

fn welcomes_race(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve, x, y, z] = people(ctx, ["alice", "bob", "carol", "eve", "x", "y", "z"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (mut waiting, _) = gather(ctx, [&x, &y, &z])?;
    let added = [x.id, y.id, z.id];
    let mut sessions = [&mut one, &mut two, &mut three];
    let racing = race(&talk, &mut sessions, |at| (added.get(at).copied().into_iter().collect(), Vec::new()));
    let (winner, change) = won(ctx, "CNV-002", &talk, &mut sessions, &racing)?;
    for (at, session) in waiting.iter_mut().enumerate() {
        if at == winner {
            ctx.require("CNV-008", "the added one gets the Welcome", session.gets(&change.welcome));
        }
        ctx.require("CNV-009", "the others get nothing", session.is_quiet());
    }
    for (at, session) in sessions.iter_mut().enumerate() {
        ctx.require("CNV-009", "the members hear of one", session.gets(heard(at, winner, &change)));
        ctx.require("CNV-009", "and no other", session.is_quiet());
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn next_epoch(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let mut sessions = [&mut one, &mut two, &mut three];
    // Each round the losers race again: after three rounds everybody has won once.
    let mut left = vec![0, 1, 2];
    while !left.is_empty() {
        let mut racers: Vec<&mut Session<'_>> = sessions
            .iter_mut()
            .enumerate()
            .filter(|(at, _)| left.contains(at))
            .map(|(_, session)| &mut **session)
            .collect();
        let racing = race(&talk, &mut racers, |_| (Vec::new(), Vec::new()));
        let (winner, change) = won(ctx, "CNV-002", &talk, &mut racers, &racing)?;
        let winner = left.remove(winner);
        for (at, session) in sessions.iter_mut().enumerate() {
            ctx.require("CNV-002", "each hears of it", session.gets(heard(at, winner, &change)));
        }
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn duel(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let removes = [bob.id, alice.id];
    let mut sessions = [&mut one, &mut two];
    let racing =
        race(&talk, &mut sessions, |at| (Vec::new(), removes.get(at).copied().into_iter().collect()));
    let mut winners = Vec::new();
    for (at, (session, racer)) in sessions.iter_mut().zip(&racing).enumerate() {
        match session.outcome() {
            Seen::Accepted(_) => winners.push(at),
            // The loser is not in the roster any more, which is looked at before the epoch.
            other => {
                let expected = Seen::Refused(racer.client_seq, Code::NO_CONVERSATION);
                ctx.require("CNV-002", "the loser is out already", expect_eq(&expected, &other));
            }
        }
    }
    ctx.require("CNV-002", "one is accepted", expect_eq(&1, &winners.len()));
    let winner = winners.first().copied().ok_or(Halt::NoAnswer)?;
    let racer = racing.get(winner).ok_or(Halt::NoAnswer)?;
    let change = talk.committed(racer.client_seq, &racer.commit, &[]);
    let (left, out) = if winner == 0 { (&mut one, &mut two) } else { (&mut two, &mut one) };
    ctx.require("CNV-002", "the winner has its place", left.gets(&change.own));
    ctx.require("CNV-016", "the other gets the commit that removes it", out.gets(&change.commit));
    let said = left.says(&talk)?;
    ctx.require("CNV-002", "the third device hears of it", three.gets(&change.commit));
    ctx.require("CNV-002", "and what is said then", three.gets(&said.message));
    ctx.require("CNV-016", "who is out hears nothing more", out.is_quiet());
    isolated(ctx, left, &mut outsider)
}

/// Two devices begin the same conversation at once, in several generations.
fn begin_at_once(ctx: &Ctx, origin: &Origin, devices: [&Device; 3]) -> CaseResult {
    let ([mut one, mut two, mut outsider], _) = gather(ctx, devices)?;
    let [first, second, _] = devices;
    for generation in 0..4 {
        let talk = Talk::new(ctx, Origin { generation, ..origin.clone() });
        let mut racing = Vec::new();
        for (session, added) in [(&mut one, second.id), (&mut two, first.id)] {
            let (commit, welcome) = (talk.commit(&[added], &[]), talk.welcome());
            let client_seq = session.create(&talk, &commit, &welcome);
            racing.push(Racing { client_seq, commit, welcome });
        }
        let mut sessions = [&mut one, &mut two];
        let (winner, change) = won(ctx, "CNV-005", &talk, &mut sessions, &racing)?;
        for (at, session) in sessions.iter_mut().enumerate() {
            let expected = if at == winner { &change.own } else { &change.welcome };
            ctx.require("CNV-005", "the loser gets the winner's Welcome", session.gets(expected));
        }
        let said = two.says(&talk)?;
        ctx.require("CNV-009", "and nothing else comes", two.gets(&said.own));
        ctx.require("CNV-005", "both are in it", one.gets(&said.message));
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn two_begin(ctx: &Ctx) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    begin_at_once(ctx, &Origin::direct(alice.account, bob.account), [&alice, &bob, &eve])
}

fn own_begin(ctx: &Ctx) -> CaseResult {
    let [alice, eve] = ["alice", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&alice, &second, &eve])?;
    begin_at_once(ctx, &Origin::own_devices(alice.account), [&alice, &second, &eve])
}
