//! What planted faults of lists and keys do that has no other place.

use core::time::Duration;

use pinnace_edge::translate;
use pinnace_fault as fault;
use pinnace_home::{self as home, StockState, key_package_ref, key_set_digest};
use pinnace_session::Resort;
use pinnace_session::server::Reply;
use pinnace_store::Store;
use pinnace_wire::{DeviceId, ErrorCode};

use crate::shared::Shared;

/// How much later than its answer something is stored.
const LATER: Duration = Duration::from_millis(300);

/// The KeyPackages of a frame, to store those that hold though one does not.
pub(super) fn copies(key_packages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if fault::keys::BAD_FRAME_HALF_STORED.is_on() { key_packages.to_vec() } else { Vec::new() }
}

/// Whether a KeyPackage may come as what it does not say that it is.
pub(super) fn is_resort_unchecked(resort: Resort) -> bool {
    match resort {
        Resort::OneTime => fault::keys::ONE_TIME_AS_LAST_RESORT.is_on(),
        Resort::Last => fault::keys::LAST_RESORT_UNSAID.is_on(),
    }
}

/// Answers as if there had been no stock and it were stored now. It is stored later.
pub(super) fn publish_later<S: Store>(shared: &Shared<S>, request: home::KeysRequest) -> Reply {
    let all = request.one_time.iter().chain(&request.last_resort);
    let mut suites: Vec<_> = all.map(|package| package.suite).collect();
    suites.sort_unstable();
    suites.dedup();
    let stocks = suites.into_iter().map(|suite| {
        let one_time = request.one_time.iter().filter(|package| package.suite == suite);
        let mut names: Vec<_> = one_time.map(|package| key_package_ref(&package.octets)).collect();
        names.sort_unstable();
        names.dedup();
        StockState {
            suite,
            one_time_count: u64::try_from(names.len()).unwrap_or(u64::MAX),
            set_digest: key_set_digest(names),
            has_last_resort: request.last_resort.iter().any(|package| package.suite == suite),
        }
    });
    let stocks = stocks.filter_map(|stock| translate::stock(&stock)).collect();
    let store = shared.store.clone();
    tokio::spawn(async move {
        tokio::time::sleep(LATER).await;
        let _ = store.keys_publish(request).await;
    });
    Reply::Keys(stocks)
}

/// Answers as if the list were in force. It is stored later, if at all.
pub(super) fn set_later<S: Store>(shared: &Shared<S>, request: home::ListRequest) -> Reply {
    let list = request.list.octets.clone();
    let store = shared.store.clone();
    tokio::spawn(async move {
        tokio::time::sleep(LATER).await;
        let _ = store.list_publish(request).await;
    });
    Reply::DeviceList(list)
}

/// Whether a device is told a list.
pub(super) fn is_told(list: &[u8], asking: DeviceId) -> bool {
    !fault::devices::QUERY_OWN_ONLY.is_on()
        || list.windows(asking.as_bytes().len()).any(|part| part == asking.as_bytes())
}

/// The list as it is answered.
pub(super) fn answered(mut list: Vec<u8>) -> Vec<u8> {
    if let Some(last) = list.last_mut().filter(|_| fault::devices::LIST_ANSWER_CHANGED.is_on()) {
        *last ^= 1;
    }
    list
}

/// For how long an offer is told to stand.
pub(super) fn expires_in_ms(expires_in_ms: u64) -> u64 {
    if fault::devices::LINK_OFFER_OVER.is_on() {
        return 0;
    }
    if fault::devices::LINK_OFFER_LONG.is_on() { expires_in_ms.saturating_mul(2) } else { expires_in_ms }
}

/// The code of an account that is unknown or has no list.
pub(super) fn unknown_account() -> ErrorCode {
    let is_wrong = fault::devices::UNKNOWN_ACCOUNT_CODE_WRONG.is_on();
    if is_wrong { ErrorCode::ListStale } else { ErrorCode::UnknownAccount }
}

/// The code of a list that does not hold.
pub(super) fn list_invalid() -> ErrorCode {
    let is_wrong = fault::devices::LIST_INVALID_CODE_WRONG.is_on();
    if is_wrong { ErrorCode::ListStale } else { ErrorCode::ListInvalid }
}

/// The code of an approval whose certificate does not hold.
pub(super) fn certificate_invalid() -> ErrorCode {
    let is_wrong = fault::devices::LINK_CERTIFICATE_CODE_WRONG.is_on();
    if is_wrong { ErrorCode::ListInvalid } else { ErrorCode::CertificateInvalid }
}
