//! Whether a device list is to be believed.

use core::fmt;

use pinnace_session::RealmId;
use pinnace_session::device_list::{CheckedList, DeviceListError, check_list, list_digest};
use pinnace_wire::{AccountId, DeviceId, ListVersion};

use super::pin::{Pin, Seen};

/// The devices of an account, as its list in force names them; judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountDevices {
    /// The account.
    pub account: AccountId,
    /// Its Ed25519 identity key.
    pub identity_key: [u8; 32],
    /// The list's number.
    pub list_version: ListVersion,
    /// The devices, rising.
    pub devices: Vec<DeviceId>,
    /// How the list stands to what was seen before.
    pub seen: Seen,
}

/// Why a device list is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListRefused {
    /// It is no list, or its signature does not hold (DEV-018).
    Broken(DeviceListError),
    /// It is the list of another account (DEV-018).
    OtherAccount {
        /// Whose it is.
        found: AccountId,
    },
    /// Its devices do not rise, or a first list names one before it (DEV-018).
    Malformed,
    /// The account has another identity key than the one that was seen first (DEV-024).
    IdentityChanged {
        /// The key that was seen first.
        kept: [u8; 32],
        /// The one that it says now.
        told: [u8; 32],
    },
    /// Its number is lower than one that was seen (DEV-019).
    Fallen {
        /// The highest number that was seen.
        seen: ListVersion,
        /// The one that it says now.
        told: ListVersion,
    },
    /// It contradicts a list that was seen: another of the same number, or a next one that does not follow (DEV-019).
    Forked {
        /// Its number.
        told: ListVersion,
    },
}

/// Judges a list of this account by itself and by what was seen of the account before. What is believed is given with the
/// pin that is to be kept.
///
/// # Errors
///
/// [`ListRefused`]; nothing of the list may be used.
pub fn check(
    realm: RealmId,
    account: AccountId,
    octets: &[u8],
    known: Option<&Pin>,
) -> Result<(AccountDevices, Pin), ListRefused> {
    let list = check_list(realm, octets).map_err(ListRefused::Broken)?;
    if list.account != account {
        return Err(ListRefused::OtherAccount { found: list.account });
    }
    let rises = list.devices.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
    let is_first = list.list_version == ListVersion::FIRST;
    if !rises || (is_first && list.previous != [0; 32]) {
        return Err(ListRefused::Malformed);
    }
    let digest = list_digest(octets);
    let seen = known.map_or(Ok(Seen::First), |pin| against(pin, &list, &digest))?;
    let pin = Pin {
        account,
        identity_key: list.identity_key,
        list_version: list.list_version,
        list_digest: digest,
        // Once versions were skipped nobody here can vouch for the chain.
        is_chained: known.is_none_or(|pin| pin.is_chained) && seen != Seen::Skipped,
        is_compared: known.is_some_and(|pin| pin.is_compared),
    };
    let CheckedList { identity_key, list_version, devices, .. } = list;
    Ok((AccountDevices { account, identity_key, list_version, devices, seen }, pin))
}

fn against(pin: &Pin, list: &CheckedList, digest: &[u8; 32]) -> Result<Seen, ListRefused> {
    if pin.identity_key != list.identity_key {
        return Err(ListRefused::IdentityChanged { kept: pin.identity_key, told: list.identity_key });
    }
    let (seen, told) = (pin.list_version, list.list_version);
    match told.value().checked_sub(seen.value()) {
        None => Err(ListRefused::Fallen { seen, told }),
        Some(0) if pin.list_digest == *digest => Ok(Seen::Same),
        Some(1) if pin.list_digest == list.previous => Ok(Seen::Next),
        Some(0 | 1) => Err(ListRefused::Forked { told }),
        Some(_) => Ok(Seen::Skipped),
    }
}

impl fmt::Display for ListRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => error.fmt(f),
            Self::OtherAccount { found } => write!(f, "the server gave the device list of account {found}"),
            Self::Malformed => f.write_str("the device list is not of the form that it must have"),
            Self::IdentityChanged { .. } => f.write_str(
                "the identity key of the account has CHANGED: it lost its keys, or somebody interferes",
            ),
            Self::Fallen { seen, told } => {
                write!(f, "the device list went back from version {seen} to {told}: somebody interferes")
            }
            Self::Forked { told } => {
                write!(f, "the device list {told} contradicts the one that was seen: somebody interferes")
            }
        }
    }
}

impl core::error::Error for ListRefused {}

#[cfg(test)]
mod tests {
    use super::*;
    use pinnace_session::account_id;
    use pinnace_session::device_list::{ListTerms, sign_list};
    use pinnace_session::ed25519::SigningKey;
    use pinnace_wire::UnixS;

