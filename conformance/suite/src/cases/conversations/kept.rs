//! What a conversation is after a kill.

use super::{Circle, begin, four, gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt, Need};
use crate::cases::durability::kill;
use crate::cases::words::{is_error, needing, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::relist;
use crate::peer::mls::Delta;
use crate::peer::talk::{self, part};
use crate::peer::{Code, Seen, Talk};

pub(super) fn cases() -> Vec<Case> {
    let own: &[Need] = &[Need::OwnInstance, Need::Code];
    killed().into_iter().map(|case| needing(own, case)).collect()
}

fn killed() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-026/1",
            "entries that were accepted come after a kill, once and in order",
            &["CNV-026", "CNV-039", "CNV-033"],
            entries_survive,
        ),
        of_conversations(
            "CNV-026/2",
            "a kill in the middle of a row loses and doubles no entry at any device",
            &["CNV-026", "CNV-006", "CNV-024"],
            row_survives,
        ),
        of_conversations(
            "CNV-026/3",
            "a Welcome of several items comes after a kill as it was handed in",
            &["CNV-026", "CNV-030"],
            long_survives,
        ),
        of_conversations(
            "CNV-026/4",
            "a device list that was put into force comes to conversations after a kill",
            &["CNV-026", "CNV-029"],
            list_survives,
        ),
        of_conversations(
            "CNV-040/1",
            "epoch, roster and numbers survive a kill",
            &["CNV-040", "CNV-001", "CNV-016"],
            state_survives,
        ),
        of_conversations(
            "CNV-024/20",
            "outcomes of messages and commits survive a kill",
            &["CNV-024", "CNV-025"],
            outcomes_survive,
        ),
        of_conversations(
            "CNV-009/1",
            "what was refused before a kill comes to nobody after it",
            &["CNV-009", "CNV-040"],
            refused_survives,
        ),
        of_conversations(
            "CNV-053/5",
            "what was staged before a kill is dropped",
            &["CNV-053", "CNV-026"],
            staged_killed,
        ),
    ]
}

fn entries_survive(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let (said, change, last) = (one.says(&talk)?, one.changes(&talk, &[], &[])?, one.says(&talk)?);
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    for device in [&bob, &carol] {
        device.cursor.set(1);
        let mut session = open(ctx, device)?;
        for entry in [&said.message, &change.commit, &last.message] {
            let judged = session.gets(entry);
            ctx.require("CNV-026", "each comes", judged.clone());
            ctx.require("CNV-039", "in order", judged);
        }
        ctx.require("CNV-026", "once", session.is_quiet());
    }
    alice.cursor.set(1);
    let mut one = open(ctx, &alice)?;
    for entry in [&said.own, &change.own, &last.own] {
        ctx.require("CNV-026", "the sender has its places", one.gets(entry));
    }
    let mut outsider = open(ctx, &eve)?;
    isolated(ctx, &mut one, &mut outsider)
}

fn row_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let payloads: Vec<Vec<u8>> = (0..12).map(|_| talk.message()).collect();
    let first = alice.client_seq.get().saturating_add(1);
    for payload in &payloads {
        one.post(talk.id, payload);
    }
    one.accepted(first)?;
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    alice.cursor.set(1);
    let mut one = open(ctx, &alice)?;
    for (client_seq, payload) in (first..).zip(&payloads) {
        one.post_again(client_seq, talk.id, payload, &[]);
    }
    let outcomes = one.outcomes(payloads.len());
    let expected: Vec<Seen> = (first..).take(payloads.len()).map(Seen::Accepted).collect();
    ctx.require("CNV-024", "repeated, all are accepted", expect_eq(&expected, &outcomes));
    let said: Vec<_> = (first..).zip(&payloads).map(|(number, payload)| talk.said(number, payload)).collect();
    for device in [&bob, &carol] {
        device.cursor.set(1);
        let mut session = open(ctx, device)?;
        for said in &said {
            let judged = session.gets(&said.message);
            ctx.require("CNV-026", "each comes", judged.clone());
            ctx.require("CNV-006", "without a hole", judged);
        }
        ctx.require("CNV-026", "once", session.is_quiet());
    }
    for said in &said {
        ctx.require("CNV-006", "its sender has every place", one.gets(&said.own));
    }
    Ok(())
}

fn long_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let ([mut one, two], _) = gather(ctx, [&alice, &bob])?;
    drop(two);
    let talk = Talk::group(ctx, &alice, "group");
    let piece: Vec<u8> = (0..61_440_u32).map(|at| u8::try_from(at % 251).unwrap_or_default()).collect();
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::stage(client_seq, part::WELCOME, 0, &piece)]);
    let origin = talk::origin(&talk.origin.octets());
    let commit = talk.commit(&[bob.id], &[]);
    one.commit_again(client_seq, talk.id, (&commit, b"the end"), &origin);
    one.accepted(client_seq)?;
    kill(ctx, &[&alice, &bob])?;
    let mut two = open(ctx, &bob)?;
    let parts: Vec<(Vec<u8>, Option<u64>)> = two
        .items(2)
        .into_iter()
        .filter_map(|seen| match seen {
            Seen::Entry { entry, .. } => Some((entry.payload.0, entry.left)),
            _ => None,
        })
        .collect();
    let expected = vec![(piece, Some(7)), (b"the end".to_vec(), None)];
    let judged = expect_eq(&true, &(expected == parts));
    ctx.require("CNV-030", "both parts come", judged.clone());
    ctx.require("CNV-026", "after the kill", judged);
    Ok(())
}

