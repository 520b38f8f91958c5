//! Advertised limits.

use pinnace_wire::limits::Limit;
use pinnace_wire::{LimitEntry, LimitId, LimitValue};

/// A limit as HELLO and WELCOME tell it; the value is kept within its range (LIM-003).
pub(crate) fn entry(limit: Limit, value: u64) -> Option<LimitEntry> {
    let value = LimitValue::new(value.clamp(limit.min, limit.max))?;
    Some(LimitEntry { limit: LimitId::new(limit.id)?, value })
}
