//! The limits that a server advertises.

use pinnace_wire::{LimitEntry, List, limits};

/// The limits of the server, by their names in `spec/data/limits.toml`; defaults where WELCOME told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names, units, ranges and reasons stand in spec/data/limits.toml")]
pub struct ServerAdvert {
    pub payload_len_max: u64,
    pub inflight_max: u64,
    pub outcome_cache: u64,
    pub alias_max: u64,
    pub idle_ms: u64,
    pub confirm_ms: u64,
    pub retention_s: u64,
    pub mailbox_items_max: u64,
    pub mailbox_bytes_max: u64,
    pub redelivery_max: u64,
    pub send_rate_per_s: u64,
    pub send_burst: u64,
    pub devices_per_account_max: u64,
    pub key_packages_max: u64,
    pub claims_per_target_per_h: u64,
    pub link_s: u64,
    pub key_package_s_max: u64,
}

impl Default for ServerAdvert {
    fn default() -> Self {
        Self {
            payload_len_max: limits::PAYLOAD_LEN_MAX.default,
            inflight_max: limits::INFLIGHT_MAX.default,
            outcome_cache: limits::OUTCOME_CACHE.default,
            alias_max: limits::ALIAS_MAX.default,
            idle_ms: limits::IDLE_MS.default,
            confirm_ms: limits::CONFIRM_MS.default,
            retention_s: limits::RETENTION_S.default,
            mailbox_items_max: limits::MAILBOX_ITEMS_MAX.default,
            mailbox_bytes_max: limits::MAILBOX_BYTES_MAX.default,
            redelivery_max: limits::REDELIVERY_MAX.default,
            send_rate_per_s: limits::SEND_RATE_PER_S.default,
            send_burst: limits::SEND_BURST.default,
            devices_per_account_max: limits::DEVICES_PER_ACCOUNT_MAX.default,
            key_packages_max: limits::KEY_PACKAGES_MAX.default,
            claims_per_target_per_h: limits::CLAIMS_PER_TARGET_PER_H.default,
            link_s: limits::LINK_S.default,
            key_package_s_max: limits::KEY_PACKAGE_S_MAX.default,
        }
    }
}

impl ServerAdvert {
    /// Unknown ids are ignored (EXT-001).
    pub(crate) fn from_wire(told: List<'_, LimitEntry>) -> Self {
        let mut advert = Self::default();
        for entry in told {
            if let Some(place) = advert.place(entry.limit.value()) {
                *place = entry.value.value();
            }
        }
        advert
    }

    fn place(&mut self, id: u64) -> Option<&mut u64> {
        [
            (limits::PAYLOAD_LEN_MAX, &mut self.payload_len_max),
            (limits::INFLIGHT_MAX, &mut self.inflight_max),
            (limits::OUTCOME_CACHE, &mut self.outcome_cache),
            (limits::ALIAS_MAX, &mut self.alias_max),
            (limits::IDLE_MS, &mut self.idle_ms),
            (limits::CONFIRM_MS, &mut self.confirm_ms),
            (limits::RETENTION_S, &mut self.retention_s),
            (limits::MAILBOX_ITEMS_MAX, &mut self.mailbox_items_max),
            (limits::MAILBOX_BYTES_MAX, &mut self.mailbox_bytes_max),
            (limits::REDELIVERY_MAX, &mut self.redelivery_max),
            (limits::SEND_RATE_PER_S, &mut self.send_rate_per_s),
            (limits::SEND_BURST, &mut self.send_burst),
            (limits::DEVICES_PER_ACCOUNT_MAX, &mut self.devices_per_account_max),
            (limits::KEY_PACKAGES_MAX, &mut self.key_packages_max),
            (limits::CLAIMS_PER_TARGET_PER_H, &mut self.claims_per_target_per_h),
            (limits::LINK_S, &mut self.link_s),
            (limits::KEY_PACKAGE_S_MAX, &mut self.key_package_s_max),
        ]
        .into_iter()
        .find_map(|(limit, place)| (limit.id == id).then_some(place))
    }
}
