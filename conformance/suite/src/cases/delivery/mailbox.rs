//! The mailbox: items are numbered, kept, offered, acknowledged, and end.

use core::time::Duration;

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open, untouched};
use crate::check::{Judged, Mismatch, expect_eq, expect_one_of};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::say;
use crate::peer::seen::Payload;
use crate::peer::{Code, Device, Opening, Seen, Session, closed_with};

/// Reasons of a GAP.
mod reason {
    pub(super) const EXPIRED: u64 = 0;
    pub(super) const REJECTED: u64 = 1;
    pub(super) const UNDELIVERABLE: u64 = 2;
    pub(super) const ACKNOWLEDGED: u64 = 5;
}

/// A payload that has to arrive as it was sent.
struct Carried {
    id: &'static str,
    title: &'static str,
    payload: fn() -> Vec<u8>,
}

const CARRIED: &[Carried] = &[
    Carried {
        id: "DLV-023/1",
        title: "every octet value arrives unchanged",
        payload: || (0..=255).collect(),
    },
    Carried { id: "DLV-023/2", title: "a payload of one zero octet arrives unchanged", payload: || vec![0] },
    Carried {
        id: "DLV-023/3",
        title: "a payload of 63 octets arrives unchanged",
        payload: || vec![0x3f; 63],
    },
    Carried {
        id: "DLV-023/4",
        title: "a payload of 64 octets arrives unchanged",
        payload: || vec![0x40; 64],
    },
    Carried {
        id: "DLV-023/5",
        title: "a payload of 16,383 octets arrives unchanged",
        payload: || vec![0x7f; 16_383],
    },
    Carried {
        id: "DLV-023/6",
        title: "a payload of 16,384 octets arrives unchanged",
        payload: || vec![0x80; 16_384],
    },
];

/// Something acknowledged that was never assigned.
struct Ahead {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
}

