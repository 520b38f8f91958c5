//! Which message is sent next: numbers, and going back to one that was not handled.

use pinnace_session::client::AgainCause;
use pinnace_wire::limits::{BACKOFF_BASE_MS, EXCEPTIONS};
use pinnace_wire::{ClientMark, ClientSeq, Exception};

use crate::message::Outcome;

/// Messages without an outcome at most.
pub(crate) const BACKLOG_MAX: u64 = 10_000;

/// Octets of their payloads at most.
pub(crate) const BACKLOG_LEN_MAX: usize = 256 << 20;

/// Octets that one step of a conversation sends at most: messages, and a commit of the longest.
const STEP_LEN_MAX: usize = 40 << 20;

/// The numbers of the outbox.
///
/// ```text
///   settled: have an outcome | settled+1 .. next-1: in flight | next .. numbered: wait
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outbox {
    /// The last number that was given.
    pub numbered: u64,
    /// Every number up to here has an outcome.
    pub settled: u64,
    next: u64,
    /// Octets of the payloads without an outcome.
    len: usize,
    pause: Pause,
}

/// Why nothing is sent although something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pause {
    /// Nothing stands in the way.
    None,
    /// A message was not handled. Those behind it were sent, too, and will not be handled either: their answers must be
    /// here before the lowest goes again, and the time must have come.
    Until(u64),
}

