//! One connection of the server: a session, what it asks of the store, and its mailbox.

use std::sync::Arc;

use pinnace_edge::{End, Moved, PageMax, Pump, translate};
use pinnace_home::{
    self as home, AckDone, AckRequest, ConfirmDone, ConfirmRequest, DeviceId, HelloDone, HelloRequest, Page,
    Resumed, Session, VoidRequest,
};
use pinnace_session::server::{Answer, HelloAnswer, Pushed, ServerConfig, ServerEvent};
use pinnace_session::{Now, Seed, ServerSession};
use pinnace_wire::{ErrorCode, UnixMs};

use super::judging::{judge, on_offer, on_offered, on_opened};
use super::process::Process;
use crate::bug::Bug;
use crate::line::{LineId, Way};
use crate::operation::{Done, Pending, Ran, Unknown};
use crate::stage::{Event, Stage};

/// Small pages, so that short mailboxes take several.
const PAGE: PageMax = PageMax { items: 8, len: 64 * 1_024 };

/// One connection.
pub(super) struct Connection {
    pub(super) session: ServerSession,
    pub(super) pending: Vec<Pending>,
    /// What the store could not take yet.
    pub(super) unacked: Vec<AckRequest>,
    pub(super) life: Life,
    /// The time for which it was armed.
    pub(super) alarm: Option<Now>,
    standing: Standing,
}

/// Whether the peer can still be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    Connected,
    /// The session is over; the store may still have something to say.
    HungUp,
}

