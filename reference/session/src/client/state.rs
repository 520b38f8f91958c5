//! The states of a client session; what each of them knows.

use alloc::boxed::Box;

use crate::noise::Handshake;
use crate::prologue::Refused;
use crate::time::Now;

/// The states of `spec/data/machines/session-client.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientState {
    /// IK message 1 was sent.
    Opening,
    /// XX message 1 was sent.
    Proving,
    /// The first flight was sent; WELCOME is awaited.
    Greeting,
    /// The device is unknown.
    Unregistered,
    /// The device is registered.
    Open,
    /// As open, after GOAWAY.
    Draining,
    /// The end.
    Closed,
}

impl ClientState {
    /// The state as `spec/data/machines/session-client.toml` names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Proving => "proving",
            Self::Greeting => "greeting",
            Self::Unregistered => "unregistered",
            Self::Open => "open",
            Self::Draining => "draining",
            Self::Closed => "closed",
        }
    }
}

/// The state with what it knows. The large parts are boxed: they are gone once a session is open.
#[derive(Debug)]
pub(crate) enum State {
    Opening { until: Now, opening: Box<IkOpening> },
    Proving { until: Now, handshake: Box<Handshake>, flight: Box<[u8]> },
    Greeting { until: Now },
    Unregistered,
    Open,
    Draining,
    Closed,
}

/// An IK opening on its way.
#[derive(Debug)]
pub(crate) struct IkOpening {
    pub(crate) handshake: Handshake,
    /// What the prologue binds if this opening is refused.
    pub(crate) refused: Refused,
    /// What is said in that case.
    pub(crate) again: Box<[u8]>,
}

impl State {
    pub(crate) const fn name(&self) -> ClientState {
        match self {
            Self::Opening { .. } => ClientState::Opening,
            Self::Proving { .. } => ClientState::Proving,
            Self::Greeting { .. } => ClientState::Greeting,
            Self::Unregistered => ClientState::Unregistered,
            Self::Open => ClientState::Open,
            Self::Draining => ClientState::Draining,
            Self::Closed => ClientState::Closed,
        }
    }

    /// Whether the device is known here and the session stands.
    pub(crate) const fn is_open(&self) -> bool {
        match self {
            Self::Open | Self::Draining => true,
            Self::Opening { .. }
            | Self::Proving { .. }
            | Self::Greeting { .. }
            | Self::Unregistered
            | Self::Closed => false,
        }
    }
}
