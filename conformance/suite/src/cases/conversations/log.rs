//! What each device hears of a conversation, and in which order.

use super::{Circle, begin, four, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::seen::Entry;
use crate::peer::{Device, Seen, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-006/1",
            "entries of commits and messages of all devices have one order without holes",
            &["CNV-006", "CNV-007", "CNV-010", "CNV-012", "CNV-039", "CNV-033"],
            one_order,
        ),
        of_conversations(
            "CNV-006/2",
            "messages that are handed in at once by all devices have one order without holes",
            &["CNV-006", "CNV-010", "CNV-012", "CNV-033"],
            at_once,
        ),
        of_conversations("CNV-006/3", "what was refused takes no number", &["CNV-006", "CNV-033"], no_number),
        of_conversations(
            "CNV-007/1",
            "a commit goes to all devices of the roster, the sender's own others too",
            &["CNV-007", "CNV-012", "CNV-038", "CNV-033"],
            siblings,
        ),
        of_conversations(
            "CNV-008/1",
            "the Welcome goes to every device that is added, and to no other",
            &["CNV-008", "CNV-007", "CNV-033"],
            added,
        ),
        of_conversations(
            "CNV-010/1",
            "a message goes to all devices of the roster, the sender left out",
            &["CNV-010", "CNV-012", "CNV-038", "CNV-033"],
            said,
        ),
        of_conversations("CNV-041/1", "a message's class goes with it", &["CNV-041", "CNV-033"], classed),
        of_conversations(
            "CNV-010/3",
            "a message of the longest payload comes as it was handed in",
            &["CNV-010", "CNV-033"],
            longest,
        ),
    ]
}

fn one_order(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let [mut to_one, mut to_two, mut to_three]: [Vec<Entry>; 3] = Default::default();
    for _ in 0..3 {
        let said = one.says(&talk)?;
        to_one.push(said.own);
        to_two.push(said.message.clone());
        to_three.push(said.message);
        let change = two.changes(&talk, &[], &[])?;
        to_two.push(change.own);
        to_one.push(change.commit.clone());
        to_three.push(change.commit);
        let said = three.says(&talk)?;
        to_three.push(said.own);
        to_one.push(said.message.clone());
        to_two.push(said.message);
    }
    for (session, wanted) in [(&mut one, to_one), (&mut two, to_two), (&mut three, to_three)] {
        for entry in &wanted {
            let id = match entry.kind {
                crate::peer::seen::kind::COMMIT => "CNV-007",
                crate::peer::seen::kind::OWN => "CNV-012",
                _ => "CNV-010",
            };
            let judged = session.gets(entry);
            ctx.require(id, "each entry comes", judged.clone());
            ctx.require("CNV-006", "in its place", judged.clone());
            ctx.require("CNV-039", "behind those before it", judged);
        }
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn at_once(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let mut sessions = [&mut one, &mut two, &mut three];
    for _ in 0..5 {
        for session in &mut sessions {
            session.post(talk.id, &talk.message());
        }
    }
    let mut logs: Vec<Vec<(u64, Option<Vec<u8>>)>> = Vec::new();
    for session in &mut sessions {
        let outcomes = session.outcomes(5);
        let is_taken = outcomes.iter().all(|seen| matches!(seen, Seen::Accepted(_)));
        ctx.require("CNV-010", "all are accepted", expect_eq(&true, &is_taken));
        let log: Vec<_> = session.items(15).iter().filter_map(place).collect();
        let numbers: Vec<u64> = log.iter().map(|(seq, _)| *seq).collect();
        ctx.require("CNV-006", "there is no hole", expect_eq(&(2..=16).collect(), &numbers));
        let own = log.iter().filter(|(_, payload)| payload.is_none()).count();
        ctx.require("CNV-012", "five places are its own", expect_eq(&5, &own));
        logs.push(log);
    }
    let [first, rest @ ..] = logs.as_slice() else { return Err(Halt::NoAnswer) };
    for other in rest {
        let differs = first.iter().zip(other).any(|((_, mine), (_, theirs))| match (mine, theirs) {
            (Some(mine), Some(theirs)) => mine != theirs,
            (None, None) => true,
            _ => false,
        });
        ctx.require("CNV-006", "all have the same order", expect_eq(&false, &differs));
    }
    isolated(ctx, &mut one, &mut outsider)
}

/// The number of an entry, and its payload unless it is the device's own.
fn place(seen: &Seen) -> Option<(u64, Option<Vec<u8>>)> {
    match seen {
        Seen::Entry { entry, .. } => {
            let is_own = entry.kind == crate::peer::seen::kind::OWN;
            Some((entry.conversation_seq, (!is_own).then(|| entry.payload.0.clone())))
        }
        _ => None,
    }
}

fn no_number(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    for _ in 0..3 {
        let stale = talk.message_of(talk.epoch.get().saturating_add(1)).octets();
        one.post(talk.id, &stale);
        one.outcome();
        one.commit(talk.id, &talk.commit_of(0, &crate::peer::mls::Delta::of(&[], &[])).octets(), &[]);
        one.outcome();
        let said = one.says(&talk)?;
        ctx.require("CNV-006", "its place is the next", one.gets(&said.own));
        ctx.require("CNV-006", "at the others, too", two.gets(&said.message));
    }
    isolated(ctx, &mut one, &mut outsider)
}

/// Two devices of alice, one of bob, one of eve.
fn siblings_of(ctx: &Ctx) -> Result<[Device; 4], Halt> {
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&alice, &second, &bob, &eve])?;
    Ok([alice, second, bob, eve])
}

