//! What a commit would make of the roster.

use alloc::vec::Vec;

use super::decide::Judged;
use super::faulty;
use super::request::{CommitRequest, Committer};
use crate::row::{ConversationRow, RosterEntry, RosterRow};
use crate::{DeviceId, Fault, Refusal, Rows, Rules};
use pinnace_fault::conversations as planted;

/// Whether the delta of a commit fits this roster. The committer is in it, or comes in by this commit.
fn fits(roster: &RosterRow, request: &CommitRequest, committer: Committer) -> bool {
    let sender = request.session.device;
    let is_new = |device: &DeviceId| !roster.has(*device) || planted::ADDED_TWICE_TAKEN.is_on();
    let is_known = |device: DeviceId| {
        roster.has(device) || roster.has_left(device) || planted::REMOVED_STRANGER_TAKEN.is_on()
    };
    let is_other = |device: DeviceId| device != sender || planted::SELF_REMOVAL_TAKEN.is_on();
    let can_go = |device: &DeviceId| is_other(*device) && is_known(*device);
    match committer {
        Committer::Member => request.added.iter().all(is_new) && request.removed.iter().all(can_go),
        // It adds its sender alone, which may be in already: it lost its state, and comes back (RFC 9420, 12.4.3.2).
        Committer::External => !(roster.has(sender) && planted::RETURN_REFUSED.is_on()),
    }
}

/// Whether the roster would hold more devices than it may.
fn is_overfull(roster: &RosterRow, rules: &Rules, request: &CommitRequest) -> bool {
    let going = request.removed.iter().filter(|device| roster.has(**device)).count();
    let coming = request.added.iter().filter(|device| !roster.has(**device)).count();
    let count = roster.devices.len().saturating_add(coming).saturating_sub(going);
    let more = u64::from(planted::ROSTER_ONE_MORE.is_on());
    rules.roster_devices_max.saturating_add(more) < u64::try_from(count).unwrap_or(u64::MAX)
        && !planted::ROSTER_UNLIMITED.is_on()
}

pub(super) fn is_welcome_misplaced(request: &CommitRequest, committer: Committer) -> bool {
    let is_for_nobody = match committer {
        Committer::Member => request.added.is_empty(),
        Committer::External => true,
    };
    match (is_for_nobody, request.welcome.is_empty()) {
        (true, true) | (false, false) => false,
        (true, false) => !planted::WELCOME_NEEDLESS_TAKEN.is_on(),
        (false, true) => !planted::WELCOME_MISSING_TAKEN.is_on(),
    }
}

/// The devices that a commit of the current epoch brings in, or why it is refused.
///
/// The order of refusals: delta, outsiders, room, Welcome.
pub(super) fn newcomers<V: Rows>(
    view: &V,
    rules: &Rules,
    conversation: (&ConversationRow, &RosterRow),
    commit: (&CommitRequest, Committer),
) -> Result<Judged<Vec<RosterEntry>>, Fault<V::Error>> {
    let ((row, roster), (request, committer)) = (conversation, commit);
    let room = is_overfull(roster, rules, request).then_some(Refusal::ConversationFull);
    if let Some(refusal) = faulty::too_early(room, (request, committer)) {
        return Ok(Err(refusal));
    }
    let fits = fits(roster, request, committer);
    if !fits && !planted::OUTSIDER_JUDGED_FIRST.is_on() {
        return Ok(Err(faulty::delta_invalid()));
    }
    let joined_epoch = row.epoch.saturating_add(1);
    let mut newcomers = Vec::with_capacity(request.added.len());
    for device in &request.added {
        match row.insider(view, *device)? {
            Some(account) => newcomers.push(RosterEntry { device: *device, account, joined_epoch }),
            None if faulty::is_left_out(view, *device)? => {}
            None => return Ok(Err(faulty::outsider())),
        }
    }
    if !fits {
        return Ok(Err(Refusal::EnvelopeInvalid));
    }
    if is_overfull(roster, rules, request) {
        return Ok(Err(faulty::full()));
    }
    if is_welcome_misplaced(request, committer) {
        return Ok(Err(faulty::welcome_misplaced()));
    }
    Ok(Ok(newcomers))
}
