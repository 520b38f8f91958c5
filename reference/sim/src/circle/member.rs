//! A device of a circle: a disk, and on it, while it runs, the real client session.

use pinnace_session::client::{ClientConfig, ClientLimits, FirstFlight};
use pinnace_session::{Acked, ClientSession, Grease, KeyLog, Now, RealmId, Scratch, Seed, Trust};
use pinnace_wire::{Activity, ClientMark, ConversationId, HelloCounter, MailboxMark, MlsSuite};

use super::link::{Life, Link};
use super::{Disk, Person, list, speech};
use crate::cast::Cast;
use crate::device::on_counter;
use crate::files::Stop;
use crate::ledger::Name;
use crate::line::{LineId, Way};
use crate::property::Property;
use crate::stage::{Event, Stage};

/// How long a device is off, at most.
const OFF_MS_MAX: u64 = 4_000;
/// How long it waits before it connects again, at most.
const AGAIN_MS_MAX: u64 = 1_500;
/// The suite of all KeyPackages.
pub(crate) const SUITE: MlsSuite = MlsSuite::AES128GCM;

/// A device of a circle.
pub(crate) struct Member {
    pub(crate) index: usize,
    pub(super) realm: RealmId,
    pub(super) person: Person,
    pub(super) conversation: ConversationId,
    pub(crate) disk: Disk,
    pub(super) process: Option<Process>,
    started: u64,
    /// What its application has asked for so far.
    pub(crate) given: u64,
}

/// What runs on it.
pub(super) struct Process {
    /// `None` between two connections.
    link: Option<Link>,
    scratch: Scratch,
    started_ms: u64,
    alarm_ms: Option<u64>,
    connecting: Connecting,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Connecting {
    No,
    Yes,
}

/// A step did not come to its end.
struct Stopped(Stop);

impl Member {
    pub(crate) fn new(index: usize, cast: &Cast) -> Option<Self> {
        let person = cast.person(index)?.clone();
        let conversation = speech::id(cast.realm(), cast.person(0)?.account)?;
        let list = list::next(cast.realm(), &person, index, None)?;
        let disk = Disk { counter: 2, list, ..Disk::default() };
        Some(Self {
            index,
            realm: cast.realm(),
            person,
            conversation,
            disk,
            process: None,
            started: 0,
            given: 0,
        })
    }

    /// Whether it is online and has nothing left to say or to hear.
    pub(crate) fn is_settled(&self) -> bool {
        let link = self.process.as_ref().and_then(|process| process.link.as_ref());
        let is_told = link.is_some_and(|link| link.life == Life::Open && link.acked == self.disk.cursor);
        is_told && self.disk.open.is_empty() && self.disk.leaving.is_none() && self.disk.listing.is_none()
    }

    /// What it is stuck with.
    pub(crate) fn words(&self) -> String {
        let line = self.process.as_ref().and_then(|process| process.link.as_ref()).map(|link| link.line);
        let disk = &self.disk;
        let (open, cursor, epoch) = (&disk.open, disk.cursor, disk.epoch);
        format!(
            "member {}: {line:?}, cursor {cursor}, epoch {epoch:?}, open {open:?}, {:?}",
            self.index, disk.leaving
        )
    }

    pub(crate) fn start(&mut self, stage: &mut Stage) {
        if self.process.is_some() {
            return;
        }
        self.started = self.started.saturating_add(1);
        stage.trace.say(stage.now_ms, format_args!("member {} starts", self.index));
        self.process = Some(Process {
            link: None,
            scratch: Scratch::new(),
            started_ms: stage.now_ms,
            alarm_ms: None,
            connecting: Connecting::No,
        });
        self.connect_later(1, stage);
    }

    /// It stops, and starts again later. Its disk has every step that came to its end.
    pub(crate) fn stop(&mut self, stop: Stop, stage: &mut Stage) {
        let Some(process) = self.process.take() else { return };
        stage.trace.say(stage.now_ms, format_args!("member {} stops: {stop:?}", self.index));
        if let Some(link) = process.link {
            if stage.dice.happens(300) {
                stage.silence(link.line)
            } else {
                stage.hang_up(link.line, Way::ToServer)
            }
        }
        let wait_ms = stage.dice.between(1, OFF_MS_MAX);
        stage.later(wait_ms, Event::DeviceStart(self.index));
    }

    fn connect_later(&mut self, wait_ms_max: u64, stage: &mut Stage) {
        let (index, started) = (self.index, self.started);
        let Some(process) = self.process.as_mut().filter(|it| it.connecting == Connecting::No) else {
            return;
        };
        process.connecting = Connecting::Yes;
        let wait_ms = stage.dice.between(0, wait_ms_max);
        let line = (!stage.goes_wrong(stage.plan.faults.refused)).then(|| stage.connect(Some(index)));
        stage.later(wait_ms, Event::Linked(index, started, line));
    }

