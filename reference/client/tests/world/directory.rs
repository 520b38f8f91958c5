//! The devices profile of the server in a few maps: lists, offers to be linked, KeyPackages.

use std::collections::{BTreeMap, HashMap, HashSet};

use pinnace_session::device_list::{CheckedList, check_list, list_digest};
use pinnace_session::digest::labelled_digest;
use pinnace_session::key_package::{KeyPackageRules, check_key_package};
use pinnace_session::label::Label;
use pinnace_session::server::{ClaimedKey, Reply, Request};
use pinnace_session::{KeyStock, RealmId, Resort};
use pinnace_wire::{
    AccountId, DeviceCertificate, DeviceId, ErrorCode, FrameCode, HasLastResort, MlsSuite, OneTimeCount,
};

use super::now_s;

type Stock = (Vec<Vec<u8>>, Option<Vec<u8>>);

#[derive(Default)]
pub struct Directory {
    /// The list in force of each account.
    pub lists: HashMap<AccountId, Vec<u8>>,
    /// The one-time KeyPackages of a device and suite, and that of last resort.
    pub stocks: BTreeMap<(DeviceId, u64), Stock>,
    /// One-time KeyPackages that were published once.
    pub known: HashSet<Vec<u8>>,
    /// Every KeyPackage that was published, as it came.
    pub heard: Vec<Vec<u8>>,
    /// Devices that may be linked.
    pub offers: HashSet<DeviceId>,
    /// Devices that were taken in, with their account.
    pub linked: HashMap<DeviceId, AccountId>,
    /// Devices that a list left out.
    pub removed: HashSet<DeviceId>,
    /// The next lists that the server gives, in place of the one in force.
    pub lies: Vec<Vec<u8>>,
    /// The next KeyPackage that the server gives, in place of a good one.
    pub bad_packages: Vec<Vec<u8>>,
    /// Requests that get no answer, from the next one on; the connection is dropped.
    pub drops: bool,
    /// The next LINK_APPROVE gets no answer; the connection is dropped.
    pub drops_at_approve: bool,
}

fn failed(code: ErrorCode) -> Reply {
    Reply::Failed { code: FrameCode::new(code as u64).unwrap(), retry_after_ms: None }
}

impl Directory {
    pub fn on_request(&mut self, realm: RealmId, device: DeviceId, request: Request) -> Reply {
        match request {
            Request::Devices => Reply::Devices(Vec::new()),
            Request::PublishDeviceList { list } => self.publish(realm, list),
            Request::DeviceList { account } => self.list(account),
            Request::OpenLink => {
                self.offers.insert(device);
                Reply::LinkOffer { expires_in_ms: 300_000 }
            }
            Request::ApproveLink { certificate, list } => self.approve(realm, &certificate, list),
            Request::PublishKeys { key_packages, last_resort } => {
                self.publish_keys(realm, device, key_packages, last_resort)
            }
            Request::Claim { account, suite } => self.claim(realm, device, account, suite),
        }
    }

    fn list(&mut self, account: AccountId) -> Reply {
        if !self.lies.is_empty() {
            return Reply::DeviceList(self.lies.remove(0));
        }
        self.lists.get(&account).cloned().map_or_else(|| failed(ErrorCode::UnknownAccount), Reply::DeviceList)
    }

    fn publish(&mut self, realm: RealmId, list: Vec<u8>) -> Reply {
        let next = check_list(realm, &list).unwrap();
        let before = self.lists.get(&next.account);
        if before == Some(&list) {
            return Reply::DeviceList(list);
        }
        if !follows(before, &next) {
            return failed(ErrorCode::ListStale);
        }
        if let Some(before) = before {
            let before = check_list(realm, before).unwrap().devices;
            self.removed.extend(before.into_iter().filter(|device| !next.devices.contains(device)));
        }
        self.lists.insert(next.account, list.clone());
        Reply::DeviceList(list)
    }

    fn approve(&mut self, realm: RealmId, certificate: &[u8], list: Vec<u8>) -> Reply {
        let certificate = DeviceCertificate::decode(certificate).unwrap();
        if !self.offers.contains(&certificate.device) {
            return failed(ErrorCode::LinkOver);
        }
        let reply = self.publish(realm, list);
        if matches!(reply, Reply::DeviceList(_)) {
            self.offers.remove(&certificate.device);
            self.linked.insert(certificate.device, certificate.account);
        }
        reply
    }

    fn publish_keys(
        &mut self,
        realm: RealmId,
        device: DeviceId,
        key_packages: Vec<Vec<u8>>,
        last_resort: Option<Vec<u8>>,
    ) -> Reply {
        let rules = KeyPackageRules::new(realm, now_s());
        for octets in key_packages {
            let held = check_key_package(&rules, &octets).unwrap();
            assert_eq!((held.device, held.resort), (device, Resort::OneTime));
            self.heard.push(octets.clone());
            if self.known.insert(octets.clone()) {
                self.stocks.entry((device, held.suite.value())).or_default().0.push(octets);
            }
        }
        if let Some(octets) = last_resort {
            let held = check_key_package(&rules, &octets).unwrap();
            assert_eq!((held.device, held.resort), (device, Resort::Last));
            self.heard.push(octets.clone());
            self.stocks.entry((device, held.suite.value())).or_default().1 = Some(octets);
        }
        Reply::Keys(self.stocks(device))
    }

    pub fn stocks(&self, device: DeviceId) -> Vec<KeyStock> {
        let ours = self.stocks.iter().filter(|((of, _), _)| *of == device);
        ours.map(|((_, suite), (one_time, last))| KeyStock {
            suite: MlsSuite::new(*suite).unwrap(),
            one_time_count: OneTimeCount::new(one_time.len() as u64).unwrap(),
            set_digest: labelled_digest(Label::new("pinnace/1 key set"), &one_time.concat()),
            last_resort: if last.is_some() { HasLastResort::Yes } else { HasLastResort::No },
        })
        .collect()
    }

    fn claim(&mut self, realm: RealmId, asking: DeviceId, account: AccountId, suite: MlsSuite) -> Reply {
        let Reply::DeviceList(list) = self.list(account) else { return failed(ErrorCode::UnknownAccount) };
        let Ok(named) = check_list(realm, &list) else { return Reply::DeviceList(list) };
        let others = named.devices.into_iter().filter(|device| *device != asking);
        let key_packages = others.map(|device| self.take(device, suite)).collect();
        Reply::Claimed { list, key_packages }
    }

    fn take(&mut self, device: DeviceId, suite: MlsSuite) -> ClaimedKey {
        if !self.bad_packages.is_empty() {
            return ClaimedKey { device, key_package: self.bad_packages.remove(0), resort: Resort::OneTime };
        }
        let (one_time, last) = self.stocks.entry((device, suite.value())).or_default();
        if one_time.is_empty() {
            let key_package = last.clone().unwrap_or_default();
            let resort = if key_package.is_empty() { Resort::OneTime } else { Resort::Last };
            return ClaimedKey { device, key_package, resort };
        }
        ClaimedKey { device, key_package: one_time.remove(0), resort: Resort::OneTime }
    }
}

fn follows(before: Option<&Vec<u8>>, next: &CheckedList) -> bool {
    let Some(before) = before else { return next.list_version.value() == 1 && next.previous == [0; 32] };
    let version = pinnace_wire::SignedDeviceList::decode(before).unwrap().list_version.value();
    next.list_version.value() == version + 1 && next.previous == list_digest(before)
}
