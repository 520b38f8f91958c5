//! What an application reads of its conversations.

use pinnace_content::{Content, ContentId, ReceiptKind};
use pinnace_e2ee::{Error, View as _};
use pinnace_wire::{AccountId, ConversationId, ConversationOrigin, DeviceId};

use super::error::ConversationError;
use super::row::{self, Fate, Gone, Record, Said, Stage};
use super::{Book, ConversationEvent, Effect, Step, account_of, device_of};

/// A conversation as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationInfo {
    /// Its id.
    pub id: ConversationId,
    /// What it is between.
    pub origin: ConversationOrigin,
    /// What it is called; empty where nobody named it.
    pub name: String,
    /// How this device stands in it.
    pub stage: Stage,
    /// Its epoch.
    pub epoch: u64,
    /// Who is in it, by account.
    pub members: Vec<MemberInfo>,
    /// After how many seconds what is said is forgotten; 0 is never.
    pub disappear_s: u64,
    /// How much was said, as far as this device had it.
    pub said_count: u64,
    /// Whether a commit of this device is under way.
    pub is_changing: bool,
}

/// An account in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInfo {
    /// The account.
    pub account: AccountId,
    /// Its devices there.
    pub devices: Vec<DeviceId>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq)]
pub struct SaidInfo {
    /// Where.
    pub conversation: ConversationId,
    /// Its place at this device.
    pub order: u64,
    /// Its place in the conversation; `None` while it has none.
    pub seq: Option<u64>,
    /// Whose it is.
    pub author: AccountId,
    /// The device that said it.
    pub device: DeviceId,
    /// When this device had it, in milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// What became of it.
    pub fate: Fate,
    /// Why it is not there any more.
    pub gone: Gone,
    /// What it is; `None` once it is gone.
    pub content: Option<Content>,
    /// Its words after the last edit.
    pub edited: Option<String>,
    /// What others have to do with it.
    pub marks: Vec<MarkInfo>,
}

/// What an account has to do with something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkInfo {
    /// The account.
    pub account: AccountId,
    /// Its sign on it.
    pub sign: Option<String>,
    /// What its receipts told.
    pub receipt: Option<ReceiptKind>,
}

