//! What a conversation is between, and the id that follows from it. Spec: chapter 17.

use pinnace_session::RealmId;
use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;
use pinnace_wire::{
    AccountId, ConversationId, ConversationKind, ConversationOrigin, Generation, SecondParty,
};

const LABEL: Label = Label::new(ConversationOrigin::LABEL);

/// The conversation of these two accounts; with itself, that of an account's own devices.
#[must_use]
pub fn direct(one: AccountId, other: AccountId, generation: Generation) -> ConversationOrigin {
    let kind = if one == other { ConversationKind::OwnDevices } else { ConversationKind::Direct };
    let (first, second) = (one.min(other), one.max(other));
    ConversationOrigin { kind, first, second: SecondParty::new(*second.as_bytes()), generation }
}

/// A group that this account creates.
#[must_use]
pub const fn group(creator: AccountId, nonce: [u8; 16]) -> ConversationOrigin {
    ConversationOrigin {
        kind: ConversationKind::Group,
        first: creator,
        second: SecondParty::new(nonce),
        generation: Generation::FIRST,
    }
}

/// The id that follows from an origin.
#[must_use]
pub fn conversation_id(realm: RealmId, origin: &ConversationOrigin) -> ConversationId {
    let digest = labelled_digest(LABEL, &[&realm.0[..], &octets(origin)].concat());
    ConversationId::new(digest.first_chunk().copied().unwrap_or_default())
}

/// Its octets.
pub(super) fn octets(origin: &ConversationOrigin) -> Vec<u8> {
    let mut out = vec![0; origin.encoded_len()];
    // The room is that of the encoding.
    let len = origin.encode(&mut out).unwrap_or_default();
    out.truncate(len);
    out
}

/// Whether a device of this account may be in it.
pub(super) fn admits(origin: &ConversationOrigin, account: AccountId) -> bool {
    let is_second = account.as_bytes() == origin.second.as_bytes();
    match origin.kind {
        ConversationKind::OwnDevices | ConversationKind::Direct => account == origin.first || is_second,
        ConversationKind::Group => true,
    }
}
