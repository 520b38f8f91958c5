//! Ephemerals: handed on or dropped, never stored, never answered.

use core::time::Duration;

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, holds, open};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::seen::Payload;
use crate::peer::{Code, DeviceId, Seen, Session, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("DLV-042/1", "an EPHEMERAL to a device that is away is gone", &["DLV-042"], away),
        case(
            "DLV-042/2",
            "an EPHEMERAL to a device that is there takes no mailbox number",
            &["DLV-042"],
            no_number,
        ),
        case("DLV-043/1", "an EPHEMERAL reaches a device that is there", &["DLV-043", "SES-034"], there),
        case(
            "DLV-043/2",
            "an EPHEMERAL of 4,096 octets reaches a device that is there",
            &["DLV-043"],
            longest,
        ),
        case("DLV-046/3", "an EPHEMERAL goes to nobody but its destination", &["DLV-046"], nobody_else),
        case("DLV-044/1", "an EPHEMERAL to an unknown device is not answered", &["DLV-044"], unknown),
        case("DLV-044/2", "an EPHEMERAL to a device that is there is not answered", &["DLV-044"], unanswered),
        case(
            "DLV-053/1",
            "EPHEMERALs beyond the rate are dropped, and their sender hears nothing",
            &["DLV-053"],
            beyond_the_rate,
        ),
    ]
}

fn ephemeral(session: &mut Session<'_>, to: DeviceId, payload: &[u8]) {
    let (alias, bind) = session.alias(to);
    session.say(&[&bind, &say::ephemeral(alias, payload)]);
}

/// The next EPHEMERAL, or what ended the waiting for it.
fn next_ephemeral(session: &mut Session<'_>) -> Seen {
    session.next_where(|seen| matches!(seen, Seen::Ephemeral { .. }))
}

fn away(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, bob.id, b"typing");
    sender.deliver(bob.id, b"message")?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require(
        "DLV-042",
        "the mailbox holds the message alone",
        expect_eq(&1, &receiver.welcome().mailbox_last),
    );
    let first = receiver.hear();
    let judged = match &first {
        Seen::Deliver { mailbox_seq: 1, .. } => Ok(()),
        other => Err(Mismatch::new("DELIVER 1", format!("{other:?}"))),
    };
    ctx.require("DLV-042", "which is all that comes", judged);
    // Only a confirmed session is handed ephemerals: one answer of it lets what would come catch up.
    ctx.control("the session is confirmed", receiver.is_alive())?;
    ctx.require("DLV-042", "and nothing follows", receiver.is_quiet());
    Ok(())
}

fn no_number(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, bob.id, b"typing");
    sender.deliver(bob.id, b"message")?;
    let item = receiver.item();
    ctx.require("DLV-042", "the message is item 1", expect_eq(&Some(1), &item.mailbox_seq()));
    let next = open(ctx, &bob)?;
    ctx.require("DLV-042", "and the only one", expect_eq(&1, &next.welcome().mailbox_last));
    Ok(())
}

fn there(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("bob's session is confirmed", receiver.is_alive())?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, bob.id, b"typing");
    let seen = next_ephemeral(&mut receiver);
    let expected = Seen::Ephemeral { from: Some(alice.id), payload: Payload::from(b"typing".as_slice()) };
    ctx.require("DLV-043", "it comes as it was sent", expect_eq(&expected, &seen));
    let from = match &seen {
        Seen::Ephemeral { from, .. } => *from,
        _ => return Err(Halt::NoAnswer),
    };
    ctx.require("SES-034", "under a bound alias", expect_eq(&Some(alice.id), &from));
    Ok(())
}

fn nobody_else(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol] = people(ctx, ["alice", "bob", "carol"])?;
    let (mut receiver, mut other) = (open(ctx, &bob)?, open(ctx, &carol)?);
    ctx.control("bob's session is confirmed", receiver.is_alive())?;
    ctx.control("carol's session is confirmed", other.is_alive())?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, bob.id, b"typing");
    // The message behind it reaches carol: what was for bob would have come before.
    sender.deliver(carol.id, b"fence")?;
    let heard = other.hear();
    let is_fence = matches!(&heard, Seen::Deliver { payload, .. } if payload.0 == b"fence");
    ctx.require("DLV-046", "carol hears her message alone", holds(is_fence.into(), "DELIVER", &heard));
    ctx.require("DLV-046", "and nothing behind it", other.is_quiet());
    ctx.require("DLV-046", "alice hears nothing", sender.is_quiet());
    Ok(())
}

fn longest(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("bob's session is confirmed", receiver.is_alive())?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, bob.id, &[0xa7; 4096]);
    let seen = next_ephemeral(&mut receiver);
    let expected = Seen::Ephemeral { from: Some(alice.id), payload: Payload(vec![0xa7; 4096]) };
    ctx.require("DLV-043", "it comes as it was sent", expect_eq(&expected, &seen));
    Ok(())
}

