//! Confirmation: the first transport record proves that the client lives.

use alloc::vec::Vec;

use crate::fence::{Fence, fence};
use crate::mailbox::{BATCH, Mailbox};
use crate::row::ItemRow;
use crate::{Event, Fault, MailboxMark, SeqRange, Session, Step, View};

/// What was held back until the session is confirmed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ConfirmRequest {
    /// Whose.
    pub session: Session,
    /// The highest cursor of HELLO and of the ACKs of the first flight.
    pub cursor: MailboxMark,
    /// The ranges of those ACKs.
    pub ranges: Vec<SeqRange>,
}

/// The answer to a confirmation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConfirmDone {
    /// The session stays; an older one of the device ends with TAKEN_OVER (SES-015).
    Confirmed {
        /// The stored cursor now.
        cursor: MailboxMark,
        /// In how many confirmed sessions the head item was offered, this one among them; 0: nothing waits (DLV-041).
        offer_count: u64,
    },
    /// The first flight acknowledged a number that was never given (DLV-029).
    AckInvalid,
    /// A newer session took over (SES-042).
    Fenced,
    /// The device was removed.
    Gone,
}

/// Rows that are looked through for the head of a mailbox.
const HEAD_ROWS_MAX: usize = 1_024;

/// Confirms a session: applies what the first flight acknowledged, then counts that the head item is offered. Asks
/// for further transactions as [`crate::ack`] does.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn confirm<V: View>(
    view: &mut V,
    now_ms: u64,
    request: &mut ConfirmRequest,
) -> Result<Step<ConfirmDone>, Fault<V::Error>> {
    let mut mailbox = match fence(view, request.session)? {
        Fence::Fenced => return Ok(Step::plain(ConfirmDone::Fenced)),
        Fence::Gone => return Ok(Step::plain(ConfirmDone::Gone)),
        Fence::Open(_) => match Mailbox::open(view, request.session.device)? {
            Some(mailbox) => mailbox,
            None => return Ok(Step::plain(ConfirmDone::Gone)),
        },
    };
    if !mailbox.was_given(request.cursor, &request.ranges) {
        return Ok(Step::plain(ConfirmDone::AckInvalid));
    }
    mailbox.acknowledge(now_ms, request.cursor, &mut request.ranges)?;
    let is_whole = request.ranges.is_empty();
    if is_whole {
        mailbox.count_offer(now_ms)?;
    }
    let (cursor, offer_count) = (mailbox.row.cursor_mark(), mailbox.row.offer_count);
    let mut events = mailbox.close()?;
    if !is_whole {
        events.push(Event::Again);
    }
    Ok(Step { answer: ConfirmDone::Confirmed { cursor, offer_count }, events })
}

impl<V: View> Mailbox<'_, V> {
    /// Counts that the head item is offered in one more confirmed session (DLV-041).
    fn count_offer(&mut self, now_ms: u64) -> Result<(), Fault<V::Error>> {
        let head = self.head(now_ms)?;
        match head {
            Some(seq) if seq == self.row.offered => {
                self.row.offer_count = self.row.offer_count.saturating_add(1)
            }
            Some(seq) => (self.row.offered, self.row.offer_count) = (seq, 1),
            None => (self.row.offered, self.row.offer_count) = (0, 0),
        }
        Ok(())
    }

    /// The lowest number that holds something which is not due.
    fn head(&self, now_ms: u64) -> Result<Option<u64>, Fault<V::Error>> {
        let mut after = self.row.cursor;
        for _ in 0..HEAD_ROWS_MAX.div_ceil(BATCH) {
            // Most mailboxes hold their head right behind the cursor: the first look is a short one.
            let count_max = if after == self.row.cursor { 1 } else { BATCH };
            let rows = self.items(after.saturating_add(1), self.row.last, count_max)?;
            let head =
                rows.iter().find(|(_, item)| matches!(item, ItemRow::Held(held) if now_ms < held.due_ms()));
            if let Some((seq, _)) = head {
                return Ok(Some(*seq));
            }
            match rows.last() {
                Some((seq, _)) => after = *seq,
                None => return Ok(None),
            }
        }
        Ok(None)
    }
}
