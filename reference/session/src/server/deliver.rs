//! The way of mailbox items and fleeting things to the device.

use pinnace_fault as fault;
use pinnace_wire::{ConversationId, DeviceId, MailboxMark, MailboxSeq};

use super::ServerSession;
use super::event::{Item, Pushed};
use super::state::State;
use crate::credit::Budget;
use crate::not_now::NotNow;

impl ServerSession {
    /// Whether items may leave: the device is registered and was welcomed.
    const fn has_mailbox(&self) -> bool {
        match self.state {
            State::Unconfirmed { .. } | State::Open | State::Draining { .. } => true,
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Greeting(_)
            | State::UnregisteredUnconfirmed { .. }
            | State::Unregistered(_)
            | State::Closed => false,
        }
    }

    /// The first number of the mailbox that was not offered, or `None` while there is no mailbox.
    #[must_use]
    pub const fn deliver_from(&self) -> Option<MailboxSeq> {
        if self.has_mailbox() { self.exchange.delivered.next() } else { None }
    }

    /// What may be pushed now: what is left of the client's credit, or nothing while too much waits to leave. An item
    /// costs 1 and the length of its body.
    ///
    /// Ask after records were taken, which may have brought credit, and after [`Self::poll_transmit`].
    #[must_use]
    pub fn delivery_budget(&self) -> Budget {
        if self.has_mailbox() { self.exchange.budget(&self.outbox) } else { Budget::default() }
    }

    /// Sends a mailbox item. Items come in rising order, those of class call may come ahead; each leaves once (DLV-026).
    ///
    /// # Errors
    ///
    /// [`NotNow`] when credit or backlog do not allow it, or there is no mailbox (SES-020).
    pub fn push_item(&mut self, item: &Item<'_>) -> Result<Pushed, NotNow> {
        if self.has_mailbox() { self.exchange.push_item(item, &mut self.outbox) } else { Err(NotNow) }
    }

    /// The mailbox has grown up to this number: it bounds what may be acknowledged.
    pub fn on_mailbox_last(&mut self, last: MailboxMark) {
        self.exchange.mailbox_last = self.exchange.mailbox_last.max(last);
    }

    /// Sends something fleeting of a conversation, 1 to 4,096 octets, unless the device is not there or is behind (CNV-027).
    pub fn push_whisper(&mut self, conversation: ConversationId, payload: &[u8]) {
        let is_early = fault::conversations::WHISPER_UNCONFIRMED.is_on()
            && matches!(self.state, State::Unconfirmed { .. });
        if is_early || matches!(self.state, State::Open | State::Draining { .. }) {
            self.exchange.push_whisper(conversation, payload, &mut self.outbox);
        }
    }

    /// Sends something fleeting, 1 to 4,096 octets, unless the device is not there or is behind (DLV-043).
    pub fn push_ephemeral(&mut self, source: DeviceId, payload: &[u8]) {
        match self.state {
            State::Open | State::Draining { .. } => {
                self.exchange.push_ephemeral(source, payload, &mut self.outbox);
            }
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Greeting(_)
            | State::Unconfirmed { .. }
            | State::UnregisteredUnconfirmed { .. }
            | State::Unregistered(_)
            | State::Closed => {}
        }
    }
}
