//! Taking connections: each gets a task of its own, or is refused.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use pinnace_fault as fault;
use pinnace_session::{Now, Seed};
use pinnace_store::Store;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use crate::carrier::{Carrier, Room, Tcp, upgrade};
use crate::connection::{Connection, Counted};
use crate::shared::{Phase, Shared};

/// Connections that are being told that there is no room; beyond them connections just end.
const REFUSALS_MAX: usize = 64;
/// How long a refusal may take.
const REFUSAL_WAIT: Duration = Duration::from_secs(1);
/// Pause after the system could not hand out a connection, mostly for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Which carrier a listener is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Records on TCP.
    Tcp,
    /// WebSocket.
    WebSocket,
}

/// The room that all listeners of a server share.
#[derive(Clone)]
pub(crate) struct Rooms {
    connections: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

impl Rooms {
    pub(crate) fn new(connections_max: u64) -> Self {
        let connections = usize::try_from(connections_max).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            connections: Arc::new(Semaphore::new(connections)),
            refusals: Arc::new(Semaphore::new(REFUSALS_MAX)),
        }
    }
}

/// One listener.
pub(crate) struct Acceptor<S> {
    pub(crate) shared: Arc<Shared<S>>,
    pub(crate) kind: Kind,
    pub(crate) rooms: Rooms,
    /// Held by each connection, so that its end can be awaited.
    pub(crate) alive: mpsc::Sender<()>,
}

impl<S: Store> Acceptor<S> {
    /// Takes connections until the server drains.
    pub(crate) async fn run(self, listener: TcpListener) {
        let mut phase = self.shared.phase.clone();
        loop {
            let accepted = tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase == Phase::Draining) => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.take(stream, peer),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection could be taken");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let since = self.shared.clock.now();
        // A record leaves when it is whole, and is never waited for to grow.
        drop(stream.set_nodelay(true));
        let admission = self.shared.addresses.admit(peer.ip(), since);
        let place = admission.zip(Arc::clone(&self.rooms.connections).try_acquire_owned().ok());
        let arrival = Arrival { stream, since, kind: self.kind, shared: Arc::clone(&self.shared) };
        let alive = self.alive.clone();
        if let Some(place) = place {
            let counted = Counted::new(&self.shared.metrics.connections);
            tokio::spawn(async move {
                arrival.serve().await;
                drop((place, counted, alive));
            });
            return;
        }
        self.shared.metrics.refused.inc();
        if let Ok(refusal) = Arc::clone(&self.rooms.refusals).try_acquire_owned() {
            tokio::spawn(async move {
                arrival.refuse(&refusal).await;
                drop((refusal, alive));
            });
        }
    }
}

/// A connection that was just taken.
struct Arrival<S> {
    stream: TcpStream,
    since: Now,
    kind: Kind,
    shared: Arc<Shared<S>>,
}

impl<S: Store> Arrival<S> {
    async fn serve(self) {
        let carrier = match self.kind {
            Kind::Tcp => Carrier::Tcp(Tcp::new(self.stream)),
            Kind::WebSocket => {
                // The upgrade is on the time of the handshake (CAR-008).
                let is_untimed = fault::carrier::HANDSHAKE_UNTIMED.is_on();
                let wait_ms = if is_untimed { u64::from(u32::MAX) } else { self.shared.handshake_ms };
                let wait = Duration::from_millis(wait_ms);
                // Boxed: its room is needed before the session only, and by this carrier only.
                match timeout(wait, Box::pin(upgrade(self.stream, Room::Free))).await {
                    Ok(Some(websocket)) => Carrier::WebSocket(websocket),
                    Ok(None) | Err(_) => {
                        self.shared.metrics.handshakes_failed.inc();
                        return;
                    }
                }
            }
        };
        if let Some(seed) = seed() {
            Connection::new(self.shared, carrier, seed, self.since).run().await;
        }
    }

    /// Tells that there is no room (CAR-009).
    async fn refuse(self, _place: &OwnedSemaphorePermit) {
        match self.kind {
            Kind::Tcp => {
                let Some(seed) = seed() else { return };
                let carrier = Carrier::Tcp(Tcp::new(self.stream));
                let mut connection = Connection::new(self.shared, carrier, seed, self.since);
                connection.refuse();
                drop(timeout(REFUSAL_WAIT, connection.run()).await);
            }
            Kind::WebSocket => drop(timeout(REFUSAL_WAIT, upgrade(self.stream, Room::Full)).await),
        }
    }
}

/// Randomness for one session, or `None` if the system has none: then no session can be.
fn seed() -> Option<Seed> {
    let mut octets = [0; 32];
    match getrandom::fill(&mut octets) {
        Ok(()) => Some(Seed::new(octets)),
        Err(error) => {
            tracing::error!(%error, "no randomness");
            None
        }
    }
}

/// Whether the failure is one connection's alone, so that the next may be taken at once.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
