//! Registrations that are over.

use alloc::vec::Vec;

use pinnace_fault as fault;

use super::wait;
use crate::codec::Row;
use crate::mailbox::BATCH;
use crate::row::{self, AttemptsRow, RegistrationRow};
use crate::{E164, Event, Fault, Owner, Rules, Table, View, key};

/// Deletes the registrations of a number that are over, and asks for the next sweep. The counters stay while they mean
/// anything: the number of the next effect must never be used twice, so a number that was ever registered keeps them.
pub(crate) fn sweep_number<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    number: E164,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Number(number);
    let attempts_key = key::row(owner, Table::Attempts);
    let mut attempts: AttemptsRow = row::get(view, Table::Attempts, &attempts_key)?.unwrap_or_default();
    view.delete(key::timer(attempts.timer_ms, owner));
    let (first, end) = (key::row(owner, Table::Registration), key::table_end(owner, Table::Registration));
    let mut next_ms = idle_from_ms(rules, &attempts);
    let mut is_idle = next_ms <= now_ms;
    for (key, row) in view.scan(&first, &end, BATCH)? {
        let row: RegistrationRow = row::decode(Table::Registration, &row)?;
        if row.expires_ms <= now_ms && !fault::registration::REGISTRATION_ENDLESS.is_on() {
            view.delete(key);
        } else {
            next_ms = if is_idle { row.expires_ms } else { next_ms.min(row.expires_ms) };
            is_idle = false;
        }
    }
    if is_idle {
        attempts.timer_ms = 0;
        if attempts.outbox_next == 0 {
            view.delete(attempts_key)
        } else {
            view.put(attempts_key, attempts.encode())
        }
        return Ok(Vec::new());
    }
    attempts.timer_ms = now_ms.saturating_add(wait(next_ms, now_ms).max(1));
    view.put(key::timer(attempts.timer_ms, owner), Vec::new());
    view.put(attempts_key, attempts.encode());
    Ok(Vec::from([Event::Wake(attempts.timer_ms)]))
}

/// From when on the counters hold nothing back, in Unix milliseconds.
fn idle_from_ms(rules: &Rules, attempts: &AttemptsRow) -> u64 {
    let attempts_end_ms =
        if attempts.wrong_count == 0 { 0 } else { attempts.since_ms.saturating_add(rules.registration_ms()) };
    let sent_ms =
        if attempts.sent_ms == 0 { 0 } else { attempts.sent_ms.saturating_add(rules.method_wait_ms) };
    attempts_end_ms.max(sent_ms).max(attempts.rate_full_ns.div_ceil(1_000_000))
}
