//! Entries as items of a mailbox.

use super::{Circle, begin, four, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::open;
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::seen::Entry;
use crate::peer::{Seen, Session, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-010/4",
            "an absent device gets every entry in its next session, in order",
            &["CNV-010", "CNV-007", "CNV-006", "CNV-033"],
            absent,
        ),
        of_conversations(
            "CNV-010/5",
            "entries that were not acknowledged are offered again, those that were are not",
            &["CNV-010", "DLV-025", "DLV-027", "CNV-033"],
            offered_again,
        ),
        of_conversations(
            "CNV-046/1",
            "nobody gets a RECEIPT for an entry that was acknowledged",
            &["CNV-046", "CNV-033"],
            no_receipt,
        ),
        of_conversations(
            "CNV-012/1",
            "the sender's place comes also to its next session",
            &["CNV-012", "CNV-033"],
            own_later,
        ),
        of_conversations(
            "CNV-006/4",
            "entries and messages to the device itself share one mailbox, its numbers without holes",
            &["CNV-006", "DLV-022", "CNV-033"],
            one_mailbox,
        ),
    ]
}

fn absent(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop(three);
    let (first, change, last) = (one.says(&talk)?, two.changes(&talk, &[], &[])?, one.says(&talk)?);
    carol.cursor.set(1);
    let mut back = open(ctx, &carol)?;
    let judged: [Judged; 3] = [&first.message, &change.commit, &last.message].map(|entry| back.gets(entry));
    let [first, second, third] = judged;
    ctx.require("CNV-010", "the message comes", first);
    ctx.require("CNV-007", "then the commit", second);
    ctx.require("CNV-006", "then the other message", third);
    isolated(ctx, &mut one, &mut outsider)
}

fn offered_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (first, last) = (one.says(&talk)?, one.says(&talk)?);
    ctx.control("the first comes", two.gets(&first.message))?;
    ctx.control("the last comes", two.gets(&last.message))?;
    two.say(&[&say::ack(2)]);
    ctx.control("the acknowledgement is read", two.is_alive())?;
    let mut again = open(ctx, &bob)?;
    let judged = again.gets(&last.message);
    ctx.require("DLV-027", "what was acknowledged is not offered", judged.clone());
    ctx.require("DLV-025", "what was not is", judged.clone());
    ctx.require("CNV-010", "as it was", judged);
    again.ack(3);
    ctx.control("all is acknowledged", again.is_alive())?;
    let mut third = open(ctx, &bob)?;
    ctx.require("DLV-027", "then nothing is offered", third.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn no_receipt(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let said = one.says(&talk)?;
    for session in [&mut two, &mut three] {
        ctx.control("it comes", session.gets(&said.message))?;
        session.ack(2);
        ctx.control("the acknowledgement is read", session.is_alive())?;
    }
    let next = one.says(&talk)?;
    ctx.require("CNV-046", "its place is all that comes", one.gets(&said.own));
    ctx.require("CNV-046", "and the next one's", one.gets(&next.own));
    ctx.require("CNV-046", "and nothing else", one.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn own_later(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (said, change) = (one.says(&talk)?, one.changes(&talk, &[], &[])?);
    let other = two.says(&talk)?;
    alice.cursor.set(1);
    let mut again = open(ctx, &alice)?;
    ctx.require("CNV-012", "the place of the message", again.gets(&said.own));
    ctx.require("CNV-012", "that of the commit", again.gets(&change.own));
    ctx.require("CNV-012", "before what came later", again.gets(&other.message));
    isolated(ctx, &mut again, &mut outsider)
}

fn one_mailbox(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let sent = |session: &mut Session<'_>, payload: &[u8]| session.deliver(bob.id, payload);
    sent(&mut one, b"one")?;
    let first = one.says(&talk)?;
    sent(&mut one, b"two")?;
    let last = one.says(&talk)?;
    let items = two.items(4);
    let numbers: Vec<Option<u64>> = items.iter().map(Seen::mailbox_seq).collect();
    ctx.require("CNV-006", "the mailbox has no hole", expect_eq(&(2..=5).map(Some).collect(), &numbers));
    let [to_one, entry, to_two, other] = items.as_slice() else { return Err(Halt::NoAnswer) };
    let is_message = |seen: &Seen, payload: &[u8]| matches!(seen, Seen::Deliver { payload: heard, .. } if heard.0 == payload);
    let is_so = is_message(to_one, b"one") && is_message(to_two, b"two");
    ctx.require("DLV-022", "messages to it are in their places", expect_eq(&true, &is_so));
    let is_entry =
        |seen: &Seen, wanted: &Entry| matches!(seen, Seen::Entry { entry, .. } if **entry == *wanted);
    let is_so = is_entry(entry, &first.message) && is_entry(other, &last.message);
    ctx.require("CNV-006", "entries in theirs", expect_eq(&true, &is_so));
    isolated(ctx, &mut one, &mut outsider)
}
