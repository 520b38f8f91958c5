//! Credit, both ways.

use pinnace_spec::tables::longest_credited;

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{anonymous, case, holds, open, taken, untouched};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::{Code, Device, Opening, Seen, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("SES-020/1", "no item comes beyond the client's count", &["SES-020"], count_credit),
        case("SES-020/3", "no receipt comes beyond the client's count", &["SES-020"], receipt_credit),
        case("SES-020/2", "no item comes beyond the client's octets", &["SES-020"], byte_credit),
        case(
            "SES-021/1",
            "SENDs beyond the server's credit are FLOW_CONTROL",
            &["SES-021", "ERR-004"],
            over_credit,
        ),
        anonymous(
            "SES-022/1",
            "a CREDIT that lowers the count is FLOW_CONTROL",
            &["SES-022", "ERR-004"],
            |ctx| lowered(ctx, -1, 0),
        ),
        anonymous(
            "SES-022/2",
            "a CREDIT that lowers the octets is FLOW_CONTROL",
            &["SES-022", "ERR-004"],
            |ctx| lowered(ctx, 0, -1),
        ),
        anonymous("SES-045/1", "WELCOME grants credit for a first flight", &["SES-045"], first_credit),
        case("SES-023/1", "credit is raised while SENDs are handled", &["SES-023"], raised),
        case(
            "SES-023/2",
            "credit is raised before the longest frame has no room",
            &["SES-023"],
            room_for_the_longest,
        ),
    ]
}

fn count_credit(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    for payload in [b"one".as_slice(), b"two", b"three"] {
        first.deliver(alice.id, payload)?;
    }
    let mut session = Opening::new(ctx, &alice).with(|opening| opening.hello.credit_count = 1).open()?;
    ctx.control("the first item comes", session.hears(b"one"))?;
    ctx.require("SES-020", "with a count of one, no second one comes", session.is_quiet());
    session.say(&[&say::credit(2, 1 << 32)]);
    ctx.require("SES-020", "with a count of two, the second one comes", session.hears(b"two"));
    ctx.require("SES-020", "and no third", session.is_quiet());
    Ok(())
}

fn byte_credit(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    for payload in [[b'a'; 100], [b'b'; 100]] {
        first.deliver(alice.id, &payload)?;
    }
    // A DELIVER body of 100 octets of payload is 104 octets: two numbers of one octet, a length of two.
    let mut session = Opening::new(ctx, &alice).with(|opening| opening.hello.credit_bytes = 150).open()?;
    ctx.control("the first item comes", session.hears(&[b'a'; 100]))?;
    ctx.require("SES-020", "with 150 octets, no second one comes", session.is_quiet());
    // An extension that nobody knows may make a frame longer.
    session.say(&[&say::credit(1 << 20, 1000)]);
    ctx.require("SES-020", "with 1,000 octets, it comes", session.hears(&[b'b'; 100]));
    Ok(())
}

fn receipt_credit(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let mut receiver = open(ctx, &bob)?;
    for (number, payload) in [(1, b"one".as_slice()), (2, b"two")] {
        sender.deliver(bob.id, payload)?;
        ctx.control("the message comes", receiver.hears(payload))?;
        receiver.ack(number);
        let receipt = sender.item();
        ctx.control("its receipt comes", expect_eq(&Some(number), &receipt.mailbox_seq()))?;
    }
    let mut session = Opening::new(ctx, &alice).with(|opening| opening.hello.credit_count = 1).open()?;
    let first = session.item();
    ctx.control("the first receipt comes", expect_eq(&Some(1), &first.mailbox_seq()))?;
    ctx.require("SES-020", "with a count of one, no second receipt comes", session.is_quiet());
    session.say(&[&say::credit(2, 1 << 33)]);
    let second = session.item();
    ctx.require("SES-020", "with a count of two, it comes", expect_eq(&Some(2), &second.mailbox_seq()));
    Ok(())
}

fn over_credit(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(alice.next_client_seq())]);
    let twin = session.outcome();
    ctx.control("a VOID within the credit is handled", expect_eq(&Seen::Voided(1), &twin))?;
    // One record: whatever the server grants on the way, it cannot have granted so much before it was sent. So many may
    // be beyond the window, too; SES-021/3 exceeds the credit alone.
    let count = session.credit.0.saturating_mul(4).min(15_000);
    let frames: Vec<u8> = (2..count.saturating_add(2)).flat_map(say::void).collect();
    session.say(&[&frames]);
    let seen = session.closing();
    ctx.require("SES-021", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn lowered(ctx: &Ctx, count: i64, octets: i64) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    let (count_limit, bytes_limit) = crate::peer::device::AMPLE_CREDIT;
    session.say(&[&say::credit(count_limit, bytes_limit)]);
    taken(ctx, &mut session)?;
    session.say(&[&say::credit(
        count_limit.saturating_add_signed(count),
        bytes_limit.saturating_add_signed(octets),
    )]);
    let seen = session.closing();
    ctx.require("SES-022", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn room_for_the_longest(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    // Less than half of any grant that has room for the longest body; two numbers of one octet, a length of two.
    let mut spent = 0;
    for _ in 0..3 {
        session.deliver(alice.id, &[b'x'; 2_000])?;
        spent += 2_004;
    }
    taken(ctx, &mut session)?;
    let left = session.credit.1.saturating_sub(spent);
    let frames = pinnace_spec::frames().map_err(|error| Halt::Harness { fault: error.to_string() })?;
    let longest = longest_credited(frames);
    ctx.require(
        "SES-023",
        "what is left has room for the longest frame",
        holds((left >= longest).into(), &format!("at least {longest} octets"), left),
    );
    Ok(())
}

fn first_credit(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let welcome = open(ctx, &device)?.welcome();
    let granted = (welcome.credit_count, welcome.credit_bytes);
    let is_enough = granted.0 >= 16 && granted.1 >= 65_535;
    ctx.require(
        "SES-045",
        "16 frames and 65,535 octets",
        holds(is_enough.into(), "at least 16 and 65,535", granted),
    );
    Ok(())
}

fn raised(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let (initial, _) = session.credit;
    if initial > 4096 {
        return Err(Halt::NotTestable {
            why: format!("the initial credit is {initial}: too much to use up"),
        });
    }
    let batch = 64.min(session.welcome().limit("inflight_max"));
    let mut sent = 0;
    while sent < initial && session.credit.0 == initial {
        let count = batch.min(initial.saturating_sub(sent));
        let voids: Vec<u8> = (0..count).flat_map(|_| say::void(alice.next_client_seq())).collect();
        session.say(&[&voids]);
        let outcomes = session.outcomes(usize::try_from(count).unwrap_or_default());
        let last = outcomes.last().cloned().unwrap_or(Seen::Nothing);
        sent = sent.saturating_add(count);
        ctx.control("the VOIDs are handled", expect_eq(&Seen::Voided(sent), &last))?;
    }
    let quiet = session.is_alive();
    ctx.control("the session goes on", quiet)?;
    let (raised, _) = session.credit;
    ctx.require(
        "SES-023",
        "before the credit is used up it is higher than at first",
        holds((raised > initial).into(), "a higher count", (initial, raised)),
    );
    Ok(())
}
