//! What a running client does in conversations.

use core::fmt;

use pinnace_content::{Content, ContentId, Kind, Reference, Text};
use pinnace_wire::{AccountId, ConversationId, ConversationKind, ConversationOrigin, Generation, MlsSuite};
use tokio::sync::oneshot;

use super::error::ConversationError;
use super::making::Newcomer;
use super::reading::{ConversationInfo, SaidInfo};
use super::row::{Fate, Stage};
use super::{Book, SUITE, direct, group};
use crate::client::Client;
use crate::devices::{Claimed, DevicesError, Offered};
use crate::engine::command::Command;
use crate::engine::{BookStep, Verdict};
use crate::random::{Random, SystemRandom};
use crate::state::{LinkState, StopReason};

/// Why something in a conversation was not done.
#[derive(Debug)]
pub enum TalkError {
    /// The conversation, or what is to be said.
    Conversation(ConversationError),
    /// The devices of an account.
    Devices {
        /// Whose.
        account: AccountId,
        /// Why.
        error: DevicesError,
    },
    /// No device of the account can be added now: the server has no KeyPackage of any that holds.
    NoDevice {
        /// Whose.
        account: AccountId,
    },
}

/// How something is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct SayOptions {
    /// What it answers.
    pub reply_to: Option<Reference>,
    /// After so many seconds it is forgotten; `None`: as the conversation has it.
    pub disappear_s: Option<u64>,
    /// Whether it may be looked at once.
    pub view_once: bool,
}

/// Something that was said, durable at this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uttered {
    /// Where.
    pub conversation: ConversationId,
    /// Its name, beside the account of this device.
    pub id: ContentId,
    /// Its place at this device.
    pub order: u64,
}

