//! What a session asks of the store, as jobs of its writer: the real operations, and the mistakes that may be planted
//! around them.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use futures_channel::oneshot::Receiver;
use pinnace_home::{
    self as home, AckDone, AckRequest, ClientSeq, ConfirmDone, ConfirmRequest, DeviceId, Fault, HelloCounter,
    HelloDone, HelloRequest, Item, MailboxMark, NackDone, NackRequest, Outcome, ReadRequest, Rows, Rules,
    SendDone, SendRequest, Session, SessionEpoch, Step, View, VoidRequest,
};
use pinnace_session::server::{Reply, RequestTicket, Ticket};
use pinnace_store::{Job, Overlay, Scene, StoreError, Task};

use crate::bug::Bug;
use crate::engine::SimEngine;
use crate::files::FileFault;

/// A job of the writer.
pub(crate) type SimJob = Box<dyn Job<SimEngine>>;

/// A year, in milliseconds.
const YEAR_MS: u64 = 31_536_000_000;

/// How operations are made.
#[derive(Clone, Debug)]
pub(crate) struct Workshop {
    pub(crate) bug: Option<Bug>,
    /// Counts the operations in the order in which they ran.
    ran: Arc<AtomicU64>,
}

/// A result, and where in the order of operations it was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ran<T> {
    pub(crate) order: u64,
    pub(crate) done: T,
}

pub(crate) type Answer<T> = Receiver<Result<Ran<T>, StoreError>>;

/// What an operation came to.
pub(crate) enum Done {
    Hello(HelloRequest, Ran<HelloDone>),
    /// With the head of the mailbox, as the confirmation counted it.
    Confirm(Session, Ran<(ConfirmDone, Option<u64>)>),
    Answer(Session, Ticket, Ran<SendDone>),
    Ack(Session, Ran<AckDone>),
    Nack(Session, Ran<NackDone>),
    /// `None`: a newer session took over.
    Reply(Session, RequestTicket, Ran<Option<Reply>>),
}

/// An operation whose answer is awaited.
pub(crate) enum Pending {
    Hello(HelloRequest, Answer<HelloDone>),
    Confirm(Session, Answer<(ConfirmDone, Option<u64>)>),
    Answer(Session, Ticket, Answer<SendDone>),
    Ack(AckRequest, Answer<AckDone>),
    Nack(NackRequest, Answer<NackDone>),
    Reply(Session, RequestTicket, Answer<Option<Reply>>),
}

/// Why an operation has no result.
pub(crate) enum Unknown {
    Hello(DeviceId),
    Confirm,
    Answer(Ticket),
    Ack(AckRequest),
    Nack(NackRequest),
    Reply(RequestTicket),
}

impl Pending {
    /// The result, once it is there.
    pub(crate) fn poll(&mut self) -> Option<Result<Done, Unknown>> {
        match self {
            Self::Hello(request, receiver) => {
                let request = *request;
                heard(receiver).map(|done| {
                    done.map(|done| Done::Hello(request, done))
                        .ok_or_else(|| Unknown::Hello(home::device_id(&request.static_key)))
                })
            }
            Self::Confirm(session, receiver) => {
                let session = *session;
                heard(receiver)
                    .map(|done| done.map(|done| Done::Confirm(session, done)).ok_or(Unknown::Confirm))
            }
            Self::Answer(session, ticket, receiver) => {
                let (session, ticket) = (*session, *ticket);
                let known = |done| Done::Answer(session, ticket, done);
                heard(receiver).map(|done| done.map(known).ok_or(Unknown::Answer(ticket)))
            }
            Self::Ack(request, receiver) => {
                let session = request.session;
                let unknown = || Unknown::Ack(request.clone());
                heard(receiver).map(|done| done.map(|done| Done::Ack(session, done)).ok_or_else(unknown))
            }
            Self::Reply(session, ticket, receiver) => {
                let (session, ticket) = (*session, *ticket);
                let known = |done| Done::Reply(session, ticket, done);
                heard(receiver).map(|done| done.map(known).ok_or(Unknown::Reply(ticket)))
            }
            Self::Nack(request, receiver) => {
                let request = *request;
                let known = |done| Done::Nack(request.session, done);
                heard(receiver).map(|done| done.map(known).ok_or(Unknown::Nack(request)))
            }
        }
    }
}

