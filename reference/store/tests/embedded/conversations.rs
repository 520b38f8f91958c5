//! Conversations on a disk.

use core::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use pinnace_home::{
    AccountId, CommitRequest, Committer, ConversationKind, Described, DeviceList, Entry, EntryKind, Envelope,
    Item, ListDone, ListRequest, ListVersion, Origin, Outcome, PostRequest, Refusal, SecondParty, SendDone,
    Session, account_id, conversation_id,
};
use pinnace_store::{Embedded, Notice, Options, Store, export};

use crate::common::{Fallible, ack, block_on, device, hello, key, read_all, register, rules};

/// Devices of the conversation.
const COUNT: u64 = 5;

const ACCEPTED: SendDone = SendDone::Outcome(Outcome::Accepted);

fn account(index: u64) -> AccountId {
    account_id(&key(index))
}

/// A group of account 0.
fn origin() -> Origin {
    let id = conversation_id(b"realm", b"origin");
    Origin { id, kind: ConversationKind::Group, first: account(0), second: SecondParty::new([7; 16]) }
}

fn envelope(epoch: u64) -> Envelope {
    Envelope { group: origin().id, epoch }
}

fn post(session: Session, seq: u64, epoch: u64, text: &str) -> PostRequest {
    PostRequest {
        session,
        client_seq: pinnace_home::ClientSeq::new(seq).unwrap(),
        conversation: origin().id,
        class: None,
        expires_in_s: None,
        envelope: Some(envelope(epoch)),
        payload: text.into(),
    }
}

fn commit(session: Session, seq: u64, epoch: u64, added: &[u64], removed: &[u64]) -> CommitRequest {
    let sorted = |indexes: &[u64]| {
        let mut devices: Vec<_> = indexes.iter().map(|index| device(*index)).collect();
        devices.sort();
        devices
    };
    CommitRequest {
        session,
        client_seq: pinnace_home::ClientSeq::new(seq).unwrap(),
        conversation: origin().id,
        envelope: Some((envelope(epoch), Committer::Member)),
        added: sorted(added),
        removed: sorted(removed),
        commit: b"commit".to_vec(),
        welcome: if added.is_empty() { Vec::new() } else { b"welcome".to_vec() },
        origin: (epoch == 0).then(origin),
    }
}

fn open(dir: &Path, notices: &Arc<Mutex<Vec<Notice>>>) -> Embedded {
    let notices = Arc::clone(notices);
    let notify: pinnace_store::NotifySink = Box::new(move |new| notices.lock().unwrap().extend(new));
    Embedded::open(dir, Options { rules: rules(), notify, ..Options::default() }).unwrap()
}

/// Registers a device of an account of its own, with its list.
async fn join(store: &Embedded, index: u64) -> Fallible<Session> {
    register(store, index).await?;
    let session = hello(store, index, 1).await?.session;
    let list = DeviceList {
        account: account(index),
        list_version: ListVersion::FIRST,
        previous: [0; 32],
        devices: vec![device(index)],
        octets: b"list".to_vec(),
    };
    let done = store.list_publish(ListRequest { session, list }).await?;
    if matches!(done, ListDone::InForce(_)) { Ok(session) } else { Err("the list was refused".into()) }
}

fn words(items: &[Item]) -> Vec<String> {
    let entries = items.iter().filter_map(|item| match item {
        Item::Entry(Entry { conversation_seq, kind, payload, .. }) => {
            Some(format!("{conversation_seq} {kind:?} {}", String::from_utf8_lossy(payload)))
        }
        Item::Message(_) | Item::Receipt(_) | Item::KeysLow(_) | Item::Gap(_) => None,
    });
    entries.collect()
}

