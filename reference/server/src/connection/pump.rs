//! Brings a mailbox to a session: from the store page by page, then as it is filed (SES-040).

use std::collections::VecDeque;
use std::sync::OnceLock;

use pinnace_fault as fault;
use pinnace_home::{Item, MailboxMark, Page, ReadRequest};
use pinnace_session::server::Pushed;
use pinnace_session::{Budget, NotNow, ServerSession};

use super::translate;
use crate::clock;
use crate::slot::{Look, Tray, first_seq, last_seq};

/// Items that wait for the peer's credit, or are read ahead.
const READY_MAX: usize = 128;
/// Items of one page.
const PAGE_ITEMS_MAX: u64 = 128;
/// Octets of one page: about what one Noise message holds, so that the first page may ride with WELCOME.
const PAGE_LEN_MAX: u64 = 64 * 1024;

/// The place of one session in its mailbox.
#[derive(Debug)]
pub(super) struct Pump {
    device: pinnace_home::DeviceId,
    /// The next number that is neither pushed nor ready.
    next: u64,
    /// The highest number known to be filed.
    last: u64,
    ready: VecDeque<Item>,
    reading: bool,
    /// Whether a page is due although nothing more is known to be filed.
    look: Look,
}

/// What happened to one item.
pub(super) struct Moved {
    /// The item.
    pub(super) item: Item,
    /// Whether it leaves, or had left before.
    pub(super) pushed: Pushed,
}

impl Pump {
    /// A pump for what lies above `next - 1`, with `last` the highest number filed so far.
    pub(super) const fn new(device: pinnace_home::DeviceId, next: u64, last: MailboxMark) -> Self {
        Self { device, next, last: last.value(), ready: VecDeque::new(), reading: false, look: Look::Told }
    }

    /// Takes a page that was read, or learns that it could not be.
    pub(super) fn on_page(&mut self, page: Option<Page>) {
        self.reading = false;
        let Some(Page { items, mailbox_last }) = page else {
            // The read that failed may have been the one that was to tell.
            self.look = Look::Again;
            return;
        };
        // What is numbered but cannot be read is no longer there: it must not be asked for again and again.
        if items.is_empty() {
            self.next = self.next.max(mailbox_last.value().saturating_add(1));
        }
        self.last = self.last.max(mailbox_last.value());
        for item in items {
            self.take_ready(item);
        }
    }

    /// Takes what was filed since. Items that follow on are kept; for others the store is asked.
    pub(super) fn on_tray(&mut self, tray: &mut Tray) {
        self.last = self.last.max(tray.last);
        if tray.look == Look::Again {
            self.look = Look::Again;
        }
        for item in tray.items.drain(..) {
            if !self.reading && self.ready.len() < READY_MAX && first_seq(&item) == self.next {
                self.take_ready(item);
            }
        }
    }

    fn take_ready(&mut self, item: Item) {
        if last_seq(&item) >= self.next {
            self.next = last_seq(&item).saturating_add(1);
            if is_forgotten(&item) {
                return;
            }
            self.ready.push_back(item);
        }
    }

    /// The highest number known to be filed.
    pub(super) fn mailbox_last(&self) -> Option<MailboxMark> {
        MailboxMark::new(self.last)
    }

    /// Pushes the next item, if the peer's credit and our backlog allow.
    pub(super) fn push(&mut self, session: &mut ServerSession) -> Option<Moved> {
        let item = self.ready.front()?;
        match translate::with_item(item, |item| session.push_item(&item)) {
            Some(Err(NotNow)) => None,
            Some(Ok(pushed)) => self.ready.pop_front().map(|item| Moved { item, pushed }),
            None => {
                tracing::error!("an item of a mailbox that the protocol cannot say");
                self.ready.pop_front().map(|item| Moved { item, pushed: Pushed::Already })
            }
        }
    }

    /// What to read next, or `None` while nothing is to be read. The page goes to [`Self::on_page`].
    pub(super) fn wants_page(&mut self, budget: Budget) -> Option<ReadRequest> {
        let is_due = self.next <= self.last || self.look == Look::Again;
        if self.reading || !self.ready.is_empty() || !is_due || budget.count == 0 {
            return None;
        }
        self.reading = true;
        self.look = Look::Told;
        Some(ReadRequest {
            device: self.device,
            after: MailboxMark::new(self.next.saturating_sub(1))?,
            items_max: usize::try_from(budget.count.min(PAGE_ITEMS_MAX)).unwrap_or(1),
            bytes_max: usize::try_from(budget.bytes.min(PAGE_LEN_MAX)).unwrap_or(1),
        })
    }

    /// What to read together with HELLO.
    pub(super) fn first_page(device: pinnace_home::DeviceId, after: MailboxMark) -> ReadRequest {
        ReadRequest {
            device,
            after,
            items_max: usize::try_from(PAGE_ITEMS_MAX).unwrap_or(1),
            bytes_max: usize::try_from(PAGE_LEN_MAX).unwrap_or(1),
        }
    }
}

/// Whether a planted fault forgets what an earlier run of the server accepted.
fn is_forgotten(item: &Item) -> bool {
    static STARTED_MS: OnceLock<u64> = OnceLock::new();
    match item {
        Item::Message(message) if fault::delivery::RESTART_FORGETS.is_on() => {
            message.accepted_ms < *STARTED_MS.get_or_init(clock::unix_ms)
        }
        Item::Message(_) | Item::Receipt(_) | Item::Gap(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget { count: 10, bytes: 1_000 };

    fn wants(pump: &mut Pump) -> Option<u64> {
        pump.wants_page(BUDGET).map(|request| request.after.value())
    }

    #[test]
    fn mailbox_that_may_have_grown_is_read_once() {
        let last = MailboxMark::new(4).unwrap();
        let mut pump = Pump::new(pinnace_home::DeviceId::new([7; 16]), 5, last);
        assert_eq!(wants(&mut pump), None);
        let slot = crate::slot::Slot::default();
        slot.look_again();
        pump.on_tray(&mut slot.take());
        assert_eq!(wants(&mut pump), Some(4));
        pump.on_page(None);
        assert_eq!(wants(&mut pump), Some(4));
        pump.on_page(Some(Page { items: Vec::new(), mailbox_last: last }));
        assert_eq!(wants(&mut pump), None);
    }
}
