//! A device leaves its account.

use alloc::vec::Vec;

use crate::codec::Row;
use crate::conversation::tell_all;
use crate::mailbox::Mailbox;
use crate::outbox::emit;
use crate::row::{self, AccountRow, DeviceRecord, Effect, SenderRow};
use crate::{AccountId, DeviceId, Event, Fault, Owner, Table, View, key, keys};

/// At an account that lost its number: removes all its devices (REG-021), and with them its list and their KeyPackages.
pub(crate) fn evict<V: View>(view: &mut V, account: AccountId) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Account(account);
    let account_key = key::row(owner, Table::Account);
    let mut row: AccountRow = row::get(view, Table::Account, &account_key)?.unwrap_or_default();
    let devices = core::mem::take(&mut row.devices);
    let gone: Vec<DeviceId> = devices.iter().map(|entry| entry.device).collect();
    let mut events = tell_all(view, account, &mut row.outbox_next, (&gone, None))?;
    for entry in devices {
        keys::forget_device(view, account, entry.device)?;
        let effect = Effect::Remove { device: entry.device, account };
        events.push(emit(view, owner, &mut row.outbox_next, &effect));
    }
    view.put(account_key, row.encode());
    view.delete(key::row(owner, Table::List));
    Ok(events)
}

/// At an account: a device that is another account's after all.
pub(crate) fn leave<V: View>(
    view: &mut V,
    device: DeviceId,
    account: AccountId,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let account_key = key::row(Owner::Account(account), Table::Account);
    let mut row: AccountRow = row::get(view, Table::Account, &account_key)?.unwrap_or_default();
    row.devices.retain(|entry| entry.device != device);
    view.put(account_key, row.encode());
    keys::forget_device(view, account, device)?;
    if row.devices.is_empty() {
        view.delete(key::row(Owner::Account(account), Table::List));
    }
    Ok(Vec::new())
}

/// At the device: it is registered no more. Its counters stay; what its mailbox held is deleted in batches, and the
/// senders are told.
pub(crate) fn remove_device<V: View>(
    view: &mut V,
    now_ms: u64,
    device: DeviceId,
    account: AccountId,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Device(device);
    let device_key = key::row(owner, Table::Device);
    let known: Option<DeviceRecord> = row::get(view, Table::Device, &device_key)?;
    if known.is_none_or(|known| known.account != account) {
        return Ok(Vec::new());
    }
    view.delete(device_key);
    let sender_key = key::row(owner, Table::Sender);
    let mut sender: SenderRow = row::get(view, Table::Sender, &sender_key)?.unwrap_or_default();
    sender.is_registered = false;
    view.put(sender_key, sender.encode());
    let mut events = Vec::from([Event::Removed(device)]);
    if let Some(mut mailbox) = Mailbox::open(view, device)? {
        mailbox.row.is_registered = false;
        mailbox.row.gone_after = mailbox.row.cursor;
        mailbox.row.gone_to = mailbox.row.last;
        mailbox.row.cursor = mailbox.row.last;
        mailbox.clean(now_ms)?;
        events.extend(mailbox.close()?);
    }
    Ok(events)
}
