//! What a stored row can hold, in words of the protocol.

use alloc::vec::Vec;

use crate::row::DeviceRecord;
use crate::{
    AccountId, ClientMark, ClientSeq, ConversationId, ConversationKind, ConversationSeq, DeviceId, E164,
    EntryKind, Item, ListVersion, MailboxMark, MailboxSeq, MlsSuite,
};

/// What a row holds. The rows of one owner stand together, in the order of [`Table`](crate::Table).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Described {
    /// An account.
    Account {
        /// Its id.
        account: AccountId,
        /// How many devices it has.
        device_count: usize,
    },
    /// The device list of an account.
    List {
        /// The account.
        account: AccountId,
        /// Its version.
        list_version: ListVersion,
        /// The devices that it names.
        devices: Vec<DeviceId>,
        /// The list, as it was published.
        octets: Vec<u8>,
    },
    /// What a device has in stock of one suite, whether or not its time has passed.
    Stock {
        /// The account of the device.
        account: AccountId,
        /// The device.
        device: DeviceId,
        /// The MLS suite.
        suite: MlsSuite,
        /// KeyPackages for one claim each.
        one_time_count: usize,
        /// Whether there is one for every claim beyond those.
        has_last_resort: bool,
    },
    /// The registration of a device.
    Device(DeviceRecord),
    /// What a device has sent.
    Sender {
        /// The device.
        device: DeviceId,
        /// Whether it is registered now.
        is_registered: bool,
        /// The epoch of its newest session; 0: there was none.
        epoch: u64,
        /// Every client_seq up to here has an outcome.
        handled: ClientMark,
    },
    /// The counters of a mailbox.
    Mailbox {
        /// Whose it is.
        device: DeviceId,
        /// Whether the device is registered now.
        is_registered: bool,
        /// Everything up to here is done with.
        cursor: MailboxMark,
        /// Everything up to here was given.
        last: MailboxMark,
        /// Messages and receipts that are still held.
        item_count: u64,
        /// Payload octets that are still held.
        bytes: u64,
    },
    /// An item of a mailbox as it is stored, whether or not its time has passed. Items up to the cursor are done with,
    /// and wait for a sweep.
    Item {
        /// Whose mailbox it lies in.
        device: DeviceId,
        /// The item.
        item: Item,
    },
    /// A telephone number, and the account that it belongs to.
    Binding {
        /// The number: a person's.
        number: E164,
        /// The account.
        account: AccountId,
    },
    /// A message that was accepted, and lies in no mailbox yet: the next start of the store files it.
    Unfiled {
        /// Who sent it.
        from: DeviceId,
        /// Its number at the sender.
        client_seq: ClientSeq,
        /// The mailbox that it is for.
        to: DeviceId,
        /// The payload.
        payload: Vec<u8>,
    },
    /// An entry of a conversation in a mailbox, whether or not its time has passed.
    Entry {
        /// Whose mailbox it lies in.
        device: DeviceId,
        /// Its number there.
        mailbox_seq: MailboxSeq,
        /// The number that the conversation has there.
        place: u64,
        /// Its place in the conversation.
        conversation_seq: ConversationSeq,
        /// What it brings.
        kind: EntryKind,
    },
    /// The number of a conversation in a mailbox.
    Placed {
        /// Whose mailbox.
        device: DeviceId,
        /// The number.
        place: u64,
        /// The conversation.
        conversation: ConversationId,
    },
    /// How far a conversation has come.
    Conversation {
        /// The conversation.
        conversation: ConversationId,
        /// What it is between.
        kind: ConversationKind,
        /// The epoch of its MLS group.
        epoch: u64,
        /// The highest conversation_seq that was given.
        last: u64,
    },
    /// The devices in a conversation.
    Roster {
        /// The conversation.
        conversation: ConversationId,
        /// They, rising.
        devices: Vec<DeviceId>,
    },
    /// What an entry of a conversation carries, while items hold it.
    Payload {
        /// The conversation.
        conversation: ConversationId,
        /// The entry's place in it.
        conversation_seq: ConversationSeq,
        /// What the entry brings.
        kind: EntryKind,
        /// The octets, sealed by its sender.
        payload: Vec<u8>,
    },
    /// A sound row of which there is nothing to tell: counters, indexes, outcomes, timers.
    Other,
}
