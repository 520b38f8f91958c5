//! Envelopes of MLS messages (RFC 9420, 6), every field at hand, so that a case can bend one. What a server cannot read is
//! random.

use super::ids::{ConversationId, DeviceId};
use super::octets::{len_prefixed, varint};
use crate::rng::CaseRng;

/// `WireFormat` mls_public_message.
pub const PUBLIC: u16 = 1;
/// `WireFormat` mls_private_message.
pub const PRIVATE: u16 = 2;

/// `ContentType`.
#[expect(missing_docs, reason = "the names stand in RFC 9420, 6")]
pub mod content {
    pub const APPLICATION: u8 = 1;
    pub const PROPOSAL: u8 = 2;
    pub const COMMIT: u8 = 3;
}

/// `SenderType`, with what follows it.
#[expect(missing_docs, reason = "the names stand in RFC 9420, 6")]
pub mod sender {
    pub const MEMBER: &[u8] = &[1, 0, 0, 0, 0];
    pub const EXTERNAL: &[u8] = &[2, 0, 0, 0, 0];
    pub const NEW_MEMBER_PROPOSAL: &[u8] = &[3];
    pub const NEW_MEMBER_COMMIT: &[u8] = &[4];
}

/// An MLSMessage that is a PrivateMessage or a PublicMessage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in RFC 9420, 6")]
pub struct Envelope {
    pub version: u16,
    pub wire_format: u16,
    pub group_id: Vec<u8>,
    pub epoch: u64,
    pub content_type: u8,
    /// Of a PublicMessage only.
    pub sender: Vec<u8>,
    pub authenticated_data: Vec<u8>,
    /// Of a PrivateMessage only.
    pub encrypted_sender_data: Vec<u8>,
    /// Of a PublicMessage: what stands behind the content type.
    pub ciphertext: Vec<u8>,
}

impl Envelope {
    /// A message of an application, as POST carries it.
    #[must_use]
    pub fn message(group: ConversationId, epoch: u64, rng: &mut CaseRng) -> Self {
        Self {
            version: 1,
            wire_format: PRIVATE,
            group_id: group.0.to_vec(),
            epoch,
            content_type: content::APPLICATION,
            sender: Vec::new(),
            authenticated_data: vec![1],
            encrypted_sender_data: rng.array::<28>().to_vec(),
            ciphertext: rng.array::<48>().to_vec(),
        }
    }

    /// A commit of a member with this roster delta.
    #[must_use]
    pub fn commit(group: ConversationId, epoch: u64, delta: &Delta, rng: &mut CaseRng) -> Self {
        Self {
            content_type: content::COMMIT,
            authenticated_data: delta.octets(),
            ..Self::message(group, epoch, rng)
        }
    }

    /// A commit by which its sender joins.
    #[must_use]
    pub fn external(group: ConversationId, epoch: u64, delta: &Delta, rng: &mut CaseRng) -> Self {
        Self {
            wire_format: PUBLIC,
            sender: sender::NEW_MEMBER_COMMIT.to_vec(),
            ..Self::commit(group, epoch, delta, rng)
        }
    }

    /// As octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let front = [
            &self.version.to_be_bytes()[..],
            &self.wire_format.to_be_bytes(),
            &len_prefixed(&self.group_id),
            &self.epoch.to_be_bytes(),
        ];
        let data = len_prefixed(&self.authenticated_data);
        let rest = if self.wire_format == PUBLIC {
            [&self.sender[..], &data, &[self.content_type], &self.ciphertext].concat()
        } else {
            let sealed = [len_prefixed(&self.encrypted_sender_data), len_prefixed(&self.ciphertext)];
            [&[self.content_type][..], &data, &sealed.concat()].concat()
        };
        [front.concat(), rest].concat()
    }
}

/// A roster delta: the structure `commit_aad`, every field at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under commit_aad")]
pub struct Delta {
    pub version: u8,
    pub added: Vec<DeviceId>,
    pub removed: Vec<DeviceId>,
}

impl Delta {
    /// What the commit changes, in the order that the structure wants.
    #[must_use]
    pub fn of(added: &[DeviceId], removed: &[DeviceId]) -> Self {
        let rising = |devices: &[DeviceId]| {
            let mut devices = devices.to_vec();
            devices.sort_unstable();
            devices
        };
        Self { version: 1, added: rising(added), removed: rising(removed) }
    }

    /// As octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        [&[self.version][..], &list(&self.added), &list(&self.removed)].concat()
    }
}

fn list(devices: &[DeviceId]) -> Vec<u8> {
    let count = varint(u64::try_from(devices.len()).unwrap_or(u64::MAX));
    count.into_iter().chain(devices.iter().flat_map(|device| device.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Delta, Envelope};
    use crate::peer::{ConversationId, DeviceId};
    use crate::rng::CaseRng;

    #[test]
    fn fields_stand_where_mls_has_them() {
        let group = ConversationId([7; 16]);
        let delta = Delta::of(&[DeviceId([2; 16]), DeviceId([1; 16])], &[]);
        let fields = pinnace_oracle::decode_structure("commit_aad", &delta.octets()).unwrap();
        assert_eq!(fields.len(), 3);
        let mut rng = CaseRng::new(1, &["x"]);
        let octets = Envelope::commit(group, 258, &delta, &mut rng).octets();
        assert_eq!(octets[..5], [0, 1, 0, 2, 16]);
        assert_eq!(octets[21..31], [0, 0, 0, 0, 0, 0, 1, 2, 3, 35]);
        assert_eq!(octets[31..33], [1, 2]);
        assert_eq!(octets.len(), 31 + 35 + 1 + 28 + 1 + 48);
        let octets = Envelope::external(group, 0, &delta, &mut rng).octets();
        assert_eq!(octets[..5], [0, 1, 0, 1, 16]);
        assert_eq!(octets[29..31], [4, 35]);
        assert_eq!(octets[66], 3);
    }
}
