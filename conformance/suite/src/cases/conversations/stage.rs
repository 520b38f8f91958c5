//! Commits and Welcomes that are longer than a frame.

use super::{Circle, begin, four, gather, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::cases::words::open;
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::mls::Delta;
use crate::peer::seen::{Entry, Payload};
use crate::peer::talk::{self, part};
use crate::peer::{Code, Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-030/1",
            "a commit of entry_part_len octets comes as one item, one octet longer as two",
            &["CNV-030", "CNV-031", "CNV-033"],
            at_the_part,
        ),
        of_conversations(
            "CNV-030/2",
            "a Welcome of several items comes as it was handed in, its parts in neighbouring items",
            &["CNV-030", "CNV-031", "CNV-008", "CNV-033"],
            long_welcome,
        ),
        of_conversations(
            "CNV-030/3",
            "a commit of several items comes also to the next session of a device that was away",
            &["CNV-030", "CNV-007", "CNV-033"],
            long_away,
        ),
        of_conversations(
            "CNV-031/1",
            "pieces of commit and Welcome, by turns, are the beginning of each",
            &["CNV-031", "CNV-054", "CNV-033"],
            by_turns,
        ),
        of_conversations(
            "CNV-031/2",
            "a conversation begins with a commit and a Welcome that were staged",
            &["CNV-031", "CNV-003", "CNV-033"],
            staged_first,
        ),
        of_conversations(
            "CNV-031/3",
            "the envelope is judged whole: what was staged and the COMMIT's octets",
            &["CNV-031", "CNV-017", "CNV-033"],
            judged_whole,
        ),
        of_conversations(
            "CNV-024/6",
            "a staged commit that is handed in again in one piece is the same body",
            &["CNV-024", "CNV-031", "CNV-033"],
            same_body,
        ),
    ]
}

/// Longest piece of a frame.
pub(super) const PIECE: usize = 61_440;

/// Stages all but the last octets of a commit or a Welcome, and gives those.
pub(super) fn staged<'o>(
    session: &mut Session<'_>,
    client_seq: u64,
    which: u8,
    octets: &'o [u8],
    last_len: usize,
) -> &'o [u8] {
    let (front, last) = octets.split_at(octets.len().saturating_sub(last_len));
    let mut offset = 0_u64;
    for piece in front.chunks(PIECE) {
        session.say(&[&talk::stage(client_seq, which, offset, piece)]);
        offset = offset.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    }
    last
}

/// A commit of so many octets.
fn commit_of_len(talk: &Talk, delta: &Delta, len: usize) -> Vec<u8> {
    let mut envelope = talk.commit_of(talk.epoch.get(), delta);
    envelope.ciphertext.clear();
    let least = envelope.octets().len();
    // The length of the ciphertext takes four octets in place of one.
    envelope.ciphertext = (0..len.saturating_sub(least).saturating_sub(3)).map(ramp).collect();
    envelope.octets()
}

/// Octets that tell a piece from another.
fn ramp(at: usize) -> u8 {
    u8::try_from(at % 251).unwrap_or_default()
}

/// Hears an entry in its parts: together the octets, each part's `left` what follows.
fn hears_parts(session: &mut Session<'_>, whole: &Entry, part_len: usize) -> Judged {
    let count = whole.payload.0.len().div_ceil(part_len).max(1);
    let mut left = whole.payload.0.len();
    let mut numbers = Vec::new();
    let mut chunks = whole.payload.0.chunks(part_len);
    for _ in 0..count {
        let piece = chunks.next().unwrap_or_default();
        left = left.saturating_sub(piece.len());
        let wanted = Entry {
            payload: Payload::from(piece),
            left: u64::try_from(left).ok().filter(|left| *left > 0),
            ..whole.clone()
        };
        let seen = session.item();
        numbers.extend(seen.mailbox_seq());
        match seen {
            Seen::Entry { entry, .. } => expect_eq(&wanted, &*entry)?,
            other => expect_eq(&format!("{wanted:?}"), &format!("{other:?}"))?,
        }
    }
    let first = numbers.first().copied().unwrap_or_default();
    let neighbours: Vec<u64> = (first..).take(count).collect();
    expect_eq(&neighbours, &numbers)
}

fn part_len() -> usize {
    let limit = pinnace_spec::limits().ok().and_then(|limits| limits.named("entry_part_len"));
    limit.and_then(|limit| usize::try_from(limit.default).ok()).unwrap_or(PIECE)
}