/// The outbox takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Outbox {
    /// An outbox as the store keeps it, outside of a session.
    #[must_use]
    pub const fn new(numbered: u64, settled: u64, len: usize) -> Self {
        Self { numbered, settled, next: settled.saturating_add(1), len, pause: Pause::None }
    }

    /// How many messages have no outcome.
    #[must_use]
    pub const fn backlog(&self) -> u64 {
        self.numbered.saturating_sub(self.settled)
    }

    /// How many numbers can still be given to what a conversation sends in one step.
    #[must_use]
    pub const fn room(&self) -> u64 {
        if self.len > BACKLOG_LEN_MAX - STEP_LEN_MAX { 0 } else { BACKLOG_MAX.saturating_sub(self.backlog()) }
    }

    /// Gives the next number to a message of this length.
    ///
    /// # Errors
    /// [`Full`].
    pub fn number(&mut self, payload_len: usize) -> Result<ClientSeq, Full> {
        let len = self.len.checked_add(payload_len).filter(|len| *len <= BACKLOG_LEN_MAX).ok_or(Full)?;
        if self.backlog() >= BACKLOG_MAX {
            return Err(Full);
        }
        let seq = ClientSeq::new(self.numbered.saturating_add(1)).ok_or(Full)?;
        self.numbered = seq.value();
        self.len = len;
        Ok(seq)
    }

    /// A session begins, and its first flight carries this many messages.
    pub const fn on_first_flight(&mut self, sent: u64) {
        self.next = self.settled.saturating_add(1).saturating_add(sent);
    }

    /// WELCOME: what the server handled has its outcome. Gives what is to be settled, rising.
    #[must_use]
    pub fn on_welcome(
        &self,
        handled: ClientMark,
        exceptions: &[Exception],
        outcome_cache: u64,
    ) -> Vec<(ClientSeq, Outcome)> {
        // A list that was cut says nothing about what lies behind its end: that is sent again.
        let told = match exceptions.last() {
            Some(last) if exceptions.len() >= EXCEPTIONS => last.client_seq.value(),
            Some(_) | None => handled.value(),
        };
        let last = handled.value().min(self.numbered).min(told);
        let forgotten = handled.value().saturating_sub(outcome_cache);
        let mut exceptions = exceptions.iter().peekable();
        let mut settled = Vec::new();
        for seq in self.settled.saturating_add(1)..=last {
            let Some(seq) = ClientSeq::new(seq) else { break };
            while exceptions.next_if(|exception| exception.client_seq < seq).is_some() {}
            let outcome = match exceptions
                .next_if(|exception| exception.client_seq == seq)
                .map(|exception| exception.code)
            {
                None if seq.value() <= forgotten => Outcome::Unknown(None),
                None => Outcome::Accepted,
                Some(Some(code)) => Outcome::Refused(code),
                Some(None) => Outcome::Voided,
            };
            settled.push((seq, outcome));
        }
        settled
    }

    /// The server handled numbers that this device does not know of: it lost its own (SES-044).
    pub fn go_on_after(&mut self, handled: ClientMark) -> bool {
        let lost = handled.value() > self.numbered;
        if lost {
            self.numbered = handled.value();
            self.settled = handled.value();
            self.next = handled.value().saturating_add(1);
            self.len = 0;
        }
        lost
    }

    /// The server handled less than what has an outcome here: it lost its state. The messages that wait go on behind what
    /// it handled. Gives the last number that had an outcome, if so.
    pub const fn go_back_to(&mut self, handled: ClientMark) -> Option<u64> {
        let settled = self.settled;
        if handled.value() >= settled {
            return None;
        }
        self.numbered = handled.value().saturating_add(self.backlog());
        self.settled = handled.value();
        self.next = handled.value().saturating_add(1);
        Some(settled)
    }

    /// Whether this outcome is the one that is awaited; one that is known, or out of turn, changes nothing: the next
    /// WELCOME tells it again.
    #[must_use]
    pub const fn is_next_outcome(&self, seq: ClientSeq) -> bool {
        seq.value() == self.settled.saturating_add(1) && seq.value() <= self.numbered
    }

    /// The awaited outcome is here; the message had this length.
    pub fn settle(&mut self, seq: ClientSeq, payload_len: usize) {
        self.settled = seq.value();
        self.next = self.next.max(seq.value().saturating_add(1));
        self.len = self.len.saturating_sub(payload_len);
    }

    /// The server did not handle a message: it goes again, and all behind it.
    pub fn on_again(&mut self, seq: ClientSeq, cause: AgainCause, retry_after_ms: Option<u64>, now_ms: u64) {
        let first = self.settled.saturating_add(1);
        let (from, wait_ms) = match cause {
            AgainCause::Ahead { expected } => {
                let expected = expected.map_or_else(|| seq.value(), ClientSeq::value);
                // A server that waits for a number whose outcome it gave will not have it; asking in a loop helps nobody.
                let is_odd = expected < first || seq.value() == first;
                (expected.min(seq.value()), if is_odd { BACKOFF_BASE_MS.default } else { 0 })
            }
            AgainCause::Rate | AgainCause::Unavailable => {
                (seq.value(), retry_after_ms.unwrap_or(BACKOFF_BASE_MS.default))
            }
        };
        self.next = self.next.min(from).max(first);
        let until_ms = now_ms.saturating_add(wait_ms);
        self.pause = match self.pause {
            Pause::None => Pause::Until(until_ms),
            Pause::Until(at_ms) => Pause::Until(at_ms.max(until_ms)),
        };
    }

    /// The application sends: what waits for its timer is taken along.
    pub const fn on_application_send(&mut self, now_ms: u64) {
        if let Pause::Until(_) = self.pause {
            self.pause = Pause::Until(now_ms);
        }
    }

    /// The number to send now, while `inflight` messages of this session have no answer.
    pub const fn ready(&mut self, now_ms: u64, inflight: usize) -> Option<u64> {
        if let Pause::Until(at_ms) = self.pause {
            if at_ms > now_ms || inflight > 0 {
                return None;
            }
            self.pause = Pause::None;
        }
        if self.next <= self.numbered { Some(self.next) } else { None }
    }

    /// The session took the message that [`Self::ready`] named.
    pub const fn on_sent(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// Whether this number was given to the session.
    #[must_use]
    pub const fn is_sent(&self, seq: u64) -> bool {
        seq < self.next
    }

    /// When [`Self::ready`] may name a number again.
    #[must_use]
    pub const fn deadline_ms(&self) -> Option<u64> {
        match self.pause {
            Pause::Until(at_ms) if self.next <= self.numbered => Some(at_ms),
            Pause::Until(_) | Pause::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinnace_wire::FrameCode;

    fn seq(value: u64) -> ClientSeq {
        ClientSeq::new(value).unwrap()
    }

    /// An outbox with the messages 1 to 5, of which the session took three.
    fn three_of_five() -> Outbox {
        let mut outbox = Outbox::new(0, 0, 0);
        for _ in 0..5 {
            outbox.number(1).unwrap();
        }
        for number in 1..=3 {
            assert_eq!(outbox.ready(0, 0), Some(number));
            outbox.on_sent();
        }
        outbox
    }

    #[test]
    fn rate_goes_back_once_the_window_is_empty_and_the_time_has_come() {
        let mut outbox = three_of_five();
        outbox.settle(seq(1), 1);
        outbox.on_again(seq(2), AgainCause::Rate, Some(100), 50);
        outbox.on_again(seq(3), AgainCause::Ahead { expected: Some(seq(2)) }, None, 60);
        assert_eq!(outbox.deadline_ms(), Some(150));
        assert_eq!(outbox.ready(149, 0), None);
        assert_eq!(outbox.ready(150, 1), None);
        assert_eq!(outbox.ready(150, 0), Some(2));
    }

    #[test]
    fn an_application_send_takes_the_waiting_resend_along() {
        let mut outbox = three_of_five();
        outbox.on_again(seq(1), AgainCause::Unavailable, Some(60_000), 0);
        outbox.on_application_send(10);
        assert_eq!(outbox.deadline_ms(), Some(10));
        assert_eq!(outbox.ready(10, 0), Some(1));
        assert_eq!(outbox.deadline_ms(), None);
    }

    #[test]
    fn a_server_that_expects_what_it_settled_is_not_asked_in_a_loop() {
        let mut outbox = three_of_five();
        outbox.settle(seq(1), 1);
        outbox.on_again(seq(2), AgainCause::Ahead { expected: Some(seq(1)) }, None, 0);
        assert_eq!(outbox.deadline_ms(), Some(500));
        assert_eq!(outbox.ready(500, 0), Some(2));
    }

    #[test]
    fn welcome_settles_what_was_handled() {
        let outbox = three_of_five();
        let code = FrameCode::new(2).unwrap();
        let exception = |value, code| Exception { client_seq: seq(value), code };
        let exceptions = [exception(1, None), exception(3, Some(code))];
        let settled = outbox.on_welcome(ClientMark::new(4).unwrap(), &exceptions, 256);
        let expected = [Outcome::Voided, Outcome::Accepted, Outcome::Refused(code), Outcome::Accepted];
        assert_eq!(settled, (1..).map(seq).zip(expected).collect::<Vec<_>>());
    }

    #[test]
    fn lost_numbers_go_on_after_what_the_server_handled() {
        let mut outbox = three_of_five();
        assert!(!outbox.go_on_after(ClientMark::new(5).unwrap()));
        assert!(outbox.go_on_after(ClientMark::new(9).unwrap()));
        assert_eq!((outbox.number(1), outbox.ready(0, 0)), (Ok(seq(10)), Some(10)));
    }

    #[test]
    fn the_outbox_is_bounded() {
        let mut outbox = Outbox::new(0, 0, 0);
        assert_eq!(outbox.number(BACKLOG_LEN_MAX + 1), Err(Full));
        for _ in 0..BACKLOG_MAX {
            outbox.number(1).unwrap();
        }
        assert_eq!(outbox.number(1), Err(Full));
        outbox.settle(seq(1), 1);
        assert!(outbox.number(1).is_ok());
    }
}
