//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// The Pinnace server.
#[derive(Debug, Parser)]
#[command(name = "pinnaced", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve by a configuration file.
    Run(Run),
    /// Serve at once, for development: own keys, codes in a file, a store that is gone afterwards unless --data is given.
    Dev(Dev),
    /// Print the configuration that would be served, or what is wrong with it.
    CheckConfig(Run),
    /// Make the keys and certificates of a realm.
    Realm(Realm),
    /// List the faults that this build can switch on.
    #[cfg(feature = "faults")]
    Faults(Faults),
    /// Print what the store of a stopped server holds: one JSON object a line, for each account and each device.
    Export(Export),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// The configuration file.
    #[arg(long, env = "PINNACE_CONFIG")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Dev {
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Settings that flags and environment may give; each is above the configuration file, and a flag above the environment.
#[derive(Debug, ClapArgs)]
pub(crate) struct Common {
    /// Address for TCP, or `off`.
    #[arg(long, env = "PINNACE_TCP", value_name = "ADDRESS")]
    pub(crate) tcp: Option<Listen>,
    /// Address for WebSocket, or `off`.
    #[arg(long, env = "PINNACE_WS", value_name = "ADDRESS")]
    pub(crate) ws: Option<Listen>,
    /// Address for /metrics and /healthz, or `off`.
    #[arg(long, env = "PINNACE_METRICS", value_name = "ADDRESS")]
    pub(crate) metrics: Option<Listen>,
    /// Folder of the store.
    #[arg(long, env = "PINNACE_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Write verification codes into this file, instead of the configured gateway.
    #[arg(long, env = "PINNACE_GATEWAY_LOG", value_name = "FILE")]
    pub(crate) gateway_log: Option<PathBuf>,
    /// Open connections, on all carriers.
    #[arg(long, env = "PINNACE_CONNECTIONS_MAX", value_name = "COUNT")]
    pub(crate) connections_max: Option<u64>,
    /// A limit of the protocol; may be repeated. The names stand in the chapter on limits.
    #[arg(long = "limit", env = "PINNACE_LIMITS", value_name = "NAME=VALUE", value_delimiter = ',')]
    pub(crate) limits: Vec<String>,
    /// How logs are written.
    #[arg(long, env = "PINNACE_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormatArg>,
    /// Which logs are written, such as `debug` or `pinnace_server=debug,warn`.
    #[arg(long, env = "PINNACE_LOG", value_name = "FILTER")]
    pub(crate) log_filter: Option<String>,
    /// Print one line of JSON with the addresses and the realm once the server listens.
    #[arg(long)]
    pub(crate) ready_json: bool,
    /// End as at SIGTERM when standard input ends: whoever started the server is gone.
    #[arg(long)]
    pub(crate) end_with_stdin: bool,
    /// Break the server on purpose; the names are those that `pinnaced faults` lists.
    #[cfg(feature = "faults")]
    #[arg(long, env = "PINNACE_FAULT", value_name = "NAME", value_parser = crate::faults::known)]
    pub(crate) fault: Option<String>,
}

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Option<core::net::SocketAddr>);

impl core::str::FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        pinnace_server::config::parse_address(text).map(Self)
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum LogFormatArg {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[cfg(feature = "faults")]
#[derive(Debug, ClapArgs)]
pub(crate) struct Faults {
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Realm {
    #[command(subcommand)]
    pub(crate) command: RealmCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RealmCommand {
    /// Make a realm: its secret root key in a new file. Prints the realm's id.
    New {
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Make the secret key of an edge in a new file. Prints the public key.
    Edge {
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Certify an edge's key with the root key, which may stay on another machine.
    Certify(Certify),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Certify {
    /// The file of the secret root key.
    #[arg(long, value_name = "FILE")]
    pub(crate) root: PathBuf,
    /// The public key of the edge.
    #[arg(long, value_name = "HEX")]
    pub(crate) edge: String,
    /// The realm's id, where this root is not its first.
    #[arg(long, value_name = "HEX")]
    pub(crate) realm: Option<String>,
    /// Where the edge stands, up to 32 octets.
    #[arg(long, default_value = "")]
    pub(crate) region: String,
    /// The life of the certificate.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=90))]
    pub(crate) days: u64,
    /// The file of the certificate.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Export {
    /// Folder of the store; of a server that ran as `dev`, the folder `store` within its own.
    #[arg(long, env = "PINNACE_DATA", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// A line also for each item of a mailbox, and for each message on its way there.
    #[arg(long)]
    pub(crate) items: bool,
    /// Payloads of the items, in hexadecimal digits.
    #[arg(long, requires = "items")]
    pub(crate) payloads: bool,
    /// A line also for each telephone number: personal data.
    #[arg(long)]
    pub(crate) numbers: bool,
}
