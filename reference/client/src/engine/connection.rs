//! The connection of the engine, and what may happen to it.

use pinnace_session::ClientSession;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::command::Command;
use crate::link::{Connecting, Link, LinkError};

/// The connection of the engine.
pub(super) enum Connection {
    /// None.
    Down,
    /// One in the making.
    Connecting(Connecting),
    /// One with a session on it.
    Up(Box<Up>),
}

/// A connection with a session on it.
pub(super) struct Up {
    pub(super) session: ClientSession,
    pub(super) link: Link,
    /// A record that waits until the link takes it.
    pub(super) leaving: Option<Vec<u8>>,
}

/// Whether items may be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// They may.
    Left,
    /// The inbox is full.
    None,
}

/// What happened.
pub(super) enum Happened {
    /// The application asks for something; `None` when no application is left.
    Command(Option<Command>),
    /// The attempt to connect came to its end.
    Linked(Result<Link, LinkError>),
    /// A record arrived.
    Record(Vec<u8>),
    /// The connection ended.
    Lost(Option<LinkError>),
    /// The link took the record that was leaving.
    Left,
    /// The time came.
    Timer,
}

impl Connection {
    /// Waits for the next thing to happen.
    pub(super) async fn happen(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        deadline: Option<Instant>,
        room: Room,
    ) -> Happened {
        let timer = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => core::future::pending().await,
            }
        };
        match self {
            Self::Down => tokio::select! {
                command = commands.recv() => Happened::Command(command),
                () = timer => Happened::Timer,
            },
            Self::Connecting(attempt) => tokio::select! {
                command = commands.recv() => Happened::Command(command),
                link = attempt => Happened::Linked(link),
                () = timer => Happened::Timer,
            },
            Self::Up(up) => {
                let Up { session, link, leaving } = &mut **up;
                let Link { incoming, outgoing, .. } = link;
                tokio::select! {
                    command = commands.recv() => Happened::Command(command),
                    record = incoming.recv(), if session.wants_record() && room == Room::Left => match record {
                        Some(Ok(record)) => Happened::Record(record),
                        Some(Err(error)) => Happened::Lost(Some(error)),
                        None => Happened::Lost(None),
                    },
                    permit = outgoing.reserve(), if leaving.is_some() => match permit {
                        Ok(permit) => {
                            if let Some(record) = leaving.take() {
                                permit.send(record);
                            }
                            Happened::Left
                        }
                        Err(_) => Happened::Lost(None),
                    },
                    () = timer => Happened::Timer,
                }
            }
        }
    }
}

impl Up {
    /// Hands what the session has to say to the link, until one of them has had enough.
    pub(super) fn transmit(&mut self) {
        loop {
            if self.leaving.is_none() {
                let mut record = Vec::new();
                self.leaving = self.session.poll_transmit(&mut record).map(|_| record);
            }
            let Some(record) = self.leaving.take() else { return };
            match self.link.outgoing.try_send(record) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(record)) => {
                    self.leaving = Some(record);
                    return;
                }
                // The reading side tells of the end.
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
        }
    }
}
