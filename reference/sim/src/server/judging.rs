//! What the server does is held against what must hold.

use pinnace_home::{self as home, HelloRequest, Item, Session};

use crate::property::Property;
use crate::stage::Stage;

/// An operation of a session had an effect, as the one with this number in the order of all.
pub(super) fn judge(session: Session, order: u64, stage: &mut Stage) {
    let Some(index) = stage.ledger.index_of(session.device) else { return };
    let known = stage.ledger.device(index);
    let newer = known.opened.iter().find(|(at, epoch)| *at < order && *epoch > session.epoch);
    if let Some((_, newer)) = newer.copied() {
        let what = format!("{index}: session {} acted after {newer} was stored", session.epoch);
        stage.ledger.violate(Property::FenceHolds, what);
    }
}

/// The store opened a session.
pub(super) fn on_opened(request: &HelloRequest, resumed: &home::Resumed, order: u64, stage: &mut Stage) {
    let Some(index) = stage.ledger.index_of(resumed.session.device) else { return };
    stage.ledger.on_cursor(index, resumed.cursor.value());
    let (counter, epoch) = (request.hello_counter.value(), resumed.session.epoch);
    let known = stage.ledger.device(index);
    let later = known.opened.iter().find(|(at, other)| *at < order && *other >= epoch).copied();
    known.opened.push((order, epoch));
    let before = known.counters_taken.insert(counter, epoch);
    if before.is_some() || later.is_some() {
        let what = format!("{index}: counter {counter} opened {before:?} and {epoch}, after {later:?}");
        stage.ledger.violate(Property::HelloOnce, what);
    }
}

/// The head of a mailbox is offered in one more confirmed session.
pub(super) fn on_offer(index: usize, head: Option<u64>, stage: &mut Stage) {
    let Some(head) = head else { return };
    let max = stage.plan.limits.redelivery_max;
    let count = stage.ledger.device(index).offered.entry(head).or_default();
    *count = count.saturating_add(1);
    let count = *count;
    if count > max {
        let what = format!("{head} of {index} was offered in {count} sessions, {max} are allowed");
        stage.ledger.violate(Property::RedeliveryBounded, what);
    }
}

/// An item leaves for a device.
pub(super) fn on_offered(index: usize, item: &Item, stage: &mut Stage) {
    stage.ledger.on_item(index, item);
}
