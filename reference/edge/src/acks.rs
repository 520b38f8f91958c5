//! The order of what a device says of its items.

use alloc::collections::VecDeque;

/// Holds back acknowledgements while a NACK that was said before them is not stored: an ACK that overtook it would end the
/// item as delivered, and tell its sender so (DLV-035). NACKs are rare; without one nothing is held.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Acks<T> {
    /// NACKs that the store has not answered.
    nacks: usize,
    held: VecDeque<T>,
}

impl<T> Default for Acks<T> {
    fn default() -> Self {
        Self { nacks: 0, held: VecDeque::new() }
    }
}

impl<T> Acks<T> {
    /// A NACK goes to the store.
    pub const fn on_nack(&mut self) {
        self.nacks = self.nacks.saturating_add(1);
    }

    /// An acknowledgement came: gives it back when it may go to the store now.
    pub fn on_ack(&mut self, ack: T) -> Option<T> {
        if self.nacks == 0 {
            return Some(ack);
        }
        self.held.push_back(ack);
        None
    }

    /// The store took a NACK: gives the acknowledgements that may go now, in their order.
    pub fn on_nacked(&mut self) -> VecDeque<T> {
        self.nacks = self.nacks.saturating_sub(1);
        if self.nacks == 0 { core::mem::take(&mut self.held) } else { VecDeque::new() }
    }

    /// How many are held back. Whoever reads a peer counts them among what is under way.
    #[must_use]
    pub fn held_len(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_waits_for_the_nacks_before_it() {
        let mut acks = Acks::default();
        assert_eq!(acks.on_ack(1), Some(1));
        acks.on_nack();
        acks.on_nack();
        assert_eq!((acks.on_ack(2), acks.on_ack(3), acks.held_len()), (None, None, 2));
        assert!(acks.on_nacked().is_empty());
        assert_eq!((acks.on_nacked(), acks.held_len()), (VecDeque::from([2, 3]), 0));
        assert_eq!(acks.on_ack(4), Some(4));
    }
}
