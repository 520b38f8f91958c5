//! A running server: its store and its connections. What the server's own task does around a session, without sockets.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use pinnace_home::{self as home, ConversationId, DeviceId, ReadRequest, Rules};
use pinnace_session::server::ServerConfig;
use pinnace_session::{Now, RealmId, Scratch};

use super::Server;
use super::connection::{Connection, Life, Untaken};
use super::writer::Writer;
use pinnace_store::Notice;

use crate::bug::Bug;
use crate::engine::{Map, SimEngine, is_of};
use crate::files::Files;
use crate::line::{LineId, Way};
use crate::operation::{Pending, SimJob, rules_ms};
use crate::property::Property;
use crate::router::Router;
use crate::stage::{Event, Stage};

/// Operations of one session under way, above which it is not read.
const OPERATIONS_MAX: usize = 64;
/// Octets of frames that wait to leave, above which the peer is not read.
const BACKLOG_LEN_MAX: usize = 64 * 1024;
/// What a session may hold for its peer at most: its bound and the answers to one record beyond it.
const BACKLOG_LEN_LIMIT: usize = 512 * 1024;

/// A running server.
pub(crate) struct Process {
    pub(super) files: Rc<RefCell<Files>>,
    pub(super) rules: Rules,
    pub(super) realm: RealmId,
    /// `None` after a fault, until it is opened again.
    pub(super) engine: Option<SimEngine>,
    pub(super) writer: Writer,
    pub(super) waiting: Vec<SimJob>,
    pub(super) connections: BTreeMap<LineId, Connection>,
    pub(super) router: Router,
    pub(super) scratch: Scratch,
    started: u64,
    started_ms: u64,
    /// Whether the writer is to be woken, and when.
    wakes_ms: Option<u64>,
}

impl Process {
    pub(super) fn start(engine: SimEngine, server: &Server, stage: &mut Stage) -> Option<Self> {
        let now_ms = stage.server_unix_ms();
        let writer = Writer::start(&engine, &server.rules, now_ms, stage)?;
        let mut process = Self {
            files: Rc::clone(&server.files),
            rules: server.rules.clone(),
            realm: server.realm,
            engine: Some(engine),
            writer,
            waiting: Vec::new(),
            connections: BTreeMap::new(),
            router: Router::default(),
            scratch: Scratch::new(),
            started: server.started,
            started_ms: stage.now_ms,
            wakes_ms: None,
        };
        process.arm_writer(stage);
        Some(process)
    }

    /// The process is no more: its peers hear of it, or not.
    pub(super) fn vanish(self, stage: &mut Stage) {
        for line in self.connections.into_keys() {
            stage.cut(line);
        }
    }

    pub(super) fn now(&self, stage: &Stage) -> Now {
        Now { ms: stage.now_ms.saturating_sub(self.started_ms) }
    }

    /// The world's time at which [`Self::now`] is this.
    pub(super) fn wait_ms(&self, at: Now, stage: &Stage) -> u64 {
        self.started_ms.saturating_add(at.ms).saturating_sub(stage.now_ms)
    }

    pub(super) fn accept(&mut self, line: LineId, config: Arc<ServerConfig>, stage: &mut Stage) {
        let connection = Connection::new(config, stage.dice.key(), self.now(stage));
        self.connections.insert(line, connection);
        self.turn(line, stage);
    }

    pub(super) fn on_end(&mut self, line: LineId, stage: &mut Stage) {
        if let Some(connection) = self.connections.get_mut(&line) {
            connection.session.on_carrier_lost();
        }
        self.turn(line, stage);
    }

    pub(super) fn on_timer(&mut self, line: LineId, stage: &mut Stage) {
        let now = self.now(stage);
        let armed = self.connections.get_mut(&line).filter(|connection| connection.alarm == Some(now));
        // Another time may have been set since.
        let Some(connection) = armed else { return };
        connection.alarm = None;
        connection.session.on_timeout(now);
        self.turn(line, stage);
    }

    /// Does all that a connection can do now.
    pub(super) fn turn(&mut self, line: LineId, stage: &mut Stage) {
        let Some(mut connection) = self.connections.remove(&line) else { return };
        loop {
            connection.collect(line, self, stage);
            if self.take_record(&mut connection, line, stage).is_none() {
                break;
            }
        }
        connection.take_tray(line, self, stage);
        connection.pump(line, self, stage);
        connection.transmit(line, self, stage);
        if connection.session.is_over() && connection.life == Life::Connected {
            stage.trace.say(stage.now_ms, format_args!("{line:?} over"));
            stage.hang_up(line, Way::ToDevice);
            connection.life = Life::HungUp;
        }
        if connection.life == Life::HungUp && connection.pending.is_empty() {
            self.router_leave(&connection, line);
        } else {
            connection.arm(line, self, stage);
            self.connections.insert(line, connection);
        }
    }

    /// Lets a connection have its first page.
    pub(super) fn page_read(&mut self, line: LineId, stage: &mut Stage) {
        let Some(mut connection) = self.connections.remove(&line) else { return };
        connection.on_page_read(self, stage);
        self.connections.insert(line, connection);
        self.turn(line, stage);
    }

    /// Asks the store again for what it could not take.
    pub(super) fn ack_again(&mut self, line: LineId, stage: &mut Stage) {
        let Some(mut connection) = self.connections.remove(&line) else { return };
        for request in core::mem::take(&mut connection.unacked) {
            let made = match request {
                Untaken::Ack(request) => stage.workshop.ack(request),
                Untaken::Nack(request) => stage.workshop.nack(request),
            };
            connection.pending.push(self.submit(made, stage));
        }
        self.connections.insert(line, connection);
        self.turn(line, stage);
    }

