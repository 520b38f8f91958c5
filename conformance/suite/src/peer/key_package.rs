//! KeyPackages of RFC 9420, section 10, written octet by octet; every field at hand, so that a case can bend one.

use ed25519_dalek::{Signer, SigningKey};

use super::device::Device;
use super::ids::digest;
use super::octets::len_prefixed;
use crate::ctx::Ctx;

/// The two suites that every server knows.
pub const SUITES: [u16; 2] = [0x0001, 0x0003];

/// How long an honest KeyPackage lives, in seconds: less than any server's longest lifetime.
pub const LIFE_S: u64 = 1_800;

/// The extension `last_resort`, with its empty data.
pub const LAST_RESORT: [u8; 3] = [0x00, 0x0a, 0x00];

/// A credential of type basic.
pub const BASIC: u16 = 1;

/// Where the leaf comes from, and what stands for it in the octets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sources stand in RFC 9420, section 7.2")]
pub enum Source {
    KeyPackage { not_before_s: u64, not_after_s: u64 },
    Update,
    Commit { parent_hash: Vec<u8> },
}

/// A KeyPackage before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in RFC 9420, sections 7.2 and 10")]
pub struct KeyPackage {
    pub version: u16,
    pub suite: u16,
    pub init_key: Vec<u8>,
    pub encryption_key: Vec<u8>,
    pub signature_key: Vec<u8>,
    pub credential_type: u16,
    pub identity: Vec<u8>,
    pub versions: Vec<u8>,
    pub source: Source,
    pub extensions: Vec<u8>,
    pub leaf_label: &'static str,
    pub package_label: &'static str,
}

impl KeyPackage {
    /// One of this device, true in every field. `name` tells it from the others of its case.
    #[must_use]
    pub fn new(ctx: &Ctx, device: &Device, suite: u16, now_s: u64, name: &str) -> Self {
        let realm = ctx.endpoint().realm;
        let key = |purpose: &str| {
            ctx.rng(&format!("{} {suite} {name} {purpose}", device.name)).array::<32>().to_vec()
        };
        Self {
            version: 1,
            suite,
            init_key: key("init"),
            encryption_key: key("encryption"),
            signature_key: device.signature.verifying_key().to_bytes().to_vec(),
            credential_type: BASIC,
            identity: device.certificate().signed(&device.identity, &realm),
            versions: vec![0, 1],
            source: Source::KeyPackage {
                not_before_s: now_s.saturating_sub(60),
                not_after_s: now_s.saturating_add(LIFE_S),
            },
            extensions: Vec::new(),
            leaf_label: "MLS 1.0 LeafNodeTBS",
            package_label: "MLS 1.0 KeyPackageTBS",
        }
    }

    /// With the extension `last_resort`.
    #[must_use]
    pub fn of_last_resort(mut self) -> Self {
        self.extensions = LAST_RESORT.to_vec();
        self
    }

    /// With the lifetime ending then.
    #[must_use]
    pub fn until(mut self, not_after_s: u64) -> Self {
        if let Source::KeyPackage { not_after_s: end_s, .. } = &mut self.source {
            *end_s = not_after_s;
        }
        self
    }

    /// Signed with the device's signature key, as octets.
    #[must_use]
    pub fn signed(&self, device: &Device) -> Vec<u8> {
        self.signed_by(&device.signature, &device.signature)
    }

    /// Signed with a key for the leaf and one for the whole.
    #[must_use]
    pub fn signed_by(&self, leaf_key: &SigningKey, key: &SigningKey) -> Vec<u8> {
        let leaf = self.leaf();
        let signature = sign_with_label(leaf_key, self.leaf_label, &leaf);
        self.around(&[&leaf[..], &len_prefixed(&signature)].concat(), key)
    }

    /// Signed, with one bit of the leaf's signature changed; the signature of the whole is over what it became.
    #[must_use]
    pub fn with_leaf_bent(&self, device: &Device) -> Vec<u8> {
        let leaf = self.leaf();
        let mut signature = sign_with_label(&device.signature, self.leaf_label, &leaf);
        if let Some(octet) = signature.get_mut(20) {
            *octet ^= 1;
        }
        self.around(&[&leaf[..], &len_prefixed(&signature)].concat(), &device.signature)
    }

    /// With two signatures of the case's choice.
    #[must_use]
    pub fn with_signatures(&self, of_leaf: &[u8; 64], of_package: &[u8; 64]) -> Vec<u8> {
        let leaf = [self.leaf(), len_prefixed(of_leaf)].concat();
        [self.body(&leaf), len_prefixed(of_package)].concat()
    }

    /// What the leaf's signature is over: every field before it.
    fn leaf(&self) -> Vec<u8> {
        let pairs = |values: &[u16]| -> Vec<u8> {
            len_prefixed(&values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>())
        };
        let source = match &self.source {
            Source::KeyPackage { not_before_s, not_after_s } => {
                [&[1][..], &not_before_s.to_be_bytes(), &not_after_s.to_be_bytes()].concat()
            }
            Source::Update => vec![2],
            Source::Commit { parent_hash } => [vec![3], len_prefixed(parent_hash)].concat(),
        };
        [
            len_prefixed(&self.encryption_key),
            len_prefixed(&self.signature_key),
            self.credential_type.to_be_bytes().to_vec(),
            len_prefixed(&self.identity),
            // Capabilities: versions, suites, extensions, proposals, credentials.
            len_prefixed(&self.versions),
            pairs(&SUITES),
            pairs(&[]),
            pairs(&[]),
            pairs(&[BASIC]),
            source,
            // The leaf's own extensions.
            pairs(&[]),
        ]
        .concat()
    }

    fn around(&self, leaf_node: &[u8], key: &SigningKey) -> Vec<u8> {
        let body = self.body(leaf_node);
        let signature = sign_with_label(key, self.package_label, &body);
        [&body[..], &len_prefixed(&signature)].concat()
    }

    /// What the signature of the whole is over.
    fn body(&self, leaf_node: &[u8]) -> Vec<u8> {
        [
            &self.version.to_be_bytes()[..],
            &self.suite.to_be_bytes(),
            &len_prefixed(&self.init_key),
            leaf_node,
            &len_prefixed(&self.extensions),
        ]
        .concat()
    }
}

/// SignWithLabel of RFC 9420, section 5.1.2. Its lengths are varints of the same form as ours.
fn sign_with_label(key: &SigningKey, label: &str, content: &[u8]) -> [u8; 64] {
    key.sign(&[len_prefixed(label.as_bytes()), len_prefixed(content)].concat()).to_bytes()
}

/// The reference of a KeyPackage: the front of its digest.
#[must_use]
pub fn reference(octets: &[u8]) -> [u8; 16] {
    digest("pinnace/1 key package", octets).first_chunk().copied().unwrap_or([0; 16])
}

/// The digest of a stock of one-time KeyPackages of one suite, in any order.
#[must_use]
pub fn set_digest(stock: &[Vec<u8>]) -> [u8; 32] {
    let mut references: Vec<[u8; 16]> = stock.iter().map(|octets| reference(octets)).collect();
    references.sort_unstable();
    digest("pinnace/1 key set", &references.concat())
}
