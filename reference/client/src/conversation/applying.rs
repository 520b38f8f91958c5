//! What a content does to what was said before.

use pinnace_content::{Content, ContentId, Kind, Receipt, ReceiptKind, Reference};
use pinnace_e2ee::Unavailable;
use pinnace_wire::{AccountId, ConversationId, ConversationKind};

use super::event::ConversationEvent;
use super::row::{self, Gone, Mark, Record, Said};
use super::{Book, Shelf, Step};

/// Marks of accounts on one content at most.
const MARKS_MAX: usize = 4096;

impl Book<'_> {
    /// Does what a content of this account asks for. What it may not ask for is passed over.
    pub(super) fn apply(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        author: AccountId,
        content: &Content,
    ) -> Step<()> {
        match &content.kind {
            Kind::Reaction { target, sign } => {
                self.mark(id, *target, author, |mark| mark.sign.clone_from(sign))
            }
            // Only what the same account said (CNT-007): the name that is looked up has its author in it.
            Kind::Edit { target, text } => self.change(id, author, *target, |said| {
                if said.gone == i32::from(Gone::No) {
                    said.edited.clone_from(&text.body);
                }
            }),
            Kind::Delete { targets } => targets
                .iter()
                .try_for_each(|target| self.change(id, author, *target, |said| go(said, Gone::Deleted))),
            Kind::Timer { seconds } => {
                record.disappear_s = *seconds;
                Ok(())
            }
            Kind::Receipt(receipt) => self.on_receipt(id, author, receipt),
            Kind::Policy(policy) => {
                if policy.revision == record.revision.saturating_add(1) {
                    record.revision = policy.revision;
                    record.name.clone_from(&policy.name);
                }
                Ok(())
            }
            Kind::Introduction { conversation, group_info } => {
                // From an own device, in the conversation of the own devices (CNT-010).
                let kind = record.origin().map(|origin| origin.kind);
                if kind == Some(ConversationKind::OwnDevices) && author == self.me.account {
                    self.desk.put_octets(row::introduction(*conversation), group_info.clone());
                }
                Ok(())
            }
            Kind::Leave => {
                if author != self.me.account && !record.leaving.iter().any(|it| it == author.as_bytes()) {
                    record.leaving.push(author.as_bytes().to_vec());
                }
                Ok(())
            }
            Kind::Text(_) | Kind::Media(_) | Kind::Typing(_) | Kind::Call(_) | Kind::Unknown { .. } => Ok(()),
        }
    }

    fn on_receipt(&mut self, id: ConversationId, reader: AccountId, receipt: &Receipt) -> Step<()> {
        let told = match receipt.kind {
            ReceiptKind::Received => 1,
            ReceiptKind::Read => 2,
            ReceiptKind::Played => 3,
        };
        receipt.ids.iter().try_for_each(|content| {
            let target = Reference { author: receipt.author, id: *content };
            self.mark(id, target, reader, |mark| mark.receipt = mark.receipt.max(told))
        })
    }

    fn mark(
        &mut self,
        id: ConversationId,
        target: Reference,
        account: AccountId,
        edit: impl FnOnce(&mut Mark),
    ) -> Step<()> {
        self.change(id, target.author, target.id, |said| {
            let place = said.marks.iter().position(|mark| mark.account == account.as_bytes());
            if place.is_none() && said.marks.len() < MARKS_MAX {
                said.marks.push(Mark { account: account.as_bytes().to_vec(), ..Mark::default() });
            }
            let mark = match place {
                Some(place) => said.marks.get_mut(place),
                None => said.marks.last_mut().filter(|mark| mark.account == account.as_bytes()),
            };
            if let Some(mark) = mark {
                edit(mark);
            }
        })
    }

    fn change(
        &mut self,
        id: ConversationId,
        author: AccountId,
        content: ContentId,
        edit: impl FnOnce(&mut Said),
    ) -> Step<()> {
        // What is not here, or not any more, cannot be changed.
        let Some(order) = self.order_of(id, author, content)? else { return Ok(()) };
        self.edit(id, order, edit)
    }

    fn edit(&mut self, id: ConversationId, order: u64, edit: impl FnOnce(&mut Said)) -> Step<()> {
        let Some(mut said) = self.desk.read::<Said>(&row::said(id, order))? else { return Ok(()) };
        edit(&mut said);
        self.desk.put(row::said(id, order), &said);
        self.tell(ConversationEvent::Touched { conversation: id, order });
        Ok(())
    }

    /// Forgets what is to be forgotten by now (CNT-008).
    ///
    /// # Errors
    ///
    /// The store.
    pub fn expire(&mut self) -> Step<()> {
        for (key, _) in self.desk.scan(row::EXPIRIES, 256)? {
            let at_ms = key.get(1..9).map_or(0, row::last_number);
            if at_ms > self.now.unix_ms {
                break;
            }
            let order = row::last_number(&key);
            if let Some(id) = row::conversation_at(&key, 9) {
                self.edit(id, order, |said| go(said, Gone::Expired))?;
            }
            self.desk.delete(key);
        }
        Ok(())
    }

    /// The application showed something that may be looked at once: it is forgotten (CNT-009).
    ///
    /// # Errors
    ///
    /// The store.
    pub fn viewed(&mut self, id: ConversationId, order: u64) -> Step<()> {
        let Some(said) = self.desk.read::<Said>(&row::said(id, order))? else { return Ok(()) };
        let is_once = Content::parse(&said.octets).is_ok_and(|content| content.view_once);
        if is_once && said.author != self.me.account.as_bytes() {
            self.edit(id, order, |said| go(said, Gone::Viewed))?;
        }
        Ok(())
    }
}

/// Whether this device knows a conversation at all.
///
/// # Errors
///
/// [`Unavailable`] when the store cannot say.
pub fn has_any(shelf: &dyn Shelf) -> Result<bool, Unavailable> {
    Ok(!shelf.scan(row::CONVERSATIONS, 1)?.is_empty())
}

/// When [`Book::expire`] is to be asked next, in milliseconds since 1970-01-01 UTC.
///
/// # Errors
///
/// [`Unavailable`] when the store cannot say.
pub fn first_expiry(shelf: &dyn Shelf) -> Result<Option<u64>, Unavailable> {
    let first = shelf.scan(row::EXPIRIES, 1)?;
    Ok(first.first().and_then(|(key, _)| key.get(1..9)).map(row::last_number))
}

/// Takes away what was said, and leaves that something was.
fn go(said: &mut Said, gone: Gone) {
    said.octets = Vec::new();
    said.edited = String::new();
    said.gone = gone.into();
}
