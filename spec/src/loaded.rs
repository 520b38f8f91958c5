//! The specification, read once and kept.

use std::sync::OnceLock;

use crate::chapter::CHAPTERS;
use crate::error::SpecError;
use crate::errors::Errors;
use crate::frames::Frames;
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::machine::Machine;
use crate::profiles::Profiles;
use crate::requirement::Requirement;
use crate::requirement_text::of_chapter;
use crate::transcripts::Transcript;

/// Everything that the embedded files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Frames, structures and registries.
    pub frames: Frames,
    /// Errors.
    pub errors: Errors,
    /// Limits.
    pub limits: Limits,
    /// Profiles.
    pub profiles: Profiles,
    /// State machines.
    pub machines: Vec<Machine>,
    /// Requirements, in reading order.
    pub requirements: Vec<Requirement>,
    /// All ids that were ever given out.
    pub ledger: Ledger,
    /// Worked examples of the secure channel.
    pub transcripts: Vec<Transcript>,
}

/// Reads all embedded files.
///
/// # Errors
/// The first file and line at which the specification does not hold.
pub fn load() -> Result<Spec, SpecError> {
    let mut requirements = Vec::new();
    for chapter in CHAPTERS {
        requirements.extend(of_chapter(chapter)?);
    }
    Ok(Spec {
        frames: Frames::load()?,
        errors: Errors::load()?,
        limits: Limits::load()?,
        profiles: Profiles::load()?,
        machines: Machine::load_all()?,
        requirements,
        ledger: Ledger::load()?,
        transcripts: Transcript::load_all()?,
    })
}

/// The specification, read at the first call.
///
/// # Errors
/// What [`load`] found. The tests of this crate hold the embedded files, so that a release never sees it.
pub fn spec() -> Result<&'static Spec, &'static SpecError> {
    static SPEC: OnceLock<Result<Spec, SpecError>> = OnceLock::new();
    SPEC.get_or_init(load).as_ref()
}

/// Frames, structures and registries.
///
/// # Errors
/// As [`spec`].
pub fn frames() -> Result<&'static Frames, &'static SpecError> {
    spec().map(|spec| &spec.frames)
}

/// All errors.
///
/// # Errors
/// As [`spec`].
pub fn errors() -> Result<&'static Errors, &'static SpecError> {
    spec().map(|spec| &spec.errors)
}

/// All limits.
///
/// # Errors
/// As [`spec`].
pub fn limits() -> Result<&'static Limits, &'static SpecError> {
    spec().map(|spec| &spec.limits)
}

/// All profiles.
///
/// # Errors
/// As [`spec`].
pub fn profiles() -> Result<&'static Profiles, &'static SpecError> {
    spec().map(|spec| &spec.profiles)
}

/// All state machines.
///
/// # Errors
/// As [`spec`].
pub fn machines() -> Result<&'static [Machine], &'static SpecError> {
    spec().map(|spec| spec.machines.as_slice())
}

/// The state machine of that name.
#[must_use]
pub fn machine(name: &str) -> Option<&'static Machine> {
    machines().ok()?.iter().find(|machine| machine.name == name)
}

/// All requirements, in reading order.
///
/// # Errors
/// As [`spec`].
pub fn requirements() -> Result<&'static [Requirement], &'static SpecError> {
    spec().map(|spec| spec.requirements.as_slice())
}

/// The requirement of that id.
#[must_use]
pub fn requirement(id: &str) -> Option<&'static Requirement> {
    requirements().ok()?.iter().find(|requirement| requirement.id == id)
}

/// Every id that was ever given out.
///
/// # Errors
/// As [`spec`].
pub fn ledger() -> Result<&'static Ledger, &'static SpecError> {
    spec().map(|spec| &spec.ledger)
}

/// Worked examples of the secure channel.
///
/// # Errors
/// As [`spec`].
pub fn transcripts() -> Result<&'static [Transcript], &'static SpecError> {
    spec().map(|spec| spec.transcripts.as_slice())
}
