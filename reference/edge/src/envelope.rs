//! POST and COMMIT as home takes them: the envelope of a message is read here, once (CNV-017, CNV-018).

use alloc::vec;
use alloc::vec::Vec;

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
    let envelope = Envelope::decode(payload).ok()?;
    if (envelope.form, envelope.content_type) != (Form::Private, ContentType::Application) {
        return None;
    }
    MessageAad::decode(envelope.authenticated_data).ok()?;
    seen(&envelope)
}

fn delta(commit: &[u8]) -> Option<Delta> {
    let envelope = Envelope::decode(commit).ok()?;
    let committer = match (envelope.form, envelope.content_type) {
        (Form::Private, ContentType::Commit) => home::Committer::Member,
        (Form::Public { sender: Sender::NewMemberCommit }, ContentType::Commit) => home::Committer::External,
        _ => return None,
    };
    let aad = CommitAad::decode(envelope.authenticated_data).ok()?;
    let (added, removed): (Vec<_>, Vec<_>) = (aad.added.iter().collect(), aad.removed.iter().collect());
    let is_rising = |devices: &[DeviceId]| devices.is_sorted_by(|one, other| one < other);
    let is_apart = !added.iter().any(|device| removed.binary_search(device).is_ok());
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
