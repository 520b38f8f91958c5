//! Between an account and the conversations that its devices are in.

use alloc::vec::Vec;

use super::decide::{Conversation, Entry};
use super::fan_out::Shared;
use crate::codec::Row;
use crate::file::due_from;
use crate::outbox::emit;
use crate::row::{self, AccountRow, Crossing, Effect, RosterEntry};
use crate::{AccountId, ConversationId, DeviceId, EntryKind, Event, Fault, Owner, Rules, Table, View, key};
use pinnace_fault::conversations as planted;

/// At the account: these devices came into a conversation. Those that are its own no more leave it at once.
pub(crate) fn entered<V: View>(
    view: &mut V,
    account: AccountId,
    conversation: ConversationId,
    devices: &[DeviceId],
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Account(account);
    view.put(key::of_conversation(owner, Table::Membership, conversation), Vec::new());
    let account_key = key::row(owner, Table::Account);
    let mut row: AccountRow = row::get(view, Table::Account, &account_key)?.unwrap_or_default();
    let gone: Vec<DeviceId> = devices.iter().copied().filter(|device| !row.has(*device)).collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let changed = Crossing::Changed { conversation, account, gone, published: None };
    let event = emit(view, owner, &mut row.outbox_next, &Effect::Crossing(changed));
    view.put(account_key, row.encode());
    Ok(Vec::from([event]))
}

/// At the account: none of its devices is in the conversation any more.
pub(crate) fn exited<V: View>(
    view: &mut V,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Vec<Event>, Fault<V::Error>> {
    view.delete(key::of_conversation(Owner::Account(account), Table::Membership, conversation));
    Ok(Vec::new())
}

/// At the account: tells every conversation that these devices left, and which list was put into force.
pub(crate) fn tell_all<V: View>(
    view: &mut V,
    account: AccountId,
    outbox_next: &mut u64,
    news: (&[DeviceId], Option<&[u8]>),
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Account(account);
    let (gone, published) = news;
    if gone.is_empty() && published.is_none() {
        return Ok(Vec::new());
    }
    let (first, end) = (key::row(owner, Table::Membership), key::table_end(owner, Table::Membership));
    let rows = view.scan(&first, &end, usize::MAX)?;
    let mut events = Vec::with_capacity(rows.len());
    for (key, _) in rows {
        let conversation = key::last_conversation(&key).ok_or(Fault::Corrupt(Table::Membership))?;
        let (gone, published) = (gone.to_vec(), published.map(<[u8]>::to_vec));
        let changed = Crossing::Changed { conversation, account, gone, published };
        events.push(emit(view, owner, outbox_next, &Effect::Crossing(changed)));
    }
    Ok(events)
}

/// At the conversation: an account lost devices, or put a list into force. The devices are out of the roster at once; those
/// that are in it, the publishing one too, are told of the list, if a device of the account is among them.
pub(crate) fn changed<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    crossing: Crossing,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let Crossing::Changed { conversation, account, gone, published } = crossing else {
        return Err(Fault::Corrupt(Table::Outbox));
    };
    let Some(mut conversation) = Conversation::open(view, conversation)? else {
        return Ok(Vec::new());
    };
    if !planted::LEAVING_STAYS.is_on() && conversation.roster.dismiss(account, &gone) {
        conversation.put_roster();
    }
    if !conversation.roster.has_account(account) {
        let id = conversation.id;
        conversation.emit(Crossing::Exited { account, conversation: id });
        return Ok(conversation.close());
    }
    if let Some(octets) = published.filter(|_| !planted::LIST_UNTOLD.is_on()) {
        let is_told =
            |entry: &&RosterEntry| entry.account != account || !planted::LIST_UNTOLD_AT_HOME.is_on();
        let devices = conversation.roster.devices.iter().filter(is_told);
        let devices: Vec<DeviceId> = devices.map(|entry| entry.device).collect();
        let (due_ms, part_len) = (due_from(rules, now_ms), rules.entry_part_len);
        let entry = Entry { class: None, due_ms, part_len, own: None };
        let list = Shared::from(octets.as_slice());
        conversation.file(entry, Vec::from([(EntryKind::DeviceList, list, devices)]))?;
    }
    Ok(conversation.close())
}
