//! Many devices of one process at one server, whatever they speak.

use core::time::Duration;

use crate::Failure;
use crate::letter::Letter;

/// What devices are told to do, and what becomes of it. A scenario knows nothing else of Pinnace or of the floor.
pub(crate) trait Fleet {
    /// Begins to connect a device; [`Seen::Open`] follows.
    fn open(&mut self, who: usize) -> Result<(), Failure>;

    /// Ends the connection of a device, if it has one.
    fn close(&mut self, who: usize) -> Result<(), Failure>;

    /// Queues a letter; it leaves in the next turn. Tells whether the device may send now.
    fn send(&mut self, letter: &Letter) -> Result<Queued, Failure>;

    /// Writes what is queued, waits, reads, and tells what happened.
    fn turn(&mut self, wait: Duration, seen: &mut Vec<Seen>) -> Result<(), Failure>;

    /// Whether each letter is followed by a receipt.
    fn receipts(&self) -> Receipts;

    /// Octets that went through the devices' sockets, in both directions.
    fn octets(&self) -> u64;
}

/// Whether a letter will leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queued {
    /// It will.
    Yes,
    /// Window or credit are used up.
    NotNow,
}

/// Whether senders hear what became of their letters once they were received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Receipts {
    /// They do.
    Told,
    /// They do not.
    None,
}

/// Something that happened at a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is connected, and may send.
    Open(usize),
    /// The oldest of its letters without an outcome was accepted.
    Accepted(usize),
    /// A letter has come to it.
    Received(usize, Letter),
    /// So many of its letters are known to have been received.
    Receipted(usize, u64),
}
