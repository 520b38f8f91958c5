//! The server: a machine with a disk, and a process on it while it runs.

mod answers;
mod connection;
mod judging;
mod process;
mod single;
mod writer;

use core::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use pinnace_home::Rules;
use pinnace_session::RealmId;
use pinnace_session::server::{ServerConfig, ServerLimits};

use crate::bug::Bug;
use crate::cast::Cast;
use crate::engine::{Map, SimEngine};
use crate::files::{Files, Stop};
use crate::line::LineId;
use crate::plan::{Limits, Plan, Play};
use crate::property::Property;
use crate::stage::{Event, Stage};
use process::Process;

/// How long a server is down, at most.
const DOWN_MS_MAX: u64 = 3_000;

/// A machine with a disk, and a process on it while it runs.
pub(crate) struct Server {
    files: Rc<RefCell<Files>>,
    realm: RealmId,
    config: Arc<ServerConfig>,
    rules: Rules,
    process: Option<Process>,
    /// Counts the processes.
    started: u64,
}

impl Server {
    /// A machine that is off, with the registrations of the cast on its disk.
    pub(crate) fn new(cast: &Cast, stage: &Stage) -> Self {
        let rules = rules(&stage.plan, stage.bug());
        let config = cast.server_config(limits(&stage.plan.limits), stage.plan.play);
        Self {
            files: Rc::new(RefCell::new(cast.files(stage.plan.play).clone())),
            realm: cast.realm(),
            config: Arc::new(config),
            rules,
            process: None,
            started: 0,
        }
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.process.is_some()
    }

    /// The process starts.
    pub(crate) fn start(&mut self, stage: &mut Stage) {
        if self.process.is_some() {
            return;
        }
        self.started = self.started.saturating_add(1);
        let engine = SimEngine::open(&self.files, stage.plan.limits.journal_commits_max, stage.bug());
        let process = engine.ok().and_then(|engine| {
            self.check_recovered(&engine, stage);
            Process::start(engine, self, stage)
        });
        stage.trace.say(stage.now_ms, format_args!("server starts: {}", process.is_some()));
        if process.is_none() {
            stage.ledger.violate(Property::StoreOpens, "the server does not start".to_owned());
        }
        self.process = process;
        self.after(stage);
    }

    /// Everything that a device was told must still be true.
    fn check_recovered(&self, engine: &SimEngine, stage: &mut Stage) {
        for row in engine.rows().iter() {
            let Ok(described) = pinnace_home::describe(row.0, row.1) else {
                stage.ledger.violate(Property::StoreOpens, "a row does not read".to_owned());
                continue;
            };
            if let pinnace_home::Described::Sender { device, handled, .. } = described
                && let Some(index) = stage.ledger.index_of(device)
            {
                let settled = stage.ledger.device(index).settled;
                if handled.value() < settled {
                    let what = format!("{index} was told of {settled}, the server knows {}", handled.value());
                    stage.ledger.violate(Property::AcceptedIsKept, what);
                }
            }
        }
    }

    /// The machine or the process stops, and starts again later.
    pub(crate) fn stop(&mut self, stop: Stop, stage: &mut Stage) {
        let Some(process) = self.process.take() else { return };
        stage.trace.say(stage.now_ms, format_args!("server stops: {stop:?}"));
        process.vanish(stage);
        self.files.borrow_mut().restart(stop, &mut stage.dice);
        let wait_ms = stage.dice.between(1, DOWN_MS_MAX);
        stage.later(wait_ms, Event::ServerStart);
    }

    /// What follows from every step: a machine that went down in it is gone.
    fn after(&mut self, stage: &mut Stage) {
        if self.files.borrow().is_down {
            self.stop(Stop::PowerCut, stage);
        }
    }

    /// Lets the process do something.
    fn with(&mut self, stage: &mut Stage, act: impl FnOnce(&mut Process, &mut Stage)) {
        if let Some(process) = &mut self.process {
            act(process, stage);
            process.check_bounds(stage);
        }
        self.after(stage);
    }

    pub(crate) fn accept(&mut self, line: LineId, stage: &mut Stage) {
        let config = Arc::clone(&self.config);
        self.with(stage, |process, stage| process.accept(line, config, stage));
    }

    pub(crate) fn on_octets(&mut self, line: LineId, stage: &mut Stage) {
        self.with(stage, |process, stage| process.turn(line, stage));
    }

    pub(crate) fn on_end(&mut self, line: LineId, stage: &mut Stage) {
        self.with(stage, |process, stage| process.on_end(line, stage));
    }

    pub(crate) fn on_session_timer(&mut self, line: LineId, stage: &mut Stage) {
        self.with(stage, |process, stage| process.on_timer(line, stage));
    }

    pub(crate) fn on_page_read(&mut self, line: LineId, stage: &mut Stage) {
        self.with(stage, |process, stage| process.page_read(line, stage));
    }

    pub(crate) fn on_ack_again(&mut self, line: LineId, stage: &mut Stage) {
        self.with(stage, |process, stage| process.ack_again(line, stage));
    }

    pub(crate) fn on_writer(&mut self, started: u64, stage: &mut Stage) {
        if started == self.started {
            self.with(stage, Process::write);
        }
    }

    /// The rows, while the process runs.
    pub(crate) fn rows(&self) -> Option<Rc<Map>> {
        self.process.as_ref().and_then(Process::rows)
    }

    /// Whether nothing waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.process.as_ref().is_some_and(Process::is_idle)
    }
}

/// The limits that sessions tell and hold.
fn limits(limits: &Limits) -> ServerLimits {
    ServerLimits {
        inflight_max: limits.inflight_max,
        outcome_cache: limits.outcome_cache,
        redelivery_max: limits.redelivery_max,
        mailbox_items_max: limits.mailbox_items_max,
        send_burst: limits.send_burst,
        credit_count_initial: limits.credit,
        ..ServerLimits::default()
    }
}

/// The limits that the rules hold.
fn rules(plan: &Plan, bug: Option<Bug>) -> Rules {
    let rules = Rules {
        inflight_max: plan.limits.inflight_max,
        outcome_cache: plan.limits.outcome_cache,
        redelivery_max: plan.limits.redelivery_max,
        mailbox_items_max: plan.limits.mailbox_items_max,
        send_burst: plan.limits.send_burst,
        // Long entries come in parts.
        entry_part_len: if plan.play == Play::Circle { 1_024 } else { Rules::default().entry_part_len },
        ..Rules::default()
    };
    match bug {
        Some(Bug::OutcomeCacheBelowInflight) => Rules { outcome_cache: 1, ..rules },
        Some(_) | None => rules,
    }
}
