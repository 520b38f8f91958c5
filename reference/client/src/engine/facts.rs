//! What a session knows of its server.

use pinnace_wire::limits::{IDLE_MS, KEY_PACKAGE_S_MAX, KEY_PACKAGES_MAX, PAYLOAD_LEN};
use pinnace_wire::{MailboxMark, SessionEpoch};

use crate::state::LinkState;

/// What WELCOME said.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionFacts {
    pub(super) link: LinkState,
    pub(super) epoch: Option<SessionEpoch>,
    pub(super) mailbox_last: MailboxMark,
    pub(super) payload_len_max: usize,
    pub(super) idle_ms: u64,
    pub(super) key_packages_max: u64,
    pub(super) key_package_s_max: u64,
}

impl SessionFacts {
    pub(super) const fn none(link: LinkState) -> Self {
        Self {
            link,
            epoch: None,
            mailbox_last: MailboxMark::NOTHING,
            payload_len_max: PAYLOAD_LEN,
            idle_ms: IDLE_MS.default,
            key_packages_max: KEY_PACKAGES_MAX.default,
            key_package_s_max: KEY_PACKAGE_S_MAX.default,
        }
    }
}
