//! The keys of a device. They are made here and never leave the store of the device (REG-029), but for the identity key, which
//! a device of the account passes to one that it links.

use pinnace_session::certificate::{self, DeviceTerms};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::{RealmId, account_id, device_id};
use pinnace_wire::{AccountId, DeviceId, UnixS};
use zeroize::Zeroizing;

use crate::random::Random;

/// How long a device certificate is valid, in seconds: ten years. A device ends by removal, not by its certificate.
pub(crate) const CERTIFICATE_LIFE_S: u64 = 315_360_000;

/// The three key pairs of a device.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Signs the certificates and the device lists of the account. Ed25519. A device that is to be linked gets the account's in
    /// place of its own.
    pub identity: SigningKey,
    /// Authenticates the device in the secure channel. X25519.
    pub device: StaticSecret,
    /// Signs what the device says in conversations. Ed25519.
    pub signature: SigningKey,
}

impl Keys {
    /// New keys.
    #[must_use]
    pub fn generate(random: &mut dyn Random) -> Self {
        Self {
            identity: SigningKey::from_seed(&Zeroizing::new(random.key())),
            device: StaticSecret::from_bytes(random.key()),
            signature: SigningKey::from_seed(&Zeroizing::new(random.key())),
        }
    }

    /// The id of the account, derived from its identity key.
    #[must_use]
    pub fn account(&self) -> AccountId {
        account_id(&self.identity.verifying_key().to_bytes())
    }

    /// The id of the device, derived from its static key.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        device_id(self.device.public())
    }

    /// The certificate that REGISTER_DEVICE presents, valid for ten years from now.
    ///
    /// `None` beyond the end of time.
    #[must_use]
    pub fn certificate(&self, realm: RealmId, now_unix_s: u64) -> Option<Vec<u8>> {
        let terms = DeviceTerms {
            noise_key: *self.device.public(),
            signature_key: self.signature.verifying_key().to_bytes(),
            not_after_s: UnixS::new(now_unix_s.saturating_add(CERTIFICATE_LIFE_S))?,
        };
        certificate::sign_device(&self.identity, realm, &terms).ok()
    }

    /// The secret halves, for the store.
    pub(crate) fn to_bytes(&self) -> Zeroizing<[u8; 96]> {
        let halves = [self.identity.expose_seed(), self.device.expose_bytes(), self.signature.expose_seed()];
        let mut octets = Zeroizing::new([0; 96]);
        for (place, octet) in octets.iter_mut().zip(halves.into_iter().flatten()) {
            *place = *octet;
        }
        octets
    }

    /// Undoes [`Self::to_bytes`].
    pub(crate) fn from_bytes(octets: &[u8]) -> Option<Self> {
        let (identity, rest) = octets.split_first_chunk()?;
        let (device, rest) = rest.split_first_chunk()?;
        let signature: &[u8; 32] = rest.try_into().ok()?;
        Some(Self {
            identity: SigningKey::from_seed(identity),
            device: StaticSecret::from_bytes(*device),
            signature: SigningKey::from_seed(signature),
        })
    }
}
