//! Whether a payload means anything to the application.

use pinnace_wire::NackReason;

/// Says why a payload cannot be taken; `None` takes it. Asked once an item, before it is filed: what is not taken is
/// answered with NACK, and its sender hears of it (DLV-036). Only a terminal reason (1 to 63) is acted upon.
pub type Judge = fn(&[u8]) -> Option<NackReason>;

/// Takes every payload.
#[must_use]
pub const fn take_all(_payload: &[u8]) -> Option<NackReason> {
    None
}
