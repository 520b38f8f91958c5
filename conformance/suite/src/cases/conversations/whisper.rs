//! Whispers: what is said to those who are there.

use core::time::Duration;

use super::{Circle, begin, four, gather, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{holds, open};
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::seen::Payload;
use crate::peer::{Confirm, ConversationId, Device, Opening, Seen, Session, Talk, say, talk};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-055/1",
            "a whisper comes to all others of the roster that are there, and not to its sender",
            &["CNV-055", "CNV-056", "CNV-033"],
            there,
        ),
        of_conversations(
            "CNV-055/2",
            "a whisper of the longest payload comes as it was said",
            &["CNV-055", "CNV-033"],
            longest,
        ),
        of_conversations(
            "CNV-055/3",
            "a whisper comes to the sender's account's other device, too",
            &["CNV-055", "CNV-033"],
            sibling,
        ),
        of_conversations(
            "CNV-027/1",
            "a whisper to a device that is away is gone",
            &["CNV-027", "CNV-033"],
            away,
        ),
        of_conversations(
            "CNV-027/2",
            "a whisper takes no number, neither of the conversation nor of a mailbox",
            &["CNV-027", "CNV-006", "CNV-033"],
            no_number,
        ),
        of_conversations(
            "CNV-027/3",
            "a stranger's whisper comes to nobody and is not answered",
            &["CNV-027", "CNV-056", "CNV-033"],
            stranger,
        ),
        of_conversations(
            "CNV-027/4",
            "a whisper of a device that was removed comes to nobody, and none to it",
            &["CNV-027", "CNV-016", "CNV-033"],
            removed,
        ),
        of_conversations(
            "CNV-027/5",
            "a whisper does not come to a session that is not confirmed",
            &["CNV-027", "CNV-033"],
            unconfirmed,
        ),
        of_conversations(
            "CNV-056/1",
            "a whisper to a conversation that nobody has is not answered",
            &["CNV-056", "CNV-033"],
            nowhere,
        ),
        of_conversations(
            "CNV-057/1",
            "of whispers and EPHEMERALs no more come than burst and rate allow",
            &["CNV-057", "CNV-056", "CNV-033"],
            beyond_the_rate,
        ),
    ]
}

fn is_whisper(talk: &Talk, payload: &[u8], seen: &Seen) -> Judged {
    let expected = Seen::Whisper { conversation: Some(talk.id), payload: Payload::from(payload) };
    expect_eq(&expected, seen)
}

fn next_whisper(session: &mut Session<'_>) -> Seen {
    session.next_where(|seen| matches!(seen, Seen::Whisper { .. }))
}

fn there(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    one.whisper(talk.id, b"typing");
    for session in [&mut two, &mut three] {
        let seen = next_whisper(session);
        ctx.require("CNV-055", "it comes", is_whisper(&talk, b"typing", &seen));
    }
    let judged = one.is_quiet();
    ctx.require("CNV-055", "not to its sender", judged.clone());
    ctx.require("CNV-056", "who hears nothing of it", judged);
    isolated(ctx, &mut one, &mut outsider)
}

fn longest(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let payload = [0xa7; 4_096];
    one.whisper(talk.id, &payload);
    let seen = next_whisper(&mut two);
    ctx.require("CNV-055", "it comes as it is", is_whisper(&talk, &payload, &seen));
    isolated(ctx, &mut one, &mut outsider)
}