    pub(crate) fn on_linked(&mut self, started: u64, line: Option<LineId>, cast: &Cast, stage: &mut Stage) {
        let process = self.process.as_mut().filter(|_| started == self.started);
        let Some(process) = process.filter(|process| process.link.is_none()) else {
            return line.into_iter().for_each(|line| stage.hang_up(line, Way::ToServer));
        };
        process.connecting = Connecting::No;
        let Some(line) = line else { return self.connect_later(AGAIN_MS_MAX, stage) };
        // The counter is durable before it leaves (SES-043); a session may use up two.
        self.disk.counter = self.disk.counter.saturating_add(2);
        on_counter(self.index, self.disk.counter, stage);
        let Some(session) = self.session(cast, stage) else {
            return stage.ledger.violate(Property::NothingPanics, "no first flight".to_owned());
        };
        if let Some(process) = &mut self.process {
            let (life, acked) = (Life::Opening, self.disk.cursor);
            let link = Link {
                line,
                session,
                life,
                sent: 0,
                staged: 0,
                acked,
                requests: 0,
                leaves: None,
                lists: None,
                put_off_ms: None,
                again_ms: 0,
            };
            process.link = Some(link);
        }
        self.turn(stage);
    }

    fn session(&self, cast: &Cast, stage: &mut Stage) -> Option<ClientSession> {
        let config = ClientConfig {
            trust: Trust::genesis(cast.realm()),
            device: self.person.key.clone(),
            edge: self.disk.edge,
            route_token: Vec::new(),
            agent: String::new(),
            unix_s: stage.unix_ms() / 1_000,
            limits: ClientLimits {
                credit_count_initial: stage.plan.limits.credit,
                ..ClientLimits::default()
            },
            grease: Grease::Sent,
            key_log: KeyLog::Off,
        };
        let flight = FirstFlight {
            hello_counter: HelloCounter::new(self.disk.counter)?,
            settled: ClientMark::new(self.disk.settled())?,
            cursor: MailboxMark::new(self.disk.cursor)?,
            activity: Activity::Foreground,
            acked: None,
            sends: Vec::new(),
        };
        let now = self.process.as_ref()?.now(stage);
        ClientSession::new(config, &flight, Seed::new(stage.dice.key()), now).ok()
    }

    pub(crate) fn on_timer(&mut self, started: u64, stage: &mut Stage) {
        let Some(process) = self.process.as_mut().filter(|_| started == self.started) else { return };
        if process.alarm_ms != Some(stage.now_ms) {
            return;
        }
        process.alarm_ms = None;
        let now = process.now(stage);
        if let Some(link) = &mut process.link {
            link.session.on_timeout(now);
        }
        self.turn(stage);
    }

    pub(crate) fn on_end(&mut self, line: LineId, stage: &mut Stage) {
        if let Some(link) = self.link().filter(|link| link.line == line) {
            link.session.on_carrier_lost();
            self.turn(stage);
        }
    }

    pub(crate) fn on_octets(&mut self, line: LineId, stage: &mut Stage) {
        if self.link().is_some_and(|link| link.line == line) {
            self.turn(stage);
        }
    }

    pub(super) fn link(&mut self) -> Option<&mut Link> {
        self.process.as_mut()?.link.as_mut()
    }

    /// Does all that it can do now.
    pub(super) fn turn(&mut self, stage: &mut Stage) {
        if let Err(Stopped(stop)) = self.try_turn(stage) {
            self.stop(stop, stage);
        }
    }

    fn try_turn(&mut self, stage: &mut Stage) -> Result<(), Stopped> {
        loop {
            let record = self.take_record(stage);
            self.hear(stage)?;
            if record.is_none() {
                break;
            }
        }
        self.speak(stage)?;
        self.hear(stage)?;
        if self.link().is_some_and(|link| link.session.is_over()) {
            let link = self.process.as_mut().and_then(|process| process.link.take());
            link.into_iter().for_each(|link| stage.hang_up(link.line, Way::ToServer));
            self.connect_later(AGAIN_MS_MAX, stage);
        }
        self.arm(stage);
        Ok(())
    }

    fn take_record(&mut self, stage: &mut Stage) -> Option<()> {
        let process = self.process.as_mut()?;
        let now = process.now(stage);
        let link = process.link.as_mut().filter(|link| link.session.wants_record())?;
        let record = stage.lines.get_mut(&link.line)?.to_device.records.pop_front()?;
        // The session wants a record, so that it takes this one.
        let _ = link.session.on_record(&record, &mut process.scratch, now);
        Some(())
    }

