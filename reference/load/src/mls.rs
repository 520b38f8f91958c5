//! What MLS shows of itself to a server, made here: envelopes around random octets, and KeyPackages that hold.

use pinnace_session::ed25519::SigningKey;
use pinnace_wire::mls::{ContentType, KeyPackage};
use pinnace_wire::{CommitAad, ConversationId, DeviceId, List, MessageAad};

use crate::letter::{LETTER_LEN, Letter};
use crate::{Failure, clock};

/// Octets of the sender data of a PrivateMessage, as AES-128-GCM makes them.
const SENDER_DATA_LEN: usize = 28;
/// Octets of an HPKE public key.
const KEY_LEN: usize = 32;
/// Octets of a KeyPackage that is made here.
pub(crate) const PACKAGE_LEN: usize = 470;
/// How long KeyPackages live.
const LIFE_S: u64 = 86_400;

/// A vector of MLS: its length in the fewest octets (RFC 9420, 2.1.2), then its octets.
fn put_vector(out: &mut Vec<u8>, octets: &[u8]) {
    match octets.len() {
        len @ 0..64 => out.push(u8::try_from(len).unwrap_or(0)),
        len @ 64..16_384 => {
            out.extend_from_slice(&(u16::try_from(len).unwrap_or(0) | 0x4000).to_be_bytes());
        }
        len => out.extend_from_slice(&(u32::try_from(len).unwrap_or(0) | 0x8000_0000).to_be_bytes()),
    }
    out.extend_from_slice(octets);
}

/// Where a PrivateMessage stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand {
    /// Its group.
    pub(crate) group: ConversationId,
    /// Its epoch.
    pub(crate) epoch: u64,
}

/// A PrivateMessage with a letter at its end, its ciphertext so long. Nobody could decrypt it.
fn private(stand: Stand, content: (ContentType, &[u8]), letter: &Letter, len: usize) -> Vec<u8> {
    let (content_type, authenticated_data) = content;
    let mut message = Vec::with_capacity(len.saturating_add(authenticated_data.len()).saturating_add(80));
    message.extend_from_slice(&[0, 1, 0, 2]);
    put_vector(&mut message, stand.group.as_bytes());
    message.extend_from_slice(&stand.epoch.to_be_bytes());
    message.push(match content_type {
        ContentType::Application => 1,
        ContentType::Proposal => 2,
        ContentType::Commit => 3,
    });
    put_vector(&mut message, authenticated_data);
    put_vector(&mut message, &[0xa5; SENDER_DATA_LEN]);
    let mut ciphertext = vec![0x5a; len.saturating_sub(LETTER_LEN)];
    ciphertext.extend_from_slice(&letter.payload(LETTER_LEN));
    put_vector(&mut message, &ciphertext);
    message
}

/// A message of the group's members.
pub(crate) fn message(stand: Stand, letter: &Letter, len: usize) -> Vec<u8> {
    private(stand, (ContentType::Application, &[MessageAad::VERSION]), letter, len)
}

/// A commit that brings these devices in, rising, and nobody out.
pub(crate) fn commit(
    stand: Stand,
    added: &[DeviceId],
    letter: &Letter,
    len: usize,
) -> Result<Vec<u8>, Failure> {
    let aad = CommitAad { added: List::from_slice(added), removed: List::EMPTY };
    let mut octets = vec![0; aad.encoded_len()];
    aad.encode(&mut octets).map_err(|error| Failure::Usage(format!("commit: {error}")))?;
    Ok(private(stand, (ContentType::Commit, &octets), letter, len))
}

/// The letter at the end of a message or a commit.
pub(crate) fn letter(message: &[u8]) -> Option<Letter> {
    Letter::read(message.get(message.len().checked_sub(LETTER_LEN)?..)?)
}

/// Whose KeyPackages are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stocker<'a> {
    /// The key that its certificate names for MLS.
    pub(crate) signer: &'a SigningKey,
    /// That certificate.
    pub(crate) certificate: &'a [u8],
}

impl Stocker<'_> {
    /// A KeyPackage of suite 1, for one use, with a letter in its init key.
    pub(crate) fn key_package(&self, letter: &Letter) -> Vec<u8> {
        let now_s = clock::unix_s();
        let mut leaf = Vec::new();
        let init_key = letter.payload(KEY_LEN);
        let encryption_key: Vec<u8> = init_key.iter().map(|octet| !octet).collect();
        put_vector(&mut leaf, &encryption_key);
        put_vector(&mut leaf, &self.signer.verifying_key().to_bytes());
        leaf.extend_from_slice(&[0, 1]);
        put_vector(&mut leaf, self.certificate);
        // Version, suite, no extensions, no proposals, basic credentials; then the source: a KeyPackage.
        leaf.extend_from_slice(&[2, 0, 1, 2, 0, 1, 0, 0, 2, 0, 1, 1]);
        leaf.extend_from_slice(&now_s.saturating_sub(60).to_be_bytes());
        leaf.extend_from_slice(&now_s.saturating_add(LIFE_S).to_be_bytes());
        leaf.push(0);
        let signature = self.signature("LeafNodeTBS", &leaf);
        put_vector(&mut leaf, &signature);
        let mut package = vec![0, 1, 0, 1];
        put_vector(&mut package, &init_key);
        package.extend_from_slice(&leaf);
        package.push(0);
        let signature = self.signature(KeyPackage::LABEL, &package);
        put_vector(&mut package, &signature);
        package
    }

    /// SignWithLabel (RFC 9420, 5.1.2).
    fn signature(&self, label: &str, content: &[u8]) -> [u8; 64] {
        let mut octets = Vec::new();
        put_vector(&mut octets, format!("MLS 1.0 {label}").as_bytes());
        put_vector(&mut octets, content);
        self.signer.sign_octets(&octets)
    }
}

/// The letter in a KeyPackage.
pub(crate) fn letter_of_package(octets: &[u8]) -> Option<Letter> {
    Letter::read(KeyPackage::decode(octets).ok()?.init_key)
}

#[cfg(test)]
mod tests {
    use pinnace_session::RealmId;
    use pinnace_session::key_package::{KeyPackageRules, check_key_package};
    use pinnace_wire::mls::Envelope;

    use super::*;
    use crate::device::Device;

    const LETTER: Letter = Letter { from: 1, to: 2, number: 3, stamp_ns: 4 };
    const STAND: Stand = Stand { group: ConversationId::new([7; 16]), epoch: 5 };

    #[track_caller]
    fn check(message: &[u8], content_type: ContentType) {
        let envelope = Envelope::decode(message).unwrap();
        assert_eq!((envelope.group_id, envelope.epoch.value()), ([7; 16].as_slice(), 5));
        assert_eq!((envelope.content_type, letter(message)), (content_type, Some(LETTER)));
    }

    #[test]
    fn envelopes_hold_and_letters_come_back() {
        check(&message(STAND, &LETTER, 100), ContentType::Application);
        let commit = commit(STAND, &[DeviceId::new([1; 16])], &LETTER, 20_000).unwrap();
        check(&commit, ContentType::Commit);
    }

    #[test]
    fn key_packages_hold() {
        let (device, realm) = (Device::new(0).unwrap(), RealmId([3; 32]));
        let certificate = device.certificate(realm).unwrap();
        let package = device.stocker(&certificate).key_package(&LETTER);
        assert_eq!((package.len(), letter_of_package(&package)), (PACKAGE_LEN, Some(LETTER)));
        let checked = check_key_package(&KeyPackageRules::new(realm, clock::unix_s()), &package).unwrap();
        assert_eq!(checked.device, device.id());
    }
}
