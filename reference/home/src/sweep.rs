//! What time asks for: expiry, unfinished deletions, registrations and offers that are over.

use alloc::vec::Vec;

use crate::keys::sweep_account;
use crate::link::sweep_link;
use crate::mailbox::Mailbox;
use crate::register::sweep_number;
use crate::{DeviceId, Event, Fault, Owner, Rows, Rules, Step, Table, View, key};

/// Owners that want to be swept at `from_ms` or later and by `now_ms`, at most `count_max`, the longest overdue first.
/// An engine in which deleted rows slow a scan names the earliest time that it knows of.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn due<V: Rows>(
    view: &V,
    from_ms: u64,
    now_ms: u64,
    count_max: usize,
) -> Result<Vec<Owner>, Fault<V::Error>> {
    let (first, end) = key::timer_bounds(from_ms, now_ms);
    let rows = view.scan(&first, &end, count_max)?;
    rows.iter()
        .map(|(key, _)| key::parse_timer(key).map(|(_, owner)| owner).ok_or(Fault::Corrupt(Table::Timer)))
        .collect()
}

/// When the next owner wants to be swept, at `from_ms` or later, in Unix milliseconds.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn next_due<V: Rows>(view: &V, from_ms: u64) -> Result<Option<u64>, Fault<V::Error>> {
    let (first, end) = key::timer_bounds(from_ms, u64::MAX - 1);
    let rows = view.scan(&first, &end, 1)?;
    rows.first()
        .map(|(key, _)| key::parse_timer(key).map(|(due_ms, _)| due_ms).ok_or(Fault::Corrupt(Table::Timer)))
        .transpose()
}

/// Sweeps one owner: a bounded amount of work, then its timer is set for the rest.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn sweep<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    owner: Owner,
) -> Result<Step<()>, Fault<V::Error>> {
    let events = match owner {
        Owner::Device(device) => sweep_device(view, now_ms, device)?,
        Owner::Number(number) => sweep_number(view, rules, now_ms, number)?,
        Owner::Account(account) => sweep_account(view, now_ms, account)?,
        // What a conversation holds, its devices' mailboxes let go.
        Owner::Conversation(_) => Vec::new(),
    };
    Ok(Step { answer: (), events })
}

fn sweep_device<V: View>(view: &mut V, now_ms: u64, device: DeviceId) -> Result<Vec<Event>, Fault<V::Error>> {
    let mut events = sweep_link(view, now_ms, device)?;
    let Some(mut mailbox) = Mailbox::open(view, device)? else {
        return Ok(events);
    };
    mailbox.clear_timer();
    mailbox.clean(now_ms)?;
    mailbox.expire(now_ms)?;
    events.extend(mailbox.close()?);
    Ok(events)
}
