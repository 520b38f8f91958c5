//! One turn of a connection: take in records, answers and what others left; let the session decide; write.

use core::cell::RefCell;
use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _};
use pinnace_edge::{Acks, End, PAGE, Pump, Taken, envelope, translate};
use pinnace_fault as fault;
use pinnace_home::{Item, NackRequest, Session, VoidRequest};
use pinnace_session::server::{Answer, HelloAnswer, HelloRequest, Pushed, RequestTicket, ServerEvent};
use pinnace_session::{Acked, CloseReason, Scratch};
use pinnace_store::{Store, StoreError};
use pinnace_wire::{AccountId, ErrorCode, UnixMs};

use super::Connection;
use super::operation::{Done, Greeted, Operation, Resumption};
use super::registration::{Applicant, Registration, Step, Verdict};
use super::request::{Asker, Outcome};
use super::standing::{Counted, Member, Standing};
use crate::carrier::CarrierEnd;
use crate::clock;
use crate::metrics::seconds;

thread_local! {
    // Records are opened here: one room a worker, none in a session.
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch::new()) };
}

impl<S: Store> Connection<S> {
    /// Does all that can be done now.
    pub(super) fn turn(&mut self) -> Result<(), CarrierEnd> {
        loop {
            self.take_records()?;
            if !self.collect() {
                break;
            }
        }
        self.take_tray();
        self.pump();
        if self.carrier.is_flushed() {
            let session = &mut self.session;
            self.carrier.write_records(|out| session.poll_transmit(out));
            self.take_events();
        }
        Ok(())
    }

    fn take_records(&mut self) -> Result<(), CarrierEnd> {
        let now = self.shared.clock.now();
        while self.session.wants_record() {
            let session = &mut self.session;
            let taken = self.carrier.take_record(|record| {
                SCRATCH.with_borrow_mut(|scratch| session.on_record(record, scratch, now))
            })?;
            // The session wants a record, so that it takes this one.
            let Some(_) = taken else { break };
            self.take_events();
        }
        Ok(())
    }

    /// Takes the answers that are there. New operations reach the store here, in their order.
    fn collect(&mut self) -> bool {
        let mut any = false;
        while let Some(Some(done)) = self.operations.next().now_or_never() {
            self.on_done(done);
            any = true;
        }
        any
    }

    fn take_tray(&mut self) {
        let pump = match &mut self.standing {
            Standing::Member(member) => Some(&mut member.pump),
            Standing::Stranger | Standing::Greeting(_) | Standing::Applicant(..) => None,
        };
        let Taken { ephemerals, whispers, end, linked } = self.slot.take(pump);
        if let Some(account) = linked {
            self.on_linked(account);
        }
        for (source, payload) in ephemerals {
            self.session.push_ephemeral(source, &payload);
        }
        for (conversation, payload) in whispers {
            self.session.push_whisper(conversation, &payload);
        }
        match end {
            Some(End::TakenOver) if fault::session::TAKEOVER_CODE_WRONG.is_on() => {
                self.session.close(ErrorCode::Replaced);
            }
            Some(End::DeviceGone) if fault::registration::REMOVED_CODE_WRONG.is_on() => {
                self.session.close(ErrorCode::TakenOver);
            }
            Some(End::TakenOver) => self.session.close(ErrorCode::TakenOver),
            Some(End::Abandoned) => self.session.close(ErrorCode::Internal),
            Some(End::DeviceGone) => self.session.close(ErrorCode::DeviceGone),
            None => {}
        }
        self.take_events();
    }

    /// Sends what the mailbox has, as far as credit and backlog allow.
    fn pump(&mut self) {
        // A page that is there at once wakes nobody: it is pushed here, or it waits for the peer's next record.
        while self.pump_page() {}
    }

