//! The stories through a server: each device has a session, and its adapter gets only what the server delivers.
//!
//! The suite knows what every device has to hear, since it knows what was accepted in which order; what comes is compared
//! octet by octet before an adapter sees it.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever comes in place of what is due is one thing here: not that"
)]

mod cast;
mod linked;
mod making;
mod scene;
mod seat;
mod tales;

use std::sync::Arc;

use super::fault::Fault;
use super::matrix::{Cell, Story};
use crate::ctx::Ctx;
use crate::run::Patience;
use crate::target::file::Located;
use crate::target::instance::Instance;
use crate::world::live::Live;
use scene::Scene;

/// The stories, and the accounts of their devices.
pub(super) fn stories(located: &Arc<Located>, seed: u64) -> Vec<Story<'_>> {
    let story = |name, accounts: &'static [usize], tale: fn(&mut Scene<'_>) -> Result<(), Fault>| Story {
        name,
        play: Box::new(move |cell| {
            // A server of its own, since it is killed on the way.
            let world = Arc::new(Live::own(Instance::start(located)?, Patience::Slow));
            let ctx = Ctx::new(&format!("interop {name} {}", cell.number), seed, world);
            play(&ctx, cell, accounts, tale)
        }),
    };
    vec![story("direct", &[0, 1, 0], tales::direct), story("five", &[0, 1, 2, 0, 1], tales::five)]
}

fn play(
    ctx: &Ctx,
    cell: &Cell<'_>,
    accounts: &[usize],
    tale: fn(&mut Scene<'_>) -> Result<(), Fault>,
) -> Result<usize, Fault> {
    let devices = cast::devices(ctx, accounts);
    let mut scene = Scene::new(ctx, cell, accounts, &devices)?;
    let told = tale(&mut scene);
    let step = scene.step;
    told.map_err(|fault| Fault::At { step, fault: Box::new(fault) })?;
    Ok(scene.epoch_count)
}
