//! `pinnace send`

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use pinnace_client::identity::Standing;
use pinnace_client::plain::{FilePart, PART_COUNT_MAX, Plain, part_len};
use pinnace_client::{Client, LinkState, MessageId, Outcome, Random, SendError, SendOptions, SystemRandom};
use pinnace_session::ReceiptWish;
use pinnace_wire::DeviceId;
use pinnace_wire::limits::PAYLOAD_LEN;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::arguments::{Common, Send};
use super::failure::Failure;
use super::output::Output;
use super::start;

/// What people must know, each time.
pub(crate) const LABEL: &str = "NOT END-TO-END ENCRYPTED";

pub(crate) async fn run(common: &Common, task: Send, output: Output) -> Result<(), Failure> {
    let options = SendOptions {
        class: None,
        expires_in_s: task.expires_in,
        receipt: if task.no_receipt { ReceiptWish::Unwanted } else { ReceiptWish::Wanted },
    };
    let text = text(&task)?;
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    output.note(LABEL);
    let ids = match (&task.file, text) {
        (Some(path), _) => {
            // Parts of a file are numbered only for a server that takes them.
            start::online(&client, deadline).await.map_err(|late| late.and("nothing was kept"))?;
            send_file(&client, task.to, path, options, deadline).await?
        }
        (None, Some(text)) => {
            // Nothing is numbered for a device that is not registered.
            if client.store().kept()?.device.standing == Standing::New {
                start::online(&client, deadline).await.map_err(|late| late.and("nothing was kept"))?;
            }
            vec![send_text(&client, task.to, &text, options, deadline).await?]
        }
        (None, None) => Vec::new(),
    };
    let outcome = outcome(&client, &ids, output, deadline).await;
    client.close().await;
    outcome
}

/// The text to send, from the command line or from the standard input.
fn text(task: &Send) -> Result<Option<String>, Failure> {
    if task.file.is_some() {
        return Ok(None);
    }
    if !task.text.is_empty() {
        return some_text(task.text.join(" "));
    }
    // One octet more than a message can have: what is too long is refused, not cut.
    let mut octets = Vec::new();
    io::stdin().lock().take(PAYLOAD_LEN as u64 + 1).read_to_end(&mut octets)?;
    if octets.len() > PAYLOAD_LEN {
        return Err(Failure::usage(SendError::TooLong { len_max: PAYLOAD_LEN }));
    }
    let text = String::from_utf8(octets).map_err(|_| Failure::usage("the standard input is not UTF-8"))?;
    some_text(text.trim_end_matches('\n').to_owned())
}

/// A text message has at least one octet (Plain payload).
fn some_text(text: String) -> Result<Option<String>, Failure> {
    if text.is_empty() { Err(Failure::usage("nothing to send")) } else { Ok(Some(text)) }
}

/// Keeps a text, then waits for the server that takes it.
async fn send_text(
    client: &Client,
    to: DeviceId,
    text: &str,
    options: SendOptions,
    deadline: Instant,
) -> Result<MessageId, Failure> {
    let id = match client.send(to, Plain::Text(text).encode(), options).await {
        Err(SendError::Stopped) => return Err(start::ended(client).await),
        sent => sent?,
    };
    let kept = format!("message {id} is kept: it goes with the next command");
    start::online(client, deadline).await.map_err(|late| late.and(&kept))?;
    Ok(id)
}

/// Waits for the outcome of each message, in order.
async fn outcome(
    client: &Client,
    ids: &[MessageId],
    output: Output,
    deadline: Instant,
) -> Result<(), Failure> {
    let mut refused = None;
    for id in ids {
        let outcome = settled(client, *id, deadline).await?;
        let text = match outcome {
            Outcome::Accepted => "accepted".to_owned(),
            Outcome::Voided => "voided".to_owned(),
            Outcome::Refused(code) | Outcome::Unknown(Some(code)) => {
                code.known().map_or_else(|| format!("code {code}"), |code| format!("{code:?}"))
            }
            Outcome::Unknown(None) => "handled, outcome unknown".to_owned(),
        };
        if outcome != Outcome::Accepted {
            refused = Some(format!("message {id}: {text}"));
        }
        let is_accepted = outcome == Outcome::Accepted;
        output.line(
            &format!("message {id}: {text}"),
            &json!({ "outcome": { "id": id.0.value(), "accepted": is_accepted, "is": text }, "label": LABEL }),
        )?;
    }
    refused.map_or(Ok(()), |refused| Err(Failure::refused(refused)))
}

