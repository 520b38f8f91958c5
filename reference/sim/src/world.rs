//! A world: a server, devices, the connections between them, and what goes wrong.

use std::collections::BTreeMap;

use pinnace_client::engine::command::Command;
use pinnace_client::{MessageId, SendOptions};
use pinnace_session::ReceiptWish;
use pinnace_wire::{Class, ClientSeq, DurationS};
use tokio::sync::oneshot;

use crate::bug::Bug;
use crate::cast::Cast;
use crate::circle::{self, Member};
use crate::device::Device;
use crate::files::Stop;
use crate::ledger::{Fate, Message, Name, Promise, Wants};
use crate::line::{Flow, LineId, Way};
use crate::plan::Play;
use crate::property::{Property, Violation};
use crate::server::Server;
use crate::stage::{Event, JUMP_MS_MAX, Stage};
use crate::trace::Keep;

/// Things that happen in a world at most.
const EVENTS_MAX: u64 = 40_000;

/// How long a calm world may take to settle everything, in milliseconds: far beyond every backoff and idle time.
const CALM_MS_MAX: u64 = 4 * 3_600_000;

/// How long a message lives that the server's retention alone ends: 30 days.
const RETENTION_MS: u64 = 2_592_000_000;

/// A world.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) server: Server,
    pub(crate) devices: BTreeMap<usize, Device>,
    pub(crate) members: BTreeMap<usize, Member>,
    cast: &'static Cast,
}

impl World {
    pub(crate) fn new(story: (u64, Play), keep: Keep, bug: Option<Bug>) -> Option<Self> {
        let cast = Cast::get()?;
        let mut stage = Stage::new(story, keep, bug);
        let server = Server::new(cast, &stage);
        let mut devices = BTreeMap::new();
        let device_count = if stage.plan.play == Play::Devices { stage.plan.devices } else { 0 };
        for index in 0..device_count {
            stage.ledger.ids.insert(cast.player(index)?.id, index);
            devices.insert(index, Device::new(index, cast, bug)?);
            stage.later(0, Event::DeviceStart(index));
            stage.later(1, Event::App(index));
        }
        let members =
            if stage.plan.play == Play::Circle { circle::gather(cast, &mut stage)? } else { BTreeMap::new() };
        stage.later(0, Event::ServerStart);
        stage.later(1, Event::Blow);
        let plan = format!("{:?}", stage.plan);
        stage.trace.say(0, format_args!("{plan}"));
        Some(Self { stage, server, devices, members, cast })
    }

    /// Runs to the end. Gives how many things happened.
    pub(crate) fn run(&mut self) -> u64 {
        let mut count = 0_u64;
        while self.stage.ledger.violation.is_none() {
            count = count.saturating_add(1);
            let Some(event) = self.stage.next_event() else { break };
            self.on_event(event);
            if self.stage.is_calm() && self.is_settled() {
                self.judge();
                return count;
            }
            let calm_ms = self.stage.now_ms.saturating_sub(self.stage.plan.calm_from_ms);
            if count >= EVENTS_MAX || calm_ms > CALM_MS_MAX {
                break;
            }
        }
        if self.stage.ledger.violation.is_none() {
            let what = self.unsettled();
            self.stage.ledger.violate(Property::CalmDelivers, what);
        }
        count
    }

    pub(crate) fn violation(&self) -> Option<Violation> {
        self.stage.ledger.violation.clone()
    }

    fn on_event(&mut self, event: Event) {
        let Self { stage, server, devices, members, cast } = self;
        if !matches!(event, Event::Octets(..)) {
            stage.trace.say(stage.now_ms, format_args!("{event:?}"));
        }
        match event {
            Event::App(index) => self.on_app(index),
            Event::DeviceTimer(index, started) => {
                if let Some(device) = devices.get_mut(&index) {
                    device.on_timer(started, stage);
                }
                if let Some(member) = members.get_mut(&index) {
                    member.on_timer(started, stage);
                }
            }
            Event::Linked(index, started, line) => {
                let line = line.filter(|_| server.is_up());
                if let Some(line) = line {
                    server.accept(line, stage);
                }
                if let Some(device) = devices.get_mut(&index) {
                    device.on_linked(started, line, stage);
                }
                if let Some(member) = members.get_mut(&index) {
                    member.on_linked(started, line, cast, stage);
                }
            }
            Event::DeviceStart(index) => {
                if let Some(device) = devices.get_mut(&index) {
                    device.start(cast, stage);
                }
                if let Some(member) = members.get_mut(&index) {
                    member.start(stage);
                }
            }
            Event::Octets(line, way, octets) => self.on_octets(line, way, &octets),
            Event::End(line, way) => self.on_end(line, way),
            Event::ServerStart => server.start(stage),
            Event::Writer(started) => server.on_writer(started, stage),
            Event::SessionTimer(line) => server.on_session_timer(line, stage),
            Event::PageRead(line) => server.on_page_read(line, stage),
            Event::AckAgain(line) => server.on_ack_again(line, stage),
            Event::Blow => self.on_blow(),
        }
    }