fn heard<T>(receiver: &mut Answer<T>) -> Option<Option<Ran<T>>> {
    match receiver.try_recv() {
        Ok(None) => None,
        Ok(Some(Ok(done))) => Some(Some(done)),
        Ok(Some(Err(_))) | Err(_) => Some(None),
    }
}

impl Workshop {
    pub(crate) fn new(bug: Option<Bug>) -> Self {
        Self { bug, ran: Arc::default() }
    }

    pub(crate) fn job<T, F>(&self, mut operation: F) -> (SimJob, Answer<T>)
    where
        T: Send + 'static,
        F: FnMut(&mut Overlay<'_, SimEngine>, &Scene<'_>) -> Result<Step<T>, Fault<FileFault>>
            + Send
            + 'static,
    {
        let ran = Arc::clone(&self.ran);
        let (task, receiver) = Task::new(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            let Step { answer, events } = operation(view, scene)?;
            let order = ran.fetch_add(1, Ordering::Relaxed);
            Ok(Step { answer: Ran { order, done: answer }, events })
        });
        (Box::new(task), receiver)
    }

    pub(crate) fn hello(&self, request: HelloRequest) -> (SimJob, Pending) {
        let bug = self.bug;
        let (job, receiver) = self.job(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            let (rules, now_ms) = (scene.rules, scene.now_ms);
            let step = home::hello(view, rules, now_ms, &request)?;
            match (bug, &step.answer) {
                (Some(Bug::ReplayTaken), HelloDone::Stale { stored }) => {
                    let above = HelloCounter::new(stored.value().saturating_add(1)).unwrap_or(*stored);
                    home::hello(view, rules, now_ms, &HelloRequest { hello_counter: above, ..request })
                }
                (Some(Bug::CursorMovedByHello), HelloDone::Registered(resumed)) => {
                    let cursor = above(request.cursor).min(resumed.mailbox_last);
                    let mut early = ConfirmRequest { session: resumed.session, cursor, ranges: Vec::new() };
                    let moved = home::confirm(view, now_ms, &mut early)?;
                    let mut step = step;
                    step.events.extend(moved.events);
                    Ok(step)
                }
                (_, _) => Ok(step),
            }
        });
        (job, Pending::Hello(request, receiver))
    }

    pub(crate) fn confirm(&self, mut request: ConfirmRequest) -> (SimJob, Pending) {
        let session = request.session;
        let bug = self.bug;
        let (job, receiver) = self.job(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            let mut step = home::confirm(view, scene.now_ms, &mut request)?;
            if bug == Some(Bug::TakeoverWithoutFence) && step.answer == ConfirmDone::Fenced {
                let mut newest = ConfirmRequest { session: newest(view, session)?, ..request.clone() };
                step = home::confirm(view, scene.now_ms, &mut newest)?;
            }
            let Step { answer, events } = step;
            Ok(Step { answer: (answer, head(view, scene.now_ms, session)?), events })
        });
        (job, Pending::Confirm(session, receiver))
    }

    pub(crate) fn send(&self, request: SendRequest, ticket: Ticket) -> (SimJob, Pending) {
        let session = request.session;
        let bug = self.bug;
        let (job, receiver) = self.job(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            let (rules, now_ms) = (scene.rules, scene.now_ms);
            let before = match bug {
                Some(Bug::NoDedup) => next_number(view, rules, (now_ms, &request))?,
                Some(_) | None => None,
            };
            let step = home::send(view, rules, now_ms, &request)?;
            match (bug, step.answer) {
                (Some(Bug::NoDedup), SendDone::Outcome(Outcome::Accepted))
                    if before.is_some_and(|next| request.client_seq < next) =>
                {
                    let client_seq = before.unwrap_or(request.client_seq);
                    let mut again =
                        home::send(view, rules, now_ms, &SendRequest { client_seq, ..request.clone() })?;
                    again.answer = step.answer;
                    Ok(again)
                }
                (Some(Bug::TakeoverWithoutFence), SendDone::Fenced) => {
                    let session = newest(view, session)?;
                    home::send(view, rules, now_ms, &SendRequest { session, ..request.clone() })
                }
                (_, _) => Ok(step),
            }
        });
        (job, Pending::Answer(session, ticket, receiver))
    }

    pub(crate) fn void(&self, request: VoidRequest, ticket: Ticket) -> (SimJob, Pending) {
        let session = request.session;
        let bug = self.bug;
        let (job, receiver) = self.job(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            let step = home::void(view, scene.rules, request)?;
            if bug == Some(Bug::TakeoverWithoutFence) && step.answer == SendDone::Fenced {
                let session = newest(view, session)?;
                return home::void(view, scene.rules, VoidRequest { session, ..request });
            }
            Ok(step)
        });
        (job, Pending::Answer(session, ticket, receiver))
    }

    pub(crate) fn ack(&self, mut request: AckRequest) -> (SimJob, Pending) {
        let (session, asked) = (request.session, request.clone());
        let bug = self.bug;
        let (job, receiver) = self.job(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            if bug == Some(Bug::AckTakesOneMore) {
                let mut more = AckRequest { cursor: above(request.cursor), ..request.clone() };
                let step = home::ack(view, scene.now_ms, &mut more)?;
                if step.answer != AckDone::AckInvalid {
                    request.ranges = more.ranges;
                    return Ok(step);
                }
            }
            let step = home::ack(view, scene.now_ms, &mut request)?;
            if bug == Some(Bug::TakeoverWithoutFence) && step.answer == AckDone::Fenced {
                let mut newest = AckRequest { session: newest(view, session)?, ..request.clone() };
                return home::ack(view, scene.now_ms, &mut newest);
            }
            Ok(step)
        });
        (job, Pending::Ack(asked, receiver))
    }

    pub(crate) fn nack(&self, request: NackRequest) -> (SimJob, Pending) {
        let bug = self.bug;
        let (job, receiver) = self.job(move |view: &mut Overlay<'_, SimEngine>, scene: &Scene<'_>| {
            if bug == Some(Bug::NackDropped) {
                return Ok(Step { answer: NackDone::Left, events: Vec::new() });
            }
            home::nack(view, scene.now_ms, request)
        });
        (job, Pending::Nack(request, receiver))
    }
}

