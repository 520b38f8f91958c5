//! SEND: one message for one device.

use alloc::vec::Vec;

use blake2::{Blake2s256, Digest};
use pinnace_fault as fault;

use crate::codec::Row;
use crate::file::has_room;
use crate::number::{Turn, settle, turn};
use crate::outbox::emit;
use crate::rate::Rate;
use crate::row::{self, BODY_HASH_LEN, Effect, MailboxRow, OutcomeRow, SenderRow};
use crate::{
    ClientSeq, DeviceId, Fault, Outcome, Owner, Receipts, Refusal, Rules, Session, Step, Table, View, key,
};

/// A SEND, its alias resolved.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SendRequest {
    /// Who sends.
    pub session: Session,
    /// The number.
    pub client_seq: ClientSeq,
    /// Who it is for.
    pub to: DeviceId,
    /// The class, if it is not normal.
    pub class: Option<u64>,
    /// When the message loses its worth, in seconds; at least 1.
    pub expires_in_s: Option<u64>,
    /// Whether receipts are wanted.
    pub receipts: Receipts,
    /// The payload.
    pub payload: Vec<u8>,
}

/// The answer to a SEND or a VOID.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SendDone {
    /// The number's outcome, new or repeated.
    Outcome(Outcome),
    /// The number has an outcome for another body (DLV-004).
    Conflict,
    /// The number's outcome is not kept any more (DLV-007).
    Forgotten,
    /// The number is ahead of the next one (DLV-005).
    Gap {
        /// The next one.
        expected: ClientSeq,
    },
    /// Nothing was consumed: try the same number later (DLV-016).
    Rate {
        /// How much later, 1 to 3,600,000 ms.
        retry_after_ms: u64,
    },
    /// A newer session took over: no outcome, no answer (SES-016).
    Fenced,
    /// The device was removed.
    Gone,
}

/// The one class of profile core: call.
pub(crate) const CLASS_CALL: u64 = 1;

/// Rows in a sender's own mailbox, beyond twice its quota, at which its SENDs wait. Receipts are always filed, so this
/// is what bounds them: a device that takes none of its receipts can cause no more.
const BACKLOG_ROOM: u64 = 100_000;

/// How long a sender waits that must first take its receipts.
const BACKLOG_WAIT_MS: u64 = 1_000;

/// What makes two SENDs the same body: not the alias, and no unknown extension.
fn body_hash(request: &SendRequest) -> [u8; BODY_HASH_LEN] {
    if fault::outcome::CONFLICT_PAYLOAD_ONLY.is_on() {
        let digest: [u8; 32] = Blake2s256::digest(&request.payload).into();
        return digest.first_chunk::<BODY_HASH_LEN>().copied().unwrap_or_default();
    }
    let receipts = match request.receipts {
        Receipts::Wanted => 0_u8,
        Receipts::Unwanted => 1,
    };
    // Class and expiry are at least 1 where they are given: zero says "absent".
    let digest: [u8; 32] = Blake2s256::new()
        .chain_update(request.to.as_bytes())
        .chain_update(request.class.unwrap_or(0).to_be_bytes())
        .chain_update(request.expires_in_s.unwrap_or(0).to_be_bytes())
        .chain_update([receipts])
        .chain_update(&request.payload)
        .finalize()
        .into();
    digest.first_chunk::<BODY_HASH_LEN>().copied().unwrap_or_default()
}

/// Handles a SEND: gives the next number its outcome, and repeats that of an earlier one.
///
/// The order of refusals: class, length, destination, room.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn send<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &SendRequest,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let hash = body_hash(request);
    let mut sender = match turn(view, rules, request.session, (request.client_seq, Some(hash)))? {
        Turn::Next(sender) => sender,
        Turn::Answer(answer) if is_delivered_again(answer) => {
            return deliver_again(view, rules, now_ms, request);
        }
        Turn::Answer(answer) => return Ok(Step::plain(answer)),
    };
    if let Some(retry_after_ms) = wait(view, rules, now_ms, (request.session.owner(), &mut sender))? {
        if fault::outcome::RATE_CONSUMES.is_on() {
            let used = OutcomeRow { outcome: Outcome::Voided, body_hash: hash };
            settle(view, rules, request.session.owner(), sender, used);
        }
        return Ok(Step::plain(SendDone::Rate { retry_after_ms }));
    }
    let mut events = Vec::new();
    let outcome = match refusal(view, rules, request)? {
        Some(refusal) => Outcome::Refused(refusal),
        None => {
            let effect = message(rules, now_ms, request);
            events.push(emit(view, request.session.owner(), &mut sender.outbox_next, &effect));
            for to in strangers(view, request)? {
                let effect = message(rules, now_ms, &SendRequest { to, ..request.clone() });
                events.push(emit(view, request.session.owner(), &mut sender.outbox_next, &effect));
            }
            Outcome::Accepted
        }
    };
    if !(fault::outcome::REFUSED_NUMBER_FREE.is_on() && outcome != Outcome::Accepted) {
        settle(view, rules, request.session.owner(), sender, OutcomeRow { outcome, body_hash: hash });
    }
    Ok(Step { answer: SendDone::Outcome(outcome), events })
}

