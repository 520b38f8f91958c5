//! Conversations as a case thinks of them: origin, id, how far they have come; and what sessions say to them.

use core::cell::{Cell, RefCell};

use super::device::Device;
use super::ids::{AccountId, ConversationId, DeviceId};
use super::mls::{Delta, Envelope};
use super::octets::varint;
use super::seen::{Entry, Seen, kind};
use super::session::Session;
use super::talk;
use crate::case::Halt;
use crate::check::{Judged, Mismatch};
use crate::ctx::Ctx;
use crate::rng::CaseRng;

/// What a conversation's id follows from, every field at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under conversation_origin")]
pub struct Origin {
    pub version: u8,
    pub kind: u8,
    pub first: [u8; 16],
    pub second: [u8; 16],
    pub generation: u64,
}

impl Origin {
    /// `conversation_kind`.
    pub const OWN_DEVICES: u8 = 1;
    /// `conversation_kind`.
    pub const DIRECT: u8 = 2;
    /// `conversation_kind`.
    pub const GROUP: u8 = 3;

    /// That of the devices of one account.
    #[must_use]
    pub const fn own_devices(of: AccountId) -> Self {
        Self { version: 1, kind: Self::OWN_DEVICES, first: of.0, second: of.0, generation: 0 }
    }

    /// That of two accounts.
    #[must_use]
    pub fn direct(one: AccountId, other: AccountId) -> Self {
        let (first, second) = (one.0.min(other.0), one.0.max(other.0));
        Self { version: 1, kind: Self::DIRECT, first, second, generation: 0 }
    }

    /// That of a group which this account creates.
    #[must_use]
    pub const fn group(creator: AccountId, nonce: [u8; 16]) -> Self {
        Self { version: 1, kind: Self::GROUP, first: creator.0, second: nonce, generation: 0 }
    }

    /// As octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        [&[self.version, self.kind][..], &self.first, &self.second, &varint(self.generation)].concat()
    }
}

/// A conversation, and how far it has come. Its counters move through `&self`, so that sessions can share it.
pub struct Talk {
    /// Its id.
    pub id: ConversationId,
    /// What that follows from.
    pub origin: Origin,
    /// The current epoch.
    pub epoch: Cell<u64>,
    /// The number of its last entry.
    pub last: Cell<u64>,
    rng: RefCell<CaseRng>,
}

/// A commit that was taken, as each device hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "kinds of entries stand in spec/data/frames.toml under entry_kind")]
pub struct Change {
    pub client_seq: u64,
    pub own: Entry,
    pub commit: Entry,
    pub welcome: Entry,
}

/// A message that was taken, as each device hears of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "kinds of entries stand in spec/data/frames.toml under entry_kind")]
pub struct Said {
    pub client_seq: u64,
    pub own: Entry,
    pub message: Entry,
}

impl core::fmt::Debug for Talk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Talk").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Talk {
    /// A conversation that nobody has created yet.
    #[must_use]
    pub fn new(ctx: &Ctx, origin: Origin) -> Self {
        let id = ConversationId::of(&ctx.endpoint().realm, &origin.octets());
        Self::under(ctx, id, origin)
    }

    /// The same under an id of the case's choice.
    #[must_use]
    pub fn under(ctx: &Ctx, id: ConversationId, origin: Origin) -> Self {
        let rng = RefCell::new(ctx.rng(&format!("{id:?} of {origin:?}")));
        Self { id, origin, epoch: Cell::new(0), last: Cell::new(0), rng }
    }

    /// A group that this device creates.
    #[must_use]
    pub fn group(ctx: &Ctx, creator: &Device, label: &str) -> Self {
        Self::new(ctx, Origin::group(creator.account, ctx.rng(label).array()))
    }

    /// A message of an epoch.
    #[must_use]
    pub fn message_of(&self, epoch: u64) -> Envelope {
        Envelope::message(self.id, epoch, &mut self.rng.borrow_mut())
    }

    /// A message of the current epoch, as octets.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        self.message_of(self.epoch.get()).octets()
    }

    /// A commit of an epoch.
    #[must_use]
    pub fn commit_of(&self, epoch: u64, delta: &Delta) -> Envelope {
        Envelope::commit(self.id, epoch, delta, &mut self.rng.borrow_mut())
    }

    /// A commit of the current epoch, as octets.
    #[must_use]
    pub fn commit(&self, added: &[DeviceId], removed: &[DeviceId]) -> Vec<u8> {
        self.commit_of(self.epoch.get(), &Delta::of(added, removed)).octets()
    }

    /// A commit of the current epoch by which a device joins.
    #[must_use]
    pub fn external(&self, delta: &Delta) -> Envelope {
        Envelope::external(self.id, self.epoch.get(), delta, &mut self.rng.borrow_mut())
    }

    /// Random octets in place of a Welcome, which no server reads.
    #[must_use]
    pub fn welcome(&self) -> Vec<u8> {
        self.rng.borrow_mut().array::<72>().to_vec()
    }

    /// A commit was taken under this number: how everybody hears of it.
    #[must_use]
    pub fn committed(&self, client_seq: u64, commit: &[u8], welcome: &[u8]) -> Change {
        self.epoch.set(self.epoch.get().saturating_add(1));
        let seq = self.next();
        Change {
            client_seq,
            own: Entry::own(self.id, seq, client_seq),
            commit: Entry::new(self.id, seq, kind::COMMIT, commit),
            welcome: Entry::new(self.id, seq, kind::WELCOME, welcome),
        }
    }

    /// A message was taken under this number: how everybody hears of it.
    pub fn said(&self, client_seq: u64, payload: &[u8]) -> Said {
        let seq = self.next();
        let message = Entry::new(self.id, seq, kind::MESSAGE, payload);
        Said { client_seq, own: Entry::own(self.id, seq, client_seq), message }
    }

    /// A list was put into force.
    #[must_use]
    pub fn listed(&self, list: &[u8]) -> Entry {
        Entry::new(self.id, self.next(), kind::DEVICE_LIST, list)
    }

    fn next(&self) -> u64 {
        self.last.set(self.last.get().saturating_add(1));
        self.last.get()
    }
}

