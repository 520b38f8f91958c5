//! Registered devices for a case: fresh keys, a fresh number, the whole registration.

use core::time::Duration;

use super::device::Device;
use super::opening::Opening;
use super::say;
use super::seen::{Registration, Seen};
use super::session::Session;
use crate::case::Halt;
use crate::ctx::Ctx;

/// Registered devices of accounts of their own, one a name.
///
/// They register side by side, so that the waits of the server's store and of its code pass once, not once a
/// device.
///
/// # Errors
/// [`Halt::Broken`] when a step is not answered as the chapter on registration says, [`Halt::NotTestable`]
/// when the run has no source of codes.
pub fn people<const N: usize>(ctx: &Ctx, names: [&str; N]) -> Result<[Device; N], Halt> {
    let devices = names.map(|name| Device::new(ctx, name));
    register(ctx, &devices.each_ref())?;
    Ok(devices)
}

/// Registers devices, all of them unknown so far.
///
/// # Errors
/// As [`people`].
pub fn register(ctx: &Ctx, devices: &[&Device]) -> Result<(), Halt> {
    let mut sessions = Vec::new();
    for device in devices {
        sessions.push(Opening::new(ctx, device).open()?);
    }
    verify(ctx, &mut sessions)?;
    let realm = ctx.endpoint().realm;
    for session in &mut sessions {
        let device = session.device;
        session.say(&[&say::register_device(&device.certificate().signed(&device.identity, &realm))]);
    }
    for session in &mut sessions {
        let device = session.device;
        let seen = session.hear();
        if seen != (Seen::Registered { account: device.account, device: device.id }) {
            return Err(unexpected("REGISTERED", &seen));
        }
    }
    Ok(())
}

/// Takes sessions of unknown devices to the stage verified, each under its device's number.
///
/// # Errors
/// As [`people`].
pub fn verify(ctx: &Ctx, sessions: &mut [Session<'_>]) -> Result<(), Halt> {
    let mut wait_ms = 0;
    for session in &mut *sessions {
        let e164 = session.device.e164.clone();
        session.say(&[&say::register(&e164)]);
    }
    for session in &mut *sessions {
        let method = offered_method(ctx, &stage(session, 1)?)?;
        session.say(&[&say::register_method(method)]);
    }
    for session in &mut *sessions {
        wait_ms = wait_ms.max(stage(session, 2)?.code_wait_ms);
    }
    let mut codes = Vec::new();
    for session in &*sessions {
        codes.push(ctx.code(&session.device.e164)?);
    }
    wait_for_code(ctx, wait_ms)?;
    for (session, code) in sessions.iter_mut().zip(codes) {
        session.say(&[&say::register_code(&code)]);
    }
    for session in sessions {
        stage(session, 3)?;
    }
    Ok(())
}

/// Lets a wait pass that REGISTRATION told.
///
/// # Errors
/// [`Halt::NotTestable`] when that is too long for the run.
pub fn wait_for_code(ctx: &Ctx, wait_ms: u64) -> Result<(), Halt> {
    if wait_ms == 0 {
        return Ok(());
    }
    ctx.pause(Duration::from_millis(wait_ms.saturating_add(2)))
}

/// The next REGISTRATION, which has to be of this stage.
///
/// # Errors
/// [`Halt::Broken`] with what came instead.
pub fn stage(session: &mut Session<'_>, stage: u64) -> Result<Registration, Halt> {
    match session.hear() {
        Seen::Registration(registration) if registration.stage == stage => Ok(registration),
        other => Err(unexpected(&format!("REGISTRATION of stage {stage}"), &other)),
    }
}

/// The method that can be asked for soonest; waits until it can.
///
/// # Errors
/// [`Halt::Broken`] when none is offered, [`Halt::NotTestable`] when the wait is too long for the run.
pub fn offered_method(ctx: &Ctx, registration: &Registration) -> Result<u64, Halt> {
    let soonest = registration.methods.iter().min_by_key(|(_, wait_ms)| *wait_ms);
    let (method, wait_ms) = soonest
        .copied()
        .ok_or_else(|| Halt::Broken { reason: "REGISTRATION offers no method".to_owned() })?;
    wait_for_code(ctx, wait_ms)?;
    Ok(method)
}

fn unexpected(wanted: &str, seen: &Seen) -> Halt {
    match seen {
        Seen::Nothing => Halt::NoAnswer,
        other => Halt::Broken { reason: format!("{wanted} was awaited, {other:?} came") },
    }
}
