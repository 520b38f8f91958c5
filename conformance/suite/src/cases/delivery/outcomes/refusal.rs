//! Messages that are not taken: refused, over a rate, over a window.

use super::{NOBODY, again};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open, untouched};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::say::kind;
use crate::peer::{Code, Device, Seen, Session, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "DLV-016/1",
            "a SEND over the rate is RATE, and its number is handled later",
            &["DLV-016", "DLV-017"],
            rate,
        ),
        case("DLV-045/1", "more SENDs than inflight_max are FLOW_CONTROL", &["DLV-045", "ERR-004"], inflight),
        case(
            "DLV-010/1",
            "a message to an unknown device is UNKNOWN_DEVICE",
            &["DLV-010", "ERR-001"],
            unknown_device,
        ),
        case("DLV-011/1", "a message beyond the mailbox's quota is MAILBOX_FULL", &["DLV-011"], mailbox_full),
        case("DLV-011/2", "what is acknowledged makes room again", &["DLV-011"], room_again),
        case("DLV-012/1", "a payload above payload_len_max is PAYLOAD_TOO_LARGE", &["DLV-012"], too_large),
        case(
            "DLV-013/1",
            "a class that is not registered is UNKNOWN_CLASS",
            &["DLV-013", "ERR-001"],
            unknown_class,
        ),
    ]
}

fn rate(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let welcome = session.welcome();
    let (burst, per_s) = (welcome.limit("send_burst"), welcome.limit("send_rate_per_s"));
    if burst > 1000 || per_s > 1000 {
        return Err(Halt::NotTestable {
            why: format!("{burst} SENDs at once and {per_s} a second are too many to send"),
        });
    }
    session.say(&[&say::bind(0, NOBODY)]);
    let began = ctx.now();
    let mut limited = None;
    while limited.is_none() {
        let allowed = u128::from(burst).saturating_add(
            (ctx.now().saturating_sub(began).as_millis().saturating_mul(u128::from(per_s))) / 1000,
        );
        if u128::from(alice.client_seq.get()) > allowed.saturating_mul(2).saturating_add(300) {
            ctx.require("DLV-017", "twice the burst is over the rate", Err(Mismatch::new("RATE", "no RATE")));
            ctx.require("DLV-016", "RATE comes", Err(Mismatch::new("RATE", "no RATE")));
            return Ok(());
        }
        let frames: Vec<u8> = (0..64).flat_map(|_| say::send(alice.next_client_seq(), 0, b"x")).collect();
        session.say(&[&frames]);
        limited = session.outcomes(64).into_iter().find(|seen| !matches!(seen, Seen::Refused(..)));
    }
    let seen = limited.unwrap_or(Seen::Nothing);
    let Seen::Rate { frame_type: kind::SEND, subject, retry_after_ms } = seen else {
        ctx.require(
            "DLV-017",
            "the first that is not handled is RATE",
            Err(Mismatch::new("RATE of SEND", format!("{seen:?}"))),
        );
        ctx.require("DLV-016", "RATE comes", Err(Mismatch::new("RATE of SEND", format!("{seen:?}"))));
        return Ok(());
    };
    ctx.require(
        "DLV-017",
        "beyond the burst comes RATE",
        holds((subject > burst).into(), "a number beyond the burst", subject),
    );
    ctx.pause(core::time::Duration::from_millis(retry_after_ms.saturating_add(20)))?;
    let seen = again(&mut session, subject, NOBODY, b"x");
    ctx.require(
        "DLV-016",
        "after the told wait the same number is handled",
        expect_eq(&Seen::Refused(subject, Code::UNKNOWN_DEVICE), &seen),
    );
    Ok(())
}

