//! The rules of a client: turn what happens into writes, and once those are durable into records and news.
//!
//! An [`Engine`] waits for nothing, reads no clock and writes no file; a [`Client`](crate::Client) runs one in a task. A
//! turn is: [`Engine::take_in`] what happened, write [`Engine::poll_batch`], then tell [`Engine::take_news`],
//! [`Engine::on_written`], send [`Engine::poll_transmit`]. So nothing leaves this device that its disk does not know: no number (DLV-001), no HELLO (SES-043), no ACK
//! (DLV-031). The engine never waits for the application: events are dropped for a listener that lags, and the inbox is
//! durable; hence an application may send from wherever it likes.

mod accounts;
mod answers;
mod asking;
mod changes;
pub mod command;
mod commands;
mod connecting;
mod connection;
mod conversing;
mod ending;
mod events;
mod facts;
mod giving;
mod linking;
pub(crate) mod outbox;
mod runner;
mod stock;
mod turn;
mod upkeep;

use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

use pinnace_session::client::{ClientLimits, KnownEdge};
use pinnace_session::{Acked, Grease, Now, RealmId, Scratch};
use pinnace_wire::{AccountId, Activity};

use asking::Questions;
use command::{RegisterAnswer, RegisterError, RegisterStep, Reply};
use connection::Connection;
use conversing::Conversing;
use facts::SessionFacts;
use giving::Staged;
use upkeep::Upkeep;

pub use accounts::AccountQuestion;
pub use conversing::{BookStep, Verdict};
pub use outbox::{Full, Outbox};
pub(crate) use runner::{Ends, Runner};
pub use turn::Happened;

use crate::address::ServerAddress;
use crate::devices::Pin;
use crate::intake::Intake;
use crate::judge::Judge;
use crate::keys::Keys;
use crate::observe::Observe;
use crate::pace::Pace;
use crate::random::Random;
use crate::rejected::Rejected;
use crate::state::{Event, LastError, LinkState, State, StopReason};
use crate::store::{Batch, Kept, Store, Successor};

/// Items that the application has not taken, at most: beyond it the engine stops reading, and the server keeps the rest.
const UNTAKEN_MAX: u64 = 100_000;

/// Octets of such items at most.
const UNTAKEN_LEN_MAX: usize = 256 << 20;

/// What the application decides, once.
pub struct Setting {
    /// Where the server is.
    pub address: ServerAddress,
    /// The realm of the device.
    pub realm: RealmId,
    /// What the client calls itself, 1 to 64 octets.
    pub agent: String,
    /// Whether a person is looking.
    pub activity: Activity,
    /// Timers and windows of the session.
    pub limits: ClientLimits,
    /// Whether reserved values are sent (EXT-002).
    pub grease: Grease,
    /// Where random octets come from.
    pub random: Box<dyn Random>,
    /// Is shown keys and records, for debugging.
    pub observe: Option<Box<dyn Observe>>,
    /// Which payloads are taken.
    pub judge: Judge,
}

/// What time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// On a clock that never goes back.
    pub now: Now,
    /// By the calendar, in milliseconds since 1970-01-01 UTC.
    pub unix_ms: u64,
}

/// The rules of a client.
pub struct Engine {
    setting: Setting,
    store: Arc<Store>,
    keys: Keys,
    /// Where the store says that the server is; a server is kept once it proved itself.
    kept_server: Option<ServerAddress>,
    successor: Option<Successor>,
    edge: Option<KnownEdge>,
    route_token: Vec<u8>,
    hello_counter: u64,
    pace: Pace,
    connection: Connection,
    outbox: Outbox,
    intake: Intake,
    /// Whether this turn moved the intake.
    intake_is_new: bool,
    inbox: Inbox,
    /// What the server knows to be durable here, in this session.
    acked: Option<Acked>,
    session: SessionFacts,
    registering: Option<Registering>,
    questions: Questions,
    /// What others find of this device.
    upkeep: Upkeep,
    /// What this turn saw of accounts.
    pins: BTreeMap<AccountId, Pin>,
    conversing: Conversing,
    /// How much of a long commit this session has.
    staged: Staged,
    closing: Option<Vec<Reply<()>>>,
    /// When a session that the server drains is to be left for another.
    leave_at_ms: Option<u64>,
    /// Where that other one is, if the server said so.
    alternate: Option<ServerAddress>,
    /// When the session became open.
    welcomed_at_ms: Option<u64>,
    last_error: Option<LastError>,
    stopped: Option<StopReason>,
    /// What this turn writes.
    batch: Batch,
    /// Items that are not taken: told once that is written, and again where the server may not have heard it.
    rejected: Rejected,
    /// Whether this turn changed them.
    rejected_is_new: bool,
    /// What is told once it is written.
    news: Vec<News>,
    /// Whether items have to wait for the confirmation of their session.
    caution: Caution,
    /// The time of this turn.
    time: Time,
    scratch: Scratch,
}

