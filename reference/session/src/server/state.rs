//! The states of a server session; what each of them knows.

use alloc::boxed::Box;

use crate::acked::Acked;
use crate::noise::Handshake;
use crate::prologue::Refused;
use crate::server::flight::Flight;
use crate::server::registration::Registration;
use crate::time::Now;

/// The states of `spec/data/machines/session-server.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// The first record is awaited.
    Opening,
    /// RETRY was sent.
    Retrying,
    /// XX message 2 was sent.
    Proving,
    /// HELLO is at the store.
    Greeting,
    /// WELCOME went to a registered device, which has not confirmed.
    Unconfirmed,
    /// WELCOME went to an unknown device, which has not confirmed.
    UnregisteredUnconfirmed,
    /// An unknown device.
    Unregistered,
    /// A registered device.
    Open,
    /// A registered device that was told to go.
    Draining,
    /// The end.
    Closed,
}

impl ServerState {
    /// The state as `spec/data/machines/session-server.toml` names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Retrying => "retrying",
            Self::Proving => "proving",
            Self::Greeting => "greeting",
            Self::Unconfirmed => "unconfirmed",
            Self::UnregisteredUnconfirmed => "unregistered_unconfirmed",
            Self::Unregistered => "unregistered",
            Self::Open => "open",
            Self::Draining => "draining",
            Self::Closed => "closed",
        }
    }
}

/// The state with what it knows. The large parts are boxed: they are gone when a session is idle.
#[derive(Debug)]
pub(crate) enum State {
    Opening { until: Now },
    Retrying { until: Now, refused: Box<Refused> },
    Proving { until: Now, handshake: Box<Handshake> },
    Greeting(Box<Flight>),
    Unconfirmed { until: Now, acked: Box<Acked> },
    UnregisteredUnconfirmed { until: Now },
    Unregistered(Registration),
    Open,
    Draining { until: Now },
    Closed,
}

impl State {
    pub(crate) const fn name(&self) -> ServerState {
        match self {
            Self::Opening { .. } => ServerState::Opening,
            Self::Retrying { .. } => ServerState::Retrying,
            Self::Proving { .. } => ServerState::Proving,
            Self::Greeting(_) => ServerState::Greeting,
            Self::Unconfirmed { .. } => ServerState::Unconfirmed,
            Self::UnregisteredUnconfirmed { .. } => ServerState::UnregisteredUnconfirmed,
            Self::Unregistered(_) => ServerState::Unregistered,
            Self::Open => ServerState::Open,
            Self::Draining { .. } => ServerState::Draining,
            Self::Closed => ServerState::Closed,
        }
    }
}
