//! Between the words of session and those of home: the same facts, in the types of either side.

use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_home as home;
use pinnace_session::{self as session, server};
use pinnace_wire::{
    Class, Count, EntryLeft, Exception, FrameCode, GapReason, HasLastResort, OneTimeCount, ReceiptStatus,
    SeqRange,
};

/// When a client may try again what the store could not answer.
pub const RETRY_AFTER_MS: u64 = 500;

/// The rows of an acknowledgement.
#[must_use]
pub fn ranges(acked: &session::Acked) -> Vec<home::SeqRange> {
    let range = |range: &session::MailboxRange| home::SeqRange {
        first: range.first,
        count: range.last.value().saturating_sub(range.first.value()).saturating_add(1),
    };
    acked.above.iter().map(range).collect()
}

/// A message, as the store takes it, under the session's fence.
#[must_use]
pub fn send(fence: home::Session, request: server::SendRequest) -> home::SendRequest {
    home::SendRequest {
        session: fence,
        client_seq: request.client_seq,
        to: request.destination,
        class: request.class.map(Class::value),
        expires_in_s: request.expires_in_s.map(pinnace_wire::DurationS::value),
        receipts: match request.receipt {
            session::ReceiptWish::Wanted => home::Receipts::Wanted,
            session::ReceiptWish::Unwanted => home::Receipts::Unwanted,
        },
        payload: request.payload,
    }
}

/// What the store made of a SEND or VOID; `None` when the device is gone.
#[must_use]
pub fn answer(done: home::SendDone) -> Option<server::Answer> {
    Some(match done {
        home::SendDone::Outcome(home::Outcome::Accepted) => server::Answer::Accepted,
        home::SendDone::Outcome(home::Outcome::Voided) if fault::outcome::VOID_AS_ACCEPTED.is_on() => {
            server::Answer::Accepted
        }
        home::SendDone::Outcome(home::Outcome::Voided) => server::Answer::Voided,
        home::SendDone::Outcome(home::Outcome::Refused(refusal)) => {
            // Every refusal of home has a code of frame scope.
            FrameCode::new(told(refusal).code()).map_or(unavailable(), server::Answer::Refused)
        }
        home::SendDone::Conflict if fault::outcome::CONFLICT_CODE_WRONG.is_on() => {
            FrameCode::new(home::Refusal::UnknownClass.code()).map_or(unavailable(), server::Answer::Refused)
        }
        home::SendDone::Conflict => server::Answer::Conflict,
        home::SendDone::Forgotten if fault::outcome::FORGOTTEN_CODE_WRONG.is_on() => server::Answer::Conflict,
        home::SendDone::Forgotten => server::Answer::Forgotten,
        home::SendDone::Gap { expected } => server::Answer::Ahead { expected },
        home::SendDone::Rate { retry_after_ms } => server::Answer::Rate { retry_after_ms },
        home::SendDone::Fenced => server::Answer::Fenced,
        home::SendDone::Gone => return None,
    })
}

/// The answer where the store has none.
#[must_use]
pub const fn unavailable() -> server::Answer {
    server::Answer::Unavailable { retry_after_ms: RETRY_AFTER_MS }
}

/// What a HELLO's transaction yielded.
#[must_use]
pub fn resumed(resumed: &home::Resumed) -> server::HelloDone {
    let exceptions = resumed.exceptions.iter();
    server::HelloDone {
        session_epoch: resumed.session.epoch,
        handled: resumed.handled,
        exceptions: exceptions
            .map(|(client_seq, outcome)| Exception {
                client_seq: *client_seq,
                code: FrameCode::new(outcome.code()),
            })
            .collect(),
        cursor: resumed.cursor,
        mailbox_last: resumed.mailbox_last,
    }
}

/// The store's request for a HELLO.
#[must_use]
pub const fn hello(request: &server::HelloRequest) -> home::HelloRequest {
    home::HelloRequest {
        static_key: request.device_key.0,
        hello_counter: request.hello_counter,
        settled: request.settled,
        cursor: request.cursor,
    }
}

/// The session's answer for a HELLO of a device that has no session here, or `None` to close with ACK_INVALID.
#[must_use]
pub const fn other(done: &home::HelloDone) -> Option<server::HelloAnswer> {
    match done {
        home::HelloDone::Unregistered { .. } => Some(server::HelloAnswer::Unregistered),
        home::HelloDone::Stale { stored } => Some(server::HelloAnswer::Stale { stored: *stored }),
        home::HelloDone::CursorInvalid { .. } | home::HelloDone::Registered(_) => None,
    }
}

