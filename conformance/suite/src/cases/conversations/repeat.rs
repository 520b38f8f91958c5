//! Numbers that are used again.

use super::{Circle, begin, four, gather, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::cases::words::{is_error, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Seen, Talk, say, talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-024/1",
            "a message that is handed in again is accepted again, and comes once",
            &["CNV-024", "CNV-033"],
            message_again,
        ),
        of_conversations(
            "CNV-024/2",
            "a commit that is handed in again is accepted again, in its epoch or in a later one",
            &["CNV-024", "CNV-033"],
            commit_again,
        ),
        of_conversations(
            "CNV-024/3",
            "what was refused is refused alike when it is handed in again, though it would be taken now",
            &["CNV-024", "CNV-033"],
            refused_again,
        ),
        of_conversations(
            "CNV-024/4",
            "what was accepted is accepted again in the next session",
            &["CNV-024", "SES-009", "CNV-033"],
            reconnected,
        ),
        of_conversations(
            "CNV-024/5",
            "a first commit that is handed in again is accepted again",
            &["CNV-024", "CNV-003", "CNV-033"],
            first_again,
        ),
        of_conversations(
            "CNV-024/7",
            "a message that is handed in again after its sender was removed is accepted again",
            &["CNV-024", "CNV-016", "CNV-033"],
            after_removal,
        ),
        of_conversations(
            "CNV-024/8",
            "SENDs, POSTs and COMMITs have one row of numbers: one left out is SEQ_GAP",
            &["CNV-024", "DLV-005", "CNV-033"],
            one_row,
        ),
        of_conversations(
            "CNV-025/20",
            "a number that was voided is no message's any more",
            &["CNV-025", "DLV-020", "CNV-033"],
            voided,
        ),
    ]
}

fn message_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let payload = talk.message();
    let client_seq = one.post(talk.id, &payload);
    for _ in 0..3 {
        one.post_again(client_seq, talk.id, &payload, &[]);
    }
    let outcomes = one.outcomes(4);
    ctx.require("CNV-024", "each is accepted", expect_eq(&vec![Seen::Accepted(client_seq); 4], &outcomes));
    let said = talk.said(client_seq, &payload);
    ctx.require("CNV-024", "its place comes", one.gets(&said.own));
    for session in [&mut two, &mut three] {
        ctx.require("CNV-024", "it comes", session.gets(&said.message));
    }
    goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn commit_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth], _) = gather(ctx, [&x])?;
    let (commit, welcome) = (talk.commit(&[x.id], &[]), talk.welcome());
    let client_seq = one.commit(talk.id, &commit, &welcome);
    one.commit_again(client_seq, talk.id, (&commit, &welcome), &[]);
    let outcomes = one.outcomes(2);
    let expected = vec![Seen::Accepted(client_seq); 2];
    ctx.require("CNV-024", "both are accepted", expect_eq(&expected, &outcomes));
    let change = talk.committed(client_seq, &commit, &welcome);
    let next = two.changes(&talk, &[], &[])?;
    one.commit_again(client_seq, talk.id, (&commit, &welcome), &[]);
    let seen = one.outcome();
    let judged = expect_eq(&Seen::Accepted(client_seq), &seen);
    ctx.require("CNV-024", "also when the epoch is over", judged);
    for (session, entries) in [
        (&mut one, [&change.own, &next.commit]),
        (&mut two, [&change.commit, &next.own]),
        (&mut three, [&change.commit, &next.commit]),
        (&mut fourth, [&change.welcome, &next.commit]),
    ] {
        for entry in entries {
            ctx.require("CNV-024", "each entry comes once", session.gets(entry));
        }
    }
    goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two, &mut three, &mut fourth])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn refused_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    // Of the epoch to come.
    let payload = talk.message_of(2).octets();
    let client_seq = one.post(talk.id, &payload);
    ctx.control("it is refused", refused(&mut one, client_seq, Code::STALE_EPOCH))?;
    let change = two.changes(&talk, &[], &[])?;
    ctx.control("the epoch comes", one.gets(&change.commit))?;
    ctx.control("for all", two.gets(&change.own).and_then(|()| three.gets(&change.commit)))?;
    one.post_again(client_seq, talk.id, &payload, &[]);
    let judged = refused(&mut one, client_seq, Code::STALE_EPOCH);
    ctx.require("CNV-024", "its number is refused for good", judged);
    let next = one.post(talk.id, &payload);
    let seen = one.outcome();
    ctx.require("CNV-024", "under the next one it is taken", expect_eq(&Seen::Accepted(next), &seen));
    let said = talk.said(next, &payload);
    ctx.require("CNV-024", "and comes", two.gets(&said.message).and_then(|()| three.gets(&said.message)));
    isolated(ctx, &mut one, &mut outsider)
}

