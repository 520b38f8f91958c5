//! `pinnace receive`

use std::path::Path;

use pinnace_client::plain::Plain;
use pinnace_client::store::{PartKey, StoredFile, TransferKey, Write};
use pinnace_client::{Client, Content, Event, InboxItem, ItemNumber, LinkState, State, files, hex};
use pinnace_wire::DeviceId;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::{Instant, timeout_at};

use super::arguments::{Common, Receive};
use super::failure::Failure;
use super::output::{Output, printable};
use super::send::LABEL;
use super::{receipt, said, start};

pub(crate) async fn run(common: &Common, task: Receive, output: Output) -> Result<(), Failure> {
    if let Some(directory) = &task.save_dir {
        std::fs::create_dir_all(directory)
            .map_err(|error| Failure::usage(format!("{}: {error}", directory.display())))?;
    }
    let client = start::client(common)?;
    let directory = task.save_dir.as_deref();
    let mut events = client.events()?;
    let mut printed = save_complete(&client, Which::All, directory, output).await?;
    // What is here already can be read without a server.
    let deadline = start::deadline(common);
    let outcome = collect((&client, &mut events), &task, &mut printed, output, deadline).await;
    client.close().await;
    outcome
}

async fn collect(
    (client, events): (&Client, &mut Receiver<Event>),
    task: &Receive,
    printed: &mut u64,
    output: Output,
    deadline: Instant,
) -> Result<(), Failure> {
    let mut state = client.state();
    let mut reached = Reached::No;
    loop {
        // Marked as seen before the inbox is read, so that nothing that comes meanwhile is missed.
        let seen = state.borrow_and_update().clone();
        while let Some(event) = heard(events) {
            receipt::show(&event, output)?;
        }
        while let Some((number, item)) = client.first_item()? {
            if task.count.is_some_and(|count| *printed >= count) {
                return Ok(());
            }
            *printed += show(client, task, (number, item), output).await?;
        }
        if task.count.is_some_and(|count| *printed >= count) {
            return Ok(());
        }
        if let LinkState::Stopped(reason) = seen.link {
            return Err(start::stopped(reason, seen.last_error.as_ref()));
        }
        if seen.link == LinkState::Online {
            reached = Reached::Once;
        }
        if seen.link == LinkState::Unregistered {
            return Err(start::unregistered(&seen));
        }
        if task.count.is_none() && !task.follow && is_empty(&seen) {
            return Ok(());
        }
        let gone = |_| Failure::refused("the client was closed");
        if task.follow && reached == Reached::Once {
            state.changed().await.map_err(gone)?;
        } else {
            let changed = timeout_at(deadline, state.changed()).await;
            changed.map_err(|_| late(&seen, reached))?.map_err(gone)?;
        }
    }
}

/// What the client told since it was asked last. What a slow reader missed stands in the outbox.
fn heard(events: &mut Receiver<Event>) -> Option<Event> {
    loop {
        match events.try_recv() {
            Ok(event) => return Some(event),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
        }
    }
}

/// Everything that the mailbox held when the session began is here.
fn is_empty(state: &State) -> bool {
    state.link == LinkState::Online && state.cursor >= state.mailbox_last && state.untaken == 0
}

fn late(state: &State, reached: Reached) -> Failure {
    match reached {
        Reached::No => Failure::unreachable(state.last_error.as_ref()),
        Reached::Once => Failure::no_answer("not everything came in time"),
    }
}

/// Whether the server was there at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    No,
    Once,
}

/// Prints one item and takes it; gives how many messages that was.
async fn show(
    client: &Client,
    task: &Receive,
    (number, item): (ItemNumber, InboxItem),
    output: Output,
) -> Result<u64, Failure> {
    let mut with = Vec::new();
    let mut file = None;
    let mut count = 1;
    match &item.content {
        Content::Gap { count: lost, reason } => {
            count = 0;
            output.line(
                &format!("-- {lost} lost on the way (reason {reason})"),
                &json!({ "gap": { "item": item.mailbox_seq.value(), "count": lost, "reason": reason.value() } }),
            )?;
        }
        // What is gone by now was there, and says so.
        Content::Said { conversation, order } => match client.said(*conversation, *order).await? {
            Some(found) => said::show(&found, client.keys().account(), output)?,
            None => count = 0,
        },
        Content::Message { source, payload, .. } => match Plain::decode(payload) {
            Ok(Plain::FilePart(part)) => {
                count = 0;
                let key = TransferKey { source: *source, transfer: part.transfer };
                file = Some(key);
                with.push(Write::Part {
                    key: PartKey { file: key, index: part.index },
                    count: part.count,
                    octets: part.bytes.to_vec(),
                    name: (part.index == 0).then(|| part.name.to_owned()),
                    number,
                });
            }
            Ok(Plain::Text(text)) => print_text(&item, *source, text, output)?,
            Ok(Plain::Opaque(octets)) => print_octets(&item, *source, octets, output)?,
            // Another client's form is shown rather than lost.
            Err(_) => print_octets(&item, *source, payload, output)?,
        },
    }
    if client.take(with).await.is_err() {
        return Err(start::ended(client).await);
    }
    if let Some(key) = file {
        count += save_complete(client, Which::One(key), task.save_dir.as_deref(), output).await?;
    }
    Ok(count)
}

fn print_text(item: &InboxItem, source: DeviceId, text: &str, output: Output) -> Result<(), Failure> {
    output.line(
        &format!("{source}: {}", printable(text)),
        &json!({
            "message": {
                "item": item.mailbox_seq.value(), "from": source.to_string(), "at_ms": item.at_ms, "text": text,
            },
            "label": LABEL,
        }),
    )?;
    Ok(())
}

fn print_octets(item: &InboxItem, source: DeviceId, octets: &[u8], output: Output) -> Result<(), Failure> {
    output.line(
        &format!("{source}: {} octets", octets.len()),
        &json!({
            "message": {
                "item": item.mailbox_seq.value(), "from": source.to_string(), "at_ms": item.at_ms,
                "octets": hex::encode(octets),
            },
            "label": LABEL,
        }),
    )?;
    Ok(())
}

/// Which files are looked at.
#[derive(Clone, Copy)]
enum Which {
    /// Those of earlier commands; one that is not saved now either is no news.
    All,
    /// That of the part that just came.
    One(TransferKey),
}

/// Saves the files that are complete, or says that they are here; gives how many are news.
async fn save_complete(
    client: &Client,
    which: Which,
    directory: Option<&Path>,
    output: Output,
) -> Result<u64, Failure> {
    let mut count = 0;
    let is_looked_at = |file: &StoredFile| match which {
        Which::All => true,
        Which::One(key) => file.key == key,
    };
    let complete = client.store().files()?.into_iter().filter(StoredFile::is_complete);
    for file in complete.filter(is_looked_at) {
        let name = printable(file.name.as_deref().unwrap_or_default());
        let source = file.key.source;
        let is_news = directory.is_some() || matches!(which, Which::One(_));
        count += u64::from(is_news);
        match directory {
            Some(directory) => {
                let path = files::save(client, &file, directory).await?;
                output.line(
                    &format!("{source}: file {}", path.display()),
                    &json!({
                        "file": { "from": source.to_string(), "name": file.name, "path": path.to_string_lossy() },
                        "label": LABEL,
                    }),
                )?;
            }
            None => output.line(
                &format!("{source}: file {name:?} is here: receive it with --save-dir"),
                &json!({ "file": { "from": source.to_string(), "name": file.name, "path": null }, "label": LABEL }),
            )?,
        }
    }
    Ok(count)
}
