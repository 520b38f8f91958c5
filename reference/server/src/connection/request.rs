//! What a device asks for: certificates, lists and KeyPackages are judged here, the rest is the store's.

use pinnace_edge::translate;
use pinnace_fault as fault;
use pinnace_home::{self as home, KeysDone, LinkApproveDone, LinkOpenDone, ListDone, Session};
use pinnace_session::certificate::check_other_device;
use pinnace_session::device_list::check_list;
use pinnace_session::key_package::{KeyPackageRules, check_key_package};
use pinnace_session::server::{Reply, Request};
use pinnace_session::{RealmId, Resort};
use pinnace_store::{Store, StoreError};
use pinnace_wire::{AccountId, DeviceEntry, ErrorCode, UnixS};

use super::planted;
use super::registration::Applicant;
use crate::clock;
use crate::shared::Shared;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker {
    /// A registered device.
    Member(Session),
    /// An unregistered one.
    Applicant(Applicant),
}

/// What came of it.
pub(super) enum Outcome {
    /// Told to the device.
    Reply(Reply),
    /// Nothing was done: a newer session of the device is in the store (SES-016).
    Fenced,
    /// The device was removed.
    Gone,
    /// The device is registered already, with this account.
    Linked(AccountId),
}

/// Does what is asked for.
pub(super) async fn perform<S: Store>(shared: &Shared<S>, asker: Asker, request: Request) -> Outcome {
    let done = match asker {
        Asker::Member(session) => of_member(shared, session, request).await,
        Asker::Applicant(applicant) => open_link(shared, applicant).await,
    };
    done.unwrap_or_else(|error| {
        shared.store_failed(&error);
        failed_until(ErrorCode::Unavailable, Some(translate::RETRY_AFTER_MS))
    })
}

async fn of_member<S: Store>(
    shared: &Shared<S>,
    session: Session,
    request: Request,
) -> Result<Outcome, StoreError> {
    Ok(match request {
        Request::Devices => {
            let devices = shared.store.devices(session.device).await?;
            Outcome::Reply(Reply::Devices(devices.iter().filter_map(device_entry).collect()))
        }
        Request::PublishDeviceList { list } => publish_list(shared, session, list).await?,
        Request::DeviceList { account } => match shared.store.list_query(account).await? {
            Some(list) if planted::is_told(&list, session.device) => Outcome::Reply(Reply::DeviceList(list)),
            Some(_) | None => failed(planted::unknown_account()),
        },
        Request::ApproveLink { certificate, list } => {
            approve_link(shared, session, certificate, list).await?
        }
        Request::PublishKeys { key_packages, last_resort } => {
            let judge = |one_time, last_resort| judge_keys(shared, session, one_time, last_resort);
            let copies = planted::copies(&key_packages);
            let Some(request) = judge(key_packages, last_resort) else {
                for request in copies.into_iter().filter_map(|copy| judge(vec![copy], None)) {
                    shared.store.keys_publish(request).await?;
                }
                let is_wrong = fault::keys::PACKAGE_INVALID_CODE_WRONG.is_on();
                return Ok(failed(if is_wrong { ErrorCode::KeysFull } else { ErrorCode::KeyPackageInvalid }));
            };
            publish_keys(shared, request).await?
        }
        Request::Claim { account, suite } => {
            let done = shared.store.claim(home::ClaimRequest { session, account, suite }).await?;
            claimed(shared, session, done)
        }
        // The session lets only unregistered devices ask for it (DEV-025).
        Request::OpenLink => failed(ErrorCode::Unavailable),
    })
}

async fn open_link<S: Store>(shared: &Shared<S>, applicant: Applicant) -> Result<Outcome, StoreError> {
    let (static_key, hello_counter) = (applicant.key.0, applicant.hello_counter);
    Ok(match shared.store.link_open(home::LinkOpenRequest { static_key, hello_counter }).await? {
        LinkOpenDone::Offered { .. } if fault::devices::LINK_OPEN_REFUSED.is_on() => {
            failed(ErrorCode::Unavailable)
        }
        LinkOpenDone::Offered { expires_in_ms } => {
            let expires_in_ms = planted::expires_in_ms(expires_in_ms);
            Outcome::Reply(Reply::LinkOffer { expires_in_ms })
        }
        LinkOpenDone::Registered { account } => Outcome::Linked(account),
    })
}

