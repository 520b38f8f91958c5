//! Items are numbered, carry what was sent, and go to their device.

use super::{deliver, numbered};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::{Device, Seen, say};

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

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = CARRIED
        .iter()
        .map(|row| case(row.id, row.title, &["DLV-023"], move |ctx| carried(ctx, row)))
        .collect();
    cases.extend([
        case("DLV-021/1", "messages and receipts share one dense numbering", &["DLV-021"], dense),
        case(
            "DLV-022/1",
            "the messages of two senders keep each sender's order",
            &["DLV-022", "DLV-021"],
            two_senders,
        ),
        case("DLV-023/7", "the longest payload arrives unchanged", &["DLV-023"], longest),
        case("DLV-046/1", "a message goes to nobody but its destination", &["DLV-046"], nobody_else),
        case(
            "DLV-046/2",
            "a message to one device goes to no other device of its account",
            &["DLV-046"],
            no_sibling,
        ),
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
    let max = session.welcome().limit("payload_len_max");
    if usize::try_from(max).is_ok_and(|max| max < payload.len()) {
        return Err(Halt::NotTestable { why: format!("the target takes payloads of {max} octets") });
    }
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
    ctx.require("DLV-046", "nor has alice anything", sender.is_quiet());
    Ok(())
}

fn no_sibling(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let second = Device::sibling(ctx, "second", &bob);
    register(ctx, &[&second])?;
    let mut sender = open(ctx, &alice)?;
    sender.deliver(bob.id, b"for the first")?;
    sender.deliver(second.id, b"for the second")?;
    let mut session = open(ctx, &second)?;
    ctx.require(
        "DLV-046",
        "the second device has its own as its first item",
        expect_eq(&numbered(1, b"for the second"), &deliver(&mut session)),
    );
    ctx.require("DLV-046", "and nothing more", session.is_quiet());
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
