//! One connection of the server: a session, what it asks of the store, and its mailbox.

use std::sync::Arc;

use pinnace_edge::{Acks, End, Moved, PageMax, Pump, Taken, envelope, translate};
use pinnace_home::{AckRequest, ConfirmRequest, DeviceId, NackRequest, Page, Resumed, Session, VoidRequest};
use pinnace_session::server::{Pushed, Reply, ServerConfig, ServerEvent};
use pinnace_session::{Now, Seed, ServerSession};
use pinnace_wire::ErrorCode;

use super::judging::on_offered;
use super::process::Process;
use crate::bug::Bug;
use crate::line::{LineId, Way};
use crate::operation::Pending;
use crate::stage::{Event, Stage};

/// Small pages, so that short mailboxes take several.
pub(super) const PAGE: PageMax = PageMax { items: 8, len: 64 * 1_024 };

/// One connection.
pub(super) struct Connection {
    pub(super) session: ServerSession,
    pub(super) pending: Vec<Pending>,
    /// What the store could not take yet.
    pub(super) unacked: Vec<Untaken>,
    pub(super) life: Life,
    /// The time for which it was armed.
    pub(super) alarm: Option<Now>,
    pub(super) standing: Standing,
}

/// What a device says once, and the store could not take yet.
pub(super) enum Untaken {
    Ack(AckRequest),
    Nack(NackRequest),
}

/// Whether the peer can still be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    Connected,
    /// The session is over; the store may still have something to say.
    HungUp,
}

/// Whom the session is with.
pub(super) enum Standing {
    Stranger,
    Greeting,
    /// The router knows it; its first page was read, and is on its way.
    Reading(Box<Resumed>, Option<Page>),
    Member(Session, Pump, Acks<AckRequest>),
    /// It was a member; the router still knows it.
    Leaving(DeviceId),
}

impl Connection {
    pub(super) fn new(config: Arc<ServerConfig>, seed: [u8; 32], now: Now) -> Self {
        Self {
            session: ServerSession::new(config, Seed::new(seed), now),
            pending: Vec::new(),
            unacked: Vec::new(),
            life: Life::Connected,
            alarm: None,
            standing: Standing::Stranger,
        }
    }

    /// The device that the router knows this line by.
    pub(super) const fn device(&self) -> Option<DeviceId> {
        match &self.standing {
            Standing::Member(session, ..) => Some(session.device),
            Standing::Reading(resumed, _) => Some(resumed.session.device),
            Standing::Leaving(device) => Some(*device),
            Standing::Stranger | Standing::Greeting => None,
        }
    }

    pub(super) fn ready_len(&self) -> usize {
        match &self.standing {
            Standing::Member(_, pump, _) => pump.ready_len(),
            Standing::Stranger | Standing::Greeting | Standing::Reading(..) | Standing::Leaving(_) => 0,
        }
    }

    /// Sees to it that the session's time is not missed.
    pub(super) fn arm(&mut self, line: LineId, process: &Process, stage: &mut Stage) {
        let at = self.session.poll_timeout();
        if let Some(at) = at.filter(|at| self.alarm.is_none_or(|alarm| *at < alarm)) {
            self.alarm = Some(at);
            let wait_ms = process.wait_ms(at, stage);
            stage.later(wait_ms, Event::SessionTimer(line));
        }
    }

    pub(super) fn transmit(&mut self, line: LineId, process: &mut Process, stage: &mut Stage) {
        let mut record = Vec::new();
        while self.session.poll_transmit(&mut record).is_some() {
            stage.speak(line, Way::ToDevice, &record);
            record.clear();
        }
        self.take_events(line, process, stage);
    }

    /// Takes what the session has to tell.
    pub(super) fn take_events(&mut self, line: LineId, process: &mut Process, stage: &mut Stage) {
        while let Some(event) = self.session.poll_event() {
            self.on_event(event, line, process, stage);
        }
    }

    fn on_event(&mut self, event: ServerEvent, line: LineId, process: &mut Process, stage: &mut Stage) {
        match event {
            ServerEvent::Hello(request) => {
                self.standing = Standing::Greeting;
                process.router.greet(request.device);
                let made = stage.workshop.hello(translate::hello(&request));
                self.pending.push(process.submit(made, stage));
            }
            ServerEvent::Closed(reason) => {
                stage.trace.say(stage.now_ms, format_args!("{line:?} closed: {reason:?}"));
                self.standing = self.device().map_or(Standing::Stranger, Standing::Leaving);
            }
            ServerEvent::Confirmed { .. }
            | ServerEvent::Send(_)
            | ServerEvent::Void { .. }
            | ServerEvent::Ack(_)
            | ServerEvent::Nack { .. }
            | ServerEvent::Post(_)
            | ServerEvent::Commit(_)
            | ServerEvent::Whisper { .. }
            | ServerEvent::Request { .. } => {
                if let Standing::Member(session, ..) = &self.standing {
                    let session = *session;
                    self.on_member_event(session, event, process, stage);
                }
            }
            // Every device of the cast is registered.
            ServerEvent::Ephemeral { .. }
            | ServerEvent::Register { .. }
            | ServerEvent::RegisterMethod { .. }
            | ServerEvent::RegisterCode { .. }
            | ServerEvent::RegisterDevice { .. } => {}
        }
    }

