//! Registration: number, method, code, certificate, account.

mod account;
mod certificate;
mod code;
mod number;
mod state;

use crate::case::{Case, Halt};
use crate::check::{Judged, Mismatch};
use crate::ctx::Ctx;
use crate::peer::account::{offered_method, stage};
use crate::peer::seen::Registration;
use crate::peer::{Device, Seen, Session, say};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [state::cases(), number::cases(), code::cases(), certificate::cases(), account::cases()]
        .into_iter()
        .flatten()
        .collect()
}

fn registered(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(welcome) if welcome.standing == 1 => Ok(()),
        other => Err(Mismatch::new("WELCOME of a registered device", format!("{other:?}"))),
    }
}

/// REGISTER under the device's number.
pub(super) fn begin(session: &mut Session<'_>) -> Result<Registration, Halt> {
    let e164 = session.device.e164.clone();
    session.say(&[&say::register(&e164)]);
    stage(session, 1)
}

/// REGISTER and REGISTER_METHOD; the code is out.
pub(super) fn waiting(ctx: &Ctx, session: &mut Session<'_>) -> Result<Registration, Halt> {
    let choosing = begin(session)?;
    session.say(&[&say::register_method(offered_method(ctx, &choosing)?)]);
    stage(session, 2)
}

/// A device of a new account under a number that is taken.
fn usurper(ctx: &Ctx, of: &Device) -> Device {
    let mut device = Device::new(ctx, "usurper");
    device.e164.clone_from(&of.e164);
    device
}
