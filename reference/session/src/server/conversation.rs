//! The frames of conversations: POST and COMMIT stand in the queue of numbers, STAGE goes before its COMMIT.

use pinnace_fault::conversations as planted;
use pinnace_wire::{
    Alias, BindConversation, Commit, ConversationAlias, ConversationId, ErrorCode, ErrorFrame, Frame,
    FrameType, Post, Stage, Subject, Whisper,
};

use super::ServerSession;
use super::event::{CommitRequest, PostRequest, ServerEvent};
use super::outcomes::Asked;
use crate::breach::Breach;
use crate::credit::Budget;

impl ServerSession {
    pub(super) fn on_bind_conversation(&mut self, bind: &BindConversation) -> Result<(), Breach> {
        Ok(self.exchange.heard_conversations.bind(bind, self.config.limits.alias_max)?)
    }

    fn conversation(&self, alias: ConversationAlias) -> Result<ConversationId, Breach> {
        let device = Alias::new(alias.value()).and_then(|alias| self.exchange.heard.device(alias));
        let device = device.filter(|_| planted::DEVICE_ALIAS_TAKEN.is_on());
        let conversation = self.exchange.heard_conversations.conversation(alias);
        let conversation = conversation.or_else(|| device.map(|it| ConversationId::new(*it.as_bytes())));
        conversation.ok_or(Breach::AliasUnbound)
    }

    /// Whether a planted fault drops what names this alias.
    fn is_dropped(&self, alias: ConversationAlias) -> bool {
        planted::UNBOUND_DROPPED.is_on() && self.conversation(alias).is_err()
    }

    pub(super) fn on_post(&mut self, post: &Post<'_>, cost: Budget) -> Result<(), Breach> {
        if self.is_dropped(post.alias) {
            return Ok(());
        }
        let conversation = self.conversation(post.alias)?;
        let ticket = self.admit(post.client_seq, Asked::Post, cost)?;
        self.events.push_back(ServerEvent::Post(PostRequest {
            ticket,
            client_seq: post.client_seq,
            conversation,
            class: post.class,
            expires_in_s: post.expires_in_s,
            payload: post.payload.to_vec(),
        }));
        Ok(())
    }

    pub(super) fn on_commit(&mut self, commit: &Commit<'_>, cost: Budget) -> Result<(), Breach> {
        if self.is_dropped(commit.alias) {
            return Ok(());
        }
        let conversation = self.conversation(commit.alias)?;
        let (client_seq, origin) = (commit.client_seq, commit.origin);
        let ticket = self.admit(client_seq, Asked::Commit, cost)?;
        let (commit, welcome) = self.exchange.staged.finish(client_seq, (commit.commit, commit.welcome));
        let request = CommitRequest { ticket, client_seq, conversation, commit, welcome, origin };
        self.events.push_back(ServerEvent::Commit(request));
        Ok(())
    }

    /// A piece costs credit while it is handled; what is kept of it is bounded by stage_len_max.
    pub(super) fn on_stage(&mut self, stage: &Stage<'_>, cost: Budget) -> Result<(), Breach> {
        self.exchange.grant.spend(cost)?;
        let kept = self.exchange.staged.add(stage, self.config.limits.stage_len_max);
        self.exchange.grant.give_back(cost);
        if kept.is_err() || planted::STAGE_ANSWERED.is_on() {
            let is_wrong = planted::STAGE_CODE_WRONG.is_on();
            let code = if is_wrong { ErrorCode::Unavailable } else { ErrorCode::StageInvalid };
            self.fail(FrameType::STAGE, Subject::from(stage.client_seq), code);
        }
        Ok(())
    }

    fn fail(&mut self, frame_type: FrameType, subject: Subject, code: ErrorCode) {
        let Some(code) = code.frame_code() else { return };
        let subject = Subject::new(0).filter(|_| planted::STAGE_SUBJECT_MISSING.is_on()).unwrap_or(subject);
        let (detail, retry_after_ms, expected) = ("", None, None);
        self.send(&Frame::Error(ErrorFrame { code, frame_type, subject, detail, retry_after_ms, expected }));
    }

    pub(super) fn on_whisper(&mut self, whisper: &Whisper<'_>) -> Result<(), Breach> {
        if self.is_dropped(whisper.alias) {
            return Ok(());
        }
        if let Some(subject) = Subject::new(0).filter(|_| planted::WHISPER_ANSWERED.is_on()) {
            self.fail(FrameType::WHISPER, subject, ErrorCode::Unavailable);
        }
        let conversation = self.conversation(whisper.alias)?;
        self.events.push_back(ServerEvent::Whisper { conversation, payload: whisper.payload.to_vec() });
        Ok(())
    }
}