const AHEAD: &[Ahead] = &[
    Ahead {
        id: "DLV-029/1",
        title: "an ACK cursor above mailbox_last is ACK_INVALID",
        octets: || say::ack(2),
    },
    Ahead {
        id: "DLV-029/2",
        title: "an ACK range that ends above mailbox_last is ACK_INVALID",
        octets: || say::ack_ranges(0, &[(1, 1)]),
    },
    Ahead {
        id: "DLV-029/3",
        title: "an ACK range up to the highest number is ACK_INVALID",
        octets: || say::ack_ranges(0, &[(1, 4_611_686_018_427_387_902)]),
    },
    Ahead {
        id: "DLV-029/4",
        title: "an ACK range beyond the highest number is ACK_INVALID",
        octets: || say::ack_ranges(1, &[(4_611_686_018_427_387_903, 4_611_686_018_427_387_903)]),
    },
    Ahead { id: "DLV-029/5", title: "a NACK above mailbox_last is ACK_INVALID", octets: || say::nack(2, 1) },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = CARRIED
        .iter()
        .map(|row| case(row.id, row.title, &["DLV-023"], move |ctx| carried(ctx, row)))
        .collect();
    cases.extend(
        AHEAD.iter().map(|row| case(row.id, row.title, &["DLV-029", "ERR-004"], move |ctx| ahead(ctx, row))),
    );
    cases.extend([
        case("DLV-009/1", "a message to a device that is away waits for it", &["DLV-009", "SES-040"], waits),
        case("DLV-021/1", "messages and receipts share one dense numbering", &["DLV-021"], dense),
        case(
            "DLV-022/1",
            "the messages of two senders keep each sender's order",
            &["DLV-022", "DLV-021"],
            two_senders,
        ),
        case("DLV-023/7", "the longest payload arrives unchanged", &["DLV-023"], longest),
        case(
            "DLV-024/1",
            "an item that is not acknowledged is offered in every session",
            &["DLV-024", "DLV-025"],
            kept,
        ),
        case("DLV-025/1", "an ACK that is lost brings the item again", &["DLV-025"], lost_ack),
        case("DLV-026/1", "an item is offered once in a session", &["DLV-026"], offered_once),
        case("DLV-027/1", "an acknowledged item is not offered again", &["DLV-027"], acknowledged),
        case("DLV-027/2", "HELLO's cursor acknowledges", &["DLV-027", "DLV-032"], hello_cursor),
        case(
            "DLV-027/3",
            "an early ACK acknowledges once the session is confirmed",
            &["DLV-027", "SES-017"],
            early_ack,
        ),
        case("DLV-028/1", "an item acknowledged out of order becomes a GAP", &["DLV-028"], folded),
        case("DLV-028/2", "a run acknowledged out of order becomes a GAP", &["DLV-028"], folded_run),
        case("DLV-030/1", "an ACK below the stored cursor is ignored", &["DLV-030"], lower_ack),
        case("DLV-035/1", "a terminal NACK ends its item and the next one passes", &["DLV-035"], |ctx| {
            ends(ctx, 1)
        }),
        case("EXT-004/1", "an unknown NACK reason of 63 is terminal", &["EXT-004", "DLV-035"], |ctx| {
            ends_unknown(ctx, 63)
        }),
        case(
            "DLV-037/1",
            "a NACK that is not terminal leaves the item to the next session",
            &["DLV-037"],
            |ctx| later(ctx, 64, "DLV-037"),
        ),
        case("EXT-004/2", "an unknown NACK reason of 65 is not terminal", &["EXT-004"], |ctx| {
            later(ctx, 65, "EXT-004")
        }),
        case("DLV-038/1", "an expired item is a GAP", &["DLV-038", "DLV-039", "DLV-040"], expired),
        case("DLV-040/1", "an item whose expiry is far is delivered", &["DLV-040"], not_expired),
        case(
            "DLV-041/1",
            "an item offered in redelivery_max sessions becomes a GAP",
            &["DLV-041", "DLV-009"],
            given_up,
        ),
        case("DLV-046/1", "a message goes to nobody but its destination", &["DLV-046"], nobody_else),
        case(
            "DLV-048/1",
            "a message of class call and the normal ones all come",
            &["DLV-048", "DLV-051"],
            call,
        ),
        case("DLV-051/1", "a normal message carries no class", &["DLV-051"], no_class),
    ]);
    cases
}

fn carried(ctx: &Ctx, row: &'static Carried) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let payload = (row.payload)();
    session.deliver(alice.id, &payload)?;
    ctx.require("DLV-023", row.title, session.hears(&payload));
    Ok(())
}

fn longest(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let len = usize::try_from(session.welcome().limit("payload_len_max")).unwrap_or_default();
    let mut payload = vec![0; len];
    ctx.rng("payload").fill(&mut payload);
    session.deliver(alice.id, &payload)?;
    ctx.require("DLV-023", "payload_len_max octets arrive", session.hears(&payload));
    Ok(())
}

