//! How long the device takes to acknowledge, by sample.

use std::collections::VecDeque;

use pinnace_session::{Acked, Now};
use pinnace_wire::MailboxSeq;

/// Deliveries followed at once. Of a flood the first ones are followed.
const FOLLOWED_MAX: usize = 32;

/// Deliveries whose acknowledgement is awaited, in rising order.
#[derive(Debug, Default)]
pub(super) struct Latency {
    followed: VecDeque<(MailboxSeq, Now)>,
}

impl Latency {
    /// A message was handed to the connection.
    pub(super) fn on_delivered(&mut self, mailbox_seq: MailboxSeq, now: Now) {
        if self.followed.len() < FOLLOWED_MAX {
            self.followed.push_back((mailbox_seq, now));
        }
    }

    /// Tells `observe` how many milliseconds each acknowledged delivery took.
    pub(super) fn on_acked(&mut self, acked: &Acked, now: Now, mut observe: impl FnMut(u64)) {
        self.followed.retain(|(mailbox_seq, since)| {
            let covered = acked.covers(*mailbox_seq);
            if covered {
                observe(now.ms.saturating_sub(since.ms));
            }
            !covered
        });
        if self.followed.is_empty() {
            self.followed = VecDeque::new();
        }
    }
}
