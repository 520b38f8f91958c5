//! The configured limits: those of `spec/data/limits.toml`, each within its range.

use std::collections::BTreeMap;
use std::fmt;

use pinnace_home::Rules;
use pinnace_session::server::ServerLimits;
use pinnace_wire::limits::{self as spec, Limit};

/// The value of every limit; what was not set has the specification's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    set: BTreeMap<&'static str, u64>,
}

impl Limits {
    /// The value of one limit, in the unit of its name.
    #[must_use]
    pub fn value(&self, limit: &Limit) -> u64 {
        self.set.get(limit.name).copied().unwrap_or(limit.default)
    }

    /// Sets a limit by its name.
    ///
    /// # Errors
    /// [`LimitError::Unknown`], and [`LimitError::OutOfRange`] (LIM-003); nothing is changed then.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), LimitError> {
        let Some(limit) = spec::ALL.iter().find(|limit| limit.name == name) else {
            return Err(LimitError::Unknown { name: name.to_owned(), nearest: nearest_limit(name) });
        };
        if !(limit.min..=limit.max).contains(&value) {
            return Err(LimitError::OutOfRange { limit: *limit, value });
        }
        self.set.insert(limit.name, value);
        Ok(())
    }

    /// Sets a limit from `name=value`.
    ///
    /// # Errors
    /// Those of [`Self::set`], and [`LimitError::NotAnAssignment`].
    pub fn assign(&mut self, assignment: &str) -> Result<(), LimitError> {
        let malformed = || LimitError::NotAnAssignment { found: assignment.to_owned() };
        let (name, value) = assignment.split_once('=').ok_or_else(malformed)?;
        let value = value.trim().replace('_', "").parse().map_err(|_| malformed())?;
        self.set(name.trim(), value)
    }

    /// Whether the limits agree with each other.
    ///
    /// # Errors
    /// [`LimitError::Disagree`]: LIM-002, and an initial credit that a first flight would overdraw.
    pub fn check(&self) -> Result<(), LimitError> {
        let pairs =
            [(spec::OUTCOME_CACHE, spec::INFLIGHT_MAX), (spec::CREDIT_COUNT_INITIAL, spec::EARLY_SEND_MAX)];
        for (greater, lesser) in pairs {
            let (have, need) = (self.value(&greater), self.value(&lesser));
            if have < need {
                return Err(LimitError::Disagree { greater: greater.name, have, lesser: lesser.name, need });
            }
        }
        Ok(())
    }

    /// Each limit with its value, in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        spec::ALL.iter().map(|limit| (limit.name, self.value(limit)))
    }

    /// The rules of the home under these limits.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            payload_len_max: self.value(&spec::PAYLOAD_LEN_MAX),
            inflight_max: self.value(&spec::INFLIGHT_MAX),
            outcome_cache: self.value(&spec::OUTCOME_CACHE),
            retention_s: self.value(&spec::RETENTION_S),
            mailbox_items_max: self.value(&spec::MAILBOX_ITEMS_MAX),
            mailbox_bytes_max: self.value(&spec::MAILBOX_BYTES_MAX),
            redelivery_max: self.value(&spec::REDELIVERY_MAX),
            send_rate_per_s: self.value(&spec::SEND_RATE_PER_S),
            send_burst: self.value(&spec::SEND_BURST),
            code_attempts_max: self.value(&spec::CODE_ATTEMPTS_MAX),
            registration_s: self.value(&spec::REGISTRATION_S),
            registrations_per_number_per_h: self.value(&spec::REGISTRATIONS_PER_NUMBER_PER_H),
            code_len: self.value(&spec::CODE_LEN),
            code_wait_ms: self.value(&spec::CODE_WAIT_MS),
            method_wait_ms: self.value(&spec::METHOD_WAIT_MS),
            devices_per_account_max: self.value(&spec::DEVICES_PER_ACCOUNT_MAX),
            key_packages_max: self.value(&spec::KEY_PACKAGES_MAX),
            keys_low: self.value(&spec::KEYS_LOW),
            claims_per_target_per_h: self.value(&spec::CLAIMS_PER_TARGET_PER_H),
            link_s: self.value(&spec::LINK_S),
            key_package_s_max: self.value(&spec::KEY_PACKAGE_S_MAX),
            epoch_window: self.value(&spec::EPOCH_WINDOW),
            roster_devices_max: self.value(&spec::ROSTER_DEVICES_MAX),
            entry_part_len: self.value(&spec::ENTRY_PART_LEN),
            ..Rules::default()
        }
    }

    /// The limits that a session holds its peer to, and advertises.
    #[must_use]
    pub fn session(&self) -> ServerLimits {
        ServerLimits {
            payload_len_max: self.value(&spec::PAYLOAD_LEN_MAX),
            inflight_max: self.value(&spec::INFLIGHT_MAX),
            outcome_cache: self.value(&spec::OUTCOME_CACHE),
            early_send_max: self.value(&spec::EARLY_SEND_MAX),
            alias_max: self.value(&spec::ALIAS_MAX),
            idle_ms: self.value(&spec::IDLE_MS),
            handshake_ms: self.value(&spec::HANDSHAKE_MS),
            confirm_ms: self.value(&spec::CONFIRM_MS),
            drain_ms: self.value(&spec::DRAIN_MS),
            retention_s: self.value(&spec::RETENTION_S),
            mailbox_items_max: self.value(&spec::MAILBOX_ITEMS_MAX),
            mailbox_bytes_max: self.value(&spec::MAILBOX_BYTES_MAX),
            redelivery_max: self.value(&spec::REDELIVERY_MAX),
            send_rate_per_s: self.value(&spec::SEND_RATE_PER_S),
            send_burst: self.value(&spec::SEND_BURST),
            ephemeral_rate_per_s: self.value(&spec::EPHEMERAL_RATE_PER_S),
            ephemeral_burst: self.value(&spec::EPHEMERAL_BURST),
            devices_per_account_max: self.value(&spec::DEVICES_PER_ACCOUNT_MAX),
            credit_count_initial: self.value(&spec::CREDIT_COUNT_INITIAL),
            credit_bytes_initial: self.value(&spec::CREDIT_BYTES_INITIAL),
            transport_records_max: self.value(&spec::TRANSPORT_RECORDS_MAX),
            key_packages_max: self.value(&spec::KEY_PACKAGES_MAX),
            claims_per_target_per_h: self.value(&spec::CLAIMS_PER_TARGET_PER_H),
            link_s: self.value(&spec::LINK_S),
            key_package_s_max: self.value(&spec::KEY_PACKAGE_S_MAX),
            epoch_window: self.value(&spec::EPOCH_WINDOW),
            roster_devices_max: self.value(&spec::ROSTER_DEVICES_MAX),
            stage_len_max: self.value(&spec::STAGE_LEN_MAX),
        }
    }
}