    /// Pushes what is ready and reads on. Whether a page came at once.
    fn pump_page(&mut self) -> bool {
        let Standing::Member(member) = &mut self.standing else { return false };
        let pump = &mut member.pump;
        if let Some(last) = pump.mailbox_last() {
            self.session.on_mailbox_last(last);
        }
        let (now, unix_ms) = (self.shared.clock.now(), clock::unix_ms());
        let mut offered = None;
        while let Some(moved) = pump.push(&mut self.session) {
            if moved.pushed.is_none() {
                tracing::error!("an item of a mailbox that the protocol cannot say");
            }
            if let (Item::Message(message), Some(Pushed::Queued)) = (&moved.item, moved.pushed) {
                self.shared.metrics.delivered.inc();
                offered = Some(message.mailbox_seq);
                let waited_ms = unix_ms.saturating_sub(message.accepted_ms);
                self.shared.metrics.accept_to_deliver_s.observe(seconds(waited_ms));
                self.latency.on_delivered(message.mailbox_seq, now);
            }
        }
        let fence = member.attachment.session();
        if let Some(seq) = offered.filter(|_| fault::mailbox::DELETED_WHEN_OFFERED.is_on()) {
            self.start(Operation::Ack(fence, Acked::up_to(seq.mark())));
            return false;
        }
        let Some(request) = pump.wants_page(self.session.delivery_budget()) else { return false };
        self.start(Operation::Read(request));
        self.collect()
    }

    fn start(&mut self, operation: Operation) {
        let (shared, slot) = (Arc::clone(&self.shared), Arc::clone(&self.slot));
        self.operations.push(operation.perform(shared, slot).boxed());
    }

    /// Takes what the session has to tell.
    pub(super) fn take_events(&mut self) {
        while let Some(event) = self.session.poll_event() {
            self.on_event(event);
        }
    }

    fn on_event(&mut self, event: ServerEvent) {
        match event {
            ServerEvent::Hello(request) => self.on_hello(&request),
            ServerEvent::Closed(reason) => self.on_closed(reason),
            ServerEvent::Register { .. }
            | ServerEvent::RegisterMethod { .. }
            | ServerEvent::RegisterCode { .. }
            | ServerEvent::RegisterDevice { .. } => {
                if let Standing::Applicant(applicant, registration, _) = self.standing {
                    self.start(Operation::Register(registration, applicant, event));
                }
            }
            ServerEvent::Request { ticket, request } => {
                if let Some(asker) = self.asker() {
                    self.start(Operation::Request(ticket, asker, request));
                }
            }
            ServerEvent::Confirmed { .. }
            | ServerEvent::Send(_)
            | ServerEvent::Post(_)
            | ServerEvent::Commit(_)
            | ServerEvent::Whisper { .. }
            | ServerEvent::Void { .. }
            | ServerEvent::Ack(_)
            | ServerEvent::Nack { .. }
            | ServerEvent::Ephemeral { .. } => {
                if let Some(fence) = self.fence() {
                    self.on_member_event(fence, event);
                }
            }
        }
    }

    /// The session of a registered device, as the store knows it.
    fn fence(&self) -> Option<Session> {
        match &self.standing {
            Standing::Member(member) => Some(member.attachment.session()),
            Standing::Stranger | Standing::Greeting(_) | Standing::Applicant(..) => None,
        }
    }

    /// Who asks for something.
    fn asker(&self) -> Option<Asker> {
        match &self.standing {
            Standing::Member(member) => Some(Asker::Member(member.attachment.session())),
            Standing::Applicant(applicant, ..) => Some(Asker::Applicant(*applicant)),
            Standing::Stranger | Standing::Greeting(_) => None,
        }
    }