impl Session<'_> {
    /// The alias of a conversation in our direction, and the BIND_CONVERSATION that has to go before its first use.
    pub fn conversation(&mut self, id: ConversationId) -> (u64, Vec<u8>) {
        if let Some(at) = self.conversations_out.iter().position(|bound| *bound == id) {
            return (u64::try_from(at).unwrap_or(u64::MAX), Vec::new());
        }
        let alias = u64::try_from(self.conversations_out.len()).unwrap_or(u64::MAX);
        self.conversations_out.push(id);
        (alias, talk::bind(alias, id))
    }

    /// Hands in a message under the device's next number, which is given back.
    pub fn post(&mut self, to: ConversationId, payload: &[u8]) -> u64 {
        let client_seq = self.device.next_client_seq();
        self.post_again(client_seq, to, payload, &[]);
        client_seq
    }

    /// Hands in a message under a number of the case's choice, with extensions given as octets.
    pub fn post_again(&mut self, client_seq: u64, to: ConversationId, payload: &[u8], extensions: &[u8]) {
        let (alias, bind) = self.conversation(to);
        self.say(&[&bind, &talk::post(client_seq, alias, payload, extensions)]);
    }

    /// Hands in a commit with its Welcome under the device's next number, which is given back.
    pub fn commit(&mut self, to: ConversationId, commit: &[u8], welcome: &[u8]) -> u64 {
        let client_seq = self.device.next_client_seq();
        self.commit_again(client_seq, to, (commit, welcome), &[]);
        client_seq
    }

    /// The first commit of a conversation, with its origin.
    pub fn create(&mut self, of: &Talk, commit: &[u8], welcome: &[u8]) -> u64 {
        let client_seq = self.device.next_client_seq();
        self.commit_again(client_seq, of.id, (commit, welcome), &talk::origin(&of.origin.octets()));
        client_seq
    }

    /// Hands in a commit under a number of the case's choice, with extensions given as octets.
    pub fn commit_again(
        &mut self,
        client_seq: u64,
        to: ConversationId,
        octets: (&[u8], &[u8]),
        extensions: &[u8],
    ) {
        let (alias, bind) = self.conversation(to);
        self.say(&[&bind, &talk::commit(client_seq, alias, octets, extensions)]);
    }

    /// Whispers to a conversation.
    pub fn whisper(&mut self, to: ConversationId, payload: &[u8]) {
        let (alias, bind) = self.conversation(to);
        self.say(&[&bind, &talk::whisper(alias, payload)]);
    }

    /// Waits until a number is accepted: the part of a case that has to go well.
    ///
    /// # Errors
    /// [`Halt::Broken`] with what came instead.
    pub fn accepted(&mut self, client_seq: u64) -> Result<(), Halt> {
        match self.outcome() {
            Seen::Accepted(accepted) if accepted == client_seq => Ok(()),
            Seen::Nothing => Err(Halt::NoAnswer),
            other => Err(Halt::Broken { reason: format!("{client_seq} was answered by {other:?}") }),
        }
    }

    /// Creates a conversation with these devices added.
    ///
    /// # Errors
    /// As [`Session::accepted`].
    pub fn begins(&mut self, talk: &Talk, added: &[DeviceId]) -> Result<Change, Halt> {
        let commit = talk.commit(added, &[]);
        let welcome = if added.is_empty() { Vec::new() } else { talk.welcome() };
        let client_seq = self.create(talk, &commit, &welcome);
        self.accepted(client_seq)?;
        Ok(talk.committed(client_seq, &commit, &welcome))
    }

    /// Commits a change of the roster, with a Welcome where devices are added.
    ///
    /// # Errors
    /// As [`Session::accepted`].
    pub fn changes(&mut self, talk: &Talk, added: &[DeviceId], removed: &[DeviceId]) -> Result<Change, Halt> {
        let commit = talk.commit(added, removed);
        let welcome = if added.is_empty() { Vec::new() } else { talk.welcome() };
        let client_seq = self.commit(talk.id, &commit, &welcome);
        self.accepted(client_seq)?;
        Ok(talk.committed(client_seq, &commit, &welcome))
    }

    /// Posts a message of the current epoch.
    ///
    /// # Errors
    /// As [`Session::accepted`].
    pub fn says(&mut self, talk: &Talk) -> Result<Said, Halt> {
        let payload = talk.message();
        let client_seq = self.post(talk.id, &payload);
        self.accepted(client_seq)?;
        Ok(talk.said(client_seq, &payload))
    }

    /// The next item, which has to be this entry.
    ///
    /// # Errors
    /// What came instead.
    pub fn gets(&mut self, entry: &Entry) -> Judged {
        match self.item() {
            Seen::Entry { entry: heard, .. } if *heard == *entry => Ok(()),
            other => Err(Mismatch::new(format!("{entry:?}"), format!("{other:?}"))),
        }
    }
}
