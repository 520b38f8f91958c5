//! The certificate of this device.

use pinnace_session::RealmId;
use pinnace_session::certificate::check_device;

use crate::keys::Keys;

/// A certificate with less life than this is replaced, in seconds: as long as a KeyPackage that it certifies may live.
const LIFE_MIN_S: u64 = pinnace_e2ee::KEY_PACKAGE_S_MAX;

/// The certificate that is kept, where it is of these keys and lasts long enough, else `None`.
pub(crate) fn lasting(kept: Option<&[u8]>, keys: &Keys, realm: RealmId, now_s: u64) -> Option<Vec<u8>> {
    let octets = kept?;
    let held = check_device(realm, octets, keys.device.public(), now_s.saturating_add(LIFE_MIN_S)).ok()?;
    let is_ours =
        held.account == keys.account() && held.signature_key == keys.signature.verifying_key().to_bytes();
    is_ours.then(|| octets.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    struct Dice(u8);

    impl Random for Dice {
        fn fill(&mut self, octets: &mut [u8]) {
            self.0 = self.0.wrapping_add(1);
            octets.fill(self.0);
        }
    }

    const REALM: RealmId = RealmId([7; 32]);

    #[test]
    fn a_certificate_is_kept_while_it_lasts_and_is_of_these_keys() {
        let (keys, others) = (Keys::generate(&mut Dice(0)), Keys::generate(&mut Dice(100)));
        let made = keys.certificate(REALM, 1000).unwrap();
        assert_eq!(lasting(Some(&made), &keys, REALM, 1000), Some(made.clone()));
        let end_s = 1000 + 315_360_000;
        assert_eq!(lasting(Some(&made), &keys, REALM, end_s - LIFE_MIN_S + 1), None);
        assert_eq!(lasting(Some(&made), &others, REALM, 1000), None);
        assert_eq!(lasting(Some(&made), &keys, RealmId([8; 32]), 1000), None);
        assert_eq!(lasting(None, &keys, REALM, 1000), None);
        let mut adopted = keys.clone();
        adopted.identity = others.identity;
        assert_eq!(lasting(Some(&made), &adopted, REALM, 1000), None);
    }
}