pub(crate) async fn settled(client: &Client, id: MessageId, deadline: Instant) -> Result<Outcome, Failure> {
    let mut state = client.state();
    let stopped = state.wait_for(|state| matches!(state.link, LinkState::Stopped(_)));
    tokio::select! {
        biased;
        outcome = client.outcome(id) => Ok(outcome?),
        stopped = stopped => Err(stopped.map_or_else(
            |_| Failure::refused("the client was closed"),
            |state| match state.link {
                LinkState::Stopped(reason) => start::stopped(reason, state.last_error.as_ref()),
                LinkState::Offline | LinkState::Connecting | LinkState::Unregistered | LinkState::Online => {
                    Failure::refused("the client was closed")
                }
            },
        )),
        () = tokio::time::sleep_until(deadline) => Err(Failure::no_answer(format!(
            "message {id} is kept and has no answer yet: it goes with the next command"
        ))),
    }
}

async fn send_file(
    client: &Client,
    to: DeviceId,
    path: &Path,
    options: SendOptions,
    deadline: Instant,
) -> Result<Vec<MessageId>, Failure> {
    let at = |error: io::Error| Failure::usage(format!("{}: {error}", path.display()));
    // The number of parts stands in each of them, so that the length must be known; and a pipe may never open.
    let metadata = std::fs::metadata(path).map_err(at)?;
    if !metadata.is_file() {
        return Err(Failure::usage(format!("{}: only a regular file can be sent", path.display())));
    }
    let mut file = File::open(path).map_err(at)?;
    let len = metadata.len();
    let part_len = part_len(PAYLOAD_LEN) as u64;
    let count = len.div_ceil(part_len).max(1);
    if count > PART_COUNT_MAX {
        return Err(Failure::usage(format!(
            "{} is longer than {} octets",
            path.display(),
            PART_COUNT_MAX * part_len
        )));
    }
    let name = pinnace_client::files::safe_name(&path.file_name().unwrap_or_default().to_string_lossy());
    let mut transfer = [0; 8];
    SystemRandom.fill(&mut transfer);
    let mut ids = Vec::new();
    for index in 0..count {
        let mut bytes = Vec::new();
        (&mut file).take(part_len).read_to_end(&mut bytes).map_err(at)?;
        let expected = part_len.min(len - index * part_len);
        // The last part is followed by the end, and by nothing that would be left out.
        let is_longer = index + 1 == count && file.read(&mut [0]).map_err(at)? > 0;
        if bytes.len() as u64 != expected || is_longer {
            return Err(Failure::refused(format!(
                "{} changed while it was sent: send it again",
                path.display()
            )));
        }
        let name = if index == 0 { name.as_str() } else { "" };
        let part = Plain::FilePart(FilePart { transfer, index, count, name, bytes: &bytes }).encode();
        ids.push(send_when_there_is_room(client, to, part, options, deadline).await?);
    }
    Ok(ids)
}

async fn send_when_there_is_room(
    client: &Client,
    to: DeviceId,
    payload: Vec<u8>,
    options: SendOptions,
    deadline: Instant,
) -> Result<MessageId, Failure> {
    let mut state = client.state();
    loop {
        let backlog = state.borrow_and_update().backlog;
        match client.send(to, payload.clone(), options).await {
            Err(SendError::OutboxFull) => {
                let room = timeout_at(deadline, state.wait_for(|state| state.backlog < backlog)).await;
                room.map_err(|_| Failure::no_answer("the server takes no more in time"))
                    .and_then(|room| room.map(drop).map_err(|_| Failure::refused("the client was closed")))?;
            }
            Err(SendError::Stopped) => return Err(start::ended(client).await),
            sent => return Ok(sent?),
        }
    }
}
