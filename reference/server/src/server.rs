//! A running server: from its configuration to its orderly end.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use pinnace_fault as fault;
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::ServerConfig;
use pinnace_session::{Grease, KeyLog, RealmId};
use pinnace_store::{Embedded, OpenError, Options};
use pinnace_wire::{ProfileId, limits as spec};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::accept::{Acceptor, Kind, Rooms};
use crate::clock;
use crate::config::Config;
use crate::gateway::{Gateway, GatewaySetupError};
use crate::identity::{Authority, Identity, IdentityError, Validity};
use crate::metrics::Metrics;
use crate::ops;
use crate::router::Router;
use crate::shared::{Parts, Phase, Shared};

/// The profiles that are served (LIM-004): core, conversations, devices.
const PROFILES: [Option<ProfileId>; 3] = [ProfileId::new(1), ProfileId::new(3), ProfileId::new(8)];
/// What an end may take beyond the drain time: the last records, and their reading.
const END_WAIT: Duration = Duration::from_secs(3);

/// The server.
#[derive(Debug)]
pub struct Server;

/// A running server. Dropped, it stops without waiting for anything; see [`Handle::drain`].
#[derive(Debug)]
pub struct Handle {
    tcp: Option<SocketAddr>,
    ws: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    realm: RealmId,
    drain_ms: u64,
    store: Embedded,
    phase: watch::Sender<Phase>,
    ended: mpsc::Receiver<()>,
    helpers: Helpers,
}

/// Tasks beside the connections.
#[derive(Debug, Default)]
struct Helpers(Vec<JoinHandle<()>>);

impl Drop for Helpers {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// The sockets of a server.
struct Listeners {
    tcp: Option<TcpListener>,
    ws: Option<TcpListener>,
    metrics: Option<TcpListener>,
}

impl Server {
    /// Opens the store, takes the addresses, and serves. Needs a tokio runtime with I/O and time.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(config: Config) -> Result<Handle, StartError> {
        let gateway = Gateway::open(&config.gateway).map_err(StartError::Gateway)?;
        let listeners = Listeners::bind(&config).await?;
        let (tcp, ws, metrics) = listeners.addresses();
        let router = Arc::new(Router::new());
        let store = open_store(&config, Arc::clone(&router)).await?;
        let (phase, phase_seen) = watch::channel(Phase::Serving);
        let parts = Parts {
            store: store.clone(),
            router,
            gateway,
            metrics: Arc::new(Metrics::new()),
            session: session_config(&config)?,
            phase: phase_seen,
        };
        let shared = Arc::new(Shared::new(parts, &config.limits));
        let (alive, ended) = mpsc::channel(1);
        let rooms = Rooms::new(config.connections_max);
        for (listener, kind) in [(listeners.tcp, Kind::Tcp), (listeners.ws, Kind::WebSocket)] {
            if let Some(listener) = listener {
                let (shared, rooms, alive) = (Arc::clone(&shared), rooms.clone(), alive.clone());
                tokio::spawn(Acceptor { shared, kind, rooms, alive }.run(listener));
            }
        }
        let realm = config.identity.realm;
        let helpers = helpers(&shared, listeners.metrics, config);
        let drain_ms = shared.drain_ms;
        Ok(Handle { tcp, ws, metrics, realm, drain_ms, store, phase, ended, helpers })
    }
}

impl Handle {
    /// Where TCP connections are taken.
    #[must_use]
    pub const fn tcp(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// Where WebSocket connections are taken.
    #[must_use]
    pub const fn ws(&self) -> Option<SocketAddr> {
        self.ws
    }

    /// Where `/metrics` and `/healthz` are served.
    #[must_use]
    pub const fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// The realm.
    #[must_use]
    pub const fn realm(&self) -> RealmId {
        self.realm
    }

    /// Stops in good order: takes no further connection, tells every session to leave, gives them the drain time, closes
    /// the rest, and frees the store (SES-028 to SES-030).
    pub async fn drain(mut self) {
        self.phase.send_replace(Phase::Draining);
        let wait = Duration::from_millis(self.drain_ms).saturating_add(END_WAIT);
        // Every connection holds a sender: when the last one ends, there is nobody left to send.
        if timeout(wait, self.ended.recv()).await.is_err() {
            tracing::warn!("connections are left that do not end");
        }
        let Self { store, helpers, .. } = self;
        drop(helpers);
        // The last handle waits for the store's threads.
        drop(tokio::task::spawn_blocking(move || store.close()).await);
    }
}

impl Listeners {
    async fn bind(config: &Config) -> Result<Self, StartError> {
        Ok(Self {
            tcp: bind(config.tcp).await?,
            ws: bind(config.ws).await?,
            metrics: bind(config.metrics).await?,
        })
    }

