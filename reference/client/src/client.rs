//! The handle of a running client.

use core::fmt;
use std::sync::Arc;

use pinnace_session::client::ClientLimits;
use pinnace_session::{Grease, RealmId};
use pinnace_wire::{Activity, DeviceEntry, DeviceId};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::address::ServerAddress;
use crate::engine::command::{
    Command, RegisterAnswer, RegisterError, RegisterStep, Reply, SendError, VoidError,
};
use crate::engine::{Ends, Engine, Runner, Setting};
use crate::item::{InboxItem, ItemNumber};
use crate::judge::{Judge, take_all};
use crate::keys::Keys;
use crate::link::{Connect, Network};
use crate::message::{MessageId, Outcome, SendOptions};
use crate::observe::Observe;
use crate::random::{Random, SystemRandom};
use crate::state::{Event, State, StopReason};
use crate::store::{Kept, Store, StoreError, Write};

/// Requests that wait for the engine at most; the next one waits for room.
const COMMANDS_MAX: usize = 256;

/// Events that wait for a slow listener at most; it then hears how many it missed.
const EVENTS_MAX: usize = 1024;

/// What an application decides about its client.
pub struct Config {
    /// Where the server is. `None`: where the store says.
    pub server: Option<ServerAddress>,
    /// The realm. `None`: what the address says, or the store.
    pub realm: Option<RealmId>,
    /// What the client calls itself towards the server, 1 to 64 octets.
    pub agent: String,
    /// Whether a person is looking.
    pub activity: Activity,
    /// Timers and windows of the session.
    pub limits: ClientLimits,
    /// Whether reserved values are sent (EXT-002).
    pub grease: Grease,
    /// How to connect.
    pub connect: Box<dyn Connect>,
    /// Where random octets come from.
    pub random: Box<dyn Random>,
    /// Is shown keys and records, for debugging; `None` in all other cases.
    pub observe: Option<Box<dyn Observe>>,
    /// Which payloads are taken.
    pub judge: Judge,
}

/// Why a client does not start.
#[derive(Debug)]
pub enum StartError {
    /// Neither configuration nor store name a server.
    NoServer,
    /// Neither configuration nor store name the realm.
    NoRealm,
    /// The store belongs to another realm.
    OtherRealm {
        /// The realm of the store.
        kept: RealmId,
    },
    /// The store does not work.
    Store(StoreError),
}

/// The client does not run any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// A running client. Clones share it; when the last one is gone the session is closed and the engine ends.
#[derive(Clone, Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    events: broadcast::WeakSender<Event>,
    state: watch::Receiver<State>,
    store: Arc<Store>,
    keys: Keys,
}

impl Default for Config {
    /// The server of the store, over the network.
    fn default() -> Self {
        Self {
            server: None,
            realm: None,
            agent: concat!("pinnace ", env!("CARGO_PKG_VERSION")).to_owned(),
            activity: Activity::Foreground,
            limits: ClientLimits::default(),
            grease: Grease::Sent,
            connect: Box::new(Network),
            random: Box::new(SystemRandom),
            observe: None,
            judge: take_all,
        }
    }
}

impl Client {
    /// Starts a client on this store. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StartError`]; a store belongs to one realm, and its device to one server's home.
    pub fn start(config: Config, store: Store) -> Result<Self, StartError> {
        let kept = store.kept()?;
        let (address, realm) = whereto(&config, &kept)?;
        let (to_engine, commands) = mpsc::channel(COMMANDS_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let store = Arc::new(store);
        let keys = kept.keys.clone();
        let Config { agent, activity, limits, grease, connect, random, observe, judge, .. } = config;
        let setting = Setting { address, realm, agent, activity, limits, grease, random, observe, judge };
        let (state, watched) = watch::channel(State::starting(&kept));
        let weak = events.downgrade();
        let engine = Engine::new(setting, Arc::clone(&store), kept);
        let ends = Ends { commands, events, state };
        tokio::spawn(Runner::new(engine, Arc::clone(&store), ends, connect).run());
        Ok(Self { commands: to_engine, events: weak, state: watched, store, keys })
    }

    /// The keys of this device, as they were when the client started: one that is linked since has the account's identity key in
    /// the store.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The id of this device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.keys.device_id()
    }

