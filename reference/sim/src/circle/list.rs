//! Device lists of a circle: each says the same of its account, and follows the one before.

use pinnace_session::RealmId;
use pinnace_session::device_list::{ListTerms, check_list, list_digest, sign_list};
use pinnace_session::ed25519::SigningKey;
use pinnace_wire::{ListVersion, SignedDeviceList, UnixS};

use super::Person;
use crate::ledger::Name;
use crate::stage::START_UNIX_MS;

/// What the names of lists begin at: no device comes to so many numbers.
const FIRST: u64 = 1 << 32;

/// The list of a device's account that follows this one. When it was issued tells whose it is.
pub(super) fn next(realm: RealmId, person: &Person, index: usize, before: Option<&[u8]>) -> Option<Vec<u8>> {
    let version = match before {
        Some(before) => check_list(realm, before).ok()?.list_version.value(),
        None => 0,
    };
    let issued_s = (START_UNIX_MS / 1_000).saturating_add(u64::try_from(index).ok()?);
    let terms = ListTerms {
        list_version: ListVersion::new(version.saturating_add(1))?,
        previous: before.map_or([0; 32], list_digest),
        issued_s: UnixS::new(issued_s)?,
        devices: &[person.id],
    };
    sign_list(&SigningKey::from_seed(&person.seed), realm, &terms).ok()
}

/// What a list is called in the order of a conversation.
pub(super) fn name(list: &[u8]) -> Option<Name> {
    let list = SignedDeviceList::decode(list).ok()?;
    let index = list.issued_s.value().checked_sub(START_UNIX_MS / 1_000)?;
    let nonce = FIRST.saturating_add(list.list_version.value());
    Some(Name { sender: usize::try_from(index).ok()?, nonce })
}
