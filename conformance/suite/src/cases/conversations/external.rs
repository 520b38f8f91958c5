//! Devices that come in by a commit of their own.

use super::{gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::conversation::Change;
use crate::peer::mls::Delta;
use crate::peer::{Code, Device, Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-023/1",
            "a device joins by itself where its account has another one",
            &["CNV-023", "CNV-007", "CNV-012", "CNV-033"],
            joins,
        ),
        of_conversations(
            "CNV-023/2",
            "who joined by itself does not get messages of epochs before",
            &["CNV-023", "CNV-011", "CNV-033"],
            reads_on,
        ),
        of_conversations(
            "CNV-023/5",
            "a device that was removed may come back by itself while its account has another one",
            &["CNV-023", "CNV-016", "CNV-033"],
            comes_back,
        ),
        of_conversations(
            "CNV-037/1",
            "a device of the roster comes in anew by itself",
            &["CNV-037", "CNV-023", "CNV-011", "CNV-033"],
            anew,
        ),
        of_conversations(
            "CNV-002/6",
            "of a member's commit and one by which a device joins, of one epoch, one is accepted",
            &["CNV-002", "CNV-009", "CNV-033"],
            races,
        ),
    ]
}

/// Alice's three devices, bob, eve. The first two and bob are in the group, the third has a list that names it.
pub(super) struct Cast {
    pub(super) alice: Device,
    pub(super) second: Device,
    pub(super) third: Device,
    pub(super) bob: Device,
    pub(super) eve: Device,
}

pub(super) fn cast(ctx: &Ctx) -> Result<Cast, Halt> {
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Device::new(ctx, name));
    let [second, third] = ["second", "third"].map(|name| Device::sibling(ctx, name, &alice));
    register(ctx, &[&alice, &second, &third, &bob, &eve])?;
    Ok(Cast { alice, second, third, bob, eve })
}

/// A group of alice's first device and bob, with her second and third at hand.
pub(super) struct Stage<'a> {
    pub(super) talk: Talk,
    pub(super) one: Session<'a>,
    pub(super) two: Session<'a>,
    pub(super) second: Session<'a>,
    pub(super) third: Session<'a>,
    pub(super) outsider: Session<'a>,
}

pub(super) fn set<'a>(ctx: &'a Ctx, cast: &'a Cast) -> Result<Stage<'a>, Halt> {
    let Cast { alice, second, third, bob, eve } = cast;
    let ([mut one, mut two, second, third, outsider], _) = gather(ctx, [alice, bob, second, third, eve])?;
    let talk = Talk::group(ctx, alice, "group");
    let begun = one.begins(&talk, &[bob.id])?;
    ctx.control("it begins", one.gets(&begun.own))?;
    ctx.control("for both", two.gets(&begun.welcome))?;
    Ok(Stage { talk, one, two, second, third, outsider })
}

/// Joins by itself, where that has to go well.
pub(super) fn join(talk: &Talk, session: &mut Session<'_>) -> Result<Change, Halt> {
    let commit = talk.external(&Delta::of(&[session.device.id], &[])).octets();
    let client_seq = session.commit(talk.id, &commit, &[]);
    session.accepted(client_seq)?;
    Ok(talk.committed(client_seq, &commit, &[]))
}

