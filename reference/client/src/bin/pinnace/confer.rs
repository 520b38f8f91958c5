//! `pinnace chat` with a conversation: lines to its members, and what they say between them.

use pinnace_client::conversation::{ConversationEvent, Stage};
use pinnace_client::{Client, Content, Event, LinkState};
use pinnace_wire::ConversationId;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::time::timeout_at;

use super::arguments::{Common, Where};
use super::chat::{HISTORY_LEN, Screen, lines};
use super::failure::Failure;
use super::output::{Form, Output};
use super::say::{LABEL, hex};
use super::{said, say, start};

pub(crate) async fn run(common: &Common, place: &Where, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    start::online(&client, deadline).await?;
    let id = say::place(&client, place, deadline).await?;
    output.note(&format!("{LABEL}. In {}; end with /quit or Ctrl-D.", hex(id)));
    let talk = Talk { client: &client, id, output, screen: Screen::new() };
    for said in client.history(id, HISTORY_LEN as u64).await? {
        talk.show(&said::line(&said, client.keys().account()), &said::as_json(&said))?;
    }
    let outcome = talk.run().await;
    // What was said last shall leave, if the server lets it.
    let mut state = client.state();
    let left = state.wait_for(|state| state.backlog == 0 || matches!(state.link, LinkState::Stopped(_)));
    let _ = timeout_at(start::deadline(common), left).await;
    client.close().await;
    outcome
}

/// A chat that goes on.
struct Talk<'a> {
    client: &'a Client,
    id: ConversationId,
    output: Output,
    screen: Screen,
}

impl Talk<'_> {
    async fn run(&self) -> Result<(), Failure> {
        let mut lines = lines();
        let mut events = self.client.events()?;
        let mut state = self.client.state();
        let gone = || Failure::refused("the client was closed");
        self.screen.prompt()?;
        loop {
            let seen = state.borrow_and_update().clone();
            while let Some((_, item)) = self.client.first_item()? {
                self.take(&item.content).await?;
            }
            if let LinkState::Stopped(reason) = seen.link {
                return Err(start::stopped(reason, seen.last_error.as_ref()));
            }
            tokio::select! {
                line = lines.recv() => match line.as_deref().map(str::trim_end) {
                    None | Some("/quit") => return Ok(()),
                    Some("") => self.screen.prompt()?,
                    Some(text) => match self.client.say_text(self.id, text).await {
                        Ok(_) => self.screen.prompt()?,
                        Err(refused) => self.note(&format!("not said: {refused}"))?,
                    },
                },
                event = events.recv() => match event {
                    Ok(Event::Conversation(event)) => self.on_event(&event)?,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return Err(gone()),
                },
                changed = state.changed() => changed.map_err(|_| gone())?,
            }
        }
    }

    async fn take(&self, content: &Content) -> Result<(), Failure> {
        match content {
            Content::Said { conversation, order } => {
                if let Some(said) = self.client.said(*conversation, *order).await? {
                    self.show(&said::line(&said, self.client.keys().account()), &said::as_json(&said))?;
                }
            }
            Content::Gap { count, .. } => self.note(&format!("{count} lost on the way"))?,
            Content::Message { source, payload, .. } => {
                self.note(&format!("{source} sent {} octets, NOT END-TO-END ENCRYPTED", payload.len()))?;
            }
        }
        if self.client.take(Vec::new()).await.is_err() {
            return Err(start::ended(self.client).await);
        }
        Ok(())
    }

    /// What a person is to know of the conversation.
    fn on_event(&self, event: &ConversationEvent) -> Result<(), Failure> {
        match event {
            ConversationEvent::Stands { conversation, stage } if *conversation == self.id => match stage {
                Stage::Left => self.note("this device is no member any more"),
                Stage::Broken => self.note("a member lied about a change: nothing more can be read here"),
                Stage::Behind => {
                    self.note("a change was missed: nothing can be read until this device is added again")
                }
                Stage::Creating | Stage::Member | Stage::AwaitsWelcome | Stage::Joining => Ok(()),
            },
            ConversationEvent::Changed { conversation, by, added, removed, .. }
                if *conversation == self.id =>
            {
                if added.is_empty() && removed.is_empty() {
                    return Ok(());
                }
                self.note(&format!("{by} added {} device(s), removed {}", added.len(), removed.len()))
            }
            ConversationEvent::Unread { conversation, why, .. } if *conversation == self.id => {
                self.note(&format!("something could not be read: {why}"))
            }
            ConversationEvent::Refused { conversation, content, .. } if *conversation == self.id => {
                self.note(&format!("{content} was refused"))
            }
            ConversationEvent::Stands { .. }
            | ConversationEvent::Changed { .. }
            | ConversationEvent::Unread { .. }
            | ConversationEvent::Refused { .. }
            | ConversationEvent::CommitRefused { .. }
            | ConversationEvent::Placed { .. }
            | ConversationEvent::Typing { .. }
            | ConversationEvent::Touched { .. }
            | ConversationEvent::Lacks { .. } => Ok(()),
        }
    }

    fn note(&self, text: &str) -> Result<(), Failure> {
        self.show(&format!("-- {text}"), &json!({ "note": text }))
    }

    fn show(&self, text: &str, json: &serde_json::Value) -> Result<(), Failure> {
        match self.output.form() {
            Form::Text => self.screen.show(text)?,
            Form::Json => self.output.line(text, json)?,
        }
        Ok(())
    }
}
