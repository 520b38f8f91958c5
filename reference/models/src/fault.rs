//! What can go wrong.

/// Something that a world may do to its people, as often as its scenario allows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// A device loses a connection. What it sent may arrive all the same, where the scenario lets old lines live.
    Cut,
    /// A device crashes: it knows what its disk knows.
    Crash,
    /// The server crashes.
    Stop,
    /// The server crashes between a commit and its answers.
    StopAfterCommit,
    /// A commit fails, and nobody knows whether it happened.
    Doubt,
    /// The record that is next on a line arrives twice.
    Repeat,
    /// The two records that are next on a line change places.
    Swap,
    /// Somebody sends a first flight again that was recorded.
    Replay,
    /// A device opens a connection beside the one that it has.
    Switch,
}
