//! Three devices, what each of them knows, and what was promised to it.

mod talks;

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use pinnace_home::memory::{Crashed, World};
use pinnace_home::{
    AckDone, AckRequest, ClientMark, ClientSeq, CodeRequest, ConfirmRequest, DeviceId, E164, EnrolDone,
    EnrolRequest, HelloCounter, HelloDone, HelloRequest, Item, MailboxMark, MailboxSeq, MethodRequest,
    NackRequest, Outcome, ReadRequest, ReceiptStatus, Receipts, RegisterRequest, Replace, Rules, SendDone,
    SendRequest, SeqRange, Session, Table, VoidRequest, account_id, ack, code, confirm, device_id, enrol,
    hello, method, nack, read, register, send, void,
};

use super::directory::{Directory, KEY_PACKAGES_MAX, KEYS_LOW};
pub(crate) use talks::Talks;

const DEVICES: usize = 3;
const OUTCOME_CACHE: u64 = 16;

/// A number that a device used.
#[derive(Clone, Debug)]
enum Used {
    Message { request: SendRequest, outcome: Option<Outcome> },
    Void,
}

#[derive(Debug)]
struct Client {
    counter: u64,
    session: Session,
    /// The session before: fenced.
    before: Option<Session>,
    used: BTreeMap<u64, Used>,
    /// What was read under each number of the mailbox.
    read: BTreeMap<u64, Item>,
}

pub(crate) struct History {
    world: World,
    clients: Vec<Client>,
    directory: Directory,
}

fn key_of(device: usize) -> [u8; 32] {
    [b'a' + u8::try_from(device).expect("a small number"); 32]
}

fn id(device: usize) -> DeviceId {
    device_id(&key_of(device))
}

fn rules() -> Rules {
    Rules {
        retention_s: 20,
        outcome_cache: OUTCOME_CACHE,
        inflight_max: 16,
        redelivery_max: 3,
        mailbox_items_max: 12,
        code_wait_ms: 0,
        method_wait_ms: 0,
        registrations_per_number_per_h: 1_000,
        key_packages_max: KEY_PACKAGES_MAX,
        keys_low: KEYS_LOW,
        claims_per_target_per_h: 20,
        ..Rules::default()
    }
}

impl History {
    pub(crate) fn new() -> Self {
        let mut world = World::new(rules());
        for device in 0..DEVICES {
            enrol_device(&mut world, device).expect("no crash yet");
        }
        let clients = (0..DEVICES)
            .map(|device| {
                let session =
                    resume(&mut world, device, 2).expect("no crash yet").expect("a registered device");
                Client { counter: 2, session, before: None, used: BTreeMap::new(), read: BTreeMap::new() }
            })
            .collect();
        Self { world, clients, directory: Directory::new((0..DEVICES).map(key_of)) }
    }

    pub(crate) fn act(&mut self, acts: &mut Unstructured<'_>) -> Result<()> {
        let device = acts.choose_index(DEVICES)?;
        match acts.arbitrary::<u8>()? % 32 {
            0 => self.hello(device),
            1 => self.confirm(device, acts.arbitrary()?),
            2..=8 => {
                let (to, expires_in_s) = (acts.choose_index(DEVICES)?, acts.arbitrary::<u8>()?);
                self.send_next(device, to, Some(u64::from(expires_in_s)).filter(|s| (1..4).contains(s)));
            }
            9 | 10 => self.repeat(device, acts.arbitrary()?, None),
            11 => self.repeat(device, acts.arbitrary()?, Some(())),
            12 => self.void_next(device),
            13 => self.jump(device, acts.arbitrary()?),
            14 => self.fenced(device),
            15..=17 => self.ack(device, acts.arbitrary()?, acts.arbitrary()?),
            18 => self.nack(device, acts.arbitrary()?),
            19 => self.read(device),
            20 => self.world.now_ms += acts.int_in_range(1..=9_000_u64)?,
            21 => self.world.sweep(),
            22 | 23 => {
                let session = self.clients[device].session;
                self.directory.publish_list(&mut self.world, session, device);
            }
            24..=26 => {
                let session = self.clients[device].session;
                self.directory.publish_keys(&mut self.world, (session, device), acts)?;
            }
            27..=29 => {
                let target = acts.choose_index(DEVICES)?;
                let (session, owner) = (self.clients[device].session, self.clients[target].session);
                self.directory.claim(&mut self.world, session, (target, owner));
            }
            _ => self.world.crash_after = Some(usize::from(acts.arbitrary::<u8>()? % 12)),
        }
        Ok(())
    }

