//! What others leave for a session: items filed, ephemerals, the order to end. Bounded, and empty while nothing happens.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use pinnace_home::{AccountId, ConversationId, DeviceId, Item};

use crate::Pump;

/// Items kept for a session that is busy; it reads the others from the store.
const ITEMS_MAX: usize = 64;
/// Octets of payloads kept likewise.
const ITEMS_LEN_MAX: usize = 256 * 1024;
/// Ephemerals kept for a session that is busy; later ones are dropped (DLV-042).
const EPHEMERALS_MAX: usize = 16;

/// One session's in-tray.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Tray {
    filed: Filed,
    items_len: usize,
    ephemerals: VecDeque<(DeviceId, Vec<u8>)>,
    whispers: VecDeque<(ConversationId, Vec<u8>)>,
    linked: Option<AccountId>,
    end: Option<End>,
}

/// What became of the mailbox. It waits for a [`Pump`].
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Filed {
    /// Items in rising order, perhaps with holes.
    pub(crate) items: VecDeque<Item>,
    /// The highest number filed, whether or not its item is here; 0 for none.
    pub(crate) last: u64,
    /// Whether the mailbox may hold more than was told here.
    pub(crate) look: Look,
}

/// What lay in a tray beside news of the mailbox.
#[derive(Debug, Default)]
pub struct Taken {
    /// Ephemerals, each with its source.
    pub ephemerals: VecDeque<(DeviceId, Vec<u8>)>,
    /// Whispers, each with its conversation.
    pub whispers: VecDeque<(ConversationId, Vec<u8>)>,
    /// Whether the device, which is not registered yet as far as the session knows, was linked to an account.
    pub linked: Option<AccountId>,
    /// Whether the session has to end.
    pub end: Option<End>,
}

/// Whether a mailbox may hold more than was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Look {
    /// What is filed is told.
    #[default]
    Told,
    /// It may: only a read tells.
    Again,
}

/// Why a session has to end, by the doing of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// A newer session of the device was confirmed (SES-015).
    TakenOver,
    /// A newer session of the device took its place in the store and ended unconfirmed (SES-046).
    Abandoned,
    /// The device was removed (REG-022).
    DeviceGone,
}

impl Tray {
    /// Leaves an item that the store has committed.
    pub fn file(&mut self, item: Item) {
        let filed = &mut self.filed;
        filed.last = filed.last.max(last_seq(&item));
        let len = payload_len(&item);
        if filed.items.len() < ITEMS_MAX && self.items_len.saturating_add(len) <= ITEMS_LEN_MAX {
            self.items_len = self.items_len.saturating_add(len);
            filed.items.push_back(item);
        }
    }

    /// The mailbox may have grown, and nobody knows by what.
    pub const fn look_again(&mut self) {
        self.filed.look = Look::Again;
    }

    /// Leaves an EPHEMERAL, or drops it where too many wait.
    pub fn ephemeral(&mut self, source: DeviceId, payload: &[u8]) {
        if self.ephemerals.len() < EPHEMERALS_MAX {
            self.ephemerals.push_back((source, payload.to_vec()));
        }
    }

    /// Leaves a WHISPER, or drops it where too many wait.
    pub fn whisper(&mut self, conversation: ConversationId, payload: &[u8]) {
        if self.whispers.len() < EPHEMERALS_MAX {
            self.whispers.push_back((conversation, payload.to_vec()));
        }
    }

    /// Tells the session of an unregistered device that it was linked.
    pub const fn link(&mut self, account: AccountId) {
        self.linked = Some(account);
    }

    /// Tells the session to end. The first reason stays.
    pub fn end(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// Takes what lies here. News of the mailbox goes to the pump; while there is none it stays: the page that the pump will
    /// begin with may have been read before this was filed, and nobody else would tell.
    pub fn take(&mut self, pump: Option<&mut Pump>) -> Taken {
        if let Some(pump) = pump {
            self.items_len = 0;
            pump.on_filed(core::mem::take(&mut self.filed));
        }
        let ephemerals = core::mem::take(&mut self.ephemerals);
        let whispers = core::mem::take(&mut self.whispers);
        Taken { ephemerals, whispers, linked: self.linked.take(), end: self.end.take() }
    }
}

/// The highest mailbox number that an item covers.
pub(crate) const fn last_seq(item: &Item) -> u64 {
    match item {
        Item::Message(message) => message.mailbox_seq.value(),
        Item::Receipt(receipt) => receipt.mailbox_seq.value(),
        Item::KeysLow(keys_low) => keys_low.mailbox_seq.value(),
        Item::Entry(entry) => entry.mailbox_seq.value(),
        Item::Gap(gap) => gap.mailbox_seq.value().saturating_add(gap.count.saturating_sub(1)),
    }
}

fn payload_len(item: &Item) -> usize {
    match item {
        Item::Message(message) => message.payload.len(),
        Item::Entry(entry) => entry.payload.len(),
        Item::Receipt(_) | Item::KeysLow(_) | Item::Gap(_) => 0,
    }
}
