//! A device: the client's own outbox and intake, and a disk that keeps both.

use pinnace_client::engine::Outbox;
use pinnace_client::{Intake, Outcome, Taken};
use pinnace_home::Item;
use pinnace_session::client::AgainCause;
use pinnace_session::server::{Answer, HelloDone};
use pinnace_wire::ClientSeq;

use crate::line::{ClientEnd, Down, Flight, Line, LineId, Up};
use crate::{Rule, Scenario, Twin, World, cast};

/// A time at which every wait of a client is over.
const FAR_MS: u64 = 1 << 50;

/// A device.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Device {
    /// Counter of the last HELLO; durable.
    pub(crate) counter: u64,
    /// The last outcome that is durable: it comes to the disk with what is urgent.
    pub(crate) settled: u64,
    /// Numbers in use; what is behind `settled` is lost in a crash.
    pub(crate) outbox: Outbox,
    /// Which items are durable.
    pub(crate) intake: Intake,
    /// What the application was handed: sender and number; durable.
    pub(crate) inbox: Vec<(usize, u64)>,
    /// The last first flight that somebody may have recorded.
    pub(crate) recorded: Option<Flight>,
}

impl Device {
    /// A device whose application has said all that it will say.
    pub(crate) fn new(count: u64) -> Self {
        Self {
            counter: 1,
            settled: 0,
            outbox: Outbox::new(count, 0, 0),
            intake: Intake::default(),
            inbox: Vec::new(),
            recorded: None,
        }
    }

    /// It crashed, and starts again with what its disk has.
    pub(crate) fn crash(&mut self, scenario: &Scenario) {
        self.outbox = Outbox::new(self.outbox.numbered, self.settled, 0);
        if scenario.has(Twin::IntakeNotKept) {
            self.intake = Intake::default();
        }
    }

    fn on_outcome(&mut self, seq: ClientSeq) {
        if self.outbox.is_next_outcome(seq) {
            self.outbox.settle(seq, 0);
        }
    }

    /// The first flight of a connection; its counter is durable before it leaves, and earlier outcomes with it.
    fn flight(&mut self, early_send_max: u64) -> Flight {
        self.counter = self.counter.saturating_add(1);
        self.settled = self.outbox.settled;
        self.outbox.on_first_flight(0);
        let ready = self.outbox.ready(FAR_MS, 0).map_or(0, |_| self.outbox.backlog().min(early_send_max));
        self.outbox.on_first_flight(ready);
        Flight { counter: self.counter, settled: self.settled, acked: self.intake.acked(), early: ready }
    }

    fn on_answer(&mut self, seq: ClientSeq, answer: Answer) {
        match answer {
            Answer::Accepted | Answer::Refused(_) | Answer::Voided | Answer::Conflict | Answer::Forgotten => {
                self.on_outcome(seq);
            }
            Answer::Ahead { expected } => {
                self.outbox.on_again(seq, AgainCause::Ahead { expected: Some(expected) }, None, 0);
            }
            Answer::Unavailable { retry_after_ms } => {
                self.outbox.on_again(seq, AgainCause::Unavailable, Some(retry_after_ms), 0);
            }
            Answer::Rate { retry_after_ms } => {
                self.outbox.on_again(seq, AgainCause::Rate, Some(retry_after_ms), 0);
            }
            Answer::Fenced => {}
        }
    }
}

impl World {
    /// The device opens a line.
    pub(crate) fn connect(&mut self, scenario: &Scenario, index: usize) {
        let id = self.free_line();
        let Some(device) = self.devices.get_mut(index) else { return };
        let flight = device.flight(scenario.early_send_max);
        if scenario.faults.contains(&crate::Fault::Replay) {
            device.recorded = Some(flight.clone());
        }
        self.lines.push(Line::new(id, index, flight));
    }

    /// The device takes the next record of a line.
    pub(crate) fn take(&mut self, scenario: &Scenario, id: LineId) {
        let Some((line, devices)) = self.line_and_devices(id) else { return };
        let Some((device, down)) = devices.get_mut(line.device).zip(line.down.pop_front()) else { return };
        let index = line.device;
        match down {
            Down::Welcome(done) => {
                let outcome_cache = scenario.rules.outcome_cache;
                let broken = on_welcome(device, line, &done, outcome_cache);
                if scenario.has(Twin::AckBeforeItem) {
                    line.up.push_back(Up::Ack(pinnace_session::Acked::up_to(done.mailbox_last)));
                }
                self.break_if(broken);
            }
            Down::Answer(seq, answer) => {
                if let ClientEnd::Online { inflight, .. } = &mut line.client {
                    *inflight = inflight.saturating_sub(1);
                }
                if let Some(seq) = ClientSeq::new(seq) {
                    device.on_answer(seq, answer);
                }
            }
            Down::Item(item) => {
                let broken = on_item(device, line, &item);
                self.break_if(broken);
            }
            Down::Close => {
                let counter = line.counter;
                line.let_go();
                self.fall_back(index, counter);
            }
        }
        self.speak(index);
    }