/// Hands an item of the mailbox to `push`. `None` if home filed what the protocol cannot say.
pub fn with_item<T>(item: &home::Item, push: impl FnOnce(server::Item<'_>) -> T) -> Option<T> {
    match item {
        home::Item::Message(message) => Some(push(server::Item::Message {
            mailbox_seq: message.mailbox_seq,
            source: message.from,
            class: message.class.and_then(Class::new).filter(|_| !fault::delivery::CLASS_UNTOLD.is_on()),
            payload: &message.payload,
        })),
        home::Item::Receipt(receipt) => {
            let run = |range: &home::ClientRange| {
                Count::new(range.count).map(|count| SeqRange { first: range.first, count })
            };
            let ranges: Vec<_> = receipt.ranges.iter().map(run).collect::<Option<_>>()?;
            Some(push(server::Item::Receipt {
                mailbox_seq: receipt.mailbox_seq,
                device: receipt.from,
                status: ReceiptStatus::new(receipt.status.value())?,
                ranges: &ranges,
            }))
        }
        home::Item::KeysLow(keys_low) => Some(push(server::Item::KeysLow {
            mailbox_seq: keys_low.mailbox_seq,
            suite: keys_low.suite,
            one_time_count: OneTimeCount::new(keys_low.one_time_count)?,
        })),
        home::Item::Entry(entry) => Some(push(server::Item::Entry {
            mailbox_seq: entry.mailbox_seq,
            conversation: entry.conversation,
            conversation_seq: entry.conversation_seq,
            kind: entry.kind,
            payload: &entry.payload,
            class: entry.class.and_then(Class::new),
            left: EntryLeft::new(entry.left),
            client_seq: entry.client_seq,
        })),
        home::Item::Gap(gap) => Some(push(server::Item::Gap {
            mailbox_seq: gap.mailbox_seq,
            count: Count::new(gap.count)?,
            reason: GapReason::new(told_reason(gap.reason).value())?,
        })),
    }
}

/// The stock of one suite, or `None` where home says what no field can hold.
#[must_use]
pub fn stock(stock: &home::StockState) -> Option<session::KeyStock> {
    Some(session::KeyStock {
        suite: stock.suite,
        one_time_count: OneTimeCount::new(stock.one_time_count)?,
        set_digest: stock.set_digest,
        last_resort: if stock.has_last_resort { HasLastResort::Yes } else { HasLastResort::No },
    })
}

/// What a claim has of one device.
#[must_use]
pub fn claimed(claimed: home::Claimed) -> server::ClaimedKey {
    let (key_package, resort) = match claimed.key_package {
        home::ClaimedPackage::OneTime(octets) => (octets, session::Resort::OneTime),
        home::ClaimedPackage::LastResort(octets) => (octets, session::Resort::Last),
        home::ClaimedPackage::None => (Vec::new(), session::Resort::OneTime),
    };
    server::ClaimedKey { device: claimed.device, key_package, resort }
}

/// The refusal that is told; planted faults tell another one.
fn told(refusal: home::Refusal) -> home::Refusal {
    use fault::outcome as planted;
    use home::Refusal::{
        ConversationFull, EnvelopeInvalid, MailboxFull, NoConversation, OriginInvalid, Outsider,
        PayloadTooLarge, StaleEpoch, UnknownClass, UnknownDevice, WelcomeMisplaced,
    };
    match refusal {
        UnknownDevice if planted::UNKNOWN_DEVICE_CODE_WRONG.is_on() => MailboxFull,
        MailboxFull if planted::QUOTA_CODE_WRONG.is_on() => UnknownDevice,
        PayloadTooLarge if planted::PAYLOAD_CODE_WRONG.is_on() => MailboxFull,
        UnknownClass if planted::CLASS_CODE_WRONG.is_on() => UnknownDevice,
        UnknownDevice | MailboxFull | PayloadTooLarge | UnknownClass | StaleEpoch | NoConversation
        | EnvelopeInvalid | ConversationFull | OriginInvalid | Outsider | WelcomeMisplaced => refusal,
    }
}

/// The reason of a GAP that is told; planted faults tell another one.
fn told_reason(reason: home::GapReason) -> home::GapReason {
    use fault::mailbox as planted;
    use home::GapReason::{Acknowledged, Expired, Purged, Quota, Rejected, Undeliverable};
    match reason {
        Acknowledged if planted::RANGES_REASON_WRONG.is_on() => Purged,
        Expired if planted::EXPIRED_REASON_WRONG.is_on() => Purged,
        Acknowledged | Expired | Purged | Quota | Rejected | Undeliverable => reason,
    }
}
