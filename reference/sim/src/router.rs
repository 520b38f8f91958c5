//! Who is here: the sessions of each device, and what waits for them. The rules are those of the server's router.

use std::collections::{BTreeMap, VecDeque};

use pinnace_home::{DeviceId, Item, SessionEpoch};
use pinnace_store::Notice;

use crate::line::LineId;

/// Items kept for a session that is busy; it reads the others from the store.
const ITEMS_MAX: usize = 64;

/// Why a session has to end, by the doing of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    TakenOver,
    Abandoned,
    DeviceGone,
}

/// What others left for a session.
#[derive(Debug, Default)]
pub(crate) struct Tray {
    pub(crate) items: VecDeque<Item>,
    /// The highest number filed; 0 for none.
    pub(crate) last: u64,
    pub(crate) end: Option<End>,
    pub(crate) look: Look,
}

/// Whether a mailbox may hold more than was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Look {
    #[default]
    Told,
    Again,
}

#[derive(Debug, Default)]
struct Here {
    /// HELLOs that the store has not answered.
    greetings: usize,
    confirmed: Option<SessionEpoch>,
    sessions: Vec<Attached>,
}

#[derive(Clone, Copy, Debug)]
struct Attached {
    epoch: SessionEpoch,
    line: LineId,
    is_fenced: bool,
}

/// The sessions of a server.
#[derive(Debug, Default)]
pub(crate) struct Router {
    here: BTreeMap<DeviceId, Here>,
    trays: BTreeMap<LineId, Tray>,
}

impl Router {
    pub(crate) fn greet(&mut self, device: DeviceId) {
        let here = self.here.entry(device).or_default();
        here.greetings = here.greetings.saturating_add(1);
    }

    /// The HELLO was answered, with a session or without.
    pub(crate) fn greeted(&mut self, device: DeviceId, session: Option<(SessionEpoch, LineId)>) {
        if let Some((epoch, line)) = session {
            let here = self.here.entry(device).or_default();
            let is_fenced = here.sessions.iter().any(|other| other.epoch > epoch);
            for older in here.sessions.iter_mut().filter(|other| other.epoch < epoch) {
                older.is_fenced = true;
            }
            here.sessions.push(Attached { epoch, line, is_fenced });
            self.trays.entry(line).or_default();
        }
        self.update(device, |here| here.greetings = here.greetings.saturating_sub(1));
    }

    pub(crate) fn take_over(&mut self, device: DeviceId, epoch: SessionEpoch) {
        self.update(device, |here| here.confirmed = here.confirmed.max(Some(epoch)));
    }

    pub(crate) fn fenced(&mut self, device: DeviceId, epoch: SessionEpoch) {
        self.update(device, |here| {
            for own in here.sessions.iter_mut().filter(|session| session.epoch == epoch) {
                own.is_fenced = true;
            }
        });
    }

    /// The session of this line is over.
    pub(crate) fn leave(&mut self, device: DeviceId, line: LineId) {
        self.trays.remove(&line);
        self.update(device, |here| here.sessions.retain(|session| session.line != line));
    }

    pub(crate) fn notify(&mut self, notices: &[Notice]) {
        for notice in notices {
            match notice {
                Notice::Filed { device, item } => {
                    for tray in self.trays_of(*device) {
                        tray.last = tray.last.max(last_seq(item));
                        if tray.items.len() < ITEMS_MAX {
                            tray.items.push_back(item.clone());
                        }
                    }
                }
                Notice::Reopened => {
                    for tray in self.trays.values_mut() {
                        tray.look = Look::Again;
                    }
                }
                Notice::Removed { device } => {
                    for tray in self.trays_of(*device) {
                        tray.end.get_or_insert(End::DeviceGone);
                    }
                }
            }
        }
    }

    pub(crate) fn take(&mut self, line: LineId) -> Tray {
        self.trays.get_mut(&line).map(core::mem::take).unwrap_or_default()
    }

    fn trays_of(&mut self, device: DeviceId) -> impl Iterator<Item = &mut Tray> {
        let sessions = self.here.get(&device).map_or_else(Vec::new, |here| here.sessions.clone());
        self.trays
            .iter_mut()
            .filter(move |(line, _)| sessions.iter().any(|session| session.line == **line))
            .map(|(_, tray)| tray)
    }

    fn update(&mut self, device: DeviceId, change: impl FnOnce(&mut Here)) {
        let Some(here) = self.here.get_mut(&device) else { return };
        change(here);
        let (greetings, confirmed) = (here.greetings, here.confirmed);
        let mut ended = Vec::new();
        here.sessions.retain(|session| {
            let stays = confirmed.is_none_or(|confirmed| session.epoch >= confirmed);
            if !stays {
                ended.push((session.line, End::TakenOver));
            }
            stays
        });
        let newest = here.sessions.iter().max_by_key(|session| session.epoch);
        ended.extend(
            newest.filter(|newest| greetings == 0 && newest.is_fenced).map(|it| (it.line, End::Abandoned)),
        );
        if greetings == 0 && here.sessions.is_empty() {
            self.here.remove(&device);
        }
        for (line, end) in ended {
            if let Some(tray) = self.trays.get_mut(&line) {
                tray.end.get_or_insert(end);
            }
        }
    }
}

/// The highest mailbox number that an item covers.
pub(crate) const fn last_seq(item: &Item) -> u64 {
    match item {
        Item::Message(message) => message.mailbox_seq.value(),
        Item::Receipt(receipt) => receipt.mailbox_seq.value(),
        Item::Gap(gap) => gap.mailbox_seq.value().saturating_add(gap.count.saturating_sub(1)),
    }
}