    fn on_octets(&mut self, id: LineId, way: Way, octets: &[u8]) {
        let Some(line) = self.stage.lines.get_mut(&id) else { return };
        let device = line.device;
        let stream = line.stream(way);
        if stream.state != Flow::Open {
            return;
        }
        stream.receive(octets);
        match (way, device.and_then(|device| self.devices.get_mut(&device))) {
            (Way::ToServer, _) => self.server.on_octets(id, &mut self.stage),
            (Way::ToDevice, Some(device)) => device.on_octets(id, &mut self.stage),
            (Way::ToDevice, None) => {
                let member = device.and_then(|device| self.members.get_mut(&device));
                member.into_iter().for_each(|member| member.on_octets(id, &mut self.stage));
            }
        }
    }

    fn on_end(&mut self, id: LineId, way: Way) {
        let Some(line) = self.stage.lines.get_mut(&id) else { return };
        let device = line.device;
        let stream = line.stream(way);
        if stream.state != Flow::Open {
            return;
        }
        stream.state = Flow::Ended;
        let is_over = line.to_server.state == Flow::Ended && line.to_device.state == Flow::Ended;
        match (way, device.and_then(|device| self.devices.get_mut(&device))) {
            (Way::ToServer, _) => self.server.on_end(id, &mut self.stage),
            (Way::ToDevice, Some(device)) => device.on_end(id, &mut self.stage),
            (Way::ToDevice, None) => {
                let member = device.and_then(|device| self.members.get_mut(&device));
                member.into_iter().for_each(|member| member.on_end(id, &mut self.stage));
            }
        }
        if is_over {
            self.stage.lines.remove(&id);
        }
    }

    /// An application does something, and will do more.
    fn on_app(&mut self, index: usize) {
        let Self { stage, devices, .. } = self;
        let Some(device) = devices.get_mut(&index) else { return self.on_wish(index) };
        let mut commands = Vec::new();
        let left = stage.plan.messages.saturating_sub(device.given);
        let count = if stage.dice.happens(stage.plan.wishes.bursts) { stage.dice.between(1, 6) } else { 1 };
        for _ in 0..count.min(left) {
            commands.extend(give(device, self.cast, stage));
        }
        if stage.dice.happens(stage.plan.wishes.voids) {
            commands.extend(withdraw(stage, device.given));
        }
        if stage.dice.happens(300) {
            let (reply, _) = oneshot::channel();
            commands.push(Command::Take { with: Vec::new(), reply });
        }
        if stage.dice.happens(50) {
            commands.push(Command::Wake);
        }
        if !commands.is_empty() {
            device.ask(commands, stage);
        }
        if left > 0 || !stage.is_calm() {
            let wait_ms = stage.dice.between(1, stage.plan.app_ms_max);
            stage.later(wait_ms, Event::App(index));
        }
    }

