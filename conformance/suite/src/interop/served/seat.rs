//! One device: its session with the server, its adapter, and what it has still to hear.

use core::time::Duration;
use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::ctx::Ctx;
use crate::hex;
use crate::interop::adapter::{Adapter, text};
use crate::interop::fault::{Fault, expect};
use crate::peer::seen::Entry;
use crate::peer::{Device, Opening, Seen, Session};

/// Longest wait for a frame: a server beside busy adapters may be slow.
const FRAME_WAIT: Duration = Duration::from_secs(10);

/// An entry that a device has to get, and what it is to make of it.
pub(super) struct Due {
    pub(super) entry: Entry,
    pub(super) then: Then,
}

/// What a device makes of an entry.
pub(super) enum Then {
    /// It reads this.
    Reads { content: String },
    /// It applies a commit with this authenticated data.
    Applies { aad: String },
    /// The same, and is out of the group.
    IsRemoved { aad: String },
    /// Its own commit is in force.
    Confirms,
    /// It joins by the Welcome.
    Joins,
    /// Nothing: it knew that already, or it is for its owner to read.
    Knows,
}

/// A device of a story.
pub(super) struct Seat<'a> {
    pub(super) device: &'a Device,
    pub(super) adapter: Adapter,
    /// The epoch of its group, as far as it has heard.
    pub(super) epoch: u64,
    /// What the server owes it, in order.
    pub(super) due: VecDeque<Due>,
    /// Its group is gone; what comes before it has joined anew means nothing to it.
    pub(super) is_lost: bool,
    session: Option<Session<'a>>,
}

impl<'a> Seat<'a> {
    pub(super) const fn new(device: &'a Device, adapter: Adapter) -> Self {
        Self { device, adapter, epoch: 0, due: VecDeque::new(), is_lost: false, session: None }
    }

    /// Opens a session.
    pub(super) fn come(&mut self, ctx: &'a Ctx) -> Result<(), Fault> {
        let mut session = Opening::new(ctx, self.device).open()?;
        session.conn().set_wait(FRAME_WAIT).map_err(crate::case::Halt::from)?;
        self.session = Some(session);
        Ok(())
    }

    /// Its connection breaks.
    pub(super) fn leave(&mut self) {
        self.session = None;
    }

    pub(super) const fn is_here(&self) -> bool {
        self.session.is_some()
    }

    pub(super) fn session(&mut self) -> Result<&mut Session<'a>, Fault> {
        let name = &self.adapter.name;
        self.session.as_mut().ok_or_else(|| Fault::device(name, "session", "it is not connected".to_owned()))
    }

    /// Hears what it is owed, acknowledges it, and hands it to its adapter.
    pub(super) fn catch_up(&mut self, group: &str) -> Result<(), Fault> {
        while let Some(due) = self.due.pop_front() {
            let (mailbox_seq, entry) = self.entry()?;
            expect(&format!("what {} hears", self.adapter.name), &due.entry, &entry)?;
            self.take(group, &due)?;
            // Only now: what was not acknowledged comes again.
            self.session()?.ack(mailbox_seq);
        }
        Ok(())
    }

    /// The next entry; that few KeyPackages are left may be told before it.
    fn entry(&mut self) -> Result<(u64, Entry), Fault> {
        loop {
            match self.session()?.item() {
                Seen::Entry { mailbox_seq, entry } => return Ok((mailbox_seq, *entry)),
                Seen::KeysLow { mailbox_seq, .. } => self.session()?.ack(mailbox_seq),
                other => {
                    let due = "an ENTRY".to_owned();
                    let what = format!("what {} hears", self.adapter.name);
                    return Err(Fault::Differs { what, expected: due, found: format!("{other:?}") });
                }
            }
        }
    }

    fn take(&mut self, group: &str, due: &Due) -> Result<(), Fault> {
        let payload = hex::encode(&due.entry.payload.0);
        match &due.then {
            Then::Knows => Ok(()),
            Then::Reads { .. } | Then::Applies { .. } if self.is_lost => Ok(()),
            Then::Reads { content } => {
                let heard = self.process(group, &payload)?;
                self.is("kind of what was heard", "message", &heard, "kind")?;
                self.is("content", content, &heard, "content")?;
                self.is("authenticated data", MESSAGE_AAD, &heard, "aad")
            }
            Then::Applies { aad } => {
                let heard = self.process(group, &payload)?;
                self.is("kind of what was heard", "commit", &heard, "kind")?;
                self.is("authenticated data", aad, &heard, "aad")?;
                self.is_next_epoch(&heard)
            }
            Then::IsRemoved { aad } => {
                let heard = self.process(group, &payload)?;
                self.is("kind of what was heard", "removed", &heard, "kind")?;
                self.is("authenticated data", aad, &heard, "aad")
            }
            Then::Confirms => {
                self.is_lost = false;
                let heard = self.ask(group, "confirm", json!({}))?;
                self.is_next_epoch(&heard)
            }
            Then::Joins => {
                let heard = self.ask(group, "join", json!({ "welcome": payload }))?;
                self.is("the group joined", group, &heard, "group")?;
                self.epoch = epoch_of(&heard);
                Ok(())
            }
        }
    }

    fn process(&mut self, group: &str, message: &str) -> Result<Value, Fault> {
        self.ask(group, "process", json!({ "message": message }))
    }

    fn is_next_epoch(&mut self, heard: &Value) -> Result<(), Fault> {
        self.epoch = self.epoch.saturating_add(1);
        expect(&format!("epoch of {}", self.adapter.name), &self.epoch, &epoch_of(heard))
    }

    fn is(&self, what: &str, expected: &str, answer: &Value, field: &str) -> Result<(), Fault> {
        expect(&format!("{what}, at {}", self.adapter.name), expected, &text(answer, field)?)
    }

    /// Asks its adapter about the group.
    pub(super) fn ask(&mut self, group: &str, what: &str, mut request: Value) -> Result<Value, Fault> {
        if let Some(fields) = request.as_object_mut() {
            fields.insert("do".into(), what.into());
            fields.insert("group".into(), group.into());
        }
        self.adapter.ask(request)
    }

    /// Nothing is on its way to it, its KeyPackages apart.
    pub(super) fn is_quiet(&mut self) -> Result<(), Fault> {
        let what = format!("what {} hears", self.adapter.name);
        let mut heard = self.session()?.fence();
        heard.retain(|seen| !matches!(seen, Seen::KeysLow { .. }));
        expect(&what, &Vec::new(), &heard)
    }
}

/// The structure `message_aad`, in hex.
pub(super) const MESSAGE_AAD: &str = "01";

/// The epoch of an answer; no group has the one that stands for none.
pub(super) fn epoch_of(answer: &Value) -> u64 {
    answer.get("epoch").and_then(Value::as_u64).unwrap_or(u64::MAX)
}