    const REALM: RealmId = RealmId([7; 32]);

    fn identity() -> SigningKey {
        SigningKey::from_seed(&[1; 32])
    }

    fn account() -> AccountId {
        account_id(&identity().verifying_key().to_bytes())
    }

    fn list(version: u64, previous: [u8; 32], devices: &[u8]) -> Vec<u8> {
        let devices: Vec<DeviceId> = devices.iter().map(|number| DeviceId::new([*number; 16])).collect();
        let terms = ListTerms {
            list_version: ListVersion::new(version).unwrap(),
            previous,
            issued_s: UnixS::new(5).unwrap(),
            devices: &devices,
        };
        sign_list(&identity(), REALM, &terms).unwrap()
    }

    fn judge(octets: &[u8], known: Option<&Pin>) -> Result<(AccountDevices, Pin), ListRefused> {
        check(REALM, account(), octets, known)
    }

    /// The pin of a chain of so many lists.
    fn pin(versions: u64) -> (Pin, Vec<u8>) {
        let (mut pin, mut previous, mut last) = (None, [0; 32], Vec::new());
        for version in 1..=versions {
            last = list(version, previous, &[1, 2]);
            previous = list_digest(&last);
            pin = Some(judge(&last, pin.as_ref()).unwrap().1);
        }
        (pin.unwrap(), last)
    }

    #[test]
    fn a_list_is_believed_only_with_its_signature_and_of_its_account() {
        let good = list(1, [0; 32], &[1, 2]);
        let (devices, pin) = judge(&good, None).unwrap();
        assert_eq!((devices.seen, devices.devices.len(), pin.is_chained), (Seen::First, 2, true));
        let mut bad = good.clone();
        *bad.last_mut().unwrap() ^= 1;
        assert_eq!(judge(&bad, None), Err(ListRefused::Broken(DeviceListError::BadSignature)));
        assert!(matches!(
            check(RealmId([8; 32]), account(), &good, None),
            Err(ListRefused::Broken(DeviceListError::BadSignature))
        ));
        let other = AccountId::new([9; 16]);
        let refused = check(REALM, other, &good, None);
        assert_eq!(refused, Err(ListRefused::OtherAccount { found: account() }));
        assert_eq!(judge(&list(1, [0; 32], &[2, 1]), None), Err(ListRefused::Malformed));
        assert_eq!(judge(&list(1, [0; 32], &[1, 1]), None), Err(ListRefused::Malformed));
        assert_eq!(judge(&list(1, [1; 32], &[1]), None), Err(ListRefused::Malformed));
        assert!(matches!(judge(&good[1..], None), Err(ListRefused::Broken(DeviceListError::Malformed(_)))));
    }

    #[test]
    fn a_version_never_falls_and_a_chain_never_forks() {
        let (pin, last) = pin(3);
        assert_eq!(judge(&last, Some(&pin)).unwrap().0.seen, Seen::Same);
        let next = list(4, pin.list_digest, &[1]);
        let (devices, after) = judge(&next, Some(&pin)).unwrap();
        assert_eq!((devices.seen, after.list_version.value(), after.is_chained), (Seen::Next, 4, true));
        let version = |value| ListVersion::new(value).unwrap();
        let fallen = ListRefused::Fallen { seen: version(3), told: version(2) };
        assert_eq!(judge(&list(2, [5; 32], &[1]), Some(&pin)), Err(fallen));
        let forked = |told| Err(ListRefused::Forked { told: version(told) });
        assert_eq!(judge(&list(3, [5; 32], &[1]), Some(&pin)), forked(3));
        assert_eq!(judge(&list(4, [5; 32], &[1]), Some(&pin)), forked(4));
    }

    #[test]
    fn a_jump_is_believed_and_told() {
        let (pin, _) = pin(1);
        let (devices, after) = judge(&list(5, [5; 32], &[1]), Some(&pin)).unwrap();
        assert_eq!((devices.seen, after.is_chained), (Seen::Skipped, false));
        let (_, later) = judge(&list(6, after.list_digest, &[1]), Some(&after)).unwrap();
        assert!(!later.is_chained, "what was skipped stays unseen");
    }

    #[test]
    fn another_identity_key_is_refused() {
        let (pin, last) = pin(1);
        let kept = Pin { identity_key: [3; 32], ..pin };
        let told = identity().verifying_key().to_bytes();
        let refused = ListRefused::IdentityChanged { kept: [3; 32], told };
        assert_eq!(judge(&last, Some(&kept)), Err(refused));
    }
}
