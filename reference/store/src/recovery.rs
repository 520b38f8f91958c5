//! What another writer left on its way is brought to its end.

use core::cell::RefCell;
use core::convert::Infallible;

use pinnace_home::memory::{Committed, World};
use pinnace_home::{
    ClientMark, ClientSeq, CodeRequest, CommitRequest, Committer as By, ConversationId, ConversationKind,
    DeviceId, DeviceList, E164, EnrolRequest, Envelope, HelloCounter, HelloDone, HelloRequest, Item, KeyRow,
    ListRequest, ListVersion, MailboxMark, MethodRequest, Origin, PostRequest, ReadRequest, RegisterRequest,
    Replace, Rules, SecondParty, Session, Table, account_id, code, conversation, device_id, enrol, fan_outs,
    hello, list_digest, list_publish, method, pending, read, register,
};

use crate::committer::Committer;
use crate::engine::Engine;
use crate::overlay::{Batch, Overlay};

/// Rows in memory that can be committed to.
struct Disk(RefCell<Committed>);

impl Engine for Disk {
    type Error = Infallible;
    type Committed = Committed;

    fn commit(&self, batch: &Batch) -> Result<(), Infallible> {
        let changes = batch.changes().map(|(key, change)| (key.clone(), change.row().cloned()));
        self.0.borrow_mut().apply(changes.collect());
        Ok(())
    }

    fn committed(&self) -> Committed {
        self.0.borrow().clone()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.borrow().0.get(key).cloned())
    }

    fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, Infallible>> {
        let rows: Vec<_> = self.0.borrow().range(first, end).map(Ok).collect();
        rows.into_iter()
    }
}

const COUNT: u8 = 4;

fn rules() -> Rules {
    Rules { code_wait_ms: 0, method_wait_ms: 0, ..Rules::default() }
}

fn device(index: u8) -> DeviceId {
    device_id(&[index; 32])
}

/// Registers a device of this one's account, and opens a session.
fn enter(world: &mut World, index: u8, owner: u8) -> Session {
    let (static_key, device) = ([index; 32], device(index));
    let (account, digits) = (account_id(&[owner; 32]), b"123456".to_vec());
    let number = E164::parse(&format!("+49151{owner:07}")).unwrap();
    let hello_counter = HelloCounter::new(1).unwrap();
    let request = RegisterRequest { device, number, replace: Replace::Refuse };
    let _ = world.run(|view, rules, now| register(view, rules, now, &request)).unwrap();
    let request = MethodRequest { device, number, method: 3, digits: digits.clone() };
    let _ = world.run(|view, rules, now| method(view, rules, now, &request)).unwrap();
    let request = CodeRequest { device, number, code: digits };
    let _ = world.run(|view, rules, now| code(view, rules, now, &request)).unwrap();
    let request =
        EnrolRequest { static_key, hello_counter, number, account, not_after_s: 9, certificate: vec![1] };
    let _ = world.run(|view, rules, now| enrol(view, rules, now, &request)).unwrap();
    let request = HelloRequest {
        static_key,
        hello_counter: HelloCounter::new(2).unwrap(),
        settled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
    };
    let HelloDone::Registered(resumed) =
        world.run(|view, rules, now| hello(view, rules, now, &request)).unwrap()
    else {
        panic!("a registered device");
    };
    resumed.session
}

/// A list of the account of device 0, or of another one's if it is the first.
fn list(session: Session, owner: u8, before: Option<&DeviceList>, indexes: &[u8]) -> ListRequest {
    let mut devices: Vec<DeviceId> = indexes.iter().copied().map(device).collect();
    devices.sort();
    let list = DeviceList {
        account: account_id(&[owner; 32]),
        list_version: before.map_or(ListVersion::FIRST, |before| before.list_version.next().unwrap()),
        previous: before.map_or([0; 32], |before| list_digest(&before.octets)),
        devices,
        octets: format!("list {indexes:?}").into_bytes(),
    };
    ListRequest { session, list }
}

/// Registers a device of an account of its own, opens a session and lists it.
fn join(world: &mut World, index: u8) -> Session {
    let session = enter(world, index, index);
    let request = list(session, index, None, &[index]);
    let _ = world.run(|view, rules, _| list_publish(view, rules, &request)).unwrap();
    session
}