fn list_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, lists } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let list = relist(ctx, &mut one, &before, &[&alice])?;
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    let entry = talk.listed(&list.octets);
    for device in [&alice, &bob, &carol] {
        device.cursor.set(1);
        let mut session = open(ctx, device)?;
        let judged = session.gets(&entry);
        ctx.require("CNV-029", "the list comes", judged.clone());
        ctx.require("CNV-026", "once", judged.and_then(|()| session.is_quiet()));
    }
    Ok(())
}

fn state_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let change = one.changes(&talk, &[], &[carol.id])?;
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    alice.cursor.set(1);
    bob.cursor.set(1);
    carol.cursor.set(1);
    let (mut one, mut two, mut three) = (open(ctx, &alice)?, open(ctx, &bob)?, open(ctx, &carol)?);
    ctx.require(
        "CNV-040",
        "the commit comes",
        two.gets(&change.commit).and_then(|()| three.gets(&change.commit)),
    );
    let client_seq = two.commit(talk.id, &talk.commit_of(1, &Delta::of(&[], &[])).octets(), &[]);
    let judged = refused(&mut two, client_seq, Code::STALE_EPOCH);
    ctx.require("CNV-001", "the epoch before is over", judged.clone());
    ctx.require("CNV-040", "as it was before the kill", judged);
    let client_seq = three.post(talk.id, &talk.message());
    let judged = refused(&mut three, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-016", "the removed one is out", judged);
    let seen = one.item();
    ctx.require("CNV-040", "the committer has its place", {
        let is_own = matches!(&seen, Seen::Entry { entry, .. } if **entry == change.own);
        expect_eq(&true, &is_own)
    });
    let next = two.changes(&talk, &[], &[])?;
    ctx.require("CNV-040", "the next epoch's commit is taken, with the next number", one.gets(&next.commit));
    ctx.require("CNV-016", "and does not come to the removed one", three.is_quiet());
    Ok(())
}

fn outcomes_survive(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let (payload, commit, stale) = (talk.message(), talk.commit(&[], &[]), talk.message_of(9).octets());
    let numbers = [one.post(talk.id, &payload), one.commit(talk.id, &commit, &[]), one.post(talk.id, &stale)];
    let [post, number, refusal] = numbers;
    let expected =
        vec![Seen::Accepted(post), Seen::Accepted(number), Seen::Refused(refusal, Code::STALE_EPOCH)];
    let outcomes = one.outcomes(3);
    ctx.control("each has its outcome", expect_eq(&expected, &outcomes))?;
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    alice.cursor.set(3);
    let mut one = open(ctx, &alice)?;
    one.post_again(post, talk.id, &payload, &[]);
    one.commit_again(number, talk.id, (&commit, &[]), &[]);
    one.post_again(refusal, talk.id, &stale, &[]);
    let outcomes = one.outcomes(3);
    ctx.require("CNV-024", "repeated they are the same", expect_eq(&expected, &outcomes));
    one.post_again(number, talk.id, &payload, &[]);
    let seen = one.outcome();
    let judged = is_error(Code::IDEMPOTENCY_CONFLICT, talk::kind::POST, number, &seen);
    ctx.require("CNV-025", "another body is a conflict", judged);
    bob.cursor.set(1);
    let mut two = open(ctx, &bob)?;
    let (said, change) = (talk.said(post, &payload), talk.committed(number, &commit, &[]));
    ctx.require("CNV-024", "each comes", two.gets(&said.message).and_then(|()| two.gets(&change.commit)));
    ctx.require("CNV-024", "once", two.is_quiet());
    Ok(())
}

fn refused_survives(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let commit = talk.commit_of(0, &Delta::of(&[eve.id], &[])).octets();
    let client_seq = one.commit(talk.id, &commit, &talk.welcome());
    ctx.control("a stale one is refused", refused(&mut one, client_seq, Code::STALE_EPOCH))?;
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    for device in [&bob, &carol] {
        device.cursor.set(1);
        let mut session = open(ctx, device)?;
        ctx.require("CNV-009", "nothing of it comes", session.is_quiet());
    }
    let mut outsider = open(ctx, &eve)?;
    ctx.require("CNV-009", "nor its Welcome", outsider.is_quiet());
    alice.cursor.set(1);
    let mut one = open(ctx, &alice)?;
    let change = one.changes(&talk, &[eve.id], &[])?;
    ctx.require("CNV-040", "the epoch is where it was", outsider.gets(&change.welcome));
    Ok(())
}

fn staged_killed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, two, three], outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop((two, three, outsider));
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::stage(client_seq, part::COMMIT, 0, b"never")]);
    ctx.control("it is staged", one.is_alive())?;
    kill(ctx, &[&alice, &bob, &carol, &eve])?;
    alice.cursor.set(1);
    let mut one = open(ctx, &alice)?;
    let commit = talk.commit(&[], &[]);
    one.commit_again(client_seq, talk.id, (&commit, &[]), &[]);
    let seen = one.outcome();
    ctx.require("CNV-053", "the COMMIT is whole by itself", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &[]);
    bob.cursor.set(1);
    let mut two = open(ctx, &bob)?;
    ctx.require("CNV-026", "and comes", two.gets(&change.commit));
    Ok(())
}
