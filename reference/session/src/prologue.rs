//! What both sides of a handshake must have seen alike (CHN-005, CHN-008).

use alloc::vec::Vec;

use crate::digest::{DIGEST_LEN, labelled_digest};
use crate::label::Label;
use crate::realm::RealmId;
use pinnace_fault as fault;

/// The digest of an opening that was answered with RETRY.
pub(crate) type Refused = [u8; DIGEST_LEN];

pub(crate) fn refused(opening: &[u8]) -> Refused {
    labelled_digest(Label::new("pinnace/1 refused"), opening)
}

/// `preface` is the octets as sent.
pub(crate) fn plain(realm: RealmId, preface: &[u8]) -> Vec<u8> {
    let preface = if fault::channel::PROLOGUE_WITHOUT_PREFACE.is_on() { &[] } else { preface };
    let realm = if fault::channel::PROLOGUE_WITHOUT_REALM.is_on() { &[] } else { realm.0.as_slice() };
    [b"pinnace/1\0".as_slice(), realm, preface].concat()
}

/// `preface` is that of the second opening.
pub(crate) fn after_retry(realm: RealmId, preface: &[u8], refused: &Refused) -> Vec<u8> {
    if fault::channel::RETRY_PROLOGUE_PLAIN.is_on() {
        return plain(realm, preface);
    }
    [b"pinnace/1 retry\0".as_slice(), &realm.0, preface, refused].concat()
}