/// Runs an operation and commits it; what follows is left undone.
fn run_alone<T>(disk: &Disk, run: impl FnOnce(&mut Overlay<'_, Disk>) -> T) -> T {
    let mut batch = Batch::default();
    let done = run(&mut Overlay::new(disk, &mut batch));
    disk.commit(&batch).unwrap();
    done
}

fn entries(disk: &Disk, index: u8, now_ms: u64) -> Vec<String> {
    let after = MailboxMark::NOTHING;
    let request = ReadRequest { device: device(index), after, items_max: 99, bytes_max: 1 << 20 };
    let items = read(&disk.committed(), now_ms, &request).unwrap().items.into_iter();
    let words = items.map(|item| match item {
        Item::Entry(entry) => {
            format!("{} {:?} {}", entry.conversation_seq, entry.kind, String::from_utf8_lossy(&entry.payload))
        }
        Item::Message(_) | Item::Receipt(_) | Item::KeysLow(_) | Item::Gap(_) => format!("{item:?}"),
    });
    words.collect()
}

const ID: ConversationId = ConversationId::new([7; 16]);

/// The first commit of a group of account 0.
fn first_commit(session: Session, others: &[u8]) -> CommitRequest {
    let mut added: Vec<DeviceId> = others.iter().copied().map(device).collect();
    added.sort();
    let (kind, second) = (ConversationKind::Group, SecondParty::new([1; 16]));
    CommitRequest {
        session,
        client_seq: ClientSeq::new(1).unwrap(),
        conversation: ID,
        envelope: Some((Envelope { group: ID, epoch: 0 }, By::Member)),
        added,
        removed: Vec::new(),
        commit: b"commit".to_vec(),
        welcome: b"welcome".to_vec(),
        origin: Some(Origin { id: ID, kind, first: account_id(&[0; 32]), second }),
    }
}

#[test]
fn a_device_that_left_its_account_while_it_came_in_is_out_again() {
    let mut world = World::new(rules());
    let own = enter(&mut world, 0, 0);
    let _ = enter(&mut world, 1, 0);
    let before = list(own, 0, None, &[0, 1]);
    let _ = world.run(|view, rules, _| list_publish(view, rules, &before)).unwrap();
    let (now_ms, rules) = (world.now_ms, rules());
    let disk = Disk(RefCell::new(world.rows().clone()));
    let request = first_commit(own, &[1]);
    let _ = run_alone(&disk, |view| pinnace_home::commit(view, &rules, now_ms, &request)).unwrap();
    // The account does not know yet that its device is in a conversation.
    let after = list(own, 0, Some(&before.list), &[0]);
    let _ = run_alone(&disk, |view| list_publish(view, &rules, &after)).unwrap();
    let _ = Committer::recover(&disk, rules, now_ms).unwrap();
    let state = conversation(&disk.committed(), ID).unwrap().unwrap();
    assert_eq!(state.devices, [device(0)]);
}

#[test]
fn entries_that_were_left_on_their_way_arrive_once_in_order() {
    let mut world = World::new(rules());
    let sessions: Vec<Session> = (0..COUNT).map(|index| join(&mut world, index)).collect();
    let (id, now_ms, rules) = (ID, world.now_ms, rules());
    let disk = Disk(RefCell::new(world.rows().clone()));
    let others: Vec<u8> = (1..COUNT).collect();
    let request = first_commit(sessions[0], &others);
    let mut events =
        run_alone(&disk, |view| pinnace_home::commit(view, &rules, now_ms, &request)).unwrap().events;
    for seq in 2..4 {
        let request = PostRequest {
            session: sessions[0],
            client_seq: ClientSeq::new(seq).unwrap(),
            conversation: id,
            class: None,
            expires_in_s: None,
            envelope: Some(Envelope { group: id, epoch: 1 }),
            payload: format!("{seq}").into_bytes(),
        };
        let step = run_alone(&disk, |view| pinnace_home::post(view, &rules, now_ms, &request)).unwrap();
        events.extend(step.events);
    }
    // The first entry reached some mailboxes before the crash.
    let left = fan_outs(&disk.committed(), 99).unwrap();
    assert_eq!(left.len(), 3);
    for delivery in left[0].deliveries().take(2) {
        let _ = run_alone(&disk, |view| delivery.apply(view, &rules)).unwrap();
    }
    let _ = Committer::recover(&disk, rules, now_ms).unwrap();
    for index in 1..COUNT {
        assert_eq!(entries(&disk, index, now_ms), ["1 Welcome welcome", "2 Message 2", "3 Message 3"]);
    }
    assert_eq!(entries(&disk, 0, now_ms), ["1 Own ", "2 Own ", "3 Own "]);
    assert_eq!(fan_outs(&disk.committed(), 99), Ok(Vec::new()));
    assert_eq!(pending(&disk.committed(), 99), Ok(Vec::new()));
    let is_mark = |key: &Vec<u8>| key.first() == Some(&1) && key.get(18) == Some(&(Table::Applied as u8));
    assert!(!disk.committed().0.keys().any(is_mark));
}
