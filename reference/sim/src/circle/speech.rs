//! What devices of a circle say: envelopes around a name.

use pinnace_home::conversation_id;
use pinnace_session::RealmId;
use pinnace_wire::{
    AccountId, CommitAad, ConversationId, ConversationKind, ConversationOrigin, DeviceId, Generation, List,
    MessageAad, SecondParty,
};

use super::{Ask, What};
use crate::ledger::Name;

/// Octets of a name at the end of whatever carries it.
const NAME_LEN: usize = 16;

/// What the conversation is between: a group of the first device's account.
pub(super) fn origin(first: AccountId) -> Option<ConversationOrigin> {
    let (kind, second) = (ConversationKind::Group, SecondParty::new([7; 16]));
    Some(ConversationOrigin { kind, first, second, generation: Generation::new(0)? })
}

/// The id of the conversation.
pub(super) fn id(realm: RealmId, first: AccountId) -> Option<ConversationId> {
    let origin = origin(first)?;
    let mut octets = vec![0; origin.encoded_len()];
    origin.encode(&mut octets).ok()?;
    Some(conversation_id(&realm.0, &octets))
}

/// A name as it stands in a Welcome and at the end of a message.
pub(super) fn octets(name: Name) -> Vec<u8> {
    let sender = u64::try_from(name.sender).unwrap_or(u64::MAX);
    [sender.to_be_bytes(), name.nonce.to_be_bytes()].concat()
}

/// The name at the end of what came.
pub(super) fn name(octets: &[u8]) -> Option<Name> {
    Name::of(octets.get(octets.len().checked_sub(NAME_LEN)?..)?)
}

/// The MLSMessage of what is asked. Nobody could decrypt it.
pub(super) fn message(
    conversation: ConversationId,
    name: Name,
    ask: &Ask,
    ids: &dyn Fn(usize) -> Option<DeviceId>,
) -> Option<Vec<u8>> {
    let delta = |added: &[DeviceId], removed: &[DeviceId]| {
        let aad = CommitAad { added: List::from_slice(added), removed: List::from_slice(removed) };
        let mut octets = vec![0; aad.encoded_len()];
        aad.encode(&mut octets).ok().map(|_| octets)
    };
    let (content_type, aad) = match &ask.what {
        What::Return => return external(conversation, name, ask, &delta(&[ids(name.sender)?], &[])?),
        What::Say | What::List => (1, vec![MessageAad::VERSION]),
        What::Change { added, removed } => {
            let sorted = |devices: &[usize]| {
                let mut ids: Vec<DeviceId> = devices.iter().filter_map(|device| ids(*device)).collect();
                ids.sort_unstable();
                ids
            };
            (3, delta(&sorted(added), &sorted(removed))?)
        }
    };
    let mut message = vec![0, 1, 0, 2];
    put_vector(&mut message, conversation.as_bytes())?;
    message.extend_from_slice(&ask.epoch.to_be_bytes());
    message.push(content_type);
    put_vector(&mut message, &aad)?;
    put_vector(&mut message, &[0xa5; 28])?;
    let mut ciphertext = vec![0x5a; ask.filler_len];
    ciphertext.extend_from_slice(&octets(name));
    put_vector(&mut message, &ciphertext)?;
    Some(message)
}

/// A PublicMessage of sender new_member_commit, its content and signature of nothing.
fn external(conversation: ConversationId, name: Name, ask: &Ask, aad: &[u8]) -> Option<Vec<u8>> {
    let mut message = vec![0, 1, 0, 1];
    put_vector(&mut message, conversation.as_bytes())?;
    message.extend_from_slice(&ask.epoch.to_be_bytes());
    message.push(4);
    put_vector(&mut message, aad)?;
    message.push(3);
    message.resize(message.len().saturating_add(ask.filler_len), 0x5a);
    message.extend_from_slice(&octets(name));
    Some(message)
}

/// A vector of MLS (RFC 9420, 2.1.2), shorter than 16,384 octets.
fn put_vector(out: &mut Vec<u8>, octets: &[u8]) -> Option<()> {
    match octets.len() {
        len @ 0..64 => out.push(u8::try_from(len).ok()?),
        len => out.extend_from_slice(
            &(u16::try_from(len).ok().filter(|len| *len < 0x4000)? | 0x4000).to_be_bytes(),
        ),
    }
    out.extend_from_slice(octets);
    Some(())
}
