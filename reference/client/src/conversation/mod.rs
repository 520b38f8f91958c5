//! Conversations: groups of MLS, and what their members say to each other. Spec: chapters 17 and 18.
//!
//! A [`Book`] is one step: it reads rows, uses the keys of the device, and hands back rows to write and [`Effect`]s. Nothing of it
//! has happened until the rows are durable, together with the outbox: so a crash at any instant neither encrypts two
//! messages with one key nor loses one. What the server orders decides: an own commit is in force when it comes back.

mod applying;
mod client;
mod commits;
mod desk;
mod entry;
mod error;
mod event;
mod making;
mod origin;
mod outcome;
mod parcel;
mod reading;
mod row;
mod saying;

use pinnace_e2ee::{Mls, Suite, Write};
use pinnace_session::RealmId;
use pinnace_wire::{AccountId, ConversationId, ConversationOrigin, DeviceId};

use desk::Desk;
use row::{Numbered, Record};

pub use applying::{first_expiry, has_any};
pub(crate) use client::newcomers;
pub use client::{SayOptions, TalkError, Uttered};
pub use desk::{Row, Shelf};
pub use entry::EntryPart;
pub use error::ConversationError;
pub use event::{ConversationEvent, Unread};
pub use making::Newcomer;
pub use origin::{conversation_id, direct, group};
pub use parcel::{CommitParts, Parcel, ParcelBody};
pub use reading::{ConversationInfo, MarkInfo, MemberInfo, SaidInfo};
pub use row::{Fate, Gone, Stage};

/// The suite of the conversations that this client makes.
pub const SUITE: Suite = Suite::AES_128;

/// Who this device is.
#[derive(Clone, Copy, Debug)]
pub struct Me {
    /// Its account.
    pub account: AccountId,
    /// Its id.
    pub device: DeviceId,
    /// The realm.
    pub realm: RealmId,
}

/// What is to be done besides writing the rows, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This takes the next number of the outbox.
    Send(Parcel),
    /// Somebody said something: it is for the application.
    File {
        /// Where.
        conversation: ConversationId,
        /// Its place at this device.
        order: u64,
    },
    /// The application is told.
    Tell(ConversationEvent),
    /// KeyPackages of the own account's devices are to be claimed, then [`Book::want`].
    Claim {
        /// For this conversation.
        conversation: ConversationId,
    },
    /// An account of the conversation has this device list now; to be judged, then [`Book::on_list`].
    List {
        /// The list.
        octets: Vec<u8>,
    },
}

/// What a step starts from.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The calendar, in milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
    /// The last number that the outbox gave.
    pub numbered: u64,
    /// How many it can still give.
    pub room: u64,
}

/// What a step made.
#[derive(Debug, Default)]
pub struct Done {
    /// Rows to write.
    pub writes: Vec<Write>,
    /// What follows.
    pub effects: Vec<Effect>,
}

/// One step of the conversations of a device.
pub struct Book<'a> {
    mls: &'a dyn Mls,
    desk: Desk<'a>,
    me: Me,
    now: Moment,
    effects: Vec<Effect>,
}

type Step<T> = Result<T, ConversationError>;

impl<'a> Book<'a> {
    /// A step over these rows, with the keys of the device.
    #[must_use]
    pub const fn new(shelf: &'a dyn Shelf, mls: &'a dyn Mls, me: Me, now: Moment) -> Self {
        Self { mls, desk: Desk::new(shelf), me, now, effects: Vec::new() }
    }

    /// What the step made. A step that failed is dropped instead, and has not happened.
    #[must_use]
    pub fn done(self) -> Done {
        Done { writes: self.desk.into_writes(), effects: self.effects }
    }

    const fn now_s(&self) -> u64 {
        self.now.unix_ms / 1000
    }

    fn record(&self, id: ConversationId) -> Step<Option<Record>> {
        Ok(self.desk.read(&row::conversation(id))?)
    }

    fn known(&self, id: ConversationId) -> Step<Record> {
        self.record(id)?.ok_or(ConversationError::NoConversation)
    }

    fn keep(&mut self, id: ConversationId, record: &Record) {
        self.desk.put(row::conversation(id), record);
    }

    fn tell(&mut self, event: ConversationEvent) {
        self.effects.push(Effect::Tell(event));
    }

    /// Gives a parcel the next number, and notes what it is.
    fn number(&mut self, parcel: Parcel, note: &Numbered) -> Step<()> {
        self.now.room = self.now.room.checked_sub(1).ok_or(ConversationError::OutboxFull)?;
        self.now.numbered = self.now.numbered.saturating_add(1);
        self.desk.put(row::numbered(self.now.numbered), note);
        self.effects.push(Effect::Send(parcel));
        Ok(())
    }
}

impl Record {
    fn is_at(&self, stage: Stage) -> bool {
        self.stage == i32::from(stage)
    }

    fn stand(&mut self, stage: Stage) {
        self.stage = stage.into();
    }

    /// The origin. It was judged when the row was written.
    fn origin(&self) -> Option<ConversationOrigin> {
        ConversationOrigin::decode(&self.origin).ok()
    }
}

/// An account id that was written by this code.
fn account_of(octets: &[u8]) -> AccountId {
    AccountId::new(octets.first_chunk().copied().unwrap_or_default())
}

/// A device id that was written by this code.
fn device_of(octets: &[u8]) -> DeviceId {
    DeviceId::new(octets.first_chunk().copied().unwrap_or_default())
}
