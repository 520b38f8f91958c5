//! Commits: one after the other in a group, since each makes the epoch of the next.

use super::group::{Entries, Plan, Unit};
use super::{Size, Subject, receiver, sender};
use crate::Failure;
use crate::fleet::Mail;
use crate::measure::Figures;

/// Large groups that commit at once, all of the same devices.
const LARGE_COUNT: usize = 8;
/// Messages that make room for one commit of a small group: it takes a round trip and an fsync of its own.
const MESSAGES_PER_COMMIT: u64 = 20;

/// Many groups of two.
pub(super) fn small(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let devices: Vec<usize> = (0..size.pairs).flat_map(|pair| [sender(pair), receiver(pair)]).collect();
    subject.introduce_all(&devices)?;
    let mut writers = Vec::with_capacity(size.pairs);
    for pair in 0..size.pairs {
        writers.push((sender(pair), subject.gather(&[sender(pair), receiver(pair)])?));
    }
    let plan = plan(size.messages / MESSAGES_PER_COMMIT, writers.len());
    let figures = subject.write(Entries::new(plan, &writers, 1), Unit::Entry)?;
    subject.close_all(&devices)?;
    Ok(figures)
}

/// A few groups of many.
pub(super) fn large(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let mut devices: Vec<usize> = (0..size.members).collect();
    subject.introduce_all(&devices)?;
    let mut writers = Vec::new();
    for who in 0..LARGE_COUNT.min(size.members) {
        // The one that begins it commits.
        devices.rotate_left(usize::from(who != 0));
        writers.push((who, subject.gather(&devices)?));
    }
    let others = size.members.saturating_sub(1);
    let plan = plan(size.messages / u64::try_from(others.max(1)).unwrap_or(u64::MAX), writers.len());
    let figures = subject.write(Entries::new(plan, &writers, others), Unit::Entry)?;
    subject.close_all(&devices)?;
    Ok(figures)
}

/// So many commits in all.
fn plan(count: u64, writer_count: usize) -> Plan {
    let writer_count = u64::try_from(writer_count).unwrap_or(u64::MAX).max(1);
    Plan { mail: Mail::Commit, per_writer: count.div_ceil(writer_count), window: 1 }
}