fn joins(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut third, mut outsider } = set(ctx, &cast)?;
    let commit = talk.external(&Delta::of(&[cast.second.id], &[])).octets();
    let client_seq = second.commit(talk.id, &commit, &[]);
    let seen = second.outcome();
    ctx.require("CNV-023", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &[]);
    for session in [&mut one, &mut two] {
        ctx.require("CNV-007", "the others get the commit", session.gets(&change.commit));
    }
    ctx.require("CNV-012", "the new one gets its place", second.gets(&change.own));
    let said = second.says(&talk)?;
    ctx.require("CNV-023", "it may write", one.gets(&said.message));
    ctx.control("its place comes", second.gets(&said.own))?;
    let said = two.says(&talk)?;
    ctx.require("CNV-023", "and reads", second.gets(&said.message));
    let change = second.changes(&talk, &[], &[])?;
    ctx.require("CNV-023", "and commits", second.gets(&change.own));
    ctx.require("CNV-023", "the account's third device hears nothing", third.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn reads_on(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut outsider, .. } = set(ctx, &cast)?;
    one.says(&talk)?;
    let change = join(&talk, &mut second)?;
    let old = talk.message_of(1).octets();
    let client_seq = two.post(talk.id, &old);
    two.accepted(client_seq)?;
    talk.said(client_seq, &old);
    let said = two.says(&talk)?;
    ctx.require("CNV-023", "its place comes first", second.gets(&change.own));
    ctx.require("CNV-011", "then what is of its epoch", second.gets(&said.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn comes_back(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut outsider, .. } = set(ctx, &cast)?;
    let change = one.changes(&talk, &[cast.second.id], &[])?;
    ctx.control("the second device is in", second.gets(&change.welcome))?;
    let out = two.changes(&talk, &[], &[cast.second.id])?;
    ctx.control("and out", second.gets(&out.commit))?;
    two.says(&talk)?;
    let back = join(&talk, &mut second)?;
    ctx.require("CNV-016", "between them it gets nothing", second.gets(&back.own));
    let said = two.says(&talk)?;
    ctx.require("CNV-023", "then it is in it again", second.gets(&said.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn anew(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut outsider, .. } = set(ctx, &cast)?;
    let commit = talk.external(&Delta::of(&[cast.bob.id], &[])).octets();
    let client_seq = two.commit(talk.id, &commit, &[]);
    let seen = two.outcome();
    ctx.require("CNV-037", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let change = talk.committed(client_seq, &commit, &[]);
    ctx.require("CNV-023", "the others get the commit", one.gets(&change.commit));
    ctx.require("CNV-037", "it gets its place", two.gets(&change.own));
    let old = talk.message_of(1).octets();
    let client_seq = one.post(talk.id, &old);
    one.accepted(client_seq)?;
    let old = talk.said(client_seq, &old);
    ctx.control("its sender has its place", one.gets(&old.own))?;
    let said = one.says(&talk)?;
    ctx.require("CNV-011", "no message of an earlier epoch reaches it", two.gets(&said.message));
    let client_seq = two.post(talk.id, &talk.message_of(1).octets());
    let judged = refused(&mut two, client_seq, Code::STALE_EPOCH);
    ctx.require("CNV-037", "nor may it write one", judged);
    let said = two.says(&talk)?;
    ctx.require("CNV-037", "in the new epoch it may", two.gets(&said.own));
    isolated(ctx, &mut one, &mut outsider)
}

fn races(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut outsider, .. } = set(ctx, &cast)?;
    let (inner, outer) = (talk.commit(&[], &[]), talk.external(&Delta::of(&[cast.second.id], &[])).octets());
    let of_member = two.commit(talk.id, &inner, &[]);
    let of_joiner = second.commit(talk.id, &outer, &[]);
    let outcomes = (two.outcome(), second.outcome());
    let (client_seq, commit) = match outcomes {
        (Seen::Accepted(_), Seen::Refused(_, Code::STALE_EPOCH)) => (of_member, inner),
        (Seen::Refused(_, Code::STALE_EPOCH), Seen::Accepted(_)) => (of_joiner, outer),
        ref other => {
            ctx.require(
                "CNV-002",
                "one is accepted",
                expect_eq(&"one accepted", &format!("{other:?}").as_str()),
            );
            return Ok(());
        }
    };
    ctx.require("CNV-002", "one is accepted", Ok(()));
    let change = talk.committed(client_seq, &commit, &[]);
    ctx.require("CNV-009", "the third hears of that one", one.gets(&change.commit));
    let said = one.says(&talk)?;
    ctx.require("CNV-009", "and of nothing else", one.gets(&said.own));
    isolated(ctx, &mut one, &mut outsider)
}
