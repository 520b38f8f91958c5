//! What a session asks of the store, and what came of it. Many are under way at once; the store keeps their order.

use core::time::Duration;
use std::sync::{Arc, OnceLock};

use pinnace_edge::{PAGE, translate};
use pinnace_fault as fault;
use pinnace_home::{
    self as home, ConfirmDone, ConfirmRequest, ConversationId, DeviceId, HelloDone, HelloRequest, Session,
};
use pinnace_home::{AckDone, AckRequest, NackDone, NackRequest, Page, ReadRequest, SendDone, VoidRequest};
use pinnace_session::Acked;
use pinnace_session::server::{self, Request, RequestTicket, ServerEvent, Ticket};
use pinnace_store::{Store, StoreError};
use pinnace_wire::ErrorCode;

use super::registration::{Applicant, Registration, Step};
use super::request::{self, Asker, Outcome};
use crate::clock;
use crate::router::{Attachment, Waiting};
use crate::shared::Shared;
use crate::slot::Slot;

/// One thing to do.
pub(super) enum Operation {
    /// Store a HELLO, take the session's place in the router, read the mailbox.
    Hello(DeviceId, HelloRequest),
    /// The client lives.
    Confirm(Session, Acked),
    /// A message.
    Send(Ticket, home::SendRequest),
    /// A message to a conversation.
    Post(Ticket, home::PostRequest),
    /// A commit of a conversation.
    Commit(Ticket, home::CommitRequest),
    /// Something fleeting for the devices of a conversation.
    Whisper(DeviceId, ConversationId, Vec<u8>),
    /// A number without a message.
    Void(Ticket, VoidRequest),
    /// Items that the device has.
    Ack(Session, Acked),
    /// An item that the device does not take.
    Nack(NackRequest),
    /// The next page of the mailbox.
    Read(ReadRequest),
    /// What the device asks for.
    Request(RequestTicket, Asker, Request),
    /// A step of a registration.
    Register(Registration, Applicant, ServerEvent),
}

/// What came of it.
pub(super) enum Done {
    /// A HELLO.
    Hello(Result<Greeted, StoreError>),
    /// Nothing is to be told.
    Nothing,
    /// A NACK is stored: nothing is to be told, and what was acknowledged after it may be stored.
    Nacked,
    /// The session has to end.
    End(ErrorCode),
    /// Nothing was done: a newer session of the device is in the store (SES-016).
    Fenced,
    /// The answer to a SEND or VOID, or why the session has to end.
    Answer(Ticket, Result<server::Answer, ErrorCode>),
    /// A page; `None` when it could not be read.
    Page(Option<Page>),
    /// What came of a request.
    Request(RequestTicket, Outcome),
    /// A step of a registration.
    Register(Box<Step>),
}

/// What a HELLO led to.
pub(super) enum Greeted {
    /// A session of a registered device.
    Registered(Box<Resumption>),
    /// A device that is not registered, and its place among those that wait.
    Unregistered(Waiting),
    /// Anything else.
    Other(HelloDone),
}

/// The begin of a session of a registered device.
pub(super) struct Resumption {
    pub(super) resumed: home::Resumed,
    pub(super) attachment: Attachment,
    pub(super) page: Option<Page>,
}

