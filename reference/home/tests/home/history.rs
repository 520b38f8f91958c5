//! Random histories with crashes, against a small model of what was promised.
//!
//! Promises: nothing accepted is lost or doubled, numbers are dense, the order of each sender holds, a number has one
//! outcome, each ended message has one receipt.

use std::collections::BTreeMap;

use pinnace_home::{
    AckRequest, ClientMark, ClientSeq, ConfirmRequest, DeviceId, HelloCounter, HelloDone, HelloRequest, Item,
    MailboxMark, MailboxSeq, NackRequest, Outcome, ReadRequest, ReceiptStatus, Receipts, Rules, SendDone,
    SendRequest, SeqRange, Session, Table, VoidRequest, ack, confirm, device_id, hello, nack, read, send,
    void,
};
use proptest::prelude::*;

use crate::script::{Play, key_of, quick_rules};

const NAMES: [char; 3] = ['a', 'b', 'c'];

/// What happens next. Devices are places in `NAMES`.
#[derive(Clone, Debug)]
enum Act {
    Hello(usize),
    Confirm(usize),
    Send {
        from: usize,
        to: usize,
        expires_in_s: Option<u64>,
    },
    Repeat {
        from: usize,
        back: u64,
    },
    Void(usize),
    Ack {
        device: usize,
        share: u64,
        run: (u64, u64),
    },
    Nack {
        device: usize,
        above: u64,
    },
    Read(usize),
    Wait(u64),
    Sweep,
    /// The next operation is cut off after so many transactions.
    CrashAfter(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let device = 0..NAMES.len();
    let act = prop_oneof![
        1 => device.clone().prop_map(Act::Hello),
        1 => device.clone().prop_map(Act::Confirm),
        6 => (device.clone(), device.clone(), prop::option::of(1..4_u64)).prop_map(|(from, to, expires_in_s)| Act::Send { from, to, expires_in_s }),
        2 => (device.clone(), 0..4_u64).prop_map(|(from, back)| Act::Repeat { from, back }),
        1 => device.clone().prop_map(Act::Void),
        3 => (device.clone(), 0..4_u64, (1..4_u64, 1..4_u64)).prop_map(|(device, share, run)| Act::Ack { device, share, run }),
        1 => (device.clone(), 1..4_u64).prop_map(|(device, above)| Act::Nack { device, above }),
        2 => device.prop_map(Act::Read),
        1 => (1..3_000_u64).prop_map(Act::Wait),
        1 => Just(Act::Sweep),
        3 => (0..8_usize).prop_map(Act::CrashAfter),
    ];
    prop::collection::vec(act, 1..120)
}

/// A SEND that was tried.
#[derive(Clone)]
struct Tried {
    request: SendRequest,
    outcome: Option<Outcome>,
}

/// What a device knows.
#[derive(Default)]
struct Client {
    counter: u64,
    session: Option<Session>,
    /// By number. A number without an outcome is tried again.
    tried: BTreeMap<u64, Option<Tried>>,
    /// By mailbox number: the message or receipt that was read there.
    read: BTreeMap<u64, Item>,
}

struct History {
    play: Play,
    clients: Vec<Client>,
}

impl History {
    fn new() -> Self {
        let rules = Rules {
            retention_s: 20,
            outcome_cache: 16,
            inflight_max: 16,
            redelivery_max: 3,
            mailbox_items_max: 12,
            ..quick_rules()
        };
        let play = Play::new(rules, "abc");
        let clients =
            NAMES.map(|name| Client { counter: 2, session: Some(play.session(name)), ..Client::default() });
        Self { play, clients: clients.into() }
    }

    fn session(&self, device: usize) -> Session {
        self.clients[device].session.unwrap()
    }

    fn device(device: usize) -> DeviceId {
        device_id(&key_of(NAMES[device]))
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Hello(device) => self.hello(*device),
            Act::Confirm(device) => {
                let mut request = ConfirmRequest {
                    session: self.session(*device),
                    cursor: MailboxMark::NOTHING,
                    ranges: Vec::new(),
                };
                let _ = self.play.world.run(|view, _, now| confirm(view, now, &mut request));
            }
            Act::Send { from, to, expires_in_s } => self.send_next(*from, *to, *expires_in_s),
            Act::Repeat { from, back } => self.repeat(*from, *back),
            Act::Void(device) => self.void_next(*device),
            Act::Ack { device, share, run } => self.ack(*device, *share, *run),
            Act::Nack { device, above } => self.nack(*device, *above),
            Act::Read(device) => self.read(*device),
            Act::Wait(ms) => self.play.world.now_ms += ms,
            Act::Sweep => self.play.world.sweep(),
            Act::CrashAfter(count) => self.play.world.crash_after = Some(*count),
        }
    }

