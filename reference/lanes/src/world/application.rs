//! The applications of the devices: they say what they have to say, listen, and take what comes; all of it is recorded.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pinnace_client::store::Store;
use pinnace_client::{Client, Content, Event as Told, MessageId, Outcome, SendError, SendOptions, hex};
use pinnace_wire::{DeviceId, ReceiptStatus};
use tokio::sync::broadcast::error::RecvError;

use super::{Device, Failure, Letter};
use crate::history::{Event, Recorder, digest};

/// Messages that a store remembers with their outcome, and items that were taken.
const HISTORY_MAX: usize = 1000;

/// What the devices say.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Messages of a device that wait for their outcome at most.
    pub window: u64,
    /// Octets of a payload behind its head at most; a store remembers no long payloads.
    pub payload_len_max: u64,
    /// Pause between two messages of a device.
    pub pause: Duration,
}

impl Default for Load {
    /// Four messages at once, short ones, without pause.
    fn default() -> Self {
        Self { window: 4, payload_len_max: 2000, pause: Duration::ZERO }
    }
}

/// What the applications of all devices know, whatever crashes under them.
#[derive(Debug)]
pub struct World {
    /// What everybody saw.
    pub recorder: Recorder,
    load: Load,
    ids: Vec<DeviceId>,
    names: Vec<String>,
    lives: Mutex<BTreeMap<usize, Life>>,
}

/// How far a device came.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    /// Which life of its client it is.
    count: u64,
    /// Messages that are durable at the device, or will never be.
    said: u64,
    /// Whether the next one may be durable, too: the client ended under it.
    in_doubt: bool,
}

/// One client, and whose it is.
#[derive(Clone)]
struct Speaker {
    world: Arc<World>,
    place: usize,
    process: String,
    client: Client,
}

impl World {
    /// The world of these devices; its history goes to this file.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub fn new(devices: &[Device], load: Load, history: &Path) -> Result<Arc<Self>, Failure> {
        let recorder = Recorder::create(history).map_err(Failure::io(format!("{}", history.display())))?;
        let ids: Vec<DeviceId> = devices.iter().map(Device::id).collect();
        let names = ids.iter().map(|id| hex::encode(id.as_bytes())).collect();
        Ok(Arc::new(Self { recorder, load, ids, names, lives: Mutex::default() }))
    }

    /// Starts the application of a device, after the device itself was started.
    pub fn run(self: &Arc<Self>, place: usize, device: &Device) {
        let count = self.with_life(place, |life| {
            life.count = life.count.saturating_add(1);
            life.count
        });
        let process = format!("{place}.{count}");
        let speaker = Speaker { world: Arc::clone(self), place, process, client: device.client.clone() };
        device.spawn(speaker.clone().speak());
        device.spawn(speaker.clone().listen());
        device.spawn(speaker.take());
    }

    /// Looks at the stores once more, when all is over: an observation of everything that they remember.
    ///
    /// # Errors
    ///
    /// [`Failure::Client`].
    pub fn look_again(self: &Arc<Self>, devices: &[Device]) -> Result<(), Failure> {
        for (place, device) in devices.iter().enumerate() {
            let process = format!("{place}.end");
            let speaker = Speaker { world: Arc::clone(self), place, process, client: device.client.clone() };
            speaker.look_at_outcomes(Look::Everything)?;
            let items = device.client.store().latest_items(HISTORY_MAX).map_err(of_store)?;
            for (number, item) in items.into_iter().rev() {
                speaker.show(number, &item.content);
            }
        }
        Ok(())
    }

    fn name(&self, place: usize) -> &str {
        self.names.get(place).map_or("", String::as_str)
    }

    fn with_life<T>(&self, place: usize, change: impl FnOnce(&mut Life) -> T) -> T {
        change(self.lives.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default())
    }
}

/// Which outcomes of a store are recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Those that are not in the history.
    New,
    /// All that it remembers.
    Everything,
}

impl Speaker {
    fn record(&self, event: Event) {
        self.world.recorder.record(&self.process, self.world.name(self.place), event);
    }

    async fn speak(self) {
        let mut state = self.client.state();
        loop {
            let load = self.world.load;
            if state.wait_for(|state| state.backlog < load.window).await.is_err() {
                return;
            }
            if !load.pause.is_zero() {
                tokio::time::sleep(load.pause).await;
            }
            let Life { said, in_doubt, .. } = self.world.with_life(self.place, |life| *life);
            let letter = self.letter(said.saturating_add(1));
            if in_doubt && let Some(client_seq) = find(self.client.store(), &letter) {
                self.said(&letter, client_seq);
                continue;
            }
            // What was begun is brought to its end, even if the client crashed under it and the run is over.
            if (!in_doubt && !self.invoke(&letter)) || !self.send(letter).await {
                return;
            }
        }
    }

    fn letter(&self, message: u64) -> Letter {
        Letter::write(self.place, message, self.world.ids.len(), self.world.load.payload_len_max)
    }

