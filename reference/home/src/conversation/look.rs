//! Look-ups of conversations.

use alloc::vec::Vec;

use crate::row::{self, ConversationRow, RosterRow};
use crate::{ConversationId, DeviceId, Fault, Owner, Rows, Table, key};
use pinnace_fault::conversations as planted;

/// How far a conversation has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConversationState {
    /// The epoch of its MLS group.
    pub epoch: u64,
    /// The highest conversation_seq that was given.
    pub last: u64,
    /// The devices in it, rising.
    pub devices: Vec<DeviceId>,
}

fn roster_row<V: Rows>(view: &V, conversation: ConversationId) -> Result<RosterRow, Fault<V::Error>> {
    let key = key::row(Owner::Conversation(conversation), Table::Roster);
    Ok(row::get(view, Table::Roster, &key)?.unwrap_or_default())
}

/// How far a conversation has come; `None` if there is none.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn conversation<V: Rows>(
    view: &V,
    conversation: ConversationId,
) -> Result<Option<ConversationState>, Fault<V::Error>> {
    let key = key::row(Owner::Conversation(conversation), Table::Conversation);
    let Some(row) = row::get::<ConversationRow, V>(view, Table::Conversation, &key)? else {
        return Ok(None);
    };
    let roster = roster_row(view, conversation)?;
    let devices = roster.devices.iter().map(|entry| entry.device).collect();
    Ok(Some(ConversationState { epoch: row.epoch, last: row.last, devices }))
}

/// Who hears a WHISPER of this device: all others in the roster; nobody, if it is not in it itself.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn roster<V: Rows>(
    view: &V,
    conversation: ConversationId,
    sender: DeviceId,
) -> Result<Vec<DeviceId>, Fault<V::Error>> {
    let roster = roster_row(view, conversation)?;
    if !roster.has(sender) && !planted::WHISPER_OF_STRANGER.is_on() {
        return Ok(Vec::new());
    }
    let is_heard = |device: &DeviceId| *device != sender || planted::WHISPER_TO_SENDER.is_on();
    Ok(roster.devices.iter().map(|entry| entry.device).filter(is_heard).collect())
}