    fn on_member_event(&mut self, fence: Session, event: ServerEvent) {
        match event {
            ServerEvent::Confirmed { acked } => self.on_confirmed(fence, acked),
            ServerEvent::Send(request) => {
                self.start(Operation::Send(request.ticket, translate::send(fence, request)));
            }
            ServerEvent::Post(request) => {
                self.start(Operation::Post(request.ticket, envelope::post(fence, request)));
            }
            ServerEvent::Commit(request) => {
                let realm = self.shared.realm;
                self.start(Operation::Commit(request.ticket, envelope::commit(realm, fence, request)));
            }
            ServerEvent::Whisper { conversation, payload } => {
                let is_unlimited = fault::conversations::WHISPERS_UNLIMITED.is_on();
                if self.ephemerals.take(self.shared.clock.now()) || is_unlimited {
                    self.start(Operation::Whisper(fence.device, conversation, payload));
                }
            }
            ServerEvent::Void { ticket, client_seq } => {
                self.start(Operation::Void(ticket, VoidRequest { session: fence, client_seq }));
            }
            ServerEvent::Ack(acked) => {
                let histogram = &self.shared.metrics.deliver_to_ack_s;
                let now = self.shared.clock.now();
                self.latency.on_acked(&acked, now, |ms| histogram.observe(seconds(ms)));
                self.acknowledge(fence, acked);
            }
            ServerEvent::Nack { mailbox_seq, reason } => {
                let reason = reason.value();
                if let Standing::Member(member) = &mut self.standing {
                    member.acks.on_nack();
                }
                self.start(Operation::Nack(NackRequest { session: fence, mailbox_seq, reason }));
            }
            ServerEvent::Ephemeral { destination, payload } => {
                let is_unlimited = fault::delivery::EPHEMERALS_UNLIMITED.is_on();
                if self.ephemerals.take(self.shared.clock.now()) || is_unlimited {
                    self.shared.metrics.ephemerals.inc();
                    self.shared.router.ephemeral(destination, fence.device, &payload);
                } else if fault::delivery::EPHEMERALS_BEYOND_CLOSED.is_on() {
                    self.session.close(ErrorCode::FlowControl);
                }
            }
            ServerEvent::Hello(_)
            | ServerEvent::Request { .. }
            | ServerEvent::Register { .. }
            | ServerEvent::RegisterMethod { .. }
            | ServerEvent::RegisterCode { .. }
            | ServerEvent::RegisterDevice { .. }
            | ServerEvent::Closed(_) => {}
        }
    }

    /// Stores an acknowledgement, once the NACKs before it are stored.
    fn acknowledge(&mut self, fence: Session, acked: Acked) {
        let Standing::Member(member) = &mut self.standing else { return };
        if let Some(acked) = member.acks.on_ack(acked) {
            self.start(Operation::Ack(fence, acked));
        }
    }

    fn on_nacked(&mut self) {
        let Standing::Member(member) = &mut self.standing else { return };
        let fence = member.attachment.session();
        for acked in member.acks.on_nacked() {
            self.start(Operation::Ack(fence, acked));
        }
    }

    fn on_hello(&mut self, request: &HelloRequest) {
        self.shared.metrics.handshakes_completed.inc();
        self.standing = Standing::Greeting(Applicant {
            key: request.device_key,
            device: request.device,
            hello_counter: request.hello_counter,
        });
        self.start(Operation::Hello(request.device, translate::hello(request)));
    }

    fn on_confirmed(&mut self, fence: Session, acked: Acked) {
        if let Standing::Member(member) = &mut self.standing {
            let is_missing = fault::session::TAKEOVER_MISSING.is_on();
            let taken = if is_missing { 0 } else { member.attachment.take_over() };
            self.shared.metrics.takeovers.inc_by(u64::try_from(taken).unwrap_or(u64::MAX));
            member.counted = Some(Counted::new(&self.shared.metrics.sessions));
        }
        self.start(Operation::Confirm(fence, acked));
    }

    fn on_closed(&mut self, reason: CloseReason) {
        if let CloseReason::Sent(code) = reason {
            self.shared.metrics.told_error(code);
            if fault::outcome::ERROR_ENDS_OTHERS.is_on() && code != ErrorCode::Replaced {
                self.shared.router.end_all();
            }
        }
        if matches!(self.standing, Standing::Stranger) {
            self.shared.metrics.handshakes_failed.inc();
        }
        tracing::debug!(?reason, "session over");
        self.standing = Standing::Stranger;
    }

