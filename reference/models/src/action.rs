//! What can happen next.

use crate::{Fault, LineId};

/// One step of a world.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// The store runs and commits what it was asked for: one operation, or all that wait.
    Commit,
    /// The store brings the effect that is first in line one transaction further.
    Effect,
    /// The server takes the next record of a line.
    Hear(LineId),
    /// The first page of a mailbox arrives at its session.
    Page(LineId),
    /// The device takes the next record of a line.
    Take(LineId),
    /// The device says what it has.
    Acknowledge(LineId),
    /// The device opens a connection.
    Connect(usize),
    /// The server notices that the other end of a line is gone.
    Notice(LineId),
    /// Something goes wrong on a line.
    Line(Fault, LineId),
    /// Something goes wrong at a device.
    Device(Fault, usize),
    /// Something goes wrong at the server.
    Server(Fault),
    /// A commit fails, after it happened.
    DoubtDone,
}

impl Action {
    /// Whether nothing goes wrong in it.
    #[must_use]
    pub const fn is_calm(self) -> bool {
        match self {
            Self::Commit
            | Self::Effect
            | Self::Hear(_)
            | Self::Page(_)
            | Self::Take(_)
            | Self::Acknowledge(_)
            | Self::Connect(_)
            | Self::Notice(_) => true,
            Self::Line(..) | Self::Device(..) | Self::Server(_) | Self::DoubtDone => false,
        }
    }
}
