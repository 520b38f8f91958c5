//! Frames on their way into records.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use pinnace_wire::{EncodeError, Frame};

/// Longest plaintext of a record here: it also fits the second message of IK behind its record kind, so that the first
/// answer needs no other rule. 65,535 less the kind, an ephemeral key and a tag.
pub(crate) const PLAINTEXT_LEN_MAX: usize = 65_535 - 1 - 32 - 16;

/// Above this an empty outbox gives its memory back: few sessions are busy at once.
const KEPT_LEN: usize = 2_048;

/// Encoded frames, in order, cut into records at frame boundaries. A frame is written here once and sealed from here.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    octets: Vec<u8>,
    /// Where the first record that has not left begins.
    start: usize,
    /// Lengths of the records that are full; what is behind them is the record that still grows.
    full: VecDeque<usize>,
    /// Where the record that still grows begins.
    growing: usize,
    /// An empty record is due: it proves life.
    is_life_due: bool,
}

impl Outbox {
    /// Queues a frame. On an error nothing was queued.
    pub(crate) fn push(&mut self, frame: &Frame<'_>) -> Result<(), EncodeError> {
        let needed = frame.encoded_len();
        let at = self.octets.len();
        let grown = at.saturating_sub(self.growing);
        if grown > 0 && grown.saturating_add(needed) > PLAINTEXT_LEN_MAX {
            self.cut();
        }
        self.octets.resize(at.saturating_add(needed), 0);
        let written = frame.encode(self.octets.get_mut(at..).unwrap_or_default());
        self.octets.truncate(at.saturating_add(*written.as_ref().unwrap_or(&0)));
        written.map(|_| ())
    }

    /// Queues octets that are whole frames already.
    pub(crate) fn push_encoded(&mut self, frames: &[u8]) {
        self.octets.extend_from_slice(frames);
    }

    /// Sees to it that a record leaves, also without a frame.
    pub(crate) const fn prove_life(&mut self) {
        self.is_life_due = true;
    }

    fn cut(&mut self) {
        self.full.push_back(self.octets.len().saturating_sub(self.growing));
        self.growing = self.octets.len();
    }

    /// Octets of frames that have not left.
    pub(crate) fn len(&self) -> usize {
        self.octets.len().saturating_sub(self.start)
    }

    /// The plaintext of the next record, if one is due.
    pub(crate) fn front(&self) -> Option<&[u8]> {
        let len = self.front_len();
        if len == 0 && !self.is_life_due {
            return None;
        }
        self.octets.get(self.start..self.start.saturating_add(len))
    }

    fn front_len(&self) -> usize {
        self.full.front().copied().unwrap_or_else(|| self.len())
    }

    /// The next record has left.
    pub(crate) fn pop(&mut self) {
        self.is_life_due = false;
        self.start = self.start.saturating_add(self.front_len());
        if self.full.pop_front().is_none() {
            self.growing = self.start;
        }
        if self.start == self.octets.len() {
            self.clear();
        }
    }

    /// Drops what has not left.
    pub(crate) fn clear(&mut self) {
        (self.start, self.growing, self.is_life_due) = (0, 0, false);
        self.octets.clear();
        self.full.clear();
        if self.octets.capacity() > KEPT_LEN {
            self.octets = Vec::new();
        }
        if self.full.capacity() > 0 {
            self.full = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use pinnace_wire::{Ping, PingToken, frames};

    use super::*;

    fn ping(token: u64) -> Frame<'static> {
        Frame::Ping(Ping { token: PingToken::new(token).unwrap() })
    }

    #[test]
    fn frames_share_a_record_up_to_its_limit() {
        let mut outbox = Outbox::default();
        let token = 1 << 60;
        let pushed = PLAINTEXT_LEN_MAX / 10 + 1;
        for _ in 0..pushed {
            outbox.push(&ping(token)).unwrap();
        }
        let first = outbox.front().unwrap();
        assert!(first.len() <= PLAINTEXT_LEN_MAX && first.len() > PLAINTEXT_LEN_MAX - 10);
        assert_eq!(frames(first).map(Result::unwrap).count(), pushed - 1);
        outbox.pop();
        assert_eq!(outbox.front().map(|record| record.len()), Some(10));
        outbox.push(&ping(1)).unwrap();
        assert_eq!(outbox.front().map(|record| record.len()), Some(13));
        outbox.pop();
        assert_eq!(outbox.front(), None);
        assert_eq!(outbox.octets.capacity(), 0);
    }

    #[test]
    fn life_is_proved_by_an_empty_record_unless_frames_leave() {
        let mut outbox = Outbox::default();
        outbox.prove_life();
        assert_eq!(outbox.front(), Some([].as_slice()));
        outbox.pop();
        assert_eq!(outbox.front(), None);
        outbox.prove_life();
        outbox.push(&ping(1)).unwrap();
        outbox.pop();
        assert_eq!(outbox.front(), None);
    }
}
