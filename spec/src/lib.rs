//! The Pinnace protocol as data: frames, errors, limits, profiles, state machines, requirements.
//!
//! Everything is read from the files under `spec/` that the crate embeds. The text says what a peer does; the data files hold
//! every number. This crate has no protocol logic: it reads, and it writes the generated parts of the text.
//!
//! ```
//! let rule = pinnace_spec::requirement("DLV-008").ok_or("no such requirement")?;
//! assert_eq!(rule.role, pinnace_spec::Role::Server);
//!
//! let send = pinnace_spec::frames()?.frame("SEND").ok_or("no such frame")?;
//! assert_eq!(send.frame_type, 20);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chapter;
mod error;
mod errors;
mod field;
mod frames;
mod ledger;
mod limits;
mod loaded;
mod machine;
mod profiles;
mod registry;
mod requirement;
mod requirement_text;
pub mod tables;
mod toml_text;
mod transcripts;

pub use chapter::{CHAPTERS, Chapter};
pub use error::{SpecError, SpecErrorKind};
pub use errors::{ErrorEntry, Errors, Processed, Retry, Scope};
pub use field::{Field, Kind};
pub use frames::{Extension, Frame, Frames, Grease, Side, Structure};
pub use ledger::{Ledger, LedgerEntry};
pub use limits::{Advertiser, Limit, Limits};
pub use loaded::{
    Spec, errors, frames, ledger, limits, load, machine, machines, profiles, requirement, requirements, spec,
    transcripts,
};
pub use machine::{Cell, Machine, MachineEvent, MachineState};
pub use profiles::{CodeRange, Profile, ProfileStatus, Profiles};
pub use registry::{Registry, RegistryValue};
pub use requirement::{Carrier, ErrorRef, Level, Requirement, Role};
pub use transcripts::{Transcript, TranscriptPart};