/// The counts of the inbox.
#[derive(Clone, Copy, Debug)]
struct Inbox {
    filed: u64,
    taken: u64,
    len: usize,
}

/// Whether items wait for the confirmation of their session. An item may have ended the process before: the server counts
/// that offer only if it knows that this client lives (DLV-055).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caution {
    /// No session has been welcomed since the start.
    FirstSession,
    /// Items wait until then.
    Until(Now),
    /// Items are taken as they come.
    None,
}

/// A step of a registration that awaits its answer.
struct Registering {
    step: RegisterStep,
    reply: Reply<Result<RegisterAnswer, RegisterError>>,
    progress: Progress,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// It waits for a session.
    Waiting,
    /// The session has it.
    Sent,
}

/// What is told once the batch is durable.
pub enum News {
    /// To whoever listens.
    Event(Event),
    /// To whoever asked: call it.
    Answer(Box<dyn FnOnce() + Send>),
}

impl Engine {
    /// An engine over what its store kept.
    #[must_use]
    pub fn new(setting: Setting, store: Arc<Store>, kept: Kept) -> Self {
        let own_list = kept.device.own_list.clone();
        let mut engine = Self {
            setting,
            store,
            keys: kept.keys,
            kept_server: kept.server,
            successor: kept.successor,
            edge: kept.edge,
            route_token: kept.route_token,
            hello_counter: kept.hello_counter,
            pace: Pace::new(),
            connection: Connection::Down,
            outbox: Outbox::new(kept.numbered, kept.settled, kept.outbox_len),
            intake: kept.intake,
            intake_is_new: false,
            inbox: Inbox { filed: kept.filed, taken: kept.taken, len: kept.inbox_len },
            acked: None,
            session: SessionFacts::none(LinkState::Offline),
            registering: None,
            questions: Questions::default(),
            upkeep: Upkeep::new(kept.device),
            pins: BTreeMap::new(),
            conversing: Conversing::default(),
            staged: Staged::default(),
            closing: None,
            leave_at_ms: None,
            alternate: None,
            welcomed_at_ms: None,
            last_error: None,
            stopped: None,
            batch: Batch::default(),
            rejected: kept.rejected,
            rejected_is_new: false,
            news: Vec::new(),
            caution: Caution::FirstSession,
            time: Time { now: Now { ms: 0 }, unix_ms: 0 },
            scratch: Scratch::new(),
        };
        engine.load_own_list(own_list);
        engine
    }

    /// How the client stands.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            link: self.stopped.map_or(self.session.link, LinkState::Stopped),
            session_epoch: self.session.epoch,
            backlog: self.outbox.backlog(),
            cursor: self.intake.cursor(),
            mailbox_last: self.session.mailbox_last,
            untaken: self.inbox.untaken(),
            last_error: self.last_error.clone(),
            standing: self.upkeep.standing,
            published: self.upkeep.published,
            link_stage: self.upkeep.link.as_ref().map(|link| link.stage),
        }
    }
}

impl Inbox {
    const fn untaken(&self) -> u64 {
        self.filed.saturating_sub(self.taken)
    }

    const fn is_full(&self) -> bool {
        self.untaken() >= UNTAKEN_MAX || self.len >= UNTAKEN_LEN_MAX
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("connection", &self.connection)
            .field("outbox", &self.outbox)
            .field("intake", &self.intake)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting").field("address", &self.address).finish_non_exhaustive()
    }
}

impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(event) => event.fmt(f),
            Self::Answer(_) => f.write_str("Answer"),
        }
    }
}
