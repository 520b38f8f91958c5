//! The configured limits. Names, units, defaults and ranges are those of `limits.toml`.

use alloc::vec::Vec;

use pinnace_wire::Method;
use pinnace_wire::limits::{self, Limit};

/// The limits that the rules hold a device, a mailbox and a number to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// Longest payload of a SEND, in octets.
    pub payload_len_max: u64,
    /// SENDs and VOIDs that may await their outcome; never above `outcome_cache` (LIM-002).
    pub inflight_max: u64,
    /// Outcomes kept per device (DLV-006).
    pub outcome_cache: u64,
    /// How long an undelivered item is kept, in seconds.
    pub retention_s: u64,
    /// Messages and receipts in a mailbox, beyond which messages are refused.
    pub mailbox_items_max: u64,
    /// Payload octets in a mailbox, beyond which messages are refused.
    pub mailbox_bytes_max: u64,
    /// Confirmed sessions in which the head of a mailbox is offered (DLV-041).
    pub redelivery_max: u64,
    /// Sustained SENDs of a device, per second (DLV-017).
    pub send_rate_per_s: u64,
    /// SENDs at once above the sustained rate.
    pub send_burst: u64,
    /// Wrong codes per number within `registration_s` (REG-009, REG-010).
    pub code_attempts_max: u64,
    /// Life of a registration, in seconds.
    pub registration_s: u64,
    /// REGISTERs per number and hour (REG-025).
    pub registrations_per_number_per_h: u64,
    /// Digits of a code.
    pub code_len: u64,
    /// From sending a code, or from a wrong one, to the next check.
    pub code_wait_ms: u64,
    /// From one sent code to the next, and from the first method of the ladder to the others.
    pub method_wait_ms: u64,
    /// Devices of an account (REG-023).
    pub devices_per_account_max: u64,
    /// KeyPackages for one claim each, of one device and suite.
    pub key_packages_max: u64,
    /// How many of them are few: the device is told.
    pub keys_low: u64,
    /// Claims of one account at another, per hour.
    pub claims_per_target_per_h: u64,
    /// Life of an offer to be linked, in seconds.
    pub link_s: u64,
    /// Longest life of a KeyPackage from now on, in seconds.
    pub key_package_s_max: u64,
    /// Epochs before the current one whose messages are still taken.
    pub epoch_window: u64,
    /// Devices in one conversation.
    pub roster_devices_max: u64,
    /// Octets of an entry in one item; a longer entry is cut.
    pub entry_part_len: u64,
    /// Methods that are offered, best first: 1 to 8 distinct values of the registry `method`.
    pub methods: Vec<u64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            payload_len_max: limits::PAYLOAD_LEN_MAX.default,
            inflight_max: limits::INFLIGHT_MAX.default,
            outcome_cache: limits::OUTCOME_CACHE.default,
            retention_s: limits::RETENTION_S.default,
            mailbox_items_max: limits::MAILBOX_ITEMS_MAX.default,
            mailbox_bytes_max: limits::MAILBOX_BYTES_MAX.default,
            redelivery_max: limits::REDELIVERY_MAX.default,
            send_rate_per_s: limits::SEND_RATE_PER_S.default,
            send_burst: limits::SEND_BURST.default,
            code_attempts_max: limits::CODE_ATTEMPTS_MAX.default,
            registration_s: limits::REGISTRATION_S.default,
            registrations_per_number_per_h: limits::REGISTRATIONS_PER_NUMBER_PER_H.default,
            code_len: limits::CODE_LEN.default,
            code_wait_ms: limits::CODE_WAIT_MS.default,
            method_wait_ms: limits::METHOD_WAIT_MS.default,
            devices_per_account_max: limits::DEVICES_PER_ACCOUNT_MAX.default,
            key_packages_max: limits::KEY_PACKAGES_MAX.default,
            keys_low: limits::KEYS_LOW.default,
            claims_per_target_per_h: limits::CLAIMS_PER_TARGET_PER_H.default,
            link_s: limits::LINK_S.default,
            key_package_s_max: limits::KEY_PACKAGE_S_MAX.default,
            epoch_window: limits::EPOCH_WINDOW.default,
            roster_devices_max: limits::ROSTER_DEVICES_MAX.default,
            entry_part_len: limits::ENTRY_PART_LEN.default,
            methods: Vec::from([Method::SMS.value(), Method::VOICE.value()]),
        }
    }
}

/// Why a set of rules cannot be served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RulesError {
    /// A limit lies outside its range (LIM-003).
    OutOfRange {
        /// The limit, as `limits.toml` names it.
        name: &'static str,
        /// What was configured.
        value: u64,
        /// The least that is allowed.
        min: u64,
        /// The most that is allowed.
        max: u64,
    },
    /// `outcome_cache` is below `inflight_max` (LIM-002).
    OutcomeCacheBelowInflight,
    /// `methods` is empty, longer than 8, holds a zero or holds one twice.
    Methods,
}