impl Operation {
    /// Does it.
    pub(super) async fn perform<S: Store>(self, shared: Arc<Shared<S>>, slot: Arc<Slot>) -> Done {
        match self {
            Self::Hello(device, request) => {
                // A task of its own, which a lost connection does not stop: a HELLO that was stored fences an older session
                // off, and the router has to learn that.
                let done = tokio::spawn(hello(shared, slot, device, request));
                Done::Hello(done.await.unwrap_or(Err(StoreError::Closed)))
            }
            Self::Confirm(session, acked) => {
                let (cursor, ranges) = (acked.cursor, translate::ranges(&acked));
                confirmed(&shared, shared.store.confirm(ConfirmRequest { session, cursor, ranges }).await)
            }
            Self::Send(ticket, request) if fault::outcome::ACCEPTED_UNSTORED.is_on() => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    let _ = shared.store.send(request).await;
                });
                Done::Answer(ticket, Ok(server::Answer::Accepted))
            }
            Self::Send(ticket, request) => answered(&shared, ticket, shared.store.send(request).await),
            Self::Post(ticket, request) if fault::conversations::POST_UNSTORED.is_on() => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    let _ = shared.store.post(request).await;
                });
                Done::Answer(ticket, Ok(server::Answer::Accepted))
            }
            Self::Commit(ticket, request) if fault::conversations::COMMIT_UNSTORED.is_on() => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    let _ = shared.store.commit(request).await;
                });
                Done::Answer(ticket, Ok(server::Answer::Accepted))
            }
            Self::Post(ticket, request) => answered(&shared, ticket, shared.store.post(request).await),
            Self::Commit(ticket, request) => answered(&shared, ticket, shared.store.commit(request).await),
            Self::Whisper(sender, conversation, payload) => {
                match shared.store.roster(conversation, sender).await {
                    Ok(devices) => shared.router.whisper(&devices, conversation, &payload),
                    Err(error) => shared.store_failed(&error),
                }
                Done::Nothing
            }
            Self::Void(ticket, request) => answered(&shared, ticket, shared.store.void(request).await),
            Self::Ack(session, acked) => {
                let request = AckRequest { session, cursor: acked.cursor, ranges: translate::ranges(&acked) };
                let ask = || shared.store.ack(request.clone());
                acknowledged(&shared, patiently(|error| shared.store_failed(error), ask).await)
            }
            Self::Nack(request) => {
                let ask = || shared.store.nack(request);
                refused(&shared, patiently(|error| shared.store_failed(error), ask).await)
            }
            Self::Read(request) => Done::Page(read(&shared, request).await),
            Self::Request(ticket, asker, asked) => {
                Done::Request(ticket, request::perform(&shared, asker, asked).await)
            }
            Self::Register(registration, applicant, event) => {
                match registration.step(&shared, applicant, event).await {
                    Some(step) => Done::Register(Box::new(step)),
                    None => Done::Nothing,
                }
            }
        }
    }
}

async fn hello<S: Store>(
    shared: Arc<Shared<S>>,
    slot: Arc<Slot>,
    device: DeviceId,
    request: HelloRequest,
) -> Result<Greeted, StoreError> {
    let greeting = shared.router.greet(device);
    let cursor = request.cursor;
    let resumed = match shared.store.hello(request).await? {
        HelloDone::Registered(resumed) => resumed,
        HelloDone::Unregistered { .. } => return Ok(Greeted::Unregistered(greeting.wait(slot))),
        other @ (HelloDone::Stale { .. } | HelloDone::CursorInvalid { .. }) => {
            return Ok(Greeted::Other(other));
        }
    };
    // First the place, then the page, also of a mailbox that was empty a moment ago: what is filed from HELLO on is in the
    // page or in the tray, whatever it overtakes.
    let attachment = greeting.attach(resumed.session.epoch, slot);
    let page = match shared.store.read(PAGE.read(device, resumed.cursor.max(cursor))).await {
        Ok(page) => Some(remembered(page)),
        Err(error) => {
            shared.store_failed(&error);
            None
        }
    };
    Ok(Greeted::Registered(Box::new(Resumption { resumed, attachment, page })))
}

fn confirmed<S: Store>(shared: &Shared<S>, done: Result<ConfirmDone, StoreError>) -> Done {
    match done {
        Ok(ConfirmDone::Confirmed { offer_count, .. }) => {
            if offer_count > 1 {
                shared.metrics.redeliveries.inc();
            }
            Done::Nothing
        }
        Ok(ConfirmDone::Fenced) => Done::Fenced,
        Ok(ConfirmDone::AckInvalid) => Done::End(ErrorCode::AckInvalid),
        Ok(ConfirmDone::Gone) => Done::End(ErrorCode::DeviceGone),
        Err(error) => {
            shared.store_failed(&error);
            Done::End(ErrorCode::Internal)
        }
    }
}

