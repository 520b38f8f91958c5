//! Messages of earlier epochs, and who may read them.

use super::{Circle, begin, four, gather, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-013/1",
            "messages of the current epoch and of epoch_window before it are accepted, one older is STALE_EPOCH",
            &["CNV-013", "CNV-014", "CNV-010", "CNV-033"],
            window,
        ),
        of_conversations(
            "CNV-014/1",
            "a message of the epoch to come is STALE_EPOCH",
            &["CNV-014", "CNV-033"],
            |ctx| ahead(ctx, |epoch| epoch.saturating_add(1)),
        ),
        of_conversations(
            "CNV-014/2",
            "a message of the highest epoch is STALE_EPOCH",
            &["CNV-014", "CNV-033"],
            |ctx| ahead(ctx, |_| u64::MAX),
        ),
        of_conversations(
            "CNV-014/3",
            "a message of an epoch before its sender joined is STALE_EPOCH",
            &["CNV-014", "CNV-033"],
            before_its_own,
        ),
        of_conversations(
            "CNV-011/1",
            "who joined later does not get messages of epochs before",
            &["CNV-011", "CNV-010", "CNV-013", "CNV-033"],
            joined_later,
        ),
        of_conversations(
            "CNV-011/2",
            "who joined later and was absent does not get them in its next session either",
            &["CNV-011", "CNV-033"],
            joined_absent,
        ),
        of_conversations(
            "CNV-011/3",
            "who was removed and added again does not get messages of before",
            &["CNV-011", "CNV-016", "CNV-033"],
            rejoined,
        ),
        of_conversations(
            "CNV-011/4",
            "a message of epoch 0 goes to nobody whom the first commit added",
            &["CNV-011", "CNV-013", "CNV-033"],
            of_epoch_zero,
        ),
    ]
}

