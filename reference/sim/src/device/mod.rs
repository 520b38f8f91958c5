//! A device: a disk, and on it, while it runs, the real engine over the real store, and an application.

mod hearing;

use std::sync::Arc;

use pinnace_client::engine::command::Command;
use pinnace_client::engine::command::SendError;
use pinnace_client::engine::{Engine, Happened, Setting, Time};
use pinnace_client::link::LinkError;
use pinnace_client::store::{Batch, Write};
use pinnace_client::{LinkState, MessageId, OutboxRecord, SendOptions, ServerAddress, State, Store};
use pinnace_session::client::ClientLimits;
use pinnace_session::{Grease, Now};
use pinnace_wire::Activity;
use tokio::sync::oneshot;

use crate::bug::Bug;
use crate::cast::Cast;
use crate::dice::Dice;
use crate::files::Stop;
use crate::ledger::{Fate, Name};
use crate::line::{LineId, Way};
use crate::platter::Platter;
use crate::property::Property;
use crate::stage::{Event, Stage};
pub(crate) use hearing::on_counter;
use hearing::{counter_of, holds_poison, swap_last};

/// Messages of a device that are looked at in the end: more than any plan has.
const OUTBOX_MAX: usize = 1_000;

/// How long a device is off, at most.
const OFF_MS_MAX: u64 = 4_000;

/// A device.
pub(crate) struct Device {
    pub(crate) index: usize,
    platter: Platter,
    process: Option<Process>,
    /// Counts the processes.
    started: u64,
    /// Items of the inbox that were seen to be durable.
    filed: u64,
    /// Messages that its application has given so far.
    pub(crate) given: u64,
}

/// What runs on a device.
struct Process {
    engine: Engine,
    store: Arc<Store>,
    line: Option<LineId>,
    started_ms: u64,
    /// The time for which the world wakes it.
    alarm_ms: Option<u64>,
    replies: Vec<(Name, oneshot::Receiver<Result<MessageId, SendError>>)>,
}

/// A step did not come to its end: the device stopped in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stopped(Stop);

impl Device {
    pub(crate) fn new(index: usize, cast: &Cast, bug: Option<Bug>) -> Option<Self> {
        let platter = cast.player(index)?.platter();
        if bug == Some(Bug::ClientDiskLies) {
            platter.lie();
        }
        Some(Self { index, platter, process: None, started: 0, filed: 0, given: 0 })
    }

    pub(crate) fn state(&self) -> Option<State> {
        self.process.as_ref().map(|process| process.engine.state())
    }

    /// The line of this device, if it has one.
    pub(crate) fn line(&self) -> Option<LineId> {
        self.process.as_ref().and_then(|process| process.line)
    }

    /// The messages that its store holds, each with what came of it.
    pub(crate) fn outbox(&self) -> Vec<(Name, OutboxRecord)> {
        let store = self.process.as_ref().map(|process| &process.store);
        let records = store.and_then(|store| store.latest_messages(OUTBOX_MAX).ok()).unwrap_or_default();
        records.into_iter().filter_map(|(_, record)| Some((Name::of(&record.payload)?, record))).collect()
    }

    /// Whether it is online and has nothing left to say.
    pub(crate) fn is_settled(&self) -> bool {
        let is_online = |state: State| state.link == LinkState::Online && state.backlog == 0;
        self.state().is_some_and(is_online) && self.given >= 1
    }

