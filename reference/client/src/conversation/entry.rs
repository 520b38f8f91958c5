//! The entries of a conversation, as they come out of the mailbox.

use pinnace_content::{Content, Kind};
use pinnace_e2ee::{Error, Event, Message};
use pinnace_wire::{ConversationId, EntryKind, MessageAad};

use super::event::{ConversationEvent, Unread};
use super::row::{self, Fate, Numbered, Partial, Record, Said, Stage};
use super::{Book, Effect, Step};

/// Octets of an entry at most: the most that a server may allow to be staged.
const ENTRY_LEN_MAX: u64 = 16_777_216;

/// An entry, or a part of one, that is durable here with this step.
#[derive(Clone, Copy, Debug)]
pub struct EntryPart<'a> {
    /// Its place in the mailbox.
    pub mailbox_seq: u64,
    /// Its place in the conversation.
    pub seq: u64,
    /// What it brings.
    pub kind: EntryKind,
    /// Its octets.
    pub payload: &'a [u8],
    /// Octets of it that come in the items behind this one.
    pub left: u64,
    /// The number of the own POST or COMMIT, in an entry of kind own.
    pub client_seq: Option<u64>,
}

impl Book<'_> {
    /// An entry came, or a part of one: the parts are kept until the last is here.
    ///
    /// # Errors
    ///
    /// The store. What others sent and does not hold is told, and passed over.
    pub fn on_entry(&mut self, id: ConversationId, part: &EntryPart<'_>) -> Step<()> {
        // A device that is not in it can be taken in.
        let mut record =
            self.record(id)?.unwrap_or_else(|| Record { stage: Stage::Left.into(), ..Record::default() });
        let Some(whole) = self.put_together(id, &mut record, part)? else {
            self.keep(id, &record);
            return Ok(());
        };
        record.last_seq = record.last_seq.max(part.seq);
        self.on_whole(id, &mut record, part, &whole)?;
        // What an unknown conversation brings leaves nothing behind.
        if record.origin.is_empty() {
            self.desk.delete(row::conversation(id));
        } else {
            self.keep(id, &record);
        }
        Ok(())
    }

    fn on_whole(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        part: &EntryPart<'_>,
        whole: &[u8],
    ) -> Step<()> {
        match part.kind {
            EntryKind::Message => self.on_message(id, record, part.seq, whole)?,
            EntryKind::Commit => self.on_commit(id, record, part.seq, whole)?,
            EntryKind::Welcome => self.on_welcome(id, record, part.seq, whole)?,
            EntryKind::Own => self.on_own(id, record, part)?,
            EntryKind::DeviceList => self.effects.push(Effect::List { octets: whole.to_vec() }),
        }
        self.flush(id, record)
    }

    /// The whole entry, once its last part is here.
    fn put_together(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        part: &EntryPart<'_>,
    ) -> Step<Option<Vec<u8>>> {
        let before = record.partial.take();
        let Some(before) = before else { return self.begin(id, record, part) };
        let follows = before.seq == part.seq
            && before.kind == u64::from(part.kind.value())
            && before.mailbox_seq.saturating_add(1) == part.mailbox_seq
            && before.left == part.left.saturating_add(part.payload.len() as u64);
        if follows && part.left > 0 {
            self.desk.put_octets(row::part(id, before.count), part.payload.to_vec());
            let (left, mailbox_seq) = (part.left, part.mailbox_seq);
            record.partial =
                Some(Partial { count: before.count.saturating_add(1), left, mailbox_seq, ..before });
            return Ok(None);
        }
        if !follows && part.left == 0 && part.mailbox_seq > before.mailbox_seq.saturating_add(1) {
            // Of class call, which may overtake: the rest still comes.
            record.partial = Some(before);
            return Ok(Some(part.payload.to_vec()));
        }
        let mut whole = Vec::new();
        for (key, octets) in self.desk.scan(&row::parts(id), usize::MAX)? {
            self.desk.delete(key);
            whole.extend_from_slice(&octets);
        }
        if follows {
            whole.extend_from_slice(part.payload);
            return Ok(Some(whole));
        }
        // The rest of it expired, or there was no room for it.
        self.unread(id, before.seq, Unread::Parts);
        self.begin(id, record, part)
    }

    /// An entry begins, and ends, unless there is more of it.
    fn begin(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        part: &EntryPart<'_>,
    ) -> Step<Option<Vec<u8>>> {
        if part.left == 0 {
            return Ok(Some(part.payload.to_vec()));
        }
        if part.left.saturating_add(part.payload.len() as u64) > ENTRY_LEN_MAX {
            self.unread(id, part.seq, Unread::Parts);
            return Ok(None);
        }
        self.desk.put_octets(row::part(id, 0), part.payload.to_vec());
        record.partial = Some(Partial {
            seq: part.seq,
            kind: part.kind.value().into(),
            count: 1,
            left: part.left,
            mailbox_seq: part.mailbox_seq,
        });
        Ok(None)
    }

    pub(super) fn unread(&mut self, conversation: ConversationId, seq: u64, why: Unread) {
        self.tell(ConversationEvent::Unread { conversation, seq, why });
    }

    /// What an entry that could not be read tells; a store that does not work ends the step.
    pub(super) fn unreadable(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        seq: u64,
        error: Error,
    ) -> Step<()> {
        if matches!(error, Error::Store(_) | Error::StoredStateDamaged) {
            return Err(error.into());
        }
        // A message or commit of an epoch that this device has not come to: it missed a commit.
        if let Error::Epoch { message, group } = error
            && message > group
            && record.is_at(Stage::Member)
        {
            self.stand(id, record, Stage::Behind)?;
        }
        self.unread(id, seq, Unread::Keys(error.to_string()));
        Ok(())
    }

    fn on_message(&mut self, id: ConversationId, record: &mut Record, seq: u64, octets: &[u8]) -> Step<()> {
        if !record.is_at(Stage::Member) {
            self.unread(id, seq, Unread::NotMember);
            return Ok(());
        }
        let event = match self.mls.process(&self.desk, id.as_bytes(), octets) {
            Ok(change) => self.desk.take_if(change, |event| match event {
                Event::Message(_) => Ok(()),
                // A commit that comes as a message has no place in the order of epochs.
                Event::Committed(_) | Event::Joined { .. } | Event::Removed(_) | Event::Proposed => {
                    Err(Unread::Envelope)
                }
            }),
            Err(error) => return self.unreadable(id, record, seq, error),
        };
        match event {
            Ok(Event::Message(message)) => self.hear(id, record, seq, &message),
            Ok(Event::Committed(_) | Event::Joined { .. } | Event::Removed(_) | Event::Proposed) => Ok(()),
            Err(why) => {
                self.unread(id, seq, why);
                Ok(())
            }
        }
    }

    /// A member said something: who it was, its certificate tells (CNT-006).
    fn hear(&mut self, id: ConversationId, record: &mut Record, seq: u64, message: &Message) -> Step<()> {
        let Some(sender) = message.sender.device().filter(|_| MessageAad::decode(&message.aad).is_ok())
        else {
            self.unread(id, seq, Unread::Envelope);
            return Ok(());
        };
        let content = match Content::parse(&message.content) {
            Ok(content) => content,
            Err(error) => {
                self.unread(id, seq, Unread::Content(error));
                return Ok(());
            }
        };
        // What comes again under its name is the same (CNT-005).
        if self.order_of(id, sender.account, content.id)?.is_some() {
            return Ok(());
        }
        let said = self.heard(sender.account, sender.device, message.content.to_vec(), seq);
        let order = self.keep_said(id, record, &content, &said)?;
        self.apply(id, record, sender.account, &content)?;
        if is_for_people(&content.kind) {
            self.effects.push(Effect::File { conversation: id, order });
        }
        Ok(())
    }

    /// What is fleeting came as WHISPER.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn on_whisper(&mut self, id: ConversationId, octets: &[u8]) -> Step<()> {
        if !self.record(id)?.is_some_and(|record| record.is_at(Stage::Member)) {
            return Ok(());
        }
        let change = match self.mls.process(&self.desk, id.as_bytes(), octets) {
            Ok(change) => change,
            Err(error @ (Error::Store(_) | Error::StoredStateDamaged)) => return Err(error.into()),
            Err(_) => return Ok(()),
        };
        let is_message = |event: &Event| if matches!(event, Event::Message(_)) { Ok(()) } else { Err(()) };
        let Ok(Event::Message(message)) = self.desk.take_if(change, is_message) else { return Ok(()) };
        let content = Content::parse(&message.content).ok();
        if let (Some(sender), Some(Kind::Typing(typing))) =
            (message.sender.device(), content.map(|content| content.kind))
        {
            let account = sender.account;
            self.tell(ConversationEvent::Typing { conversation: id, account, typing });
        }
        Ok(())
    }

    /// An own message or commit has its place; an own commit is in force from here on (CNV-058).
    fn on_own(&mut self, id: ConversationId, record: &mut Record, part: &EntryPart<'_>) -> Step<()> {
        let key = row::numbered(part.client_seq.unwrap_or_default());
        let Some(note) = self.desk.read::<Numbered>(&key)? else { return Ok(()) };
        self.desk.delete(key);
        let Some(order) = note.order else {
            return self.on_own_commit(id, record, note.epoch);
        };
        let Some(mut said) = self.desk.read::<Said>(&row::said(id, order))? else { return Ok(()) };
        said.fate = Fate::Placed.into();
        said.seq = part.seq;
        self.desk.put(row::said(id, order), &said);
        if let Some(content) = super::saying::name_of(&said) {
            self.tell(ConversationEvent::Placed { conversation: id, content, seq: part.seq });
        }
        Ok(())
    }
}

/// Whether a content stands for itself in the application's inbox.
const fn is_for_people(kind: &Kind) -> bool {
    match kind {
        Kind::Text(_)
        | Kind::Media(_)
        | Kind::Reaction { .. }
        | Kind::Edit { .. }
        | Kind::Delete { .. }
        | Kind::Timer { .. }
        | Kind::Receipt(_)
        | Kind::Call(_)
        | Kind::Policy(_)
        | Kind::Leave
        | Kind::Unknown { .. } => true,
        Kind::Typing(_) | Kind::Introduction { .. } => false,
    }
}
