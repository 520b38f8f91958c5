//! The registration of a device, state by state.

use super::plan::{Cell, Group};
use crate::case::{CaseResult, Halt};
use crate::cases::registration::{begin, waiting};
use crate::cases::words::{has_code, open};
use crate::ctx::Ctx;
use crate::peer::account::verify;
use crate::peer::{Code, Device, Session, closed_with, say};

/// Every cell of the group, each in a session of its own, under a number of its own.
pub(super) fn walk(ctx: &Ctx, group: &Group) -> CaseResult {
    for cell in &group.cells {
        let device = Device::new(ctx, cell.event);
        let mut session = open(ctx, &device)?;
        session = drive(ctx, session, group.state)?;
        ctx.control("without the fault the session goes on", session.is_alive())?;
        session.say(&[&octets(ctx, cell, &device)?]);
        let entry = pinnace_spec::errors().ok().and_then(|errors| errors.named(cell.error));
        let entry = entry.ok_or_else(|| Halt::Harness { fault: format!("no error {}", cell.error) })?;
        let code = Code(u64::from(entry.code));
        let what = format!("{} in {} is {}", cell.event, cell.state, cell.error);
        if code.is_of_a_frame() {
            let seen = session.hear();
            ctx.require(cell.cited, &what, has_code(code, &seen));
            ctx.require(cell.cited, "and the session goes on", session.is_alive());
        } else {
            let seen = session.closing();
            ctx.require(cell.cited, &what, closed_with(code, &seen));
        }
    }
    Ok(())
}

fn drive<'a>(ctx: &Ctx, mut session: Session<'a>, state: &str) -> Result<Session<'a>, Halt> {
    match state {
        "choosing" => begin(&mut session).map(drop)?,
        "waiting" => waiting(ctx, &mut session).map(drop)?,
        "verified" => {
            let mut sessions = [session];
            verify(ctx, &mut sessions)?;
            [session] = sessions;
        }
        _ => {}
    }
    Ok(session)
}

fn octets(ctx: &Ctx, cell: &Cell, device: &Device) -> Result<Vec<u8>, Halt> {
    let realm = ctx.endpoint().realm;
    let certificate = device.certificate().signed(&device.identity, &realm);
    Ok(match cell.event {
        "REGISTER_bad_number" => say::register("9991234567"),
        "REGISTER_METHOD" => say::register_method(3),
        "REGISTER_DEVICE_invalid" => {
            let mut forged = certificate;
            if let Some(last) = forged.last_mut() {
                *last ^= 1;
            }
            say::register_device(&forged)
        }
        event if event.starts_with("REGISTER_METHOD") => say::register_method(1000),
        event if event.starts_with("REGISTER_CODE") => say::register_code("123456"),
        event if event.starts_with("REGISTER_DEVICE") => say::register_device(&certificate),
        event => return Err(Halt::Harness { fault: format!("the walk does not know {event}") }),
    })
}
