//! What the store has told to be durable, and what the other end is told of it.

use std::collections::BTreeSet;

use pinnace_session::client::{ClientEvent, Outcome, ReceivedItem};
use pinnace_session::server::{Answer, HelloAnswer, RequestTicket, ServerEvent, Ticket};
use pinnace_wire::{ClientSeq, Frame, MailboxSeq};

/// The promises of a session about numbers.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Asked, not answered.
    pub(crate) asked: Vec<(Ticket, ClientSeq)>,
    /// Requested last, answered or not.
    pub(crate) requested: Option<RequestTicket>,
    durable: BTreeSet<ClientSeq>,
    delivered: BTreeSet<MailboxSeq>,
    is_closed: [bool; 2],
}

impl Claims {
    /// The store answers.
    pub(crate) fn on_answer(&mut self, client_seq: ClientSeq, answer: Answer) {
        if answer == Answer::Accepted {
            self.durable.insert(client_seq);
        }
    }

    /// The store tells what it had handled before: all of it accepted, exceptions apart.
    pub(crate) fn on_hello_answer(&mut self, answer: &HelloAnswer) {
        if let HelloAnswer::Registered(done) = answer {
            self.durable.extend((1..=done.handled.value()).filter_map(ClientSeq::new));
        }
    }

    pub(crate) fn on_server_event(&mut self, event: &ServerEvent) {
        assert!(!self.is_closed[0], "{event:?} after Closed");
        match event {
            ServerEvent::Send(request) => self.asked.push((request.ticket, request.client_seq)),
            ServerEvent::Post(request) => self.asked.push((request.ticket, request.client_seq)),
            ServerEvent::Commit(request) => self.asked.push((request.ticket, request.client_seq)),
            ServerEvent::Void { ticket, client_seq } => self.asked.push((*ticket, *client_seq)),
            ServerEvent::Closed(_) => self.is_closed[0] = true,
            ServerEvent::Hello(_)
            | ServerEvent::Confirmed { .. }
            | ServerEvent::Ack(_)
            | ServerEvent::Nack { .. }
            | ServerEvent::Ephemeral { .. }
            | ServerEvent::Whisper { .. }
            | ServerEvent::Register { .. }
            | ServerEvent::RegisterMethod { .. }
            | ServerEvent::RegisterCode { .. }
            | ServerEvent::RegisterDevice { .. } => {}
            ServerEvent::Request { ticket, .. } => self.requested = Some(*ticket),
        }
    }

    /// A frame that the server sent.
    pub(crate) fn on_sent(&self, frame: &Frame<'_>) {
        if let Frame::Accepted(accepted) = frame {
            assert!(self.durable.contains(&accepted.client_seq), "{accepted:?} before the store told it");
        }
    }

    /// What a client is told by a server that is no machine of ours proves nothing.
    pub(crate) fn on_client_event(&mut self, event: &ClientEvent, is_server_ours: Option<()>) {
        assert!(!self.is_closed[1], "{event:?} after Closed");
        match event {
            ClientEvent::Outcome { client_seq, outcome: Outcome::Accepted } if is_server_ours.is_some() => {
                assert!(self.durable.contains(client_seq), "{client_seq} accepted before the store told it");
            }
            ClientEvent::Item(item) => {
                let seq = match item {
                    ReceivedItem::Message { mailbox_seq, .. }
                    | ReceivedItem::Receipt { mailbox_seq, .. }
                    | ReceivedItem::KeysLow { mailbox_seq, .. }
                    | ReceivedItem::Entry { mailbox_seq, .. }
                    | ReceivedItem::Gap { mailbox_seq, .. } => *mailbox_seq,
                };
                assert!(self.delivered.insert(seq), "item {seq} came twice in one session");
            }
            ClientEvent::Closed(_) => self.is_closed[1] = true,
            ClientEvent::Edge(_)
            | ClientEvent::Successor { .. }
            | ClientEvent::Welcome(_)
            | ClientEvent::Outcome { .. }
            | ClientEvent::Again { .. }
            | ClientEvent::Fault { .. }
            | ClientEvent::Ephemeral { .. }
            | ClientEvent::Whisper { .. }
            | ClientEvent::Registration(_)
            | ClientEvent::RegistrationFailed { .. }
            | ClientEvent::Registered { .. }
            | ClientEvent::Devices { .. }
            | ClientEvent::DeviceList { .. }
            | ClientEvent::LinkOffer { .. }
            | ClientEvent::Keys { .. }
            | ClientEvent::Claimed { .. }
            | ClientEvent::Failed { .. }
            | ClientEvent::Rate { .. }
            | ClientEvent::Goaway { .. } => {}
        }
    }
}
