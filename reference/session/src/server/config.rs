//! What all sessions of a server share.

use alloc::string::String;
use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::limits::{self, Limit};
use pinnace_wire::{LimitEntry, ProfileId};

use crate::channel::KeyLog;
use crate::credit::Budget;
use crate::grease::Grease;
use crate::limit;
use crate::noise::StaticSecret;
use crate::realm::RealmId;

/// What all sessions of a server share. A renewed certificate is a new configuration, for new sessions.
#[derive(Debug)]
pub struct ServerConfig {
    /// The realm.
    pub realm: RealmId,
    /// The static key of the edges of this region.
    pub edge: StaticSecret,
    /// The realm's certificate for that key, encoded.
    pub certificate: Vec<u8>,
    /// The announcement of the next root, encoded.
    pub successor: Option<Vec<u8>>,
    /// Name and version of the program, 1 to 64 octets; empty to tell nothing.
    pub agent: String,
    /// The profiles that are served, core among them (LIM-004).
    pub profiles: Vec<ProfileId>,
    /// The limits that hold here.
    pub limits: ServerLimits,
    /// Whether GREASE is sent.
    pub grease: Grease,
    /// Whether keys are told for debugging.
    pub key_log: KeyLog,
}

/// The limits of a server, by their names in `spec/data/limits.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names, units, ranges and reasons stand in spec/data/limits.toml")]
pub struct ServerLimits {
    pub payload_len_max: u64,
    pub inflight_max: u64,
    pub outcome_cache: u64,
    pub early_send_max: u64,
    pub alias_max: u64,
    pub idle_ms: u64,
    pub handshake_ms: u64,
    pub confirm_ms: u64,
    pub drain_ms: u64,
    pub retention_s: u64,
    pub mailbox_items_max: u64,
    pub mailbox_bytes_max: u64,
    pub redelivery_max: u64,
    pub send_rate_per_s: u64,
    pub send_burst: u64,
    pub ephemeral_rate_per_s: u64,
    pub ephemeral_burst: u64,
    pub devices_per_account_max: u64,
    pub credit_count_initial: u64,
    pub credit_bytes_initial: u64,
    pub transport_records_max: u64,
    pub key_packages_max: u64,
    pub claims_per_target_per_h: u64,
    pub link_s: u64,
    pub key_package_s_max: u64,
    pub epoch_window: u64,
    pub roster_devices_max: u64,
    pub stage_len_max: u64,
}

/// What a client counts on before WELCOME: one record.
const FIRST_FLIGHT_BYTES: u64 = 65_535;

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            payload_len_max: limits::PAYLOAD_LEN_MAX.default,
            inflight_max: limits::INFLIGHT_MAX.default,
            outcome_cache: limits::OUTCOME_CACHE.default,
            early_send_max: limits::EARLY_SEND_MAX.default,
            alias_max: limits::ALIAS_MAX.default,
            idle_ms: limits::IDLE_MS.default,
            handshake_ms: limits::HANDSHAKE_MS.default,
            confirm_ms: limits::CONFIRM_MS.default,
            drain_ms: limits::DRAIN_MS.default,
            retention_s: limits::RETENTION_S.default,
            mailbox_items_max: limits::MAILBOX_ITEMS_MAX.default,
            mailbox_bytes_max: limits::MAILBOX_BYTES_MAX.default,
            redelivery_max: limits::REDELIVERY_MAX.default,
            send_rate_per_s: limits::SEND_RATE_PER_S.default,
            send_burst: limits::SEND_BURST.default,
            ephemeral_rate_per_s: limits::EPHEMERAL_RATE_PER_S.default,
            ephemeral_burst: limits::EPHEMERAL_BURST.default,
            devices_per_account_max: limits::DEVICES_PER_ACCOUNT_MAX.default,
            credit_count_initial: limits::CREDIT_COUNT_INITIAL.default,
            credit_bytes_initial: limits::CREDIT_BYTES_INITIAL.default,
            transport_records_max: limits::TRANSPORT_RECORDS_MAX.default,
            key_packages_max: limits::KEY_PACKAGES_MAX.default,
            claims_per_target_per_h: limits::CLAIMS_PER_TARGET_PER_H.default,
            link_s: limits::LINK_S.default,
            key_package_s_max: limits::KEY_PACKAGE_S_MAX.default,
            epoch_window: limits::EPOCH_WINDOW.default,
            roster_devices_max: limits::ROSTER_DEVICES_MAX.default,
            stage_len_max: limits::STAGE_LEN_MAX.default,
        }
    }
}

impl ServerLimits {
    /// What WELCOME tells: what is advertised and differs from its default (LIM-001).
    pub(crate) fn advertised(&self) -> Vec<LimitEntry> {
        if fault::limits::LIMITS_UNTOLD.is_on() {
            return Vec::new();
        }
        let is_low = fault::limits::CACHE_BELOW_WINDOW.is_on();
        let cache_told = if is_low { self.inflight_max / 2 } else { self.outcome_cache };
        let told: [(Limit, u64); 22] = [
            (limits::PAYLOAD_LEN_MAX, self.payload_len_max),
            (limits::INFLIGHT_MAX, self.inflight_max),
            (limits::OUTCOME_CACHE, cache_told),
            (limits::ALIAS_MAX, self.alias_max),
            (limits::IDLE_MS, self.idle_ms),
            (limits::CONFIRM_MS, self.confirm_ms),
            (limits::RETENTION_S, self.retention_s),
            (limits::MAILBOX_ITEMS_MAX, self.mailbox_items_max),
            (limits::MAILBOX_BYTES_MAX, self.mailbox_bytes_max),
            (limits::REDELIVERY_MAX, self.redelivery_max),
            (limits::SEND_RATE_PER_S, self.send_rate_per_s),
            (limits::SEND_BURST, self.send_burst),
            (limits::DEVICES_PER_ACCOUNT_MAX, self.devices_per_account_max),
            (limits::EPHEMERAL_RATE_PER_S, self.ephemeral_rate_per_s),
            (limits::EPHEMERAL_BURST, self.ephemeral_burst),
            (limits::KEY_PACKAGES_MAX, self.key_packages_max),
            (limits::CLAIMS_PER_TARGET_PER_H, self.claims_per_target_per_h),
            (limits::LINK_S, self.link_s),
            (limits::KEY_PACKAGE_S_MAX, self.key_package_s_max),
            (limits::EPOCH_WINDOW, self.epoch_window),
            (limits::ROSTER_DEVICES_MAX, self.roster_devices_max),
            (limits::STAGE_LEN_MAX, self.stage_len_max),
        ];
        let differs = told.iter().filter(|(limit, value)| *value != limit.default);
        differs.filter_map(|(limit, value)| limit::entry(*limit, *value)).collect()
    }

    /// What WELCOME grants: never less than a first flight may use (SES-045).
    pub(crate) fn first_credit(&self) -> Budget {
        Budget {
            count: self.credit_count_initial.max(self.early_send_max),
            bytes: self.credit_bytes_initial.max(FIRST_FLIGHT_BYTES),
        }
    }
}
