//! What another writer left on its way is brought to its end.

use core::cell::RefCell;
use core::convert::Infallible;

use pinnace_home::memory::{Committed, World};
use pinnace_home::{
    ClientMark, ClientSeq, CodeRequest, CommitRequest, Committer as By, ConversationId, ConversationKind,
    DeviceId, DeviceList, E164, EnrolRequest, Envelope, HelloCounter, HelloDone, HelloRequest, Item, KeyRow,
    ListRequest, ListVersion, MailboxMark, MethodRequest, Origin, PostRequest, ReadRequest, RegisterRequest,
    Replace, Rules, SecondParty, Session, Table, account_id, code, device_id, enrol, fan_outs, hello,
    list_publish, method, pending, read, register,
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

/// Registers a device of an account of its own, opens a session and lists it.
fn join(world: &mut World, index: u8) -> Session {
    let (static_key, device) = ([index; 32], device(index));
    let (account, digits) = (account_id(&static_key), b"123456".to_vec());
    let number = E164::parse(&format!("+49151{index:07}")).unwrap();
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
    let (list_version, devices) = (ListVersion::FIRST, vec![device]);
    let list = DeviceList { account, list_version, previous: [0; 32], devices, octets: b"list".to_vec() };
    let request = ListRequest { session: resumed.session, list };
    let _ = world.run(|view, rules, _| list_publish(view, rules, &request)).unwrap();
    resumed.session
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

#[test]
fn entries_that_were_left_on_their_way_arrive_once_in_order() {
    let mut world = World::new(rules());
    let sessions: Vec<Session> = (0..COUNT).map(|index| join(&mut world, index)).collect();
    let (id, now_ms, rules) = (ConversationId::new([7; 16]), world.now_ms, rules());
    let disk = Disk(RefCell::new(world.rows().clone()));
    let mut added: Vec<DeviceId> = (1..COUNT).map(device).collect();
    added.sort();
    let second = SecondParty::new([1; 16]);
    let origin = Origin { id, kind: ConversationKind::Group, first: account_id(&[0; 32]), second };
    let request = CommitRequest {
        session: sessions[0],
        client_seq: ClientSeq::new(1).unwrap(),
        conversation: id,
        envelope: Some((Envelope { group: id, epoch: 0 }, By::Member)),
        added,
        removed: Vec::new(),
        commit: b"commit".to_vec(),
        welcome: b"welcome".to_vec(),
        origin: Some(origin),
    };
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
