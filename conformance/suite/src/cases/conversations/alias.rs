//! Aliases of conversations.

use super::{Circle, begin, four, gather, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{holds, open, taken, untouched};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::{extension, varints};
use crate::peer::talk;
use crate::peer::{Code, Opening, Seen, Session, Talk, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    let unbound = UNBOUND.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-049", "ERR-004"], move |ctx| unbound(ctx, row))
    });
    let others = [
        of_conversations(
            "CNV-049/5",
            "an alias of an earlier session is not bound in the next",
            &["CNV-049", "CNV-033"],
            forgotten,
        ),
        of_conversations(
            "CNV-050/1",
            "a BIND_CONVERSATION of alias_max is LIMIT_EXCEEDED, of one less it is taken",
            &["CNV-050", "ERR-004"],
            alias_max,
        ),
        of_conversations(
            "CNV-051/1",
            "a later BIND_CONVERSATION takes the alias over",
            &["CNV-051", "CNV-033"],
            rebound,
        ),
        of_conversations(
            "CNV-051/2",
            "aliases of conversations and of devices do not touch each other",
            &["CNV-051", "SES-033", "CNV-033"],
            two_spaces,
        ),
        of_conversations(
            "CNV-052/1",
            "a conversation is bound before ENTRY and WHISPER name it",
            &["CNV-052", "CNV-033"],
            bound_first,
        ),
        of_conversations(
            "CNV-052/2",
            "more conversations than the client's alias_max share its aliases",
            &["CNV-052", "CNV-008", "CNV-033"],
            more_than_aliases,
        ),
    ];
    unbound.chain(others).collect()
}

/// A frame that names an alias which only a device has.
struct Unbound {
    id: &'static str,
    title: &'static str,
    octets: fn(&Talk) -> Vec<u8>,
}

const UNBOUND: &[Unbound] = &[
    Unbound {
        id: "CNV-049/1",
        title: "a POST on an alias that no conversation has is ALIAS_UNBOUND",
        octets: |talk| talk::post(2, 9, &talk.message(), &[]),
    },
    Unbound {
        id: "CNV-049/2",
        title: "a COMMIT on an alias that no conversation has is ALIAS_UNBOUND",
        octets: |talk| talk::commit(2, 9, (&talk.commit(&[], &[]), &[]), &[]),
    },
    Unbound {
        id: "CNV-049/3",
        title: "a WHISPER on an alias that no conversation has is ALIAS_UNBOUND",
        octets: |_| talk::whisper(9, b"typing"),
    },
];

fn unbound(ctx: &Ctx, row: &'static Unbound) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    // That a device has it binds no conversation.
    one.say(&[&say::bind(9, bob.id)]);
    taken(ctx, &mut one)?;
    one.say(&[&(row.octets)(&talk)]);
    let close = one.closing();
    ctx.require("CNV-049", row.title, closed_with(Code::ALIAS_UNBOUND, &close));
    ctx.require("CNV-049", "nobody hears of it", two.is_quiet());
    untouched(ctx, &mut outsider);
    Ok(())
}

