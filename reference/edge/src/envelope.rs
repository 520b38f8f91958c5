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

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: [u8; 16] = [0x11; 16];
    const APPLICATION: u8 = 1;
    const PROPOSAL: u8 = 2;
    const COMMIT: u8 = 3;
    const MEMBER: &[u8] = &[1, 0, 0, 0, 4];
    const EXTERNAL: &[u8] = &[2, 0, 0, 0, 0];
    const NEW_MEMBER_PROPOSAL: &[u8] = &[3];
    const NEW_MEMBER_COMMIT: &[u8] = &[4];

    fn vector(octets: &[u8]) -> Vec<u8> {
        let len = u16::try_from(octets.len()).unwrap();
        let length = match u8::try_from(len) {
            Ok(len) if len < 64 => vec![len],
            _ => (len | 0x4000).to_be_bytes().to_vec(),
        };
        [length.as_slice(), octets].concat()
    }

    /// A PrivateMessage of epoch 7.
    fn private(group: &[u8], content_type: u8, aad: &[u8]) -> Vec<u8> {
        let epoch = 7_u64.to_be_bytes();
        let head = [&[0, 1, 0, 2], vector(group).as_slice(), &epoch, &[content_type]].concat();
        [head, vector(aad), vector(&[2; 28]), vector(&[3; 90])].concat()
    }

    /// A PublicMessage of epoch 7.
    fn public(sender: &[u8], content_type: u8, aad: &[u8]) -> Vec<u8> {
        let epoch = 7_u64.to_be_bytes();
        let head = [&[0, 1, 0, 1], vector(&GROUP).as_slice(), &epoch, sender].concat();
        [head.as_slice(), &vector(aad), &[content_type], b"what the members judge"].concat()
    }

    fn ids(devices: &[u8]) -> Vec<DeviceId> {
        devices.iter().map(|device| DeviceId::new([*device; 16])).collect()
    }

    /// The authenticated data of a commit, written by hand.
    fn aad(added: &[u8], removed: &[u8]) -> Vec<u8> {
        let list = |devices: &[u8]| {
            let count = [u8::try_from(devices.len()).unwrap()];
            [count.as_slice(), &devices.iter().flat_map(|device| [*device; 16]).collect::<Vec<u8>>()].concat()
        };
        [&[1], list(added).as_slice(), &list(removed)].concat()
    }

    #[test]
    fn a_message_is_a_private_message_of_an_application_with_its_own_authenticated_data() {
        let seen = home::Envelope { group: ConversationId::new(GROUP), epoch: 7 };
        assert_eq!(message(&private(&GROUP, APPLICATION, &[1])), Some(seen));
        let longer = [private(&GROUP, APPLICATION, &[1]), b"x".to_vec()].concat();
        let shorter = private(&GROUP, APPLICATION, &[1]).split_last().unwrap().1.to_vec();
        for octets in [
            private(&GROUP, COMMIT, &[1]),
            private(&GROUP, PROPOSAL, &[1]),
            public(MEMBER, APPLICATION, &[1]),
            public(NEW_MEMBER_COMMIT, COMMIT, &[1]),
            private(&GROUP[1..], APPLICATION, &[1]),
            private(&[0x11; 17], APPLICATION, &[1]),
            private(&GROUP, APPLICATION, &[]),
            private(&GROUP, APPLICATION, &[2]),
            private(&GROUP, APPLICATION, &[1, 0]),
            private(&GROUP, APPLICATION, &aad(&[], &[])),
            longer,
            shorter,
            Vec::new(),
        ] {
            assert_eq!(message(&octets), None, "{octets:02x?}");
        }
    }

    #[test]
    fn a_commit_is_of_a_member_or_of_one_that_comes_in() {
        for (octets, by) in [
            (private(&GROUP, COMMIT, &aad(&[2, 5], &[1, 9])), home::Committer::Member),
            (public(NEW_MEMBER_COMMIT, COMMIT, &aad(&[2, 5], &[1, 9])), home::Committer::External),
        ] {
            let Delta { envelope, committer, added, removed } = delta(&octets).unwrap();
            assert_eq!(envelope, home::Envelope { group: ConversationId::new(GROUP), epoch: 7 });
            assert_eq!((committer, added, removed), (by, ids(&[2, 5]), ids(&[1, 9])));
        }
        for octets in [
            private(&GROUP, APPLICATION, &aad(&[], &[])),
            private(&GROUP, PROPOSAL, &aad(&[], &[])),
            public(NEW_MEMBER_COMMIT, PROPOSAL, &aad(&[], &[])),
            public(MEMBER, COMMIT, &aad(&[], &[])),
            public(EXTERNAL, COMMIT, &aad(&[], &[])),
            public(NEW_MEMBER_PROPOSAL, COMMIT, &aad(&[], &[])),
            private(&GROUP[1..], COMMIT, &aad(&[], &[])),
        ] {
            assert!(delta(&octets).is_none(), "{octets:02x?}");
        }
    }

    #[test]
    fn a_delta_rises_and_names_nobody_twice() {
        let holds = |aad: &[u8]| delta(&private(&GROUP, COMMIT, aad)).is_some();
        for (added, removed) in [(&[][..], &[][..]), (&[1], &[2]), (&[1, 2, 3], &[]), (&[], &[4, 9])] {
            assert!(holds(&aad(added, removed)));
        }
        for (added, removed) in [
            (&[2, 1][..], &[][..]),
            (&[1, 1], &[]),
            (&[], &[2, 1]),
            (&[], &[3, 3]),
            (&[1], &[1]),
            (&[1, 5, 9], &[2, 5]),
        ] {
            assert!(!holds(&aad(added, removed)), "{added:?} {removed:?}");
        }
        assert!(!holds(&[aad(&[1], &[]), vec![0]].concat()));
        assert!(!holds(aad(&[1], &[]).split_last().unwrap().1));
        assert!(!holds(&[1]));
    }
}