fn above(mark: MailboxMark) -> MailboxMark {
    MailboxMark::new(mark.value().saturating_add(1)).unwrap_or(mark)
}

/// The time that the rules are told.
pub(crate) const fn rules_ms(now_ms: u64, bug: Option<Bug>) -> u64 {
    match bug {
        Some(Bug::ClockExpiresEverything) => now_ms.saturating_add(YEAR_MS),
        Some(_) | None => now_ms,
    }
}

/// The session that the fence lets through: found by trying.
fn newest<V: View>(view: &mut V, session: Session) -> Result<Session, Fault<V::Error>> {
    for epoch in session.epoch.value()..session.epoch.value().saturating_add(64) {
        let Some(epoch) = SessionEpoch::new(epoch) else { break };
        let newer = Session { epoch, ..session };
        let mut nothing = AckRequest { session: newer, cursor: MailboxMark::NOTHING, ranges: Vec::new() };
        if home::ack(view, 0, &mut nothing)?.answer != AckDone::Fenced {
            return Ok(newer);
        }
    }
    Ok(session)
}

/// The number that the sender's next message takes: what a number far ahead is told.
fn next_number<V: View>(
    view: &mut V,
    rules: &Rules,
    (now_ms, request): (u64, &SendRequest),
) -> Result<Option<ClientSeq>, Fault<<V as Rows>::Error>> {
    let Some(client_seq) = ClientSeq::new(ClientSeq::MAX) else { return Ok(None) };
    let far = SendRequest { client_seq, payload: Vec::new(), ..request.clone() };
    match home::send(view, rules, now_ms, &far)?.answer {
        SendDone::Gap { expected } => Ok(Some(expected)),
        SendDone::Outcome(_)
        | SendDone::Conflict
        | SendDone::Forgotten
        | SendDone::Rate { .. }
        | SendDone::Fenced
        | SendDone::Gone => Ok(None),
    }
}

/// The lowest item of the mailbox that is still held.
fn head<V: Rows>(view: &V, now_ms: u64, session: Session) -> Result<Option<u64>, Fault<V::Error>> {
    let request = ReadRequest {
        device: session.device,
        after: MailboxMark::NOTHING,
        items_max: HEAD_ITEMS_MAX,
        bytes_max: usize::MAX,
    };
    let page = home::read(view, now_ms, &request)?;
    let held = page.items.iter().find(|item| !matches!(item, Item::Gap(_)));
    Ok(held.map(|item| item.mailbox_seq().value()))
}

/// Items that are looked through for the head.
const HEAD_ITEMS_MAX: usize = 64;