    fn hello(&mut self, device: usize) {
        let client = &mut self.clients[device];
        client.counter += 1;
        let request = HelloRequest {
            static_key: key_of(NAMES[device]),
            hello_counter: HelloCounter::new(client.counter).unwrap(),
            settled: ClientMark::NOTHING,
            cursor: MailboxMark::NOTHING,
        };
        if let Ok(HelloDone::Registered(resumed)) =
            self.play.world.run(|view, rules, now| hello(view, rules, now, &request))
        {
            client.session = Some(resumed.session);
            let exceptions: BTreeMap<u64, Outcome> =
                resumed.exceptions.iter().map(|(seq, outcome)| (seq.value(), *outcome)).collect();
            let handled = resumed.handled.value();
            for (seq, tried) in client.tried.range(..=handled).rev().take(16) {
                let outcome = tried.as_ref().map_or(Some(Outcome::Voided), |tried| tried.outcome);
                let told = exceptions.get(seq).copied().unwrap_or(Outcome::Accepted);
                assert!(
                    outcome.is_none_or(|outcome| outcome == told),
                    "number {seq} was {outcome:?}, WELCOME says {told:?}"
                );
            }
        } else {
            // The client cannot know whether it was heard: it tries again, as after any loss.
            self.hello(device);
        }
    }

    /// The lowest number without a known outcome.
    fn next(&self, device: usize) -> u64 {
        let tried = &self.clients[device].tried;
        tried
            .iter()
            .find(|(_, tried)| tried.as_ref().is_some_and(|tried| tried.outcome.is_none()))
            .map_or_else(|| tried.len() as u64 + 1, |(seq, _)| *seq)
    }

    fn send_next(&mut self, from: usize, to: usize, expires_in_s: Option<u64>) {
        let seq = self.next(from);
        let fresh = SendRequest {
            session: self.session(from),
            client_seq: ClientSeq::new(seq).unwrap(),
            to: Self::device(to),
            class: None,
            expires_in_s,
            receipts: Receipts::Wanted,
            payload: format!("{from} {seq}").into_bytes(),
        };
        let tried =
            self.clients[from].tried.entry(seq).or_insert(Some(Tried { request: fresh, outcome: None }));
        let first = tried.as_ref().unwrap().request.clone();
        let request = SendRequest { session: self.session(from), ..first };
        self.try_send(from, seq, &request);
    }

    fn try_send(&mut self, from: usize, seq: u64, request: &SendRequest) {
        match self.play.world.run(|view, rules, now| send(view, rules, now, request)) {
            Ok(SendDone::Outcome(outcome)) => self.learn(from, seq, outcome),
            Ok(SendDone::Fenced) | Err(_) => {}
            Ok(other) => panic!("number {seq} of {from}: {other:?}"),
        }
    }

    fn learn(&mut self, from: usize, seq: u64, outcome: Outcome) {
        let tried = self.clients[from].tried.get_mut(&seq).unwrap().as_mut().unwrap();
        let known = *tried.outcome.get_or_insert(outcome);
        assert_eq!(known, outcome, "number {seq} of {from} has two outcomes");
    }

    fn repeat(&mut self, from: usize, back: u64) {
        let last = self.next(from) - 1;
        let seq = last.saturating_sub(back);
        let Some(Some(tried)) = self.clients[from].tried.get(&seq) else { return };
        let request = SendRequest { session: self.session(from), ..tried.request.clone() };
        self.try_send(from, seq, &request);
    }

    fn void_next(&mut self, device: usize) {
        let seq = self.next(device);
        if self.clients[device].tried.contains_key(&seq) {
            return;
        }
        let request = VoidRequest { session: self.session(device), client_seq: ClientSeq::new(seq).unwrap() };
        loop {
            match self.play.world.run(|view, rules, _| void(view, rules, request)) {
                Ok(done) => {
                    assert_eq!(done, SendDone::Outcome(Outcome::Voided));
                    break;
                }
                Err(_) => continue,
            }
        }
        self.clients[device].tried.insert(seq, None);
    }

    fn last_filed(&self, device: usize) -> u64 {
        let id = Self::device(device);
        self.play.world.filed.iter().filter(|(owner, _)| *owner == id).count() as u64
    }

    fn ack(&mut self, device: usize, share: u64, run: (u64, u64)) {
        self.read(device);
        let last = self.last_filed(device);
        let cursor = last * share / 4;
        let first = cursor + run.0;
        let ranges = if first + run.1 - 1 <= last {
            vec![SeqRange { first: MailboxSeq::new(first).unwrap(), count: run.1 }]
        } else {
            Vec::new()
        };
        let mut request =
            AckRequest { session: self.session(device), cursor: MailboxMark::new(cursor).unwrap(), ranges };
        let _ = self.play.world.run(|view, _, now| ack(view, now, &mut request));
    }