fn ahead(ctx: &Ctx, row: &'static Ahead) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    ctx.control("the only item is there", session.hears(b"one"))?;
    session.say(&[&say::ack_ranges(0, &[])]);
    ctx.control("an ACK within the mailbox is taken", session.is_alive())?;
    session.say(&[&(row.octets)()]);
    let seen = session.closing();
    ctx.require("DLV-029", row.title, closed_with(Code::ACK_INVALID, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

/// A mailbox of bob's with these messages of alice's.
fn filled(ctx: &Ctx, payloads: &[&[u8]]) -> Result<[Device; 2], Halt> {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    for payload in payloads {
        sender.deliver(bob.id, payload)?;
    }
    Ok([alice, bob])
}

/// The next item as number and payload.
fn deliver(session: &mut Session<'_>) -> Result<(u64, Payload), String> {
    match session.item() {
        Seen::Deliver { mailbox_seq, payload, .. } => Ok((mailbox_seq, payload)),
        other => Err(format!("{other:?}")),
    }
}

fn numbered(mailbox_seq: u64, payload: &[u8]) -> Result<(u64, Payload), String> {
    Ok((mailbox_seq, Payload::from(payload)))
}

fn waits(ctx: &Ctx) -> CaseResult {
    let [_alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-009", "the first comes", receiver.hears(b"one"));
    ctx.require("DLV-009", "the second comes", receiver.hears(b"two"));
    ctx.require(
        "SES-040",
        "WELCOME told how far the mailbox goes",
        expect_eq(&2, &receiver.welcome().mailbox_last),
    );
    Ok(())
}

fn dense(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let first = session.item();
    session.ack(1);
    let receipt = session.item();
    session.deliver(alice.id, b"two")?;
    let second = session.item();
    let numbers: Vec<Option<u64>> = [first, receipt, second].iter().map(Seen::mailbox_seq).collect();
    ctx.require(
        "DLV-021",
        "message, receipt, message",
        expect_eq(&vec![Some(1), Some(2), Some(3)], &numbers),
    );
    Ok(())
}

fn two_senders(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol] = people(ctx, ["alice", "bob", "carol"])?;
    let mut receiver = open(ctx, &carol)?;
    let mut senders = [open(ctx, &alice)?, open(ctx, &bob)?];
    for round in 0..10_u8 {
        for sender in &mut senders {
            sender.send(carol.id, &[round]);
        }
    }
    let items = receiver.items(20);
    let numbers: Vec<Option<u64>> = items.iter().map(Seen::mailbox_seq).collect();
    ctx.require(
        "DLV-021",
        "twenty items, densely numbered",
        expect_eq(&(1..=20).map(Some).collect(), &numbers),
    );
    for device in [&alice, &bob] {
        let rounds: Vec<u8> = items.iter().filter_map(|item| round_of(device, item)).collect();
        ctx.require(
            "DLV-022",
            "each sender's messages rise",
            expect_eq(&(0..10).collect::<Vec<u8>>(), &rounds),
        );
    }
    Ok(())
}

fn round_of(device: &Device, seen: &Seen) -> Option<u8> {
    match seen {
        Seen::Deliver { from: Some(from), payload, .. } if *from == device.id => payload.0.first().copied(),
        _ => None,
    }
}

fn kept(ctx: &Ctx) -> CaseResult {
    let [_alice, bob] = filled(ctx, &[b"one", b"two"])?;
    for _ in 0..3 {
        let mut receiver = open(ctx, &bob)?;
        let heard = [deliver(&mut receiver), deliver(&mut receiver)];
        let expected = [numbered(1, b"one"), numbered(2, b"two")];
        ctx.require("DLV-024", "both are kept", expect_eq(&expected, &heard));
        ctx.require("DLV-025", "both are offered, under their numbers", expect_eq(&expected, &heard));
    }
    Ok(())
}

fn lost_ack(ctx: &Ctx) -> CaseResult {
    let [_alice, bob] = filled(ctx, &[b"one"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    // The device has it, and the connection is gone before the ACK was sent.
    drop(receiver);
    let mut next = open(ctx, &bob)?;
    ctx.require(
        "DLV-025",
        "it comes again under its number",
        expect_eq(&numbered(1, b"one"), &deliver(&mut next)),
    );
    next.ack(1);
    ctx.control("this ACK arrives", next.is_alive())?;
    Ok(())
}

fn offered_once(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::credit(1 << 21, 1 << 33)]);
    open(ctx, &alice)?.deliver(bob.id, b"two")?;
    ctx.require(
        "DLV-026",
        "the next item is the next one",
        expect_eq(&numbered(2, b"two"), &deliver(&mut receiver)),
    );
    ctx.require("DLV-026", "and nothing follows", receiver.is_quiet());
    Ok(())
}

fn acknowledged(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::ack(1)]);
    await_receipt(ctx, &alice)?;
    // The device forgets its cursor: the server's is what counts.
    let mut next = open(ctx, &bob)?;
    ctx.require("DLV-027", "WELCOME tells the cursor", expect_eq(&1, &next.welcome().cursor));
    ctx.require(
        "DLV-027",
        "the first offer is the second item",
        expect_eq(&numbered(2, b"two"), &deliver(&mut next)),
    );
    Ok(())
}

/// The acknowledgement is stored: the sender's receipt is there.
fn await_receipt(ctx: &Ctx, sender: &Device) -> Result<(), Halt> {
    let mut session = open(ctx, sender)?;
    let seen = session.item();
    let judged: Judged = match &seen {
        Seen::Receipt { status: 0, .. } => Ok(()),
        other => Err(Mismatch::new("RECEIPT of status delivered", format!("{other:?}"))),
    };
    ctx.control("the acknowledgement is stored", judged)
}

fn hello_cursor(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut session = Opening::new(ctx, &bob).with(|opening| opening.hello.cursor = 1).open()?;
    ctx.require(
        "DLV-027",
        "the first offer is the second item",
        expect_eq(&numbered(2, b"two"), &deliver(&mut session)),
    );
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    let is_receipt = matches!(&receipt, Seen::Receipt { status: 0, ranges, .. } if *ranges == [(1, 1)]);
    ctx.require("DLV-032", "the sender has its receipt", holds(is_receipt.into(), "RECEIPT for 1", &receipt));
    Ok(())
}

fn early_ack(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let session = Opening::new(ctx, &bob).with(|opening| opening.early = say::ack(1)).open()?;
    await_receipt(ctx, &alice)?;
    drop(session);
    let mut next = open(ctx, &bob)?;
    ctx.require("SES-017", "after confirmation the cursor has moved", expect_eq(&1, &next.welcome().cursor));
    ctx.require(
        "DLV-027",
        "the first offer is the second item",
        expect_eq(&numbered(2, b"two"), &deliver(&mut next)),
    );
    Ok(())
}

fn folded(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two", b"three"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control(
        "the items come",
        expect_eq(&3, &receiver.items(3).iter().filter(|seen| seen.is_item()).count()),
    )?;
    receiver.say(&[&say::ack_ranges(0, &[(1, 1)])]);
    await_receipt(ctx, &alice)?;
    let mut next = open(ctx, &bob)?;
    let first = deliver(&mut next);
    let gap = next.item();
    let third = deliver(&mut next);
    ctx.require("DLV-028", "the one below comes", expect_eq(&numbered(1, b"one"), &first));
    let expected = Seen::Gap { mailbox_seq: 2, count: 1, reason: reason::ACKNOWLEDGED };
    ctx.require("DLV-028", "the acknowledged one is a GAP", expect_eq(&expected, &gap));
    ctx.require("DLV-028", "the one above comes", expect_eq(&numbered(3, b"three"), &third));
    Ok(())
}

