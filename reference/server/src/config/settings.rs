//! The sum of file, environment and flags.

use core::net::{Ipv4Addr, SocketAddr};
use std::fmt;
use std::path::PathBuf;

use super::{GatewaySettings, Limits};

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the keys of a server are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySettings {
    /// The realm's id, 64 hexadecimal digits. Needed with `certificate`; with `root` it is the root's own unless set.
    pub realm: Option<String>,
    /// The secret root key: this server certifies itself, and renews the certificate.
    pub root: Option<PathBuf>,
    /// The secret edge key.
    pub edge: Option<PathBuf>,
    /// The edge's certificate, made where the root key is.
    pub certificate: Option<PathBuf>,
}

/// Everything that an operator may settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where TCP connections are taken.
    pub tcp: Option<SocketAddr>,
    /// Where WebSocket connections are taken.
    pub ws: Option<SocketAddr>,
    /// Where `/metrics` and `/healthz` are served.
    pub metrics: Option<SocketAddr>,
    /// The folder of the store.
    pub data: Option<PathBuf>,
    /// The keys.
    pub keys: KeySettings,
    /// The gateway.
    pub gateway: Option<GatewaySettings>,
    /// The name of the server in WELCOME.
    pub agent: String,
    /// The region in the certificate that this server makes for itself.
    pub region: String,
    /// Open connections of this server, on all carriers.
    pub connections_max: u64,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Which logs are written, in the manner of `RUST_LOG`.
    pub log_filter: String,
    /// The limits.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tcp: Some(loopback(7777)),
            ws: Some(loopback(7780)),
            metrics: Some(loopback(9464)),
            data: None,
            keys: KeySettings::default(),
            gateway: None,
            agent: concat!("pinnaced/", env!("CARGO_PKG_VERSION")).to_owned(),
            region: String::new(),
            connections_max: 65_536,
            log_format: LogFormat::default(),
            log_filter: "info".to_owned(),
            limits: Limits::default(),
        }
    }
}

/// Listeners that nobody placed are for this machine alone.
const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// The settings as a configuration file that would make them.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(f, "data", path_text(self.data.as_ref()))?;
        write_section(f, "listen")?;
        write_text(f, "tcp", address_text(self.tcp))?;
        write_text(f, "ws", address_text(self.ws))?;
        write_text(f, "metrics", address_text(self.metrics))?;
        write_section(f, "keys")?;
        write_text(f, "realm", self.keys.realm.clone())?;
        write_text(f, "root", path_text(self.keys.root.as_ref()))?;
        write_text(f, "edge", path_text(self.keys.edge.as_ref()))?;
        write_text(f, "certificate", path_text(self.keys.certificate.as_ref()))?;
        write_gateway(f, self.gateway.as_ref())?;
        write_section(f, "server")?;
        write_text(f, "agent", Some(self.agent.clone()))?;
        write_text(f, "region", Some(self.region.clone()))?;
        writeln!(f, "connections_max = {}", self.connections_max)?;
        write_section(f, "log")?;
        let format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        write_text(f, "format", Some(format.to_owned()))?;
        write_text(f, "filter", Some(self.log_filter.clone()))?;
        write_section(f, "limits")?;
        self.limits.iter().try_for_each(|(name, value)| writeln!(f, "{name} = {value}"))
    }
}

fn write_gateway(f: &mut fmt::Formatter<'_>, gateway: Option<&GatewaySettings>) -> fmt::Result {
    let Some(gateway) = gateway else { return Ok(()) };
    write_section(f, "gateway")?;
    match gateway {
        GatewaySettings::Log { path } => {
            write_text(f, "kind", Some("log".to_owned()))?;
            write_text(f, "path", path_text(Some(path)))
        }
        GatewaySettings::Webhook { url, timeout_ms, attempts_max } => {
            write_text(f, "kind", Some("webhook".to_owned()))?;
            write_text(f, "url", Some(url.clone()))?;
            writeln!(f, "timeout_ms = {timeout_ms}\nattempts_max = {attempts_max}")
        }
    }
}

fn write_section(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    writeln!(f, "\n[{name}]")
}

fn write_text(f: &mut fmt::Formatter<'_>, key: &str, value: Option<String>) -> fmt::Result {
    value.map_or(Ok(()), |value| writeln!(f, "{key} = {}", toml::Value::String(value)))
}

fn path_text(path: Option<&PathBuf>) -> Option<String> {
    path.map(|path| path.display().to_string())
}

fn address_text(address: Option<SocketAddr>) -> Option<String> {
    Some(address.map_or_else(|| "off".to_owned(), |address| address.to_string()))
}
