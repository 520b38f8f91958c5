//! Is there a Pinnace server at all? Asked once before the first case.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

/// Why the probe says no. One line each; all end the run with exit code 4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeFailure {
    /// Nothing listens there, or the network says no.
    Unreachable {
        /// The operating system's words.
        reason: String,
    },
    /// The connection was not accepted in time.
    ConnectTimedOut,
    /// The connection was accepted and no answer came in time.
    Silent,
    /// The connection was closed before any answer.
    ClosedAtOnce,
    /// The answer is HTTP.
    Http,
    /// The answer is TLS.
    Tls,
    /// The answer is something else.
    NotPinnace {
        /// Its first bytes.
        first: Vec<u8>,
    },
    /// It is a Pinnace server that does not prove itself under the realm key that was given.
    WrongRealm,
    /// It is a Pinnace server that speaks no version the suite knows.
    NoCommonVersion,
}

impl fmt::Display for ProbeFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { reason } => write!(f, "no connection: {reason}"),
            Self::ConnectTimedOut => f.write_str("the connection was not accepted in time"),
            Self::Silent => {
                f.write_str("the port accepts and stays silent: no Pinnace server, or a stuck one")
            }
            Self::ClosedAtOnce => f.write_str("the port accepts and closes at once, before any answer"),
            Self::Http => {
                f.write_str("the port speaks HTTP, not Pinnace over TCP (a WebSocket goes to --ws)")
            }
            Self::Tls => f.write_str("the port speaks TLS, not Pinnace"),
            Self::NotPinnace { first } => {
                write!(f, "the port answers something that is not Pinnace: {}", crate::hex::encode(first))
            }
            Self::WrongRealm => f.write_str("the server does not prove itself under this realm key"),
            Self::NoCommonVersion => {
                f.write_str("the server speaks no protocol version that the suite knows")
            }
        }
    }
}

/// What the first bytes of an answer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// The beginning of a Pinnace server's answer.
    Pinnace,
    /// Too few bytes to tell.
    More,
    /// Nothing of ours.
    Foreign,
}

/// Longest wait for the connection and for the answer, each.
const WAIT: Duration = Duration::from_millis(1000);
/// Longest wait for a silent port to answer HTTP.
const HTTP_WAIT: Duration = Duration::from_millis(500);
/// Bytes of a foreign answer that are shown.
const FIRST_BYTES_MAX: usize = 16;
/// Most bytes that are read before the answer must have been recognised.
const ANSWER_BYTES_MAX: usize = 4096;

/// Sends the first bytes of a client and tells whether the answer begins like a Pinnace server's.
///
/// # Errors
/// Every [`ProbeFailure`] that can be told before the handshake is complete, in less than 2.5 seconds.
pub fn greet(
    address: SocketAddr,
    greeting: &[u8],
    recognise: fn(&[u8]) -> Recognised,
) -> Result<(), ProbeFailure> {
    let mut stream = dial(address)?;
    let answer = exchange(&mut stream, greeting, WAIT, recognise);
    drop(stream);
    match answer {
        Answer::Pinnace => Ok(()),
        // An HTTP server may wait for a line that a binary greeting never ends.
        Answer::Silence | Answer::Closed(_) if is_http(address) => Err(ProbeFailure::Http),
        Answer::Silence => Err(ProbeFailure::Silent),
        Answer::Closed(bytes) if bytes.is_empty() => Err(ProbeFailure::ClosedAtOnce),
        Answer::Foreign(bytes) | Answer::Closed(bytes) => Err(foreign(&bytes)),
    }
}

/// What came back, read until it could be told.
enum Answer {
    Pinnace,
    Silence,
    Closed(Vec<u8>),
    Foreign(Vec<u8>),
}

fn dial(address: SocketAddr) -> Result<TcpStream, ProbeFailure> {
    TcpStream::connect_timeout(&address, WAIT).map_err(|error| {
        if error.kind() == io::ErrorKind::TimedOut {
            return ProbeFailure::ConnectTimedOut;
        }
        ProbeFailure::Unreachable { reason: error.to_string() }
    })
}

fn exchange(
    stream: &mut TcpStream,
    greeting: &[u8],
    wait: Duration,
    recognise: fn(&[u8]) -> Recognised,
) -> Answer {
    let began = Instant::now();
    let mut bytes = Vec::new();
    if stream.write_all(greeting).is_err() {
        return Answer::Closed(bytes);
    }
    while let Some(left) = wait.checked_sub(began.elapsed()) {
        let mut buffer = [0; 512];
        let _ = stream.set_read_timeout(Some(left.max(Duration::from_millis(1))));
        match stream.read(&mut buffer) {
            Ok(0) => return Answer::Closed(bytes),
            Ok(len) => bytes.extend(buffer.iter().take(len)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                break;
            }
            Err(_) => return Answer::Closed(bytes),
        }
        match recognise(&bytes) {
            Recognised::Pinnace => return Answer::Pinnace,
            Recognised::More if bytes.len() < ANSWER_BYTES_MAX => {}
            Recognised::More | Recognised::Foreign => return Answer::Foreign(bytes),
        }
    }
    if bytes.is_empty() { Answer::Silence } else { Answer::Foreign(bytes) }
}

fn is_http(address: SocketAddr) -> bool {
    let Ok(mut stream) = dial(address) else { return false };
    let recognise = |bytes: &[u8]| match bytes {
        [b'H', b'T', b'T', b'P', b'/', ..] => Recognised::Pinnace,
        _ if b"HTTP/".starts_with(bytes) => Recognised::More,
        _ => Recognised::Foreign,
    };
    matches!(exchange(&mut stream, b"GET / HTTP/1.0\r\n\r\n", HTTP_WAIT, recognise), Answer::Pinnace)
}

fn foreign(bytes: &[u8]) -> ProbeFailure {
    match bytes {
        [b'H', b'T', b'T', b'P', b'/', ..] => ProbeFailure::Http,
        // A TLS alert record, the answer to a first record that is no ClientHello.
        [0x15, 0x03, ..] => ProbeFailure::Tls,
        _ => ProbeFailure::NotPinnace { first: bytes.iter().take(FIRST_BYTES_MAX).copied().collect() },
    }
}
