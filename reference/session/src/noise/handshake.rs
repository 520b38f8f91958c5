//! One handshake, from either side, in either pattern.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use snow::{Builder, HandshakeState};

use super::handshake_error::HandshakeError;
use super::keys::{EphemeralSeed, PublicKey, StaticSecret};
use super::pattern::Pattern;
use super::resolver::Resolver;
use super::transport::Transport;
use super::{HANDSHAKE_HASH_LEN, MESSAGE_LEN_MAX, TAG_LEN};

/// What a handshake does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// [`Handshake::write_message`].
    Write,
    /// [`Handshake::read_message`].
    Read,
    /// [`Handshake::into_established`].
    Finished,
    /// Nothing: a message of the peer was refused.
    Failed,
}

/// A handshake on its way.
///
/// Messages are appended to the caller's vectors, which keep what they hold; on an error they are as before.
pub struct Handshake {
    pattern: Pattern,
    phase: Phase,
}

enum Phase {
    /// `index` messages have been exchanged. Boxed: the engine is large, and few sessions are in a handshake.
    Running {
        engine: Box<HandshakeState>,
        index: usize,
    },
    Failed,
}

/// What a finished handshake yields.
#[derive(Debug)]
pub struct Established {
    /// The channel.
    pub transport: Transport,
    /// The peer's static key, which the peer has proved to hold.
    pub remote_static: PublicKey,
    /// A value that both sides share and no other handshake has; binds what is signed to this channel (Noise
    /// 11.2).
    pub handshake_hash: [u8; HANDSHAKE_HASH_LEN],
}

impl Handshake {
    /// Starts an IK handshake with a peer whose static key is known.
    ///
    /// The prologue is what both sides must have seen alike; it is hashed, not sent.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Engine`].
    pub fn initiate_ik(
        prologue: &[u8],
        local: &StaticSecret,
        remote: &PublicKey,
        seed: EphemeralSeed,
    ) -> Result<Self, HandshakeError> {
        Self::start(Pattern::Ik, prologue, local, seed, |builder| {
            builder.remote_public_key(&remote.0)?.build_initiator()
        })
    }

    /// Starts an XX handshake with a peer whose static key is not known.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Engine`].
    pub fn initiate_xx(
        prologue: &[u8],
        local: &StaticSecret,
        seed: EphemeralSeed,
    ) -> Result<Self, HandshakeError> {
        Self::start(Pattern::Xx, prologue, local, seed, |builder| builder.build_initiator())
    }

    /// Awaits an IK handshake.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Engine`].
    pub fn respond_ik(
        prologue: &[u8],
        local: &StaticSecret,
        seed: EphemeralSeed,
    ) -> Result<Self, HandshakeError> {
        Self::start(Pattern::Ik, prologue, local, seed, |builder| builder.build_responder())
    }

    /// Awaits an XX handshake.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::Engine`].
    pub fn respond_xx(
        prologue: &[u8],
        local: &StaticSecret,
        seed: EphemeralSeed,
    ) -> Result<Self, HandshakeError> {
        Self::start(Pattern::Xx, prologue, local, seed, |builder| builder.build_responder())
    }