    fn invoke(&self, letter: &Letter) -> bool {
        let to = self.world.name(letter.to).to_owned();
        let event =
            Event::Invoke { message: letter.message, to, digest: digest(&letter.payload), expires_s: None };
        // One step: a crash finds both or neither.
        self.world.with_life(self.place, |life| {
            life.in_doubt = self.world.recorder.invoke(&self.process, self.world.name(self.place), event);
            life.in_doubt
        })
    }

    /// Sends; tells whether there is somebody left to send the next one.
    async fn send(&self, letter: Letter) -> bool {
        let Some(to) = self.world.ids.get(letter.to).copied() else { return false };
        match self.client.send(to, letter.payload.clone(), SendOptions::default()).await {
            Ok(MessageId(client_seq)) => {
                self.said(&letter, client_seq.value());
                true
            }
            Err(SendError::Stopped) => false,
            Err(error) => {
                self.record(Event::Fail { message: letter.message, why: error.to_string() });
                self.advance(letter.message);
                true
            }
        }
    }

    fn said(&self, letter: &Letter, client_seq: u64) {
        self.record(Event::Numbered { message: letter.message, client_seq });
        self.advance(letter.message);
    }

    fn advance(&self, message: u64) {
        self.world.with_life(self.place, |life| {
            life.said = message;
            life.in_doubt = false;
        });
    }

    async fn listen(self) {
        let Ok(mut events) = self.client.events() else { return };
        // Listened to before the store is read, so that nothing falls between.
        let mut looked = self.look_at_outcomes(Look::New);
        while looked.is_ok() {
            looked = match events.recv().await {
                Ok(Told::Outcome { id, .. }) => self.look_at(id.0.value(), Look::Everything),
                Ok(Told::Receipt { ranges, .. }) => ranges.iter().try_for_each(|range| {
                    let first = range.first.value();
                    let numbers = first..first.saturating_add(range.count.value());
                    numbers.into_iter().try_for_each(|seq| self.look_at(seq, Look::Everything))
                }),
                Ok(
                    Told::Renumbered { .. }
                    | Told::Arrived { .. }
                    | Told::Conversation(_)
                    | Told::KeysLow { .. }
                    | Told::DevicesRefused { .. }
                    | Told::Ephemeral { .. },
                ) => Ok(()),
                Err(RecvError::Lagged(_)) => self.look_at_outcomes(Look::New),
                Err(RecvError::Closed) => return,
            };
        }
    }

    fn look_at_outcomes(&self, look: Look) -> Result<(), Failure> {
        let messages = self.client.store().latest_messages(HISTORY_MAX).map_err(of_store)?;
        messages.iter().rev().try_for_each(|(seq, _)| self.look_at(*seq, look))
    }

    /// Records what the store knows of a message: its outcome, and its receipt.
    fn look_at(&self, client_seq: u64, look: Look) -> Result<(), Failure> {
        let Some(record) = self.client.store().message(client_seq).map_err(of_store)? else { return Ok(()) };
        let Some(message) = Letter::message_of(&record.payload) else { return Ok(()) };
        let is_known = self.world.recorder.is_settled(self.world.name(self.place), message);
        if look == Look::Everything || !is_known {
            match record.outcome {
                None => {}
                Some(Outcome::Accepted) => self.record(Event::Ok { message }),
                Some(Outcome::Refused(code)) => {
                    self.record(Event::Fail { message, why: format!("refused: {code:?}") });
                }
                Some(Outcome::Voided) => self.record(Event::Fail { message, why: "voided".to_owned() }),
                Some(Outcome::Unknown(_)) => self.record(Event::Unknown { message }),
            }
        }
        if record.receipt == Some(ReceiptStatus::DELIVERED) {
            self.record(Event::Receipt { message });
        }
        Ok(())
    }

    async fn take(self) {
        let mut state = self.client.state();
        loop {
            while let Ok(Some((number, item))) = self.client.first_item() {
                self.show(number, &item.content);
                if self.client.take(Vec::new()).await.is_err() {
                    return;
                }
                self.record(Event::Acked { item: number });
            }
            if state.changed().await.is_err() {
                return;
            }
        }
    }

    fn show(&self, item: u64, content: &Content) {
        self.record(match content {
            Content::Message { source, payload, .. } => Event::Received {
                item,
                from: hex::encode(source.as_bytes()),
                message: Letter::message_of(payload),
                digest: digest(payload),
            },
            // The devices of the lanes are in no conversation.
            Content::Said { .. } => return,
            Content::Gap { count, reason } => Event::Gap { item, count: *count, reason: reason.value() },
        });
    }
}

/// The number of a letter that the store has, if it is among the latest.
fn find(store: &Store, letter: &Letter) -> Option<u64> {
    const LATEST: usize = 16;
    let latest = store.latest_messages(LATEST).ok()?;
    latest.into_iter().find(|(_, record)| record.payload == letter.payload).map(|(seq, _)| seq)
}

#[expect(clippy::needless_pass_by_value, reason = "the end of an error")]
fn of_store(error: pinnace_client::StoreError) -> Failure {
    Failure::Client(format!("store of a device: {error}"))
}
