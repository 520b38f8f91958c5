//! What planted faults make of the rules of conversations. In a build without them each function is the rule.

use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::sync::atomic::{AtomicBool, Ordering};

use pinnace_fault::conversations as planted;

use super::delta::is_welcome_misplaced;
use super::fan_out::Shared;
use super::member::account_of;
use super::request::{CommitRequest, Committer};
use crate::list::peek_in_force;
use crate::mailbox::Mailbox;
use crate::row::{ConversationRow, Held, Queue, ReceiptRow, RosterEntry, RosterRow};
use crate::{ClientRange, ClientSeq, DeviceId, EntryKind, Fault, ReceiptStatus, Refusal, Rows, Rules, View};

/// Whether an entry was filed in this run of a server.
static FILED: AtomicBool = AtomicBool::new(false);

/// An entry is filed.
pub(super) fn remember() {
    if planted::PAYLOAD_IN_MIND.is_on() || planted::EPOCH_IN_MIND.is_on() {
        FILED.store(true, Ordering::Relaxed);
    }
}

/// Whether what entries carry was kept in mind by a run that is over.
pub(super) fn is_forgotten() -> bool {
    planted::PAYLOAD_IN_MIND.is_on() && !FILED.load(Ordering::Relaxed)
}

/// A conversation is read.
pub(super) fn forget(row: &mut ConversationRow) {
    if planted::EPOCH_IN_MIND.is_on() && !FILED.load(Ordering::Relaxed) {
        row.epoch = row.epoch.saturating_sub(1);
    }
}

/// What an entry carries.
pub(super) fn carried(kind: EntryKind, payload: Shared) -> Shared {
    let is_changed = match kind {
        EntryKind::Message => planted::MESSAGE_CHANGED.is_on(),
        EntryKind::Commit => planted::COMMIT_CHANGED.is_on(),
        EntryKind::Welcome => planted::WELCOME_CHANGED.is_on(),
        EntryKind::DeviceList => planted::LIST_CHANGED.is_on(),
        EntryKind::Own => false,
    };
    if !is_changed {
        return payload;
    }
    let mut octets = payload.to_vec();
    octets.iter_mut().next_back().into_iter().for_each(|last| *last ^= 1);
    Shared::from(octets.as_slice())
}

/// Whether a commit is of the current epoch.
pub(super) fn is_current(epoch: u64, current: u64) -> bool {
    epoch == current
        || epoch < current && planted::COMMIT_STALE_TAKEN.is_on()
        || epoch > current && planted::COMMIT_AHEAD_TAKEN.is_on()
}

/// The epoch that a commit leads to.
pub(super) fn raised(row: &ConversationRow) -> u64 {
    let is_kept = planted::EPOCH_NOT_RAISED.is_on() || row.last == 0 && planted::BEGINS_AT_ZERO.is_on();
    let step = if is_kept { 0 } else { 1 };
    row.epoch.saturating_add(if planted::EPOCH_RAISED_TWICE.is_on() { 2 } else { step })
}

/// Whether a commit that lost its race is delivered.
pub(super) fn is_refused_delivered() -> bool {
    planted::REFUSED_COMMIT_DELIVERED.is_on() || planted::REFUSED_WELCOME_DELIVERED.is_on()
}

/// Who gets a commit, and who its Welcome.
pub(super) fn recipients(
    request: &CommitRequest,
    before: &RosterRow,
    (mut others, mut welcomed): (Vec<DeviceId>, Vec<DeviceId>),
) -> (Vec<DeviceId>, Vec<DeviceId>) {
    let is_external = request.envelope.is_some_and(|(_, committer)| committer == Committer::External);
    if is_external && planted::EXTERNAL_UNTOLD.is_on() {
        others.clear();
    }
    if planted::COMMIT_LAST_LEFT_OUT.is_on() {
        others.pop();
    }
    if planted::COMMIT_NOT_TO_REMOVED.is_on() {
        others.retain(|device| !request.removed.contains(device));
    }
    if planted::COMMIT_TO_ADDED.is_on() {
        others.extend(&welcomed);
    }
    if planted::OWN_COMMIT_DELIVERED.is_on() {
        others.push(request.session.device);
    }
    if planted::WELCOME_UNDELIVERED.is_on() {
        welcomed.clear();
    }
    if planted::WELCOME_TO_FIRST.is_on() {
        welcomed.truncate(1);
    }
    if planted::WELCOME_TO_ALL.is_on() {
        welcomed.extend(before.devices.iter().map(|entry| entry.device));
    }
    (others, welcomed)
}

/// Whether a newcomer is in the roster from now on.
pub(super) fn is_served(before: &RosterRow, sender: DeviceId, entry: &RosterEntry) -> bool {
    let is_old = before.has(entry.device) && planted::RETURN_KEEPS_EPOCH.is_on();
    let is_left_out = entry.device != sender && planted::ADDED_UNSERVED.is_on();
    !is_old && !is_left_out
}

/// Who gets a message, besides.
pub(super) fn reach<V: View>(
    view: &V,
    sender: DeviceId,
    recipients: &mut Vec<DeviceId>,
) -> Result<(), Fault<V::Error>> {
    if planted::MESSAGE_LAST_LEFT_OUT.is_on() {
        recipients.pop();
    }
    if planted::ACCOUNT_SERVED.is_on()
        && let Some(account) = account_of(view, sender)?
        && let Some(list) = peek_in_force(view, account)?
    {
        let others = list.devices.into_iter().filter(|device| *device != sender);
        recipients.extend(others);
        recipients.sort_unstable();
        recipients.dedup();
    }
    Ok(())
}

