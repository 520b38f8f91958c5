//! What time takes out of an account's key directory.

use alloc::vec::Vec;

use super::stock::{Aged, shelves};
use crate::codec::Row;
use crate::mailbox::BATCH;
use crate::row::{self, At};
use crate::{AccountId, Event, Fault, Owner, Table, View, key};

/// Asks for a sweep of the account at this time, or earlier if one is wanted earlier.
pub(super) fn wake_at<V: View>(
    view: &mut V,
    account: AccountId,
    at_ms: u64,
) -> Result<Option<Event>, Fault<V::Error>> {
    let owner = Owner::Account(account);
    let upkeep_key = key::row(owner, Table::Upkeep);
    let known: Option<At> = row::get(view, Table::Upkeep, &upkeep_key)?;
    if known.is_some_and(|At(known_ms)| known_ms <= at_ms) {
        return Ok(None);
    }
    if let Some(At(known_ms)) = known {
        view.delete(key::timer(known_ms, owner));
    }
    view.put(key::timer(at_ms, owner), Vec::new());
    view.put(upkeep_key, At(at_ms).encode());
    Ok(Some(Event::Wake(at_ms)))
}

/// Discards KeyPackages that have lived their time, forgets those that were handed out and budgets that are whole again,
/// and asks for the next sweep.
pub(crate) fn sweep_account<V: View>(
    view: &mut V,
    now_ms: u64,
    account: AccountId,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Account(account);
    let upkeep_key = key::row(owner, Table::Upkeep);
    if let Some(At(timer_ms)) = row::get(view, Table::Upkeep, &upkeep_key)? {
        view.delete(key::timer(timer_ms, owner));
    }
    view.delete(upkeep_key);
    let next = [
        sweep_stocks(view, now_ms, account)?,
        sweep_taken(view, now_ms, owner)?,
        sweep_budgets(view, now_ms, owner)?,
    ];
    match next.into_iter().flatten().min() {
        Some(at_ms) => Ok(wake_at(view, account, at_ms.max(now_ms.saturating_add(1)))?.into_iter().collect()),
        None => Ok(Vec::new()),
    }
}

/// Gives when the next KeyPackage has lived its time, in Unix milliseconds.
fn sweep_stocks<V: View>(
    view: &mut V,
    now_ms: u64,
    account: AccountId,
) -> Result<Option<u64>, Fault<V::Error>> {
    let mut next_s = None;
    for (shelf, mut row) in shelves(view, account, None)? {
        if shelf.expire(view, &mut row, now_ms) == Aged::Changed {
            shelf.close(view, &row);
        }
        let ends_s = row.one_time.iter().chain(&row.last_resort).map(|entry| entry.not_after_s);
        next_s = ends_s.chain(next_s).min();
    }
    Ok(next_s.map(|next_s| next_s.saturating_mul(1_000)))
}

/// Gives when the next one may be forgotten.
fn sweep_taken<V: View>(view: &mut V, now_ms: u64, owner: Owner) -> Result<Option<u64>, Fault<V::Error>> {
    let (first, end) = (key::row(owner, Table::Taken), key::table_end(owner, Table::Taken));
    for (key, _) in view.scan(&first, &end, BATCH)? {
        let not_after_s = key::taken_end_s(&key).ok_or(Fault::Corrupt(Table::Taken))?;
        let at_ms = not_after_s.saturating_mul(1_000);
        if now_ms < at_ms {
            return Ok(Some(at_ms));
        }
        view.delete(key);
    }
    // Perhaps there are more.
    Ok(view.scan(&first, &end, 1)?.first().map(|_| now_ms))
}

/// Gives when the next one is whole again. Those that are looked at become whole before long, and let the others come up.
fn sweep_budgets<V: View>(view: &mut V, now_ms: u64, owner: Owner) -> Result<Option<u64>, Fault<V::Error>> {
    let (first, end) = (key::row(owner, Table::Budget), key::table_end(owner, Table::Budget));
    let mut next_ms = None;
    for (key, row) in view.scan(&first, &end, BATCH)? {
        let At(full_ns) = row::decode(Table::Budget, &row)?;
        let full_ms = full_ns.div_ceil(1_000_000);
        if full_ms <= now_ms {
            view.delete(key);
        } else {
            next_ms = Some(next_ms.map_or(full_ms, |next_ms: u64| next_ms.min(full_ms)));
        }
    }
    let next_ms = match next_ms {
        Some(next_ms) => Some(next_ms),
        None => view.scan(&first, &end, 1)?.first().map(|_| now_ms),
    };
    Ok(next_ms)
}
