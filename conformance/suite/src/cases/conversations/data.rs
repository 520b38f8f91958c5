//! Authenticated data that is not the structure.

use super::envelope::{HandedIn, bent};
use super::of_conversations;
use crate::case::Case;
use crate::peer::mls::{Delta, Envelope};
use crate::peer::octets::wide_varint;
use crate::peer::{DeviceId, Talk};

pub(super) fn cases() -> Vec<Case> {
    let case = |row: &'static Data| {
        of_conversations(row.id, row.title, &["CNV-018", "CNV-033"], move |ctx| {
            bent(ctx, "CNV-018", row.title, |talk| (row.octets)(talk))
        })
    };
    DATA.iter().map(case).collect()
}

/// Authenticated data that is not the structure.
struct Data {
    id: &'static str,
    title: &'static str,
    octets: fn(&Talk) -> HandedIn,
}

fn message_with(talk: &Talk, data: &[u8]) -> HandedIn {
    HandedIn::Message(Envelope { authenticated_data: data.to_vec(), ..talk.message_of(1) }.octets())
}

fn commit_with(talk: &Talk, data: &[u8]) -> HandedIn {
    let envelope = talk.commit_of(1, &Delta::of(&[], &[]));
    HandedIn::Commit(Envelope { authenticated_data: data.to_vec(), ..envelope }.octets())
}

fn of_lists(talk: &Talk, added: &[DeviceId], removed: &[DeviceId]) -> HandedIn {
    let delta = Delta { version: 1, added: added.to_vec(), removed: removed.to_vec() };
    commit_with(talk, &delta.octets())
}

/// So many devices in rising order.
fn many(count: u16) -> Vec<DeviceId> {
    let id = |number: u16| {
        let [high, low] = number.to_be_bytes();
        DeviceId([9, high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    };
    (0..count).map(id).collect()
}

const ONE: DeviceId = DeviceId([1; 16]);
const TWO: DeviceId = DeviceId([2; 16]);

const DATA: &[Data] = &[
    Data {
        id: "CNV-018/1",
        title: "a message without authenticated data",
        octets: |talk| message_with(talk, &[]),
    },
    Data { id: "CNV-018/2", title: "a message's data of version 0", octets: |talk| message_with(talk, &[0]) },
    Data { id: "CNV-018/3", title: "a message's data of version 2", octets: |talk| message_with(talk, &[2]) },
    Data {
        id: "CNV-018/4",
        title: "an octet behind a message's data",
        octets: |talk| message_with(talk, &[1, 0]),
    },
    Data {
        id: "CNV-018/5",
        title: "a commit's data at a message",
        octets: |talk| message_with(talk, &[1, 0, 0]),
    },
    Data {
        id: "CNV-018/6",
        title: "a commit without authenticated data",
        octets: |talk| commit_with(talk, &[]),
    },
    Data { id: "CNV-018/7", title: "a message's data at a commit", octets: |talk| commit_with(talk, &[1]) },
    Data {
        id: "CNV-018/8",
        title: "a commit's data of version 0",
        octets: |talk| commit_with(talk, &[0, 0, 0]),
    },
    Data {
        id: "CNV-018/9",
        title: "a commit's data of version 2",
        octets: |talk| commit_with(talk, &[2, 0, 0]),
    },
    Data {
        id: "CNV-018/10",
        title: "a commit's data without its second list",
        octets: |talk| commit_with(talk, &[1, 0]),
    },
    Data {
        id: "CNV-018/11",
        title: "an octet behind a commit's data",
        octets: |talk| commit_with(talk, &[1, 0, 0, 0]),
    },
    Data {
        id: "CNV-018/12",
        title: "a list that ends within a device",
        octets: |talk| commit_with(talk, &[&[1, 1][..], &[9; 15]].concat()),
    },
    Data {
        id: "CNV-018/13",
        title: "a count that is not in its shortest form",
        octets: |talk| commit_with(talk, &[&[1][..], &wide_varint(0), &[0]].concat()),
    },
    Data {
        id: "CNV-018/14",
        title: "added devices out of order",
        octets: |talk| of_lists(talk, &[TWO, ONE], &[]),
    },
    Data {
        id: "CNV-018/15",
        title: "a device that is added twice",
        octets: |talk| of_lists(talk, &[ONE, ONE], &[]),
    },
    Data {
        id: "CNV-018/16",
        title: "removed devices out of order",
        octets: |talk| of_lists(talk, &[], &[TWO, ONE]),
    },
    Data {
        id: "CNV-018/17",
        title: "a device that is removed twice",
        octets: |talk| of_lists(talk, &[], &[ONE, ONE]),
    },
    Data {
        id: "CNV-018/18",
        title: "a device that is added and removed",
        octets: |talk| of_lists(talk, &[ONE, TWO], &[TWO]),
    },
    Data { id: "CNV-018/19", title: "257 added devices", octets: |talk| of_lists(talk, &many(257), &[]) },
    Data { id: "CNV-018/20", title: "257 removed devices", octets: |talk| of_lists(talk, &[], &many(257)) },
];
