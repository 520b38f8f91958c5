//! Between the words of session and those of home, as the server's shell has them.

use pinnace_home::{self as home, SendDone, Session};
use pinnace_session::server::{self, Answer};
use pinnace_session::{Acked, MailboxRange, ReceiptWish};
use pinnace_wire::{Class, DurationS, Exception, FrameCode};

/// When a client may try again what the store could not answer.
pub(super) const RETRY_AFTER_MS: u64 = 500;

pub(super) fn ranges(acked: &Acked) -> Vec<home::SeqRange> {
    let range = |range: &MailboxRange| home::SeqRange {
        first: range.first,
        count: range.last.value().saturating_sub(range.first.value()).saturating_add(1),
    };
    acked.above.iter().map(range).collect()
}

pub(super) fn send_request(session: Session, request: server::SendRequest) -> home::SendRequest {
    home::SendRequest {
        session,
        client_seq: request.client_seq,
        to: request.destination,
        class: request.class.map(Class::value),
        expires_in_s: request.expires_in_s.map(DurationS::value),
        receipts: match request.receipt {
            ReceiptWish::Wanted => home::Receipts::Wanted,
            ReceiptWish::Unwanted => home::Receipts::Unwanted,
        },
        payload: request.payload,
    }
}

/// What the store made of a SEND or VOID; `None` when the device is gone.
pub(super) fn answer(done: SendDone) -> Option<Answer> {
    Some(match done {
        SendDone::Outcome(home::Outcome::Accepted) => Answer::Accepted,
        SendDone::Outcome(home::Outcome::Voided) => Answer::Voided,
        SendDone::Outcome(home::Outcome::Refused(refusal)) => FrameCode::new(refusal.code())
            .map_or(Answer::Unavailable { retry_after_ms: RETRY_AFTER_MS }, Answer::Refused),
        SendDone::Conflict => Answer::Conflict,
        SendDone::Forgotten => Answer::Forgotten,
        SendDone::Gap { expected } => Answer::Ahead { expected },
        SendDone::Rate { retry_after_ms } => Answer::Rate { retry_after_ms },
        SendDone::Fenced => Answer::Fenced,
        SendDone::Gone => return None,
    })
}

pub(super) fn hello_done(resumed: &home::Resumed) -> server::HelloDone {
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
