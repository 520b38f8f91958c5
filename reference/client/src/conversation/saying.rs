//! What this device says: kept at once, encrypted once, under a number of the outbox.

use pinnace_content::{Content, ContentId, Kind};
use pinnace_wire::mls::Envelope;
use pinnace_wire::{AccountId, Class, ConversationId, DeviceId, MessageAad};

use super::error::ConversationError;
use super::row::{self, Fate, Numbered, Record, Said, Stage};
use super::{Book, Parcel, ParcelBody, Step};

/// What was said that is kept of one conversation at most; the oldest goes.
const HISTORY_MAX: u64 = 10_000;

/// What leaves of one conversation in one step at most; the rest follows with the next outcome.
const TOGETHER_MAX: usize = 64;

impl Book<'_> {
    /// Says something. It is kept, and leaves when this device is a member. Gives its place here.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NotMember`] where it will never leave, [`ConversationError::TooLong`].
    pub fn say(&mut self, id: ConversationId, content: &Content) -> Step<u64> {
        let mut record = self.known(id)?;
        let stage = Stage::try_from(record.stage).unwrap_or(Stage::Broken);
        if matches!(stage, Stage::Left | Stage::Broken) {
            return Err(ConversationError::NotMember(stage));
        }
        let octets = content.encode()?;
        let said = Said {
            author: self.me.account.as_bytes().to_vec(),
            device: self.me.device.as_bytes().to_vec(),
            octets,
            at_ms: self.now.unix_ms,
            fate: Fate::Waits.into(),
            ..Said::default()
        };
        let order = self.keep_said(id, &mut record, content, &said)?;
        self.apply(id, &mut record, self.me.account, content)?;
        self.desk.put_octets(row::waits(id, order), Vec::new());
        self.flush(id, &mut record)?;
        self.keep(id, &record);
        Ok(order)
    }

    /// Says what is fleeting, to whoever is there: what a WHISPER carries. Nothing is kept but the key's step.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NotMember`].
    pub fn whisper(&mut self, id: ConversationId, content: &Content) -> Step<Vec<u8>> {
        let record = self.known(id)?;
        if !record.is_at(Stage::Member) {
            return Err(ConversationError::NotMember(Stage::try_from(record.stage).unwrap_or(Stage::Broken)));
        }
        self.seal(id, &content.encode()?)
    }

    /// Keeps something that was said: its place here, its name, and when it is to be forgotten.
    pub(super) fn keep_said(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        content: &Content,
        said: &Said,
    ) -> Step<u64> {
        let order = record.next_order;
        record.next_order = order.saturating_add(1);
        self.desk.put(row::said(id, order), said);
        let name = row::named(id, super::account_of(&said.author), content.id);
        self.desk.put_octets(name, order.to_be_bytes().to_vec());
        if content.disappear_s > 0 {
            let at_ms = self.now.unix_ms.saturating_add(content.disappear_s.saturating_mul(1000));
            self.desk.put_octets(row::expires(at_ms, id, order), Vec::new());
        }
        if let Some(old) = order.checked_sub(HISTORY_MAX) {
            self.forget_said(id, old)?;
        }
        Ok(order)
    }

    /// Forgets something that was said, and its name with it.
    fn forget_said(&mut self, id: ConversationId, order: u64) -> Step<()> {
        let Some(said) = self.desk.read::<Said>(&row::said(id, order))? else { return Ok(()) };
        if let Ok(content) = Content::parse(&said.octets) {
            self.desk.delete(row::named(id, super::account_of(&said.author), content.id));
        }
        self.desk.delete(row::waits(id, order));
        self.desk.delete(row::said(id, order));
        Ok(())
    }

    /// Encrypts and numbers what waits, in order, as far as it is worth trying.
    pub(super) fn flush(&mut self, id: ConversationId, record: &mut Record) -> Step<()> {
        if !record.is_at(Stage::Member) {
            return Ok(());
        }
        for (key, _) in self.desk.scan(&row::waiting(id), TOGETHER_MAX)? {
            let order = row::last_number(&key);
            let Some(mut said) = self.desk.read::<Said>(&row::said(id, order))? else {
                self.desk.delete(key);
                continue;
            };
            if said.epoch_min > record.epoch || self.now.room == 0 {
                break;
            }
            self.post(id, order, &said)?;
            said.fate = Fate::Numbered.into();
            self.desk.put(row::said(id, order), &said);
            self.desk.delete(key);
            record.said_count = record.said_count.saturating_add(1);
        }
        self.tend(id, record)
    }

    fn post(&mut self, id: ConversationId, order: u64, said: &Said) -> Step<()> {
        let payload = self.seal(id, &said.octets)?;
        let epoch = Envelope::decode(&payload).map_or(0, |envelope| envelope.epoch.value());
        let class = Content::parse(&said.octets).ok().and_then(|content| class_of(&content.kind));
        let body = ParcelBody::Post { payload, class };
        let note = Numbered { conversation: id.as_bytes().to_vec(), order: Some(order), epoch };
        self.number(Parcel { conversation: id, body }, &note)
    }

    fn seal(&mut self, id: ConversationId, padded: &[u8]) -> Step<Vec<u8>> {
        let aad = [MessageAad::VERSION];
        let sealed = self.mls.encrypt(&self.desk, id.as_bytes(), padded, &aad)?;
        Ok(self.desk.take(sealed))
    }

    /// What waits for a conversation that this device is out of will not leave.
    pub(super) fn give_up_waiting(&mut self, id: ConversationId) -> Step<()> {
        for (key, _) in self.desk.scan(&row::waiting(id), usize::MAX)? {
            let order = row::last_number(&key);
            self.desk.delete(key);
            self.refuse_said(id, order, None)?;
        }
        Ok(())
    }

    pub(super) fn refuse_said(
        &mut self,
        id: ConversationId,
        order: u64,
        code: Option<pinnace_wire::FrameCode>,
    ) -> Step<()> {
        let Some(mut said) = self.desk.read::<Said>(&row::said(id, order))? else { return Ok(()) };
        said.fate = Fate::Refused.into();
        said.code = code.map_or(0, |code| code.value());
        self.desk.put(row::said(id, order), &said);
        if let Some(content) = name_of(&said) {
            self.tell(super::ConversationEvent::Refused { conversation: id, content, code });
        }
        Ok(())
    }

    /// Where something with this name was said here.
    pub(super) fn order_of(
        &self,
        id: ConversationId,
        author: AccountId,
        content: ContentId,
    ) -> Step<Option<u64>> {
        use pinnace_e2ee::View as _;
        let octets = self.desk.load(&row::named(id, author, content))?;
        Ok(octets.map(|octets| row::last_number(&octets)))
    }

    /// A row of what another said.
    pub(super) fn heard(&self, author: AccountId, device: DeviceId, octets: Vec<u8>, seq: u64) -> Said {
        Said {
            author: author.as_bytes().to_vec(),
            device: device.as_bytes().to_vec(),
            octets,
            seq,
            at_ms: self.now.unix_ms,
            fate: Fate::Heard.into(),
            ..Said::default()
        }
    }
}

/// The id of something that was said and is not forgotten.
pub(super) fn name_of(said: &Said) -> Option<ContentId> {
    Content::parse(&said.octets).ok().map(|content| content.id)
}

/// In which class a content goes.
const fn class_of(kind: &Kind) -> Option<Class> {
    match kind {
        Kind::Call(_) => Some(Class::CALL),
        Kind::Text(_)
        | Kind::Media(_)
        | Kind::Reaction { .. }
        | Kind::Edit { .. }
        | Kind::Delete { .. }
        | Kind::Timer { .. }
        | Kind::Receipt(_)
        | Kind::Typing(_)
        | Kind::Policy(_)
        | Kind::Introduction { .. }
        | Kind::Leave
        | Kind::Unknown { .. } => None,
    }
}