    /// Something goes wrong, or several things.
    fn on_blow(&mut self) {
        if self.stage.is_calm() {
            return;
        }
        let faults = self.stage.plan.faults;
        let lines: Vec<LineId> = self.stage.lines.keys().copied().collect();
        if self.stage.goes_wrong(faults.cut)
            && let Some(line) = self.stage.dice.pick(&lines)
        {
            self.stage.cut(line);
        }
        if self.stage.goes_wrong(faults.half_open)
            && let Some(line) = self.stage.dice.pick(&lines)
        {
            self.stage.silence(line);
        }
        if self.stage.goes_wrong(faults.stall)
            && let Some(line) = self.stage.dice.pick(&lines)
        {
            self.stage.stall(line);
        }
        if self.stage.goes_wrong(faults.replay)
            && let Some(line) = self.stage.dice.pick(&lines)
        {
            self.replay(line);
        }
        if self.stage.goes_wrong(faults.device_stop) {
            let index = usize::try_from(self.stage.dice.below(3)).unwrap_or(0);
            let stop = some_stop(&mut self.stage);
            if let Some(device) = self.devices.get_mut(&index) {
                device.stop(stop, &mut self.stage);
            }
            if let Some(member) = self.members.get_mut(&index) {
                member.stop(stop, &mut self.stage);
            }
        }
        if self.stage.goes_wrong(faults.server_stop) {
            let stop = some_stop(&mut self.stage);
            self.server.stop(stop, &mut self.stage);
        }
        if self.stage.goes_wrong(faults.clock_jump) {
            self.stage.server_ahead_ms = self.stage.dice.below(JUMP_MS_MAX.saturating_mul(2));
            self.stage.server_unix_ms();
        }
        let wait_ms = self.stage.dice.between(1, faults.every_ms_max);
        self.stage.later(wait_ms, Event::Blow);
    }

    /// Whoever overheard a first flight sends it again, on a connection of their own.
    fn replay(&mut self, line: LineId) {
        let overheard = self.stage.lines.get(&line).map(|line| line.overheard.clone()).unwrap_or_default();
        if overheard.is_empty() || !self.server.is_up() {
            return;
        }
        let count = usize::try_from(self.stage.dice.between(1, 3)).unwrap_or(1);
        let copy = self.stage.connect(None);
        self.stage.trace.say(self.stage.now_ms, format_args!("replay {line:?} as {copy:?}"));
        self.server.accept(copy, &mut self.stage);
        for record in overheard.iter().take(count) {
            self.stage.speak(copy, Way::ToServer, record);
        }
        self.stage.hang_up(copy, Way::ToServer);
    }
}

fn some_stop(stage: &mut Stage) -> Stop {
    if stage.dice.happens(500) { Stop::Killed } else { Stop::PowerCut }
}

/// A message for somebody else.
fn give(device: &mut Device, cast: &Cast, stage: &mut Stage) -> Option<Command> {
    let others = u64::try_from(stage.plan.devices).unwrap_or(2).saturating_sub(1);
    let step = usize::try_from(stage.dice.between(1, others)).unwrap_or(1);
    let to = device.index.saturating_add(step).checked_rem(stage.plan.devices)?;
    let wishes = stage.plan.wishes;
    let is_call = stage.dice.happens(wishes.calls);
    let expires_in_s = stage.dice.happens(wishes.expires).then(|| stage.dice.between(1, 120));
    let wants_receipt = if stage.dice.happens(wishes.no_receipt) { Wants::Nothing } else { Wants::Receipt };
    let options = SendOptions {
        class: is_call.then_some(Class::CALL),
        expires_in_s: expires_in_s.and_then(DurationS::new),
        receipt: match wants_receipt {
            Wants::Receipt => ReceiptWish::Wanted,
            Wants::Nothing => ReceiptWish::Unwanted,
        },
    };
    let name = Name { sender: device.index, nonce: device.given.saturating_add(1) };
    let fate = if stage.dice.happens(wishes.rejects) {
        Fate::Rejected
    } else if stage.dice.happens(wishes.poisons) {
        Fate::Poison
    } else {
        Fate::Taken
    };
    let command = device.send((name, fate), cast.player(to)?.id, options)?;
    device.given = name.nonce;
    let life_ms = expires_in_s.map_or(RETENTION_MS, |life_s| life_s.saturating_mul(1_000));
    let message = Message {
        to,
        promise: Promise::Asked,
        is_call,
        fate,
        wants_receipt,
        expires_ms: stage.unix_ms().saturating_add(life_ms),
        outcome: None,
        receipt: None,
        taken: 0,
    };
    stage.ledger.messages.insert(name, message);
    Some(command)
}

/// Withdraws one of the latest messages, whether or not that can be done.
fn withdraw(stage: &mut Stage, given: u64) -> Option<Command> {
    let (reply, _) = oneshot::channel();
    let seq = given.saturating_sub(stage.dice.below(3));
    Some(Command::Void { id: MessageId(ClientSeq::new(seq)?), reply })
}
