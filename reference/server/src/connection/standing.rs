//! Whom a session is with, and what it holds for that reason.

use pinnace_edge::{Acks, Pump};
use pinnace_session::Acked;
use prometheus_client::metrics::gauge::Gauge;

use super::registration::{Applicant, Registration};
use crate::router::{Attachment, Waiting};

/// Whom the session is with.
#[derive(Debug)]
pub(super) enum Standing {
    /// Nobody that is known yet, or nobody any more.
    Stranger,
    /// A static key whose HELLO is with the store.
    Greeting(Applicant),
    /// A device that may register, or be linked.
    Applicant(
        Applicant,
        Registration,
        #[expect(dead_code, reason = "held until the session is over")] Waiting,
    ),
    /// A registered device.
    Member(Box<Member>),
}

/// What the session of a registered device holds.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) attachment: Attachment,
    pub(super) pump: Pump,
    /// What waits for a NACK.
    pub(super) acks: Acks<Acked>,
    /// There once the session is confirmed.
    pub(super) counted: Option<Counted>,
}

/// One more in a gauge, as long as it is held.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    pub(crate) fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
