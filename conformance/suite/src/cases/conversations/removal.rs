//! Devices that go, by a commit or with their account.

use super::{Circle, begin, four, gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::cases::words::open;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-016/1",
            "who is removed gets the commit that removes it, and nothing more",
            &["CNV-016", "CNV-007", "CNV-033"],
            removed,
        ),
        of_conversations(
            "CNV-016/2",
            "who is removed while it is away finds the commit as its last entry",
            &["CNV-016", "CNV-033"],
            removed_away,
        ),
        of_conversations(
            "CNV-016/3",
            "several are removed by one commit, and one is added by the same",
            &["CNV-016", "CNV-007", "CNV-008", "CNV-033"],
            exchanged,
        ),
        of_conversations(
            "CNV-015/4",
            "who is removed is refused as a stranger, message and commit",
            &["CNV-015", "CNV-016", "CNV-033"],
            removed_speaks,
        ),
        of_conversations(
            "CNV-015/5",
            "strangers and those who name no conversation are refused alike",
            &["CNV-015", "CNV-033"],
            strangers,
        ),
    ]
}

fn removed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let change = one.changes(&talk, &[], &[carol.id])?;
    ctx.require("CNV-007", "the one that stays gets the commit", two.gets(&change.commit));
    ctx.require("CNV-007", "the removed one, too", three.gets(&change.commit));
    let said = two.says(&talk)?;
    let next = one.changes(&talk, &[], &[])?;
    ctx.control("the others go on", two.gets(&said.own))?;
    ctx.control("by messages and commits", two.gets(&next.commit))?;
    ctx.require("CNV-016", "the removed one hears nothing more", three.is_quiet());
    let mut again = open(ctx, &carol)?;
    ctx.require("CNV-016", "in its next session the commit is the last", {
        again.item();
        again.gets(&change.commit).and_then(|()| again.is_quiet())
    });
    isolated(ctx, &mut one, &mut outsider)
}

fn removed_away(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, _two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop(three);
    let said = one.says(&talk)?;
    let change = one.changes(&talk, &[], &[carol.id])?;
    one.says(&talk)?;
    one.changes(&talk, &[], &[])?;
    carol.cursor.set(1);
    let mut back = open(ctx, &carol)?;
    ctx.control("what was said before comes", back.gets(&said.message))?;
    ctx.require("CNV-016", "then the commit", back.gets(&change.commit));
    ctx.require("CNV-016", "and nothing behind it", back.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn exchanged(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth], _) = gather(ctx, [&x])?;
    let change = one.changes(&talk, &[x.id], &[bob.id, carol.id])?;
    for session in [&mut two, &mut three] {
        ctx.require("CNV-007", "each removed one gets the commit", session.gets(&change.commit));
    }
    ctx.require("CNV-008", "the added one gets the Welcome", fourth.gets(&change.welcome));
    let said = fourth.says(&talk)?;
    ctx.control("who stays gets its place", one.gets(&change.own))?;
    ctx.require("CNV-016", "who stays hears the new one", one.gets(&said.message));
    for session in [&mut two, &mut three] {
        ctx.require("CNV-016", "the removed ones do not", session.is_quiet());
    }
    isolated(ctx, &mut one, &mut outsider)
}

/// Whether a message and a commit of this session are refused as a stranger's.
fn is_stranger(ctx: &Ctx, talk: &Talk, session: &mut Session<'_>) {
    let client_seq = session.post(talk.id, &talk.message());
    let judged = refused(session, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-015", "a message is refused", judged);
    let client_seq = session.commit(talk.id, &talk.commit(&[], &[]), &[]);
    let judged = refused(session, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-015", "a commit is refused", judged);
}

fn removed_speaks(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let said = three.says(&talk)?;
    ctx.control("while it is in it, it is heard", two.gets(&said.message))?;
    let change = one.changes(&talk, &[], &[carol.id])?;
    ctx.control("the others hear of it", two.gets(&change.commit))?;
    is_stranger(ctx, &talk, &mut three);
    let said = one.says(&talk)?;
    ctx.require("CNV-016", "nothing of it came to the others", two.gets(&said.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn strangers(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve, mallory] = people(ctx, ["alice", "bob", "carol", "eve", "mallory"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut stranger], _) = gather(ctx, [&mallory])?;
    is_stranger(ctx, &talk, &mut stranger);
    let nowhere = Talk::group(ctx, &bob, "nowhere");
    is_stranger(ctx, &nowhere, &mut stranger);
    is_stranger(ctx, &nowhere, &mut one);
    super::goes_on(ctx, "CNV-015", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