async fn publish_list<S: Store>(
    shared: &Shared<S>,
    session: Session,
    octets: Vec<u8>,
) -> Result<Outcome, StoreError> {
    let Some(list) = judged_list(shared.realm, octets) else { return Ok(failed(planted::list_invalid())) };
    if fault::devices::LIST_UNSTORED.is_on() {
        return Ok(Outcome::Reply(planted::set_later(shared, home::ListRequest { session, list })));
    }
    Ok(match shared.store.list_publish(home::ListRequest { session, list }).await? {
        ListDone::InForce(list) => Outcome::Reply(Reply::DeviceList(planted::answered(list))),
        ListDone::Invalid => failed(planted::list_invalid()),
        ListDone::Stale if fault::devices::LIST_STALE_CODE_WRONG.is_on() => failed(ErrorCode::ListInvalid),
        ListDone::Stale => failed(ErrorCode::ListStale),
        ListDone::Fenced => Outcome::Fenced,
        ListDone::Gone => Outcome::Gone,
    })
}

async fn approve_link<S: Store>(
    shared: &Shared<S>,
    session: Session,
    certificate: Vec<u8>,
    list: Vec<u8>,
) -> Result<Outcome, StoreError> {
    let Ok(checked) = check_other_device(shared.realm, &certificate, clock::unix_s()) else {
        return Ok(failed(planted::certificate_invalid()));
    };
    let linked = home::LinkedDevice {
        static_key: checked.noise_key.0,
        account: checked.account,
        not_after_s: checked.not_after_s,
        certificate,
    };
    // A certificate of another account is told before a list that does not hold.
    let list = judged_list(shared.realm, list);
    let request = home::LinkApproveRequest { session, linked, list };
    Ok(match shared.store.link_approve(request).await? {
        LinkApproveDone::InForce(list) => Outcome::Reply(Reply::DeviceList(list)),
        LinkApproveDone::CertificateInvalid => failed(planted::certificate_invalid()),
        LinkApproveDone::ListInvalid => failed(planted::list_invalid()),
        LinkApproveDone::ListStale => failed(ErrorCode::ListStale),
        LinkApproveDone::DeviceLimit if fault::devices::LINK_LIMIT_CODE_WRONG.is_on() => {
            failed(ErrorCode::LinkOver)
        }
        LinkApproveDone::LinkOver if fault::devices::LINK_OVER_CODE_WRONG.is_on() => {
            failed(ErrorCode::DeviceLimit)
        }
        LinkApproveDone::DeviceLimit => failed(ErrorCode::DeviceLimit),
        LinkApproveDone::LinkOver => failed(ErrorCode::LinkOver),
        LinkApproveDone::Fenced => Outcome::Fenced,
        LinkApproveDone::Gone => Outcome::Gone,
    })
}

/// A list whose signature holds.
fn judged_list(realm: RealmId, octets: Vec<u8>) -> Option<home::DeviceList> {
    let checked = check_list(realm, &octets).ok()?;
    Some(home::DeviceList {
        account: checked.account,
        list_version: checked.list_version,
        previous: checked.previous,
        devices: checked.devices,
        octets,
    })
}

