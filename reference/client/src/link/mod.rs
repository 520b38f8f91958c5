//! A connection as records in both directions, whatever carries them.

mod tcp;
mod websocket;

use core::fmt;
use core::pin::Pin;
use core::time::Duration;
use std::io;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};

use crate::address::{Carrier, ServerAddress};

/// Records that wait between the carrier and the session. Few: back pressure must reach the socket.
const INCOMING_MAX: usize = 4;

/// A record for the socket at most: while it waits, what the session has to say shares the next one.
const OUTGOING_MAX: usize = 1;

/// How long a connection that ends may take to bring its last records out, in milliseconds.
const FAREWELL_MS: u64 = 2_000;

/// A connection. Dropping it ends the connection, after what was given to `outgoing` has left.
#[derive(Debug)]
pub struct Link {
    /// Records that arrive. Ends with the connection, with an error if it broke.
    pub incoming: mpsc::Receiver<Result<Vec<u8>, LinkError>>,
    /// Records that leave.
    pub outgoing: mpsc::Sender<Vec<u8>>,
    reader: Option<AbortHandle>,
    writer: Option<JoinHandle<()>>,
}

/// Why there is no connection, or none any more.
#[derive(Debug)]
pub enum LinkError {
    /// The operating system says so.
    Io(io::Error),
    /// The WebSocket upgrade or framing went wrong.
    WebSocket(Box<tokio_tungstenite::tungstenite::Error>),
    /// The server sent a record of length zero, or a message that is not binary (CAR-002, CAR-005).
    Broken,
    /// The server did not take the connection in time.
    TimedOut,
}

/// A connection in the making.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Link, LinkError>> + Send>>;

/// Makes connections.
pub trait Connect: Send {
    /// Connects to the server. The future may be dropped at any time.
    fn connect(&mut self, address: &ServerAddress) -> Connecting;
}

/// Connects over the network, by the carrier that the address names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network;

impl Connect for Network {
    fn connect(&mut self, address: &ServerAddress) -> Connecting {
        let address = address.clone();
        Box::pin(async move {
            match address.carrier {
                Carrier::Tcp => tcp::connect(&address).await,
                Carrier::WebSocket => websocket::connect(&address).await,
            }
        })
    }
}

impl Link {
    /// A connection that is two channels.
    #[must_use]
    pub const fn new(
        incoming: mpsc::Receiver<Result<Vec<u8>, LinkError>>,
        outgoing: mpsc::Sender<Vec<u8>>,
    ) -> Self {
        Self { incoming, outgoing, reader: None, writer: None }
    }

    /// Runs both directions of a carrier as tasks.
    fn spawn<R, W>(
        read: impl FnOnce(mpsc::Sender<Result<Vec<u8>, LinkError>>) -> R,
        write: impl FnOnce(mpsc::Receiver<Vec<u8>>) -> W,
    ) -> Self
    where
        R: Future<Output = ()> + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let (to_session, incoming) = mpsc::channel(INCOMING_MAX);
        let (outgoing, from_session) = mpsc::channel(OUTGOING_MAX);
        let reader = tokio::spawn(read(to_session)).abort_handle();
        let writer = tokio::spawn(write(from_session));
        Self { incoming, outgoing, reader: Some(reader), writer: Some(writer) }
    }

    /// Ends the connection and waits, for a bounded time, until the last records have left.
    pub async fn farewell(mut self) {
        let writer = self.writer.take();
        drop(self);
        if let Some(writer) = writer {
            // Whether they left in time or not, the connection is over.
            let _ = tokio::time::timeout(Duration::from_millis(FAREWELL_MS), writer).await;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

impl From<io::Error> for LinkError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<tokio_tungstenite::tungstenite::Error> for LinkError {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Self::WebSocket(Box::new(error))
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::WebSocket(error) => write!(f, "WebSocket: {error}"),
            Self::Broken => f.write_str("the server broke the rules of the carrier"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
        }
    }
}

impl core::error::Error for LinkError {}
