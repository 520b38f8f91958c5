//! Acknowledgements.

use super::{await_receipt, deliver, filled, numbered, reason};
use crate::case::{Case, CaseResult};
use crate::cases::words::{case, holds, open, untouched};
use crate::check::{expect_eq, expect_one_of};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Opening, Seen, closed_with, say};

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
    let mut cases: Vec<Case> = AHEAD
        .iter()
        .map(|row| case(row.id, row.title, &["DLV-029", "DLV-024", "ERR-004"], move |ctx| ahead(ctx, row)))
        .collect();
    cases.extend([
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
    ]);
    cases
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
    let mut next = open(ctx, &alice)?;
    ctx.require("DLV-024", "nothing of the frame took effect", expect_eq(&0, &next.welcome().cursor));
    ctx.require("DLV-024", "the item is still there", expect_eq(&numbered(1, b"one"), &deliver(&mut next)));
    Ok(())
}

fn acknowledged(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = filled(ctx, &[b"one", b"two"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("the item comes", receiver.hears(b"one"))?;
    receiver.say(&[&say::ack(1)]);
    // Bob's own message is handled behind his acknowledgement.
    receiver.deliver(alice.id, b"behind it")?;
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
    receiver.deliver(alice.id, b"behind it")?;
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