    /// Takes the answer of one operation.
    pub(super) fn on_done(&mut self, done: Done) {
        match done {
            Done::Nothing => {}
            Done::Nacked => self.on_nacked(),
            Done::Hello(greeted) => self.on_greeted(greeted),
            Done::End(code) | Done::Answer(_, Err(code)) => self.session.close(code),
            Done::Fenced => self.on_fenced(),
            Done::Answer(ticket, Ok(answer)) => {
                if answer == Answer::Accepted {
                    self.shared.metrics.accepted.inc();
                } else if answer == Answer::Fenced {
                    self.on_fenced();
                }
                self.session.on_answer(ticket, answer);
            }
            Done::Page(page) => {
                if let Standing::Member(member) = &mut self.standing {
                    member.pump.on_page(page);
                }
            }
            Done::Request(ticket, outcome) => self.on_outcome(ticket, outcome),
            Done::Register(step) => self.on_registration(&step),
        }
        self.take_events();
    }

    fn on_outcome(&mut self, ticket: RequestTicket, outcome: Outcome) {
        match outcome {
            Outcome::Reply(reply) => self.session.on_reply(ticket, reply),
            Outcome::Fenced => self.on_fenced(),
            Outcome::Gone => self.session.close(ErrorCode::DeviceGone),
            Outcome::Linked(account) => self.on_linked(account),
        }
    }

    /// The device was linked by another one (DEV-017).
    fn on_linked(&mut self, account: AccountId) {
        if let Standing::Applicant(applicant, ..) = &self.standing {
            self.session.on_linked(account, applicant.device);
        }
    }

    /// The store holds a newer session of the device. What becomes of this one is the router's to tell.
    fn on_fenced(&self) {
        if let Standing::Member(member) = &self.standing {
            member.attachment.fenced();
        }
    }

    fn on_greeted(&mut self, greeted: Result<Greeted, StoreError>) {
        // Whoever was closed meanwhile is a stranger again.
        let Standing::Greeting(applicant) = self.standing else { return };
        let answer = match greeted {
            Ok(Greeted::Registered(resumption)) => return self.on_resumed(*resumption),
            Ok(Greeted::Unregistered(waiting)) => {
                self.standing = Standing::Applicant(applicant, Registration::None, waiting);
                Some(HelloAnswer::Unregistered)
            }
            Ok(Greeted::Other(done)) => translate::other(&done),
            Err(error) => {
                self.shared.store_failed(&error);
                Some(HelloAnswer::Unavailable { retry_after_ms: translate::RETRY_AFTER_MS })
            }
        };
        let Some(answer) = answer else { return self.session.close(ErrorCode::AckInvalid) };
        self.answer_hello(&answer);
    }

    fn on_resumed(&mut self, resumption: Resumption) {
        let Resumption { resumed, attachment, page } = resumption;
        self.answer_hello(&HelloAnswer::Registered(translate::resumed(&resumed)));
        if fault::session::TAKEOVER_UNCONFIRMED.is_on() {
            attachment.take_over();
        }
        let Some(next) = self.session.deliver_from() else { return };
        self.shared.metrics.on_resumed(next.value(), resumed.mailbox_last, page.as_ref());
        let is_unsent = fault::session::MAILBOX_NOT_SENT.is_on();
        let behind = resumed.mailbox_last.value().saturating_add(1);
        let next = if is_unsent { behind } else { next.value() };
        let mut pump = Pump::new(resumed.session.device, next, resumed.mailbox_last, PAGE);
        if page.is_some() && !is_unsent {
            pump.on_page(page);
        }
        self.standing =
            Standing::Member(Box::new(Member { attachment, pump, acks: Acks::default(), counted: None }));
    }

    fn answer_hello(&mut self, answer: &HelloAnswer) {
        // Beyond the range of a varint lies the year 146 million.
        if let Some(time_ms) = UnixMs::new(clock::unix_ms()) {
            self.session.on_hello(answer, time_ms, self.shared.clock.now());
        }
    }

    fn on_registration(&mut self, step: &Step) {
        if let Standing::Applicant(_, registration, _) = &mut self.standing {
            *registration = step.registration;
        }
        match &step.verdict {
            Verdict::Answer(answer) => self.session.on_registration(answer),
            Verdict::TooEarly => self.session.close(ErrorCode::OutOfState),
        }
    }
}
