//! The answer of a machine that cannot take something at present.

use core::fmt;

/// Not now: nothing was changed, and the same call may be made again when the session has moved on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNow;

impl fmt::Display for NotNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("session cannot take this now")
    }
}

impl core::error::Error for NotNow {}
