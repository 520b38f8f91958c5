//! Who may send a frame.

use core::fmt;

use pinnace_spec::Side;

use crate::value::DecodedFrame;

/// A frame that came from the side that never sends it (SES-025).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideError {
    /// The frame's name.
    pub name: String,
    /// The side that it came from.
    pub from: Side,
}

impl fmt::Display for SideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.from {
            Side::Client => "client",
            Side::Server => "server",
        };
        write!(f, "{} came from the {side}, which never sends it", self.name)
    }
}

impl core::error::Error for SideError {}

/// Whether that side may send this frame at all; a frame of unknown type is anybody's.
///
/// # Errors
/// The frame's name, when only the other side sends it.
pub fn check_side(frame: &DecodedFrame, from: Side) -> Result<(), SideError> {
    let table = pinnace_spec::frames().ok().and_then(|frames| frames.frame_of_type(frame.frame_type));
    match table {
        Some(table) if !table.from.contains(&from) => Err(SideError { name: frame.name.clone(), from }),
        Some(_) | None => Ok(()),
    }
}
