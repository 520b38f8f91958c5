//! What expires, finds no room, is too long, too much, or of no class.

use core::time::Duration;

use super::{Circle, begin, four, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{holds, open, outlast};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::mls::Delta;
use crate::peer::{Code, Seen, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-045/1",
            "a message that expired is a GAP, one that did not comes",
            &["CNV-045", "CNV-046", "CNV-033"],
            expired,
        ),
        of_conversations(
            "CNV-034/1",
            "an entry for which a mailbox has no room is a GAP there, and comes to the others",
            &["CNV-034", "CNV-033"],
            no_room,
        ),
        of_conversations(
            "CNV-042/1",
            "a message of a class that is not registered is UNKNOWN_CLASS",
            &["CNV-042", "CNV-033"],
            unknown_class,
        ),
        of_conversations(
            "CNV-043/1",
            "a message longer than payload_len_max is PAYLOAD_TOO_LARGE",
            &["CNV-043", "CNV-033"],
            too_large,
        ),
        of_conversations(
            "CNV-044/1",
            "messages and commits beyond the rate are RATE, and are taken after the wait",
            &["CNV-044", "CNV-033"],
            rate,
        ),
        of_conversations(
            "CNV-046/2",
            "nobody gets a RECEIPT for an entry that was rejected",
            &["CNV-046", "CNV-033"],
            rejected,
        ),
    ]
}

/// `gap_reason`.
const EXPIRED: u64 = 0;
/// `gap_reason`.
const QUOTA: u64 = 3;