/// The epochs whose messages are taken from a device that joined in this one.
pub(super) fn epochs(current: u64, rules: &Rules, joined_epoch: u64) -> RangeInclusive<u64> {
    let mut window = rules.epoch_window;
    if planted::WINDOW_CLOSED.is_on() {
        window = 0;
    }
    if planted::WINDOW_NARROW.is_on() {
        window = window.saturating_sub(1);
    }
    if planted::WINDOW_WIDE.is_on() {
        window = window.saturating_add(1);
    }
    if planted::EPOCHS_UNLIMITED.is_on() {
        window = u64::MAX;
    }
    let joined_epoch = if planted::MESSAGE_BEFORE_JOINING_TAKEN.is_on() { 0 } else { joined_epoch };
    let newest = if planted::MESSAGE_AHEAD_TAKEN.is_on() { u64::MAX } else { current };
    current.saturating_sub(window).max(joined_epoch)..=newest
}

/// The epoch in which a stranger joined.
pub(super) fn joined_epoch() -> Option<u64> {
    planted::STRANGER_POST_TAKEN.is_on().then_some(0)
}

/// What is judged before its turn.
pub(super) fn too_early(room: Option<Refusal>, commit: (&CommitRequest, Committer)) -> Option<Refusal> {
    if room.is_some() && planted::ROOM_JUDGED_FIRST.is_on() {
        return room;
    }
    let is_misplaced = planted::WELCOME_JUDGED_FIRST.is_on() && is_welcome_misplaced(commit.0, commit.1);
    is_misplaced.then_some(Refusal::WelcomeMisplaced)
}

/// Whether a device that may not be added is left out without a word.
pub(super) fn is_left_out<V: Rows>(view: &V, device: DeviceId) -> Result<bool, Fault<V::Error>> {
    Ok(planted::UNREGISTERED_LEFT_OUT.is_on() && account_of(view, device)?.is_none())
}

/// The order in which the parts of an entry are filed.
pub(super) fn rearrange(offsets: &mut Vec<usize>) {
    if planted::PARTS_REVERSED.is_on() {
        offsets.reverse();
    }
    if planted::PARTS_CUT.is_on() {
        offsets.truncate(1);
    }
}

/// A receipt for the sender of an entry.
pub(super) fn receipt<V: View>(mailbox: &mut Mailbox<'_, V>, client_seq: Option<ClientSeq>, due_ms: u64) {
    if let Some(client_seq) = client_seq.filter(|_| planted::ENTRY_RECEIPT.is_on()) {
        let (from, status, queue) = (mailbox.device, ReceiptStatus::Delivered, Queue::InOrder);
        let ranges = Vec::from([ClientRange { first: client_seq, count: 1 }]);
        mailbox.file(Held::Receipt(ReceiptRow { from, status, ranges, due_ms, queue }));
    }
}

/// For a conversation that does not exist, as a stranger has to hear it.
pub(super) fn nowhere() -> Refusal {
    let is_wrong = planted::NOWHERE_TOLD_APART.is_on();
    if is_wrong { Refusal::StaleEpoch } else { Refusal::NoConversation }
}

/// For a device that is not in the roster.
pub(super) fn stranger() -> Refusal {
    let is_wrong = planted::STRANGER_CODE_WRONG.is_on();
    if is_wrong { Refusal::Outsider } else { Refusal::NoConversation }
}

/// For a commit of another epoch.
pub(super) fn stale_commit() -> Refusal {
    let is_wrong = planted::COMMIT_STALE_CODE_WRONG.is_on();
    if is_wrong { Refusal::NoConversation } else { Refusal::StaleEpoch }
}

/// For a message of an epoch outside the window.
pub(super) fn stale_message() -> Refusal {
    let is_wrong = planted::MESSAGE_STALE_CODE_WRONG.is_on();
    if is_wrong { Refusal::NoConversation } else { Refusal::StaleEpoch }
}

/// For an envelope that does not hold.
pub(super) fn envelope_invalid() -> Refusal {
    let is_wrong = planted::ENVELOPE_CODE_WRONG.is_on();
    if is_wrong { Refusal::NoConversation } else { Refusal::EnvelopeInvalid }
}

/// For a delta that does not fit.
pub(super) fn delta_invalid() -> Refusal {
    let is_wrong = planted::DELTA_CODE_WRONG.is_on();
    if is_wrong { Refusal::Outsider } else { Refusal::EnvelopeInvalid }
}

/// For an origin that does not hold.
pub(super) fn origin_invalid() -> Refusal {
    let is_wrong = planted::ORIGIN_CODE_WRONG.is_on();
    if is_wrong { Refusal::Outsider } else { Refusal::OriginInvalid }
}

/// For an added device that may not be in the conversation.
pub(super) fn outsider() -> Refusal {
    let is_wrong = planted::OUTSIDER_CODE_WRONG.is_on();
    if is_wrong { Refusal::NoConversation } else { Refusal::Outsider }
}

/// For a roster that would be too large.
pub(super) fn full() -> Refusal {
    let is_wrong = planted::FULL_CODE_WRONG.is_on();
    if is_wrong { Refusal::Outsider } else { Refusal::ConversationFull }
}

/// For a Welcome too many or too few.
pub(super) fn welcome_misplaced() -> Refusal {
    let is_wrong = planted::WELCOME_CODE_WRONG.is_on();
    if is_wrong { Refusal::EnvelopeInvalid } else { Refusal::WelcomeMisplaced }
}
