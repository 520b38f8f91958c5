//! Brings a mailbox to a session: from the store page by page, then as it is filed (SES-040).

use alloc::collections::VecDeque;

use pinnace_home::{DeviceId, Item, MailboxMark, Page, ReadRequest};
use pinnace_session::server::{self, Pushed};
use pinnace_session::{Budget, NotNow, ServerSession};

use crate::translate;
use crate::tray::{Filed, Look, last_seq};

/// Items that wait for the peer's credit at most, or are read ahead. A page is read only while none are.
pub const READY_MAX: usize = 128;

/// What one read of a mailbox brings at most.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PageMax {
    /// Items.
    pub items: u64,
    /// Octets of payloads.
    pub len: u64,
}

/// The page of a server: its octets are about what one Noise message holds, so that the first page may ride with WELCOME.
pub const PAGE: PageMax = PageMax { items: 128, len: 64 * 1024 };

impl PageMax {
    /// The read of a page above a mark.
    pub fn read(self, device: DeviceId, after: MailboxMark) -> ReadRequest {
        ReadRequest {
            device,
            after,
            items_max: usize::try_from(self.items).unwrap_or(1),
            bytes_max: usize::try_from(self.len).unwrap_or(1),
        }
    }

    fn within(self, budget: Budget) -> Self {
        Self { items: self.items.min(budget.count), len: self.len.min(budget.bytes) }
    }
}

/// The place of one session in its mailbox.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Pump {
    device: DeviceId,
    /// The next number that is neither pushed nor ready.
    next: u64,
    /// The highest number known to be filed.
    last: u64,
    ready: VecDeque<Item>,
    page_max: PageMax,
    reading: bool,
    /// Whether a page is due although nothing more is known to be filed.
    look: Look,
}

/// What happened to one item.
#[derive(Debug)]
pub struct Moved {
    /// The item.
    pub item: Item,
    /// Whether it leaves, or had left before; `None` if home filed what the protocol cannot say, which is passed over.
    pub pushed: Option<Pushed>,
}

impl Pump {
    /// A pump for what lies above `next - 1`, with `last` the highest number filed so far.
    #[must_use]
    pub fn new(device: DeviceId, next: u64, last: MailboxMark, page_max: PageMax) -> Self {
        let (ready, look) = (VecDeque::new(), Look::Told);
        Self { device, next, last: last.value(), ready, page_max, reading: false, look }
    }

    /// Takes a page that was read, or learns that it could not be.
    pub fn on_page(&mut self, page: Option<Page>) {
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
    pub(crate) fn on_filed(&mut self, filed: Filed) {
        self.last = self.last.max(filed.last);
        if filed.look == Look::Again {
            self.look = Look::Again;
        }
        for item in filed.items {
            if !self.reading && self.ready.len() < READY_MAX && item.mailbox_seq().value() == self.next {
                self.take_ready(item);
            }
        }
    }

    fn take_ready(&mut self, item: Item) {
        if last_seq(&item) >= self.next {
            self.next = last_seq(&item).saturating_add(1);
            self.ready.push_back(item);
        }
    }

    /// The highest number known to be filed.
    pub fn mailbox_last(&self) -> Option<MailboxMark> {
        MailboxMark::new(self.last)
    }

    /// Pushes the next item, if the peer's credit and our backlog allow.
    pub fn push(&mut self, session: &mut ServerSession) -> Option<Moved> {
        self.push_by(|item| session.push_item(&item))
    }

    /// The same for whoever stands in a session's place.
    pub fn push_by(
        &mut self,
        push: impl FnOnce(server::Item<'_>) -> Result<Pushed, NotNow>,
    ) -> Option<Moved> {
        let item = self.ready.front()?;
        let pushed = match translate::with_item(item, push) {
            Some(Err(NotNow)) => return None,
            Some(Ok(pushed)) => Some(pushed),
            None => None,
        };
        self.ready.pop_front().map(|item| Moved { item, pushed })
    }

    /// Items that wait here, at most [`READY_MAX`] or one page.
    #[must_use]
    pub fn ready_len(&self) -> usize {
        self.ready.len()
    }

    /// What to read next, or `None` while nothing is to be read. The page goes to [`Self::on_page`].
    pub fn wants_page(&mut self, budget: Budget) -> Option<ReadRequest> {
        let is_due = self.next <= self.last || self.look == Look::Again;
        if self.reading || !self.ready.is_empty() || !is_due || budget.count == 0 {
            return None;
        }
        let after = MailboxMark::new(self.next.saturating_sub(1))?;
        self.reading = true;
        self.look = Look::Told;
        Some(self.page_max.within(budget).read(self.device, after))
    }
}

#[cfg(test)]
mod tests {
    use pinnace_home::{Gap, GapReason, MailboxSeq};

    use super::*;
    use crate::Tray;

    const BUDGET: Budget = Budget { count: 10, bytes: 1_000 };

    fn wants(pump: &mut Pump) -> Option<u64> {
        pump.wants_page(BUDGET).map(|request| request.after.value())
    }

    #[test]
    fn mailbox_that_may_have_grown_is_read_once() {
        let last = MailboxMark::new(4).unwrap();
        let mut pump = Pump::new(DeviceId::new([7; 16]), 5, last, PAGE);
        assert_eq!(wants(&mut pump), None);
        let mut tray = Tray::default();
        tray.look_again();
        tray.take(Some(&mut pump));
        assert_eq!(wants(&mut pump), Some(4));
        pump.on_page(None);
        assert_eq!(wants(&mut pump), Some(4));
        pump.on_page(Some(Page { items: alloc::vec![], mailbox_last: last }));
        assert_eq!(wants(&mut pump), None);
    }

    #[test]
    fn what_is_filed_before_there_is_a_pump_is_brought() {
        let (empty, seq) = (MailboxMark::new(0).unwrap(), MailboxSeq::new(1).unwrap());
        let mut tray = Tray::default();
        let page = Page { items: alloc::vec![], mailbox_last: empty };
        // The page was read, and is on its way, when something is filed and wakes the session.
        tray.file(Item::Gap(Gap { mailbox_seq: seq, count: 1, reason: GapReason::Purged }));
        assert!(tray.take(None).end.is_none());
        let mut pump = Pump::new(DeviceId::new([7; 16]), 1, empty, PAGE);
        pump.on_page(Some(page));
        tray.take(Some(&mut pump));
        assert_eq!((pump.ready_len(), wants(&mut pump)), (1, None));
    }
}
