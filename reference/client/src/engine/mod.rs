//! The task behind a client: turns what happens into writes, commits them, and only then tells anybody.
//!
//! A turn is: wait for one thing to happen, let session and outbox move, commit once, then acknowledge, send, answer the
//! application. So nothing leaves this device that its disk does not know: no number (DLV-001), no HELLO (SES-043), no ACK
//! (DLV-031). The engine never waits for the application: events are dropped for a listener that lags, and the inbox is
//! durable; hence an application may send from wherever it likes.

mod answers;
pub(crate) mod command;
mod commands;
mod connecting;
mod connection;
mod ending;
mod events;
pub(crate) mod outbox;
mod turn;

use std::sync::Arc;

use pinnace_session::client::{ClientLimits, KnownEdge};
use pinnace_session::{Acked, Grease, RealmId, Scratch};
use pinnace_wire::limits::{IDLE_MS, PAYLOAD_LEN};
use pinnace_wire::{Activity, DeviceEntry, MailboxMark, MailboxSeq, NackReason, RequestId, SessionEpoch};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

use command::{Command, RegisterAnswer, RegisterError, RegisterStep, Reply};
use connection::Connection;
use outbox::Outbox;

use crate::address::ServerAddress;
use crate::intake::Intake;
use crate::judge::Judge;
use crate::keys::Keys;
use crate::link::Connect;
use crate::observe::Observe;
use crate::pace::Pace;
use crate::random::Random;
use crate::state::{Event, LastError, LinkState, State, StopReason};
use crate::store::{Batch, Kept, Store, Successor};

/// Items that the application has not taken, at most: beyond it the engine stops reading, and the server keeps the rest.
const UNTAKEN_MAX: u64 = 100_000;

/// Octets of such items at most.
const UNTAKEN_LEN_MAX: usize = 256 << 20;

/// What the application decides, once.
pub(crate) struct Setting {
    pub(crate) address: ServerAddress,
    pub(crate) realm: RealmId,
    pub(crate) agent: String,
    pub(crate) activity: Activity,
    pub(crate) limits: ClientLimits,
    pub(crate) grease: Grease,
    pub(crate) connect: Box<dyn Connect>,
    pub(crate) random: Box<dyn Random>,
    pub(crate) observe: Option<Box<dyn Observe>>,
    pub(crate) judge: Judge,
}

/// The ends of the channels to the application.
pub(crate) struct Ends {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) state: watch::Sender<State>,
}

/// The task behind a client.
pub(crate) struct Engine {
    setting: Setting,
    ends: Ends,
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
    queries: Vec<(RequestId, Reply<Vec<DeviceEntry>>)>,
    queried: u64,
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
    /// Items that are not taken, to be told once that is written.
    rejected: Vec<(MailboxSeq, NackReason)>,
    /// What is told once it is written.
    news: Vec<News>,
    origin: Instant,
    scratch: Scratch,
}

/// The counts of the inbox.
#[derive(Clone, Copy, Debug)]
struct Inbox {
    filed: u64,
    taken: u64,
    len: usize,
}

/// What WELCOME said.
#[derive(Clone, Copy, Debug)]
struct SessionFacts {
    link: LinkState,
    epoch: Option<SessionEpoch>,
    mailbox_last: MailboxMark,
    payload_len_max: usize,
    idle_ms: u64,
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
enum News {
    Event(Event),
    Answer(Box<dyn FnOnce() + Send>),
}

impl Engine {
    pub(crate) fn new(setting: Setting, ends: Ends, store: Arc<Store>, kept: Kept) -> Self {
        Self {
            setting,
            ends,
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
            queries: Vec::new(),
            queried: 0,
            closing: None,
            leave_at_ms: None,
            alternate: None,
            welcomed_at_ms: None,
            last_error: None,
            stopped: None,
            batch: Batch::default(),
            rejected: Vec::new(),
            news: Vec::new(),
            origin: Instant::now(),
            scratch: Scratch::new(),
        }
    }

    fn state(&self) -> State {
        State {
            link: self.stopped.map_or(self.session.link, LinkState::Stopped),
            session_epoch: self.session.epoch,
            backlog: self.outbox.backlog(),
            cursor: self.intake.cursor(),
            mailbox_last: self.session.mailbox_last,
            untaken: self.inbox.untaken(),
            last_error: self.last_error.clone(),
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

impl SessionFacts {
    const fn none(link: LinkState) -> Self {
        Self {
            link,
            epoch: None,
            mailbox_last: MailboxMark::NOTHING,
            payload_len_max: PAYLOAD_LEN,
            idle_ms: IDLE_MS.default,
        }
    }
}
