//! `pinnace say`: to a conversation, end-to-end encrypted.

use pinnace_client::Client;
use pinnace_client::conversation::{Fate, SayOptions, Uttered};
use pinnace_content::{ContentId, Kind, Receipt, ReceiptKind, Reference, Text};
use pinnace_wire::{AccountId, ConversationId};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::arguments::{Common, Say, Where};
use super::failure::Failure;
use super::output::Output;
use super::start;

/// What a program is told, each time.
pub(crate) const LABEL: &str = "END-TO-END ENCRYPTED";

pub(crate) async fn run(common: &Common, task: Say, output: Output) -> Result<(), Failure> {
    let text = task.text.join(" ");
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    start::online(&client, deadline).await.map_err(|late| late.and("nothing was kept"))?;
    let id = place(&client, &task.place, deadline).await?;
    let own = client.keys().account();
    let kind = kind(&task, &text, own)?;
    let options = SayOptions { reply_to: task.reply_to, disappear_s: task.disappear, view_once: false };
    let said = client.say(id, kind, options).await?;
    let outcome = told(&client, said, output, deadline).await;
    client.close().await;
    outcome
}

/// The conversation that is meant; one with an account is made where there is none.
pub(crate) async fn place(
    client: &Client,
    place: &Where,
    deadline: Instant,
) -> Result<ConversationId, Failure> {
    let opened = async {
        match (place.to, place.conversation) {
            (Some(account), _) => client.open_direct(account).await.map_err(Failure::from),
            (None, Some(id)) => Ok(id),
            (None, None) => Err(Failure::usage("say to whom: --to ACCOUNT or --in CONVERSATION")),
        }
    };
    let late = |_| Failure::no_answer("the server did not answer in time; nothing was said");
    timeout_at(deadline, opened).await.map_err(late)?
}

fn kind(task: &Say, text: &str, own: AccountId) -> Result<Kind, Failure> {
    let no_text = || if text.is_empty() { Ok(()) } else { Err(Failure::usage("this takes no text")) };
    if let Some(target) = task.react {
        return Ok(Kind::Reaction { target, sign: text.to_owned() });
    }
    if let Some(target) = task.edit {
        return Ok(Kind::Edit { target, text: Text::plain(text) });
    }
    if !task.delete.is_empty() {
        no_text()?;
        return Ok(Kind::Delete { targets: task.delete.clone() });
    }
    if let Some(seconds) = task.timer {
        no_text()?;
        return Ok(Kind::Timer { seconds });
    }
    if let Some(Reference { author, id }) = task.read {
        no_text()?;
        if author == own {
            return Err(Failure::usage("nobody tells himself that he has read"));
        }
        return Ok(Kind::Receipt(Receipt { kind: ReceiptKind::Read, author, ids: vec![id] }));
    }
    if text.is_empty() { Err(Failure::usage("nothing to say")) } else { Ok(Kind::Text(Text::plain(text))) }
}

/// Waits for its place, and tells.
pub(crate) async fn told(
    client: &Client,
    said: Uttered,
    output: Output,
    deadline: Instant,
) -> Result<(), Failure> {
    let Uttered { conversation, id, order } = said;
    let fate = timeout_at(deadline, client.fate(said)).await.map_err(|_| {
        Failure::no_answer(format!("{id} is kept and has no place yet: it goes with the next command"))
    })??;
    let seq = client.said(conversation, order).await?.and_then(|said| said.seq);
    let is_placed = fate == Fate::Placed;
    let text = if is_placed { "said" } else { "refused" };
    output.line(
        &format!("{id}: {text}"),
        &json!({
            "said": {
                "conversation": hex(conversation), "id": id.to_string(), "order": order, "seq": seq,
                "accepted": is_placed,
            },
            "label": LABEL,
        }),
    )?;
    if is_placed { Ok(()) } else { Err(Failure::refused(format!("{id} was refused"))) }
}

/// A conversation as it is written.
pub(crate) fn hex(id: ConversationId) -> String {
    pinnace_client::hex::encode(id.as_bytes())
}

/// An account and an id, as they are written: `ACCOUNT:ID`.
pub(crate) fn reference(text: &str) -> Result<Reference, &'static str> {
    let parts = text.split_once(':').and_then(|(author, id)| {
        Some(Reference {
            author: AccountId::new(pinnace_client::hex::array(author)?),
            id: ContentId(pinnace_client::hex::array(id)?),
        })
    });
    parts.ok_or("something that was said is ACCOUNT:ID, each of 32 hexadecimal digits")
}
