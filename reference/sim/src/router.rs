//! Who is here: the sessions of each device, and what lies in their trays.

use std::collections::BTreeMap;

use pinnace_edge::{End, Here, Pump, Taken, Tray};
use pinnace_home::{ConversationId, DeviceId, SessionEpoch};
use pinnace_store::Notice;

use crate::line::LineId;

/// The sessions of a server.
#[derive(Debug, Default)]
pub(crate) struct Router {
    here: BTreeMap<DeviceId, Here<LineId>>,
    trays: BTreeMap<LineId, Tray>,
}

impl Router {
    pub(crate) fn greet(&mut self, device: DeviceId) {
        self.here.entry(device).or_default().greet();
    }

    /// The HELLO was answered, with a session or without.
    pub(crate) fn greeted(&mut self, device: DeviceId, session: Option<(SessionEpoch, LineId)>) {
        if let Some((epoch, line)) = session {
            self.here.entry(device).or_default().attach(epoch, line);
            self.trays.entry(line).or_default();
        }
        self.update(device, Here::greeted);
    }

    pub(crate) fn take_over(&mut self, device: DeviceId, epoch: SessionEpoch) {
        self.update(device, |here| here.confirm(epoch));
    }

    pub(crate) fn fenced(&mut self, device: DeviceId, epoch: SessionEpoch) {
        self.update(device, |here| here.fence(epoch));
    }

    /// The session of this line is over.
    pub(crate) fn leave(&mut self, device: DeviceId, line: LineId) {
        self.trays.remove(&line);
        self.update(device, |here| {
            let own = here.sessions().find(|(_, other)| **other == line).map(|(epoch, _)| epoch);
            if let Some(epoch) = own {
                here.leave(epoch);
            }
        });
    }

    pub(crate) fn notify(&mut self, notices: &[Notice]) {
        for notice in notices {
            match notice {
                Notice::Filed { device, item } => self.each(*device, |tray| tray.file(item.clone())),
                Notice::Removed { device } => self.each(*device, |tray| tray.end(End::DeviceGone)),
                // No device here waits to be linked.
                Notice::Linked { .. } => {}
                Notice::Reopened => self.trays.values_mut().for_each(Tray::look_again),
            }
        }
    }

    pub(crate) fn take(&mut self, line: LineId, pump: Option<&mut Pump>) -> Taken {
        self.trays.get_mut(&line).map(|tray| tray.take(pump)).unwrap_or_default()
    }

    pub(crate) fn whisper(&mut self, device: DeviceId, conversation: ConversationId, payload: &[u8]) {
        let confirmed = self.here.get(&device).and_then(Here::confirmed);
        if let Some(tray) = confirmed.and_then(|line| self.trays.get_mut(line)) {
            tray.whisper(conversation, payload);
        }
    }

    fn each(&mut self, device: DeviceId, with: impl Fn(&mut Tray)) {
        for (_, line) in self.here.get(&device).into_iter().flat_map(Here::sessions) {
            if let Some(tray) = self.trays.get_mut(line) {
                with(tray);
            }
        }
    }

    fn update(&mut self, device: DeviceId, change: impl FnOnce(&mut Here<LineId>)) {
        let Some(here) = self.here.get_mut(&device) else { return };
        change(here);
        let ended = here.settle();
        if here.is_empty() {
            self.here.remove(&device);
        }
        for (line, end) in ended {
            if let Some(tray) = self.trays.get_mut(&line) {
                tray.end(end);
            }
        }
    }
}
