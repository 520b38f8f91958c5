//! The steps at the sender's device: before the conversation decides, and after.

use super::decide::Decided;
use super::faulty::envelope_invalid;
use super::request::{CommitRequest, Committer, PostRequest};
use crate::codec::Row;
use crate::number::{Turn, settle, turn};
use crate::row::{BODY_HASH_LEN, OutcomeRow};
use crate::send::{CLASS_CALL, wait};
use crate::{
    ClientSeq, ConversationId, Fault, Outcome, Refusal, Rules, SendDone, Session, Step, Table, View, key,
};
use pinnace_fault::conversations as planted;

/// A number whose turn it is, with the body that it has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ticket {
    pub(super) session: Session,
    pub(super) client_seq: ClientSeq,
    pub(super) body_hash: [u8; BODY_HASH_LEN],
}

/// What the device's first step comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    /// The conversation decides.
    Decide(Ticket),
    /// This is the whole answer.
    Answer(SendDone),
}

/// The first step of a POST, at its device.
///
/// The order of refusals: class, length, envelope.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn post_begin<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &PostRequest,
) -> Result<Step<Begun>, Fault<V::Error>> {
    let ticket =
        Ticket { session: request.session, client_seq: request.client_seq, body_hash: request.body_hash() };
    begin(view, rules, now_ms, (ticket, post_refusal(rules, request)))
}

/// The first step of a COMMIT, at its device.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn commit_begin<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &CommitRequest,
) -> Result<Step<Begun>, Fault<V::Error>> {
    let ticket =
        Ticket { session: request.session, client_seq: request.client_seq, body_hash: request.body_hash() };
    let refusal = if holds(request) { None } else { Some(envelope_invalid()) };
    begin(view, rules, now_ms, (ticket, refusal))
}

/// Whether a commit is one of its conversation. By an external commit its sender comes in, and nobody else comes or goes.
fn holds(request: &CommitRequest) -> bool {
    let Some((envelope, committer)) = request.envelope else { return false };
    let is_own = match committer {
        Committer::Member => true,
        Committer::External => {
            request.added == [request.session.device] && request.removed.is_empty()
                || planted::EXTERNAL_DELTA_UNCHECKED.is_on()
        }
    };
    is_of(envelope.group, request.conversation) && is_own
}

/// Whether a message of that group belongs to the conversation.
fn is_of(group: ConversationId, conversation: ConversationId) -> bool {
    group == conversation || planted::ENVELOPE_GROUP_UNCHECKED.is_on()
}

fn post_refusal(rules: &Rules, request: &PostRequest) -> Option<Refusal> {
    let is_class_checked = !planted::POST_CLASS_UNCHECKED.is_on();
    if is_class_checked && request.class.is_some_and(|class| class != CLASS_CALL) {
        return Some(Refusal::UnknownClass);
    }
    let payload_len = u64::try_from(request.payload.len()).unwrap_or(u64::MAX);
    if payload_len > rules.payload_len_max && !planted::POST_UNLIMITED.is_on() {
        return Some(Refusal::PayloadTooLarge);
    }
    let holds = request.envelope.is_some_and(|envelope| is_of(envelope.group, request.conversation));
    if holds { None } else { Some(envelope_invalid()) }
}

fn begin<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    number: (Ticket, Option<Refusal>),
) -> Result<Step<Begun>, Fault<V::Error>> {
    let (ticket, refusal) = number;
    let (owner, hash) = (ticket.session.owner(), ticket.body_hash);
    let mut sender = match turn(view, rules, ticket.session, (ticket.client_seq, Some(hash)))? {
        Turn::Next(sender) => sender,
        Turn::Answer(SendDone::Outcome(Outcome::Accepted)) if planted::REPEAT_FILED.is_on() => {
            return Ok(Step::plain(Begun::Decide(ticket)));
        }
        Turn::Answer(SendDone::Outcome(_)) if planted::REPEAT_CONFLICTS.is_on() => {
            return Ok(Step::plain(Begun::Answer(SendDone::Conflict)));
        }
        Turn::Answer(answer) => return Ok(Step::plain(Begun::Answer(answer))),
    };
    if let Some(retry_after_ms) = wait(view, rules, now_ms, (owner, &mut sender))?
        && !planted::POSTS_UNRATED.is_on()
    {
        return Ok(Step::plain(Begun::Answer(SendDone::Rate { retry_after_ms })));
    }
    Ok(Step::plain(match refusal {
        Some(refusal) => {
            let outcome = Outcome::Refused(refusal);
            settle(view, rules, owner, sender, OutcomeRow { outcome, body_hash: hash });
            Begun::Answer(SendDone::Outcome(outcome))
        }
        None => {
            view.put(key::row(owner, Table::Sender), sender.encode());
            Begun::Decide(ticket)
        }
    }))
}

/// The last step, at the device: the number gets the outcome that the conversation decided.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn conclude<V: View>(
    view: &mut V,
    rules: &Rules,
    ticket: &Ticket,
    decided: Decided,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let outcome = match decided {
        Decided::Outcome(outcome) => outcome,
        Decided::Conflict => return Ok(Step::plain(SendDone::Conflict)),
        Decided::Late => return Ok(Step::plain(SendDone::Forgotten)),
    };
    let (owner, body_hash) = (ticket.session.owner(), ticket.body_hash);
    // Another session may have concluded it since.
    Ok(Step::plain(match turn(view, rules, ticket.session, (ticket.client_seq, Some(body_hash)))? {
        Turn::Next(sender) => {
            settle(view, rules, owner, sender, OutcomeRow { outcome, body_hash });
            SendDone::Outcome(outcome)
        }
        Turn::Answer(answer) => answer,
    }))
}