    /// Takes what the session tells: all of it becomes durable in one step, or nothing.
    fn hear(&mut self, stage: &mut Stage) -> Result<(), Stopped> {
        let (mut disk, me) = (self.disk.clone(), self.index);
        let Some(link) = self.process.as_mut().and_then(|process| process.link.as_mut()) else {
            return Ok(());
        };
        let mut is_changed = false;
        while let Some(event) = link.session.poll_event() {
            is_changed = true;
            let asks = &stage.ledger.circle.asks;
            let heard = link.on_event(me, &mut disk, event, &|name| asks.get(&name).cloned());
            if let Err((property, what)) = heard {
                stage.ledger.violate(property, what);
            }
        }
        if let Some(put_off_ms) = link.put_off_ms.take() {
            link.again_ms = stage.now_ms.saturating_add(put_off_ms);
        }
        if !is_changed {
            return Ok(());
        }
        may_stop(stage)?;
        let before = core::mem::replace(&mut self.disk, disk);
        for came in self.disk.log.iter().skip(before.log.len()) {
            stage.trace.say(stage.now_ms, format_args!("member {me} has {came:?}"));
            stage.ledger.on_came(me, *came);
        }
        for (seq, outcome) in self.disk.outcomes.iter().filter(|(seq, _)| !before.outcomes.contains_key(seq))
        {
            stage.trace.say(stage.now_ms, format_args!("member {me} hears {seq} {outcome:?}"));
            stage.ledger.on_circle_outcome(Name { sender: me, nonce: *seq }, *outcome);
        }
        for package in self.disk.given.iter().skip(before.given.len()) {
            stage.ledger.on_given(me, *package);
        }
        let settled = self.disk.settled();
        let known = stage.ledger.device(me);
        known.settled = known.settled.max(settled);
        stage.ledger.on_durable_cursor(me, self.disk.cursor);
        may_stop(stage)
    }

    /// Says what is durable.
    fn speak(&mut self, stage: &mut Stage) -> Result<(), Stopped> {
        let (conversation, me) = (self.conversation, self.index);
        let Some(link) = self.process.as_mut().and_then(|process| process.link.as_mut()) else {
            return Ok(());
        };
        if link.life == Life::Open {
            let origin = stage.ledger.accounts.get(&0).copied().and_then(speech::origin);
            let ids =
                |device: usize| stage.ledger.ids.iter().find(|(_, it)| **it == device).map(|(id, _)| *id);
            let is_put_off = stage.now_ms < link.again_ms;
            let asks = self.disk.open.range(link.sent.saturating_add(1)..).filter(|_| !is_put_off);
            for (seq, ask) in asks {
                let name = Name { sender: me, nonce: *seq };
                let message = speech::message(conversation, name, ask, &ids);
                let is_said = message.is_some_and(|message| {
                    let (origin, welcome) =
                        (origin.filter(|_| ask.epoch == 0 && ask.is_commit()), speech::octets(name));
                    link.say((conversation, *seq), ask, message, (origin, welcome)).is_some()
                });
                if !is_said {
                    break;
                }
                link.sent = *seq;
            }
            link.leave(me, self.disk.leaving);
            link.put_list(self.disk.listing.as_deref());
            if let Some(cursor) = MailboxMark::new(self.disk.cursor).filter(|_| link.acked < self.disk.cursor)
                && link.session.ack(&Acked::up_to(cursor)).is_ok()
            {
                link.acked = self.disk.cursor;
            }
        }
        let (line, mut record) = (link.line, Vec::new());
        while link.session.poll_transmit(&mut record).is_some() {
            stage.speak(line, Way::ToServer, &record);
            record.clear();
            may_stop(stage)?;
        }
        Ok(())
    }

    fn arm(&mut self, stage: &mut Stage) {
        let (index, started) = (self.index, self.started);
        let Some(process) = &mut self.process else { return };
        let Some(link) = &process.link else { return };
        let at_ms = link.session.poll_timeout().map(|at| process.started_ms.saturating_add(at.ms));
        let again_ms = Some(link.again_ms).filter(|again_ms| stage.now_ms < *again_ms);
        let Some(at_ms) = at_ms.into_iter().chain(again_ms).min() else { return };
        let at_ms = at_ms.max(stage.now_ms);
        if process.alarm_ms.is_none_or(|alarm_ms| at_ms < alarm_ms) {
            process.alarm_ms = Some(at_ms);
            stage.later(at_ms.saturating_sub(stage.now_ms), Event::DeviceTimer(index, started));
        }
    }
}

impl Process {
    const fn now(&self, stage: &Stage) -> Now {
        Now { ms: stage.now_ms.saturating_sub(self.started_ms) }
    }
}

/// The device may stop between any two things that it does.
fn may_stop(stage: &mut Stage) -> Result<(), Stopped> {
    if !stage.goes_wrong(stage.plan.faults.device_step) {
        return Ok(());
    }
    Err(Stopped(if stage.dice.happens(500) { Stop::Killed } else { Stop::PowerCut }))
}
