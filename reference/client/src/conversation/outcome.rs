//! What the server made of a number: what was refused for its epoch is encrypted anew, under a new number.

use pinnace_wire::{ConversationId, ErrorCode, FrameCode};

use super::event::ConversationEvent;
use super::row::{self, Fate, Intent, Numbered, Record, Said, Stage};
use super::{Book, Step};
use crate::message::Outcome;

impl Book<'_> {
    /// A number has its outcome. One that is not of a conversation means nothing here.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn on_outcome(&mut self, seq: u64, outcome: Outcome) -> Step<()> {
        let key = row::numbered(seq);
        let Some(note) = self.desk.read::<Numbered>(&key)? else { return Ok(()) };
        let Some(id) = row::conversation_at(&note.conversation, 0) else { return Ok(()) };
        let code = match outcome {
            // Its place comes as an entry of kind own, and the row stays until then.
            Outcome::Accepted => return Ok(()),
            Outcome::Refused(code) => Some(code),
            Outcome::Voided => None,
            // Nobody knows whether it is there: members take a content once, so that it may go again (CNT-005).
            Outcome::Unknown(_) => FrameCode::new(u64::from(ErrorCode::StaleEpoch.value())),
        };
        self.desk.delete(key);
        let Some(mut record) = self.record(id)? else { return Ok(()) };
        match note.order {
            Some(order) => self.on_post_refused(id, &mut record, (order, note.epoch), code)?,
            None => self.on_commit_refused(id, &mut record, note.epoch, code)?,
        }
        self.flush(id, &mut record)?;
        self.keep(id, &record);
        Ok(())
    }

    /// The server lost its state: the numbers that wait are lower now.
    ///
    /// # Errors
    ///
    /// The store.
    pub fn on_renumbered(&mut self, settled: u64, handled: u64) -> Step<()> {
        let shift = settled.saturating_sub(handled);
        for (key, value) in self.desk.scan(row::NUMBERS, usize::MAX)? {
            let seq = row::last_number(&key);
            self.desk.delete(key);
            if seq > settled {
                self.desk.put_octets(row::numbered(seq.saturating_sub(shift)), value.to_vec());
            }
        }
        Ok(())
    }

    fn on_post_refused(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        (order, epoch): (u64, u64),
        code: Option<FrameCode>,
    ) -> Step<()> {
        if !is_stale(code) || matches!(Stage::try_from(record.stage), Ok(Stage::Left | Stage::Broken)) {
            return self.refuse_said(id, order, code);
        }
        let Some(mut said) = self.desk.read::<Said>(&row::said(id, order))? else { return Ok(()) };
        said.fate = Fate::Waits.into();
        // In the same epoch it would be refused again.
        said.epoch_min = epoch.saturating_add(1).min(record.epoch.saturating_add(1));
        self.desk.put(row::said(id, order), &said);
        self.desk.put_octets(row::waits(id, order), Vec::new());
        Ok(())
    }

    fn on_commit_refused(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        epoch: u64,
        code: Option<FrameCode>,
    ) -> Step<()> {
        let Some(mut intent) = record.intent.take_if(|intent| intent.is_sent && intent.epoch == epoch) else {
            return Ok(());
        };
        self.discard(id)?;
        match Stage::try_from(record.stage) {
            Ok(Stage::Creating) => {
                let stage = if is_stale(code) { Stage::AwaitsWelcome } else { Stage::Left };
                self.stand(id, record, stage)?;
            }
            Ok(Stage::Joining) => self.stand(id, record, Stage::Behind)?,
            Ok(Stage::Member) if is_stale(code) => {
                intent.is_sent = false;
                // Before the commit that was first is here, another would be refused as well.
                let is_behind = record.epoch <= epoch;
                record.intent = Some(Intent { waits: is_behind, ..intent });
                return Ok(());
            }
            Ok(Stage::Member | Stage::AwaitsWelcome | Stage::Left | Stage::Broken | Stage::Behind)
            | Err(_) => {}
        }
        self.tell(ConversationEvent::CommitRefused { conversation: id, code });
        Ok(())
    }

    /// What waited for the server waits no more.
    fn discard(&mut self, id: ConversationId) -> Step<()> {
        match self.mls.discard(&self.desk, id.as_bytes()) {
            Ok(discarded) => {
                self.desk.take(discarded);
                Ok(())
            }
            // The commit that was first has taken its place already.
            Err(pinnace_e2ee::Error::NoCommitPending | pinnace_e2ee::Error::NoGroup) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn stand(&mut self, id: ConversationId, record: &mut Record, stage: Stage) -> Step<()> {
        record.stand(stage);
        if matches!(stage, Stage::Left | Stage::Broken) {
            record.intent = None;
            record.leaving.clear();
            self.give_up_waiting(id)?;
        }
        self.tell(ConversationEvent::Stands { conversation: id, stage });
        Ok(())
    }
}

fn is_stale(code: Option<FrameCode>) -> bool {
    code.and_then(FrameCode::known) == Some(ErrorCode::StaleEpoch)
}