/// Moves a conversation on by empty commits; each member hears of each.
fn moves(
    ctx: &Ctx,
    talk: &Talk,
    sender: &mut Session<'_>,
    others: &mut [&mut Session<'_>],
    count: u64,
) -> Result<(), Halt> {
    for _ in 0..count {
        let change = sender.changes(talk, &[], &[])?;
        ctx.control("the sender gets its place", sender.gets(&change.own))?;
        for other in &mut *others {
            ctx.control("the others get the commit", other.gets(&change.commit))?;
        }
    }
    Ok(())
}

fn window(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let window = one.welcome().limit("epoch_window");
    if window > 64 {
        return Err(Halt::NotTestable { why: format!("{window} epochs are too many commits") });
    }
    // All are in it from epoch 1 on, so that only the window bounds what they may say.
    moves(ctx, &talk, &mut one, &mut [&mut two, &mut three], window.saturating_add(1))?;
    let current = talk.epoch.get();
    for back in [0, window.saturating_sub(1), window] {
        let payload = talk.message_of(current.saturating_sub(back)).octets();
        let client_seq = two.post(talk.id, &payload);
        let seen = two.outcome();
        let what = format!("{back} epochs back, of {window}, is accepted");
        ctx.require("CNV-013", &what, expect_eq(&Seen::Accepted(client_seq), &seen));
        if seen != Seen::Accepted(client_seq) {
            return Ok(());
        }
        let said = talk.said(client_seq, &payload);
        ctx.require("CNV-010", "and comes to all who were in it then", one.gets(&said.message));
        ctx.require("CNV-010", "to each", three.gets(&said.message));
        ctx.control("its sender has its place", two.gets(&said.own))?;
    }
    let old = talk.message_of(current.saturating_sub(window).saturating_sub(1)).octets();
    let client_seq = two.post(talk.id, &old);
    ctx.require("CNV-014", "one more is not", refused(&mut two, client_seq, Code::STALE_EPOCH));
    goes_on(ctx, "CNV-014", &talk, &mut two, &mut [&mut one, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn ahead(ctx: &Ctx, epoch: fn(u64) -> u64) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = one.post(talk.id, &talk.message_of(epoch(talk.epoch.get())).octets());
    ctx.require("CNV-014", "it is refused", refused(&mut one, client_seq, Code::STALE_EPOCH));
    goes_on(ctx, "CNV-014", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn before_its_own(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth], _) = gather(ctx, [&x])?;
    let change = one.changes(&talk, &[x.id], &[])?;
    ctx.control("the added one gets the Welcome", fourth.gets(&change.welcome))?;
    for (session, entry) in
        [(&mut one, &change.own), (&mut two, &change.commit), (&mut three, &change.commit)]
    {
        ctx.control("the others hear of it", session.gets(entry))?;
    }
    let client_seq = fourth.post(talk.id, &talk.message_of(1).octets());
    ctx.require(
        "CNV-014",
        "the epoch before is refused",
        refused(&mut fourth, client_seq, Code::STALE_EPOCH),
    );
    goes_on(ctx, "CNV-014", &talk, &mut fourth, &mut [&mut one, &mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn joined_later(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth], _) = gather(ctx, [&x])?;
    let change = one.changes(&talk, &[x.id], &[])?;
    ctx.control("the added one gets the Welcome", fourth.gets(&change.welcome))?;
    ctx.control("a member hears of it", two.gets(&change.commit))?;
    let payload = talk.message_of(1).octets();
    let client_seq = three.post(talk.id, &payload);
    let seen = three.outcome();
    ctx.require("CNV-013", "the message is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let old = talk.said(client_seq, &payload);
    ctx.require("CNV-010", "who was in it then gets it", two.gets(&old.message));
    let said = two.says(&talk)?;
    ctx.require("CNV-011", "who was not gets the next one alone", fourth.gets(&said.message));
    ctx.require("CNV-011", "and nothing else", fourth.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn joined_absent(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, eve] = people(ctx, ["alice", "bob", "carol", "x", "eve"])?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([fourth], _) = gather(ctx, [&x])?;
    drop(fourth);
    let change = one.changes(&talk, &[x.id], &[])?;
    let payload = talk.message_of(1).octets();
    let client_seq = two.post(talk.id, &payload);
    two.accepted(client_seq)?;
    talk.said(client_seq, &payload);
    let said = two.says(&talk)?;
    let mut fourth = crate::cases::words::open(ctx, &x)?;
    ctx.control("the Welcome waits", fourth.gets(&change.welcome))?;
    ctx.require("CNV-011", "the message of the epoch before does not", fourth.gets(&said.message));
    ctx.require("CNV-011", "and there is nothing else", fourth.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn rejoined(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let out = one.changes(&talk, &[], &[carol.id])?;
    one.says(&talk)?;
    let back = one.changes(&talk, &[carol.id], &[])?;
    // Of an epoch in which carol was a member, before she left and came again.
    let payload = talk.message_of(1).octets();
    let client_seq = two.post(talk.id, &payload);
    two.accepted(client_seq)?;
    talk.said(client_seq, &payload);
    let said = one.says(&talk)?;
    ctx.require("CNV-016", "the commit that removes it comes", three.gets(&out.commit));
    ctx.require("CNV-016", "then nothing before the Welcome", three.gets(&back.welcome));
    ctx.require("CNV-011", "then no message of before", three.gets(&said.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn of_epoch_zero(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let window = one.welcome().limit("epoch_window");
    let payload = talk.message_of(0).octets();
    let client_seq = one.post(talk.id, &payload);
    let seen = one.outcome();
    if window == 0 {
        return Err(Halt::NotTestable { why: "no epoch before the current one is taken".to_owned() });
    }
    ctx.require("CNV-013", "its creator was in it then", expect_eq(&Seen::Accepted(client_seq), &seen));
    let said = talk.said(client_seq, &payload);
    ctx.control("its place comes", one.gets(&said.own))?;
    goes_on(ctx, "CNV-011", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
