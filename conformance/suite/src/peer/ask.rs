//! The frames of profile devices, as octets.

use super::ids::AccountId;
use super::octets::{extension, frame, len_prefixed, varint};

/// Type of a frame, for checks of ERROR, RATE and CLOSE.
#[expect(missing_docs, reason = "the names stand in spec/data/frames.toml")]
pub mod kind {
    pub const KEYS_PUBLISH: u64 = 128;
    pub const CLAIM: u64 = 134;
    pub const DEVICE_LIST_PUBLISH: u64 = 140;
    pub const DEVICE_LIST_QUERY: u64 = 142;
    pub const LINK_OPEN: u64 = 144;
    pub const LINK_APPROVE: u64 = 148;
}

/// KEYS_PUBLISH of one-time KeyPackages; of none it asks for the stock.
#[must_use]
pub fn keys_publish(request: u64, key_packages: &[Vec<u8>]) -> Vec<u8> {
    keys_publish_with(request, key_packages, &[])
}

/// KEYS_PUBLISH of one-time KeyPackages and one of last resort.
#[must_use]
pub fn keys_publish_last(request: u64, key_packages: &[Vec<u8>], last_resort: &[u8]) -> Vec<u8> {
    keys_publish_with(request, key_packages, &extension(2, last_resort))
}

fn keys_publish_with(request: u64, key_packages: &[Vec<u8>], extensions: &[u8]) -> Vec<u8> {
    let count = varint(u64::try_from(key_packages.len()).unwrap_or(u64::MAX));
    let items: Vec<u8> = key_packages.iter().flat_map(|octets| len_prefixed(octets)).collect();
    frame(kind::KEYS_PUBLISH, &[&varint(request)[..], &count, &items, extensions].concat())
}

/// CLAIM.
#[must_use]
pub fn claim(request: u64, account: AccountId, suite: u16) -> Vec<u8> {
    frame(kind::CLAIM, &[&varint(request)[..], &account.0, &varint(suite.into())].concat())
}

/// DEVICE_LIST_PUBLISH.
#[must_use]
pub fn device_list_publish(request: u64, list: &[u8]) -> Vec<u8> {
    frame(kind::DEVICE_LIST_PUBLISH, &[varint(request), len_prefixed(list)].concat())
}

/// DEVICE_LIST_QUERY.
#[must_use]
pub fn device_list_query(request: u64, account: AccountId) -> Vec<u8> {
    frame(kind::DEVICE_LIST_QUERY, &[&varint(request)[..], &account.0].concat())
}

/// LINK_OPEN.
#[must_use]
pub fn link_open(request: u64) -> Vec<u8> {
    frame(kind::LINK_OPEN, &varint(request))
}

/// LINK_APPROVE.
#[must_use]
pub fn link_approve(request: u64, certificate: &[u8], list: &[u8]) -> Vec<u8> {
    frame(kind::LINK_APPROVE, &[varint(request), len_prefixed(certificate), len_prefixed(list)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::read_back::reads_as;

    #[test]
    fn every_frame_reads_back_as_what_it_says() {
        let account = AccountId([7; 16]);
        let id = "07070707070707070707070707070707";
        reads_as(&keys_publish(1, &[]), "KEYS_PUBLISH request=1 key_packages=[]");
        reads_as(
            &keys_publish_last(1, &[vec![1], vec![2, 3]], &[4]),
            "KEYS_PUBLISH request=1 key_packages=[key_package=01, key_package=0203] last_resort=04",
        );
        reads_as(&claim(2, account, 3), &format!("CLAIM request=2 account={id} suite=3"));
        reads_as(&device_list_query(4, account), &format!("DEVICE_LIST_QUERY request=4 account={id}"));
        reads_as(&link_open(5), "LINK_OPEN request=5");
    }
}
