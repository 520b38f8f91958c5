//! Effects of one owner's transaction on another owner: written with it, applied by transactions of their own.
//!
//! Three transactions bring an effect to its end, each on one owner: [`apply`] changes the target and marks there how
//! far that origin has come; [`settle`] deletes the effect at its origin; [`forget`] deletes the mark. A crash between
//! them leaves an effect that is applied again, and the mark says that it was done. An engine that commits effects together
//! with what caused them needs no mark: it calls [`apply_fresh`], and [`settle`].

use alloc::vec::Vec;

use crate::conversation::{changed, entered, exited, release};
use crate::row::{self, Crossing, Effect, Mark};
use crate::{
    Event, Fault, OutboxRef, Owner, Rows, Rules, Step, Table, View, codec::Row, enrol, file, key, remove,
};

/// Writes an effect under the next number of its origin.
pub(crate) fn emit<V: View>(view: &mut V, origin: Owner, next: &mut u64, effect: &Effect) -> Event {
    let outbox_ref = OutboxRef { origin, seq: *next, target: effect.target() };
    *next = next.saturating_add(1);
    view.create(key::outbox(origin, outbox_ref.seq), effect.encode());
    Event::Outbox(outbox_ref)
}

fn mark_key(effect: &OutboxRef) -> Vec<u8> {
    key::row_with(effect.target, Table::Applied, &effect.origin.octets())
}

/// Applies an effect to its target, unless that was done before. Effects of one origin are applied in the order of
/// their numbers.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn apply<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    effect_ref: &OutboxRef,
) -> Result<Step<()>, Fault<V::Error>> {
    // Read only: the row is the origin's, and nobody changes it once it is written.
    let Some(effect) = row::peek(view, Table::Outbox, &key::outbox(effect_ref.origin, effect_ref.seq))?
    else {
        return Ok(Step::plain(()));
    };
    let mark_key = mark_key(effect_ref);
    let mark = row::get::<Mark, V>(view, Table::Applied, &mark_key)?;
    if mark.is_some_and(|mark| effect_ref.seq <= mark.0) {
        return Ok(Step::plain(()));
    }
    let events = change(view, rules, now_ms, (effect_ref, effect))?;
    let row = Mark(effect_ref.seq).encode();
    match mark {
        Some(_) => view.put(mark_key, row),
        None => view.create(mark_key, row),
    }
    Ok(Step { answer: (), events })
}

/// Applies an effect that will be committed, and [`settle`]d, together with the transaction that wrote it: nobody can have
/// applied it before, and no crash can come between, so that no mark is looked for and none is left.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn apply_fresh<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    effect_ref: &OutboxRef,
) -> Result<Step<()>, Fault<V::Error>> {
    let row = row::peek(view, Table::Outbox, &key::outbox(effect_ref.origin, effect_ref.seq))?;
    let effect = row.ok_or(Fault::Corrupt(Table::Outbox))?;
    let events = change(view, rules, now_ms, (effect_ref, effect))?;
    Ok(Step { answer: (), events })
}

fn change<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    effect: (&OutboxRef, Effect),
) -> Result<Vec<Event>, Fault<V::Error>> {
    let (effect_ref, effect) = effect;
    match effect {
        Effect::Message { .. } | Effect::Receipt { .. } => {
            let Owner::Device(from) = effect_ref.origin else {
                return Err(Fault::Corrupt(Table::Outbox));
            };
            file::file_effect(view, rules, now_ms, (from, effect))
        }
        Effect::Join(record) => enrol::join(view, rules, record),
        Effect::Enrol(record) => enrol::enrol_device(view, record),
        Effect::Link(record) => enrol::link_device(view, record),
        Effect::KeysLow { to, suite, one_time_count } => {
            file::file_keys_low(view, rules, now_ms, (to, suite, one_time_count))
        }
        Effect::Evict { account } => remove::evict(view, account),
        Effect::Remove { device, account } => remove::remove_device(view, now_ms, device, account),
        Effect::Leave { device, account } => remove::leave(view, device, account),
        Effect::Crossing(crossing) => cross(view, rules, now_ms, crossing),
    }
}

fn cross<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    crossing: Crossing,
) -> Result<Vec<Event>, Fault<V::Error>> {
    match crossing {
        Crossing::Release { conversation, payloads } => release(view, conversation, &payloads),
        Crossing::Entered { account, conversation, devices } => {
            entered(view, account, conversation, &devices)
        }
        Crossing::Exited { account, conversation } => exited(view, account, conversation),
        Crossing::Changed { .. } => changed(view, rules, now_ms, crossing),
    }
}

/// Deletes an applied effect at its origin.
pub fn settle<V: View>(view: &mut V, effect: &OutboxRef) {
    view.delete(key::outbox(effect.origin, effect.seq));
}

/// Deletes, at the target, the mark of a settled effect.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn forget<V: View>(view: &mut V, effect: &OutboxRef) -> Result<(), Fault<V::Error>> {
    let mark_key = mark_key(effect);
    if row::get::<Mark, V>(view, Table::Applied, &mark_key)?.is_some_and(|mark| mark.0 <= effect.seq) {
        view.delete(mark_key);
    }
    Ok(())
}

/// Effects that a crash left behind, at most `count_max`, those of one origin in order.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn pending<V: Rows>(view: &V, count_max: usize) -> Result<Vec<OutboxRef>, Fault<V::Error>> {
    let (first, end) = key::outbox_bounds();
    let corrupt = || Fault::Corrupt(Table::Outbox);
    let rows = view.scan(&first, &end, count_max)?;
    rows.iter()
        .map(|(key, row)| {
            let (origin, seq) = key::parse_outbox(key).ok_or_else(corrupt)?;
            let effect: Effect = row::decode(Table::Outbox, row)?;
            Ok(OutboxRef { origin, seq, target: effect.target() })
        })
        .collect()
}