    fn hello(&mut self, device: usize) {
        // A client cannot know whether it was heard: it tries again, with a new counter, as after any loss.
        loop {
            self.clients[device].counter += 1;
            let counter = self.clients[device].counter;
            if let Ok(session) = resume(&mut self.world, device, counter) {
                let session = session.expect("a counter that was not used");
                let client = &mut self.clients[device];
                assert!(client.session.epoch < session.epoch, "an epoch that does not rise");
                client.before = Some(core::mem::replace(&mut client.session, session));
                return;
            }
        }
    }

    fn confirm(&mut self, device: usize, share: u8) {
        let cursor = self.last_filed(device) * u64::from(share % 5) / 4;
        let cursor = MailboxMark::new(cursor).unwrap();
        let mut request =
            ConfirmRequest { session: self.clients[device].session, cursor, ranges: Vec::new() };
        let _ = self.world.run(|view, _, now_ms| confirm(view, now_ms, &mut request));
    }

    /// The lowest number without a known outcome.
    fn next(&self, device: usize) -> u64 {
        let used = &self.clients[device].used;
        let open = used.iter().find(|(_, used)| matches!(used, Used::Message { outcome: None, .. }));
        open.map_or(used.len() as u64 + 1, |(seq, _)| *seq)
    }

    fn send_next(&mut self, from: usize, to: usize, expires_in_s: Option<u64>) {
        let seq = self.next(from);
        let session = self.clients[from].session;
        let request = SendRequest {
            session,
            client_seq: ClientSeq::new(seq).unwrap(),
            to: id(to),
            class: seq.is_multiple_of(7).then_some(1),
            expires_in_s,
            receipts: Receipts::Wanted,
            payload: format!("{from} {seq}").into_bytes(),
        };
        let used = self.clients[from].used.entry(seq).or_insert(Used::Message { request, outcome: None });
        let Used::Message { request, .. } = used else { panic!("a void without an outcome") };
        let request = SendRequest { session, ..request.clone() };
        if let Ok(done) = self.try_send(&request) {
            let SendDone::Outcome(outcome) = done else { panic!("number {seq} of {from}: {done:?}") };
            self.learn(from, seq, outcome);
        }
    }

    fn try_send(&mut self, request: &SendRequest) -> core::result::Result<SendDone, Crashed> {
        self.world.run(|view, rules, now_ms| send(view, rules, now_ms, request))
    }

    fn learn(&mut self, from: usize, seq: u64, told: Outcome) {
        match self.clients[from].used.get_mut(&seq) {
            Some(Used::Message { outcome, .. }) => {
                let known = *outcome.get_or_insert(told);
                assert_eq!(known, told, "number {seq} of {from} has two outcomes");
                assert!(
                    matches!(told, Outcome::Accepted | Outcome::Refused(_)),
                    "a message {seq} of {from} was voided"
                );
            }
            Some(Used::Void) => assert_eq!(told, Outcome::Voided, "number {seq} of {from}"),
            None => panic!("number {seq} of {from} was never used"),
        }
    }

    /// The same number again: the same outcome, unless it is forgotten; with another body a conflict.
    fn repeat(&mut self, from: usize, back: u8, other_body: Option<()>) {
        let last = self.next(from) - 1;
        let seq = last.saturating_sub(u64::from(back) % 24);
        let Some(Used::Message { request, .. }) = self.clients[from].used.get(&seq) else { return };
        let mut request = SendRequest { session: self.clients[from].session, ..request.clone() };
        if other_body.is_some() {
            request.payload.push(b'!');
        }
        // A number whose answer a crash took may have its outcome all the same.
        let is_kept = self.clients[from].used.len() as u64 - seq < OUTCOME_CACHE;
        match (self.try_send(&request), other_body) {
            (Err(Crashed), _) => {}
            (Ok(SendDone::Outcome(outcome)), None) => self.learn(from, seq, outcome),
            (Ok(SendDone::Conflict), Some(())) => {}
            (Ok(SendDone::Forgotten), _) => assert!(!is_kept, "{seq} of {last} was forgotten"),
            (Ok(done), _) => panic!("{seq} of {last} again, {other_body:?}: {done:?}"),
        }
    }