    /// The process starts on what the disk holds.
    pub(crate) fn start(&mut self, cast: &Cast, stage: &mut Stage) {
        if self.process.is_some() {
            return;
        }
        self.started = self.started.saturating_add(1);
        let mut dice = Dice::new(stage.dice.roll());
        let opened = Store::with_backend(self.platter.clone(), &mut dice);
        let opened = opened.and_then(|store| store.kept().map(|kept| (Arc::new(store), kept)));
        let (store, kept) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let what = format!("device {}: {error}", self.index);
                return stage.ledger.violate(Property::StoreOpens, what);
            }
        };
        stage.trace.say(stage.now_ms, format_args!("device {} starts", self.index));
        stage.ledger.on_durable_cursor(self.index, kept.intake.cursor().value());
        let kept = if stage.bug() == Some(Bug::OutboxOrderForgotten) {
            swap_last(&store, kept.numbered, kept.settled);
            store.kept().unwrap_or(kept)
        } else {
            kept
        };
        let Ok(address) = "tcp://sim:1".parse::<ServerAddress>() else { return };
        let setting = Setting {
            address,
            realm: cast.realm(),
            agent: "sim".to_owned(),
            activity: Activity::Foreground,
            limits: ClientLimits {
                credit_count_initial: stage.plan.limits.credit,
                ..ClientLimits::default()
            },
            grease: Grease::Sent,
            random: Box::new(dice),
            observe: None,
            judge: Fate::judge,
        };
        self.process = Some(Process {
            engine: Engine::new(setting, Arc::clone(&store), kept),
            store,
            line: None,
            started_ms: stage.now_ms,
            alarm_ms: None,
            replies: Vec::new(),
        });
        self.look_into_inbox(stage);
        self.finish(Ok(()), stage);
    }

    /// The device stops, and starts again later.
    pub(crate) fn stop(&mut self, stop: Stop, stage: &mut Stage) {
        let Some(process) = self.process.take() else { return };
        stage.trace.say(stage.now_ms, format_args!("device {} stops: {stop:?}", self.index));
        if let Some(line) = process.line {
            // Whether the server hears of it is another matter.
            if stage.dice.happens(300) { stage.silence(line) } else { stage.hang_up(line, Way::ToServer) }
        }
        // First the disk, then the process: it can write no more.
        self.platter = self.platter.restarted(stop, &mut stage.dice);
        drop(process);
        let wait_ms = stage.dice.between(1, OFF_MS_MAX);
        stage.later(wait_ms, Event::DeviceStart(self.index));
    }

    pub(crate) fn on_timer(&mut self, started: u64, stage: &mut Stage) {
        let Some(process) = self.process.as_mut().filter(|_| started == self.started) else { return };
        // Another time may have been set since.
        if process.alarm_ms != Some(stage.now_ms) {
            return;
        }
        process.alarm_ms = None;
        self.step(vec![Happened::Timer], stage);
    }

    pub(crate) fn on_linked(&mut self, started: u64, line: Option<LineId>, stage: &mut Stage) {
        let process = self.process.as_mut().filter(|_| started == self.started);
        let Some(process) = process.filter(|process| process.engine.is_connecting()) else {
            return line.into_iter().for_each(|line| stage.hang_up(line, Way::ToServer));
        };
        let happened = match line {
            Some(line) => {
                process.line = Some(line);
                Happened::Linked
            }
            None => Happened::Unreachable(LinkError::TimedOut),
        };
        self.step(vec![happened], stage);
    }

    pub(crate) fn on_end(&mut self, line: LineId, stage: &mut Stage) {
        if self.line() == Some(line) {
            self.step(vec![Happened::Lost(None)], stage);
        }
    }

    /// Takes in the records that wait, as long as they are wanted.
    pub(crate) fn on_octets(&mut self, line: LineId, stage: &mut Stage) {
        while self.line() == Some(line) {
            let wants_record = self.process.as_ref().is_some_and(|process| process.engine.wants_record());
            let record = stage.lines.get_mut(&line).and_then(|line| line.to_device.records.pop_front());
            let Some(record) = record.filter(|_| wants_record) else { return };
            self.step(vec![Happened::Record(record)], stage);
        }
    }

    /// The application asks for something.
    pub(crate) fn ask(&mut self, commands: Vec<Command>, stage: &mut Stage) {
        self.step(commands.into_iter().map(Happened::Command).collect(), stage);
    }

    /// The application sends a message. `None` while the device is off.
    pub(crate) fn send(
        &mut self,
        (name, fate): (Name, Fate),
        to: pinnace_wire::DeviceId,
        options: SendOptions,
    ) -> Option<Command> {
        let process = self.process.as_mut()?;
        let (reply, answer) = oneshot::channel();
        process.replies.push((name, answer));
        Some(Command::Send {
            to,
            payload: name.payload(fate, usize::try_from(name.nonce % 50).unwrap_or(0)),
            options,
            reply,
        })
    }

    fn step(&mut self, happened: Vec<Happened>, stage: &mut Stage) {
        let outcome = self.try_step(happened, stage);
        self.finish(outcome, stage);
    }

    fn finish(&mut self, outcome: Result<(), Stopped>, stage: &mut Stage) {
        match outcome {
            Ok(()) => self.arm(stage),
            Err(Stopped(stop)) => self.stop(stop, stage),
        }
    }

    fn try_step(&mut self, happened: Vec<Happened>, stage: &mut Stage) -> Result<(), Stopped> {
        let Some(process) = &mut self.process else { return Ok(()) };
        let time = process.time(stage);
        let opens = happened.iter().any(|happened| matches!(happened, Happened::Linked));
        for happened in happened {
            process.engine.take_in(happened, time);
        }
        let batch = process.engine.poll_batch();
        if holds_poison(&batch) {
            return Err(Stopped(Stop::Killed));
        }
        let counter = opens.then(|| counter_of(&batch)).flatten();
        may_stop(stage)?;
        if stage.bug() == Some(Bug::ClientSpeaksFirst) {
            process.speak(stage)?;
            may_stop(stage)?;
        }
        self.write(batch, stage)?;
        may_stop(stage)?;
        if let Some(counter) = counter {
            on_counter(self.index, counter, stage);
        }
        if let Some(process) = &mut self.process {
            process.speak(stage)?;
        }
        may_stop(stage)?;
        self.part(stage)
    }

    /// Makes a batch durable, then tells what it says.
    fn write(&mut self, mut batch: Batch, stage: &mut Stage) -> Result<(), Stopped> {
        let Some(process) = &mut self.process else { return Ok(()) };
        if stage.bug() == Some(Bug::HelloCounterNotKept) {
            batch.writes.retain(|write| !matches!(write, Write::HelloCounter(_)));
        }
        let cursor = batch.writes.iter().rev().find_map(|write| {
            if let Write::Intake(intake) = write { Some(intake.cursor().value()) } else { None }
        });
        if !batch.is_empty() {
            if batch.is_urgent() && stage.goes_wrong(stage.plan.faults.device_step / 2) {
                self.platter.fail_at_sync();
            }
            process.store.commit(batch).map_err(|_| Stopped(Stop::PowerCut))?;
        }
        if let Some(cursor) = cursor {
            stage.ledger.on_durable_cursor(self.index, cursor);
        }
        self.look_into_inbox(stage);
        self.tell(stage);
        Ok(())
    }

    /// Drops a connection whose session is over.
    fn part(&mut self, stage: &mut Stage) -> Result<(), Stopped> {
        let is_over = self.process.as_ref().is_some_and(|process| process.engine.is_session_over());
        if !is_over {
            return Ok(());
        }
        let batch = self.process.as_mut().map(|process| process.engine.part()).unwrap_or_default();
        self.write(batch, stage)?;
        if let Some(process) = &mut self.process {
            process.engine.on_parted();
            if let Some(line) = process.line.take() {
                stage.hang_up(line, Way::ToServer);
            }
        }
        Ok(())
    }

    /// Connects if the time has come, and sees to it that the next time is not missed.
    fn arm(&mut self, stage: &mut Stage) {
        let (index, started) = (self.index, self.started);
        let Some(process) = &mut self.process else { return };
        if process.engine.poll_attempt(process.time(stage)).is_some() {
            let wait_ms = stage.dice.between(0, stage.plan.delay_ms_max);
            let line = (!stage.goes_wrong(stage.plan.faults.refused)).then(|| stage.connect(Some(index)));
            stage.later(wait_ms, Event::Linked(index, started, line));
        }
        let Some(at) = process.engine.poll_timeout() else { return };
        let at_ms = process.started_ms.saturating_add(at.ms).max(stage.now_ms);
        if process.alarm_ms.is_none_or(|alarm_ms| at_ms < alarm_ms) {
            process.alarm_ms = Some(at_ms);
            stage.later(at_ms.saturating_sub(stage.now_ms), Event::DeviceTimer(index, started));
        }
    }
}

impl Process {
    const fn time(&self, stage: &Stage) -> Time {
        Time { now: Now { ms: stage.now_ms.saturating_sub(self.started_ms) }, unix_ms: stage.unix_ms() }
    }

    /// What is durable may be said.
    fn speak(&mut self, stage: &mut Stage) -> Result<(), Stopped> {
        self.engine.on_written().map_err(|_| Stopped(Stop::PowerCut))?;
        let mut record = Vec::new();
        while self.engine.poll_transmit(&mut record).is_some() {
            if let Some(line) = self.line {
                stage.speak(line, Way::ToServer, &record);
            }
            record.clear();
            may_stop(stage)?;
        }
        Ok(())
    }
}

/// The device may stop between any two things that it does.
fn may_stop(stage: &mut Stage) -> Result<(), Stopped> {
    if !stage.goes_wrong(stage.plan.faults.device_step) {
        return Ok(());
    }
    Err(Stopped(if stage.dice.happens(500) { Stop::Killed } else { Stop::PowerCut }))
}