fn unknown(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, DeviceId([0xee; 16]), b"typing");
    // The message behind it is refused: what would answer the ephemeral would have come before.
    let client_seq = sender.send(DeviceId([0xee; 16]), b"fence");
    let seen = sender.hear();
    let refused = Seen::Refused(client_seq, Code::UNKNOWN_DEVICE);
    ctx.require("DLV-044", "the next answer is the message's", expect_eq(&refused, &seen));
    Ok(())
}

fn unanswered(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut sender = open(ctx, &alice)?;
    ephemeral(&mut sender, bob.id, b"typing");
    sender.deliver(bob.id, b"fence")?;
    ctx.control("the message behind it comes", receiver.hears(b"fence"))?;
    ctx.require("DLV-044", "the sender hears nothing of it", sender.is_quiet());
    Ok(())
}

/// EPHEMERALs in one record: few, so that a destination that reads them is not congested.
const ROW: u64 = 8;
/// EPHEMERALs above all that burst and rate allow by then, before the limit counts as kept.
const BEYOND: u64 = 40;
/// EPHEMERALs that the case sends at most.
const SENT_MAX: u64 = 2_000;

fn beyond_the_rate(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    ctx.control("bob's session is confirmed", receiver.is_alive())?;
    let mut sender = open(ctx, &alice)?;
    let bucket = Bucket::of(&sender, ctx);
    ephemeral(&mut sender, bob.id, b"typing");
    ctx.control("one EPHEMERAL comes", is_ephemeral(&next_ephemeral(&mut receiver)))?;
    let (alias, _) = sender.alias(bob.id);
    let row: Vec<u8> = (0..ROW).flat_map(|_| say::ephemeral(alias, b"typing")).collect();
    let (mut sent, mut came) = (1_u64, 1_u64);
    // However slow the exchange is: on to where a server without the limit would have handed on too many.
    let allowed = loop {
        sender.say(&[&row]);
        sent = sent.saturating_add(ROW);
        ctx.require("DLV-053", "the sender's session goes on, and hears nothing", sender.is_quiet());
        // The answer lies behind the row: none of it is handed on later.
        let allowed = bucket.allowed(ctx);
        came = came.saturating_add(ephemerals(&receiver.fence())?);
        if came > allowed || sent >= allowed.saturating_add(BEYOND) {
            break allowed;
        }
        if sent >= SENT_MAX {
            let why = format!("{sent} EPHEMERALs, and burst and rate allow {allowed} in that time");
            return Err(Halt::NotTestable { why });
        }
    };
    sender.deliver(bob.id, b"fence")?;
    let fence = receiver.next_where(|seen| !matches!(seen, Seen::Ephemeral { .. }));
    let judged = match &fence {
        Seen::Deliver { .. } => Ok(()),
        other => Err(Mismatch::new("EPHEMERALs, then the message", format!("{other:?}"))),
    };
    ctx.control("the message behind them comes", judged)?;
    came = came.saturating_add(ephemerals(&receiver.fence())?);
    let expected = format!("at most {allowed}: the burst, and what the rate fills meanwhile");
    let judged = holds((came <= allowed).into(), &expected, format!("{came} of {sent}"));
    ctx.require("DLV-053", "no more come than burst and rate allow", judged);
    Ok(())
}

/// What a server may hand on of one session, by the limits that it tells.
struct Bucket {
    per_s: u64,
    burst: u64,
    since: Duration,
}

impl Bucket {
    /// Full, as of now.
    fn of(sender: &Session<'_>, ctx: &Ctx) -> Self {
        let welcome = sender.welcome();
        let (per_s, burst) = (welcome.limit("ephemeral_rate_per_s"), welcome.limit("ephemeral_burst"));
        Self { per_s, burst, since: ctx.now() }
    }

    /// The burst and what the rate has filled up to now.
    fn allowed(&self, ctx: &Ctx) -> u64 {
        let ms = ctx.now().saturating_sub(self.since).as_millis();
        let ms = u64::try_from(ms).unwrap_or(u64::MAX);
        self.burst.saturating_add(self.per_s.saturating_mul(ms).div_ceil(1000))
    }
}

/// How many EPHEMERALs these are; nothing else may be among them.
fn ephemerals(seen: &[Seen]) -> Result<u64, Halt> {
    match seen.iter().find(|seen| !matches!(seen, Seen::Ephemeral { .. })) {
        None => Ok(u64::try_from(seen.len()).unwrap_or(u64::MAX)),
        Some(Seen::Nothing) => Err(Halt::NoAnswer),
        Some(other) => Err(Halt::Broken { reason: format!("{other:?} among the EPHEMERALs") }),
    }
}

fn is_ephemeral(seen: &Seen) -> Result<(), Mismatch> {
    match seen {
        Seen::Ephemeral { .. } => Ok(()),
        other => Err(Mismatch::new("EPHEMERAL", format!("{other:?}"))),
    }
}
