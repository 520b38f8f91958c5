//! Bounds of everything that waits or goes on at once.

use core::time::Duration;

/// Connections that open at once.
pub(crate) const WINDOW: usize = 256;
/// How long nothing may move before a measurement is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How long one turn waits at most.
pub(crate) const TURN: Duration = Duration::from_millis(50);
