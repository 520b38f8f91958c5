//! What the writer has in hand, and when it is time for a commit.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::ahead::Ahead;
use crate::fjall_engine::FjallEngine;
use crate::group::Group;
use crate::job::Haste;
use crate::memo::Memo;
use crate::overlay::Batch;
use crate::writer::WriteJob;

/// How long operations for which nobody waits stay without an fsync of their own. At a thousand messages a second a message
/// comes along long before.
const LATER: Duration = Duration::from_millis(5);

/// What the writer has in hand.
#[derive(Default)]
pub(crate) struct Work {
    /// Operations that were not run yet.
    pub(crate) waiting: VecDeque<WriteJob>,
    /// What was run, and is not on its way to the disk.
    pub(crate) group: Group<Ahead<FjallEngine>>,
    /// Until when the group may wait for more; `None`: not at all.
    pub(crate) group_until: Option<Instant>,
    /// What is on its way.
    pub(crate) under_way: Option<Arc<Batch>>,
    /// What is known of the engine.
    pub(crate) memo: Memo,
    pub(crate) is_closing: bool,
    /// When an engine that failed may be opened again.
    pub(crate) reopen_at: Option<Instant>,
}

impl Work {
    /// Whether there is nothing to do before a message comes, or a time.
    pub(crate) fn must_wait(&self) -> bool {
        let can_run = !self.waiting.is_empty() && !self.group.is_full();
        !can_run && !self.can_commit()
    }

    pub(crate) fn can_commit(&self) -> bool {
        let is_time = self.group_until.is_none_or(|until| until <= Instant::now());
        let is_due = is_time || self.is_closing || self.group.is_full();
        self.under_way.is_none() && !self.group.is_empty() && is_due
    }

    /// These operations are about to join the group.
    pub(crate) fn hurry(&mut self, jobs: &[WriteJob]) {
        let can_wait = jobs.iter().all(|job| job.haste() == Haste::Later);
        if !can_wait {
            self.group_until = None;
        } else if self.group.is_empty() && !jobs.is_empty() {
            self.group_until = Some(Instant::now() + LATER);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.is_closing && self.waiting.is_empty() && self.group.is_empty() && self.under_way.is_none()
    }
}
