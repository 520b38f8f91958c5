//! Numbers and their outcomes: each client_seq gets one, for ever (DLV-002).

use core::cmp::Ordering;

use crate::codec::Row;
use crate::fence::{Fence, fence};
use crate::row::{self, BODY_HASH_LEN, OutcomeRow, SenderRow};
use crate::{ClientSeq, Fault, Outcome, Owner, Rules, SendDone, Session, Table, View, key};
use pinnace_fault as fault;

/// Where a number stands before it is handled.
pub(crate) enum Turn {
    /// It is the next one.
    Next(SenderRow),
    /// It is not, and this is the whole answer.
    Answer(SendDone),
}

/// Finds whose turn it is. `body_hash` is `None` for a VOID, which agrees with every outcome (DLV-019).
pub(crate) fn turn<V: View>(
    view: &V,
    rules: &Rules,
    session: Session,
    number: (ClientSeq, Option<[u8; BODY_HASH_LEN]>),
) -> Result<Turn, Fault<V::Error>> {
    let sender = match fence(view, session)? {
        Fence::Open(sender) => sender,
        Fence::Fenced => return Ok(Turn::Answer(SendDone::Fenced)),
        Fence::Gone => return Ok(Turn::Answer(SendDone::Gone)),
    };
    let (seq, body_hash) = number;
    let next = sender.handled.saturating_add(1);
    let cache =
        if fault::outcome::OUTCOMES_FEW.is_on() { rules.outcome_cache / 2 } else { rules.outcome_cache };
    Ok(match seq.value().cmp(&next) {
        Ordering::Equal => Turn::Next(sender),
        Ordering::Greater if fault::outcome::AHEAD_TAKEN.is_on() => {
            Turn::Next(SenderRow { handled: seq.value().saturating_sub(1), ..sender })
        }
        Ordering::Greater => Turn::Answer(
            ClientSeq::new(next).map_or(SendDone::Forgotten, |expected| SendDone::Gap { expected }),
        ),
        Ordering::Less if seq.value().saturating_add(cache) <= sender.handled => {
            Turn::Answer(if fault::outcome::FORGOTTEN_ACCEPTED.is_on() {
                SendDone::Outcome(Outcome::Accepted)
            } else {
                SendDone::Forgotten
            })
        }
        Ordering::Less => {
            let stored: Option<OutcomeRow> =
                row::get(view, Table::Outcome, &key::numbered(session.owner(), Table::Outcome, seq.value()))?;
            Turn::Answer(stored.map_or(SendDone::Forgotten, |stored| repeated(stored, body_hash)))
        }
    })
}

/// The answer to a number that has an outcome (DLV-003, DLV-004).
fn repeated(stored: OutcomeRow, body_hash: Option<[u8; BODY_HASH_LEN]>) -> SendDone {
    match (stored.outcome, body_hash) {
        (Outcome::Refused(_), Some(_)) if fault::outcome::REPEAT_OUTCOME_OTHER.is_on() => {
            SendDone::Outcome(Outcome::Accepted)
        }
        (outcome, Some(_)) if fault::outcome::CONFLICT_UNCHECKED.is_on() => SendDone::Outcome(outcome),
        (_, None) if fault::outcome::VOID_OF_OLD_VOIDED.is_on() => SendDone::Outcome(Outcome::Voided),
        (Outcome::Voided, Some(_)) => SendDone::Conflict,
        (outcome, Some(hash)) if hash == stored.body_hash => SendDone::Outcome(outcome),
        (_, Some(_)) => SendDone::Conflict,
        (outcome, None) => SendDone::Outcome(outcome),
    }
}

/// Gives the next number its outcome, and lets the oldest one go.
pub(crate) fn settle<V: View>(
    view: &mut V,
    rules: &Rules,
    owner: Owner,
    mut sender: SenderRow,
    outcome: OutcomeRow,
) {
    sender.handled = sender.handled.saturating_add(1);
    view.create(key::numbered(owner, Table::Outcome, sender.handled), outcome.encode());
    if let Some(oldest) = sender.handled.checked_sub(rules.outcome_cache).filter(|oldest| *oldest != 0) {
        view.delete(key::numbered(owner, Table::Outcome, oldest));
    }
    view.put(key::row(owner, Table::Sender), sender.encode());
}