impl Client {
    /// Does one step of the conversations. Resolves once it is durable.
    ///
    /// # Errors
    ///
    /// What the step says; nothing has happened then. [`ConversationError::Stopped`]: nobody can tell.
    pub async fn book<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Book<'_>) -> Result<T, ConversationError> + Send + 'static,
    ) -> Result<T, ConversationError> {
        let (reply, answer) = oneshot::channel();
        let step = BookStep(Box::new(move |book| {
            let result = step(book);
            let verdict = if result.is_ok() { Verdict::Kept } else { Verdict::Dropped };
            // An application that went away needs no answer.
            (verdict, Box::new(move || drop(reply.send(result))))
        }));
        self.command(Command::Book(step)).await.map_err(|_| ConversationError::Stopped)?;
        answer.await.unwrap_or(Err(ConversationError::Stopped))
    }

    /// All conversations.
    ///
    /// # Errors
    ///
    /// [`ConversationError::Stopped`].
    pub async fn conversations(&self) -> Result<Vec<ConversationInfo>, ConversationError> {
        self.book(|book| book.conversations()).await
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NoConversation`], [`ConversationError::Stopped`].
    pub async fn conversation(&self, id: ConversationId) -> Result<ConversationInfo, ConversationError> {
        self.book(move |book| book.conversation(id)).await
    }

    /// Something that was said, by its place at this device.
    ///
    /// # Errors
    ///
    /// [`ConversationError::Stopped`].
    pub async fn said(&self, id: ConversationId, order: u64) -> Result<Option<SaidInfo>, ConversationError> {
        self.book(move |book| book.said(id, order)).await
    }

    /// What was said last, at most so much.
    ///
    /// # Errors
    ///
    /// [`ConversationError::Stopped`].
    pub async fn history(
        &self,
        id: ConversationId,
        count_max: u64,
    ) -> Result<Vec<SaidInfo>, ConversationError> {
        self.book(move |book| book.history(id, count_max)).await
    }

    /// The conversation with this account: the one that there is, or a new one. With the own account, that of the own
    /// devices. A new one needs a session.
    ///
    /// # Errors
    ///
    /// [`TalkError`].
    pub async fn open_direct(&self, account: AccountId) -> Result<ConversationId, TalkError> {
        let own = self.keys().account();
        let mut generation = Generation::FIRST;
        for known in self.conversations().await? {
            let between = direct(own, account, known.origin.generation);
            if known.origin != between {
                continue;
            }
            match known.stage {
                Stage::Left | Stage::Broken | Stage::Behind => {
                    let next = known.origin.generation.value().saturating_add(1);
                    generation = generation.max(Generation::new(next).unwrap_or(Generation::FIRST));
                }
                Stage::Creating | Stage::Member | Stage::AwaitsWelcome | Stage::Joining => {
                    return Ok(known.id);
                }
            }
        }
        let mut newcomers = if own == account { Vec::new() } else { self.newcomers(account).await? };
        newcomers.extend(self.own_newcomers().await?);
        self.create(direct(own, account, generation), String::new(), newcomers).await
    }

    /// Creates a group with these accounts. Needs a session.
    ///
    /// # Errors
    ///
    /// [`TalkError`].
    pub async fn create_group(
        &self,
        name: &str,
        accounts: &[AccountId],
    ) -> Result<ConversationId, TalkError> {
        let mut newcomers = self.own_newcomers().await?;
        for account in accounts {
            newcomers.extend(self.newcomers(*account).await?);
        }
        let mut nonce = [0; 16];
        SystemRandom.fill(&mut nonce);
        self.create(group(self.keys().account(), nonce), name.to_owned(), newcomers).await
    }

    async fn create(
        &self,
        origin: ConversationOrigin,
        name: String,
        newcomers: Vec<Newcomer>,
    ) -> Result<ConversationId, TalkError> {
        Ok(self.book(move |book| book.create(&origin, &name, &newcomers)).await?)
    }

    /// Adds the devices of these accounts to a group. Needs a session.
    ///
    /// # Errors
    ///
    /// [`TalkError`].
    pub async fn add_members(&self, id: ConversationId, accounts: &[AccountId]) -> Result<(), TalkError> {
        let mut newcomers = Vec::new();
        for account in accounts {
            newcomers.extend(self.newcomers(*account).await?);
        }
        Ok(self.book(move |book| book.add(id, &newcomers)).await?)
    }

    /// Removes the devices of these accounts from a group.
    ///
    /// # Errors
    ///
    /// [`ConversationError`].
    pub async fn remove_members(
        &self,
        id: ConversationId,
        accounts: Vec<AccountId>,
    ) -> Result<(), ConversationError> {
        self.book(move |book| book.remove(id, &accounts)).await
    }

    /// Asks the other members of a group to remove the devices of this account.
    ///
    /// # Errors
    ///
    /// [`ConversationError`].
    pub async fn leave_group(&self, id: ConversationId) -> Result<(), ConversationError> {
        let content = content(Kind::Leave);
        self.book(move |book| book.leave(id, &content)).await
    }

    /// Says words to a conversation.
    ///
    /// # Errors
    ///
    /// As [`Self::say`].
    pub async fn say_text(&self, id: ConversationId, body: &str) -> Result<Uttered, ConversationError> {
        self.say(id, Kind::Text(Text::plain(body)), SayOptions::default()).await
    }

    /// Says something to a conversation. It is durable when this resolves, and leaves as soon as it can, also after a restart.
    ///
    /// # Errors
    ///
    /// [`ConversationError`]; nothing was said.
    pub async fn say(
        &self,
        conversation: ConversationId,
        kind: Kind,
        options: SayOptions,
    ) -> Result<Uttered, ConversationError> {
        let mut content =
            Content { reply_to: options.reply_to, view_once: options.view_once, ..content(kind) };
        let id = content.id;
        let order = self
            .book(move |book| {
                let usual_s =
                    if stays(&content.kind) { 0 } else { book.conversation(conversation)?.disappear_s };
                content.disappear_s = options.disappear_s.unwrap_or(usual_s);
                book.say(conversation, &content)
            })
            .await?;
        Ok(Uttered { conversation, id, order })
    }

    /// Says something fleeting to whoever of a conversation is there.
    ///
    /// # Errors
    ///
    /// [`ConversationError`].
    pub async fn whisper(&self, id: ConversationId, kind: Kind) -> Result<(), ConversationError> {
        let content = content(kind);
        let payload = self.book(move |book| book.whisper(id, &content)).await?;
        let whisper = Command::Whisper { conversation: id, payload };
        self.command(whisper).await.map_err(|_| ConversationError::Stopped)
    }

    /// Waits until something that was said has its place, or was refused.
    ///
    /// # Errors
    ///
    /// [`ConversationError::Stopped`] when the client ends before.
    pub async fn fate(&self, said: Uttered) -> Result<Fate, ConversationError> {
        // The state moves with every turn, after the store.
        let mut state = self.state();
        loop {
            let link = state.borrow_and_update().link;
            let info = self.said(said.conversation, said.order).await?;
            match info.map(|info| info.fate) {
                Some(fate @ (Fate::Placed | Fate::Refused | Fate::Heard)) => return Ok(fate),
                Some(Fate::Waits | Fate::Numbered)
                    if !matches!(link, LinkState::Stopped(StopReason::Closed | StopReason::Store)) => {}
                Some(Fate::Waits | Fate::Numbered) | None => return Err(ConversationError::Stopped),
            }
            state.changed().await.map_err(|_| ConversationError::Stopped)?;
        }
    }

    /// The devices of an account, each with a KeyPackage that holds.
    async fn newcomers(&self, account: AccountId) -> Result<Vec<Newcomer>, TalkError> {
        let newcomers = self.claimed(account).await?;
        if newcomers.is_empty() { Err(TalkError::NoDevice { account }) } else { Ok(newcomers) }
    }

    /// The other devices of the own account; there may be none.
    async fn own_newcomers(&self) -> Result<Vec<Newcomer>, TalkError> {
        let account = self.keys().account();
        let listed = self.account_devices(account).await;
        let listed = listed.map_err(|error| TalkError::Devices { account, error })?;
        if listed.devices.len() < 2 { Ok(Vec::new()) } else { self.claimed(account).await }
    }

    async fn claimed(&self, account: AccountId) -> Result<Vec<Newcomer>, TalkError> {
        let failed = |error| TalkError::Devices { account, error };
        let suite = MlsSuite::new(SUITE.0.into()).ok_or_else(|| failed(DevicesError::BadAnswer))?;
        let claimed = self.claim(account, suite).await.map_err(failed)?;
        Ok(newcomers(claimed))
    }
}

/// The devices of a claim that can be added.
pub(crate) fn newcomers(claimed: Claimed) -> Vec<Newcomer> {
    let account = claimed.list.account;
    let newcomers = claimed.devices.into_iter().filter_map(|claimed| match claimed.offered {
        Offered::Package { octets, .. } => {
            Some(Newcomer { account, device: claimed.device, key_package: octets })
        }
        Offered::Nothing | Offered::Refused(_) => None,
    });
    newcomers.collect()
}

/// A content of now, under a new name.
fn content(kind: Kind) -> Content {
    let mut id = [0; 16];
    SystemRandom.fill(&mut id);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let sent_ms = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    Content::new(ContentId(id), sent_ms, kind)
}

/// Whether a content is not of the sort that disappears.
const fn stays(kind: &Kind) -> bool {
    match kind {
        Kind::Text(_) | Kind::Media(_) | Kind::Reaction { .. } | Kind::Edit { .. } | Kind::Unknown { .. } => {
            false
        }
        Kind::Delete { .. }
        | Kind::Timer { .. }
        | Kind::Receipt(_)
        | Kind::Typing(_)
        | Kind::Call(_)
        | Kind::Policy(_)
        | Kind::Introduction { .. }
        | Kind::Leave => true,
    }
}

impl ConversationInfo {
    /// With whom a conversation of two is, seen from this account.
    #[must_use]
    pub fn other_than(&self, own: AccountId) -> Option<AccountId> {
        if self.origin.kind != ConversationKind::Direct {
            return None;
        }
        let second = AccountId::new(*self.origin.second.as_bytes());
        Some(if self.origin.first == own { second } else { self.origin.first })
    }
}

impl From<ConversationError> for TalkError {
    fn from(error: ConversationError) -> Self {
        Self::Conversation(error)
    }
}

impl fmt::Display for TalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversation(error) => error.fmt(f),
            Self::Devices { account, error } => write!(f, "account {account}: {error}"),
            Self::NoDevice { account } => {
                write!(f, "account {account}: the server has no key of a device that can be added now")
            }
        }
    }
}

impl core::error::Error for TalkError {}
