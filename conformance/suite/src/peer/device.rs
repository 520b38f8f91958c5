//! A device of the suite: keys, numbers, certificate.

use core::cell::{Cell, RefCell};

use ed25519_dalek::SigningKey;

use super::ids::{AccountId, DeviceId, sign};
use super::noise::{Secret, public_key};
use super::octets::varint;
use super::say::Hello;
use crate::ctx::Ctx;

/// Certificates of the suite end in the year 2100, so that the same seed gives the same octets.
pub const NOT_AFTER_S: u64 = 4_102_444_800;

/// Credit that never stalls a case that is not about credit.
pub const AMPLE_CREDIT: (u64, u64) = (1 << 20, 1 << 32);

/// One device with everything that it would keep on its disk. Its counters move through `&self`, so that two
/// sessions of one device can be open at once.
pub struct Device {
    /// What the case calls it.
    pub name: String,
    /// Its telephone number, E.164 with the plus sign.
    pub e164: String,
    /// Its account's identity key.
    pub identity: SigningKey,
    /// What it signs its leaves in groups with.
    pub signature: SigningKey,
    /// Its Noise static private key.
    pub secret: Secret,
    /// The public key of that.
    pub noise_key: [u8; 32],
    /// Derived from the Noise key.
    pub id: DeviceId,
    /// Derived from the identity key.
    pub account: AccountId,
    /// The counter of the last HELLO.
    pub hello_counter: Cell<u64>,
    /// The last `client_seq` that was used.
    pub client_seq: Cell<u64>,
    /// Every `client_seq` up to here is settled, as the next HELLO says.
    pub settled: Cell<u64>,
    /// Every mailbox item up to here is durable, as the next HELLO says.
    pub cursor: Cell<u64>,
    /// The edge that it met: static key and certificate.
    pub edge: RefCell<Option<Edge>>,
}

/// An edge server as a device remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Its Noise static public key.
    pub key: [u8; 32],
    /// The certificate of that key, as it came.
    pub certificate: Vec<u8>,
}

impl core::fmt::Debug for Device {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Device").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Device {
    /// A fresh device of a fresh account under a fresh number. Nobody knows it yet.
    #[must_use]
    pub fn new(ctx: &Ctx, name: &str) -> Self {
        let identity = SigningKey::from_bytes(&ctx.rng(&format!("{name} account")).array());
        Self::under(ctx, name, identity)
    }

    /// A fresh device of the account of another one, under a number of its own: an account may have several,
    /// and a number that just had a code does not get the next one at once.
    #[must_use]
    pub fn sibling(ctx: &Ctx, name: &str, of: &Self) -> Self {
        Self::under(ctx, name, of.identity.clone())
    }

    fn under(ctx: &Ctx, name: &str, identity: SigningKey) -> Self {
        // A country code that is not assigned, and ten digits.
        let e164 = format!("+999{:010}", ctx.rng(&format!("{name} number")).below(10_000_000_000));
        let mut secret: Secret = ctx.rng(&format!("{name} device")).array();
        // Never the key that stands for a forged one.
        secret[0] |= 1;
        let noise_key = public_key(&secret);
        Self {
            name: name.to_owned(),
            e164,
            account: AccountId::of(&identity.verifying_key().to_bytes()),
            identity,
            signature: SigningKey::from_bytes(&ctx.rng(&format!("{name} signature")).array()),
            secret,
            noise_key,
            id: DeviceId::of(&noise_key),
            hello_counter: Cell::new(0),
            client_seq: Cell::new(0),
            settled: Cell::new(0),
            cursor: Cell::new(0),
            edge: RefCell::new(None),
        }
    }

    /// The HELLO that it would send next. Raises its counter.
    #[must_use]
    pub fn next_hello(&self) -> Hello {
        let hello_counter = self.hello_counter.get().saturating_add(1);
        self.hello_counter.set(hello_counter);
        let (credit_count, credit_bytes) = AMPLE_CREDIT;
        Hello {
            hello_counter,
            settled: self.settled.get(),
            cursor: self.cursor.get(),
            activity: 1,
            credit_count,
            credit_bytes,
            extensions: Vec::new(),
        }
    }

    /// Takes the next `client_seq`.
    #[must_use]
    pub fn next_client_seq(&self) -> u64 {
        let client_seq = self.client_seq.get().saturating_add(1);
        self.client_seq.set(client_seq);
        client_seq
    }

    /// Its certificate, true in every field.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        Certificate {
            version: 1,
            identity_key: self.identity.verifying_key().to_bytes(),
            device: self.id,
            noise_key: self.noise_key,
            signature_key: self.signature.verifying_key().to_bytes(),
            account: self.account,
            not_after_s: NOT_AFTER_S,
        }
    }
}

/// A device certificate before it is signed, every field at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under device_certificate")]
pub struct Certificate {
    pub version: u8,
    pub identity_key: [u8; 32],
    pub device: DeviceId,
    pub noise_key: [u8; 32],
    pub signature_key: [u8; 32],
    pub account: AccountId,
    pub not_after_s: u64,
}

impl Certificate {
    /// Signed by this key for this realm, as octets.
    #[must_use]
    pub fn signed(&self, key: &SigningKey, realm: &[u8; 32]) -> Vec<u8> {
        let body = [
            &[self.version][..],
            &self.identity_key,
            &self.device.0,
            &self.noise_key,
            &self.signature_key,
            &self.account.0,
            &varint(self.not_after_s),
        ]
        .concat();
        let signature = sign(key, "pinnace/1 device certificate", realm, &body);
        [&body[..], &signature].concat()
    }
}
