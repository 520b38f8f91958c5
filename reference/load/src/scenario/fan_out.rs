//! One group, everybody online.

use super::group::{Entries, Plan, Unit};
use super::{Size, Subject};
use crate::Failure;
use crate::fleet::Mail;
use crate::measure::Figures;

/// Members that write.
const WRITER_COUNT: usize = 4;

/// Some members keep their windows full, and all others take what they write. A delivery counts when its writer has the
/// outcome and its receiver has the entry.
pub(super) fn fan_out(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let devices: Vec<usize> = (0..size.members).collect();
    subject.introduce_all(&devices)?;
    let group = subject.gather(&devices)?;
    let writers: Vec<(usize, u32)> = (0..WRITER_COUNT.min(size.members)).map(|who| (who, group)).collect();
    let others = size.members.saturating_sub(1);
    let of_a_writer = u64::try_from(writers.len().saturating_mul(others).max(1)).unwrap_or(u64::MAX);
    let plan = Plan {
        mail: Mail::Post,
        per_writer: size.messages.div_ceil(of_a_writer),
        window: u64::try_from(size.window).unwrap_or(u64::MAX),
    };
    let figures = subject.write(Entries::new(plan, &writers, others), Unit::Delivery)?;
    subject.close_all(&devices)?;
    Ok(figures)
}