/// Whether a planted fault delivers a number that has an outcome once more.
fn is_delivered_again(answer: SendDone) -> bool {
    answer == SendDone::Outcome(Outcome::Accepted) && fault::outcome::REPEAT_DELIVERED.is_on()
        || answer == SendDone::Conflict && fault::outcome::VOIDED_DELIVERED.is_on()
}

fn deliver_again<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &SendRequest,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let (owner, sender_key) = (request.session.owner(), key::row(request.session.owner(), Table::Sender));
    let mut sender: SenderRow = row::get(view, Table::Sender, &sender_key)?.unwrap_or_default();
    let event = emit(view, owner, &mut sender.outbox_next, &message(rules, now_ms, request));
    view.put(sender_key, sender.encode());
    Ok(Step { answer: SendDone::Outcome(Outcome::Accepted), events: Vec::from([event]) })
}

/// Devices that a planted fault delivers to, too (DLV-046).
fn strangers<V: View>(view: &V, request: &SendRequest) -> Result<Vec<DeviceId>, Fault<V::Error>> {
    if fault::delivery::DELIVERED_TO_SENDER.is_on() {
        return Ok(Vec::from([request.session.device]));
    }
    if !fault::delivery::DELIVERED_TO_SIBLINGS.is_on() {
        return Ok(Vec::new());
    }
    let siblings = crate::devices(view, request.to)?;
    Ok(siblings.iter().map(|entry| entry.device).filter(|device| *device != request.to).collect())
}

fn message(rules: &Rules, now_ms: u64, request: &SendRequest) -> Effect {
    let life_s =
        request.expires_in_s.map_or(rules.retention_s, |expires_in_s| expires_in_s.min(rules.retention_s));
    let life_s = if fault::mailbox::EXPIRY_IGNORED.is_on() { rules.retention_s } else { life_s };
    let mut payload = request.payload.clone();
    if let Some(last) = payload.last_mut().filter(|_| fault::delivery::PAYLOAD_CHANGED.is_on()) {
        *last ^= 1;
    }
    Effect::Message {
        to: request.to,
        client_seq: request.client_seq,
        class: request.class,
        receipts: request.receipts,
        accepted_ms: now_ms,
        due_ms: now_ms.saturating_add(life_s.saturating_mul(1_000)),
        payload,
    }
}

/// How long the sender must wait, if it must.
pub(crate) fn wait<V: View>(
    view: &V,
    rules: &Rules,
    now_ms: u64,
    sender: (Owner, &mut SenderRow),
) -> Result<Option<u64>, Fault<V::Error>> {
    let (owner, sender) = sender;
    let own: Option<MailboxRow> = row::get(view, Table::Mailbox, &key::row(owner, Table::Mailbox))?;
    if own.is_some_and(|own| own.row_count >= rules.mailbox_rows_max().saturating_add(BACKLOG_ROOM)) {
        return Ok(Some(BACKLOG_WAIT_MS));
    }
    if fault::outcome::SENDS_UNLIMITED.is_on() {
        return Ok(None);
    }
    let rate = Rate::new(rules.send_rate_per_s, 1_000, rules.send_burst);
    Ok(match rate.take(sender.rate_full_ns, now_ms) {
        Ok(full_ns) => {
            sender.rate_full_ns = full_ns;
            None
        }
        Err(retry_after_ms) => Some(retry_after_ms),
    })
}

/// Why the message cannot be taken. What is seen of the destination is advice: filing looks again.
fn refusal<V: View>(
    view: &V,
    rules: &Rules,
    request: &SendRequest,
) -> Result<Option<Refusal>, Fault<V::Error>> {
    let is_class_checked = !fault::outcome::CLASS_UNCHECKED.is_on();
    if is_class_checked && request.class.is_some_and(|class| class != CLASS_CALL) {
        return Ok(Some(Refusal::UnknownClass));
    }
    let payload_len = u64::try_from(request.payload.len()).unwrap_or(u64::MAX);
    if payload_len > rules.payload_len_max && !fault::outcome::PAYLOAD_UNLIMITED.is_on() {
        return Ok(Some(Refusal::PayloadTooLarge));
    }
    let key = key::row(Owner::Device(request.to), Table::Mailbox);
    let destination: Option<MailboxRow> = row::peek(view, Table::Mailbox, &key)?;
    Ok(match destination {
        Some(mailbox) if mailbox.is_registered => {
            if has_room(&mailbox, rules, request.payload.len()) {
                None
            } else {
                Some(Refusal::MailboxFull)
            }
        }
        Some(_) | None if fault::outcome::UNKNOWN_DEVICE_TAKEN.is_on() => None,
        Some(_) | None => Some(Refusal::UnknownDevice),
    })
}
