//! NACK: an item that the device will not or cannot take.

use crate::fence::{Fence, fence};
use crate::mailbox::Mailbox;
use crate::row::ItemRow;
use crate::{Fault, GapReason, MailboxSeq, ReceiptStatus, Session, Step, View};
use pinnace_fault as fault;

/// A NACK.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NackRequest {
    /// Whose.
    pub session: Session,
    /// Which item.
    pub mailbox_seq: MailboxSeq,
    /// Why, from the registry `nack_reason`; unknown ones go by their range (EXT-004).
    pub reason: u64,
}

/// The answer to a NACK.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NackDone {
    /// The item is over (DLV-035).
    Ended,
    /// The item stays for the next session (DLV-037).
    Left,
    /// No such number was given.
    AckInvalid,
    /// A newer session took over: the NACK is void (SES-016).
    Fenced,
    /// The device was removed.
    Gone,
}

/// Reasons up to this one end the item.
const TERMINAL_MAX: u64 = 63;

/// Terminal reasons up to this one have a name.
const KNOWN_MAX: u64 = 3;

/// Takes a NACK: a terminal one ends its item and tells the sender, another one moves nothing.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn nack<V: View>(
    view: &mut V,
    now_ms: u64,
    request: NackRequest,
) -> Result<Step<NackDone>, Fault<V::Error>> {
    let mut mailbox = match fence(view, request.session)? {
        Fence::Fenced => return Ok(Step::plain(NackDone::Fenced)),
        Fence::Gone => return Ok(Step::plain(NackDone::Gone)),
        Fence::Open(_) => match Mailbox::open(view, request.session.device)? {
            Some(mailbox) => mailbox,
            None => return Ok(Step::plain(NackDone::Gone)),
        },
    };
    let seq = request.mailbox_seq.value();
    if mailbox.row.last < seq {
        return Ok(Step::plain(NackDone::AckInvalid));
    }
    let is_left = TERMINAL_MAX < request.reason && !fault::mailbox::NACK_TEMPORARY_ENDS.is_on()
        || fault::mailbox::NACK_UNKNOWN_LEAVES.is_on() && KNOWN_MAX < request.reason
        || fault::mailbox::NACK_IGNORED.is_on();
    if is_left {
        return Ok(Step::plain(NackDone::Left));
    }
    let item = if mailbox.row.cursor < seq { mailbox.item(seq)? } else { None };
    let Some(ItemRow::Held(held)) = item else {
        return Ok(Step::plain(NackDone::Ended));
    };
    let is_due = held.due_ms() <= now_ms;
    let (status, reason) = if is_due {
        (ReceiptStatus::Expired, GapReason::Expired)
    } else {
        (ReceiptStatus::Rejected, GapReason::Rejected)
    };
    mailbox.tell(&held, status);
    mailbox.end(seq, &held, reason);
    if fault::mailbox::NACK_ENDS_ALL.is_on() {
        mailbox.row.cursor = mailbox.row.last;
        mailbox.clean(now_ms)?;
    }
    Ok(Step { answer: NackDone::Ended, events: mailbox.close()? })
}
