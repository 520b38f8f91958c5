//! Peers that never come to a session.

use core::net::SocketAddr;
use core::time::Duration;

use pinnace_lanes::world::{PATIENCE, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Pause between two octets of a slow peer.
const DRIP: Duration = Duration::from_millis(50);

/// What a peer does instead of a handshake.
#[derive(Clone, Copy, Debug)]
pub(super) enum Assault {
    SilentTcp,
    SilentWebSocket,
    SlowTcp,
    SlowWebSocket,
    Flood,
}

impl Assault {
    pub(super) const ALL: [Self; 5] =
        [Self::SilentTcp, Self::SilentWebSocket, Self::SlowTcp, Self::SlowWebSocket, Self::Flood];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SilentTcp => "silent_peers_on_tcp",
            Self::SilentWebSocket => "silent_peers_on_websocket",
            Self::SlowTcp => "slow_peers_on_tcp",
            Self::SlowWebSocket => "slow_peers_on_websocket",
            Self::Flood => "handshakes_of_a_flood",
        }
    }

    /// How many times as many as of the others there are.
    pub(super) const fn factor(self) -> u64 {
        match self {
            Self::SilentTcp | Self::SilentWebSocket | Self::SlowTcp | Self::SlowWebSocket => 1,
            Self::Flood => 10,
        }
    }

    pub(super) const fn socket(self, server: &Server) -> SocketAddr {
        match self {
            Self::SilentTcp | Self::SlowTcp | Self::Flood => server.tcp,
            Self::SilentWebSocket | Self::SlowWebSocket => server.websocket,
        }
    }

    /// Comes so many times at once, and tells how many the server shed.
    pub(super) async fn run(self, at: SocketAddr, count: u64) -> u64 {
        let mut peers = JoinSet::new();
        for serial in 0..count {
            peers.spawn(async move { timeout(PATIENCE, self.one(at, serial)).await.is_ok() });
        }
        let ends = peers.join_all().await;
        u64::try_from(ends.into_iter().filter(|shed| *shed).count()).unwrap_or(u64::MAX)
    }

    /// Ends when the server ends the connection.
    async fn one(self, at: SocketAddr, serial: u64) {
        let mut stream = loop {
            // The queue of the listener is short, and a flood long.
            match TcpStream::connect(at).await {
                Ok(stream) => break stream,
                Err(_) => sleep(DRIP).await,
            }
        };
        let octets = match self {
            Self::SilentTcp | Self::SilentWebSocket => Vec::new(),
            // The length of a record that never comes to its end.
            Self::SlowTcp => [0xff; 4096].to_vec(),
            Self::SlowWebSocket => [b"GET /pinnace HTTP/1.1\r\nx: ".as_slice(), &[b'a'; 4096]].concat(),
            // A record as long as a first message, of octets that no key made.
            Self::Flood => {
                let body = (0..200_u64).map(|place| place.wrapping_mul(serial | 1).to_le_bytes()[0]);
                [0, 200].into_iter().chain(body).collect()
            }
        };
        match self {
            Self::SilentTcp | Self::SilentWebSocket | Self::Flood => {
                // Refused where the server has ended it already; reading tells.
                let _ = stream.write_all(&octets).await;
                until_end(&mut stream).await;
            }
            Self::SlowTcp | Self::SlowWebSocket => drip(stream, &octets).await,
        }
    }
}

/// Sends one octet at a time, until the server ends the connection.
async fn drip(mut stream: TcpStream, octets: &[u8]) {
    for octet in octets {
        if stream.write_all(&[*octet]).await.is_err() {
            return;
        }
        let mut answer = [0; 512];
        if let Ok(Ok(0) | Err(_)) = timeout(DRIP, stream.read(&mut answer)).await {
            return;
        }
    }
    until_end(&mut stream).await;
}

async fn until_end(stream: &mut TcpStream) {
    let mut answer = [0; 512];
    while stream.read(&mut answer).await.is_ok_and(|len| len > 0) {}
}
