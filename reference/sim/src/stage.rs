//! What all parts of a world share: time, chance, connections, what will happen, and the judge.

use std::collections::BTreeMap;

use crate::bug::Bug;
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::line::{Flow, Line, LineId, Way, framed};
use crate::operation::Workshop;
use crate::plan::{Plan, Play};
use crate::trace::{Keep, Trace};

/// The calendar at the start of every world, in milliseconds since 1970-01-01 UTC.
pub(crate) const START_UNIX_MS: u64 = 1_800_000_000_000;

/// Records of a first flight that somebody overhears.
const OVERHEARD_MAX: usize = 3;

/// What will happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    /// An application does something.
    App(usize),
    /// The time of a device, in its process of this number.
    DeviceTimer(usize, u64),
    /// An attempt to connect ended, with a connection or without.
    Linked(usize, u64, Option<LineId>),
    /// A device starts again.
    DeviceStart(usize),
    /// Octets arrive.
    Octets(LineId, Way, Vec<u8>),
    /// The end of a connection is heard.
    End(LineId, Way),
    /// The server starts again.
    ServerStart,
    /// The server's writer has something to do, in the process of this number.
    Writer(u64),
    /// The time of a session of the server.
    SessionTimer(LineId),
    /// The first page of a mailbox was read.
    PageRead(LineId),
    /// The server asks its store again to take an acknowledgement.
    AckAgain(LineId),
    /// Something goes wrong.
    Blow,
}

/// What all parts of a world share.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) now_ms: u64,
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    pub(crate) trace: Trace,
    pub(crate) ledger: Ledger,
    pub(crate) lines: BTreeMap<LineId, Line>,
    pub(crate) workshop: Workshop,
    /// By how much the server's calendar is ahead, and by how much more it may have been behind.
    pub(crate) server_ahead_ms: u64,
    events: BTreeMap<(u64, u64), Event>,
    scheduled: u64,
    lines_made: u64,
}

impl Stage {
    pub(crate) fn new((seed, play): (u64, Play), keep: Keep, bug: Option<Bug>) -> Self {
        let mut dice = Dice::new(seed);
        let plan = match play {
            Play::Devices => Plan::of(&mut dice),
            Play::Circle => Plan::circle(&mut dice),
        };
        Self {
            now_ms: 0,
            plan,
            dice,
            trace: Trace::new(keep),
            ledger: Ledger::default(),
            lines: BTreeMap::new(),
            workshop: Workshop::new(bug),
            server_ahead_ms: JUMP_MS_MAX,
            events: BTreeMap::new(),
            scheduled: 0,
            lines_made: 0,
        }
    }

    pub(crate) const fn bug(&self) -> Option<Bug> {
        self.workshop.bug
    }

    /// Whether nothing goes wrong any more.
    pub(crate) const fn is_calm(&self) -> bool {
        self.now_ms >= self.plan.calm_from_ms
    }

    /// Whether something goes wrong now that does so `per_mille` times in a thousand.
    pub(crate) const fn goes_wrong(&mut self, per_mille: u64) -> bool {
        !self.is_calm() && self.dice.happens(per_mille)
    }

    /// The calendar of the server.
    pub(crate) fn server_unix_ms(&mut self) -> u64 {
        let unix_ms = START_UNIX_MS.saturating_add(self.now_ms).saturating_add(self.server_ahead_ms);
        self.ledger.server_unix_ms_max = self.ledger.server_unix_ms_max.max(unix_ms);
        unix_ms
    }

    /// The calendar of the devices, and the lowest that the server's could be.
    pub(crate) const fn unix_ms(&self) -> u64 {
        START_UNIX_MS.saturating_add(self.now_ms)
    }

    /// Something will happen in so many milliseconds.
    pub(crate) fn later(&mut self, wait_ms: u64, event: Event) {
        self.scheduled = self.scheduled.saturating_add(1);
        self.events.insert((self.now_ms.saturating_add(wait_ms), self.scheduled), event);
    }

    /// The next thing that happens; time moves to it.
    pub(crate) fn next_event(&mut self) -> Option<Event> {
        let ((at_ms, _), event) = self.events.pop_first()?;
        self.now_ms = self.now_ms.max(at_ms);
        self.ledger.now_ms = self.now_ms;
        Some(event)
    }

