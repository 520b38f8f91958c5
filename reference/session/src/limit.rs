//! Advertised limits.

use pinnace_fault as fault;
use pinnace_wire::limits::Limit;
use pinnace_wire::{LimitEntry, LimitId, LimitValue};

/// A limit as HELLO and WELCOME tell it; the value is kept within its range (LIM-003).
pub(crate) fn entry(limit: Limit, value: u64) -> Option<LimitEntry> {
    let is_outside = fault::limits::LIMIT_OUT_OF_RANGE.is_on();
    let value = if is_outside { limit.max.saturating_add(1) } else { value.clamp(limit.min, limit.max) };
    let value = LimitValue::new(value)?;
    Some(LimitEntry { limit: LimitId::new(limit.id)?, value })
}
