//! The conversations of this device, between the session and its book: entries go in, numbers come out.

use core::fmt;

use pinnace_e2ee::Device;
use pinnace_session::client::ReceivedItem;
use pinnace_wire::{AccountId, ConversationId, DeviceId, MailboxSeq, MlsSuite, SignedDeviceList};

use super::asking::{Asked, Claimant, Wish};
use super::connection::Connection;
use super::{Engine, News};
use crate::conversation::{
    Book, ConversationError, ConversationEvent, Done, Effect, EntryPart, Me, Moment, Parcel, SUITE, Unread,
    first_expiry, has_any, newcomers,
};
use crate::devices::{Claimed, DevicesError};
use crate::identity::Rows;
use crate::item::Content;
use crate::message::{Outcome, SendOptions};
use crate::state::Event;
use crate::store::{DeviceWrite, StoreError, Write};

/// What to tell whoever asked for a step, once it is durable.
type Answer = Box<dyn FnOnce() + Send>;

/// What a step does, and tells.
type Doing = dyn FnOnce(&mut Book<'_>) -> (Verdict, Answer) + Send;

/// A step that the application asks for.
pub struct BookStep(pub(crate) Box<Doing>);

/// How long a device is used as it was made, in seconds: its certificate may have been renewed.
const DEVICE_S: u64 = 86_400;

/// Whether a step is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What it made is written.
    Kept,
    /// It has not happened.
    Dropped,
}

/// What the engine keeps beside the rows.
#[derive(Default)]
pub(super) struct Conversing {
    /// This device in its groups, the second in which it was made, and its account, which changes when it is linked.
    device: Option<(u64, AccountId, Device)>,
    /// When something that was said is to be forgotten next, by the calendar; `None` until it was looked up.
    expires_ms: Option<Option<u64>>,
    /// The item that is being taken in.
    item: Option<MailboxSeq>,
    /// The store did not work: nothing of this turn may be written.
    pub(super) failed: Option<StoreError>,
}

