//! A device joins its account: the effects of a registration.

use alloc::vec::Vec;

use crate::codec::Row;
use crate::link::use_up;
use crate::outbox::emit;
use crate::row::{self, AccountRow, DeviceEntry, DeviceRecord, Effect, MailboxRow, SenderRow};
use crate::{Event, Fault, HelloCounter, Owner, Rules, Table, View, key};
use pinnace_fault as fault;

/// At the account: takes the device into its list.
pub(crate) fn join<V: View>(
    view: &mut V,
    rules: &Rules,
    record: DeviceRecord,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Account(record.account);
    let account_key = key::row(owner, Table::Account);
    let mut account: AccountRow = row::get(view, Table::Account, &account_key)?.unwrap_or_default();
    let device = record.device();
    let is_member = account.has(device);
    let count = u64::try_from(account.devices.len()).unwrap_or(u64::MAX);
    // The registration saw room. If another one filled it meanwhile, this device stays unregistered and asks again.
    let is_full = rules.devices_per_account_max <= count && !fault::registration::DEVICES_UNLIMITED.is_on();
    if !is_member && is_full {
        return Ok(Vec::new());
    }
    account.devices.retain(|entry| entry.device != device);
    if fault::registration::SECOND_DEVICE_ALONE.is_on() {
        account.devices.clear();
    }
    account.devices.push(DeviceEntry {
        device,
        registered_s: record.registered_s,
        not_after_s: record.not_after_s,
    });
    let event = emit(view, owner, &mut account.outbox_next, &Effect::Enrol(record));
    view.put(account_key, account.encode());
    Ok(Vec::from([event]))
}

/// At the device: it is registered from now on.
pub(crate) fn enrol_device<V: View>(
    view: &mut V,
    record: DeviceRecord,
) -> Result<Vec<Event>, Fault<V::Error>> {
    Ok(set_registered(view, record)?.into_iter().collect())
}

/// At the device: another one linked it. Whoever waits in its session is told.
pub(crate) fn link_device<V: View>(
    view: &mut V,
    record: DeviceRecord,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let linked = Event::Linked { device: record.device(), account: record.account };
    Ok(Vec::from([set_registered(view, record)?.unwrap_or(linked)]))
}

/// Sets a device's registration, or else tells the account that it is another one's. Counters of an earlier registration
/// go on, so that no number and no epoch is ever used twice (SES-008).
fn set_registered<V: View>(view: &mut V, record: DeviceRecord) -> Result<Option<Event>, Fault<V::Error>> {
    let (device, account) = (record.device(), record.account);
    let owner = Owner::Device(device);
    let device_key = key::row(owner, Table::Device);
    let known: Option<DeviceRecord> = row::get(view, Table::Device, &device_key)?;
    let sender_key = key::row(owner, Table::Sender);
    let mut sender: SenderRow = row::get(view, Table::Sender, &sender_key)?.unwrap_or_default();
    if known.is_some_and(|known| known.account != account) {
        let event = emit(view, owner, &mut sender.outbox_next, &Effect::Leave { device, account });
        view.put(sender_key, sender.encode());
        return Ok(Some(event));
    }
    let mailbox_key = key::row(owner, Table::Mailbox);
    let mut mailbox: MailboxRow = row::get(view, Table::Mailbox, &mailbox_key)?.unwrap_or_default();
    sender.is_registered = true;
    let waiting = use_up(view, device)?.map_or(0, HelloCounter::value);
    // The HELLO of the session that registered, or waits to be linked, cannot be replayed either.
    if !fault::registration::FIRST_COUNTER_NOT_STORED.is_on() {
        sender.hello_counter = sender.hello_counter.max(record.hello_counter.value()).max(waiting);
    }
    mailbox.is_registered = true;
    view.put(device_key, record.encode());
    view.put(sender_key, sender.encode());
    view.put(mailbox_key, mailbox.encode());
    Ok(None)
}
