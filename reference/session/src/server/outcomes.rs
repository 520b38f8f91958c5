//! The SENDs, POSTs, COMMITs and VOIDs that await their answer; answers leave in the order of arrival (DLV-014, DLV-045).

use alloc::collections::VecDeque;

use pinnace_fault as fault;
use pinnace_wire::{ClientSeq, FrameCode};

use crate::credit::Budget;

/// Names one SEND, POST, COMMIT or VOID of one session between its event and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// What became of a SEND, POST, COMMIT or VOID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The message is durable (DLV-008).
    Accepted,
    /// The message will never be delivered; its number is used (DLV-015).
    Refused(FrameCode),
    /// The number is settled without a message (DLV-018).
    Voided,
    /// The number has an outcome for another body (DLV-004).
    Conflict,
    /// The number's outcome is no longer kept (DLV-007).
    Forgotten,
    /// The number is ahead of the next one (DLV-005).
    Ahead {
        /// The next one.
        expected: ClientSeq,
    },
    /// The store did not answer; whether it acted is not known (DLV-047).
    Unavailable {
        /// When to send the same number again.
        retry_after_ms: u64,
    },
    /// The sender is over its rate; nothing was consumed (DLV-016).
    Rate {
        /// When to send the same number again.
        retry_after_ms: u64,
    },
    /// A newer session was stored first: nothing is told (SES-016).
    Fenced,
}

/// Which frame asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// SEND.
    Send,
    /// POST.
    Post,
    /// COMMIT.
    Commit,
    /// VOID.
    Void,
}

/// One frame that awaits its answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Pending {
    /// Its number.
    pub client_seq: ClientSeq,
    pub(crate) asked: Asked,
    pub(crate) cost: Budget,
    answer: Option<Answer>,
}

/// The window. Bounded by inflight_max, and by early_send_max while the first flight is in it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Outcomes {
    /// The ticket of the first pending frame.
    first: u64,
    pending: VecDeque<Pending>,
}

impl Outcomes {
    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }

    /// A frame came; its answer is awaited under the ticket.
    pub fn await_answer(&mut self, client_seq: ClientSeq, asked: Asked, cost: Budget) -> Ticket {
        let ticket = self.first.saturating_add(u64::try_from(self.pending.len()).unwrap_or(u64::MAX));
        self.pending.push_back(Pending { client_seq, asked, cost, answer: None });
        Ticket(ticket)
    }

    /// The answer to one frame. A ticket that was answered before changes nothing.
    pub fn on_answer(&mut self, Ticket(ticket): Ticket, answer: Answer) {
        let index = ticket.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(pending) = index.and_then(|index| self.pending.get_mut(index)) {
            pending.answer.get_or_insert(answer);
        }
    }

    /// The next answer in order, once it is there.
    pub fn poll(&mut self) -> Option<(Pending, Answer)> {
        if fault::outcome::OUTCOMES_REVERSED.is_on() {
            return self.poll_reversed();
        }
        let answer = self.pending.front()?.answer?;
        let pending = self.pending.pop_front()?;
        self.first = self.first.saturating_add(1);
        if self.pending.is_empty() {
            self.pending = VecDeque::new();
        }
        Some((pending, answer))
    }

    /// The last answer first, once all are there: what a planted fault does (DLV-014).
    fn poll_reversed(&mut self) -> Option<(Pending, Answer)> {
        if self.pending.iter().any(|pending| pending.answer.is_none()) {
            return None;
        }
        let pending = self.pending.pop_back()?;
        self.first = self.first.saturating_add(1);
        Some((pending, pending.answer?))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn answers_leave_in_order_of_arrival() {
        let mut outcomes = Outcomes::default();
        let tickets: Vec<Ticket> = (1..=3)
            .map(|seq| outcomes.await_answer(ClientSeq::new(seq).unwrap(), Asked::Send, Budget::default()))
            .collect();
        outcomes.on_answer(tickets[2], Answer::Accepted);
        outcomes.on_answer(tickets[1], Answer::Voided);
        assert!(outcomes.poll().is_none());
        outcomes.on_answer(tickets[0], Answer::Fenced);
        outcomes.on_answer(tickets[0], Answer::Accepted);
        let order: Vec<(u64, Answer)> = core::iter::from_fn(|| outcomes.poll())
            .map(|(pending, answer)| (pending.client_seq.value(), answer))
            .collect();
        assert_eq!(order, [(1, Answer::Fenced), (2, Answer::Voided), (3, Answer::Accepted)]);
        outcomes.on_answer(tickets[1], Answer::Accepted);
        assert_eq!(outcomes.len(), 0);
    }
}
