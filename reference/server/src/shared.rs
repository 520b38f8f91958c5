//! What all connections of a server share.

use std::sync::{Arc, PoisonError, RwLock};

use pinnace_session::RealmId;
use pinnace_session::server::ServerConfig;
use pinnace_store::{Store, StoreError};
use tokio::sync::watch;

use crate::addresses::Addresses;
use crate::clock::Clock;
use crate::gateway::Gateway;
use crate::metrics::Metrics;
use crate::router::Router;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) store: S,
    pub(crate) router: Arc<Router>,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) gateway: Gateway,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Clock,
    pub(crate) realm: RealmId,
    /// How far away the end of a KeyPackage may be.
    pub(crate) key_package_s_max: u64,
    /// Digits of a verification code.
    pub(crate) code_len: u64,
    /// How long a peer may read nothing.
    pub(crate) write_stall_ms: u64,
    /// How long a connection may take to its session.
    pub(crate) handshake_ms: u64,
    /// How long sessions go on after GOAWAY.
    pub(crate) drain_ms: u64,
    /// Ephemerals of one session (DLV-053).
    pub(crate) ephemeral_rate: Rate,
    /// Rises to [`Phase::Draining`] once.
    pub(crate) phase: watch::Receiver<Phase>,
    session: RwLock<Arc<ServerConfig>>,
}

/// A sustained rate and what may come at once above it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) per_s: u64,
    pub(crate) burst: u64,
}

/// Whether the server goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It does.
    Serving,
    /// It will stop (SES-028).
    Draining,
}

/// Of what [`Shared`] is made, apart from what it makes itself.
pub(crate) struct Parts<S> {
    pub(crate) store: S,
    pub(crate) router: Arc<Router>,
    pub(crate) gateway: Gateway,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) session: ServerConfig,
    pub(crate) phase: watch::Receiver<Phase>,
}

impl<S: Store> Shared<S> {
    pub(crate) fn new(parts: Parts<S>, limits: &crate::config::Limits) -> Self {
        use pinnace_wire::limits as spec;
        let addresses = Addresses::new(
            limits.value(&spec::CONNECTIONS_PER_ADDRESS_MAX),
            limits.value(&spec::HANDSHAKES_PER_ADDRESS_PER_S),
        );
        Self {
            store: parts.store,
            router: parts.router,
            addresses: Arc::new(addresses),
            gateway: parts.gateway,
            metrics: parts.metrics,
            clock: Clock::start(),
            realm: parts.session.realm,
            key_package_s_max: limits.value(&spec::KEY_PACKAGE_S_MAX),
            code_len: limits.value(&spec::CODE_LEN),
            write_stall_ms: limits.value(&spec::WRITE_STALL_MS),
            handshake_ms: limits.value(&spec::HANDSHAKE_MS),
            drain_ms: limits.value(&spec::DRAIN_MS),
            ephemeral_rate: Rate {
                per_s: limits.value(&spec::EPHEMERAL_RATE_PER_S),
                burst: limits.value(&spec::EPHEMERAL_BURST),
            },
            phase: parts.phase,
            session: RwLock::new(Arc::new(parts.session)),
        }
    }

    /// What new sessions are made of.
    pub(crate) fn session(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.session.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another certificate into what new sessions are made of.
    pub(crate) fn renew(&self, certificate: Vec<u8>) {
        let old = self.session();
        let renewed = ServerConfig {
            realm: old.realm,
            edge: old.edge.clone(),
            certificate,
            successor: old.successor.clone(),
            agent: old.agent.clone(),
            profiles: old.profiles.clone(),
            limits: old.limits.clone(),
            grease: old.grease,
            key_log: old.key_log,
        };
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
    }

    /// Counts and tells that the store could not do something.
    pub(crate) fn store_failed(&self, error: &StoreError) {
        self.metrics.store_unavailable.inc();
        tracing::error!(%error, "store");
    }
}