    fn start(
        pattern: Pattern,
        prologue: &[u8],
        local: &StaticSecret,
        seed: EphemeralSeed,
        build: impl FnOnce(Builder<'_>) -> Result<HandshakeState, snow::Error>,
    ) -> Result<Self, HandshakeError> {
        let local = local.to_pair_bytes();
        let engine = pattern
            .protocol_name()
            .parse()
            .map(|params| Builder::with_resolver(params, Box::new(Resolver(seed))))
            .and_then(|builder| builder.local_private_key(local.as_slice()))
            .and_then(|builder| builder.prologue(prologue))
            .and_then(build)
            .map_err(|_| HandshakeError::Engine)?;
        Ok(Self { pattern, phase: Phase::Running { engine: Box::new(engine), index: 0 } })
    }

    /// The pattern that is run.
    #[must_use]
    pub const fn pattern(&self) -> Pattern {
        self.pattern
    }

    /// What is next.
    #[must_use]
    pub fn turn(&self) -> Turn {
        match &self.phase {
            Phase::Running { engine, .. } if engine.is_handshake_finished() => Turn::Finished,
            Phase::Running { engine, .. } if engine.is_my_turn() => Turn::Write,
            Phase::Running { .. } => Turn::Read,
            Phase::Failed => Turn::Failed,
        }
    }

    /// Appends the next message, with the payload in it, to `out`.
    ///
    /// How well the payload is protected depends on pattern and message: see [`Pattern`].
    ///
    /// # Errors
    ///
    /// [`HandshakeError::OutOfTurn`] and [`HandshakeError::PayloadTooLong`] change nothing.
    /// [`HandshakeError::WeakKey`], when a key of the peer turns out weak only here (one given to an initiator
    /// of IK, or the ephemeral key of its first message), and [`HandshakeError::Engine`] end the handshake.
    pub fn write_message(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), HandshakeError> {
        let (engine, overhead) = self.running(Turn::Write)?;
        let max = MESSAGE_LEN_MAX.saturating_sub(overhead);
        if payload.len() > max {
            return Err(HandshakeError::PayloadTooLong { len: payload.len(), max });
        }
        // The engine asks for room for a tag even in the one message that has none.
        let room = payload.len().saturating_add(overhead).saturating_add(TAG_LEN);
        let written = append(out, room, |place| engine.write_message(payload, place));
        self.settle(written, HandshakeError::Engine)
    }

    /// Reads the peer's next message and appends its payload to `payload`.
    ///
    /// A responder of IK may serve this payload before it is known that the peer lives: a replay reads just
    /// as well.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::OutOfTurn`] changes nothing. [`HandshakeError::MessageLen`],
    /// [`HandshakeError::Forged`] and [`HandshakeError::WeakKey`] end the handshake.
    pub fn read_message(&mut self, message: &[u8], payload: &mut Vec<u8>) -> Result<(), HandshakeError> {
        let (engine, overhead) = self.running(Turn::Read)?;
        let len = message.len();
        if len < overhead || len > MESSAGE_LEN_MAX {
            self.phase = Phase::Failed;
            return Err(HandshakeError::MessageLen { len, min: overhead, max: MESSAGE_LEN_MAX });
        }
        let read = append(payload, len.saturating_sub(overhead), |place| engine.read_message(message, place));
        self.settle(read, HandshakeError::Forged)
    }

    /// The peer's static key, as soon as it is known: to an initiator of IK from the start, to a responder
    /// once the message with it has been read. Until the handshake is finished, whoever sent it may be
    /// replaying.
    #[must_use]
    pub fn remote_static(&self) -> Option<PublicKey> {
        match &self.phase {
            Phase::Running { engine, .. } => engine.get_remote_static()?.try_into().ok().map(PublicKey),
            Phase::Failed => None,
        }
    }

    /// Ends the handshake.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::OutOfTurn`] before the last message, [`HandshakeError::Engine`].
    pub fn into_established(self) -> Result<Established, HandshakeError> {
        let (turn, remote_static) = (self.turn(), self.remote_static());
        match (self.phase, turn) {
            (Phase::Running { engine, .. }, Turn::Finished) => {
                let remote_static = remote_static.ok_or(HandshakeError::Engine)?;
                let handshake_hash =
                    engine.get_handshake_hash().try_into().map_err(|_| HandshakeError::Engine)?;
                let engine = engine.into_stateless_transport_mode().map_err(|_| HandshakeError::Engine)?;
                Ok(Established { transport: Transport::new(engine), remote_static, handshake_hash })
            }
            (Phase::Running { .. } | Phase::Failed, turn) => Err(HandshakeError::OutOfTurn { turn }),
        }
    }

    /// The finished engine, for the key log.
    #[cfg(feature = "keylog")]
    pub(super) fn finished(&mut self) -> Result<&mut HandshakeState, HandshakeError> {
        self.running(Turn::Finished).map(|(engine, _)| engine)
    }

    /// The engine and the overhead of the message at hand, if it is the turn for this.
    fn running(&mut self, wanted: Turn) -> Result<(&mut HandshakeState, usize), HandshakeError> {
        let turn = self.turn();
        match &mut self.phase {
            Phase::Running { engine, index } if turn == wanted => Ok((engine, self.pattern.overhead(*index))),
            Phase::Running { .. } | Phase::Failed => Err(HandshakeError::OutOfTurn { turn }),
        }
    }

    /// Moves on by one message, or fails for good.
    ///
    /// A failed write is final too: the engine may not encrypt a second payload under the keys of the first.
    fn settle(
        &mut self,
        step: Result<(), snow::Error>,
        otherwise: HandshakeError,
    ) -> Result<(), HandshakeError> {
        match (step, &mut self.phase) {
            (Ok(()), Phase::Running { index, .. }) => {
                *index = index.saturating_add(1);
                Ok(())
            }
            (Err(error), _) => {
                self.phase = Phase::Failed;
                Err(if error == snow::Error::Dh { HandshakeError::WeakKey } else { otherwise })
            }
            (Ok(()), Phase::Failed) => Err(otherwise),
        }
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("pattern", &self.pattern)
            .field("turn", &self.turn())
            .finish_non_exhaustive()
    }
}

/// Lets `fill` write into up to `room` bytes behind what `out` holds, and keeps as many as it says.
fn append(
    out: &mut Vec<u8>,
    room: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<usize, snow::Error>,
) -> Result<(), snow::Error> {
    let start = out.len();
    out.resize(start.saturating_add(room), 0);
    let filled = fill(out.get_mut(start..).unwrap_or_default());
    out.truncate(start.saturating_add(*filled.as_ref().unwrap_or(&0)));
    filled.map(|_| ())
}