impl Engine {
    /// Does one step. What it made is part of this turn; a step that failed has not happened.
    fn converse<T>(
        &mut self,
        step: impl FnOnce(&mut Book<'_>) -> Result<T, ConversationError>,
    ) -> Result<T, ConversationError> {
        let now_s = self.time.unix_ms / 1000;
        let account = self.keys.account();
        let (made_s, device) = match self.conversing.device.take() {
            Some((made_s, of, device)) if of == account && now_s.abs_diff(made_s) < DEVICE_S => {
                (made_s, device)
            }
            Some(_) | None => (now_s, self.mls().ok_or(ConversationError::Stopped)?),
        };
        let me = Me { account, device: self.keys.device_id(), realm: self.setting.realm };
        let now =
            Moment { unix_ms: self.time.unix_ms, numbered: self.outbox.numbered, room: self.outbox.room() };
        let rows = Rows::new(&self.store, &self.batch.writes);
        let mut book = Book::new(&rows, &device, me, now);
        let made = step(&mut book).map(|result| (result, book.done()));
        self.conversing.device = Some((made_s, account, device));
        let (result, done) = made?;
        self.take_done(done);
        Ok(result)
    }

    /// Does a step that nobody asked for: what others sent never ends it, and what the store cannot do ends the engine.
    fn converse_by_itself(
        &mut self,
        step: impl FnOnce(&mut Book<'_>) -> Result<(), ConversationError>,
    ) -> Result<(), ConversationError> {
        match self.converse(step) {
            Err(ConversationError::Store(_) | ConversationError::Stopped) => {
                self.conversing.failed = Some(StoreError::Damaged { place: "e2ee" });
                Ok(())
            }
            other => other,
        }
    }

    fn take_done(&mut self, done: Done) {
        let Done { writes, effects } = done;
        if !writes.is_empty() {
            self.conversing.expires_ms = None;
        }
        self.batch.writes.extend(writes.into_iter().map(|row| Write::Device(DeviceWrite::Row(row))));
        for effect in effects {
            match effect {
                Effect::Send(parcel) => self.send_parcel(parcel),
                Effect::File { conversation, order } => {
                    let mailbox_seq = self.conversing.item.unwrap_or(MailboxSeq::FIRST);
                    self.file(mailbox_seq, Content::Said { conversation, order });
                }
                Effect::Tell(event) => self.tell(Event::Conversation(event)),
                Effect::List { octets } => self.on_conversation_list(&octets),
                Effect::Claim { conversation } => self.claim_for(conversation),
            }
        }
    }

    /// A parcel takes the number that its book gave it.
    fn send_parcel(&mut self, parcel: Parcel) {
        let class = parcel.class();
        let (destination, payload) = parcel.into_payload();
        let options = SendOptions { class, ..SendOptions::default() };
        // The book was told how much room there is.
        let _ = self.number_record(destination, payload, options);
    }

    pub(super) fn on_book_step(&mut self, step: BookStep) {
        let mut answer = None;
        let kept = self.converse(|book| {
            let (verdict, then) = (step.0)(book);
            answer = Some(then);
            match verdict {
                Verdict::Kept => Ok(()),
                Verdict::Dropped => Err(ConversationError::Nobody),
            }
        });
        // Whoever asked was told what was wrong.
        let _ = kept;
        self.news.extend(answer.map(News::Answer));
    }

    /// An entry of a conversation is taken in: it is durable with this turn, before it is acknowledged (CNV-060).
    pub(super) fn on_entry(&mut self, item: &ReceivedItem) {
        let ReceivedItem::Entry {
            mailbox_seq,
            conversation,
            conversation_seq,
            kind,
            payload,
            left,
            client_seq,
            ..
        } = item
        else {
            return;
        };
        let part = EntryPart {
            mailbox_seq: mailbox_seq.value(),
            seq: conversation_seq.value(),
            kind: *kind,
            payload,
            left: left.map_or(0, |left| left.value()),
            client_seq: client_seq.map(|seq| seq.value()),
        };
        self.conversing.item = Some(*mailbox_seq);
        let id = *conversation;
        if let Err(error) = self.converse_by_itself(|book| book.on_entry(id, &part)) {
            let why = Unread::Keys(error.to_string());
            self.tell(Event::Conversation(ConversationEvent::Unread {
                conversation: id,
                seq: part.seq,
                why,
            }));
        }
        self.conversing.item = None;
    }

    pub(super) fn on_whisper(&mut self, conversation: ConversationId, payload: &[u8]) {
        // What is fleeting and does not read is dropped.
        let _ = self.converse_by_itself(|book| book.on_whisper(conversation, payload));
    }

    /// A number has its outcome, which may be that of a conversation's.
    pub(super) fn on_conversation_outcome(&mut self, seq: u64, outcome: Outcome) {
        let _ = self.converse_by_itself(|book| book.on_outcome(seq, outcome));
    }

    pub(super) fn on_conversation_renumbered(&mut self, settled: u64, handled: u64) {
        let _ = self.converse_by_itself(|book| book.on_renumbered(settled, handled));
    }

    /// An account of a conversation put a device list into force.
    fn on_conversation_list(&mut self, octets: &[u8]) {
        let Ok(list) = SignedDeviceList::decode(octets) else { return };
        let account = pinnace_session::account_id(list.identity_key.as_bytes());
        // What is not believed is told there.
        let Ok(devices) = self.believe(account, octets) else { return };
        let _ = self.converse_by_itself(|book| book.on_list(account, &devices.devices));
    }

    /// The own account's devices that are not in a conversation yet are to be added.
    fn claim_for(&mut self, conversation: ConversationId) {
        let Some(suite) = MlsSuite::new(SUITE.0.into()) else { return };
        let account = self.keys.account();
        let claimant = Claimant::Conversation(conversation);
        self.questions.wish(Wish::Claim(account, suite), Asked::Claim(account, suite, claimant));
    }

    /// The own account has this list: each session looks whether its devices are in its conversations.
    pub(super) fn on_own_devices(&mut self, devices: &[DeviceId]) {
        let account = self.keys.account();
        if has_any(&Rows::new(&self.store, &self.batch.writes)).unwrap_or(true) {
            let _ = self.converse_by_itself(|book| book.on_list(account, devices));
        }
    }

    /// A claim has come to its end.
    pub(super) fn answer_claim(&mut self, claimant: Claimant, claimed: Result<Claimed, DevicesError>) {
        match (claimant, claimed) {
            (Claimant::Application(reply), claimed) => self.answer(reply, claimed),
            (Claimant::Conversation(id), Ok(claimed)) => {
                let newcomers = newcomers(claimed);
                // A conversation that ended meanwhile needs nobody.
                let _ = self.converse_by_itself(|book| book.want(id, &newcomers));
            }
            // The next session looks again.
            (Claimant::Conversation(_), Err(_)) => {}
        }
    }

    /// Forgets what is to be forgotten by now.
    pub(super) fn expire(&mut self) {
        if self.conversing.expires_ms.flatten().is_some_and(|at_ms| at_ms <= self.time.unix_ms) {
            let _ = self.converse_by_itself(|book| book.expire());
        }
    }

    /// Looks up when something is to be forgotten next, where that may have changed. Everything is written.
    pub(super) fn look_up_expiry(&mut self) -> Result<(), StoreError> {
        if self.conversing.expires_ms.is_none() {
            let first = first_expiry(&Rows::new(&self.store, &[]));
            self.conversing.expires_ms = Some(first.map_err(|_| StoreError::Damaged { place: "e2ee" })?);
        }
        Ok(())
    }

    /// When something is to be forgotten next, on the clock of the engine.
    pub(super) fn expires_now_ms(&self) -> Option<u64> {
        let at_ms = self.conversing.expires_ms.flatten()?;
        Some(self.time.now.ms.saturating_add(at_ms.saturating_sub(self.time.unix_ms)))
    }

    /// Says something fleeting to a conversation; what cannot leave now is dropped.
    pub(super) fn whisper(&mut self, conversation: ConversationId, payload: &[u8]) {
        if let Connection::Up(session) = &mut self.connection {
            let _ = session.whisper(conversation, payload);
        }
    }
}

impl fmt::Debug for BookStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BookStep")
    }
}