    fn on_member_event(
        &mut self,
        session: Session,
        event: ServerEvent,
        process: &mut Process,
        stage: &mut Stage,
    ) {
        let made = match event {
            ServerEvent::Confirmed { acked } => {
                process.router.take_over(session.device, session.epoch);
                let ranges = translate::ranges(&acked);
                stage.workshop.confirm(ConfirmRequest { session, cursor: acked.cursor, ranges })
            }
            ServerEvent::Send(request) => {
                let ticket = request.ticket;
                stage.workshop.send(translate::send(session, request), ticket)
            }
            ServerEvent::Void { ticket, client_seq } => {
                stage.workshop.void(VoidRequest { session, client_seq }, ticket)
            }
            ServerEvent::Ack(acked) => {
                let ranges = translate::ranges(&acked);
                let request = AckRequest { session, cursor: acked.cursor, ranges };
                let Some(request) = self.may_go(request, stage) else { return };
                stage.workshop.ack(request)
            }
            ServerEvent::Nack { mailbox_seq, reason } => {
                if let Standing::Member(_, _, acks) = &mut self.standing {
                    acks.on_nack();
                }
                stage.workshop.nack(NackRequest { session, mailbox_seq, reason: reason.value() })
            }
            ServerEvent::Post(request) => {
                let ticket = request.ticket;
                stage.workshop.post(envelope::post(session, request), ticket)
            }
            ServerEvent::Commit(request) => {
                let ticket = request.ticket;
                stage.workshop.commit(envelope::commit(process.realm, session, request), ticket)
            }
            ServerEvent::Request { ticket, request } => {
                let account = stage.ledger.index_of(session.device);
                let account = account.and_then(|index| stage.ledger.accounts.get(&index).copied());
                match stage.workshop.request((session, account, process.realm), ticket, request) {
                    Some(made) => made,
                    None => return self.session.on_reply(ticket, unavailable()),
                }
            }
            ServerEvent::Whisper { conversation, payload } => {
                return process.whisper(session.device, conversation, &payload);
            }
            ServerEvent::Hello(_)
            | ServerEvent::Closed(_)
            | ServerEvent::Ephemeral { .. }
            | ServerEvent::Register { .. }
            | ServerEvent::RegisterMethod { .. }
            | ServerEvent::RegisterCode { .. }
            | ServerEvent::RegisterDevice { .. } => return,
        };
        self.pending.push(process.submit(made, stage));
    }

    /// An acknowledgement that waits for no NACK.
    fn may_go(&mut self, request: AckRequest, stage: &Stage) -> Option<AckRequest> {
        match &mut self.standing {
            Standing::Member(_, _, acks) if stage.bug() != Some(Bug::AckOvertakesNack) => {
                acks.on_ack(request)
            }
            Standing::Member(..)
            | Standing::Stranger
            | Standing::Greeting
            | Standing::Reading(..)
            | Standing::Leaving(_) => Some(request),
        }
    }

    /// Takes what others left.
    pub(super) fn take_tray(&mut self, line: LineId, process: &mut Process, stage: &mut Stage) {
        let mut nobody = None;
        let pump = match &mut self.standing {
            Standing::Member(_, pump, _) => Some(pump),
            Standing::Reading(resumed, _) if stage.bug() == Some(Bug::TrayEmptiedEarly) => {
                let pump = Pump::new(resumed.session.device, 0, resumed.mailbox_last, PAGE);
                Some(nobody.insert(pump))
            }
            Standing::Stranger | Standing::Greeting | Standing::Reading(..) | Standing::Leaving(_) => None,
        };
        let Taken { end, whispers, .. } = process.router.take(line, pump);
        for (conversation, payload) in whispers {
            self.session.push_whisper(conversation, &payload);
        }
        match end {
            Some(End::TakenOver) => self.session.close(ErrorCode::TakenOver),
            Some(End::Abandoned) => self.session.close(ErrorCode::Internal),
            Some(End::DeviceGone) => self.session.close(ErrorCode::DeviceGone),
            None => {}
        }
        self.take_events(line, process, stage);
    }

    /// Brings the mailbox to the session, as far as its credit goes.
    pub(super) fn pump(&mut self, line: LineId, process: &Process, stage: &mut Stage) {
        let Standing::Member(session, pump, _) = &mut self.standing else { return };
        let index = stage.ledger.index_of(session.device);
        if let Some(last) = pump.mailbox_last() {
            self.session.on_mailbox_last(last);
        }
        loop {
            while let Some(Moved { item, pushed }) = pump.push(&mut self.session) {
                if let (Some(index), Some(Pushed::Queued)) = (index, pushed) {
                    stage.trace.say(stage.now_ms, format_args!("{line:?} offers {}", item.mailbox_seq()));
                    on_offered(index, &item, stage);
                }
            }
            let Some(request) = pump.wants_page(self.session.delivery_budget()) else { return };
            let page = process.read(&request, stage);
            let is_read = page.is_some();
            pump.on_page(page);
            if !is_read {
                return;
            }
        }
    }
}

/// The store did not answer a request.
pub(super) fn unavailable() -> Reply {
    match ErrorCode::Unavailable.frame_code() {
        Some(code) => Reply::Failed { code, retry_after_ms: Some(translate::RETRY_AFTER_MS) },
        None => Reply::Rate { retry_after_ms: translate::RETRY_AFTER_MS },
    }
}
