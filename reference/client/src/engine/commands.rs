//! What the application asks for, turned into writes.

use super::asking::{Asked, Wish};
use super::command::{Command, RegisterError, Reply, SendError, VoidError};
use super::connection::Connection;
use super::{Engine, News, Progress, Registering};
use crate::message::{Destination, MessageId, OutboxRecord, OutboxWish, SendOptions};
use crate::state::StopReason;
use crate::store::Write;
use pinnace_wire::{ClientSeq, DeviceId};

impl Engine {
    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::Send { to, payload, options, reply } => {
                let numbered = self.number(to, payload, options);
                self.answer(reply, numbered.map(MessageId));
            }
            Command::Void { id, reply } => {
                let withdrawn = self.withdraw(id);
                self.answer(reply, withdrawn);
            }
            Command::Ephemeral { to, payload } => {
                if let Connection::Up(session) = &mut self.connection {
                    // Nobody is promised anything: what cannot leave now is dropped (DLV-042).
                    let _ = session.send_ephemeral(to, &payload);
                }
            }
            Command::Take { with, reply } => {
                self.take(with);
                self.answer(reply, ());
            }
            Command::Keep { write, reply } => {
                self.batch.writes.push(write);
                self.answer(reply, ());
            }
            Command::Wake => self.wake(),
            Command::Register { step, reply } => {
                self.register(Registering { step, reply, progress: Progress::Waiting })
            }
            Command::Book(step) => self.on_book_step(step),
            Command::Whisper { conversation, payload } => self.whisper(conversation, &payload),
            Command::Devices { reply } => self.questions.wish(Wish::Devices, Asked::Devices(reply)),
            Command::Account(question) => self.on_account_question(question),
            Command::Close { reply } => self.close(vec![reply]),
        }
    }

    pub(super) fn number(
        &mut self,
        to: DeviceId,
        payload: Vec<u8>,
        options: SendOptions,
    ) -> Result<ClientSeq, SendError> {
        let len_max = self.session.payload_len_max;
        if payload.is_empty() {
            return Err(SendError::Empty);
        }
        if payload.len() > len_max {
            return Err(SendError::TooLong { len_max });
        }
        self.number_record(Destination::Device(to), payload, options)
    }

    /// Gives the next number to something that goes out.
    pub(super) fn number_record(
        &mut self,
        destination: Destination,
        payload: Vec<u8>,
        options: SendOptions,
    ) -> Result<ClientSeq, SendError> {
        let seq = self.outbox.number(payload.len()).map_err(|_| SendError::OutboxFull)?;
        let record = OutboxRecord {
            destination,
            options,
            wish: OutboxWish::Send,
            outcome: None,
            receipt: None,
            at_ms: self.time.unix_ms,
            payload,
        };
        self.batch.writes.push(Write::Number { seq: seq.value(), record });
        let now_ms = self.time.now.ms;
        self.outbox.on_application_send(now_ms);
        if self.stopped.is_none() && self.leave_at_ms.is_none() {
            self.pace.on_send(now_ms);
        }
        Ok(seq)
    }

    fn withdraw(&mut self, id: MessageId) -> Result<(), VoidError> {
        let seq = id.0.value();
        if seq <= self.outbox.settled || seq > self.outbox.numbered {
            return Err(VoidError::Settled);
        }
        // Without a session a message may be withdrawn that an earlier one sent: VOID then brings the outcome that it has.
        if matches!(self.connection, Connection::Up(_)) && self.outbox.is_sent(seq) {
            return Err(VoidError::OnItsWay);
        }
        self.batch.writes.push(Write::Withdraw { seq });
        Ok(())
    }

    fn take(&mut self, with: Vec<Write>) {
        self.batch.writes.extend(with);
        if self.inbox.untaken() == 0 {
            return;
        }
        // Its length is a matter of counting only.
        let item = self.store.item_after(self.inbox.taken).ok().flatten();
        let Some((number, item)) = item else { return };
        self.inbox.taken = number;
        self.inbox.len = self.inbox.len.saturating_sub(item.content.len());
        self.batch.writes.push(Write::Take { number });
    }

    fn wake(&mut self) {
        match self.stopped {
            Some(StopReason::Closed | StopReason::Store) => return,
            Some(
                StopReason::TakenOver
                | StopReason::DeviceGone
                | StopReason::Downgrade
                | StopReason::EdgeUntrusted,
            )
            | None => {}
        }
        self.stopped = None;
        let now_ms = self.time.now.ms;
        self.pace.on_wake(now_ms);
        self.outbox.on_application_send(now_ms);
        if let Connection::Up(session) = &mut self.connection {
            session.ping();
        }
    }

    fn register(&mut self, registering: Registering) {
        if self.registering.is_some() {
            self.answer(registering.reply, Err(RegisterError::Busy));
            return;
        }
        self.registering = Some(registering);
        self.step_registration();
    }

    /// Answers once this turn is durable.
    pub(super) fn answer<T: Send + 'static>(&mut self, reply: Reply<T>, answer: T) {
        // An application that went away needs no answer.
        self.news.push(News::Answer(Box::new(move || drop(reply.send(answer)))));
    }
}