    /// The store, for reading.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How the client stands, to be watched.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// What happens from now on. A listener that lags hears how many events it missed; the store has the truth.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub fn events(&self) -> Result<broadcast::Receiver<Event>, Stopped> {
        self.events.upgrade().map(|events| events.subscribe()).ok_or(Stopped)
    }

    /// Sends a message. Resolves once it is durable in the outbox, under its number; its outcome is an event, also after
    /// a restart.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing was sent, and no number was used. With [`SendError::Stopped`] nobody can tell.
    pub async fn send(
        &self,
        to: DeviceId,
        payload: Vec<u8>,
        options: SendOptions,
    ) -> Result<MessageId, SendError> {
        self.ask(|reply| Command::Send { to, payload, options, reply })
            .await
            .unwrap_or(Err(SendError::Stopped))
    }

    /// Withdraws a message that no session has sent yet. Its outcome tells what came of it.
    ///
    /// # Errors
    ///
    /// [`VoidError`].
    pub async fn void(&self, id: MessageId) -> Result<(), VoidError> {
        self.ask(|reply| Command::Void { id, reply }).await.unwrap_or(Err(VoidError::Stopped))
    }

    /// Says something to a device that is online; nobody hears whether it came.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub async fn send_ephemeral(&self, to: DeviceId, payload: Vec<u8>) -> Result<(), Stopped> {
        self.commands.send(Command::Ephemeral { to, payload }).await.map_err(|_| Stopped)
    }

    /// Waits for the outcome of a message.
    ///
    /// # Errors
    ///
    /// [`Stopped`], also for a message that was never given to this client.
    pub async fn outcome(&self, id: MessageId) -> Result<Outcome, Stopped> {
        // The state moves with every outcome, after the store.
        let mut state = self.state();
        loop {
            let is_stopped = matches!(
                state.borrow_and_update().link,
                crate::LinkState::Stopped(StopReason::Closed | StopReason::Store)
            );
            let record = self.store.message(id.0.value()).ok().flatten().ok_or(Stopped)?;
            match record.outcome {
                Some(outcome) => return Ok(outcome),
                None if is_stopped => return Err(Stopped),
                None => state.changed().await.map_err(|_| Stopped)?,
            }
        }
    }

    /// The first item of the inbox that the application has not taken. It stays the first until [`Self::take`].
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn first_item(&self) -> Result<Option<(ItemNumber, InboxItem)>, StoreError> {
        self.store.item_after(self.store.taken()?)
    }

    /// Takes the first item of the inbox, with other changes in the same transaction. Resolves once that is durable.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub async fn take(&self, with: Vec<Write>) -> Result<(), Stopped> {
        self.ask(|reply| Command::Take { with, reply }).await
    }

    /// Makes a change to the store. Resolves once it is durable.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub async fn keep(&self, write: Write) -> Result<(), Stopped> {
        self.ask(|reply| Command::Keep { write, reply }).await
    }

    /// Connects now, whatever the timers say, or asks a connected server whether it lives.
    ///
    /// # Errors
    ///
    /// [`Stopped`].
    pub async fn wake(&self) -> Result<(), Stopped> {
        self.commands.send(Command::Wake).await.map_err(|_| Stopped)
    }

    /// Does one step of a registration, and waits for the server's answer.
    ///
    /// # Errors
    ///
    /// [`RegisterError`].
    pub async fn register(&self, step: RegisterStep) -> Result<RegisterAnswer, RegisterError> {
        self.ask(|reply| Command::Register { step, reply }).await.unwrap_or(Err(RegisterError::Stopped))
    }

    /// The devices of the account, as the server knows them; needs a session.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when there is no session, or it ends before the answer.
    pub async fn devices(&self) -> Result<Vec<DeviceEntry>, Stopped> {
        self.ask(|reply| Command::Devices { reply }).await
    }

    /// Closes the session and ends the engine; resolves once both are done.
    pub async fn close(&self) {
        // A client that has stopped is closed.
        let _ = self.ask(|reply| Command::Close { reply }).await;
    }

    pub(crate) async fn command(&self, command: Command) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }

    pub(crate) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// The server and the realm, from the first of configuration, address and store that names them.
fn whereto(config: &Config, kept: &Kept) -> Result<(ServerAddress, RealmId), StartError> {
    let address = config.server.clone().or_else(|| kept.server.clone()).ok_or(StartError::NoServer)?;
    let realm = config.realm.or(address.realm).or(kept.realm).ok_or(StartError::NoRealm)?;
    match kept.realm {
        Some(kept) if kept != realm => Err(StartError::OtherRealm { kept }),
        Some(_) | None => Ok((ServerAddress { realm: Some(realm), ..address }, realm)),
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => f.write_str("no server is known: name one with --server"),
            Self::NoRealm => {
                f.write_str("no realm is known: name one with --realm or in the server's address")
            }
            Self::OtherRealm { kept } => {
                write!(f, "this home belongs to the realm {}", crate::hex::encode(&kept.0))
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for StartError {}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("server", &self.server)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client does not run any more")
    }
}

impl core::error::Error for Stopped {}
