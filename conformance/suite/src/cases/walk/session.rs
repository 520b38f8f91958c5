//! The server's session, state by state.

use super::plan::{Cell, Group};
use super::sample::octets;
use crate::case::{CaseResult, Halt};
use crate::cases::durability::{is_goaway, stopping};
use crate::cases::words::{open, untouched};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::greeting::Pattern;
use crate::peer::{Code, Confirm, ConversationId, Device, Opening, Seen, Session, closed_with, say, talk};

/// Every cell of the group, each in a session of its own.
pub(super) fn walk(ctx: &Ctx, group: &Group) -> CaseResult {
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    match group.state {
        "opening" => flights(ctx, group, Pattern::Ik)?,
        "proving" => flights(ctx, group, Pattern::Xx)?,
        "draining" => return draining(ctx, group, bystander),
        _ => sessions(ctx, group)?,
    }
    untouched(ctx, &mut bystander);
    Ok(())
}

/// The code of an error by its name.
fn code(name: &str) -> Result<Code, Halt> {
    let entry = pinnace_spec::errors().ok().and_then(|errors| errors.named(name));
    entry
        .map(|entry| Code(u64::from(entry.code)))
        .ok_or_else(|| Halt::Harness { fault: format!("no error {name}") })
}

fn judged(ctx: &Ctx, cell: &Cell, seen: &Seen) -> Result<(), Halt> {
    let what = format!("{} in {} is {}", cell.event, cell.state, cell.error);
    ctx.require(cell.cited, &what, closed_with(code(cell.error)?, seen));
    Ok(())
}

fn welcomed(seen: &Seen) -> Judged {
    match seen {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

/// Alias 0 means the device itself, and a conversation that nobody has.
fn bound(device: &Device) -> Vec<u8> {
    [say::bind(0, device.id), talk::bind(0, ConversationId([0; 16]))].concat()
}

/// Cells of the first flight: the frame stands behind HELLO and BIND.
fn flights(ctx: &Ctx, group: &Group, pattern: Pattern) -> Result<(), Halt> {
    let device = Device::new(ctx, "sender");
    open(ctx, &device)?;
    let bind = bound(&device);
    let flight = |behind: Vec<u8>| {
        let opening = Opening::new(ctx, &device).with(|opening| {
            opening.pattern = pattern;
            opening.early = behind;
        });
        opening.attempt().map(|session| session.first)
    };
    let twin = flight(bind.clone())?;
    ctx.control("without the fault HELLO is welcomed", welcomed(&twin))?;
    for cell in &group.cells {
        let event = event(ctx, cell, &device)?;
        let seen = flight([bind.clone(), event].concat())?;
        judged(ctx, cell, &seen)?;
    }
    Ok(())
}

fn event(ctx: &Ctx, cell: &Cell, device: &Device) -> Result<Vec<u8>, Halt> {
    if cell.event == "HELLO" {
        return Ok(device.next_hello().octets());
    }
    octets(cell.event, device, &ctx.endpoint().realm)
}

/// Cells of transport records.
fn sessions(ctx: &Ctx, group: &Group) -> Result<(), Halt> {
    let (is_member, confirm) = match group.state {
        "unregistered_unconfirmed" => (Member::No, Confirm::Later),
        "unregistered" => (Member::No, Confirm::AtOnce),
        "unconfirmed" => (Member::Yes, Confirm::Later),
        _ => (Member::Yes, Confirm::AtOnce),
    };
    let device = Device::new(ctx, "sender");
    if is_member == Member::Yes {
        register(ctx, &[&device])?;
    }
    let opened = || Opening::new(ctx, &device).with(|opening| opening.confirm = confirm).open();
    let mut twin = opened()?;
    ctx.control("without the fault the session goes on", twin.is_alive())?;
    for cell in &group.cells {
        let event = event(ctx, cell, &device)?;
        let mut session = opened()?;
        // What needs a bound alias binds it in the same record; strangers may not, and are closed on for either.
        let bind = if is_member == Member::Yes { bound(&device) } else { Vec::new() };
        session.say(&[&bind, &event]);
        let seen = session.closing();
        judged(ctx, cell, &seen)?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Yes,
    No,
}

/// Every cell while the server drains: one device a cell, for a device has one session.
fn draining(ctx: &Ctx, group: &Group, mut bystander: Session<'_>) -> CaseResult {
    let [witness] = people(ctx, ["witness"])?;
    let devices: Vec<Device> = group.cells.iter().map(|cell| Device::new(ctx, cell.event)).collect();
    register(ctx, &devices.iter().collect::<Vec<_>>())?;
    let mut sessions = devices.iter().map(|device| open(ctx, device)).collect::<Result<Vec<_>, Halt>>()?;
    let mut witness = open(ctx, &witness)?;
    for session in &mut sessions {
        session.say(&[&bound(session.device)]);
    }
    ctx.control("a session of no part in it is open", bystander.is_quiet())?;
    // Made before: while the instance stops, nobody can ask where it is.
    let cells = group.cells.iter().zip(&devices);
    let events = cells.map(|(cell, device)| Ok((cell, event(ctx, cell, device)?)));
    let events = events.collect::<Result<Vec<_>, Halt>>()?;
    let mut ended = Ok(());
    stopping(ctx, || ended = judged_while_draining(ctx, &events, &mut sessions, &mut witness))?;
    ended
}

fn judged_while_draining(
    ctx: &Ctx,
    events: &[(&Cell, Vec<u8>)],
    sessions: &mut [Session<'_>],
    witness: &mut Session<'_>,
) -> Result<(), Halt> {
    let told = witness.hear();
    ctx.control("the server drains", is_goaway(&told))?;
    for ((cell, event), session) in events.iter().zip(sessions) {
        let told = session.hear();
        ctx.control("the session drains", is_goaway(&told))?;
        session.say(&[event]);
        let seen = session.closing();
        judged(ctx, cell, &seen)?;
    }
    witness.say(&[&say::ping(7_000)]);
    let seen = witness.hear();
    ctx.require(
        "ERR-004",
        "another draining session goes on",
        expect_eq(&Seen::Pong { token: 7_000 }, &seen),
    );
    witness.say(&[&say::close(0)]);
    Ok(())
}
