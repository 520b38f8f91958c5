//! The settings of the gateway that carries verification codes to people.

use std::path::PathBuf;

/// Which gateway, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewaySettings {
    /// For development: each code is a line of JSON in a file. Whoever reads the file can register any number.
    Log {
        /// The file; it is appended to.
        path: PathBuf,
    },
    /// Each code is a POST of JSON to a service that sends it on.
    Webhook {
        /// An `http://` address. For TLS, a proxy on this machine.
        url: String,
        /// Time for one attempt, in milliseconds.
        timeout_ms: u64,
        /// Attempts for one code.
        attempts_max: u64,
    },
}