    fn nack(&mut self, device: usize, above: u64) {
        let last = self.last_filed(device);
        let seq = last.saturating_sub(above);
        if let Some(mailbox_seq) = MailboxSeq::new(seq) {
            let request = NackRequest { session: self.session(device), mailbox_seq, reason: 1 };
            let _ = self.play.world.run(|view, _, now| nack(view, now, request));
        }
    }

    /// Reads a mailbox whole: dense, and what was read before is the same or has ended.
    fn read(&mut self, device: usize) {
        let request = ReadRequest {
            device: Self::device(device),
            after: MailboxMark::NOTHING,
            items_max: 10_000,
            bytes_max: usize::MAX,
        };
        let page = self.play.world.look(|view, now| read(view, now, &request));
        let mut next = page
            .items
            .first()
            .map_or_else(|| page.mailbox_last.value() + 1, |item| item.mailbox_seq().value());
        for item in page.items {
            let seq = item.mailbox_seq().value();
            assert_eq!(seq, next, "mailbox of {device} is not dense");
            next += match &item {
                Item::Message(_) | Item::Receipt(_) | Item::KeysLow(_) | Item::Entry(_) => 1,
                Item::Gap(gap) => gap.count,
            };
            if !matches!(item, Item::Gap(_)) {
                let before = self.clients[device].read.entry(seq).or_insert_with(|| item.clone());
                assert_eq!(*before, item, "item {seq} of {device} changed");
            }
        }
        assert_eq!(next, page.mailbox_last.value() + 1, "mailbox of {device} ends early");
    }

    /// Lets everything come to its end, then looks at all that was filed.
    fn settle(mut self) {
        self.play.world.crash_after = None;
        for device in 0..NAMES.len() {
            self.hello(device);
            let seq = self.next(device);
            if self.clients[device].tried.contains_key(&seq) {
                self.send_next(device, 0, None);
            }
        }
        for _ in 0..3 {
            for device in 0..NAMES.len() {
                self.ack(device, 4, (1, 1));
            }
            self.play.world.sweep();
        }
        self.every_accepted_message_was_filed_once();
        self.every_message_has_one_receipt();
        assert_eq!(self.play.world.rows_in_table(Table::Outbox), 0, "effects are left");
    }

    fn accepted(&self) -> impl Iterator<Item = (usize, &Tried)> {
        let all = self
            .clients
            .iter()
            .enumerate()
            .flat_map(|(from, client)| client.tried.values().flatten().map(move |tried| (from, tried)));
        all.filter(|(_, tried)| tried.outcome == Some(Outcome::Accepted))
    }

    fn every_accepted_message_was_filed_once(&self) {
        let mut expected: Vec<(DeviceId, Vec<u8>)> =
            self.accepted().map(|(_, tried)| (tried.request.to, tried.request.payload.clone())).collect();
        let mut filed = Vec::new();
        let mut newest: BTreeMap<(DeviceId, DeviceId), u64> = BTreeMap::new();
        for (device, item) in &self.play.world.filed {
            if let Item::Message(message) = item {
                filed.push((*device, message.payload.clone()));
                let text = String::from_utf8(message.payload.clone()).unwrap();
                let seq: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
                let before = newest.insert((*device, message.from), seq);
                assert!(
                    before.is_none_or(|before| before < seq),
                    "{seq} of one sender came after {before:?}"
                );
            }
        }
        // A full mailbox is seen at acceptance: nobody fills it between that and the filing here.
        expected.sort();
        filed.sort();
        assert_eq!(filed, expected);
    }

    fn every_message_has_one_receipt(&self) {
        let mut told: BTreeMap<(DeviceId, u64), Vec<ReceiptStatus>> = BTreeMap::new();
        for (device, item) in &self.play.world.filed {
            if let Item::Receipt(receipt) = item {
                for run in &receipt.ranges {
                    for seq in run.first.value()..run.first.value() + run.count {
                        told.entry((*device, seq)).or_default().push(receipt.status);
                    }
                }
            }
        }
        for (from, tried) in self.accepted() {
            let told =
                told.remove(&(Self::device(from), tried.request.client_seq.value())).unwrap_or_default();
            assert_eq!(told.len(), 1, "{:?} of {from} was told {told:?}", tried.request.client_seq);
        }
        assert!(told.is_empty(), "receipts for nothing: {told:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_promises(acts in acts()) {
        let mut history = History::new();
        for act in &acts {
            history.act(act);
        }
        history.settle();
    }
}