fn answered<S: Store>(shared: &Shared<S>, ticket: Ticket, done: Result<SendDone, StoreError>) -> Done {
    match done {
        Ok(done) => Done::Answer(ticket, translate::answer(done).ok_or(ErrorCode::DeviceGone)),
        Err(error) => {
            shared.store_failed(&error);
            Done::Answer(ticket, Ok(translate::unavailable()))
        }
    }
}

fn acknowledged<S: Store>(shared: &Shared<S>, done: Result<AckDone, StoreError>) -> Done {
    match done {
        Ok(AckDone::Moved { .. }) => Done::Nothing,
        Ok(AckDone::Fenced) => Done::Fenced,
        Ok(AckDone::AckInvalid) => Done::End(ErrorCode::AckInvalid),
        Ok(AckDone::Gone) => Done::End(ErrorCode::DeviceGone),
        Err(error) => {
            shared.store_failed(&error);
            Done::Nothing
        }
    }
}

/// Asks until the store answers. A device says only once in a session what it has and what it does not take: nobody else
/// would say it again before the next session, however long this one lasts.
async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(
    failed: impl Fn(&StoreError),
    mut ask: impl FnMut() -> F,
) -> Result<T, StoreError> {
    loop {
        match ask().await {
            Err(error @ (StoreError::Unavailable | StoreError::Busy)) => failed(&error),
            done @ (Ok(_) | Err(StoreError::Corrupt(_) | StoreError::Closed)) => return done,
        }
        tokio::time::sleep(Duration::from_millis(translate::RETRY_AFTER_MS)).await;
    }
}

fn refused<S: Store>(shared: &Shared<S>, done: Result<NackDone, StoreError>) -> Done {
    match done {
        Ok(NackDone::Ended | NackDone::Left) => Done::Nacked,
        Ok(NackDone::Fenced) => Done::Fenced,
        Ok(NackDone::AckInvalid) => Done::End(ErrorCode::AckInvalid),
        Ok(NackDone::Gone) => Done::End(ErrorCode::DeviceGone),
        Err(error) => {
            shared.store_failed(&error);
            Done::End(ErrorCode::Internal)
        }
    }
}

async fn read<S: Store>(shared: &Shared<S>, request: ReadRequest) -> Option<Page> {
    match shared.store.read(request).await {
        Ok(page) => Some(remembered(page)),
        Err(error) => {
            shared.store_failed(&error);
            // The session asks again as soon as this returns.
            tokio::time::sleep(Duration::from_millis(translate::RETRY_AFTER_MS)).await;
            None
        }
    }
}

/// A page without what a planted fault forgets: what an earlier run of the server accepted.
fn remembered(mut page: Page) -> Page {
    static STARTED_MS: OnceLock<u64> = OnceLock::new();
    if fault::delivery::RESTART_FORGETS.is_on() {
        let started_ms = *STARTED_MS.get_or_init(clock::unix_ms);
        page.items
            .retain(|item| !matches!(item, home::Item::Message(message) if message.accepted_ms < started_ms));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn store_is_asked_until_it_answers() {
        let answers = [Err(StoreError::Unavailable), Err(StoreError::Busy), Ok(7), Err(StoreError::Closed)];
        let mut script = answers.into_iter();
        let failed = core::cell::Cell::new(0);
        let done = patiently(
            |_| failed.set(failed.get() + 1),
            || core::future::ready(script.next().unwrap_or(Err(StoreError::Closed))),
        );
        assert_eq!((done.await, failed.get()), (Ok(7), 2));
        let closed = patiently(|_| {}, || core::future::ready(Err::<u8, _>(StoreError::Closed)));
        assert_eq!(closed.await, Err(StoreError::Closed));
    }
}
