//! What a client library asks of a session.

use pinnace_wire::{
    ClientSeq, DeviceCertificate, DeviceId, Ephemeral, Frame, MailboxSeq, Method, Nack, NackReason, Ping,
    PingToken, Register, RegisterCode, RegisterDevice, RegisterMethod, limits,
};

use super::ClientSession;
use super::event::SendError;
use super::exchange::BACKLOG_MAX;
use super::state::State;
use crate::acked::Acked;
use crate::message::Message;
use crate::not_now::NotNow;
use crate::registration_state::Replace;

impl ClientSession {
    /// Sends a message; BIND goes before it by itself. Its number is the caller's next one.
    ///
    /// # Errors
    ///
    /// [`SendError::NotNow`] when the session is not open, or window or credit are used up; [`SendError::PayloadLen`].
    pub fn send(&mut self, message: &Message) -> Result<(), SendError> {
        let (len, max) = (message.payload.len(), self.exchange.advert.payload_len_max);
        if len == 0 || u64::try_from(len).map_or(true, |len| len > max) || len > limits::PAYLOAD_LEN {
            return Err(SendError::PayloadLen { len, max });
        }
        self.require_open().map_err(|NotNow| SendError::NotNow)?;
        self.exchange.send(message, &mut self.outbox).map_err(|NotNow| SendError::NotNow)
    }

    /// Settles a number without a message.
    ///
    /// # Errors
    ///
    /// [`NotNow`] as for [`Self::send`].
    pub fn void(&mut self, client_seq: ClientSeq) -> Result<(), NotNow> {
        self.require_open()?;
        self.exchange.void(client_seq, &mut self.outbox)
    }

    /// Whether window and credit leave room for a number. A long payload may still have to wait.
    #[must_use]
    pub fn can_send(&self) -> bool {
        let has_credit = self.exchange.allowance.left().count > 0;
        self.state.is_open()
            && self.exchange.is_window_open()
            && has_credit
            && self.outbox.len() < BACKLOG_MAX
    }

    /// How many numbers await their outcome.
    #[must_use]
    pub fn inflight(&self) -> usize {
        self.exchange.inflight.len()
    }

    /// Says which items are durable at the device (DLV-031). Runs beyond the 32nd are left for a later ACK.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open.
    pub fn ack(&mut self, acked: &Acked) -> Result<(), NotNow> {
        self.require_open()?;
        acked.with_frame(|ack| self.outbox.push(&Frame::Ack(ack))).map_err(|_| NotNow)
    }

    /// Says that an item will not be taken, for good or for now.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open.
    pub fn nack(&mut self, mailbox_seq: MailboxSeq, reason: NackReason) -> Result<(), NotNow> {
        self.require_open()?;
        self.outbox.push(&Frame::Nack(Nack { mailbox_seq, reason })).map_err(|_| NotNow)
    }

    /// Sends something fleeting, 1 to 4,096 octets.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, the server is behind, or the payload has another length.
    pub fn send_ephemeral(&mut self, destination: DeviceId, payload: &[u8]) -> Result<(), NotNow> {
        self.require_open()?;
        if self.outbox.len() >= BACKLOG_MAX || payload.is_empty() || payload.len() > limits::EPHEMERAL_LEN {
            return Err(NotNow);
        }
        let (alias, bind) = self.exchange.alias_of(destination).ok_or(NotNow)?;
        let frame = Frame::Ephemeral(Ephemeral { alias, payload });
        self.exchange.push_bound(bind, &frame, &mut self.outbox)
    }

    /// Begins a registration under a number: `+` and digits.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the device is not unregistered here, or the number is not 8 to 16 octets long.
    pub fn register(&mut self, e164: &str, replace: Replace) -> Result<(), NotNow> {
        self.step(&Frame::Register(Register { e164, replace: replace == Replace::Wanted }))
    }

    /// Asks that a code be sent.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the device is not unregistered here.
    pub fn register_method(&mut self, method: Method) -> Result<(), NotNow> {
        self.step(&Frame::RegisterMethod(RegisterMethod { method }))
    }

    /// Presents the code.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the device is not unregistered here, or the code is not 4 to 12 octets long.
    pub fn register_code(&mut self, code: &str) -> Result<(), NotNow> {
        self.step(&Frame::RegisterCode(RegisterCode { code }))
    }

    /// Presents the device certificate.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the device is not unregistered here, or the octets are no certificate.
    pub fn register_device(&mut self, certificate: &[u8]) -> Result<(), NotNow> {
        let certificate = DeviceCertificate::decode(certificate).map_err(|_| NotNow)?;
        self.step(&Frame::RegisterDevice(RegisterDevice { certificate }))
    }

    pub(super) fn step(&mut self, frame: &Frame<'_>) -> Result<(), NotNow> {
        match self.state {
            State::Unregistered => self.outbox.push(frame).map_err(|_| NotNow),
            State::Opening { .. }
            | State::Proving { .. }
            | State::Greeting { .. }
            | State::Open
            | State::Draining
            | State::Closed => Err(NotNow),
        }
    }

    /// Asks at once whether the server lives, as after a change of the network.
    pub fn ping(&mut self) {
        if self.state.is_open() || matches!(self.state, State::Unregistered) {
            let token = PingToken::new(u64::from(self.seed.choice()) >> PING_TOKEN_SHIFT);
            if let Some(token) = token {
                self.push(&Frame::Ping(Ping { token }));
            }
        }
    }

    pub(super) const fn require_open(&self) -> Result<(), NotNow> {
        if self.state.is_open() { Ok(()) } else { Err(NotNow) }
    }
}

/// A token of 14 bits takes two octets. One PING is under way at a time.
const PING_TOKEN_SHIFT: u32 = 18;