fn forgotten(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [_one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let mut next = open(ctx, &alice)?;
    next.say(&[&talk::post(alice.next_client_seq(), 0, &talk.message(), &[])]);
    let close = next.closing();
    ctx.require("CNV-049", "the next session is closed", closed_with(Code::ALIAS_UNBOUND, &close));
    let client_seq = alice.client_seq.get().saturating_sub(1);
    alice.client_seq.set(client_seq);
    isolated(ctx, &mut two, &mut outsider)
}

fn alias_max(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let max = one.welcome().limit("alias_max");
    if max > 16_383 {
        return Err(Halt::NotTestable {
            why: "alias_max is the highest alias that the grammar knows".to_owned(),
        });
    }
    let (alias, payload, client_seq) = (max.saturating_sub(1), talk.message(), alice.next_client_seq());
    one.say(&[&talk::bind(alias, talk.id), &talk::post(client_seq, alias, &payload, &[])]);
    one.accepted(client_seq)?;
    let said = talk.said(client_seq, &payload);
    ctx.control("the last alias is taken", two.gets(&said.message))?;
    one.say(&[&talk::bind(max, talk.id)]);
    let close = one.closing();
    ctx.require("CNV-050", "the session is closed", closed_with(Code::LIMIT_EXCEEDED, &close));
    untouched(ctx, &mut outsider);
    Ok(())
}

fn rebound(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let other = Talk::group(ctx, &alice, "other");
    let begun = one.begins(&other, &[bob.id])?;
    ctx.control("there is another one", two.gets(&begun.welcome))?;
    let numbers = [alice.next_client_seq(), alice.next_client_seq()];
    let [first, second] = numbers;
    let (to_talk, to_other) = (talk.message(), other.message());
    one.say(&[&talk::bind(7, talk.id), &talk::post(first, 7, &to_talk, &[])]);
    one.say(&[&talk::bind(7, other.id), &talk::post(second, 7, &to_other, &[])]);
    let outcomes = one.outcomes(2);
    let judged = expect_eq(&numbers.map(Seen::Accepted).to_vec(), &outcomes);
    let is_rebound = judged.is_ok();
    ctx.require("CNV-051", "both are accepted, each in its conversation", judged);
    if !is_rebound {
        return Ok(());
    }
    let (said, then) = (talk.said(first, &to_talk), other.said(second, &to_other));
    ctx.require("CNV-051", "the first is of the earlier conversation", two.gets(&said.message));
    ctx.require("CNV-051", "the second of the later one", two.gets(&then.message));
    ctx.require("CNV-051", "who is in the earlier one gets the first", three.gets(&said.message));
    ctx.require("CNV-051", "and not the second", three.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn two_spaces(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let numbers = [alice.next_client_seq(), alice.next_client_seq()];
    let [first, second] = numbers;
    let payload = talk.message();
    one.say(&[&talk::bind(5, talk.id), &say::bind(5, carol.id)]);
    one.say(&[&talk::post(first, 5, &payload, &[]), &say::send(second, 5, b"to carol")]);
    let outcomes = one.outcomes(2);
    ctx.control("both are accepted", expect_eq(&numbers.map(Seen::Accepted).to_vec(), &outcomes))?;
    let said = talk.said(first, &payload);
    ctx.require("CNV-051", "the message goes to the conversation", two.gets(&said.message));
    ctx.require("CNV-051", "the SEND does not", two.is_quiet());
    ctx.control("its device is in the conversation", three.gets(&said.message))?;
    ctx.require("SES-033", "the SEND goes to the device", three.hears(b"to carol"));
    isolated(ctx, &mut one, &mut outsider)
}

fn bound_first(ctx: &Ctx) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let talks = ["a", "b", "c"].map(|label| Talk::group(ctx, &alice, label));
    for talk in &talks {
        one.begins(talk, &[bob.id])?;
    }
    let named = |session: &mut Session<'_>| -> Vec<_> {
        let conversation = |seen: &Seen| match seen {
            Seen::Entry { entry, .. } => entry.conversation,
            _ => None,
        };
        session.items(3).iter().map(conversation).collect()
    };
    let expected: Vec<_> = talks.iter().map(|talk| Some(talk.id)).collect();
    ctx.require("CNV-052", "each ENTRY names what was bound", expect_eq(&expected, &named(&mut two)));
    let mut again = open(ctx, &bob)?;
    ctx.require("CNV-052", "also in the next session", expect_eq(&expected, &named(&mut again)));
    bob.cursor.set(3);
    let mut fresh = open(ctx, &bob)?;
    ctx.control("its answer tells that the server has read what confirms the session", fresh.is_alive())?;
    let [talk, ..] = &talks;
    one.whisper(talk.id, b"typing");
    let seen = fresh.next_where(|seen| matches!(seen, Seen::Whisper { .. }));
    let is_named = matches!(&seen, Seen::Whisper { conversation, .. } if *conversation == Some(talk.id));
    ctx.require("CNV-052", "a WHISPER, too", expect_eq(&true, &is_named));
    isolated(ctx, &mut one, &mut outsider)
}

/// Conversations that begin at once: as many as a small mailbox holds.
const AT_ONCE: usize = 11;

fn more_than_aliases(ctx: &Ctx) -> CaseResult {
    let limit = pinnace_spec::limits().ok().and_then(|limits| limits.named("alias_max"));
    let limit = limit.ok_or_else(|| Halt::Harness { fault: "no limit alias_max".to_owned() })?;
    let (id, least) = (limit.id, limit.min);
    let [alice, carol, bob, eve] = people(ctx, ["alice", "carol", "bob", "eve"])?;
    let ([mut one, mut two, _before, mut outsider], _) = gather(ctx, [&alice, &carol, &bob, &eve])?;
    let mut receiver = Opening::new(ctx, &bob)
        .with(|opening| opening.hello.extensions = extension(5, &varints(&[1, id, least])))
        .open()?;
    // Two creators, so that neither has more conversations than the server has aliases for it.
    let rounds = usize::try_from(least).unwrap_or(usize::MAX).div_ceil(2 * AT_ONCE).saturating_add(1);
    let mut acked = 0;
    for (creator, round) in (0..rounds.min(20)).flat_map(|round| [(0, round), (1, round)]) {
        let session = if creator == 0 { &mut one } else { &mut two };
        let mut wanted = Vec::new();
        for at in 0..AT_ONCE {
            let talk = Talk::group(ctx, session.device, &format!("{round} {at}"));
            let (commit, welcome) = (talk.commit(&[bob.id], &[]), talk.welcome());
            let client_seq = session.create(&talk, &commit, &welcome);
            wanted.push((client_seq, talk.committed(client_seq, &commit, &welcome)));
        }
        for (client_seq, change) in wanted {
            session.accepted(client_seq)?;
            ctx.require("CNV-008", "each Welcome comes", receiver.gets(&change.welcome));
            ctx.control("its creator has its place", session.gets(&change.own))?;
            acked += 1;
        }
        receiver.ack(acked);
        session.ack(u64::try_from(AT_ONCE * (round + 1)).unwrap_or(u64::MAX));
        ctx.control("what came is acknowledged", receiver.is_alive().and_then(|()| session.is_alive()))?;
    }
    let is_below = receiver.alias_highest < least;
    let expected = format!("below {least}, {acked} conversations");
    let judged = holds(is_below.into(), &expected, receiver.alias_highest);
    ctx.require("CNV-052", "every alias is one that the client takes", judged);
    isolated(ctx, &mut one, &mut outsider)
}
