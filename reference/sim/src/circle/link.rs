//! A connection of a device of a circle: what it says, and what it is told.

use pinnace_session::client::{ClientEvent, CommitMessage, Piece, PostMessage};
use pinnace_session::{ClientSession, Resort};
use pinnace_wire::{ClientSeq, ConversationId, ConversationOrigin, RequestId, StageOffset, StagePart};

use super::{Ask, Disk, What};
use crate::ledger::Name;
use crate::line::LineId;
use crate::property::Property;

/// Octets that are staged before a long commit.
const STAGED_LEN: usize = 1_500;

/// A connection.
pub(super) struct Link {
    pub(super) line: LineId,
    pub(super) session: ClientSession,
    pub(super) life: Life,
    /// The highest number that was given to the session.
    pub(super) sent: u64,
    /// The number whose first piece was staged.
    pub(super) staged: u64,
    pub(super) acked: u64,
    /// The last request of the session, and the one that leaves a KeyPackage.
    pub(super) requests: u64,
    pub(super) leaves: Option<u64>,
    /// The request that puts a list into force.
    pub(super) lists: Option<u64>,
    /// What was put off, and until when.
    pub(super) put_off_ms: Option<u64>,
    pub(super) again_ms: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Opening,
    Open,
}

impl Link {
    /// Says one thing. `None` if that cannot be now.
    pub(super) fn say(
        &mut self,
        (conversation, seq): (ConversationId, u64),
        ask: &Ask,
        message: Vec<u8>,
        (origin, welcome): (Option<ConversationOrigin>, Vec<u8>),
    ) -> Option<()> {
        let client_seq = ClientSeq::new(seq)?;
        if ask.what == What::Say {
            let (class, expires_in_s) = (None, None);
            let post = PostMessage { client_seq, conversation, class, expires_in_s, payload: message };
            return self.session.post(&post).ok();
        }
        let adds = matches!(&ask.what, What::Change { added, .. } if !added.is_empty());
        let welcome = if adds { welcome } else { Vec::new() };
        let (piece, commit) = match message.split_at_checked(STAGED_LEN) {
            Some((piece, rest)) if !rest.is_empty() => (piece, rest.to_vec()),
            Some(_) | None => (&[][..], message.clone()),
        };
        if !piece.is_empty() && self.staged != seq {
            let offset = StageOffset::new(0)?;
            let piece = Piece { client_seq, part: StagePart::Commit, offset, data: piece };
            self.session.stage(&piece).ok()?;
            self.staged = seq;
        }
        self.session.commit(&CommitMessage { client_seq, conversation, commit, welcome, origin }).ok()
    }

    /// Leaves a KeyPackage at the server, once in a session.
    pub(super) fn leave(&mut self, me: usize, leaving: Option<u8>) {
        let (Some(number), None) = (leaving, self.leaves) else { return };
        let package = [u8::try_from(me).unwrap_or(u8::MAX), number];
        self.requests = self.requests.saturating_add(1);
        if let Some(request) = RequestId::new(self.requests)
            && self.session.publish_keys(request, &[&package], None).is_ok()
        {
            self.leaves = Some(self.requests);
        }
    }

    /// Puts a list into force, once in a session.
    pub(super) fn put_list(&mut self, listing: Option<&[u8]>) {
        let (Some(list), None) = (listing, self.lists) else { return };
        self.requests = self.requests.saturating_add(1);
        if let Some(request) = RequestId::new(self.requests)
            && self.session.publish_device_list(request, list).is_ok()
        {
            self.lists = Some(self.requests);
        }
    }

    pub(super) fn on_event(
        &mut self,
        me: usize,
        disk: &mut Disk,
        event: ClientEvent,
        ask_of: &dyn Fn(Name) -> Option<Ask>,
    ) -> Result<(), (Property, String)> {
        match event {
            ClientEvent::Edge(edge) => disk.edge = Some(edge),
            ClientEvent::Welcome(welcome) => {
                disk.on_welcome(&welcome);
                self.life = Life::Open;
                self.sent = welcome.handled.value();
            }
            ClientEvent::Item(item) => {
                disk.on_item(me, &item, ask_of).map_err(|what| (Property::EntriesDelivered, what))?;
            }
            ClientEvent::Outcome { client_seq, outcome } => disk.on_outcome(client_seq.value(), outcome),
            ClientEvent::Again { client_seq, retry_after_ms, .. } => {
                self.put_off_ms = retry_after_ms.or(self.put_off_ms);
                // Its commit took a piece along; one whose commit has not left yet is still there.
                if self.staged <= self.sent {
                    self.staged = 0;
                }
                self.sent = self.sent.min(client_seq.value().saturating_sub(1));
            }
            ClientEvent::Fault { client_seq, code } => {
                return Err((Property::OneOutcome, format!("{me}: {client_seq} is answered {code:?}")));
            }
            ClientEvent::Keys { request, .. } if self.leaves == Some(request.value()) => {
                (disk.leaving, self.leaves) = (None, None);
            }
            ClientEvent::DeviceList { request, list } if self.lists == Some(request.value()) => {
                (disk.list, disk.listing, self.lists) = (list, None, None);
            }
            ClientEvent::Claimed { key_package, resort: Resort::OneTime, .. } => {
                if let [whose, which] = *key_package {
                    disk.given.push((whose, which));
                }
            }
            ClientEvent::Failed { frame_type, code, .. } => {
                let what = format!("{me}: {frame_type:?} failed: {code:?}");
                return if code.known() == Some(pinnace_wire::ErrorCode::Unavailable) {
                    (self.leaves, self.lists) = (None, None);
                    Ok(())
                } else {
                    Err((Property::OneOutcome, what))
                };
            }
            ClientEvent::Whisper { .. }
            | ClientEvent::Keys { .. }
            | ClientEvent::Claimed { .. }
            | ClientEvent::Closed(_)
            | ClientEvent::Rate { .. }
            | ClientEvent::DeviceList { .. }
            | ClientEvent::Goaway { .. }
            | ClientEvent::Successor { .. }
            | ClientEvent::Ephemeral { .. }
            | ClientEvent::Registration(_)
            | ClientEvent::RegistrationFailed { .. }
            | ClientEvent::Registered { .. }
            | ClientEvent::Devices { .. }
            | ClientEvent::LinkOffer { .. } => {}
        }
        Ok(())
    }
}