/// The limit whose name is most like this one, if any is much like it.
fn nearest_limit(name: &str) -> Option<&'static str> {
    super::nearest(name, spec::ALL.iter().map(|limit| limit.name))
}

/// Why a limit cannot have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// No limit has this name.
    Unknown {
        /// The name.
        name: String,
        /// A limit with a name much like it.
        nearest: Option<&'static str>,
    },
    /// The value lies outside the range of the specification (LIM-003).
    OutOfRange {
        /// The limit.
        limit: Limit,
        /// What was asked for.
        value: u64,
    },
    /// Not of the form `name=value`, with a whole number as the value.
    NotAnAssignment {
        /// What stood there.
        found: String,
    },
    /// One limit has to be at least another (LIM-002).
    Disagree {
        /// The one that has to be the greater.
        greater: &'static str,
        /// Its value.
        have: u64,
        /// The other.
        lesser: &'static str,
        /// Its value.
        need: u64,
    },
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, nearest: Some(nearest) } => {
                write!(f, "no limit is named `{name}`; did you mean `{nearest}`?")
            }
            Self::Unknown { name, nearest: None } => write!(f, "no limit is named `{name}`"),
            Self::OutOfRange { limit: Limit { name, min, max, .. }, value } if min == max => {
                write!(f, "{name} = {value}: it is {min} in every realm")
            }
            Self::OutOfRange { limit: Limit { name, min, max, .. }, value } => {
                write!(f, "{name} = {value} is outside its range, {min} to {max}")
            }
            Self::NotAnAssignment { found } => {
                write!(f, "`{found}` is not of the form name=value, with a whole number")
            }
            Self::Disagree { greater, have, lesser, need } => {
                write!(f, "{greater} = {have} is below {lesser} = {need}, which it must not be")
            }
        }
    }
}

impl core::error::Error for LimitError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(assignment: &str, message: &str) {
        let mut limits = Limits::default();
        let error = limits.assign(assignment).and_then(|()| limits.check()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn what_is_not_set_has_its_default() {
        let mut limits = Limits::default();
        assert_eq!(limits.value(&spec::IDLE_MS), spec::IDLE_MS.default);
        limits.assign("idle_ms=60_000").unwrap();
        assert_eq!(limits.session().idle_ms, 60_000);
        assert_eq!(limits.check(), Ok(()));
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        check("idel_ms=100", "no limit is named `idel_ms`; did you mean `idle_ms`?");
        check("idle_ms=1", "idle_ms = 1 is outside its range, 50 to 3600000");
        check("record_len_max=9", "record_len_max = 9: it is 65535 in every realm");
        check("idle_ms", "`idle_ms` is not of the form name=value, with a whole number");
        check("outcome_cache=16", "outcome_cache = 16 is below inflight_max = 256, which it must not be");
    }
}
