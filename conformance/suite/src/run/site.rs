//! The target of a run: attached to, or spawned by the suite.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use crate::case::{Case, Need};
use crate::run::{Patience, Settings};
use crate::target::Endpoint;
use crate::target::codes::{Codes, NO_CODES};
use crate::target::file::Located;
use crate::target::instance::{Instance, StartFailure, build};
use crate::target::probe::ProbeFailure;
use crate::verdict::{Judgement, Verdict};
use crate::world::World;
use crate::world::live::Live;

/// Asks whether a Pinnace server of the right realm is there; in less than three seconds.
pub type Probe = fn(&Endpoint) -> Result<(), ProbeFailure>;

/// Longest timer, in milliseconds, that a run without `--slow` waits for.
const TIMER_BRIEF_MAX_MS: u64 = 1000;

/// Longest wait for the end of a process that does not answer the probe.
const CRASH_WAIT: Duration = Duration::from_millis(300);

/// Where the cases of a run are played.
#[derive(Debug)]
pub struct Site {
    endpoint: Endpoint,
    codes: Arc<Codes>,
    probe: Probe,
    spawned: Option<Spawned>,
}

#[derive(Debug)]
struct Spawned {
    located: Arc<Located>,
    shared: Mutex<Instance>,
}

impl Site {
    /// A server that somebody else runs.
    #[must_use]
    pub fn attach(endpoint: Endpoint, codes: Codes, probe: Probe) -> Self {
        Self { endpoint, codes: Arc::new(codes), probe, spawned: None }
    }

    /// Builds and starts a target; it ends with the site.
    ///
    /// # Errors
    /// [`StartFailure`].
    pub fn spawn(located: Located, probe: Probe) -> Result<Self, StartFailure> {
        build(&located)?;
        Self::start(located, probe)
    }

    /// Starts a target that is built already.
    pub(crate) fn start(located: Located, probe: Probe) -> Result<Self, StartFailure> {
        let located = Arc::new(located);
        let shared = Instance::start(&located)?;
        let (endpoint, codes) = (shared.endpoint().clone(), shared.codes());
        Ok(Self { endpoint, codes, probe, spawned: Some(Spawned { located, shared: Mutex::new(shared) }) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether the target is there, in one line when it is not.
    ///
    /// # Errors
    /// Why it is not.
    pub fn probe(&self) -> Result<(), String> {
        if let Some(crash) = self.crash(Duration::ZERO) {
            return Err(crash);
        }
        let Err(failure) = (self.probe)(&self.endpoint) else { return Ok(()) };
        // Connections of a process that is ending break a moment before it has ended.
        let crash = self.crash(CRASH_WAIT);
        Err(crash.unwrap_or_else(|| format!("{}: {failure}", self.endpoint.tcp)))
    }

    fn crash(&self, wait: Duration) -> Option<String> {
        let spawned = self.spawned.as_ref()?;
        spawned.shared.lock().unwrap_or_else(PoisonError::into_inner).crash(wait)
    }

    /// Why a case cannot be run here, if it cannot.
    pub(crate) fn unmet(&self, case: &Case, settings: &Settings) -> Option<Judgement> {
        let profiles = &self.endpoint.profiles;
        if !profiles.is_empty() && !profiles.iter().any(|profile| profile == case.profile) {
            let reason = format!("the target does not declare the profile {}", case.profile);
            return Some(Judgement::new(Verdict::Unsupported, reason));
        }
        let why = case.needs.iter().find_map(|need| self.unmet_need(*need, settings.patience))?;
        Some(Judgement::new(Verdict::NotTestable, why))
    }

    fn unmet_need(&self, need: Need, patience: Patience) -> Option<String> {
        match (need, patience) {
            (Need::OwnInstance, _) => match &self.spawned {
                None => Some("needs a target that the suite starts itself (--target)".to_owned()),
                Some(spawned) => spawned.located.file.lone().map(str::to_owned),
            },
            (Need::Code, _) => match &*self.codes {
                Codes::Absent => Some(NO_CODES.to_owned()),
                Codes::Fixed(_) | Codes::Log(_) => None,
            },
            (Need::WebSocket, _) => {
                self.endpoint.ws.is_none().then(|| "no WebSocket address is given (--ws)".to_owned())
            }
            (Need::Timer(name), Patience::Brief) => match self.endpoint.timers.get(name) {
                Some(ms) if *ms <= TIMER_BRIEF_MAX_MS => None,
                Some(ms) => Some(format!("{name} is {ms} ms: needs --slow, or a target with a shorter one")),
                None => Some(format!("{name} is not declared short by the target: needs --slow")),
            },
            (Need::Slow, Patience::Brief) => Some("waits longer than a second: needs --slow".to_owned()),
            (Need::Timer(_) | Need::Slow, Patience::Slow) => None,
        }
    }

    /// The world in which a case whose needs are met is played.
    pub(crate) fn world(&self, case: &Case, patience: Patience) -> Result<Arc<dyn World>, StartFailure> {
        match &self.spawned {
            Some(spawned) if case.needs.contains(&Need::OwnInstance) => {
                Ok(Arc::new(Live::own(Instance::start(&spawned.located)?, patience)))
            }
            Some(_) | None => {
                Ok(Arc::new(Live::shared(self.endpoint.clone(), Arc::clone(&self.codes), patience)))
            }
        }
    }
}
