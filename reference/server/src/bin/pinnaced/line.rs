//! The lines of `pinnaced export`. Ids and payloads are hexadecimal digits; times are Unix milliseconds.

use serde::Serialize;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub(crate) enum Line {
    Account { account: String, device_count: usize },
    DeviceList { account: String, list_version: u64, devices: Vec<String>, list: String },
    KeyPackages { account: String, device: String, suite: u64, one_time_count: usize, last_resort: bool },
    Conversation { conversation: String, kind: u8, epoch: u64, last: u64 },
    Roster { conversation: String, devices: Vec<String> },
    Payload(PayloadLine),
    Device(DeviceLine),
    Place { device: String, place: u64, conversation: String },
    Item(ItemLine),
    Unfiled(UnfiledLine),
    Number { number: String, account: String },
    Damaged { owner: Option<String>, table: Option<String> },
}

/// A device: its registration, what it sent, its mailbox.
#[derive(Debug, Default, Serialize)]
pub(crate) struct DeviceLine {
    pub(crate) device: String,
    pub(crate) registered: bool,
    /// `null` once it is not registered any more.
    pub(crate) account: Option<String>,
    pub(crate) session_epoch: u64,
    pub(crate) handled: u64,
    pub(crate) cursor: u64,
    pub(crate) mailbox_last: u64,
    pub(crate) items: u64,
    pub(crate) payload_bytes: u64,
}

/// What an entry of a conversation carries.
#[derive(Debug, Serialize)]
pub(crate) struct PayloadLine {
    pub(crate) conversation: String,
    pub(crate) conversation_seq: u64,
    pub(crate) entry: u8,
    #[serde(flatten)]
    pub(crate) payload: Payload,
}

/// What stands under one number of a mailbox.
#[derive(Debug, Serialize)]
pub(crate) struct ItemLine {
    pub(crate) device: String,
    pub(crate) mailbox_seq: u64,
    /// The device is done with it; the row waits for a sweep.
    pub(crate) done: bool,
    #[serde(flatten)]
    pub(crate) kind: ItemKind,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ItemKind {
    Message {
        from: String,
        accepted_ms: u64,
        #[serde(flatten)]
        payload: Payload,
    },
    Receipt {
        from: String,
        status: u64,
    },
    Entry {
        /// The number of the conversation in this mailbox: a line `place` tells which it is.
        place: u64,
        conversation_seq: u64,
        entry: u8,
    },
    KeysLow {
        suite: u64,
        one_time_count: u64,
    },
    Ended {
        reason: u64,
    },
}

/// A message that was accepted and lies in no mailbox yet: the next start files it.
#[derive(Debug, Serialize)]
pub(crate) struct UnfiledLine {
    pub(crate) device: String,
    pub(crate) from: String,
    pub(crate) client_seq: u64,
    #[serde(flatten)]
    pub(crate) payload: Payload,
}

#[derive(Debug, Serialize)]
pub(crate) struct Payload {
    pub(crate) payload_len: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
}