impl Book<'_> {
    /// All conversations.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn conversations(&self) -> Step<Vec<ConversationInfo>> {
        let rows = self.desk.scan(row::CONVERSATIONS, usize::MAX)?;
        let ids = rows.iter().filter_map(|(key, _)| row::conversation_at(key, 1));
        let mut found = Vec::new();
        for id in ids {
            // Of one whose Welcome is not all here nothing is known yet.
            if self.known(id)?.origin().is_some() {
                found.push(self.conversation(id)?);
            }
        }
        Ok(found)
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NoConversation`], the store.
    pub fn conversation(&self, id: ConversationId) -> Step<ConversationInfo> {
        let record = self.known(id)?;
        let origin = record.origin().ok_or(ConversationError::NoConversation)?;
        Ok(ConversationInfo {
            id,
            origin,
            name: record.name.clone(),
            stage: Stage::try_from(record.stage).unwrap_or(Stage::Broken),
            epoch: record.epoch,
            members: self.members(id)?,
            disappear_s: record.disappear_s,
            said_count: record.next_order,
            is_changing: record.intent.is_some(),
        })
    }

    fn members(&self, id: ConversationId) -> Step<Vec<MemberInfo>> {
        let roster = match self.mls.group(&self.desk, id.as_bytes()) {
            Ok(group) => group.roster,
            Err(Error::NoGroup) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let mut members: Vec<MemberInfo> = Vec::new();
        for device in roster.iter().filter_map(|member| member.device()) {
            match members.iter_mut().find(|member| member.account == device.account) {
                Some(member) => member.devices.push(device.device),
                None => members.push(MemberInfo { account: device.account, devices: vec![device.device] }),
            }
        }
        Ok(members)
    }

    /// Something that was said, by its place at this device.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn said(&self, id: ConversationId, order: u64) -> Step<Option<SaidInfo>> {
        let said = self.desk.read::<Said>(&row::said(id, order))?;
        Ok(said.map(|said| info(id, order, &said)))
    }

    /// Something that was said, by its name.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NoContent`], the store.
    pub fn said_by(&self, id: ConversationId, author: AccountId, content: ContentId) -> Step<SaidInfo> {
        let order = self.order_of(id, author, content)?.ok_or(ConversationError::NoContent)?;
        self.said(id, order)?.ok_or(ConversationError::NoContent)
    }

    /// What was said last, at most so much, in order.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn history(&self, id: ConversationId, count_max: u64) -> Step<Vec<SaidInfo>> {
        let next = self.record(id)?.map_or(0, |record| record.next_order);
        let orders = next.saturating_sub(count_max)..next;
        let found = orders.map(|order| self.said(id, order));
        Ok(found.collect::<Step<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// An account of conversations has these devices now: those that it has not any more are removed, and of those that are not
    /// in a conversation yet the application is told.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn on_list(&mut self, account: AccountId, devices: &[DeviceId]) -> Step<()> {
        for (key, _) in self.desk.scan(row::CONVERSATIONS, usize::MAX)? {
            let Some(id) = row::conversation_at(&key, 1) else { continue };
            let Some(mut record) = self.record(id)?.filter(|record| record.is_at(Stage::Member)) else {
                continue;
            };
            self.follow(id, &mut record, account, devices)?;
            self.keep(id, &record);
        }
        Ok(())
    }

    fn follow(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        account: AccountId,
        devices: &[DeviceId],
    ) -> Step<()> {
        let there: Vec<DeviceId> = self
            .members(id)?
            .into_iter()
            .filter(|it| it.account == account)
            .flat_map(|it| it.devices)
            .collect();
        if there.is_empty() {
            return Ok(());
        }
        let gone = there.iter().filter(|device| !devices.contains(device) && **device != self.me.device);
        let gone: Vec<Vec<u8>> = gone.map(|device| device.as_bytes().to_vec()).collect();
        if !gone.is_empty() {
            let mut intent = record.intent.take().unwrap_or_default();
            intent.remove.extend(gone);
            record.intent = Some(intent);
            self.tend(id, record)?;
        }
        if devices.iter().any(|device| !there.contains(device)) {
            self.tell(ConversationEvent::Lacks { conversation: id, account });
            // Of the account's devices one is enough.
            if account == self.me.account && there.first() == Some(&self.me.device) {
                self.effects.push(Effect::Claim { conversation: id });
            }
        }
        Ok(())
    }

    /// Whether this device has what it needs to join a conversation by itself.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn is_introduced(&self, id: ConversationId) -> Step<bool> {
        Ok(self.desk.load(&row::introduction(id))?.is_some())
    }
}

fn info(conversation: ConversationId, order: u64, said: &Said) -> SaidInfo {
    let marks = said.marks.iter().map(|mark| MarkInfo {
        account: account_of(&mark.account),
        sign: Some(mark.sign.clone()).filter(|sign| !sign.is_empty()),
        receipt: match mark.receipt {
            1 => Some(ReceiptKind::Received),
            2 => Some(ReceiptKind::Read),
            3 => Some(ReceiptKind::Played),
            _ => None,
        },
    });
    SaidInfo {
        conversation,
        order,
        seq: Some(said.seq).filter(|seq| *seq > 0),
        author: account_of(&said.author),
        device: device_of(&said.device),
        at_ms: said.at_ms,
        fate: Fate::try_from(said.fate).unwrap_or(Fate::Heard),
        gone: Gone::try_from(said.gone).unwrap_or(Gone::No),
        content: Content::parse(&said.octets).ok(),
        edited: Some(said.edited.clone()).filter(|edited| !edited.is_empty()),
        marks: marks.collect(),
    }
}
