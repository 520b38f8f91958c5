//! POST at its conversation.

use alloc::vec::Vec;

use super::begin::Ticket;
use super::decide::{Conversation, Decided, Entry, decided, refused};
use super::fan_out::Shared;
use super::faulty;
use super::request::PostRequest;
use crate::file::due_from;
use crate::{DeviceId, EntryKind, Fault, Outcome, Rules, Step, View};
use pinnace_fault::conversations as planted;

/// The second step of a POST, at its conversation: gives the message its place, and sends it on its way.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn post_decide<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    post: (&PostRequest, &Ticket),
) -> Result<Step<Decided>, Fault<V::Error>> {
    let (request, ticket) = post;
    if let Some(decided) = decided(view, request.conversation, ticket)? {
        return Ok(Step::plain(decided));
    }
    let Some(mut conversation) = Conversation::open(view, request.conversation)? else {
        return Ok(refused(faulty::nowhere()));
    };
    let sender = request.session.device;
    let joined_epoch = conversation.roster.find(sender).map(|entry| entry.joined_epoch);
    let Some(joined_epoch) = joined_epoch.or_else(faulty::joined_epoch) else {
        return Ok(refused(faulty::stranger()));
    };
    let epoch = request.envelope.map_or(u64::MAX, |envelope| envelope.epoch);
    if !faulty::epochs(conversation.row.epoch, rules, joined_epoch).contains(&epoch) {
        return Ok(conversation.refuse(ticket, faulty::stale_message()));
    }
    let devices = conversation.roster.devices.iter();
    let is_other = |device: DeviceId| device != sender || planted::OWN_MESSAGE_DELIVERED.is_on();
    let was_in = |joined_epoch: u64| joined_epoch <= epoch || planted::MESSAGE_TO_LATER.is_on();
    let mut recipients: Vec<DeviceId> = devices
        .filter(|entry| is_other(entry.device) && was_in(entry.joined_epoch))
        .map(|entry| entry.device)
        .collect();
    faulty::reach(conversation.view, sender, &mut recipients)?;
    let entry = Entry {
        class: request.class,
        due_ms: request.expires_in_s.filter(|_| !planted::ENTRY_EXPIRY_IGNORED.is_on()).map_or_else(
            || due_from(rules, now_ms),
            |expires_in_s| {
                let life_ms = expires_in_s.min(rules.retention_s).saturating_mul(1_000);
                now_ms.saturating_add(life_ms)
            },
        ),
        part_len: rules.entry_part_len,
        own: Some((sender, request.client_seq)),
    };
    let payload = Shared::from(request.payload.as_slice());
    conversation.file(entry, Vec::from([(EntryKind::Message, payload, recipients)]))?;
    Ok(conversation.decide(ticket, Outcome::Accepted))
}