/// The KeyPackages, if each of them holds, is this device's, and is of last resort if and only if it came as that.
fn judge_keys<S: Store>(
    shared: &Shared<S>,
    session: Session,
    key_packages: Vec<Vec<u8>>,
    last_resort: Option<Vec<u8>>,
) -> Option<home::KeysRequest> {
    let (realm, key_package_s_max) = (shared.realm, shared.key_package_s_max);
    let rules = KeyPackageRules { realm, now_s: clock::unix_s(), key_package_s_max };
    let mut account = None;
    let mut judge = |octets: Vec<u8>, resort: Resort| {
        let checked = check_key_package(&rules, &octets).ok()?;
        let is_of_device = checked.device == session.device || fault::keys::PACKAGE_DEVICE_UNCHECKED.is_on();
        let is_of_account = *account.get_or_insert(checked.account) == checked.account
            || fault::keys::PACKAGE_ACCOUNT_UNCHECKED.is_on();
        let is_said = checked.resort == resort || planted::is_resort_unchecked(resort);
        (is_of_device && is_of_account && is_said).then_some(home::KeyPackage {
            suite: checked.suite,
            not_after_s: checked.not_after_s,
            octets,
        })
    };
    let one_time = key_packages.into_iter().map(|octets| judge(octets, Resort::OneTime));
    let one_time = one_time.collect::<Option<_>>()?;
    let last_resort = match last_resort {
        Some(octets) => Some(judge(octets, Resort::Last)?),
        None => None,
    };
    Some(home::KeysRequest { session, account, one_time, last_resort })
}

async fn publish_keys<S: Store>(
    shared: &Shared<S>,
    request: home::KeysRequest,
) -> Result<Outcome, StoreError> {
    let is_empty = request.one_time.is_empty() && request.last_resort.is_none();
    if is_empty && fault::keys::EMPTY_PUBLISH_REFUSED.is_on() {
        return Ok(failed(ErrorCode::KeyPackageInvalid));
    }
    if !is_empty && fault::keys::KEYS_UNSTORED.is_on() {
        return Ok(Outcome::Reply(planted::publish_later(shared, request)));
    }
    Ok(match shared.store.keys_publish(request).await? {
        KeysDone::Stocked(stocks) => {
            Outcome::Reply(Reply::Keys(stocks.iter().filter_map(translate::stock).collect()))
        }
        KeysDone::Invalid => failed(ErrorCode::KeyPackageInvalid),
        KeysDone::Full if fault::keys::KEYS_FULL_CODE_WRONG.is_on() => failed(ErrorCode::KeyPackageInvalid),
        KeysDone::Full => failed(ErrorCode::KeysFull),
        KeysDone::Fenced => Outcome::Fenced,
        KeysDone::Gone => Outcome::Gone,
    })
}

fn claimed<S: Store>(shared: &Shared<S>, session: Session, done: home::ClaimDone) -> Outcome {
    match done {
        home::ClaimDone::Claimed { list, devices } => {
            for device in &devices {
                shared.metrics.claimed(&device.key_package);
                if fault::keys::CLAIM_TOLD.is_on() {
                    shared.router.ephemeral(device.device, session.device, b"claimed");
                }
            }
            let key_packages = devices.into_iter().map(translate::claimed).collect();
            Outcome::Reply(Reply::Claimed { list, key_packages })
        }
        home::ClaimDone::UnknownAccount if fault::devices::LISTLESS_CLAIM_RATE.is_on() => {
            Outcome::Reply(Reply::Rate { retry_after_ms: 1_000 })
        }
        home::ClaimDone::UnknownAccount => failed(ErrorCode::UnknownAccount),
        home::ClaimDone::Rate { retry_after_ms } => Outcome::Reply(Reply::Rate { retry_after_ms }),
        home::ClaimDone::Fenced => Outcome::Fenced,
        home::ClaimDone::Gone => Outcome::Gone,
    }
}

fn failed(code: ErrorCode) -> Outcome {
    failed_until(code, None)
}

fn failed_until(code: ErrorCode, retry_after_ms: Option<u64>) -> Outcome {
    match code.frame_code() {
        Some(code) => Outcome::Reply(Reply::Failed { code, retry_after_ms }),
        // Only codes of frame scope are asked for.
        None => Outcome::Gone,
    }
}

fn device_entry(entry: &home::DeviceEntry) -> Option<DeviceEntry> {
    Some(DeviceEntry {
        device: entry.device,
        registered_s: UnixS::new(entry.registered_s)?,
        not_after_s: UnixS::new(entry.not_after_s)?,
    })
}