fn folded_run(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two", b"three", b"four"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control(
        "the items come",
        expect_eq(&4, &receiver.items(4).iter().filter(|seen| seen.is_item()).count()),
    )?;
    receiver.say(&[&say::ack_ranges(0, &[(1, 2)])]);
    await_receipt(ctx, &alice)?;
    let mut next = open(ctx, &bob)?;
    ctx.require("DLV-028", "the one below comes", expect_eq(&numbered(1, b"one"), &deliver(&mut next)));
    // Neighbouring gaps of one reason may be one frame, or one each.
    let first = next.item();
    let gaps = match &first {
        Seen::Gap { count: 1, .. } => vec![first, next.item()],
        _ => vec![first],
    };
    let one = |mailbox_seq, count| Seen::Gap { mailbox_seq, count, reason: reason::ACKNOWLEDGED };
    let allowed = [vec![one(2, 2)], vec![one(2, 1), one(3, 1)]];
    ctx.require("DLV-028", "the run is a GAP", expect_one_of(&allowed, &gaps));
    ctx.require("DLV-028", "the one above comes", expect_eq(&numbered(4, b"four"), &deliver(&mut next)));
    Ok(())
}

fn lower_ack(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two", b"three"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control(
        "the items come",
        expect_eq(&3, &receiver.items(3).iter().filter(|seen| seen.is_item()).count()),
    )?;
    receiver.say(&[&say::ack(2), &say::ack(1), &say::ack(0)]);
    await_receipt(ctx, &alice)?;
    ctx.require("DLV-030", "the session goes on", receiver.is_alive());
    let mut next = open(ctx, &bob)?;
    ctx.require("DLV-030", "the cursor stays", expect_eq(&2, &next.welcome().cursor));
    ctx.require(
        "DLV-030",
        "the first offer is the third item",
        expect_eq(&numbered(3, b"three"), &deliver(&mut next)),
    );
    Ok(())
}