/// Whom the session is with.
enum Standing {
    Stranger,
    Greeting,
    /// The router knows it; its first page was read, and is on its way.
    Reading(Box<Resumed>, Option<Page>),
    Member(Session, Pump),
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
            Standing::Member(session, _) => Some(session.device),
            Standing::Reading(resumed, _) => Some(resumed.session.device),
            Standing::Leaving(device) => Some(*device),
            Standing::Stranger | Standing::Greeting => None,
        }
    }

    pub(super) fn ready_len(&self) -> usize {
        match &self.standing {
            Standing::Member(_, pump) => pump.ready_len(),
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
            | ServerEvent::Nack { .. } => {
                if let Standing::Member(session, _) = &self.standing {
                    let session = *session;
                    self.on_member_event(session, event, process, stage);
                }
            }
            // Every device of the cast is registered, and nobody asks for more.
            ServerEvent::Ephemeral { .. }
            | ServerEvent::DevicesQuery { .. }
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
                stage.workshop.ack(AckRequest { session, cursor: acked.cursor, ranges })
            }
            ServerEvent::Nack { .. }
            | ServerEvent::Hello(_)
            | ServerEvent::Closed(_)
            | ServerEvent::Ephemeral { .. }
            | ServerEvent::DevicesQuery { .. }
            | ServerEvent::Register { .. }
            | ServerEvent::RegisterMethod { .. }
            | ServerEvent::RegisterCode { .. }
            | ServerEvent::RegisterDevice { .. } => return,
        };
        self.pending.push(process.submit(made, stage));
    }

    /// Takes the answers of the store that are there.
    pub(super) fn collect(&mut self, line: LineId, process: &mut Process, stage: &mut Stage) {
        let pending = core::mem::take(&mut self.pending);
        for mut pending in pending {
            match pending.poll() {
                None => self.pending.push(pending),
                Some(Ok(done)) => self.on_done(done, line, process, stage),
                Some(Err(unknown)) => self.on_unknown(&unknown, line, process, stage),
            }
            self.take_events(line, process, stage);
        }
    }

    fn on_unknown(&mut self, unknown: &Unknown, line: LineId, process: &mut Process, stage: &mut Stage) {
        match unknown {
            Unknown::Hello(device) => {
                process.router.greeted(*device, None);
                let answer = HelloAnswer::Unavailable { retry_after_ms: translate::RETRY_AFTER_MS };
                self.answer_hello(&answer, process, stage);
            }
            Unknown::Confirm => self.session.close(ErrorCode::Internal),
            Unknown::Answer(ticket) => {
                self.session.on_answer(*ticket, translate::unavailable());
            }
            Unknown::Ack(request) => {
                self.unacked.push(request.clone());
                stage.later(translate::RETRY_AFTER_MS, Event::AckAgain(line));
            }
        }
    }

    fn on_done(&mut self, done: Done, line: LineId, process: &mut Process, stage: &mut Stage) {
        match done {
            Done::Hello(request, ran) => self.on_greeted(request, ran, (line, process), stage),
            Done::Confirm(session, ran) => {
                let (done, head) = ran.done;
                match done {
                    ConfirmDone::Confirmed { cursor, .. } => {
                        judge(session, ran.order, stage);
                        let index = stage.ledger.index_of(session.device);
                        if let Some(index) = index {
                            stage.ledger.on_cursor(index, cursor.value());
                            on_offer(index, head, stage);
                        }
                    }
                    ConfirmDone::Fenced => process.router.fenced(session.device, session.epoch),
                    ConfirmDone::AckInvalid => self.session.close(ErrorCode::AckInvalid),
                    ConfirmDone::Gone => self.session.close(ErrorCode::DeviceGone),
                }
            }
            Done::Answer(session, ticket, ran) => match translate::answer(ran.done) {
                Some(answer) => {
                    if answer == Answer::Fenced {
                        process.router.fenced(session.device, session.epoch);
                    } else {
                        judge(session, ran.order, stage);
                    }
                    stage.trace.say(stage.now_ms, format_args!("{line:?} {ticket:?} {answer:?}"));
                    self.session.on_answer(ticket, answer);
                }
                None => self.session.close(ErrorCode::DeviceGone),
            },
            Done::Ack(session, ran) => match ran.done {
                AckDone::Moved { cursor } => {
                    judge(session, ran.order, stage);
                    if let Some(index) = stage.ledger.index_of(session.device) {
                        stage.ledger.on_cursor(index, cursor.value());
                    }
                }
                AckDone::Fenced => process.router.fenced(session.device, session.epoch),
                AckDone::AckInvalid => self.session.close(ErrorCode::AckInvalid),
                AckDone::Gone => self.session.close(ErrorCode::DeviceGone),
            },
        }
    }

    fn on_greeted(
        &mut self,
        request: HelloRequest,
        ran: Ran<HelloDone>,
        (line, process): (LineId, &mut Process),
        stage: &mut Stage,
    ) {
        let device = home::device_id(&request.static_key);
        stage.trace.say(stage.now_ms, format_args!("{line:?} {:?}", ran.done));
        let resumed = match ran.done {
            HelloDone::Registered(resumed) => resumed,
            other @ (HelloDone::Unregistered { .. }
            | HelloDone::Stale { .. }
            | HelloDone::CursorInvalid { .. }) => {
                process.router.greeted(device, None);
                return match translate::other(&other) {
                    Some(answer) => self.answer_hello(&answer, process, stage),
                    None => self.session.close(ErrorCode::AckInvalid),
                };
            }
        };
        on_opened(&request, &resumed, ran.order, stage);
        let is_wanted = matches!(self.standing, Standing::Greeting);
        process.router.greeted(device, Some((resumed.session.epoch, line)));
        if !is_wanted {
            return process.router.leave(device, line);
        }
        let page = process.read(&PAGE.read(device, resumed.cursor.max(request.cursor)), stage);
        self.standing = Standing::Reading(Box::new(resumed), page);
        // What is filed meanwhile is not in it.
        let wait_ms = stage.dice.between(0, stage.plan.delay_ms_max);
        stage.later(wait_ms, Event::PageRead(line));
    }

    /// The first page is here.
    pub(super) fn on_page_read(&mut self, process: &mut Process, stage: &mut Stage) {
        if !matches!(self.standing, Standing::Reading(..)) {
            return;
        }
        let Standing::Reading(resumed, page) = core::mem::replace(&mut self.standing, Standing::Stranger)
        else {
            return;
        };
        let device = resumed.session.device;
        self.standing = Standing::Leaving(device);
        self.answer_hello(&HelloAnswer::Registered(translate::resumed(&resumed)), process, stage);
        if let Some(next) = self.session.deliver_from() {
            let mut pump = Pump::new(device, next.value(), resumed.mailbox_last, PAGE);
            pump.on_page(page);
            self.standing = Standing::Member(resumed.session, pump);
        }
    }

    fn answer_hello(&mut self, answer: &HelloAnswer, process: &Process, stage: &mut Stage) {
        if let Some(time_ms) = UnixMs::new(stage.server_unix_ms()) {
            self.session.on_hello(answer, time_ms, process.now(stage));
        }
    }

    /// Takes what others left.
    pub(super) fn take_tray(&mut self, line: LineId, process: &mut Process, stage: &mut Stage) {
        let mut nobody = None;
        let pump = match &mut self.standing {
            Standing::Member(_, pump) => Some(pump),
            Standing::Reading(resumed, _) if stage.bug() == Some(Bug::TrayEmptiedEarly) => {
                let pump = Pump::new(resumed.session.device, 0, resumed.mailbox_last, PAGE);
                Some(nobody.insert(pump))
            }
            Standing::Stranger | Standing::Greeting | Standing::Reading(..) | Standing::Leaving(_) => None,
        };
        match process.router.take(line, pump).end {
            Some(End::TakenOver) => self.session.close(ErrorCode::TakenOver),
            Some(End::Abandoned) => self.session.close(ErrorCode::Internal),
            Some(End::DeviceGone) => self.session.close(ErrorCode::DeviceGone),
            None => {}
        }
        self.take_events(line, process, stage);
    }

    /// Brings the mailbox to the session, as far as its credit goes.
    pub(super) fn pump(&mut self, line: LineId, process: &Process, stage: &mut Stage) {
        let Standing::Member(session, pump) = &mut self.standing else { return };
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