fn expired(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    drop(three);
    let (brief, number) = (talk.message(), alice.next_client_seq());
    one.post_again(number, talk.id, &brief, &say::expires_in_s(1));
    one.accepted(number)?;
    let brief = talk.said(number, &brief);
    let lasting = one.says(&talk)?;
    ctx.control(
        "who is there gets both",
        two.gets(&brief.message).and_then(|()| two.gets(&lasting.message)),
    )?;
    ctx.control("its sender has its places", one.gets(&brief.own).and_then(|()| one.gets(&lasting.own)))?;
    outlast(ctx, Duration::from_millis(1_100), &mut [&mut one, &mut two, &mut outsider])?;
    carol.cursor.set(1);
    let mut back = open(ctx, &carol)?;
    let seen = back.item();
    let is_gap = matches!(seen, Seen::Gap { mailbox_seq: 2, count: 1, reason: EXPIRED });
    ctx.require("CNV-045", "the brief one is a GAP", holds(is_gap.into(), "GAP of reason expired", &seen));
    ctx.require("CNV-045", "the lasting one comes", back.gets(&lasting.message));
    ctx.require("CNV-046", "its sender gets no RECEIPT", one.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn no_room(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let max = one.welcome().limit("mailbox_items_max");
    if max > 64 {
        return Err(Halt::NotTestable { why: format!("a mailbox holds {max} items") });
    }
    drop(three);
    two.ack(1);
    one.ack(1);
    // The Welcome lies in carol's mailbox already; the others take what comes.
    for number in 1..max {
        let said = one.says(&talk)?;
        ctx.control("who is there gets it", two.gets(&said.message).and_then(|()| one.gets(&said.own)))?;
        let cursor = number.saturating_add(1);
        two.ack(cursor);
        one.ack(cursor);
        ctx.control("the acknowledgements are read", two.is_alive().and_then(|()| one.is_alive()))?;
    }
    let beyond = one.says(&talk)?;
    ctx.require(
        "CNV-034",
        "the others get it",
        two.gets(&beyond.message).and_then(|()| one.gets(&beyond.own)),
    );
    let mut back = open(ctx, &carol)?;
    let items = back.items(usize::try_from(max).unwrap_or_default());
    let kept = items.iter().filter(|seen| matches!(seen, Seen::Entry { .. })).count();
    ctx.control("as many as it holds are kept", expect_eq(&max, &u64::try_from(kept).unwrap_or_default()))?;
    // It lies behind those that were kept, so that it is there before the answer to a PING.
    let seen = back.fence();
    let is_gap = matches!(seen.as_slice(), [Seen::Gap { count: 1, reason: QUOTA, .. }]);
    ctx.require("CNV-034", "the one beyond is a GAP", holds(is_gap.into(), "GAP of reason quota", &seen));
    if !is_gap {
        return Ok(());
    }
    back.ack(max);
    ctx.control("the acknowledgement is read", back.is_alive())?;
    let next = one.says(&talk)?;
    ctx.require("CNV-034", "when there is room again the next one comes", back.gets(&next.message));
    isolated(ctx, &mut one, &mut outsider)
}

fn unknown_class(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    for class in [2, 33, 4_611_686_018_427_387_903] {
        let client_seq = alice.next_client_seq();
        // Its envelope does not hold either: the class is looked at first.
        one.post_again(client_seq, talk.id, b"no envelope", &say::class(class));
        let judged = refused(&mut one, client_seq, Code::UNKNOWN_CLASS);
        ctx.require("CNV-042", "it is refused", judged);
    }
    super::goes_on(ctx, "CNV-042", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn too_large(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let max = one.welcome().limit("payload_len_max");
    if max >= 61_440 {
        return Err(Halt::NotTestable {
            why: "payload_len_max is the longest that the grammar knows".to_owned(),
        });
    }
    let len = usize::try_from(max).unwrap_or_default().saturating_add(1);
    let mut envelope = talk.message_of(1);
    while envelope.octets().len() < len {
        envelope.ciphertext.push(7);
    }
    let client_seq = one.post(talk.id, &envelope.octets());
    let judged = refused(&mut one, client_seq, Code::PAYLOAD_TOO_LARGE);
    ctx.require("CNV-043", "it is refused", judged);
    super::goes_on(ctx, "CNV-043", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn rate(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (burst, per_s) = (one.welcome().limit("send_burst"), one.welcome().limit("send_rate_per_s"));
    if burst > 500 || per_s > 500 {
        return Err(Halt::NotTestable { why: format!("{burst} at once and {per_s} a second are too many") });
    }
    let (stale, commit) = (talk.message_of(9).octets(), talk.commit_of(9, &Delta::of(&[], &[])).octets());
    let began = ctx.now();
    // Few at once: whatever the server grants, it has granted so many anew when they have their outcomes.
    let mut limited = None;
    // Some SENDs first: they are of the same rate.
    for _ in 0..6 {
        for _ in 0..8 {
            one.send(crate::peer::DeviceId([0xee; 16]), b"x");
        }
        let other = one.outcomes(8).into_iter().find(|seen| !matches!(seen, Seen::Refused(..)));
        limited = limited.or(other);
    }
    while limited.is_none() {
        let ms = u64::try_from(ctx.now().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
        let allowed = burst.saturating_add(per_s.saturating_mul(ms) / 1_000);
        // All of them have an outcome already: what rate and burst allow by now bounds their count.
        if alice.client_seq.get() > allowed.saturating_add(16) {
            let judged = Err(Mismatch::new("RATE", "no RATE"));
            ctx.require("CNV-044", "all kinds together are more than burst and rate allow", judged);
            return Ok(());
        }
        for _ in 0..4 {
            one.post(talk.id, &stale);
            one.commit(talk.id, &commit, &[]);
        }
        limited = one.outcomes(8).into_iter().find(|seen| !matches!(seen, Seen::Refused(..)));
    }
    let Some(Seen::Rate { subject, retry_after_ms, frame_type }) = limited else {
        let seen = format!("{limited:?}");
        ctx.require("CNV-044", "the first that is not handled is RATE", Err(Mismatch::new("RATE", seen)));
        return Ok(());
    };
    let is_beyond = holds((subject > burst).into(), "a number beyond the burst", subject);
    ctx.require("CNV-044", "beyond the burst comes RATE", is_beyond);
    ctx.pause(Duration::from_millis(retry_after_ms.saturating_add(200)))?;
    one.fence();
    alice.client_seq.set(subject.saturating_sub(1));
    ctx.note(format!("frame type {frame_type} was the first"));
    super::goes_on(ctx, "CNV-044", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn rejected(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let said = one.says(&talk)?;
    for session in [&mut two, &mut three] {
        ctx.control("it comes", session.gets(&said.message))?;
        session.say(&[&say::nack(2, 1)]);
        ctx.control("the NACK is read", session.is_alive())?;
    }
    ctx.require("CNV-046", "its place comes", one.gets(&said.own));
    ctx.require("CNV-046", "and nothing else", one.is_quiet());
    super::goes_on(ctx, "CNV-046", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
