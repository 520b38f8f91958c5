//! POST and COMMIT as home takes them: the envelope of a message is read here, once (CNV-017, CNV-018).

use alloc::vec;
use alloc::vec::Vec;

use pinnace_fault::conversations as planted;
use pinnace_home as home;
use pinnace_session::{RealmId, server};
use pinnace_wire::mls::{ContentType, Envelope, Form, Sender};
use pinnace_wire::{Class, CommitAad, ConversationId, ConversationOrigin, DeviceId, DurationS, MessageAad};

/// A message to a conversation, under the session's fence.
#[must_use]
pub fn post(fence: home::Session, request: server::PostRequest) -> home::PostRequest {
    home::PostRequest {
        session: fence,
        client_seq: request.client_seq,
        conversation: request.conversation,
        class: request.class.map(Class::value),
        expires_in_s: request.expires_in_s.map(DurationS::value),
        envelope: message(&request.payload),
        payload: request.payload,
    }
}

/// A commit of a conversation of this realm, under the session's fence.
#[must_use]
pub fn commit(realm: RealmId, fence: home::Session, request: server::CommitRequest) -> home::CommitRequest {
    let (envelope, added, removed) = match delta(&request.commit) {
        Some(Delta { envelope, committer, added, removed }) => (Some((envelope, committer)), added, removed),
        None => (None, Vec::new(), Vec::new()),
    };
    home::CommitRequest {
        session: fence,
        client_seq: request.client_seq,
        conversation: request.conversation,
        envelope,
        added,
        removed,
        commit: request.commit,
        welcome: request.welcome,
        origin: request.origin.and_then(|origin| with_id(realm, &origin)),
    }
}

/// What a commit that holds shows of itself.
struct Delta {
    envelope: home::Envelope,
    committer: home::Committer,
    added: Vec<DeviceId>,
    removed: Vec<DeviceId>,
}

fn message(payload: &[u8]) -> Option<home::Envelope> {
    let envelope = whole(payload)?;
    let is_private = envelope.form == Form::Private || planted::ENVELOPE_FORM_UNCHECKED.is_on();
    let is_message = envelope.content_type == ContentType::Application;
    if !is_private || !is_message && !planted::ENVELOPE_CONTENT_UNCHECKED.is_on() {
        return None;
    }
    let aad = MessageAad::decode(envelope.authenticated_data);
    if aad.is_err() && !planted::MESSAGE_AAD_UNCHECKED.is_on() {
        return None;
    }
    seen(&envelope)
}

/// The envelope of a message that ends with its last octet.
fn whole(octets: &[u8]) -> Option<Envelope<'_>> {
    let shorter = octets.split_last().filter(|_| planted::ENVELOPE_TAIL_TAKEN.is_on());
    let decoded = Envelope::decode(octets).ok();
    decoded.or_else(|| shorter.and_then(|(_, octets)| Envelope::decode(octets).ok()))
}

/// The delta that authenticated data is to its last octet.
fn whole_delta(octets: &[u8]) -> Option<CommitAad<'_>> {
    let shorter = octets.split_last().filter(|_| planted::DELTA_TAIL_TAKEN.is_on());
    let decoded = CommitAad::decode(octets).ok();
    decoded.or_else(|| shorter.and_then(|(_, octets)| CommitAad::decode(octets).ok()))
}

fn delta(commit: &[u8]) -> Option<Delta> {
    let envelope = whole(commit)?;
    let is_commit = envelope.content_type == ContentType::Commit;
    if !is_commit && !planted::ENVELOPE_CONTENT_UNCHECKED.is_on() {
        return None;
    }
    let committer = match envelope.form {
        Form::Private => home::Committer::Member,
        Form::Public { sender: Sender::NewMemberCommit } => home::Committer::External,
        Form::Public { .. } if planted::ENVELOPE_SENDER_UNCHECKED.is_on() => home::Committer::External,
        Form::Public { .. } => return None,
    };
    let aad = whole_delta(envelope.authenticated_data)?;
    let (added, removed): (Vec<_>, Vec<_>) = (aad.added.iter().collect(), aad.removed.iter().collect());
    let is_rising = |devices: &[DeviceId]| {
        devices.is_sorted_by(|one, other| one < other) || planted::DELTA_ORDER_UNCHECKED.is_on()
    };
    let is_apart = !added.iter().any(|device| removed.binary_search(device).is_ok())
        || planted::DELTA_MEETING_TAKEN.is_on();
    let holds = is_rising(&added) && is_rising(&removed) && is_apart;
    holds.then_some(Delta { envelope: seen(&envelope)?, committer, added, removed })
}

/// Only a group id of 16 octets is that of a conversation.
fn seen(envelope: &Envelope<'_>) -> Option<home::Envelope> {
    let group = ConversationId::new(envelope.group_id.try_into().ok()?);
    Some(home::Envelope { group, epoch: envelope.epoch.value() })
}

fn with_id(realm: RealmId, origin: &ConversationOrigin) -> Option<home::Origin> {
    let mut octets = vec![0; origin.encoded_len()];
    origin.encode(&mut octets).ok()?;
    let ConversationOrigin { kind, first, second, .. } = *origin;
    Some(home::Origin { id: home::conversation_id(&realm.0, &octets), kind, first, second })
}