fn inflight(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let (window, credit) = (session.welcome().limit("inflight_max"), session.credit.0);
    let count = window.saturating_mul(4).min(8000);
    // Within the credit where that is possible: it is the window that is judged.
    let within = credit.saturating_sub(1);
    let count = if within > window { count.min(within) } else { count };
    let frames: Vec<u8> =
        (2..count.saturating_add(2)).flat_map(|client_seq| say::send(client_seq, 0, b"x")).collect();
    session.say(&[&frames]);
    let seen = session.closing();
    ctx.require("DLV-045", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn unknown_device(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let client_seq = session.send(NOBODY, b"to nobody");
    let seen = session.outcome();
    ctx.require(
        "DLV-010",
        "it is refused",
        expect_eq(&Seen::Refused(client_seq, Code::UNKNOWN_DEVICE), &seen),
    );
    let next = session.send(alice.id, b"to myself");
    let seen = session.outcome();
    ctx.require("ERR-001", "the session goes on", expect_eq(&Seen::Accepted(next), &seen));
    Ok(())
}

/// Fills bob's mailbox up to its quota with messages of alice's; gives their payload and their count.
fn fill(session: &mut Session<'_>, bob: &Device) -> Result<(Vec<u8>, u64), Halt> {
    let welcome = session.welcome();
    let (items, octets) = (welcome.limit("mailbox_items_max"), welcome.limit("mailbox_bytes_max"));
    let payload = vec![b'x'; usize::try_from(octets.min(60_000)).unwrap_or_default()];
    let (count, payload) = if items <= 512 { (items, b"x".to_vec()) } else { (octets / 60_000, payload) };
    if count > 512 {
        return Err(Halt::NotTestable { why: format!("a mailbox holds {items} items and {octets} octets") });
    }
    for _ in 0..count {
        session.deliver(bob.id, &payload)?;
    }
    Ok((payload, count))
}

fn room_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut session = open(ctx, &alice)?;
    let (payload, count) = fill(&mut session, &bob)?;
    session.send(bob.id, &payload);
    let refused = session.outcome();
    let is_full = matches!(refused, Seen::Refused(_, Code::MAILBOX_FULL));
    // By octets a mailbox may have room for one more; then another one fills it.
    if !is_full {
        session.send(bob.id, &payload);
        let refused = session.outcome();
        let is_full = matches!(refused, Seen::Refused(_, Code::MAILBOX_FULL));
        ctx.control("the mailbox is full", holds(is_full.into(), "MAILBOX_FULL", &refused))?;
    }
    let mut receiver = open(ctx, &bob)?;
    let items = receiver.items(usize::try_from(count).unwrap_or_default());
    let last = items.last().and_then(Seen::mailbox_seq).unwrap_or_default();
    receiver.ack(last);
    let receipt = session.item();
    ctx.control("the acknowledgement is stored", holds(receipt.is_item().into(), "RECEIPT", &receipt))?;
    let client_seq = session.send(bob.id, &payload);
    let seen = session.outcome();
    ctx.require("DLV-011", "there is room for one more", expect_eq(&Seen::Accepted(client_seq), &seen));
    Ok(())
}

fn mailbox_full(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut session = open(ctx, &alice)?;
    let (payload, _) = fill(&mut session, &bob)?;
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        session.send(bob.id, &payload);
        outcomes.push(session.outcome());
    }
    let last = outcomes.pop().unwrap_or(Seen::Nothing);
    let expected = Seen::Refused(alice.client_seq.get(), Code::MAILBOX_FULL);
    ctx.require("DLV-011", "one beyond the quota is MAILBOX_FULL", expect_eq(&expected, &last));
    Ok(())
}

fn too_large(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let max = session.welcome().limit("payload_len_max");
    if max >= 61_440 {
        return Err(Halt::NotTestable {
            why: "payload_len_max is the longest that the grammar knows".to_owned(),
        });
    }
    let max = usize::try_from(max).unwrap_or_default();
    session.deliver(alice.id, &vec![b'x'; max])?;
    let client_seq = session.send(alice.id, &vec![b'x'; max.saturating_add(1)]);
    let seen = session.outcome();
    ctx.require(
        "DLV-012",
        "one octet more is refused",
        expect_eq(&Seen::Refused(client_seq, Code::PAYLOAD_TOO_LARGE), &seen),
    );
    Ok(())
}

fn unknown_class(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let known = session.send_with(alice.id, b"call", &say::class(1));
    let seen = session.outcome();
    ctx.control("a known class is accepted", expect_eq(&Seen::Accepted(known), &seen))?;
    for class in [2, 33, 4_611_686_018_427_387_903] {
        let client_seq = session.send_with(alice.id, b"x", &say::class(class));
        let seen = session.outcome();
        ctx.require(
            "DLV-013",
            "it is refused",
            expect_eq(&Seen::Refused(client_seq, Code::UNKNOWN_CLASS), &seen),
        );
    }
    let next = session.send(alice.id, b"normal");
    let seen = session.outcome();
    ctx.require("ERR-001", "the session goes on", expect_eq(&Seen::Accepted(next), &seen));
    Ok(())
}
