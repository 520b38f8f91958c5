//! `pinnace chat`: lines to one device, and what it says between them.

use std::io::{self, BufRead, IsTerminal, Write};

use pinnace_client::plain::Plain;
use pinnace_client::store::{PartKey, TransferKey, Write as Change};
use pinnace_client::{
    Client, Content, Destination, Event, InboxItem, ItemNumber, LinkState, Outcome, SendError, SendOptions,
};
use pinnace_wire::DeviceId;
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout_at;

use super::arguments::{Chat, Common};
use super::failure::Failure;
use super::output::{Output, printable};
use super::send::LABEL;
use super::{confer, receipt, start};

/// Lines of an earlier chat that are shown.
pub(crate) const HISTORY_LEN: usize = 20;

/// Lines that wait while the outbox is busy.
const LINES_MAX: usize = 16;

pub(crate) async fn run(common: &Common, task: Chat, output: Output) -> Result<(), Failure> {
    let Some(with) = task.with else { return confer::run(common, &task.place, output).await };
    let client = start::client(common)?;
    let screen = Screen::new();
    start::online(&client, start::deadline(common)).await?;
    output.note(&format!("{LABEL}. To {}; end with /quit or Ctrl-D.", with));
    history(&client, with, &screen)?;
    let outcome = talk(&client, with, &screen).await;
    // What was said last shall leave, if the server lets it.
    let mut state = client.state();
    let _ = timeout_at(
        start::deadline(common),
        state.wait_for(|state| state.backlog == 0 || is_stopped(state.link)),
    )
    .await;
    client.close().await;
    outcome
}

const fn is_stopped(link: LinkState) -> bool {
    matches!(link, LinkState::Stopped(_))
}

async fn talk(client: &Client, with: DeviceId, screen: &Screen) -> Result<(), Failure> {
    let mut lines = lines();
    let mut events = client.events()?;
    let mut state = client.state();
    screen.prompt()?;
    loop {
        let seen = state.borrow_and_update().clone();
        while let Some(item) = client.first_item()? {
            take(client, with, item, screen).await?;
        }
        if let LinkState::Stopped(reason) = seen.link {
            return Err(start::stopped(reason, seen.last_error.as_ref()));
        }
        tokio::select! {
            line = lines.recv() => match line.as_deref().map(str::trim_end) {
                None | Some("/quit") => return Ok(()),
                Some("") => screen.prompt()?,
                Some(text) => match client.send(with, Plain::Text(text).encode(), SendOptions::default()).await {
                    Ok(_) => screen.prompt()?,
                    Err(SendError::Stopped) => return Err(start::ended(client).await),
                    Err(refused) => screen.show(&format!("-- not sent: {refused}"))?,
                },
            },
            event = events.recv() => match event {
                Ok(Event::Outcome { id, outcome }) if outcome != Outcome::Accepted => {
                    screen.show(&format!("-- message {id} was not sent: {outcome:?}"))?;
                }
                Ok(Event::Renumbered { .. }) => {
                    screen.show("-- the server lost its state: what was sent before may be lost")?;
                }
                Ok(event @ Event::Receipt { .. }) => {
                    if let Some(text) = receipt::undelivered(&event) {
                        screen.show(&text)?;
                    }
                }
                // Items are read from the inbox; what a slow terminal missed of the rest is no loss.
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return Err(Failure::refused("the client was closed")),
            },
            changed = state.changed() => changed.map_err(|_| Failure::refused("the client was closed"))?,
        }
    }
}

async fn take(
    client: &Client,
    with: DeviceId,
    (number, item): (ItemNumber, InboxItem),
    screen: &Screen,
) -> Result<(), Failure> {
    let mut writes = Vec::new();
    if let Content::Message { source, payload, .. } = &item.content
        && let Ok(Plain::FilePart(part)) = Plain::decode(payload)
    {
        writes.push(Change::Part {
            key: PartKey {
                file: TransferKey { source: *source, transfer: part.transfer },
                index: part.index,
            },
            count: part.count,
            octets: part.bytes.to_vec(),
            name: (part.index == 0).then(|| part.name.to_owned()),
            number,
        });
    }
    screen.show(&line(&item, with))?;
    match client.take(writes).await {
        Ok(()) => Ok(()),
        Err(_) => Err(start::ended(client).await),
    }
}

/// An item as a line.
fn line(item: &InboxItem, with: DeviceId) -> String {
    match &item.content {
        Content::Gap { count, .. } => format!("-- {count} lost on the way"),
        Content::Said { .. } => {
            "-- something was said in a conversation: see pinnace group history".to_owned()
        }
        Content::Message { source, payload, .. } => {
            let who = if *source == with { "them".to_owned() } else { source.to_string() };
            match Plain::decode(payload) {
                Ok(Plain::Text(text)) => format!("{who}: {}", printable(text)),
                Ok(Plain::FilePart(part)) => {
                    format!(
                        "-- {who} sends a file, part {} of {}: save it with pinnace receive",
                        part.index + 1,
                        part.count
                    )
                }
                Ok(Plain::Opaque(_)) | Err(_) => format!("-- {who} sends {} octets", payload.len()),
            }
        }
    }
}

/// What was said before, as far as it is kept.
fn history(client: &Client, with: DeviceId, screen: &Screen) -> Result<(), Failure> {
    let mut said = Vec::new();
    let taken = client.store().taken()?;
    for (number, item) in client.store().latest_items(HISTORY_LEN)? {
        let is_theirs = matches!(&item.content, Content::Message { source, .. } if *source == with);
        if number <= taken && is_theirs {
            said.push((item.at_ms, line(&item, with)));
        }
    }
    for (_, record) in client.store().latest_messages(HISTORY_LEN)? {
        if record.destination == Destination::Device(with)
            && let Ok(Plain::Text(text)) = Plain::decode(&record.payload)
        {
            said.push((record.at_ms, format!("you: {}", printable(text))));
        }
    }
    said.sort();
    for (_, line) in said.iter().skip(said.len().saturating_sub(HISTORY_LEN)) {
        screen.show(line)?;
    }
    Ok(())
}

/// The lines that a person types. A thread of its own: a terminal cannot be waited for otherwise.
pub(crate) fn lines() -> mpsc::Receiver<String> {
    let (to_chat, lines) = mpsc::channel(LINES_MAX);
    std::thread::spawn(move || {
        for line in io::stdin().lock().split(b'\n') {
            let Ok(line) = line else { return };
            // What is no UTF-8 is sent with its bad octets replaced, as the chat then shows it.
            if to_chat.blocking_send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    lines
}

/// A terminal with a prompt below what was said, or a pipe without one.
pub(crate) struct Screen {
    is_terminal: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { is_terminal: io::stdout().is_terminal() && io::stdin().is_terminal() }
    }

    pub(crate) fn prompt(&self) -> io::Result<()> {
        if !self.is_terminal {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        write!(out, "> ")?;
        out.flush()
    }

    /// A line above the prompt. What a person is typing stays with the terminal and is sent with the next return.
    pub(crate) fn show(&self, line: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.is_terminal {
            write!(out, "\r\x1b[K{line}\n> ")?;
        } else {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}
