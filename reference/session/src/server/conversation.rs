//! The frames of conversations: POST and COMMIT stand in the queue of numbers, STAGE goes before its COMMIT.

use pinnace_wire::{
    BindConversation, Commit, ConversationAlias, ConversationId, ErrorCode, ErrorFrame, Frame, FrameType,
    Post, Stage, Subject, Whisper,
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
        self.exchange.heard_conversations.conversation(alias).ok_or(Breach::AliasUnbound)
    }

    pub(super) fn on_post(&mut self, post: &Post<'_>, cost: Budget) -> Result<(), Breach> {
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
        if kept.is_err()
            && let Some(code) = ErrorCode::StageInvalid.frame_code()
        {
            self.send(&Frame::Error(ErrorFrame {
                code,
                frame_type: FrameType::STAGE,
                subject: Subject::from(stage.client_seq),
                detail: "",
                retry_after_ms: None,
                expected: None,
            }));
        }
        if let Some(credit) = self.exchange.poll_credit() {
            self.send(&Frame::Credit(credit));
        }
        Ok(())
    }

    pub(super) fn on_whisper(&mut self, whisper: &Whisper<'_>) -> Result<(), Breach> {
        let conversation = self.conversation(whisper.alias)?;
        self.events.push_back(ServerEvent::Whisper { conversation, payload: whisper.payload.to_vec() });
        Ok(())
    }
}
