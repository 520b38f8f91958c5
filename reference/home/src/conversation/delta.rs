//! What a commit would make of the roster.

use alloc::vec::Vec;

use super::decide::Judged;
use super::request::{CommitRequest, Committer};
use crate::row::{ConversationRow, RosterEntry, RosterRow};
use crate::{DeviceId, Fault, Refusal, Rows, Rules};

/// Whether the delta of a commit fits this roster. The committer is in it, or comes in by this commit.
fn fits(roster: &RosterRow, request: &CommitRequest, committer: Committer) -> bool {
    let sender = request.session.device;
    let is_new = |device: &DeviceId| !roster.has(*device);
    let can_go = |device: &DeviceId| *device != sender && (roster.has(*device) || roster.has_left(*device));
    match committer {
        Committer::Member => request.added.iter().all(is_new) && request.removed.iter().all(can_go),
        // It adds its sender alone, which may be in already: it lost its state, and comes back (RFC 9420, 12.4.3.2).
        Committer::External => true,
    }
}

/// Whether the roster would hold more devices than it may.
fn is_overfull(roster: &RosterRow, rules: &Rules, request: &CommitRequest) -> bool {
    let going = request.removed.iter().filter(|device| roster.has(**device)).count();
    let coming = request.added.iter().filter(|device| !roster.has(**device)).count();
    let count = roster.devices.len().saturating_add(coming).saturating_sub(going);
    rules.roster_devices_max < u64::try_from(count).unwrap_or(u64::MAX)
}

const fn is_welcome_misplaced(request: &CommitRequest, committer: Committer) -> bool {
    match committer {
        Committer::Member => request.added.is_empty() != request.welcome.is_empty(),
        Committer::External => !request.welcome.is_empty(),
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
    if !fits(roster, request, committer) {
        return Ok(Err(Refusal::EnvelopeInvalid));
    }
    let joined_epoch = row.epoch.saturating_add(1);
    let mut newcomers = Vec::with_capacity(request.added.len());
    for device in &request.added {
        match row.insider(view, *device)? {
            Some(account) => newcomers.push(RosterEntry { device: *device, account, joined_epoch }),
            None => return Ok(Err(Refusal::Outsider)),
        }
    }
    if is_overfull(roster, rules, request) {
        return Ok(Err(Refusal::ConversationFull));
    }
    if is_welcome_misplaced(request, committer) {
        return Ok(Err(Refusal::WelcomeMisplaced));
    }
    Ok(Ok(newcomers))
}
