//! What a server starts from.

use core::fmt;
use core::net::SocketAddr;
use std::path::PathBuf;

use super::{GatewaySettings, LimitError, Limits, Settings};
use crate::gateway::{UrlError, Webhook};
use crate::identity::Identity;

/// What a server starts from: whole, and in agreement with itself.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where TCP connections are taken.
    pub(crate) tcp: Option<SocketAddr>,
    /// Where WebSocket connections are taken.
    pub(crate) ws: Option<SocketAddr>,
    /// Where `/metrics` and `/healthz` are served.
    pub(crate) metrics: Option<SocketAddr>,
    /// The folder of the store.
    pub(crate) data: PathBuf,
    /// Who the server is.
    pub(crate) identity: Identity,
    /// The way to people's telephones.
    pub(crate) gateway: GatewaySettings,
    /// The name in WELCOME.
    pub(crate) agent: String,
    /// The region in the certificate.
    pub(crate) region: String,
    /// Open connections, on all carriers.
    pub(crate) connections_max: u64,
    /// The limits.
    pub(crate) limits: Limits,
}

/// The longest agent and region, in octets.
const AGENT_LEN_MAX: usize = 64;
const REGION_LEN_MAX: usize = 32;

impl Config {
    /// A configuration of these settings and these keys.
    ///
    /// # Errors
    /// [`SettingsError`]: what is missing or does not agree.
    pub fn new(settings: Settings, identity: Identity) -> Result<Self, SettingsError> {
        settings.limits.check().map_err(SettingsError::Limits)?;
        if settings.tcp.is_none() && settings.ws.is_none() {
            return Err(SettingsError::NoListener);
        }
        if settings.connections_max == 0 {
            return Err(SettingsError::Zero("connections_max"));
        }
        if let Some(gateway) = &settings.gateway {
            check_gateway(gateway)?;
        }
        if settings.agent.len() > AGENT_LEN_MAX {
            return Err(SettingsError::TooLong { setting: "agent", len_max: AGENT_LEN_MAX });
        }
        if settings.region.len() > REGION_LEN_MAX {
            return Err(SettingsError::TooLong { setting: "region", len_max: REGION_LEN_MAX });
        }
        Ok(Self {
            tcp: settings.tcp,
            ws: settings.ws,
            metrics: settings.metrics,
            data: settings.data.ok_or(SettingsError::Missing("data"))?,
            identity,
            gateway: settings.gateway.ok_or(SettingsError::Missing("[gateway]"))?,
            agent: settings.agent,
            region: settings.region,
            connections_max: settings.connections_max,
            limits: settings.limits,
        })
    }
}

/// Whether codes could leave by these settings, as far as they alone tell.
fn check_gateway(gateway: &GatewaySettings) -> Result<(), SettingsError> {
    match gateway {
        GatewaySettings::Log { .. } => Ok(()),
        GatewaySettings::Webhook { timeout_ms: 0, .. } => Err(SettingsError::Zero("timeout_ms")),
        GatewaySettings::Webhook { attempts_max: 0, .. } => Err(SettingsError::Zero("attempts_max")),
        GatewaySettings::Webhook { url, .. } => {
            Webhook::new(url, 1, 1).map(drop).map_err(SettingsError::GatewayUrl)
        }
    }
}

/// Why settings make no server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// A setting without a default is missing.
    Missing(&'static str),
    /// Neither carrier has an address.
    NoListener,
    /// A text is too long for its field.
    TooLong {
        /// The setting.
        setting: &'static str,
        /// The longest, in octets.
        len_max: usize,
    },
    /// A setting is 0, with which nothing could be done.
    Zero(&'static str),
    /// The address of the webhook is none.
    GatewayUrl(UrlError),
    /// Two limits do not agree.
    Limits(LimitError),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(setting) => write!(f, "{setting} is not set"),
            Self::NoListener => f.write_str("tcp and ws are both off: nobody could connect"),
            Self::TooLong { setting, len_max } => write!(f, "{setting} is longer than {len_max} octets"),
            Self::Zero(setting) => write!(f, "{setting} is 0: nothing could be served"),
            Self::GatewayUrl(error) => write!(f, "gateway url: {error}"),
            Self::Limits(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for SettingsError {}
