//! What a session said and heard, in the clear, for a debugging tool that writes captures.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;

use crate::channel::KeyLog;

/// How many records are kept for a tool that does not come for them; the oldest go first.
const KEPT_MAX: usize = 256;

/// Which way a record went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// We sent it.
    Sent,
    /// The peer sent it.
    Received,
}

/// The frames of one record.
#[derive(Clone, PartialEq, Eq)]
pub struct Tapped {
    /// Which way they went.
    pub direction: Direction,
    /// The payload of a handshake message, or the plaintext of a transport record: whole frames.
    pub plaintext: Vec<u8>,
}

impl fmt::Debug for Tapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tapped({:?}, {} octets)", self.direction, self.plaintext.len())
    }
}

/// The records that wait for the tool. Nothing at all unless keys are logged.
#[derive(Debug)]
pub(crate) struct Tap(Option<VecDeque<Tapped>>);

impl Tap {
    /// A tap runs where a key log does: who has the keys can read the records anyway.
    pub(crate) fn new(key_log: KeyLog) -> Self {
        match key_log {
            KeyLog::On if cfg!(feature = "keylog") => Self(Some(VecDeque::new())),
            KeyLog::On | KeyLog::Off => Self(None),
        }
    }

    pub(crate) fn see(&mut self, direction: Direction, plaintext: &[u8]) {
        if let Some(queue) = &mut self.0 {
            if queue.len() >= KEPT_MAX {
                queue.pop_front();
            }
            queue.push_back(Tapped { direction, plaintext: plaintext.to_vec() });
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Tapped> {
        self.0.as_mut()?.pop_front()
    }
}
