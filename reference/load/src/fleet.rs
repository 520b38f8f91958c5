//! Many devices of one process at one server, whatever they speak.

use core::ops::Range;
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
    fn send(&mut self, mail: Mail, letter: &Letter) -> Result<Queued, Failure>;

    /// Makes a connected device known to those that gather groups and claim KeyPackages; [`Seen::Ready`] follows.
    fn introduce(&mut self, who: usize) -> Result<(), Failure>;

    /// Makes a group of connected devices that were introduced, and tells its number. The first one begins it:
    /// [`Seen::Accepted`] of it follows, and [`Seen::Joined`] of all others.
    fn gather(&mut self, devices: &[usize]) -> Result<u32, Failure>;

    /// Leaves KeyPackages of an introduced device at the server, which carry these numbers; [`Seen::Ready`] follows.
    fn stock(&mut self, who: usize, numbers: Range<u64>) -> Result<(), Failure>;

    /// Writes what is queued, waits, reads, and tells what happened.
    fn turn(&mut self, wait: Duration, seen: &mut Vec<Seen>) -> Result<(), Failure>;

    /// Whether each letter is followed by a receipt.
    fn receipts(&self) -> Receipts;

    /// Octets that went through the devices' sockets, in both directions.
    fn octets(&self) -> u64;
}

/// What a letter travels as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mail {
    /// A message to a device.
    Message,
    /// A message to a group.
    Post,
    /// A commit in a group: it ends an epoch, and nobody comes or goes.
    Commit,
    /// No letter: a KeyPackage of a device is asked for.
    Claim,
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
    /// What it was told to prepare is done.
    Ready(usize),
    /// It is in a group now.
    Joined(usize),
    /// It has a KeyPackage, which carries this letter.
    Claimed(usize, Letter),
}
