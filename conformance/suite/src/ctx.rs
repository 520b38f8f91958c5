//! What a case is given: the target, seeded bytes, the recorder, and the place to emit its checks.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use crate::case::Halt;
use crate::check::{Check, Judged, Kind};
use crate::conn::{ANSWER_WAIT, Conn};
use crate::record::{Happening, Recorder};
use crate::rng::CaseRng;
use crate::target::{Endpoint, Stop};
use crate::world::World;

/// Longest wait that a run without `--slow` pays for.
pub const WAIT_FREE_MAX: Duration = Duration::from_secs(1);

/// The surroundings of one running case.
pub struct Ctx {
    case_id: String,
    seed: u64,
    world: Arc<dyn World>,
    recorder: Recorder,
    checks: Mutex<Vec<Check>>,
    connections: AtomicU32,
}

impl core::fmt::Debug for Ctx {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Ctx").field("case_id", &self.case_id).finish_non_exhaustive()
    }
}

impl Ctx {
    pub(crate) fn new(case_id: &str, seed: u64, world: Arc<dyn World>) -> Self {
        Self {
            case_id: case_id.to_owned(),
            seed,
            world,
            recorder: Recorder::default(),
            checks: Mutex::default(),
            connections: AtomicU32::new(0),
        }
    }

    /// Where the target listens and what it declares. Ask again after [`Ctx::restart`].
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.world.endpoint()
    }

    /// A stream of bytes for one purpose: the same seed, case and label give the same bytes. Every key,
    /// number and payload of a case comes from here.
    #[must_use]
    pub fn rng(&self, label: &str) -> CaseRng {
        CaseRng::new(self.seed, &[&self.case_id, label])
    }

    /// Opens a connection to the TCP carrier.
    ///
    /// # Errors
    /// [`Halt::Unreachable`].
    pub fn connect(&self) -> Result<Conn, Halt> {
        self.connect_to(self.endpoint().tcp)
    }

    /// Opens a connection to any address that the target named: its WebSocket or media listener.
    ///
    /// # Errors
    /// [`Halt::Unreachable`].
    pub fn connect_to(&self, address: SocketAddr) -> Result<Conn, Halt> {
        let number = self.connections.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        match self.world.connect(address, number) {
            Ok(line) => {
                self.push(number, Happening::Opened { address: address.to_string() });
                let mut conn = Conn::new(number, line, self.recorder.clone(), Arc::clone(&self.world));
                conn.set_wait(ANSWER_WAIT)?;
                Ok(conn)
            }
            Err(error) => {
                let reason = error.to_string();
                self.push(number, Happening::Refused { reason: reason.clone() });
                Err(Halt::Unreachable { reason })
            }
        }
    }

    /// The code that verifies this number, as the target's gateway would have sent it. Waits for it.
    ///
    /// # Errors
    /// [`Halt::NotTestable`] when the run has no source of codes, [`Halt::NoAnswer`] when none comes.
    pub fn code(&self, e164: &str) -> Result<String, Halt> {
        let code = self.world.code(e164)?;
        self.push(0, Happening::Code { e164: e164.to_owned(), code: code.clone() });
        Ok(code)
    }

    /// Stops the private instance and starts it again on the same data. Needs
    /// [`crate::case::Need::OwnInstance`]; every connection to it is gone.
    ///
    /// # Errors
    /// [`Halt::NotTestable`] when the instance is not the case's own, [`Halt::Unreachable`] when it does
    /// not come back.
    pub fn restart(&self, stop: Stop) -> Result<(), Halt> {
        let endpoint = self.world.restart(stop)?;
        self.push(0, Happening::Restarted { endpoint });
        Ok(())
    }

    /// Monotonic time since the case began. A replay gives the time of the recording.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.world.now()
    }

    /// Lets time pass, for a clause that is about time. A replay does not wait.
    ///
    /// # Errors
    /// [`Halt::NotTestable`] when the wait is above [`WAIT_FREE_MAX`] and the run has no `--slow`.
    pub fn pause(&self, wait: Duration) -> Result<(), Halt> {
        self.world.pause(wait)
    }

    /// Emits a control check: the exchange without its fault. The case goes on only if it held.
    ///
    /// # Errors
    /// [`Halt::Control`] when it did not hold.
    pub fn control(&self, what: &str, judged: Judged) -> Result<(), Halt> {
        let is_held = judged.is_ok();
        self.emit(Check {
            requirement: None,
            kind: Kind::Control,
            what: what.to_owned(),
            mismatch: judged.err(),
        });
        if is_held { Ok(()) } else { Err(Halt::Control) }
    }

    /// Emits a requirement check. The case goes on either way: other requirements may still be judged.
    pub fn require(&self, requirement: &str, what: &str, judged: Judged) {
        self.emit(Check {
            requirement: Some(requirement.to_owned()),
            kind: Kind::Requirement,
            what: what.to_owned(),
            mismatch: judged.err(),
        });
    }

    /// Puts a remark into the transcript.
    pub fn note(&self, line: impl Into<String>) {
        self.push(0, Happening::Note { line: line.into() });
    }

    pub(crate) fn take_checks(&self) -> Vec<Check> {
        core::mem::take(&mut *self.checks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) const fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn emit(&self, check: Check) {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).push(check);
    }

    fn push(&self, connection: u32, what: Happening) {
        self.recorder.push(self.world.now(), connection, what);
    }
}
