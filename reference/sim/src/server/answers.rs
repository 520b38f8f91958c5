//! What the store answered, for one connection.

use pinnace_edge::{Acks, Pump, translate};
use pinnace_home::{self as home, AckDone, ConfirmDone, HelloDone, HelloRequest, NackDone};
use pinnace_session::server::{Answer, HelloAnswer};
use pinnace_wire::{ErrorCode, UnixMs};

use super::connection::{Connection, PAGE, Standing, Untaken, unavailable};
use super::judging::{judge, on_offer, on_opened};
use super::process::Process;
use crate::line::LineId;
use crate::operation::{Done, Ran, Unknown};
use crate::stage::{Event, Stage};

impl Connection {
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
            Unknown::Reply(ticket) => self.session.on_reply(*ticket, unavailable()),
            Unknown::Ack(request) => {
                self.try_again(Untaken::Ack(request.clone()), line, stage);
            }
            Unknown::Nack(request) => self.try_again(Untaken::Nack(*request), line, stage),
        }
    }

    fn try_again(&mut self, untaken: Untaken, line: LineId, stage: &mut Stage) {
        self.unacked.push(untaken);
        stage.later(translate::RETRY_AFTER_MS, Event::AckAgain(line));
    }

    fn on_nacked(&mut self, process: &mut Process, stage: &mut Stage) {
        let Standing::Member(_, _, acks) = &mut self.standing else { return };
        for request in acks.on_nacked() {
            let made = stage.workshop.ack(request);
            self.pending.push(process.submit(made, stage));
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
            Done::Reply(session, ticket, ran) => match ran.done {
                Some(reply) => {
                    judge(session, ran.order, stage);
                    self.session.on_reply(ticket, reply);
                }
                None => process.router.fenced(session.device, session.epoch),
            },
            Done::Nack(session, ran) => match ran.done {
                NackDone::Ended | NackDone::Left => {
                    judge(session, ran.order, stage);
                    self.on_nacked(process, stage);
                }
                NackDone::Fenced => process.router.fenced(session.device, session.epoch),
                NackDone::AckInvalid => self.session.close(ErrorCode::AckInvalid),
                NackDone::Gone => self.session.close(ErrorCode::DeviceGone),
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
            self.standing = Standing::Member(resumed.session, pump, Acks::default());
        }
    }

    fn answer_hello(&mut self, answer: &HelloAnswer, process: &Process, stage: &mut Stage) {
        if let Some(time_ms) = UnixMs::new(stage.server_unix_ms()) {
            self.session.on_hello(answer, time_ms, process.now(stage));
        }
    }
}
