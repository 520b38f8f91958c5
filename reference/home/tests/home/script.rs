//! Scripts: what devices do, and what each of it gives, as short words.

use core::fmt::Write;

use pinnace_home::memory::{Crashed, World};
use pinnace_home::{
    AccountId, AckDone, AckRequest, ClientMark, ClientRange, ClientSeq, CodeRequest, ConfirmDone,
    ConfirmRequest, DeviceId, E164, EnrolDone, EnrolRequest, Entry, GapReason, HelloCounter, HelloDone,
    HelloRequest, Item, MailboxMark, MailboxSeq, MethodRequest, NackDone, NackRequest, Outcome, ReadRequest,
    Receipts, RegisterRequest, Replace, Rules, SendDone, SendRequest, SeqRange, Session, VoidRequest,
    account_id, ack, code, confirm, device_id, enrol, hello, method, nack, read, register, send, void,
};

/// A device of a script.
pub(crate) type Name = char;

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Do {
    /// A HELLO with the next counter; `settled` and cursor given.
    Hello(Name, u64, u64),
    /// A HELLO with this counter.
    HelloAt(Name, u64),
    /// The confirmation of the newest session.
    Confirm(Name, u64),
    /// A SEND of a text, under this number.
    Send(Name, u64, Name, &'static str),
    /// The same with class, expiry in seconds (0: none).
    SendAs(Name, u64, Name, Option<u64>, u64),
    /// The same without receipts.
    SendQuiet(Name, u64, Name, &'static str),
    /// A SEND of so many octets.
    SendLong(Name, u64, Name, usize),
    Void(Name, u64),
    /// Cursor, and runs above it: first and count.
    Ack(Name, u64, &'static [(u64, u64)]),
    /// Mailbox number and reason.
    Nack(Name, u64, u64),
    /// Everything above this number.
    Read(Name, u64),
    /// Time passes.
    Wait(u64),
    /// What is due is swept.
    Sweep,
    /// Another device takes the number of this one.
    Replace(Name, Name),
}

/// The state of a script.
pub(crate) struct Play {
    pub(crate) world: World,
    sessions: std::collections::BTreeMap<Name, (Session, u64)>,
    stale: std::collections::BTreeMap<Name, Session>,
}

pub(crate) fn key_of(name: Name) -> [u8; 32] {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&u32::from(name).to_be_bytes());
    key
}

pub(crate) fn device_of(name: Name) -> DeviceId {
    device_id(&key_of(name))
}

/// Limits under which a script needs no patience.
pub(crate) fn quick_rules() -> Rules {
    Rules { code_wait_ms: 0, method_wait_ms: 0, registrations_per_number_per_h: 1_000, ..Rules::default() }
}

/// The telephone number of a device: devices whose names share a letter, case apart, share a number.
pub(crate) fn number_of(name: Name) -> E164 {
    E164::parse(&format!("+49151{:07}", u32::from(name.to_ascii_lowercase()))).unwrap()
}

/// A certificate of this account, in a session whose HELLO had the counter 1.
pub(crate) fn enrol_request(name: Name, number: E164, account: AccountId) -> EnrolRequest {
    let (static_key, hello_counter) = (key_of(name), HelloCounter::new(1).unwrap());
    EnrolRequest { static_key, hello_counter, number, account, not_after_s: 9, certificate: vec![1] }
}

impl Play {
    pub(crate) fn new(rules: Rules, names: &str) -> Self {
        let mut play =
            Self { world: World::new(rules), sessions: Default::default(), stale: Default::default() };
        for name in names.chars() {
            play.enrol(name, number_of(name), Replace::Refuse);
            assert_eq!(play.act(Do::Hello(name, 0, 0)), "epoch 1 handled 0 cursor 0 last 0");
        }
        play
    }

    /// Brings a device's registration of a number to its last stage.
    pub(crate) fn verify(&mut self, name: Name, number: E164, replace: Replace) {
        let device = device_of(name);
        let digits = b"123456".to_vec();
        let request = RegisterRequest { device, number, replace };
        let _ = self.world.run(|view, rules, now| register(view, rules, now, &request));
        let request = MethodRequest { device, number, method: 3, digits: digits.clone() };
        let _ = self.world.run(|view, rules, now| method(view, rules, now, &request));
        let request = CodeRequest { device, number, code: digits };
        let _ = self.world.run(|view, rules, now| code(view, rules, now, &request));
    }

    /// Presents a certificate of this account.
    pub(crate) fn certify(&mut self, name: Name, number: E164, account: AccountId) -> EnrolDone {
        let request = enrol_request(name, number, account);
        self.world.run(|view, rules, now| enrol(view, rules, now, &request)).unwrap()
    }

    /// Registers a device of its own account under a number.
    pub(crate) fn enrol(&mut self, name: Name, number: E164, replace: Replace) -> EnrolDone {
        self.verify(name, number, replace);
        self.certify(name, number, account_id(&key_of(name)))
    }

    pub(crate) fn session(&self, name: Name) -> Session {
        self.sessions[&name].0
    }

    /// Lets a device act through the session before its newest one.
    pub(crate) fn with_stale_session<T>(&mut self, name: Name, act: impl FnOnce(&mut Self) -> T) -> T {
        let newest = self.sessions[&name];
        self.sessions.insert(name, (self.stale[&name], newest.1));
        let done = act(self);
        self.sessions.insert(name, newest);
        done
    }

    pub(crate) fn act(&mut self, what: Do) -> String {
        match what {
            Do::Hello(name, settled, cursor) => {
                let counter = self.sessions.get(&name).map_or(1, |(_, counter)| *counter) + 1;
                self.hello(name, counter, settled, cursor)
            }
            Do::HelloAt(name, counter) => self.hello(name, counter, 0, 0),
            Do::Confirm(name, cursor) => self.confirm(name, cursor),
            Do::Send(name, seq, to, text) => {
                self.send(name, seq, |request| (request.to, request.payload) = (device_of(to), text.into()))
            }
            Do::SendAs(name, seq, to, class, expires_in_s) => self.send(name, seq, |request| {
                (request.to, request.class) = (device_of(to), class);
                request.expires_in_s = Some(expires_in_s).filter(|expires_in_s| *expires_in_s != 0);
            }),
            Do::SendQuiet(name, seq, to, text) => self.send(name, seq, |request| {
                (request.to, request.payload) = (device_of(to), text.into());
                request.receipts = Receipts::Unwanted;
            }),
            Do::SendLong(name, seq, to, len) => self
                .send(name, seq, |request| (request.to, request.payload) = (device_of(to), vec![b'x'; len])),
            Do::Void(name, seq) => {
                let request =
                    VoidRequest { session: self.session(name), client_seq: ClientSeq::new(seq).unwrap() };
                told(self.world.run(|view, rules, _| void(view, rules, request)))
            }
            Do::Ack(name, cursor, runs) => self.ack(name, cursor, runs),
            Do::Nack(name, seq, reason) => {
                let request = NackRequest {
                    session: self.session(name),
                    mailbox_seq: MailboxSeq::new(seq).unwrap(),
                    reason,
                };
                let done = self.world.run(|view, _, now| nack(view, now, request)).unwrap();
                match done {
                    NackDone::Ended => "ended",
                    NackDone::Left => "left",
                    NackDone::AckInvalid => "invalid",
                    NackDone::Fenced => "fenced",
                    NackDone::Gone => "gone",
                }
                .into()
            }
            Do::Read(name, after) => self.read(name, after),
            Do::Wait(ms) => {
                self.world.now_ms += ms;
                String::new()
            }
            Do::Sweep => {
                self.world.sweep();
                String::new()
            }
            Do::Replace(name, old) => format!("{:?}", self.enrol(name, number_of(old), Replace::Take))
                .split([' ', '{'])
                .next()
                .unwrap()
                .into(),
        }
    }

    fn hello(&mut self, name: Name, counter: u64, settled: u64, cursor: u64) -> String {
        let request = HelloRequest {
            static_key: key_of(name),
            hello_counter: HelloCounter::new(counter).unwrap(),
            settled: ClientMark::new(settled).unwrap(),
            cursor: MailboxMark::new(cursor).unwrap(),
        };
        match self.world.run(|view, rules, now| hello(view, rules, now, &request)).unwrap() {
            HelloDone::Unregistered { .. } => "unregistered".into(),
            HelloDone::Stale { stored } => format!("stale {stored}"),
            HelloDone::CursorInvalid { mailbox_last } => format!("invalid above {mailbox_last}"),
            HelloDone::Registered(resumed) => {
                if let Some((before, _)) = self.sessions.insert(name, (resumed.session, counter)) {
                    self.stale.insert(name, before);
                }
                let mut text = format!(
                    "epoch {} handled {} cursor {} last {}",
                    resumed.session.epoch, resumed.handled, resumed.cursor, resumed.mailbox_last
                );
                for (seq, outcome) in resumed.exceptions {
                    write!(text, ", {seq} {}", outcome_word(outcome)).unwrap();
                }
                text
            }
        }
    }

    fn confirm(&mut self, name: Name, cursor: u64) -> String {
        let mut request = ConfirmRequest {
            session: self.session(name),
            cursor: MailboxMark::new(cursor).unwrap(),
            ranges: Vec::new(),
        };
        match self.world.run(|view, _, now| confirm(view, now, &mut request)).unwrap() {
            ConfirmDone::Confirmed { cursor, .. } => format!("cursor {cursor}"),
            ConfirmDone::AckInvalid => "invalid".into(),
            ConfirmDone::Fenced => "fenced".into(),
            ConfirmDone::Gone => "gone".into(),
        }
    }

    fn send(&mut self, name: Name, seq: u64, change: impl FnOnce(&mut SendRequest)) -> String {
        let mut request = SendRequest {
            session: self.session(name),
            client_seq: ClientSeq::new(seq).unwrap(),
            to: device_of(name),
            class: None,
            expires_in_s: None,
            receipts: Receipts::Wanted,
            payload: b"x".to_vec(),
        };
        change(&mut request);
        told(self.world.run(|view, rules, now| send(view, rules, now, &request)))
    }

    fn ack(&mut self, name: Name, cursor: u64, runs: &[(u64, u64)]) -> String {
        let ranges = runs
            .iter()
            .map(|(first, count)| SeqRange { first: MailboxSeq::new(*first).unwrap(), count: *count })
            .collect();
        let mut request =
            AckRequest { session: self.session(name), cursor: MailboxMark::new(cursor).unwrap(), ranges };
        match self.world.run(|view, _, now| ack(view, now, &mut request)).unwrap() {
            AckDone::Moved { cursor } => format!("cursor {cursor}"),
            AckDone::AckInvalid => "invalid".into(),
            AckDone::Fenced => "fenced".into(),
            AckDone::Gone => "gone".into(),
        }
    }

    fn read(&self, name: Name, after: u64) -> String {
        let request = ReadRequest {
            device: device_of(name),
            after: MailboxMark::new(after).unwrap(),
            items_max: 1_000,
            bytes_max: 1 << 20,
        };
        let page = self.world.look(|view, now| read(view, now, &request));
        page.items.iter().map(item_words).collect::<Vec<_>>().join(", ")
    }
}

pub(crate) fn outcome_word(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted => "accepted".into(),
        Outcome::Refused(refusal) => format!("{refusal:?}"),
        Outcome::Voided => "voided".into(),
    }
}

fn told(done: Result<SendDone, Crashed>) -> String {
    done_words(done.unwrap())
}

pub(crate) fn done_words(done: SendDone) -> String {
    match done {
        SendDone::Outcome(outcome) => outcome_word(outcome),
        SendDone::Conflict => "conflict".into(),
        SendDone::Forgotten => "forgotten".into(),
        SendDone::Gap { expected } => format!("gap {expected}"),
        SendDone::Rate { retry_after_ms } => format!("rate {retry_after_ms}"),
        SendDone::Fenced => "fenced".into(),
        SendDone::Gone => "gone".into(),
    }
}

fn run_words(runs: &[ClientRange]) -> String {
    let words = runs.iter().map(|run| {
        if run.count == 1 { run.first.to_string() } else { format!("{}+{}", run.first, run.count - 1) }
    });
    words.collect::<Vec<_>>().join(" ")
}

pub(crate) fn item_words(item: &Item) -> String {
    match item {
        Item::Message(message) => {
            let class = if message.class.is_some() { " call" } else { "" };
            format!("{} {:?}{class}", message.mailbox_seq, String::from_utf8_lossy(&message.payload))
        }
        Item::Receipt(receipt) => {
            format!("{} {:?} {}", receipt.mailbox_seq, receipt.status, run_words(&receipt.ranges))
        }
        Item::KeysLow(low) => {
            format!("{} keys low {} of suite {}", low.mailbox_seq, low.one_time_count, low.suite)
        }
        Item::Entry(entry) => entry_words(entry),
        Item::Gap(gap) => {
            let reason: GapReason = gap.reason;
            format!("{} gap {reason:?} of {}", gap.mailbox_seq, gap.count)
        }
    }
}

fn entry_words(entry: &Entry) -> String {
    let (seq, text) = (entry.mailbox_seq, String::from_utf8_lossy(&entry.payload));
    let mut words = format!("{seq} #{} {:?}", entry.conversation_seq, entry.kind);
    if let Some(client_seq) = entry.client_seq {
        write!(words, " of {client_seq}").unwrap();
    }
    if !entry.payload.is_empty() {
        write!(words, " {text:?}").unwrap();
    }
    if entry.class.is_some() {
        words.push_str(" call");
    }
    if entry.left != 0 {
        write!(words, " left {}", entry.left).unwrap();
    }
    words
}

/// Plays a script with these devices, and compares what each step gives.
#[track_caller]
pub(crate) fn check(rules: Rules, names: &str, script: &[(Do, &str)]) {
    play(&mut Play::new(rules, names), script);
}

/// Goes on with a script.
#[track_caller]
pub(crate) fn play(play: &mut Play, script: &[(Do, &str)]) {
    for (index, (what, expected)) in script.iter().enumerate() {
        assert_eq!(play.act(*what), *expected, "step {index}: {what:?}");
    }
}