fn at_the_part(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let part_len = part_len();
    for len in [part_len.saturating_sub(1), part_len, part_len.saturating_add(1)] {
        let commit = commit_of_len(&talk, &Delta::of(&[], &[]), len);
        ctx.control("the commit has its length", expect_eq(&len, &commit.len()))?;
        let client_seq = alice.next_client_seq();
        let last = staged(&mut one, client_seq, part::COMMIT, &commit, 1_000).to_vec();
        one.commit_again(client_seq, talk.id, (&last, &[]), &[]);
        let seen = one.outcome();
        ctx.require("CNV-031", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
        let change = talk.committed(client_seq, &commit, &[]);
        ctx.control("its place comes", one.gets(&change.own))?;
        for session in [&mut two, &mut three] {
            ctx.require("CNV-030", "it comes in its parts", hears_parts(session, &change.commit, part_len));
        }
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn long_welcome(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth], _) = gather(ctx, [&x])?;
    let (commit, welcome) = (talk.commit(&[x.id], &[]), (0..3 * PIECE + 77).map(ramp).collect::<Vec<u8>>());
    let client_seq = alice.next_client_seq();
    let last = staged(&mut one, client_seq, part::WELCOME, &welcome, 77).to_vec();
    one.commit_again(client_seq, talk.id, (&commit, &last), &[]);
    let seen = one.outcome();
    ctx.require("CNV-031", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &welcome);
    let judged = hears_parts(&mut fourth, &change.welcome, part_len());
    ctx.require("CNV-030", "each part tells what is left", judged.clone());
    ctx.require("CNV-008", "together they are the Welcome", judged);
    ctx.require("CNV-030", "the commit is one item", two.gets(&change.commit));
    isolated(ctx, &mut one, &mut outsider)
}

fn long_away(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop(three);
    let commit = commit_of_len(&talk, &Delta::of(&[], &[]), 2 * PIECE + 5);
    let client_seq = alice.next_client_seq();
    let last = staged(&mut one, client_seq, part::COMMIT, &commit, 500).to_vec();
    one.commit_again(client_seq, talk.id, (&last, &[]), &[]);
    one.accepted(client_seq)?;
    let change = talk.committed(client_seq, &commit, &[]);
    let said = two.says(&talk)?;
    carol.cursor.set(1);
    let mut back = open(ctx, &carol)?;
    let judged = hears_parts(&mut back, &change.commit, part_len());
    ctx.require("CNV-030", "its parts come", judged.clone());
    ctx.require("CNV-007", "and are the commit", judged.and_then(|()| back.gets(&said.message)));
    isolated(ctx, &mut one, &mut outsider)
}

fn by_turns(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth], _) = gather(ctx, [&x])?;
    let (commit, welcome) = (talk.commit(&[x.id], &[]), talk.welcome());
    let client_seq = alice.next_client_seq();
    let pieces = |octets: &[u8]| -> Vec<Vec<u8>> { octets.chunks(20).map(<[u8]>::to_vec).collect() };
    let (of_commit, of_welcome) = (pieces(&commit), pieces(&welcome));
    let mut offset = 0;
    for at in 0..3_usize {
        for (which, of) in [(part::WELCOME, &of_welcome), (part::COMMIT, &of_commit)] {
            let piece = of.get(at).map(Vec::as_slice).unwrap_or_default();
            one.say(&[&talk::stage(client_seq, which, offset, piece)]);
        }
        offset = offset.saturating_add(20);
    }
    ctx.require("CNV-054", "pieces that follow are not answered", one.is_quiet());
    let rest = |octets: &[u8]| octets.get(60..).unwrap_or_default().to_vec();
    one.commit_again(client_seq, talk.id, (&rest(&commit), &rest(&welcome)), &[]);
    let seen = one.outcome();
    ctx.require("CNV-031", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &welcome);
    ctx.require("CNV-031", "the commit is whole", two.gets(&change.commit));
    ctx.require("CNV-031", "and the Welcome", fourth.gets(&change.welcome));
    isolated(ctx, &mut one, &mut outsider)
}

fn staged_first(ctx: &Ctx) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let talk = Talk::group(ctx, &alice, "group");
    let commit = commit_of_len(&talk, &Delta::of(&[bob.id], &[]), PIECE + 9);
    let welcome: Vec<u8> = (0..PIECE + 99).map(ramp).collect();
    let client_seq = alice.next_client_seq();
    let commit_rest = staged(&mut one, client_seq, part::COMMIT, &commit, 1).to_vec();
    let welcome_rest = staged(&mut one, client_seq, part::WELCOME, &welcome, 0).to_vec();
    let origin = talk::origin(&talk.origin.octets());
    one.commit_again(client_seq, talk.id, (&commit_rest, &welcome_rest), &origin);
    let seen = one.outcome();
    ctx.require("CNV-003", "it begins", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &welcome);
    let judged = hears_parts(&mut two, &change.welcome, part_len());
    ctx.require("CNV-031", "with the Welcome that was staged whole", judged);
    isolated(ctx, &mut one, &mut outsider)
}

fn judged_whole(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let commit = talk.commit(&[], &[]);
    // A sound commit behind one octet of another.
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::stage(client_seq, part::COMMIT, 0, &[0])]);
    one.commit_again(client_seq, talk.id, (&commit, &[]), &[]);
    let judged = refused(&mut one, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-017", "what was staged belongs to it", judged);
    let client_seq = alice.next_client_seq();
    let last = staged(&mut one, client_seq, part::COMMIT, &commit, 1).to_vec();
    one.commit_again(client_seq, talk.id, (&last, &[]), &[]);
    let seen = one.outcome();
    ctx.require(
        "CNV-031",
        "the last octet alone is no envelope",
        expect_eq(&Seen::Accepted(client_seq), &seen),
    );
    let change = talk.committed(client_seq, &commit, &[]);
    for session in [&mut two, &mut three] {
        ctx.require("CNV-031", "it comes whole", session.gets(&change.commit));
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn same_body(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let commit = talk.commit(&[], &[]);
    let client_seq = alice.next_client_seq();
    let last = staged(&mut one, client_seq, part::COMMIT, &commit, 7).to_vec();
    one.commit_again(client_seq, talk.id, (&last, &[]), &[]);
    let seen = one.outcome();
    ctx.require("CNV-031", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    one.commit_again(client_seq, talk.id, (&commit, &[]), &[]);
    let seen = one.outcome();
    ctx.require("CNV-024", "in one piece, too", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &[]);
    ctx.control("its place comes", one.gets(&change.own))?;
    for session in [&mut two, &mut three] {
        ctx.control("the others hear of it", session.gets(&change.commit))?;
    }
    goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
