//! Profile devices: device lists and linking.

mod kept;
mod link;
mod list;
mod refused_link;
mod refused_list;
mod removal;
mod state;

use crate::case::{Case, Halt};
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::list_of;
use crate::peer::seen::Payload;
use crate::peer::{Device, Session};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [
        list::cases(),
        refused_list::cases(),
        removal::cases(),
        link::cases(),
        refused_link::cases(),
        kept::cases(),
        state::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Two registered devices of one account, and one of another.
pub(super) fn family(ctx: &Ctx) -> Result<[Device; 3], Halt> {
    let alice = Device::new(ctx, "alice");
    let second = Device::sibling(ctx, "second", &alice);
    let bob = Device::new(ctx, "bob");
    register(ctx, &[&alice, &second, &bob])?;
    Ok([alice, second, bob])
}

/// Whether the list in force of the session's own account has these octets.
fn still(session: &mut Session<'_>, octets: &[u8]) -> Result<Judged, Halt> {
    let account = session.device.account;
    let heard = list_of(session, account)?;
    Ok(expect_eq(&Payload::from(octets), &Payload(heard)))
}
