//! HELLO: a session opens.

use alloc::vec::Vec;

use crate::codec::Row;
use crate::mailbox::Mailbox;
use crate::row::{self, DeviceRecord, ItemRow, OutcomeRow, SenderRow};
use crate::{
    AccountId, ClientMark, ClientSeq, DeviceId, Fault, GapReason, HelloCounter, MailboxMark, Outcome, Owner,
    ReceiptStatus, Rows, Rules, Session, SessionEpoch, Step, Table, View, device_id, key,
};
use pinnace_fault as fault;

/// A HELLO, and the static key that the handshake authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HelloRequest {
    /// The device's Noise static key.
    pub static_key: [u8; 32],
    /// The counter of HELLOs.
    pub hello_counter: HelloCounter,
    /// Every number up to here has an outcome that the client knows.
    pub settled: ClientMark,
    /// Every item up to here is durable at the device.
    pub cursor: MailboxMark,
}

/// The answer to a HELLO.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum HelloDone {
    /// No registration is known for this key (REG-001).
    Unregistered {
        /// The device that this key would be.
        device: DeviceId,
    },
    /// The session is open.
    Registered(Resumed),
    /// The counter was used before (SES-006).
    Stale {
        /// The highest counter that was taken.
        stored: HelloCounter,
    },
    /// The cursor lies beyond the mailbox (SES-035).
    CursorInvalid {
        /// The highest number in the mailbox.
        mailbox_last: MailboxMark,
    },
}

/// What a registered device finds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Resumed {
    /// The new session.
    pub session: Session,
    /// The device's account.
    pub account: AccountId,
    /// The highest number that has an outcome (SES-009).
    pub handled: ClientMark,
    /// The numbers above `settled` whose outcome is known and not ACCEPTED, rising (SES-010).
    pub exceptions: Vec<(ClientSeq, Outcome)>,
    /// The stored cursor.
    pub cursor: MailboxMark,
    /// The highest number in the mailbox.
    pub mailbox_last: MailboxMark,
}

/// Opens a session: compares and sets the counter, and raises the epoch, so that whatever an older session sent and
/// was not committed by now never will be. Cursors stay as they are until [`crate::confirm`] (SES-017).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn hello<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &HelloRequest,
) -> Result<Step<HelloDone>, Fault<V::Error>> {
    let device = device_id(&request.static_key);
    let owner = Owner::Device(device);
    let record: Option<DeviceRecord> = row::get(view, Table::Device, &key::row(owner, Table::Device))?;
    let Some(record) = record.filter(|record| record.static_key == request.static_key) else {
        return Ok(Step::plain(HelloDone::Unregistered { device }));
    };
    let sender_key = key::row(owner, Table::Sender);
    let mut sender: SenderRow =
        row::get(view, Table::Sender, &sender_key)?.ok_or(Fault::Corrupt(Table::Sender))?;
    if let Some(stored) =
        HelloCounter::new(sender.hello_counter).filter(|stored| is_stale(request.hello_counter, *stored))
    {
        return Ok(Step::plain(HelloDone::Stale { stored }));
    }
    let exceptions = exceptions(view, rules, (owner, &sender), request.settled)?;
    if !fault::session::COUNTER_NOT_STORED.is_on() {
        sender.hello_counter = request.hello_counter.value();
    }
    sender.epoch = sender.epoch.saturating_add(1);
    let epoch = SessionEpoch::new(sender.epoch).ok_or(Fault::Corrupt(Table::Sender))?;
    let mut mailbox = Mailbox::open(view, device)?.ok_or(Fault::Corrupt(Table::Mailbox))?;
    let mailbox_last = mailbox.row.last_mark();
    if mailbox_last < request.cursor && !fault::session::CURSOR_BEYOND_TAKEN.is_on() {
        return Ok(Step::plain(HelloDone::CursorInvalid { mailbox_last }));
    }
    mailbox.view.put(sender_key, sender.encode());
    let cursor = mailbox.row.cursor_mark();
    if fault::session::EARLY_CURSOR_APPLIED.is_on() {
        mailbox.acknowledge(now_ms, request.cursor, &mut Vec::new())?;
        mailbox.view.put(key::row(owner, Table::Mailbox), mailbox.row.encode());
    }
    let events = if mailbox.give_up(rules, now_ms, request.cursor)? { mailbox.close()? } else { Vec::new() };
    let resumed = Resumed {
        session: Session { device, epoch },
        account: record.account,
        handled: told_handled(&sender, request),
        exceptions,
        cursor,
        mailbox_last,
    };
    Ok(Step { answer: HelloDone::Registered(resumed), events })
}

