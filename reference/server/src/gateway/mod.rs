//! Gateways carry verification codes to people.

mod log;
mod webhook;

use core::fmt;
use std::io;
use std::path::PathBuf;

use pinnace_wire::Method;
use serde::Serialize;

use crate::config::GatewaySettings;

pub(crate) use log::LogGateway;
pub use webhook::UrlError;
pub(crate) use webhook::Webhook;

/// The way to the person who holds a number.
#[derive(Debug)]
pub(crate) enum Gateway {
    /// Lines in a file, for development.
    Log(LogGateway),
    /// A service behind HTTP.
    Webhook(Webhook),
}

/// One code on its way, as gateways write it.
#[derive(Serialize)]
pub(crate) struct Message<'a> {
    /// The number, with its plus sign.
    pub(crate) e164: &'a str,
    /// `sms`, `voice`, or the number of another method.
    pub(crate) method: &'a str,
    /// The code.
    pub(crate) code: &'a str,
}

/// Why a code did not leave.
#[derive(Debug)]
pub(crate) enum GatewayError {
    /// The log could not be written.
    Log(io::Error),
    /// The last attempt at the service failed; the text says how, and names no number.
    Webhook(String),
}

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(error) => write!(f, "gateway log: {error}"),
            Self::Webhook(error) => write!(f, "gateway webhook: {error}"),
        }
    }
}

/// Why there is no gateway.
#[derive(Debug)]
pub enum GatewaySetupError {
    /// The log cannot be opened.
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The address of the webhook is none.
    Url(UrlError),
}

impl fmt::Display for GatewaySetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log { path, error } => write!(f, "gateway log {}: {error}", path.display()),
            Self::Url(error) => write!(f, "gateway url: {error}"),
        }
    }
}

impl core::error::Error for GatewaySetupError {}

impl Gateway {
    pub(crate) fn open(settings: &GatewaySettings) -> Result<Self, GatewaySetupError> {
        match settings {
            GatewaySettings::Log { path } => {
                let log = LogGateway::open(path);
                log.map(Self::Log).map_err(|error| GatewaySetupError::Log { path: path.clone(), error })
            }
            GatewaySettings::Webhook { url, timeout_ms, attempts_max } => {
                let webhook = Webhook::new(url, *timeout_ms, *attempts_max);
                webhook.map(Self::Webhook).map_err(GatewaySetupError::Url)
            }
        }
    }

    /// Sends a code. When this returns, it left (REG-007).
    pub(crate) async fn send(&self, e164: &str, method: Method, code: &str) -> Result<(), GatewayError> {
        let number;
        let method = if method == Method::SMS {
            "sms"
        } else if method == Method::VOICE {
            "voice"
        } else {
            number = method.value().to_string();
            &number
        };
        let message = Message { e164, method, code };
        match self {
            Self::Log(log) => log.send(&message).map_err(GatewayError::Log),
            Self::Webhook(webhook) => webhook.send(&message).await.map_err(GatewayError::Webhook),
        }
    }
}
