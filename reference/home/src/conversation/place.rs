//! The number by which the items of one mailbox name a conversation: an id would make each of them 14 octets longer.
//!
//! It stays for good, as the counters of the mailbox do: two small rows for each conversation that the device was ever in.

use crate::codec::Row;
use crate::row::{self, Count, PlacedRow};
use crate::{ConversationId, DeviceId, Fault, Owner, Rows, Table, View, key};

fn placed_key(device: DeviceId, place: u64) -> alloc::vec::Vec<u8> {
    key::numbered(Owner::Device(device), Table::Placed, place)
}

/// The number of this conversation; a new one has the next.
pub(super) fn place<V: View>(
    view: &mut V,
    device: DeviceId,
    conversation: ConversationId,
) -> Result<u64, Fault<V::Error>> {
    let owner = Owner::Device(device);
    let place_key = key::of_conversation(owner, Table::Place, conversation);
    if let Some(Count(place)) = row::get(view, Table::Place, &place_key)? {
        return Ok(place);
    }
    let places_key = key::row(owner, Table::Places);
    let Count(last) = row::get(view, Table::Places, &places_key)?.unwrap_or(Count(0));
    let next = last.saturating_add(1);
    view.put(places_key, Count(next).encode());
    view.create(place_key, Count(next).encode());
    view.create(placed_key(device, next), PlacedRow(conversation).encode());
    Ok(next)
}

/// The conversation that has this number.
pub(super) fn placed<V: Rows>(
    view: &V,
    device: DeviceId,
    place: u64,
) -> Result<ConversationId, Fault<V::Error>> {
    let row: Option<PlacedRow> = row::get(view, Table::Placed, &placed_key(device, place))?;
    row.map(|row| row.0).ok_or(Fault::Corrupt(Table::Placed))
}
