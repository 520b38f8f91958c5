//! What stands in the rows, as the home describes them.

use pinnace_home::memory::Committed;
use pinnace_home::{Described, Item, describe};

use crate::cast;

/// What the rows say.
#[derive(Default)]
pub(crate) struct Seen {
    /// By the index of the device.
    pub(crate) devices: Vec<SeenDevice>,
    /// Messages that were accepted and lie in no mailbox yet: sender and number.
    pub(crate) unfiled: Vec<(usize, u64)>,
    /// Whether each row reads.
    pub(crate) reads: bool,
}

/// What the rows say of a device.
#[derive(Clone, Default)]
pub(crate) struct SeenDevice {
    /// The epoch of its newest session.
    pub(crate) epoch: u64,
    /// Every number up to here has an outcome.
    pub(crate) handled: u64,
    /// Every item up to here is done.
    pub(crate) cursor: u64,
    /// The highest number in its mailbox.
    pub(crate) last: u64,
    /// Messages above the cursor: sender and number.
    pub(crate) items: Vec<(usize, u64)>,
}

impl Seen {
    /// What these rows say of so many devices.
    pub(crate) fn of(rows: &Committed, count: usize) -> Self {
        let mut seen = Self { devices: vec![SeenDevice::default(); count], unfiled: Vec::new(), reads: true };
        for (key, row) in &rows.0 {
            match describe(key, row) {
                Ok(described) => seen.add(described),
                Err(_) => seen.reads = false,
            }
        }
        seen
    }

    fn add(&mut self, described: Described) {
        match described {
            Described::Sender { device, epoch, handled, .. } => self.change(device, |seen| {
                (seen.epoch, seen.handled) = (epoch, handled.value());
            }),
            Described::Mailbox { device, cursor, last, .. } => self.change(device, |seen| {
                (seen.cursor, seen.last) = (cursor.value(), last.value());
            }),
            // Items come after the counters of their mailbox.
            Described::Item { device, item: Item::Message(message) } => {
                let Some(letter) = cast::letter(&message) else { return };
                self.change(device, |seen| {
                    if seen.cursor < message.mailbox_seq.value() {
                        seen.items.push(letter);
                    }
                });
            }
            Described::Unfiled { from, client_seq, .. } => {
                self.unfiled.extend(cast::index(from).map(|from| (from, client_seq.value())));
            }
            Described::Account { .. }
            | Described::List { .. }
            | Described::Stock { .. }
            | Described::Device(_)
            | Described::Item { .. }
            | Described::Entry { .. }
            | Described::Placed { .. }
            | Described::Conversation { .. }
            | Described::Roster { .. }
            | Described::Payload { .. }
            | Described::Binding { .. }
            | Described::Other => {}
        }
    }

    fn change(&mut self, device: pinnace_home::DeviceId, change: impl FnOnce(&mut SeenDevice)) {
        if let Some(seen) = cast::index(device).and_then(|index| self.devices.get_mut(index)) {
            change(seen);
        }
    }

    /// Whether this message is here: on its way to a mailbox, or in one.
    pub(crate) fn holds(&self, letter: (usize, u64)) -> bool {
        self.unfiled.contains(&letter) || self.devices.iter().any(|device| device.items.contains(&letter))
    }
}