/// A NACK of this reason; gives bob's next session once alice has heard of it.
fn nacked<'a>(ctx: &'a Ctx, [alice, bob]: &'a [Device; 2], reason: u64) -> Result<Session<'a>, Halt> {
    let mut receiver = open(ctx, bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::nack(1, reason)]);
    ctx.control("the session goes on", receiver.is_alive())?;
    let mut sender = open(ctx, alice)?;
    let receipt = sender.item();
    let is_rejected = matches!(&receipt, Seen::Receipt { status: 2, ranges, .. } if *ranges == [(1, 1)]);
    ctx.control("the sender is told", holds(is_rejected.into(), "RECEIPT of status rejected", &receipt))?;
    open(ctx, bob)
}

fn judge_end(ctx: &Ctx, requirement: &str, session: &mut Session<'_>) {
    let first = session.item();
    let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::REJECTED };
    ctx.require(requirement, "the item is a GAP", expect_eq(&expected, &first));
    ctx.require(requirement, "the next one comes", expect_eq(&numbered(2, b"two"), &deliver(session)));
}

fn ends(ctx: &Ctx, reason: u64) -> CaseResult {
    let devices = filled(ctx, &[b"one", b"two"])?;
    let mut session = nacked(ctx, &devices, reason)?;
    judge_end(ctx, "DLV-035", &mut session);
    Ok(())
}

fn ends_unknown(ctx: &Ctx, reason: u64) -> CaseResult {
    let devices = filled(ctx, &[b"one", b"two"])?;
    let mut session = nacked(ctx, &devices, reason)?;
    judge_end(ctx, "DLV-035", &mut session);
    ctx.require("EXT-004", "the unknown reason is terminal", Ok(()));
    Ok(())
}

fn later(ctx: &Ctx, reason: u64, requirement: &'static str) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::nack(1, reason)]);
    ctx.require(requirement, "the session goes on", receiver.is_alive());
    ctx.require(requirement, "the next one passes", receiver.hears(b"two"));
    let mut next = open(ctx, &bob)?;
    let heard = [deliver(&mut next), deliver(&mut next)];
    ctx.require(
        requirement,
        "both are offered again",
        expect_eq(&[numbered(1, b"one"), numbered(2, b"two")], &heard),
    );
    next.ack(2);
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    let is_delivered = matches!(&receipt, Seen::Receipt { mailbox_seq: 1, status: 0, .. });
    ctx.require(
        requirement,
        "the sender heard of no rejection",
        holds(is_delivered.into(), "RECEIPT of status delivered", &receipt),
    );
    Ok(())
}

fn expired(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let brief = sender.send_with(bob.id, b"brief", &say::expires_in_s(1));
    let lasting = sender.send_with(bob.id, b"lasting", &say::expires_in_s(600));
    let outcomes = sender.outcomes(2);
    ctx.control(
        "both are accepted",
        expect_eq(&vec![Seen::Accepted(brief), Seen::Accepted(lasting)], &outcomes),
    )?;
    ctx.pause(Duration::from_secs(1))?;
    let mut receiver = open(ctx, &bob)?;
    let first = receiver.item();
    let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::EXPIRED };
    ctx.require("DLV-038", "the brief one is a GAP", expect_eq(&expected, &first));
    ctx.require(
        "DLV-040",
        "the lasting one comes",
        expect_eq(&numbered(2, b"lasting"), &deliver(&mut receiver)),
    );
    let receipt = sender.item();
    let is_told = matches!(&receipt, Seen::Receipt { status: 1, ranges, .. } if *ranges == [(brief, 1)]);
    ctx.require(
        "DLV-039",
        "the sender is told",
        holds(is_told.into(), "RECEIPT of status expired", &receipt),
    );
    Ok(())
}

