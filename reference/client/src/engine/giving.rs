//! From the outbox to the session: what goes out under a number.

use pinnace_session::client::{CommitMessage, Piece, PostMessage, SendError};
use pinnace_session::{ClientSession, Message};
use pinnace_wire::{ClientSeq, ConversationId, DeviceId, StageOffset, StagePart};

use crate::conversation::CommitParts;
use crate::message::{Destination, OutboxRecord, OutboxWish};

/// Octets of a commit and its Welcome that stand in COMMIT itself, each, where they do not fit together; what comes before is
/// staged.
const TAIL_LEN: usize = 28_672;

/// Octets of one piece: half of a frame, so that it leaves with little credit.
const PIECE_LEN: usize = 30_720;

/// How much of a long commit this session has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Staged {
    /// The number of the COMMIT.
    seq: u64,
    /// Octets of the commit.
    commit: usize,
    /// Octets of the Welcome.
    welcome: usize,
}

/// What giving depends on besides the message.
pub(super) struct Way<'a> {
    /// The longest payload that the server takes.
    pub(super) len_max: usize,
    pub(super) staged: &'a mut Staged,
}

/// Gives what stands in the outbox under a number to the session.
pub(super) fn give(
    session: &mut ClientSession,
    way: Way<'_>,
    seq: u64,
    record: OutboxRecord,
) -> Result<(), SendError> {
    let client_seq = ClientSeq::new(seq).ok_or(SendError::NotNow)?;
    let void = |session: &mut ClientSession| session.void(client_seq).map_err(|_| SendError::NotNow);
    match (record.wish, record.destination) {
        (OutboxWish::Void, _) => void(session),
        (OutboxWish::Send, Destination::Device(to)) => match session.send(&message(client_seq, to, record)) {
            // Numbered when the server took more than it does now: the number must be settled all the same.
            Err(SendError::PayloadLen { .. }) => void(session),
            sent => sent,
        },
        (OutboxWish::Send, Destination::Conversation(conversation)) => {
            if record.payload.len() > way.len_max {
                return void(session);
            }
            let (class, expires_in_s) = (record.options.class, record.options.expires_in_s);
            let payload = record.payload;
            let post = PostMessage { client_seq, conversation, class, expires_in_s, payload };
            session.post(&post).map_err(|_| SendError::NotNow)
        }
        (OutboxWish::Send, Destination::Commit(conversation)) => {
            match CommitParts::from_bytes(&record.payload) {
                Some(parts) => give_commit(session, way.staged, (client_seq, conversation), &parts),
                None => void(session),
            }
        }
    }
}

/// Stages what does not fit the frame, as far as credit reaches, then sends the commit.
fn give_commit(
    session: &mut ClientSession,
    staged: &mut Staged,
    (client_seq, conversation): (ClientSeq, ConversationId),
    parts: &CommitParts,
) -> Result<(), SendError> {
    if staged.seq != client_seq.value() {
        *staged = Staged { seq: client_seq.value(), ..Staged::default() };
    }
    let fits = parts.commit.len().saturating_add(parts.welcome.len()) <= TAIL_LEN.saturating_mul(2);
    let ahead = |octets: &[u8]| if fits { 0 } else { octets.len().saturating_sub(TAIL_LEN) };
    let (commit_ahead, welcome_ahead) = (ahead(&parts.commit), ahead(&parts.welcome));
    for (part, octets, ahead) in [
        (StagePart::Commit, &parts.commit, commit_ahead),
        (StagePart::Welcome, &parts.welcome, welcome_ahead),
    ] {
        let done = match part {
            StagePart::Commit => &mut staged.commit,
            StagePart::Welcome => &mut staged.welcome,
        };
        while *done < ahead {
            let end = done.saturating_add(PIECE_LEN).min(ahead);
            let offset = StageOffset::new(*done as u64).ok_or(SendError::NotNow)?;
            let data = octets.get(*done..end).unwrap_or_default();
            session.stage(&Piece { client_seq, part, offset, data }).map_err(|_| SendError::NotNow)?;
            *done = end;
        }
    }
    let message = CommitMessage {
        client_seq,
        conversation,
        commit: parts.commit.get(commit_ahead..).unwrap_or_default().to_vec(),
        welcome: parts.welcome.get(welcome_ahead..).unwrap_or_default().to_vec(),
        origin: parts.origin,
    };
    session.commit(&message).map_err(|_| SendError::NotNow)?;
    *staged = Staged::default();
    Ok(())
}

pub(super) fn message(client_seq: ClientSeq, destination: DeviceId, record: OutboxRecord) -> Message {
    let OutboxRecord { options, payload, .. } = record;
    Message {
        client_seq,
        destination,
        class: options.class,
        expires_in_s: options.expires_in_s,
        receipt: options.receipt,
        payload,
    }
}
