//! How far a registration has come, as REGISTRATION tells it.

use alloc::vec::Vec;

use pinnace_wire::{AttemptsLeft, CodeLen, DurationMs, Offer, RegistrationStage, WaitMs};

/// The state of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationState {
    /// How far it has come.
    pub stage: RegistrationStage,
    /// The methods in the order in which they are offered, each with the time until it may be asked for. At most 8.
    pub methods: Vec<Offer>,
    /// The digits of the code; 0 while none is out.
    pub code_len: CodeLen,
    /// When the code may be tried.
    pub code_wait_ms: DurationMs,
    /// How often a code may be tried.
    pub attempts_left: AttemptsLeft,
    /// When the registration ends.
    pub expires_in_ms: DurationMs,
}

/// Whether a number may be taken from another account (REG-021).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It may.
    Wanted,
    /// It may not.
    Unwanted,
}

/// A span as the frames carry it: longer ones are cut to one hour.
pub(crate) fn duration(ms: u64) -> Option<DurationMs> {
    DurationMs::new(ms.min(DurationMs::MAX))
}

/// A span that is not empty.
pub(crate) fn wait(ms: u64) -> Option<WaitMs> {
    WaitMs::new(ms.clamp(WaitMs::MIN, WaitMs::MAX))
}