fn not_expired(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let client_seq = session.send_with(alice.id, b"lasting", &say::expires_in_s(2_592_000));
    let seen = session.outcome();
    ctx.require("DLV-040", "30 days are accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    ctx.require("DLV-040", "and delivered", session.hears(b"lasting"));
    Ok(())
}

fn given_up(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"poison", b"sound"])?;
    let mut receiver = open(ctx, &bob)?;
    let max = receiver.welcome().limit("redelivery_max");
    if max > 64 {
        return Err(Halt::NotTestable {
            why: format!("an item is offered in {max} sessions before it is given up"),
        });
    }
    for offer in 1..=max {
        let first = receiver.hears(b"poison");
        ctx.control(&format!("offer {offer} of {max} comes"), first)?;
        ctx.control("the session is confirmed", receiver.is_alive())?;
        receiver = open(ctx, &bob)?;
    }
    let first = receiver.item();
    let expected = Seen::Gap { mailbox_seq: 1, count: 1, reason: reason::UNDELIVERABLE };
    ctx.require("DLV-041", "after so many sessions it is a GAP", expect_eq(&expected, &first));
    ctx.require("DLV-041", "the next one comes", receiver.hears(b"sound"));
    let mut sender = open(ctx, &alice)?;
    let receipt = sender.item();
    let is_told = matches!(&receipt, Seen::Receipt { status: 3, ranges, .. } if *ranges == [(1, 1)]);
    ctx.require(
        "DLV-009",
        "the sender is told",
        holds(is_told.into(), "RECEIPT of status undeliverable", &receipt),
    );
    Ok(())
}

fn nobody_else(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol] = people(ctx, ["alice", "bob", "carol"])?;
    let (mut to_bob, mut to_carol) = (open(ctx, &bob)?, open(ctx, &carol)?);
    let mut sender = open(ctx, &alice)?;
    sender.deliver(bob.id, b"for bob")?;
    sender.deliver(carol.id, b"for carol")?;
    ctx.require(
        "DLV-046",
        "bob has his as his first item",
        expect_eq(&numbered(1, b"for bob"), &deliver(&mut to_bob)),
    );
    ctx.require(
        "DLV-046",
        "carol has hers as her first item",
        expect_eq(&numbered(1, b"for carol"), &deliver(&mut to_carol)),
    );
    ctx.require("DLV-046", "and bob has nothing more", to_bob.is_quiet());
    Ok(())
}

fn call(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    sender.send(bob.id, b"one");
    sender.send(bob.id, b"two");
    sender.send_with(bob.id, b"ring", &say::class(1));
    let outcomes = sender.outcomes(3);
    ctx.control("all are accepted", expect_eq(&(1..=3).map(Seen::Accepted).collect::<Vec<_>>(), &outcomes))?;
    let mut receiver = open(ctx, &bob)?;
    let mut items = receiver.items(3);
    items.sort_by_key(Seen::mailbox_seq);
    let numbers: Vec<Option<u64>> = items.iter().map(Seen::mailbox_seq).collect();
    ctx.require(
        "DLV-048",
        "in whatever order, all come under their numbers",
        expect_eq(&(1..=3).map(Some).collect(), &numbers),
    );
    let class = items.last().map(class_of);
    ctx.require("DLV-051", "the call carries its class", expect_eq(&Some(Some(1)), &class));
    Ok(())
}

const fn class_of(seen: &Seen) -> Option<u64> {
    match seen {
        Seen::Deliver { class, .. } => *class,
        _ => None,
    }
}

fn no_class(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"normal")?;
    let item = session.item();
    ctx.control("the message comes", holds(item.is_item().into(), "DELIVER", &item))?;
    ctx.require("DLV-051", "it has no class", expect_eq(&None, &class_of(&item)));
    Ok(())
}
