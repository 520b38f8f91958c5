//! What can happen next.

use crate::line::{ClientEnd, Line, ServerEnd, Up};
use crate::{Action, Fault, Scenario, World};

impl World {
    /// Everything that can happen next; what needs no fault comes first.
    #[must_use]
    pub fn actions(&self, scenario: &Scenario) -> Vec<Action> {
        let mut actions = Vec::new();
        actions.extend((!self.asked.is_empty()).then_some(Action::Commit));
        actions.extend((!self.effects.is_empty()).then_some(Action::Effect));
        for line in &self.lines {
            let id = line.id;
            actions.extend(line.is_heard().then_some(Action::Hear(id)));
            actions.extend(matches!(line.server, ServerEnd::Reading(..)).then_some(Action::Page(id)));
            actions.extend((line.is_held() && !line.down.is_empty()).then_some(Action::Take(id)));
            actions.extend(self.owes_ack(line).then_some(Action::Acknowledge(id)));
        }
        let is_offline =
            |index: &usize| !self.lines.iter().any(|line| line.device == *index && line.is_held());
        actions.extend((0..self.devices.len()).filter(is_offline).map(Action::Connect));
        let unnoticed = self.lines.iter().filter(|line| !line.is_held() && line.server != ServerEnd::Closed);
        actions.extend(unnoticed.map(|line| Action::Notice(line.id)));
        if self.faults_left > 0 {
            for fault in &scenario.faults {
                self.add_fault(*fault, scenario.struck, &mut actions);
            }
        }
        actions
    }

    fn add_fault(&self, fault: Fault, struck: usize, actions: &mut Vec<Action>) {
        let devices = 0..self.devices.len().min(struck);
        let is_held = |index: &usize| self.lines.iter().any(|line| line.device == *index && line.is_held());
        match fault {
            Fault::Cut => {
                let held = self.lines.iter().filter(|line| line.is_held() && line.device < struck);
                actions.extend(held.map(|line| Action::Line(fault, line.id)));
            }
            Fault::Repeat | Fault::Swap => {
                let count = if fault == Fault::Swap { 2 } else { 1 };
                let is_loose = |line: &&Line| {
                    let is_open = matches!(line.server, ServerEnd::Member(_)) && line.up.len() >= count;
                    is_open && line.up.iter().take(count).all(Up::is_loose)
                };
                let loose = self.lines.iter().filter(is_loose);
                actions.extend(loose.map(|line| Action::Line(fault, line.id)));
            }
            Fault::Crash => actions.extend(devices.filter(is_held).map(|index| Action::Device(fault, index))),
            Fault::Switch => {
                let is_single = |index: &usize| {
                    let mut held = self.lines.iter().filter(|line| line.device == *index && line.is_held());
                    held.next().is_some_and(|line| matches!(line.client, ClientEnd::Online { .. }))
                        && held.next().is_none()
                };
                actions.extend(devices.filter(is_single).map(|index| Action::Device(fault, index)));
            }
            Fault::Replay => {
                let is_recorded =
                    |index: &usize| self.devices.get(*index).is_some_and(|device| device.recorded.is_some());
                actions.extend(devices.filter(is_recorded).map(|index| Action::Device(fault, index)));
            }
            Fault::Stop => {
                actions.extend((!self.lines.is_empty()).then_some(Action::Server(fault)));
            }
            Fault::StopAfterCommit => {
                actions.extend((!self.asked.is_empty()).then_some(Action::Server(fault)));
            }
            Fault::Doubt => {
                let doubts = [Action::Server(fault), Action::DoubtDone];
                actions.extend(doubts.into_iter().filter(|_| !self.asked.is_empty()));
            }
        }
    }
}