    /// A number that is ahead is told which one is next, and is not used.
    fn jump(&mut self, from: usize, ahead: u8) {
        let next = self.next(from);
        if self.clients[from].used.contains_key(&next) {
            return;
        }
        let seq = ClientSeq::new(next + 1 + u64::from(ahead)).unwrap();
        let request = VoidRequest { session: self.clients[from].session, client_seq: seq };
        if let Ok(done) = self.world.run(|view, rules, _| void(view, rules, request)) {
            assert_eq!(done, SendDone::Gap { expected: ClientSeq::new(next).unwrap() });
        }
    }

    fn void_next(&mut self, device: usize) {
        let seq = self.next(device);
        if self.clients[device].used.contains_key(&seq) {
            return;
        }
        let (session, client_seq) = (self.clients[device].session, ClientSeq::new(seq).unwrap());
        let request = VoidRequest { session, client_seq };
        self.clients[device].used.insert(seq, Used::Void);
        while let Err(Crashed) = self.world.run(|view, rules, _| void(view, rules, request)).map(|done| {
            assert_eq!(done, SendDone::Outcome(Outcome::Voided));
        }) {}
    }

    /// A session that another one took over from can do nothing.
    fn fenced(&mut self, device: usize) {
        let Some(session) = self.clients[device].before else { return };
        let client_seq = ClientSeq::new(self.next(device)).unwrap();
        let request = VoidRequest { session, client_seq };
        if let Ok(done) = self.world.run(|view, rules, _| void(view, rules, request)) {
            assert_eq!(done, SendDone::Fenced);
        }
        let mut request = AckRequest { session, cursor: MailboxMark::NOTHING, ranges: Vec::new() };
        if let Ok(done) = self.world.run(|view, _, now_ms| ack(view, now_ms, &mut request)) {
            assert_eq!(done, AckDone::Fenced);
        }
    }

    fn last_filed(&self, device: usize) -> u64 {
        self.world.filed.iter().filter(|(owner, _)| *owner == id(device)).count() as u64
    }

    fn ack(&mut self, device: usize, share: u8, run: (u8, u8)) {
        self.read(device);
        let last = self.last_filed(device);
        let cursor = last * u64::from(share % 5) / 4;
        let (first, count) = (cursor + 1 + u64::from(run.0 % 4), 1 + u64::from(run.1 % 4));
        let ranges = if share >= 128 {
            vec![SeqRange { first: MailboxSeq::new(first).unwrap(), count }]
        } else {
            Vec::new()
        };
        let is_ahead = !ranges.is_empty() && first + count - 1 > last;
        let session = self.clients[device].session;
        let mut request = AckRequest { session, cursor: MailboxMark::new(cursor).unwrap(), ranges };
        match self.world.run(|view, _, now_ms| ack(view, now_ms, &mut request)) {
            Ok(AckDone::Moved { cursor: moved }) => {
                assert!(!is_ahead, "an ACK ahead of {last} was taken");
                assert!(moved.value() >= cursor, "the cursor stands at {moved}, {cursor} was acknowledged");
            }
            Ok(AckDone::AckInvalid) => assert!(is_ahead, "an ACK within {last} was refused"),
            Ok(done) => panic!("{done:?}"),
            Err(Crashed) => {}
        }
    }

    fn nack(&mut self, device: usize, above: u8) {
        let seq = self.last_filed(device).saturating_sub(u64::from(above % 8));
        if let Some(mailbox_seq) = MailboxSeq::new(seq) {
            let reason = if above >= 128 { 64 } else { 1 };
            let request = NackRequest { session: self.clients[device].session, mailbox_seq, reason };
            let _ = self.world.run(|view, _, now_ms| nack(view, now_ms, request));
        }
    }

    /// Reads a mailbox whole: dense, and what was read before is the same or has ended.
    fn read(&mut self, device: usize) {
        let request = ReadRequest {
            device: id(device),
            after: MailboxMark::NOTHING,
            items_max: 10_000,
            bytes_max: usize::MAX,
        };
        let page = self.world.look(|view, now_ms| read(view, now_ms, &request));
        let last = page.mailbox_last.value();
        let mut next = page.items.first().map_or(last + 1, |item| item.mailbox_seq().value());
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
        assert_eq!(next, last + 1, "mailbox of {device} ends early");
    }