#[test]
fn a_conversation_goes_on_after_a_restart_and_its_payloads_go_with_their_last_holder() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("data");
    let notices = Arc::default();
    let store = open(&dir, &notices);
    let sessions: Vec<Session> = block_on(async {
        let mut sessions = Vec::new();
        for index in 0..COUNT {
            sessions.push(join(&store, index).await.unwrap());
        }
        let others: Vec<u64> = (1..COUNT).collect();
        assert_eq!(store.commit(commit(sessions[0], 1, 0, &others, &[])).await.unwrap(), ACCEPTED);
        assert_eq!(store.post(post(sessions[1], 1, 1, "hello")).await.unwrap(), ACCEPTED);
        sessions
    });
    let shared = filed(&notices.lock().unwrap());
    store.close();
    let store = open(&dir, &Arc::default());
    block_on(async {
        assert_eq!(words(&read_all(&store, 2).await.unwrap()), ["1 Welcome welcome", "2 Message hello"]);
        // What was filed and what is read are the same.
        for index in 0..COUNT {
            let read = read_all(&store, index).await.unwrap();
            let told: Vec<Item> =
                shared.iter().filter(|(of, _)| *of == device(index)).map(|(_, item)| item.clone()).collect();
            assert_eq!(read, told, "device {index}");
        }
        // The epoch, the roster and the numbers have stayed.
        assert_eq!(store.post(post(sessions[1], 1, 1, "hello")).await.unwrap(), ACCEPTED);
        let stale = store.commit(commit(sessions[2], 1, 0, &[], &[])).await.unwrap();
        assert_eq!(stale, SendDone::Outcome(Refusal::StaleEpoch.into_outcome()));
        let heard = store.roster(origin().id, device(1)).await.unwrap();
        assert_eq!(heard.len(), 4);
        for index in 0..COUNT {
            let session = sessions[usize::try_from(index).unwrap()];
            ack(&store, session, if index == 4 { 1 } else { 2 }).await.unwrap();
        }
    });
    store.close();
    assert_eq!(payloads(&dir), ["2 Message hello"], "one device has not taken it");
    let store = open(&dir, &Arc::default());
    block_on(async { ack(&store, sessions[4], 2).await.unwrap() });
    store.close();
    assert_eq!(payloads(&dir), [""; 0]);
}

/// An outcome of this refusal.
trait IntoOutcome {
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for Refusal {
    fn into_outcome(self) -> Outcome {
        Outcome::Refused(self)
    }
}

fn filed(notices: &[Notice]) -> Vec<(pinnace_home::DeviceId, Item)> {
    let filed = notices.iter().filter_map(|notice| match notice {
        Notice::Filed { device, item } => Some((*device, item.clone())),
        Notice::Removed { .. } | Notice::Linked { .. } | Notice::Reopened => None,
    });
    filed.collect()
}

/// What the conversation stores, while no program uses the store; each row is sound.
fn payloads(dir: &Path) -> Vec<String> {
    let mut payloads = Vec::new();
    let _ = export(dir, |described| {
        if let Described::Payload { conversation_seq, kind, payload, .. } = described.unwrap() {
            assert_ne!(kind, EntryKind::Own);
            payloads.push(format!("{conversation_seq} {kind:?} {}", String::from_utf8_lossy(&payload)));
        }
        ControlFlow::<()>::Continue(())
    })
    .unwrap();
    payloads
}

#[test]
fn many_speak_at_once_and_all_hear_the_same_in_the_same_order() {
    let scratch = tempfile::tempdir().unwrap();
    let store = open(&scratch.path().join("data"), &Arc::default());
    block_on(async {
        let mut sessions = Vec::new();
        for index in 0..COUNT {
            sessions.push(join(&store, index).await.unwrap());
        }
        let others: Vec<u64> = (1..COUNT).collect();
        assert_eq!(store.commit(commit(sessions[0], 1, 0, &others, &[])).await.unwrap(), ACCEPTED);
        let mut under_way = Vec::new();
        for seq in 2..40 {
            for (index, session) in sessions.iter().enumerate() {
                let seq = if index == 0 { seq } else { seq - 1 };
                under_way.push(store.post(post(*session, seq, 1, &format!("{index} {seq}"))));
            }
        }
        for answer in under_way {
            assert_eq!(answer.await.unwrap(), ACCEPTED);
        }
        let mut heard: Option<Vec<(u64, String)>> = None;
        for index in 0..COUNT {
            let items = read_all(&store, index).await.unwrap();
            let entries: Vec<&Entry> = items
                .iter()
                .filter_map(|item| if let Item::Entry(entry) = item { Some(entry) } else { None })
                .collect();
            let seqs: Vec<u64> = entries.iter().map(|entry| entry.conversation_seq.value()).collect();
            assert_eq!(seqs, (1..=191).collect::<Vec<u64>>(), "device {index} hears all, in order");
            // Each hears all but its own.
            let others = entries.iter().filter(|entry| entry.kind == EntryKind::Message);
            let said: Vec<(u64, String)> = others
                .map(|entry| {
                    (entry.conversation_seq.value(), String::from_utf8_lossy(&entry.payload).into_owned())
                })
                .collect();
            let is_own = |text: &str| text.starts_with(&format!("{index} "));
            assert!(said.iter().all(|(_, text)| !is_own(text)));
            assert_eq!(said.len(), 190 - 38);
            let kept = |all: &[(u64, String)]| -> Vec<(u64, String)> {
                all.iter().filter(|(_, text)| !is_own(text) && !text.starts_with("0 ")).cloned().collect()
            };
            match &heard {
                Some(first) => assert_eq!(kept(&said), kept(first)),
                None => heard = Some(said),
            }
        }
    });
}
