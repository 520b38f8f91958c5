//! Conversations side by side.

use super::{Circle, begin, four, gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::mls::Delta;
use crate::peer::seen::Entry;
use crate::peer::{Code, Device, Seen, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-006/5",
            "two conversations of the same devices have numbers of their own",
            &["CNV-006", "CNV-033"],
            two_talks,
        ),
        of_conversations(
            "CNV-033/1",
            "a commit of one conversation moves no epoch of another",
            &["CNV-033", "CNV-001"],
            two_epochs,
        ),
        of_conversations(
            "CNV-033/2",
            "who is in one conversation hears nothing of another of the same people",
            &["CNV-033", "CNV-015"],
            inner_circle,
        ),
        of_conversations(
            "CNV-033/3",
            "a device of a member's account that is not in it hears nothing",
            &["CNV-033", "CNV-015"],
            account_outside,
        ),
        of_conversations(
            "CNV-017/7",
            "a message of one conversation under the alias of another is ENVELOPE_INVALID",
            &["CNV-017", "CNV-033"],
            crossed,
        ),
    ]
}

fn two_talks(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let other = Talk::group(ctx, &alice, "other");
    let begun = one.begins(&other, &[bob.id, carol.id])?;
    let mut wanted: Vec<Entry> = vec![begun.welcome];
    for _ in 0..3 {
        wanted.push(one.says(&talk)?.message);
        wanted.push(one.says(&other)?.message);
        wanted.push(one.changes(&other, &[], &[])?.commit);
    }
    for session in [&mut two, &mut three] {
        for entry in &wanted {
            ctx.require("CNV-006", "each is numbered in its conversation", session.gets(entry));
        }
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn two_epochs(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let other = Talk::group(ctx, &alice, "other");
    let begun = one.begins(&other, &[bob.id, carol.id])?;
    let moved = one.changes(&other, &[], &[])?;
    let change = two.changes(&talk, &[], &[])?;
    for entry in [&begun.welcome, &moved.commit, &change.commit] {
        ctx.require("CNV-033", "each goes its own way", three.gets(entry));
    }
    let client_seq = two.commit(other.id, &other.commit_of(1, &Delta::of(&[], &[])).octets(), &[]);
    let judged = refused(&mut two, client_seq, Code::STALE_EPOCH);
    ctx.require("CNV-001", "the epoch of one is none of the other", judged);
    isolated(ctx, &mut one, &mut outsider)
}

fn inner_circle(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = people(ctx, ["alice", "bob", "carol", "eve"])?;
    let ([mut one, mut two, mut three, mut outsider], _) = gather(ctx, [&alice, &bob, &carol, &eve])?;
    let (all, inner) = (Talk::group(ctx, &alice, "all"), Talk::group(ctx, &alice, "inner"));
    let begun = one.begins(&all, &[bob.id, carol.id])?;
    ctx.control("all are in one", two.gets(&begun.welcome).and_then(|()| three.gets(&begun.welcome)))?;
    let begun = one.begins(&inner, &[bob.id])?;
    ctx.control("two in the other", two.gets(&begun.welcome))?;
    let (said, change) = (two.says(&inner)?, two.changes(&inner, &[], &[])?);
    two.whisper(inner.id, b"typing");
    let seen = one.next_where(|seen| matches!(seen, Seen::Whisper { .. }));
    let is_heard = matches!(seen, Seen::Whisper { .. });
    ctx.control("the other one of the two hears it", expect_eq(&true, &is_heard))?;
    drop((said, change));
    ctx.require("CNV-033", "the third hears nothing of it", three.is_quiet());
    let client_seq = three.post(inner.id, &inner.message());
    let judged = refused(&mut three, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-015", "and may not write to it", judged);
    let said = three.says(&all)?;
    ctx.require("CNV-033", "in the one with all it may", three.gets(&said.own));
    isolated(ctx, &mut one, &mut outsider)
}

fn crossed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let other = Talk::group(ctx, &alice, "other");
    let begun = one.begins(&other, &[bob.id])?;
    ctx.control("its Welcome comes", two.gets(&begun.welcome))?;
    ctx.control("its creator has its place", one.gets(&begun.own))?;
    let client_seq = one.post(talk.id, &other.message());
    let judged = refused(&mut one, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-017", "it is refused", judged);
    super::goes_on(ctx, "CNV-017", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn account_outside(ctx: &Ctx) -> CaseResult {
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&alice, &second, &bob, &eve])?;
    let ([mut one, mut two, mut other, mut outsider], _) = gather(ctx, [&alice, &bob, &second, &eve])?;
    let talk = Talk::group(ctx, &alice, "group");
    let begun = one.begins(&talk, &[bob.id])?;
    let (said, change) = (one.says(&talk)?, two.changes(&talk, &[], &[])?);
    two.whisper(talk.id, b"typing");
    ctx.control("bob hears of it", two.gets(&begun.welcome).and_then(|()| two.gets(&said.message)))?;
    for entry in [&begun.own, &said.own, &change.commit] {
        ctx.control("alice, too", one.gets(entry))?;
    }
    ctx.require("CNV-033", "her other device does not", other.is_quiet());
    let client_seq = other.post(talk.id, &talk.message());
    let judged = refused(&mut other, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-015", "and may not write to it", judged);
    let mut again = crate::cases::words::open(ctx, &second)?;
    ctx.require("CNV-033", "nor is there anything in its next session", again.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}