    /// Lets everything come to its end, then looks at all that was filed.
    pub(crate) fn settle(mut self) {
        self.world.crash_after = None;
        for device in 0..DEVICES {
            self.hello(device);
            if self.clients[device].used.contains_key(&self.next(device)) {
                self.send_next(device, 0, None);
            }
        }
        for _ in 0..3 {
            for device in 0..DEVICES {
                self.ack(device, 4, (0, 0));
            }
            self.world.sweep();
        }
        let sessions: Vec<Session> = self.clients.iter().map(|client| client.session).collect();
        let keys = (0..DEVICES).map(key_of);
        core::mem::replace(&mut self.directory, Directory::new(keys)).settle(&mut self.world, &sessions);
        self.every_accepted_message_was_filed_once();
        self.every_message_has_one_receipt();
        assert_eq!(self.world.rows_in_table(Table::Outbox), 0, "effects are left");
    }

    fn accepted(&self) -> impl Iterator<Item = (usize, &SendRequest)> {
        let used = self.clients.iter().enumerate();
        let used = used.flat_map(|(from, client)| client.used.values().map(move |used| (from, used)));
        used.filter_map(|(from, used)| match used {
            Used::Message { request, outcome: Some(Outcome::Accepted) } => Some((from, request)),
            Used::Message { .. } | Used::Void => None,
        })
    }

    fn every_accepted_message_was_filed_once(&self) {
        let accepted = self.accepted().map(|(_, request)| (request.to, request.payload.clone()));
        let mut accepted: Vec<(DeviceId, Vec<u8>)> = accepted.collect();
        let mut filed = Vec::new();
        let mut newest: BTreeMap<(DeviceId, DeviceId), u64> = BTreeMap::new();
        for (device, item) in &self.world.filed {
            let Item::Message(message) = item else { continue };
            filed.push((*device, message.payload.clone()));
            let text = String::from_utf8(message.payload.clone()).unwrap();
            let seq = text.split(' ').nth(1).and_then(|seq| seq.parse().ok()).expect("a payload of ours");
            let before = newest.insert((*device, message.from), seq);
            assert!(before.is_none_or(|before| before < seq), "{seq} of one sender came after {before:?}");
        }
        accepted.sort();
        filed.sort();
        assert_eq!(filed, accepted);
    }

    fn every_message_has_one_receipt(&self) {
        let mut told: BTreeMap<(DeviceId, u64), Vec<ReceiptStatus>> = BTreeMap::new();
        for (device, item) in &self.world.filed {
            let Item::Receipt(receipt) = item else { continue };
            for run in &receipt.ranges {
                for seq in run.first.value()..run.first.value() + run.count {
                    told.entry((*device, seq)).or_default().push(receipt.status);
                }
            }
        }
        for (from, request) in self.accepted() {
            let told = told.remove(&(id(from), request.client_seq.value())).unwrap_or_default();
            assert_eq!(told.len(), 1, "{} of {from} was told {told:?}", request.client_seq);
        }
        assert!(told.is_empty(), "receipts for nothing: {told:?}");
    }
}

fn enrol_device(world: &mut World, device: usize) -> core::result::Result<(), Crashed> {
    let (static_key, digits) = (key_of(device), b"123456".to_vec());
    let number = E164::parse(&format!("+49151{device:07}")).expect("a number");
    let device = id(device);
    let request = RegisterRequest { device, number, replace: Replace::Refuse };
    world.run(|view, rules, now_ms| register(view, rules, now_ms, &request))?;
    let request = MethodRequest { device, number, method: 3, digits: digits.clone() };
    world.run(|view, rules, now_ms| method(view, rules, now_ms, &request))?;
    let request = CodeRequest { device, number, code: digits };
    world.run(|view, rules, now_ms| code(view, rules, now_ms, &request))?;
    let request = EnrolRequest {
        static_key,
        hello_counter: HelloCounter::new(1).unwrap(),
        number,
        account: account_id(&static_key),
        not_after_s: 9,
        certificate: vec![1],
    };
    let done = world.run(|view, rules, now_ms| enrol(view, rules, now_ms, &request))?;
    assert!(matches!(done, EnrolDone::Registered { .. }), "{done:?}");
    Ok(())
}

/// A session of a registered device; `None` when the counter was used before.
fn resume(world: &mut World, device: usize, counter: u64) -> core::result::Result<Option<Session>, Crashed> {
    let request = HelloRequest {
        static_key: key_of(device),
        hello_counter: HelloCounter::new(counter).unwrap(),
        settled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
    };
    match world.run(|view, rules, now_ms| hello(view, rules, now_ms, &request))? {
        HelloDone::Registered(resumed) => Ok(Some(resumed.session)),
        HelloDone::Stale { .. } => Ok(None),
        other @ (HelloDone::Unregistered { .. } | HelloDone::CursorInvalid { .. }) => panic!("{other:?}"),
    }
}