    /// The device says what it has.
    pub(crate) fn acknowledge(&mut self, id: LineId) {
        let Some((line, devices)) = self.line_and_devices(id) else { return };
        let Some(device) = devices.get(line.device) else { return };
        if let ClientEnd::Online { told, .. } = &mut line.client {
            *told = device.intake.acked();
            line.up.push_back(Up::Ack(told.clone()));
        }
    }

    /// Whether the device has something to say about its items.
    pub(crate) fn owes_ack(&self, line: &Line) -> bool {
        let device = self.devices.get(line.device);
        match &line.client {
            ClientEnd::Online { told, .. } => device.is_some_and(|device| device.intake.acked() != *told),
            ClientEnd::Opening { .. } | ClientEnd::Gone => false,
        }
    }

    /// Lost the line with this counter. A device that keeps an older one goes on there: what it sent on the newer one is
    /// sent again.
    pub(crate) fn fall_back(&mut self, index: usize, counter: u64) {
        let held = self.lines.iter().filter(|line| line.device == index && line.is_held());
        let older = held.max_by_key(|line| line.counter).filter(|line| line.counter < counter);
        let inflight = older.map(|line| match &line.client {
            ClientEnd::Opening { early, .. } => *early,
            ClientEnd::Online { inflight, .. } => *inflight,
            ClientEnd::Gone => 0,
        });
        if let Some((inflight, device)) = inflight.zip(self.devices.get_mut(index)) {
            device.outbox.on_first_flight(inflight);
        }
    }

    /// Sends what waits in the outbox, on the newest line, once that is up.
    pub(crate) fn speak(&mut self, index: usize) {
        let held = self.lines.iter_mut().filter(|line| line.device == index && line.is_held());
        let newest = held.max_by_key(|line| line.counter);
        let Some((line, device)) = newest.zip(self.devices.get_mut(index)) else { return };
        let ClientEnd::Online { inflight, .. } = &mut line.client else { return };
        while let Some(seq) = device.outbox.ready(FAR_MS, usize::try_from(*inflight).unwrap_or(usize::MAX)) {
            device.outbox.on_sent();
            *inflight = inflight.saturating_add(1);
            line.up.push_back(Up::Send(seq));
        }
    }
}

/// WELCOME: what the server handled has its outcome; the session is confirmed by the record that follows.
fn on_welcome(device: &mut Device, line: &mut Line, done: &HelloDone, outcome_cache: u64) -> Option<Rule> {
    let ClientEnd::Opening { early, told } = line.client.clone() else { return None };
    let mut broken = None;
    let outcomes = device.outbox.on_welcome(done.handled, &done.exceptions, outcome_cache);
    for (seq, outcome) in outcomes {
        broken = broken.or_else(|| (outcome != Outcome::Accepted).then_some(Rule::OneOutcome));
        device.on_outcome(seq);
    }
    // The server knows fewer outcomes than it told, or more numbers than were ever used.
    if device.outbox.go_back_to(done.handled).is_some() || device.outbox.go_on_after(done.handled) {
        broken = Some(Rule::AcceptedIsKept);
    }
    device.intake.raise(done.cursor);
    let next = done.cursor.max(told.cursor).value().saturating_add(1);
    line.client = ClientEnd::Online { inflight: early, told, next };
    line.up.push_back(Up::Life);
    broken
}

/// An item comes: it is durable, and with it earlier outcomes, before anything is said of it.
fn on_item(device: &mut Device, line: &mut Line, item: &Item) -> Option<Rule> {
    let ClientEnd::Online { next, .. } = &mut line.client else { return None };
    let seq = item.mailbox_seq();
    let mut broken = (seq.value() != *next).then_some(Rule::Dense);
    let (taken, count) = match item {
        Item::Message(_) | Item::Receipt(_) | Item::KeysLow(_) | Item::Entry(_) => {
            (device.intake.take(seq), 1)
        }
        Item::Gap(gap) => (device.intake.skip(seq, gap.count), gap.count),
    };
    *next = seq.value().saturating_add(count);
    device.settled = device.outbox.settled;
    let Item::Message(message) = item else { return broken };
    let Some(letter) = cast::letter(message).filter(|_| taken == Taken::Fresh) else { return broken };
    if device.inbox.contains(&letter) {
        broken = Some(Rule::TakenOnce);
    } else if device.inbox.iter().any(|(from, seq)| *from == letter.0 && *seq > letter.1) {
        broken = Some(Rule::InOrder);
    }
    device.inbox.push(letter);
    broken
}
