//! Writes a history while it happens, and counts what was seen.

use core::time::Duration;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::line::{Event, Line};

/// Writes the lines of all devices into one file.
#[derive(Debug)]
pub struct Recorder {
    began: Instant,
    inner: Mutex<Inner>,
    changed: Condvar,
}

/// How many of each were seen so far, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that were to be sent.
    pub sent: u64,
    /// Messages that were accepted.
    pub accepted: u64,
    /// Messages that failed.
    pub failed: u64,
    /// Messages that were received.
    pub received: u64,
    /// Messages with a receipt.
    pub receipts: u64,
    /// Gaps that were told.
    pub gaps: u64,
}

impl Tally {
    /// Messages with an outcome.
    #[must_use]
    pub const fn settled(&self) -> u64 {
        self.accepted.saturating_add(self.failed)
    }

    /// Whether whatever was to come has come.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.sent == self.settled() && self.accepted == self.received && self.accepted == self.receipts
    }
}

#[derive(Debug)]
struct Inner {
    out: BufWriter<File>,
    /// The first write that failed: nothing of a history may be missing.
    error: Option<io::Error>,
    tally: Tally,
    seen: HashSet<Seen>,
    /// Nothing new is sent any more.
    is_over: bool,
}

/// What is counted once: the sender, and its count; for gaps the receiver and the item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Seen {
    Sent(String, u64),
    Accepted(String, u64),
    Failed(String, u64),
    Received(String, u64),
    Receipt(String, u64),
    Gap(String, u64),
}

impl Recorder {
    /// Begins a history in a new file.
    ///
    /// # Errors
    ///
    /// What the system says of the file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let inner = Inner {
            out: BufWriter::new(File::create(path)?),
            error: None,
            tally: Tally::default(),
            seen: HashSet::new(),
            is_over: false,
        };
        Ok(Self { began: Instant::now(), inner: Mutex::new(inner), changed: Condvar::new() })
    }

    /// Writes an event down.
    pub fn record(&self, process: &str, device: &str, event: Event) {
        self.locked().write(self.at_us(), process, device, event);
        self.changed.notify_all();
    }

    /// Writes down that a message is about to be sent, unless the run is over.
    #[must_use]
    pub fn invoke(&self, process: &str, device: &str, event: Event) -> bool {
        let mut inner = self.locked();
        if inner.is_over {
            return false;
        }
        inner.write(self.at_us(), process, device, event);
        drop(inner);
        self.changed.notify_all();
        true
    }

    /// Writes down what the lane does.
    pub fn fault(&self, what: &str, cycle: u64) {
        self.record("lane", "", Event::Fault { what: what.to_owned(), cycle });
    }

    /// What was seen so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.locked().tally
    }

    /// From now on nothing new is sent.
    pub fn end_load(&self) {
        self.locked().is_over = true;
    }

    /// Whether the outcome of a message stands in the history.
    #[must_use]
    pub fn is_settled(&self, device: &str, message: u64) -> bool {
        let inner = self.locked();
        inner.seen.contains(&Seen::Accepted(device.to_owned(), message))
            || inner.seen.contains(&Seen::Failed(device.to_owned(), message))
    }

    /// Waits until this holds. Gives up once nothing was counted for so long, and tells whether it holds.
    #[must_use]
    pub fn wait(&self, patience: Duration, holds: impl Fn(&Tally) -> bool) -> bool {
        let mut inner = self.locked();
        let (mut since, mut earlier) = (Instant::now(), inner.tally);
        while !holds(&inner.tally) {
            let Some(left) = patience.checked_sub(since.elapsed()) else { return false };
            inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
            if inner.tally != earlier {
                (since, earlier) = (Instant::now(), inner.tally);
            }
        }
        true
    }

    /// Brings the history to its file.
    ///
    /// # Errors
    ///
    /// The first write that failed.
    pub fn finish(&self) -> io::Result<()> {
        let mut inner = self.locked();
        match inner.error.take() {
            Some(error) => Err(error),
            None => inner.out.flush(),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Inner {
    fn write(&mut self, at_us: u64, process: &str, device: &str, event: Event) {
        self.count(device, &event);
        let line = Line { at_us, process: process.to_owned(), device: device.to_owned(), event };
        let written = serde_json::to_writer(&mut self.out, &line)
            .map_err(io::Error::from)
            .and_then(|()| self.out.write_all(b"\n"));
        if let Err(error) = written {
            self.error.get_or_insert(error);
        }
    }

    fn count(&mut self, device: &str, event: &Event) {
        let device = device.to_owned();
        let tally = &mut self.tally;
        let (seen, count) = match event {
            Event::Invoke { message, .. } => (Seen::Sent(device, *message), &mut tally.sent),
            Event::Ok { message } => (Seen::Accepted(device, *message), &mut tally.accepted),
            Event::Fail { message, .. } => (Seen::Failed(device, *message), &mut tally.failed),
            Event::Received { from, message: Some(message), .. } => {
                (Seen::Received(from.clone(), *message), &mut tally.received)
            }
            Event::Receipt { message } => (Seen::Receipt(device, *message), &mut tally.receipts),
            Event::Gap { item, .. } => (Seen::Gap(device, *item), &mut tally.gaps),
            Event::Received { message: None, .. }
            | Event::Numbered { .. }
            | Event::Unknown { .. }
            | Event::Acked { .. }
            | Event::Fault { .. } => return,
        };
        if self.seen.insert(seen) {
            *count = count.saturating_add(1);
        }
    }
}