/// Whether a counter was used before, or one above it (SES-006).
fn is_stale(counter: HelloCounter, stored: HelloCounter) -> bool {
    let is_repeated = counter == stored && !fault::session::COUNTER_REPEATED_TAKEN.is_on();
    let is_lower = counter < stored && !fault::session::COUNTER_LOWER_TAKEN.is_on();
    is_repeated || is_lower
}

fn told_handled(sender: &SenderRow, request: &HelloRequest) -> ClientMark {
    if fault::session::HANDLED_ECHOED.is_on() {
        return request.settled;
    }
    if fault::session::HANDLED_TOO_LOW.is_on() {
        return ClientMark::new(sender.handled.saturating_sub(1)).unwrap_or(ClientMark::NOTHING);
    }
    sender.handled_mark()
}

/// Numbers above `settled` that are known not to be ACCEPTED, as far back as outcomes are kept.
fn exceptions<V: Rows>(
    view: &V,
    rules: &Rules,
    sender: (Owner, &SenderRow),
    settled: ClientMark,
) -> Result<Vec<(ClientSeq, Outcome)>, Fault<V::Error>> {
    let (owner, sender) = sender;
    if fault::session::EXCEPTIONS_MISSING.is_on() {
        return Ok(Vec::new());
    }
    let settled = if fault::session::EXCEPTIONS_SETTLED_TOLD.is_on() { ClientMark::NOTHING } else { settled };
    let first = settled.value().max(sender.handled.saturating_sub(rules.outcome_cache)).saturating_add(1);
    if sender.handled < first {
        return Ok(Vec::new());
    }
    let bounds = (
        key::numbered(owner, Table::Outcome, first),
        key::numbered(owner, Table::Outcome, sender.handled.saturating_add(1)),
    );
    let count_max = usize::try_from(rules.outcome_cache).unwrap_or(usize::MAX);
    let rows: Vec<(u64, OutcomeRow)> = row::scan(view, Table::Outcome, (&bounds.0, &bounds.1), count_max)?;
    let told = rows.into_iter().filter(|(_, row)| {
        row.outcome != Outcome::Accepted
            && !(row.outcome == Outcome::Voided && fault::session::EXCEPTIONS_WITHOUT_VOIDED.is_on())
    });
    let mut told: Vec<_> = told.filter_map(|(seq, row)| Some((ClientSeq::new(seq)?, row.outcome))).collect();
    if fault::session::EXCEPTIONS_FALLING.is_on() {
        told.reverse();
    }
    Ok(told)
}

impl<V: View> Mailbox<'_, V> {
    /// Ends the head item if it was offered often enough (DLV-041). Gives whether anything changed.
    fn give_up(&mut self, rules: &Rules, now_ms: u64, cursor: MailboxMark) -> Result<bool, Fault<V::Error>> {
        let seq = self.row.offered;
        let redelivery_max = match () {
            () if fault::mailbox::REDELIVERY_ENDLESS.is_on() => u64::MAX,
            () if fault::mailbox::REDELIVERY_FEW.is_on() => 2,
            () => rules.redelivery_max,
        };
        let is_due = self.row.offer_count >= redelivery_max && self.row.cursor.max(cursor.value()) < seq;
        if !is_due {
            return Ok(false);
        }
        let Some(ItemRow::Held(held)) = self.item(seq)?.filter(|_| seq != 0) else {
            return Ok(false);
        };
        let is_expired = held.due_ms() <= now_ms;
        let (status, reason) = if is_expired {
            (ReceiptStatus::Expired, GapReason::Expired)
        } else {
            (ReceiptStatus::Undeliverable, GapReason::Undeliverable)
        };
        self.tell(&held, status);
        self.end(seq, &held, reason);
        Ok(true)
    }
}
