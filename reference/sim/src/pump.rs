//! Brings a mailbox to a session: page by page, then as it is filed. The rules are those of the server's pump.

use std::collections::VecDeque;

use pinnace_home::{self as home, DeviceId, Item, MailboxMark, Page, ReadRequest};
use pinnace_session::server::{Item as Offered, Pushed};
use pinnace_session::{NotNow, ServerSession};
use pinnace_wire::{Class, Count, GapReason, ReceiptStatus, SeqRange};

use crate::bug::Bug;
use crate::router::{Look, Tray, last_seq};

/// Items that wait for the peer's credit, or are read ahead.
pub(crate) const READY_MAX: usize = 128;
/// Items of one page.
const PAGE_ITEMS_MAX: usize = 8;
/// Octets of one page.
const PAGE_LEN_MAX: usize = 64 * 1_024;

/// The place of one session in its mailbox.
#[derive(Debug)]
pub(crate) struct Pump {
    device: DeviceId,
    /// The next number that is neither pushed nor ready.
    next: u64,
    /// The highest number known to be filed.
    last: u64,
    ready: VecDeque<Item>,
    look: Look,
    bug: Option<Bug>,
}

impl Pump {
    pub(crate) const fn new(device: DeviceId, next: u64, last: MailboxMark, bug: Option<Bug>) -> Self {
        Self { device, next, last: last.value(), ready: VecDeque::new(), look: Look::Told, bug }
    }

    pub(crate) fn ready_len(&self) -> usize {
        self.ready.len()
    }

    pub(crate) fn on_page(&mut self, page: Option<Page>) {
        let Some(Page { items, mailbox_last }) = page else {
            self.look = Look::Again;
            return;
        };
        // What is numbered but cannot be read is no longer there.
        if items.is_empty() {
            self.next = self.next.max(mailbox_last.value().saturating_add(1));
        }
        self.last = self.last.max(mailbox_last.value());
        for item in items {
            self.take_ready(item);
        }
    }

    pub(crate) fn on_tray(&mut self, tray: &mut Tray) {
        self.last = self.last.max(tray.last);
        if tray.look == Look::Again {
            self.look = Look::Again;
        }
        for item in tray.items.drain(..) {
            if self.ready.len() < READY_MAX && item.mailbox_seq().value() == self.next {
                self.take_ready(item);
            }
        }
    }

    fn take_ready(&mut self, item: Item) {
        if last_seq(&item) >= self.next {
            self.next = last_seq(&item).saturating_add(1);
            if self.bug != Some(Bug::GapNotSent) || !matches!(item, Item::Gap(_)) {
                self.ready.push_back(item);
            }
        }
    }

    pub(crate) fn mailbox_last(&self) -> Option<MailboxMark> {
        MailboxMark::new(self.last)
    }

    /// Pushes the next item, if the peer's credit and our backlog allow.
    pub(crate) fn push(&mut self, session: &mut ServerSession) -> Option<(Item, Pushed)> {
        let item = self.ready.front()?;
        let pushed = with_item(item, |item| session.push_item(&item));
        match pushed {
            Some(Err(NotNow)) => None,
            Some(Ok(pushed)) => self.ready.pop_front().map(|item| (item, pushed)),
            None => self.ready.pop_front().map(|item| (item, Pushed::Already)),
        }
    }

    /// What to read next, or `None` while nothing is to be read.
    pub(crate) fn wants_page(&mut self, session: &ServerSession) -> Option<ReadRequest> {
        let budget = session.delivery_budget();
        let is_due = self.next <= self.last || self.look == Look::Again;
        if !self.ready.is_empty() || !is_due || budget.count == 0 {
            return None;
        }
        self.look = Look::Told;
        Some(ReadRequest {
            device: self.device,
            after: MailboxMark::new(self.next.saturating_sub(1))?,
            items_max: usize::try_from(budget.count).unwrap_or(1).min(PAGE_ITEMS_MAX),
            bytes_max: usize::try_from(budget.bytes).unwrap_or(1).min(PAGE_LEN_MAX),
        })
    }

    /// What to read together with HELLO.
    pub(crate) const fn first_page(device: DeviceId, after: MailboxMark) -> ReadRequest {
        ReadRequest { device, after, items_max: PAGE_ITEMS_MAX, bytes_max: PAGE_LEN_MAX }
    }
}

/// Hands an item of the mailbox to `push`. `None` if home filed what the protocol cannot say.
fn with_item<T>(item: &Item, push: impl FnOnce(Offered<'_>) -> T) -> Option<T> {
    match item {
        Item::Message(message) => Some(push(Offered::Message {
            mailbox_seq: message.mailbox_seq,
            source: message.from,
            class: message.class.and_then(Class::new),
            payload: &message.payload,
        })),
        Item::Receipt(receipt) => {
            let run = |range: &home::ClientRange| {
                Count::new(range.count).map(|count| SeqRange { first: range.first, count })
            };
            let ranges: Vec<_> = receipt.ranges.iter().map(run).collect::<Option<_>>()?;
            Some(push(Offered::Receipt {
                mailbox_seq: receipt.mailbox_seq,
                device: receipt.from,
                status: ReceiptStatus::new(receipt.status.value())?,
                ranges: &ranges,
            }))
        }
        Item::Gap(gap) => Some(push(Offered::Gap {
            mailbox_seq: gap.mailbox_seq,
            count: Count::new(gap.count)?,
            reason: GapReason::new(gap.reason.value())?,
        })),
    }
}
