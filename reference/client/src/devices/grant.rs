//! What makes a new device one of the account, sealed with the secret of its code.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use pinnace_session::RealmId;
use pinnace_session::certificate::check_device;
use pinnace_session::digest::labelled_digest;
use pinnace_session::ed25519::SigningKey;
use pinnace_session::label::Label;
use zeroize::Zeroizing;

use super::link_code::LinkCode;
use super::list::check;
use crate::random::Random;

const KEY: Label = Label::new("pinnace/1 link key");

/// The kind of this payload, beside those of [`plain`](crate::plain).
const KIND: u8 = 3;

const NONCE_LEN: usize = 12;

/// What the approving device passes to the new one.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// The identity key of the account.
    pub(crate) identity: SigningKey,
    /// The certificate of the new device.
    pub(crate) certificate: Vec<u8>,
    /// The list that names it.
    pub(crate) list: Vec<u8>,
}

impl Grant {
    /// The payload of the message.
    pub(crate) fn seal(&self, realm: RealmId, code: &LinkCode, random: &mut dyn Random) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let certificate_len = u16::try_from(self.certificate.len()).ok()?.to_be_bytes();
        let seed = self.identity.expose_seed().as_slice();
        let open = [&[1], seed, &certificate_len, &self.certificate, &self.list].concat();
        let open = Zeroizing::new(open);
        let sealed = cipher(realm, code).encrypt(&Nonce::from(nonce), open.as_slice()).ok()?;
        Some([&[KIND], nonce.as_slice(), &sealed].concat())
    }

    /// Opens the payload of a message; `None` unless it was sealed with this code's secret, and certificate and list are of
    /// the identity key in it and name the device of the code.
    pub(crate) fn open(realm: RealmId, code: &LinkCode, payload: &[u8], now_s: u64) -> Option<Self> {
        let (nonce, sealed) = payload.strip_prefix(&[KIND])?.split_first_chunk::<NONCE_LEN>()?;
        let open = Zeroizing::new(cipher(realm, code).decrypt(&Nonce::from(*nonce), sealed).ok()?);
        let (seed, rest) = open.strip_prefix(&[1])?.split_first_chunk::<32>()?;
        let (certificate_len, rest) = rest.split_first_chunk()?;
        let (certificate, list) = rest.split_at_checked(u16::from_be_bytes(*certificate_len).into())?;
        let identity = SigningKey::from_seed(seed);
        let held = check_device(realm, certificate, &code.noise_key, now_s).ok()?;
        let is_ours = held.identity_key == identity.verifying_key().to_bytes()
            && held.signature_key == code.signature_key;
        let (devices, _) = check(realm, held.account, list, None).ok()?;
        (is_ours && devices.devices.contains(&code.device())).then(|| Self {
            identity,
            certificate: certificate.to_vec(),
            list: list.to_vec(),
        })
    }
}

fn cipher(realm: RealmId, code: &LinkCode) -> ChaCha20Poly1305 {
    let parts = [realm.0.as_slice(), &code.noise_key.0, &code.signature_key, &code.secret].concat();
    let key = Zeroizing::new(labelled_digest(KEY, &Zeroizing::new(parts)));
    ChaCha20Poly1305::new(&(*key).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinnace_session::certificate::{DeviceTerms, sign_device};
    use pinnace_session::device_list::{ListTerms, sign_list};
    use pinnace_session::noise::PublicKey;
    use pinnace_wire::{DeviceId, ListVersion, UnixS};

    const REALM: RealmId = RealmId([7; 32]);

    struct Dice;

    impl Random for Dice {
        fn fill(&mut self, octets: &mut [u8]) {
            octets.fill(9);
        }
    }

    fn code() -> LinkCode {
        LinkCode { noise_key: PublicKey([1; 32]), signature_key: [2; 32], secret: [3; 32] }
    }

    fn grant(identity: u8, signer: u8, signature_key: [u8; 32], listed: DeviceId) -> Grant {
        let signer = SigningKey::from_seed(&[signer; 32]);
        let terms = DeviceTerms {
            noise_key: PublicKey([1; 32]),
            signature_key,
            not_after_s: UnixS::new(1000).unwrap(),
        };
        let list = ListTerms {
            list_version: ListVersion::FIRST,
            previous: [0; 32],
            issued_s: UnixS::new(5).unwrap(),
            devices: &[listed],
        };
        Grant {
            identity: SigningKey::from_seed(&[identity; 32]),
            certificate: sign_device(&signer, REALM, &terms).unwrap(),
            list: sign_list(&signer, REALM, &list).unwrap(),
        }
    }

    #[test]
    fn a_grant_comes_back_to_whoever_has_the_code() {
        let good = grant(4, 4, [2; 32], code().device());
        let payload = good.seal(REALM, &code(), &mut Dice).unwrap();
        let back = Grant::open(REALM, &code(), &payload, 900).unwrap();
        assert_eq!(back.identity.expose_seed(), &[4; 32]);
        assert_eq!((back.certificate, back.list), (good.certificate, good.list));
        let others = [
            LinkCode { secret: [4; 32], ..code() },
            LinkCode { signature_key: [4; 32], ..code() },
            LinkCode { noise_key: PublicKey([4; 32]), ..code() },
        ];
        for other in others {
            assert!(Grant::open(REALM, &other, &payload, 900).is_none());
        }
        assert!(Grant::open(RealmId([8; 32]), &code(), &payload, 900).is_none());
        assert!(Grant::open(REALM, &code(), &payload, 1001).is_none(), "the certificate is over");
        for place in 0..payload.len() {
            let mut changed = payload.clone();
            changed[place] ^= 1;
            assert!(Grant::open(REALM, &code(), &changed, 900).is_none(), "{place}");
            assert!(Grant::open(REALM, &code(), &payload[..place], 900).is_none(), "{place}");
        }
    }

    #[test]
    fn a_grant_that_does_not_hold_is_not_believed() {
        let sealed = |grant: &Grant| grant.seal(REALM, &code(), &mut Dice).unwrap();
        for bad in [
            grant(5, 4, [2; 32], code().device()),
            grant(4, 4, [3; 32], code().device()),
            grant(4, 4, [2; 32], DeviceId::new([8; 16])),
        ] {
            assert!(Grant::open(REALM, &code(), &sealed(&bad), 900).is_none());
        }
    }
}