fn reconnected(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (payload, commit) = (talk.message(), talk.commit(&[], &[]));
    let post = one.post(talk.id, &payload);
    one.accepted(post)?;
    let said = talk.said(post, &payload);
    let number = one.commit(talk.id, &commit, &[]);
    one.accepted(number)?;
    let change = talk.committed(number, &commit, &[]);
    alice.cursor.set(1);
    let mut one = open(ctx, &alice)?;
    ctx.require("SES-009", "both are handled", expect_eq(&number, &one.welcome().handled));
    one.post_again(post, talk.id, &payload, &[]);
    one.commit_again(number, talk.id, (&commit, &[]), &[]);
    let expected = vec![Seen::Accepted(post), Seen::Accepted(number)];
    let outcomes = one.outcomes(2);
    ctx.require("CNV-024", "both are accepted again", expect_eq(&expected, &outcomes));
    for entry in [&said.own, &change.own] {
        ctx.require("CNV-024", "their places come", one.gets(entry));
    }
    for session in [&mut two, &mut three] {
        for entry in [&said.message, &change.commit] {
            ctx.require("CNV-024", "each comes", session.gets(entry));
        }
    }
    goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn first_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let talk = Talk::group(ctx, &alice, "group");
    let (commit, welcome) = (talk.commit(&[bob.id], &[]), talk.welcome());
    let client_seq = one.create(&talk, &commit, &welcome);
    let extension = talk::origin(&talk.origin.octets());
    one.commit_again(client_seq, talk.id, (&commit, &welcome), &extension);
    let outcomes = one.outcomes(2);
    let expected = vec![Seen::Accepted(client_seq); 2];
    ctx.require("CNV-024", "both are accepted", expect_eq(&expected, &outcomes));
    let change = talk.committed(client_seq, &commit, &welcome);
    ctx.require("CNV-003", "it began once", two.gets(&change.welcome));
    ctx.control("its creator has its place", one.gets(&change.own))?;
    goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn after_removal(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let payload = talk.message();
    let client_seq = three.post(talk.id, &payload);
    three.accepted(client_seq)?;
    let said = talk.said(client_seq, &payload);
    let change = one.changes(&talk, &[], &[carol.id])?;
    three.post_again(client_seq, talk.id, &payload, &[]);
    let seen = three.outcome();
    ctx.require("CNV-024", "its number was accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    ctx.control("it came", two.gets(&said.message))?;
    ctx.control("then the commit", two.gets(&change.commit))?;
    ctx.control("the sender hears of both", one.gets(&said.message).and_then(|()| one.gets(&change.own)))?;
    goes_on(ctx, "CNV-016", &talk, &mut one, &mut [&mut two])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn one_row(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let next = alice.client_seq.get().saturating_add(1);
    let (payload, commit) = (talk.message(), talk.commit(&[], &[]));
    one.post_again(next.saturating_add(1), talk.id, &payload, &[]);
    let seen = one.outcome();
    let judged = is_error(Code::SEQ_GAP, talk::kind::POST, next.saturating_add(1), &seen);
    ctx.require("DLV-005", "a message that leaves one out", judged);
    one.commit_again(next.saturating_add(1), talk.id, (&commit, &[]), &[]);
    let seen = one.outcome();
    let judged = is_error(Code::SEQ_GAP, talk::kind::COMMIT, next.saturating_add(1), &seen);
    ctx.require("DLV-005", "a commit that leaves one out", judged);
    one.deliver(bob.id, b"between")?;
    ctx.control("a SEND takes the number", two.hears(b"between"))?;
    goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn voided(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = alice.next_client_seq();
    one.say(&[&say::void(client_seq)]);
    let seen = one.outcome();
    ctx.control("it is voided", expect_eq(&Seen::Voided(client_seq), &seen))?;
    one.post_again(client_seq, talk.id, &talk.message(), &[]);
    let seen = one.outcome();
    let judged = is_error(Code::IDEMPOTENCY_CONFLICT, talk::kind::POST, client_seq, &seen);
    ctx.require("CNV-025", "a message under it is a conflict", judged);
    goes_on(ctx, "DLV-020", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
