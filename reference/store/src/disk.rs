//! The one thread that waits for the disk, so that the next group is made meanwhile.

use core::sync::atomic::Ordering;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use crate::ahead::Ahead;
use crate::committer::Durable;
use crate::engine::Engine as _;
use crate::fjall_engine::FjallEngine;
use crate::metrics::add;
use crate::overlay::Batch;
use crate::shared::Shared;
use crate::writer::Message;
use crate::{Notice, NotifySink};

/// A group on its way to the disk.
pub(crate) struct Load {
    pub(crate) engine: FjallEngine,
    pub(crate) batch: Arc<Batch>,
    pub(crate) durable: Durable<Ahead<FjallEngine>>,
}

/// What became of a load.
pub(crate) enum Landed {
    /// It is durable.
    Durable,
    /// Its fate is unknown.
    Failed(fjall::Error, Durable<Ahead<FjallEngine>>),
}

/// Commits one group after the other, and tells those who wait.
pub(crate) struct Disk {
    pub(crate) shared: Arc<Shared>,
    pub(crate) notify: NotifySink,
    pub(crate) loads: Receiver<Load>,
    pub(crate) writer: Sender<Message>,
}

impl Disk {
    /// Works until the writer is gone.
    pub(crate) fn run(self) {
        while let Ok(Load { engine, batch, durable }) = self.loads.recv() {
            let outcome = self.commit(&engine, &batch);
            // Whoever opens the engine again must find its files free.
            drop((engine, batch));
            let told = match outcome {
                Ok(()) => {
                    // The writer goes on at once: telling takes time, too.
                    let told = self.writer.send(Message::Landed(Landed::Durable));
                    self.publish(durable);
                    told
                }
                Err(error) => self.writer.send(Message::Landed(Landed::Failed(error, durable))),
            };
            if told.is_err() {
                return;
            }
        }
    }

    /// Commits under the eyes of the watchdog.
    fn commit(&self, engine: &FjallEngine, batch: &Batch) -> Result<(), fjall::Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let counters = &self.shared.counters;
        add(&counters.rows, batch.len());
        let started = Instant::now();
        let outcome = self.shared.watched(|| engine.commit(batch));
        let commit_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        counters.commit_us.store(commit_us, Ordering::Relaxed);
        add(&counters.commits, 1);
        outcome
    }

    /// The group is durable: whoever waits is told.
    fn publish(&self, mut durable: Durable<Ahead<FjallEngine>>) {
        let counters = &self.shared.counters;
        let filed = durable.notices.iter().filter(|notice| matches!(notice, Notice::Filed { .. })).count();
        add(&counters.items_filed, filed);
        add(&counters.effects, durable.effect_count);
        add(&counters.sweeps, durable.sweep_count);
        if !durable.notices.is_empty() {
            (self.notify)(core::mem::take(&mut durable.notices));
        }
        durable.answer();
    }
}

impl Drop for Disk {
    /// Also when this thread panics: nobody may wait for it then.
    fn drop(&mut self) {
        let _ = self.writer.send(Message::Gone);
    }
}