    /// Whether octets are on their way.
    pub(crate) fn is_anything_under_way(&self) -> bool {
        self.events.values().any(|event| matches!(event, Event::Octets(..)))
    }

    pub(crate) fn connect(&mut self, device: Option<usize>) -> LineId {
        self.lines_made = self.lines_made.saturating_add(1);
        let line = LineId(self.lines_made);
        self.lines.insert(line, Line::new(device));
        line
    }

    /// A record leaves one end of a connection.
    pub(crate) fn speak(&mut self, id: LineId, way: Way, record: &[u8]) {
        let mut octets = framed(record);
        let Some(line) = self.lines.get_mut(&id) else { return };
        if way == Way::ToServer && line.device.is_some() && line.overheard.len() < OVERHEARD_MAX {
            line.overheard.push(record.to_vec());
        }
        self.trace.say(self.now_ms, format_args!("{id:?} {way:?} {} octets", record.len()));
        while octets.len() > 1 && self.goes_wrong(self.plan.faults.split) {
            let at = self.dice.between(1, u64::try_from(octets.len()).unwrap_or(2).saturating_sub(1));
            let rest = octets.split_off(usize::try_from(at).unwrap_or(1));
            self.carry(id, way, octets);
            octets = rest;
        }
        self.carry(id, way, octets);
    }

    fn carry(&mut self, id: LineId, way: Way, octets: Vec<u8>) {
        let wait_ms = self.dice.between(0, self.plan.delay_ms_max);
        let Some(line) = self.lines.get_mut(&id) else { return };
        let stream = line.stream(way);
        if stream.state != Flow::Open {
            return;
        }
        stream.arrives_ms = stream.arrives_ms.max(self.now_ms.saturating_add(wait_ms));
        let wait_ms = stream.arrives_ms.saturating_sub(self.now_ms);
        self.later(wait_ms, Event::Octets(id, way, octets));
    }

    /// One end of a connection is closed: the other one hears of it behind what was said.
    pub(crate) fn hang_up(&mut self, id: LineId, way: Way) {
        let Some(line) = self.lines.get_mut(&id) else { return };
        let wait_ms = line.stream(way).arrives_ms.saturating_sub(self.now_ms);
        self.later(wait_ms, Event::End(id, way));
    }

    /// A connection breaks: what is on its way may be lost, and both ends hear of it, each in its time.
    pub(crate) fn cut(&mut self, id: LineId) {
        self.trace.say(self.now_ms, format_args!("cut {id:?}"));
        for way in [Way::ToServer, Way::ToDevice] {
            let wait_ms = self.dice.between(0, self.plan.delay_ms_max.saturating_mul(2));
            self.later(wait_ms, Event::End(id, way));
        }
    }

    /// What a device says is held up, the device gives the connection up, and what it said arrives after all.
    pub(crate) fn stall(&mut self, id: LineId) {
        self.trace.say(self.now_ms, format_args!("stall {id:?}"));
        let held_ms = self.dice.between(500, 6_000);
        let Some(line) = self.lines.get_mut(&id) else { return };
        line.to_server.arrives_ms = line.to_server.arrives_ms.max(self.now_ms.saturating_add(held_ms));
        let gives_up_ms = self.dice.between(0, held_ms);
        self.later(gives_up_ms, Event::End(id, Way::ToDevice));
        self.later(held_ms.saturating_add(1_000), Event::End(id, Way::ToServer));
    }

    /// A connection falls silent, in one direction or both.
    pub(crate) fn silence(&mut self, id: LineId) {
        self.trace.say(self.now_ms, format_args!("silence {id:?}"));
        let both = self.dice.happens(600);
        let to_server = self.dice.happens(500);
        let Some(line) = self.lines.get_mut(&id) else { return };
        if (both || to_server) && line.to_server.state == Flow::Open {
            line.to_server.state = Flow::Silent;
        }
        if (both || !to_server) && line.to_device.state == Flow::Open {
            line.to_device.state = Flow::Silent;
        }
    }
}

/// How far a clock jumps at most, in milliseconds: far from retention, far beyond every expiry that a sender asks for.
pub(crate) const JUMP_MS_MAX: u64 = 3_600_000;
