//! Is there a Pinnace server at all? Asked once before the first case.

use core::fmt;

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
