//! Many senders, one receiver.

use super::traffic::Traffic;
use super::{Size, Subject, nothing, receiver, sender};
use crate::Failure;
use crate::measure::Figures;

/// All senders keep their windows full towards one receiver.
pub(super) fn fan_in(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let to = receiver(0);
    let devices: Vec<usize> = (0..size.pairs).map(sender).chain([to]).collect();
    subject.open_all(&devices, nothing)?;
    let per_route = size.messages / u64::try_from(size.pairs.max(1)).unwrap_or(1);
    let routes = (0..size.pairs).map(|pair| (sender(pair), to));
    let figures = subject.flood(Traffic::new(routes, per_route, size.window))?;
    subject.close_all(&devices)?;
    Ok(figures)
}
