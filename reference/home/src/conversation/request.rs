//! What a session asks of a conversation.

use alloc::vec::Vec;

use blake2::{Blake2s256, Digest};
use pinnace_fault::conversations as planted;

use crate::row::BODY_HASH_LEN;
use crate::{AccountId, ClientSeq, ConversationId, ConversationKind, DeviceId, SecondParty, Session};

/// What can be seen of an MLSMessage that holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Envelope {
    /// Its group.
    pub group: ConversationId,
    /// Its epoch.
    pub epoch: u64,
}

/// Who makes a commit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Committer {
    /// A member of the group: a PrivateMessage.
    Member,
    /// A device that comes in by it: a PublicMessage of sender new_member_commit.
    External,
}

/// A POST, its alias resolved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PostRequest {
    /// Who sends.
    pub session: Session,
    /// The number.
    pub client_seq: ClientSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// The class, if it is not normal.
    pub class: Option<u64>,
    /// When the message loses its worth, in seconds; at least 1.
    pub expires_in_s: Option<u64>,
    /// What the payload is: `None` if it is no PrivateMessage of an application with the authenticated data of a message.
    pub envelope: Option<Envelope>,
    /// The payload.
    pub payload: Vec<u8>,
}

/// What a conversation is between, as the frame says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// The id that follows from it in this realm: [`crate::conversation_id`].
    pub id: ConversationId,
    /// What it is between.
    pub kind: ConversationKind,
    /// The account that comes first.
    pub first: AccountId,
    /// The account that comes second, or a nonce.
    pub second: SecondParty,
}

/// A COMMIT, its alias resolved and its pieces put together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitRequest {
    /// Who sends.
    pub session: Session,
    /// The number.
    pub client_seq: ClientSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// What the commit is: `None` if it is neither of what [`Committer`] names, with the authenticated data of a commit.
    pub envelope: Option<(Envelope, Committer)>,
    /// The devices that come in, strictly rising.
    pub added: Vec<DeviceId>,
    /// The devices that go, strictly rising, none of them in `added`.
    pub removed: Vec<DeviceId>,
    /// The commit.
    pub commit: Vec<u8>,
    /// The Welcome for those that come in; empty: none.
    pub welcome: Vec<u8>,
    /// What the conversation is between, in a commit that begins it.
    pub origin: Option<Origin>,
}

/// A hash of what makes two bodies the same; the first octet tells POST from COMMIT.
struct BodyHash(Blake2s256);

impl BodyHash {
    fn new(kind: u8, conversation: ConversationId) -> Self {
        Self(Blake2s256::new().chain_update([kind]).chain_update(conversation.as_bytes()))
    }

    fn number(self, value: u64) -> Self {
        Self(self.0.chain_update(value.to_be_bytes()))
    }

    fn octets(self, octets: &[u8]) -> Self {
        let hash = self.number(u64::try_from(octets.len()).unwrap_or(u64::MAX));
        Self(hash.0.chain_update(octets))
    }

    fn finish(self) -> [u8; BODY_HASH_LEN] {
        if planted::BODY_UNCHECKED.is_on() {
            return [0; BODY_HASH_LEN];
        }
        let digest: [u8; 32] = self.0.finalize().into();
        digest.first_chunk::<BODY_HASH_LEN>().copied().unwrap_or_default()
    }
}

impl PostRequest {
    pub(super) fn body_hash(&self) -> [u8; BODY_HASH_LEN] {
        // Class and expiry are at least 1 where they are given: zero says "absent".
        BodyHash::new(b'p', self.conversation)
            .number(self.class.unwrap_or(0))
            .number(self.expires_in_s.unwrap_or(0))
            .octets(&self.payload)
            .finish()
    }
}

impl CommitRequest {
    pub(super) fn body_hash(&self) -> [u8; BODY_HASH_LEN] {
        // The id follows from the origin, so that it stands for all of it.
        let origin = self.origin.map(|origin| *origin.id.as_bytes());
        BodyHash::new(b'c', self.conversation)
            .octets(&self.commit)
            .octets(&self.welcome)
            .octets(origin.as_ref().map_or(&[], |id| id.as_slice()))
            .finish()
    }
}
