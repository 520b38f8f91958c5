//! Profile devices: device lists and linking.

mod fenced;
mod form;
mod kept;
mod link;
mod list;
mod refused_link;
mod refused_list;
mod removal;
mod stale;
mod state;

use crate::case::{Case, Halt};
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::directory::in_force;
use crate::peer::{Device, Session, ask};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [
        list::cases(),
        stale::cases(),
        refused_list::cases(),
        removal::cases(),
        link::cases(),
        refused_link::cases(),
        kept::cases(),
        state::cases(),
        fenced::cases(),
        form::cases(),
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
fn still(session: &mut Session<'_>, octets: &[u8]) -> Judged {
    let (account, request) = (session.device.account, session.next_request());
    let seen = session.ask(&ask::device_list_query(request, account));
    expect_eq(&in_force(request, octets), &seen)
}
