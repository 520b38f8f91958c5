//! A circle in its world.

use std::collections::BTreeMap;

use super::{MEMBERS, Member};
use crate::cast::Cast;
use crate::stage::{Event, Stage};
use crate::world::World;

impl World {
    /// A device of a circle wants something, and will want more.
    pub(crate) fn on_wish(&mut self, index: usize) {
        let Some(member) = self.members.get_mut(&index) else { return };
        let wanted = self.stage.plan.messages.saturating_mul(2);
        if member.given < wanted {
            member.wish(&mut self.stage);
        }
        if member.given < wanted || !self.stage.is_calm() {
            let wait_ms = self.stage.dice.between(1, self.stage.plan.app_ms_max);
            self.stage.later(wait_ms, Event::App(index));
        }
    }
}

/// The devices of a circle, each about to start.
pub(crate) fn gather(cast: &'static Cast, stage: &mut Stage) -> Option<BTreeMap<usize, Member>> {
    let mut members = BTreeMap::new();
    for index in 0..MEMBERS {
        let person = cast.person(index)?;
        stage.ledger.ids.insert(person.id, index);
        stage.ledger.accounts.insert(index, person.account);
        members.insert(index, Member::new(index, cast)?);
        stage.later(0, Event::DeviceStart(index));
        stage.later(1, Event::App(index));
    }
    Some(members)
}
