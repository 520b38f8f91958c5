//! The configured limits. Names, units, defaults and ranges are those of `limits.toml`.

use alloc::vec::Vec;

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
    /// Methods that are offered, best first: 1 to 8 distinct values of the registry `method`.
    pub methods: Vec<u64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            payload_len_max: 61_440,
            inflight_max: 256,
            outcome_cache: 256,
            retention_s: 2_592_000,
            mailbox_items_max: 100_000,
            mailbox_bytes_max: 268_435_456,
            redelivery_max: 64,
            send_rate_per_s: 100,
            send_burst: 1_000,
            code_attempts_max: 5,
            registration_s: 600,
            registrations_per_number_per_h: 5,
            code_len: 6,
            code_wait_ms: 500,
            method_wait_ms: 30_000,
            devices_per_account_max: 16,
            methods: Vec::from([3, 4]),
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

/// The highest number that a varint holds.
const VARINT_MAX: u64 = (1 << 62) - 1;

/// Methods in one REGISTRATION.
const METHODS_MAX: usize = 8;

impl Rules {
    /// Each limit with its name and its range.
    fn ranges(&self) -> [(&'static str, u64, u64, u64); 16] {
        [
            ("payload_len_max", self.payload_len_max, 1_024, 61_440),
            ("inflight_max", self.inflight_max, 1, 4_096),
            ("outcome_cache", self.outcome_cache, 16, 4_096),
            ("retention_s", self.retention_s, 1, 31_536_000),
            ("mailbox_items_max", self.mailbox_items_max, 1, VARINT_MAX),
            ("mailbox_bytes_max", self.mailbox_bytes_max, 65_536, VARINT_MAX),
            ("redelivery_max", self.redelivery_max, 1, 65_535),
            ("send_rate_per_s", self.send_rate_per_s, 1, 10_000_000),
            ("send_burst", self.send_burst, 1, 10_000_000),
            ("code_attempts_max", self.code_attempts_max, 1, 16),
            ("registration_s", self.registration_s, 1, 86_400),
            ("registrations_per_number_per_h", self.registrations_per_number_per_h, 1, 1_000_000),
            ("code_len", self.code_len, 4, 12),
            ("code_wait_ms", self.code_wait_ms, 0, 60_000),
            ("method_wait_ms", self.method_wait_ms, 0, 3_600_000),
            ("devices_per_account_max", self.devices_per_account_max, 1, 64),
        ]
    }

    /// Whether these limits may be advertised and held.
    ///
    /// # Errors
    /// [`RulesError::OutOfRange`] (LIM-003), [`RulesError::OutcomeCacheBelowInflight`] (LIM-002),
    /// [`RulesError::Methods`] (REG-004).
    pub fn validate(&self) -> Result<(), RulesError> {
        for (name, value, min, max) in self.ranges() {
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
        self.mailbox_items_max.saturating_mul(2)
    }
}