    fn addresses(&self) -> (Option<SocketAddr>, Option<SocketAddr>, Option<SocketAddr>) {
        let of = |listener: &Option<TcpListener>| listener.as_ref().and_then(|l| l.local_addr().ok());
        (of(&self.tcp), of(&self.ws), of(&self.metrics))
    }
}

async fn bind(address: Option<SocketAddr>) -> Result<Option<TcpListener>, StartError> {
    match address {
        None => Ok(None),
        Some(address) => {
            let bound = TcpListener::bind(address).await;
            bound.map(Some).map_err(|error| StartError::Listen { address, error })
        }
    }
}

async fn open_store(config: &Config, router: Arc<Router>) -> Result<Embedded, StartError> {
    let options = Options {
        rules: config.limits.rules(),
        notify: Box::new(move |notices| router.notify(notices)),
        ..Options::default()
    };
    let folder = config.data.clone();
    let opened = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder).map_err(|error| StartError::Data { path: folder.clone(), error })?;
        Embedded::open(&folder, options).map_err(StartError::Store)
    });
    opened.await.unwrap_or(Err(StartError::Interrupted))
}

fn session_config(config: &Config) -> Result<ServerConfig, StartError> {
    let validity = Validity { now_s: clock::unix_s(), life_s: certificate_life_s(config) };
    Ok(ServerConfig {
        realm: config.identity.realm,
        edge: config.identity.edge.clone(),
        certificate: shown(config).certificate(&config.region, validity).map_err(StartError::Identity)?,
        successor: None,
        agent: config.agent.clone(),
        profiles: PROFILES.into_iter().flatten().collect(),
        limits: config.limits.session(),
        grease: Grease::default(),
        key_log: KeyLog::default(),
    })
}

/// Whose key the certificate names; a planted fault names another.
fn shown(config: &Config) -> Identity {
    let identity = config.identity.clone();
    if fault::channel::CERTIFICATE_OF_ANOTHER.is_on() {
        return Identity { edge: StaticSecret::from_bytes([7; 32]), ..identity };
    }
    identity
}

fn certificate_life_s(config: &Config) -> u64 {
    config.limits.value(&spec::EDGE_CERTIFICATE_S)
}

fn helpers(shared: &Arc<Shared<Embedded>>, metrics: Option<TcpListener>, config: Config) -> Helpers {
    let mut tasks = Vec::new();
    if let Some(listener) = metrics {
        let shared = Arc::clone(shared);
        tasks.push(tokio::spawn(async move {
            if let Err(error) = ops::serve(listener, shared).await {
                tracing::error!(%error, "metrics");
            }
        }));
    }
    if matches!(config.identity.authority, Authority::Root(_)) {
        let life_s = certificate_life_s(&config);
        let Config { identity, region, .. } = config;
        tasks.push(tokio::spawn(renew(Arc::clone(shared), identity, region, life_s)));
    }
    Helpers(tasks)
}

/// Makes a new certificate each time half of the last one's life is over.
async fn renew(shared: Arc<Shared<Embedded>>, identity: Identity, region: String, life_s: u64) {
    loop {
        sleep(Duration::from_secs((life_s / 2).max(1))).await;
        match identity.certificate(&region, Validity { now_s: clock::unix_s(), life_s }) {
            Ok(certificate) => shared.renew(certificate),
            Err(error) => tracing::error!(%error, "certificate"),
        }
    }
}

/// Why a server does not start.
#[derive(Debug)]
pub enum StartError {
    /// An address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The folder of the store cannot be made.
    Data {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The store does not open.
    Store(OpenError),
    /// There is no gateway.
    Gateway(GatewaySetupError),
    /// The edge cannot be certified.
    Identity(IdentityError),
    /// The runtime stops.
    Interrupted,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::Data { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Gateway(error) => error.fmt(f),
            Self::Identity(error) => error.fmt(f),
            Self::Interrupted => f.write_str("the runtime stops"),
        }
    }
}

impl core::error::Error for StartError {}