fn sibling(ctx: &Ctx) -> CaseResult {
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    crate::peer::account::register(ctx, &[&alice, &second, &bob, &eve])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    two.whisper(talk.id, b"typing");
    for session in [&mut one, &mut three] {
        let seen = next_whisper(session);
        ctx.require("CNV-055", "it comes", is_whisper(&talk, b"typing", &seen));
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn away(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop(three);
    one.whisper(talk.id, b"typing");
    let seen = next_whisper(&mut two);
    ctx.control("it comes to who is there", is_whisper(&talk, b"typing", &seen))?;
    carol.cursor.set(1);
    let mut back = open(ctx, &carol)?;
    ctx.require("CNV-027", "the next session of the other has nothing of it", back.is_quiet());
    let said = one.says(&talk)?;
    ctx.require("CNV-027", "but what was stored", back.gets(&said.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn no_number(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    one.whisper(talk.id, b"typing");
    for session in [&mut two, &mut three] {
        let seen = next_whisper(session);
        ctx.control("it comes", is_whisper(&talk, b"typing", &seen))?;
    }
    let said = one.says(&talk)?;
    let item = two.item();
    ctx.require("CNV-027", "the mailbox has no hole", expect_eq(&Some(2), &item.mailbox_seq()));
    let judged = three.gets(&said.message);
    ctx.require("CNV-006", "nor has the conversation", judged);
    isolated(ctx, &mut one, &mut outsider)
}

fn stranger(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve, mallory] = people(ctx, ["alice", "bob", "carol", "eve", "mallory"])?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut stranger], _) = gather(ctx, [&mallory])?;
    stranger.whisper(talk.id, b"listen");
    ctx.require("CNV-056", "it is not answered", stranger.is_quiet());
    for session in [&mut one, &mut two, &mut three] {
        ctx.require("CNV-027", "nobody hears it", session.is_quiet());
    }
    one.whisper(talk.id, b"typing");
    let seen = next_whisper(&mut two);
    ctx.require("CNV-027", "a member's is heard", is_whisper(&talk, b"typing", &seen));
    ctx.require("CNV-027", "and not by the stranger", stranger.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn removed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let change = one.changes(&talk, &[], &[carol.id])?;
    ctx.control("it hears of it", three.gets(&change.commit))?;
    ctx.control("so do the others", two.gets(&change.commit).and_then(|()| one.gets(&change.own)))?;
    three.whisper(talk.id, b"listen");
    ctx.control("the server has read it", three.is_quiet())?;
    ctx.require("CNV-027", "nobody hears it", one.is_quiet().and_then(|()| two.is_quiet()));
    two.whisper(talk.id, b"typing");
    let seen = next_whisper(&mut one);
    ctx.control("a member's is heard", is_whisper(&talk, b"typing", &seen))?;
    ctx.require("CNV-016", "and not by the removed one", three.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn unconfirmed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop(three);
    carol.cursor.set(1);
    let mut waiting = Opening::new(ctx, &carol).with(|opening| opening.confirm = Confirm::Later).open()?;
    one.whisper(talk.id, b"typing");
    let seen = next_whisper(&mut two);
    ctx.control("it comes to who is there", is_whisper(&talk, b"typing", &seen))?;
    // What the sender hands in behind it is stored: by then it went wherever it goes.
    let said = one.says(&talk)?;
    ctx.control("a message behind it comes", two.gets(&said.message))?;
    waiting.say(&[]);
    ctx.control("the session that is confirmed later has the message", waiting.gets(&said.message))?;
    ctx.require("CNV-027", "and nothing of the whisper", waiting.is_quiet());
    one.whisper(talk.id, b"again");
    let seen = next_whisper(&mut waiting);
    ctx.require("CNV-027", "confirmed, it hears the next", is_whisper(&talk, b"again", &seen));
    isolated(ctx, &mut one, &mut outsider)
}

fn nowhere(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    one.whisper(ConversationId([0x77; 16]), b"is anybody there");
    ctx.require("CNV-056", "it is not answered", one.is_quiet());
    super::goes_on(ctx, "CNV-056", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

/// Whispers and EPHEMERALs in one record, half of each.
const ROW: u64 = 8;
/// Those above all that burst and rate allow by then, before the limit counts as kept.
const BEYOND: u64 = 40;
/// Those that the case sends at most.
const SENT_MAX: u64 = 2_000;

fn beyond_the_rate(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (per_s, burst) =
        (one.welcome().limit("ephemeral_rate_per_s"), one.welcome().limit("ephemeral_burst"));
    let since = ctx.now();
    let allowed = |now: Duration| {
        let ms = u64::try_from(now.saturating_sub(since).as_millis()).unwrap_or(u64::MAX);
        burst.saturating_add(per_s.saturating_mul(ms).div_ceil(1_000))
    };
    let (to_talk, _) = one.conversation(talk.id);
    let (to_bob, bind) = one.alias(bob.id);
    one.say(&[&bind]);
    let half = |_: u64| [talk::whisper(to_talk, b"typing"), say::ephemeral(to_bob, b"typing")].concat();
    let row: Vec<u8> = (0..ROW / 2).flat_map(half).collect();
    let (mut sent, mut came) = (0_u64, 0_u64);
    let most = loop {
        one.say(&[&row]);
        sent = sent.saturating_add(ROW);
        ctx.require("CNV-056", "the sender's session goes on, and hears nothing", one.is_quiet());
        let most = allowed(ctx.now());
        came = came.saturating_add(count(&two.fence())?);
        if came > most || sent >= most.saturating_add(BEYOND) {
            break most;
        }
        if sent >= SENT_MAX {
            return Err(Halt::NotTestable { why: format!("{sent} were sent, burst and rate allow {most}") });
        }
    };
    one.deliver(bob.id, b"fence")?;
    ctx.control("the message behind them comes", two.hears(b"fence"))?;
    came = came.saturating_add(count(&two.fence())?);
    let most = most.max(allowed(ctx.now()));
    let judged = holds((came <= most).into(), &format!("at most {most}"), format!("{came} of {sent}"));
    ctx.require("CNV-057", "no more come than burst and rate allow", judged);
    isolated(ctx, &mut one, &mut outsider)
}

/// How many these are; nothing else may be among them.
fn count(seen: &[Seen]) -> Result<u64, Halt> {
    let is_other = |seen: &&Seen| !matches!(seen, Seen::Whisper { .. } | Seen::Ephemeral { .. });
    match seen.iter().find(is_other) {
        None => Ok(u64::try_from(seen.len()).unwrap_or(u64::MAX)),
        Some(Seen::Nothing) => Err(Halt::NoAnswer),
        Some(other) => Err(Halt::Broken { reason: format!("{other:?} among them") }),
    }
}