impl core::fmt::Display for RulesError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OutOfRange { name, value, min, max } => {
                write!(f, "{name} is {value}, allowed are {min} to {max}")
            }
            Self::OutcomeCacheBelowInflight => write!(f, "outcome_cache is below inflight_max"),
            Self::Methods => write!(f, "methods are not 1 to 8 distinct values above 0"),
        }
    }
}

impl core::error::Error for RulesError {}

/// GAPs that a mailbox of any quota has room for.
const GAPS_ROOM: u64 = 10_000;

/// Methods in one REGISTRATION.
const METHODS_MAX: usize = 8;

impl Rules {
    /// Each limit, and what it is set to.
    const fn settings(&self) -> [(Limit, u64); 24] {
        [
            (limits::PAYLOAD_LEN_MAX, self.payload_len_max),
            (limits::INFLIGHT_MAX, self.inflight_max),
            (limits::OUTCOME_CACHE, self.outcome_cache),
            (limits::RETENTION_S, self.retention_s),
            (limits::MAILBOX_ITEMS_MAX, self.mailbox_items_max),
            (limits::MAILBOX_BYTES_MAX, self.mailbox_bytes_max),
            (limits::REDELIVERY_MAX, self.redelivery_max),
            (limits::SEND_RATE_PER_S, self.send_rate_per_s),
            (limits::SEND_BURST, self.send_burst),
            (limits::CODE_ATTEMPTS_MAX, self.code_attempts_max),
            (limits::REGISTRATION_S, self.registration_s),
            (limits::REGISTRATIONS_PER_NUMBER_PER_H, self.registrations_per_number_per_h),
            (limits::CODE_LEN, self.code_len),
            (limits::CODE_WAIT_MS, self.code_wait_ms),
            (limits::METHOD_WAIT_MS, self.method_wait_ms),
            (limits::DEVICES_PER_ACCOUNT_MAX, self.devices_per_account_max),
            (limits::KEY_PACKAGES_MAX, self.key_packages_max),
            (limits::KEYS_LOW, self.keys_low),
            (limits::CLAIMS_PER_TARGET_PER_H, self.claims_per_target_per_h),
            (limits::LINK_S, self.link_s),
            (limits::KEY_PACKAGE_S_MAX, self.key_package_s_max),
            (limits::EPOCH_WINDOW, self.epoch_window),
            (limits::ROSTER_DEVICES_MAX, self.roster_devices_max),
            (limits::ENTRY_PART_LEN, self.entry_part_len),
        ]
    }

    /// Whether these limits may be advertised and held.
    ///
    /// # Errors
    /// [`RulesError::OutOfRange`] (LIM-003), [`RulesError::OutcomeCacheBelowInflight`] (LIM-002),
    /// [`RulesError::Methods`] (REG-004).
    pub fn validate(&self) -> Result<(), RulesError> {
        for (Limit { name, min, max, .. }, value) in self.settings() {
            if !(min..=max).contains(&value) {
                return Err(RulesError::OutOfRange { name, value, min, max });
            }
        }
        if self.outcome_cache < self.inflight_max {
            return Err(RulesError::OutcomeCacheBelowInflight);
        }
        let count_fits = (1..=METHODS_MAX).contains(&self.methods.len());
        let distinct = self
            .methods
            .iter()
            .enumerate()
            .all(|(index, method)| !self.methods.iter().skip(index + 1).any(|other| other == method));
        if !count_fits || !distinct || self.methods.contains(&0) {
            return Err(RulesError::Methods);
        }
        Ok(())
    }

    pub(crate) const fn registration_ms(&self) -> u64 {
        self.registration_s.saturating_mul(1_000)
    }

    /// Rows of a mailbox, GAPs included, beyond which messages are refused: what expired must not fill a disk either.
    pub(crate) const fn mailbox_rows_max(&self) -> u64 {
        self.mailbox_items_max.saturating_mul(2).saturating_add(GAPS_ROOM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_fit_to_serve() {
        assert_eq!(Rules::default().validate(), Ok(()));
    }

    #[test]
    fn a_limit_outside_its_range_is_named() {
        let rules = Rules { code_len: 13, ..Rules::default() };
        assert_eq!(
            rules.validate(),
            Err(RulesError::OutOfRange { name: "code_len", value: 13, min: 4, max: 12 })
        );
        let rules = Rules { retention_s: 0, ..Rules::default() };
        assert_eq!(
            rules.validate(),
            Err(RulesError::OutOfRange { name: "retention_s", value: 0, min: 1, max: 31_536_000 })
        );
    }

    #[test]
    fn methods_are_few_distinct_and_above_zero() {
        for methods in [Vec::new(), Vec::from([0]), Vec::from([3, 4, 3]), (1..10).collect()] {
            let rules = Rules { methods, ..Rules::default() };
            assert_eq!(rules.validate(), Err(RulesError::Methods));
        }
    }
}