fn siblings(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings_of(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    for _ in 0..2 {
        let change = one.changes(&talk, &[], &[])?;
        ctx.require("CNV-012", "the sender has its place", one.gets(&change.own));
        ctx.require("CNV-007", "its account's other device gets the commit", two.gets(&change.commit));
        ctx.require("CNV-007", "the other account's, too", three.gets(&change.commit));
    }
    ctx.require("CNV-038", "the sender does not get it", one.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn added(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, x, y, eve] = people(ctx, ["alice", "bob", "carol", "x", "y", "eve"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut fourth, mut fifth], _) = super::gather(ctx, [&x, &y])?;
    let change = two.changes(&talk, &[x.id, y.id], &[])?;
    ctx.require("CNV-008", "the one gets it", fourth.gets(&change.welcome));
    ctx.require("CNV-008", "and the other", fifth.gets(&change.welcome));
    ctx.require("CNV-007", "those of before get the commit", one.gets(&change.commit));
    ctx.require("CNV-007", "all of them", three.gets(&change.commit));
    ctx.require("CNV-008", "and no Welcome", one.is_quiet());
    ctx.require("CNV-008", "nor does the sender", two.gets(&change.own).and_then(|()| two.is_quiet()));
    let said = fifth.says(&talk)?;
    ctx.require("CNV-008", "who was added may write", fifth.gets(&said.own));
    ctx.require("CNV-008", "and is read", fourth.gets(&said.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn said(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings_of(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    let said = one.says(&talk)?;
    ctx.require("CNV-010", "its account's other device gets it", two.gets(&said.message));
    ctx.require("CNV-010", "the other account's, too", three.gets(&said.message));
    ctx.require("CNV-012", "the sender has its place", one.gets(&said.own));
    ctx.require("CNV-038", "and not the message", one.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn classed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (payload, client_seq) = (talk.message(), alice.next_client_seq());
    one.post_again(client_seq, talk.id, &payload, &say::class(1));
    one.accepted(client_seq)?;
    let message = Entry { class: Some(1), ..talk.said(client_seq, &payload).message };
    for session in [&mut two, &mut three] {
        ctx.require("CNV-041", "the class is the message's", session.gets(&message));
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn longest(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let max = usize::try_from(one.welcome().limit("payload_len_max")).unwrap_or_default();
    let mut envelope = talk.message_of(1);
    let least = envelope.octets().len();
    // The length of the ciphertext takes one octet when it is short, four at most.
    let wanted = max.saturating_sub(least).saturating_add(envelope.ciphertext.len()).saturating_sub(4);
    envelope.ciphertext = core::iter::repeat_n(0xc1_u8, wanted).collect();
    while envelope.octets().len() < max {
        envelope.encrypted_sender_data.push(7);
    }
    let payload = envelope.octets();
    ctx.control("it is as long as it may be", expect_eq(&max, &payload.len()))?;
    let client_seq = one.post(talk.id, &payload);
    one.accepted(client_seq)?;
    let said = talk.said(client_seq, &payload);
    for session in [&mut two, &mut three] {
        ctx.require("CNV-010", "it comes as it is", session.gets(&said.message));
    }
    isolated(ctx, &mut one, &mut outsider)
}
