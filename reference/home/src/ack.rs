//! ACK: items that are durable at the device.

use alloc::vec::Vec;

use crate::fence::{Fence, fence};
use crate::mailbox::{BATCH, Mailbox};
use crate::row::ItemRow;
use crate::{Event, Fault, GapReason, MailboxMark, MailboxSeq, ReceiptStatus, SeqRange, Session, Step, View};
use pinnace_fault as fault;

/// An ACK.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AckRequest {
    /// Whose.
    pub session: Session,
    /// Everything up to here is durable.
    pub cursor: MailboxMark,
    /// What is durable above it.
    pub ranges: Vec<SeqRange>,
}

/// The answer to an ACK.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AckDone {
    /// It was taken.
    Moved {
        /// The stored cursor now.
        cursor: MailboxMark,
    },
    /// It names a number that was never given (DLV-029).
    AckInvalid,
    /// A newer session took over: the ACK is void (SES-016).
    Fenced,
    /// The device was removed.
    Gone,
}

/// Takes an ACK. What one transaction should not hold is left in `request`, and [`Event::Again`] asks for the next
/// one; a crash between them leaves a part that the device was never told of and acknowledges again.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn ack<V: View>(
    view: &mut V,
    now_ms: u64,
    request: &mut AckRequest,
) -> Result<Step<AckDone>, Fault<V::Error>> {
    let mut mailbox = match fence(view, request.session)? {
        Fence::Fenced => return Ok(Step::plain(AckDone::Fenced)),
        Fence::Gone => return Ok(Step::plain(AckDone::Gone)),
        Fence::Open(_) => match Mailbox::open(view, request.session.device)? {
            Some(mailbox) => mailbox,
            None => return Ok(Step::plain(AckDone::Gone)),
        },
    };
    if !mailbox.was_given(request.cursor, &request.ranges) {
        return Ok(Step::plain(AckDone::AckInvalid));
    }
    mailbox.acknowledge(now_ms, request.cursor, &mut request.ranges)?;
    let cursor = mailbox.row.cursor_mark();
    let mut events = mailbox.close()?;
    if !request.ranges.is_empty() {
        events.push(Event::Again);
    }
    Ok(Step { answer: AckDone::Moved { cursor }, events })
}

impl<V: View> Mailbox<'_, V> {
    /// Whether every number that an ACK names was given (DLV-029).
    pub(crate) fn was_given(&self, cursor: MailboxMark, ranges: &[SeqRange]) -> bool {
        if fault::mailbox::ACK_BEYOND_TAKEN.is_on() {
            return true;
        }
        cursor.value() <= self.row.last
            && ranges.iter().all(|range| range.last().is_some_and(|last| last <= self.row.last))
    }

    /// Moves the cursor, never back (DLV-030), and ends what the ranges name: as much as fits one transaction. What is
    /// left of the ranges stays in them.
    pub(crate) fn acknowledge(
        &mut self,
        now_ms: u64,
        cursor: MailboxMark,
        ranges: &mut Vec<SeqRange>,
    ) -> Result<(), Fault<V::Error>> {
        if fault::mailbox::ACK_IGNORED.is_on() || fault::mailbox::RANGES_IGNORED.is_on() {
            ranges.clear();
        }
        if fault::mailbox::ACK_IGNORED.is_on() {
            return Ok(());
        }
        self.row.cursor = self.moved(cursor.value());
        self.clean(now_ms)?;
        let mut budget = BATCH;
        while let Some(range) = ranges.first().copied() {
            let rest = self.acknowledge_range(now_ms, range, &mut budget)?;
            match rest {
                Some(rest) => {
                    if let Some(first) = ranges.first_mut() {
                        *first = rest;
                    }
                    return Ok(());
                }
                None => {
                    ranges.remove(0);
                }
            }
        }
        Ok(())
    }

    /// Where an ACK moves the cursor: never back (DLV-030).
    fn moved(&self, cursor: u64) -> u64 {
        if fault::mailbox::CURSOR_MOVES_BACK.is_on() {
            return cursor.min(self.row.last);
        }
        let more = u64::from(fault::mailbox::ACK_TOO_FAR.is_on());
        let most =
            if more == 0 && !fault::mailbox::ACK_BEYOND_TAKEN.is_on() { u64::MAX } else { self.row.last };
        self.row.cursor.max(cursor.saturating_add(more).min(most))
    }

    /// Ends the items of one run. Gives what is left of it.
    fn acknowledge_range(
        &mut self,
        now_ms: u64,
        range: SeqRange,
        budget: &mut usize,
    ) -> Result<Option<SeqRange>, Fault<V::Error>> {
        let first = range.first.value().max(self.row.cursor.saturating_add(1));
        let last = range.last().unwrap_or(self.row.last).min(self.row.last);
        if last < first {
            return Ok(None);
        }
        let rows = self.items(first, last, *budget)?;
        *budget = budget.saturating_sub(rows.len().max(1));
        let done = rows.last().map_or(last, |(seq, _)| *seq);
        for (seq, item) in rows {
            if let ItemRow::Held(held) = item {
                let is_due = held.due_ms() <= now_ms;
                let (status, reason) = if is_due {
                    (ReceiptStatus::Expired, GapReason::Expired)
                } else {
                    (ReceiptStatus::Delivered, GapReason::Acknowledged)
                };
                self.tell(&held, status);
                self.end(seq, &held, reason);
            }
        }
        let left = last.saturating_sub(done);
        Ok(MailboxSeq::new(done.saturating_add(1))
            .filter(|_| left != 0)
            .map(|first| SeqRange { first, count: left }))
    }
}