    fn take_record(&mut self, connection: &mut Connection, line: LineId, stage: &mut Stage) -> Option<()> {
        let is_busy =
            connection.pending.len() >= OPERATIONS_MAX || connection.session.backlog_len() >= BACKLOG_LEN_MAX;
        if is_busy || !connection.session.wants_record() {
            return None;
        }
        let record = stage.lines.get_mut(&line).and_then(|line| line.to_server.records.pop_front());
        let record = record?;
        let now = self.now(stage);
        // The session wants a record, so that it takes this one.
        let _ = connection.session.on_record(&record, &mut self.scratch, now);
        connection.take_events(line, self, stage);
        Some(())
    }

    fn router_leave(&mut self, connection: &Connection, line: LineId) {
        if let Some(device) = connection.device() {
            self.router.leave(device, line);
        }
    }

    /// Hands something fleeting to those who are in the conversation and here.
    pub(super) fn whisper(&mut self, sender: DeviceId, conversation: ConversationId, payload: &[u8]) {
        let Some(engine) = &self.engine else { return };
        let heard = home::roster(&pinnace_store::Engine::committed(engine), conversation, sender);
        for device in heard.unwrap_or_default() {
            self.router.whisper(device, conversation, payload);
        }
    }

    /// Hands an operation to the writer.
    pub(super) fn submit(&mut self, (job, pending): (SimJob, Pending), stage: &mut Stage) -> Pending {
        self.waiting.push(job);
        if self.wakes_ms.is_none_or(|at_ms| at_ms > stage.now_ms.saturating_add(stage.plan.commit_ms_max)) {
            let wait_ms = stage.dice.between(0, stage.plan.commit_ms_max);
            self.wake_writer(wait_ms, stage);
        }
        pending
    }

    fn wake_writer(&mut self, wait_ms: u64, stage: &mut Stage) {
        self.wakes_ms = Some(stage.now_ms.saturating_add(wait_ms));
        stage.later(wait_ms, Event::Writer(self.started));
    }

    /// The writer is woken when its own time comes.
    fn arm_writer(&mut self, stage: &mut Stage) {
        let now_ms = stage.server_unix_ms();
        if self.engine.is_none() {
            return self.wake_writer(250, stage);
        }
        if let Some(at_ms) = self.writer.wakes_at_ms(now_ms) {
            // As the store's thread does: it looks at the calendar again each second.
            self.wake_writer(at_ms.saturating_sub(now_ms).clamp(1, 1_000), stage);
        }
    }

    /// Runs what waits, and lets every connection hear of it.
    pub(super) fn write(&mut self, stage: &mut Stage) {
        // Another time may have been set since.
        if self.wakes_ms.is_none_or(|at_ms| at_ms > stage.now_ms) {
            return;
        }
        self.wakes_ms = None;
        let jobs = core::mem::take(&mut self.waiting);
        let mut notices = self.run_writer(jobs, stage);
        if self.files.borrow().is_down {
            return;
        }
        for notice in &notices {
            if let Notice::Filed { device, item } = notice
                && let Some(index) = stage.ledger.index_of(*device)
            {
                stage.ledger.on_item(index, item);
            }
        }
        if stage.bug() == Some(Bug::GapNotSent) {
            notices.retain(|notice| !matches!(notice, Notice::Filed { item: home::Item::Gap(_), .. }));
        }
        self.router.notify(&notices);
        self.check_rows(stage);
        let lines: Vec<LineId> = self.connections.keys().copied().collect();
        for line in lines {
            self.turn(line, stage);
        }
        if self.wakes_ms.is_none() {
            self.arm_writer(stage);
        }
    }

    /// Reads a mailbox: what is durable already.
    pub(super) fn read(&self, request: &ReadRequest, stage: &mut Stage) -> Option<home::Page> {
        let now_ms = rules_ms(stage.server_unix_ms(), stage.bug());
        let engine = self.engine.as_ref()?;
        let mut page = home::read(&pinnace_store::Engine::committed(engine), now_ms, request).ok()?;
        if stage.bug() == Some(Bug::GapNotSent) {
            page.items.retain(|item| !matches!(item, home::Item::Gap(_)));
        }
        Some(page)
    }

    pub(super) fn rows(&self) -> Option<Rc<Map>> {
        self.engine.as_ref().map(SimEngine::rows)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.writer.is_idle() && self.engine.is_some()
    }

    pub(super) fn check_bounds(&self, stage: &mut Stage) {
        for (line, connection) in &self.connections {
            let backlog_len = connection.session.backlog_len();
            let ready_len = connection.ready_len();
            if backlog_len > BACKLOG_LEN_LIMIT || ready_len > pinnace_edge::READY_MAX {
                let what = format!("{line:?} holds {backlog_len} octets and {ready_len} items");
                stage.ledger.violate(Property::MemoryBounded, what);
            }
        }
    }

    /// What the rules keep stays within its bounds.
    fn check_rows(&self, stage: &mut Stage) {
        let Some(rows) = self.rows() else { return };
        let outcomes = rows.keys().filter(|key| is_of(key, home::Table::Outcome)).count();
        let cached = usize::try_from(stage.plan.limits.outcome_cache).unwrap_or(usize::MAX);
        if outcomes > stage.plan.devices.saturating_mul(cached) {
            stage.ledger.violate(Property::MemoryBounded, format!("{outcomes} outcomes are kept"));
        }
    }
}
