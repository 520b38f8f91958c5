//! What a claim brings, held against the list that came with it.

use core::fmt;
use std::collections::VecDeque;

use pinnace_session::key_package::{CheckedKeyPackage, KeyPackageError, KeyPackageRules, check_key_package};
use pinnace_session::{RealmId, Resort};
use pinnace_wire::{DeviceId, MlsSuite};

use super::list::AccountDevices;

/// What a claim has of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedDevice {
    /// The device; the list names it.
    pub device: DeviceId,
    /// What the server offered for it.
    pub offered: Offered,
}

/// What the server offered for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offered {
    /// A KeyPackage that holds: the bare structure of RFC 9420.
    Package {
        /// Its octets.
        octets: Vec<u8>,
        /// Whether others get the same.
        resort: Resort,
    },
    /// Nothing: the device cannot be added now.
    Nothing,
    /// A KeyPackage that does not hold, and is not to be used (KEY-018).
    Refused(PackageRefused),
}

/// Why a claimed KeyPackage is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageRefused {
    /// It does not hold by itself.
    Broken(KeyPackageError),
    /// It is of another device.
    OtherDevice,
    /// It is of another account, or its certificate is signed by another identity key than the list.
    OtherAccount,
    /// It is of another suite than was asked for.
    OtherSuite,
    /// It is of last resort and came as if it were not, or the other way round.
    OtherResort,
}

/// What a claim brought: the list, judged, and what the server offered for each device of it but this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The list.
    pub list: AccountDevices,
    /// The devices, in the order of the list.
    pub devices: Vec<ClaimedDevice>,
}

/// What claimed KeyPackages are held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimRules {
    pub(crate) realm: RealmId,
    pub(crate) now_s: u64,
    pub(crate) key_package_s_max: u64,
    pub(crate) suite: MlsSuite,
}

/// A claim whose list is here.
#[derive(Clone, Debug)]
pub(crate) struct Claiming {
    list: AccountDevices,
    /// The devices that are still to come, in the order of the list.
    awaited: VecDeque<DeviceId>,
    found: Vec<ClaimedDevice>,
}

impl Claiming {
    /// A claim by this device, which gets nothing of its own.
    pub(crate) fn new(list: AccountDevices, own: DeviceId) -> Self {
        let awaited = list.devices.iter().copied().filter(|device| *device != own).collect();
        Self { list, awaited, found: Vec::new() }
    }

    /// Whether nothing more is awaited.
    pub(crate) fn is_complete(&self) -> bool {
        self.awaited.is_empty()
    }

    /// What was claimed.
    pub(crate) fn into_claimed(self) -> Claimed {
        Claimed { list: self.list, devices: self.found }
    }

    /// Takes what the server offers for the next device. `None` when it does not fit the list: another device, or another
    /// count of those that follow.
    pub(crate) fn take(
        &mut self,
        rules: &ClaimRules,
        (device, left): (DeviceId, u64),
        package: Vec<u8>,
        resort: Resort,
    ) -> Option<()> {
        let next = self.awaited.pop_front()?;
        if next != device || left != self.awaited.len() as u64 {
            return None;
        }
        let offered = if package.is_empty() {
            Offered::Nothing
        } else {
            match self.judge(rules, device, &package, resort) {
                Ok(()) => Offered::Package { octets: package, resort },
                Err(refused) => Offered::Refused(refused),
            }
        };
        self.found.push(ClaimedDevice { device, offered });
        Some(())
    }

    fn judge(
        &self,
        rules: &ClaimRules,
        device: DeviceId,
        package: &[u8],
        resort: Resort,
    ) -> Result<(), PackageRefused> {
        let ClaimRules { realm, now_s, key_package_s_max, suite } = *rules;
        let rules = KeyPackageRules { realm, now_s, key_package_s_max };
        let held: CheckedKeyPackage = check_key_package(&rules, package).map_err(PackageRefused::Broken)?;
        if held.account != self.list.account || held.identity_key != self.list.identity_key {
            return Err(PackageRefused::OtherAccount);
        }
        if held.device != device {
            return Err(PackageRefused::OtherDevice);
        }
        if held.suite != suite {
            return Err(PackageRefused::OtherSuite);
        }
        if held.resort == resort { Ok(()) } else { Err(PackageRefused::OtherResort) }
    }
}

impl fmt::Display for PackageRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(error) => error.fmt(f),
            Self::OtherDevice => f.write_str("key package of another device"),
            Self::OtherAccount => f.write_str("key package of another account than the list's"),
            Self::OtherSuite => f.write_str("key package of another suite"),
            Self::OtherResort => f.write_str("key package whose mark of last resort is wrong"),
        }
    }
}

impl core::error::Error for PackageRefused {}
