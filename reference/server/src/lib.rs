//! The Pinnace server: sockets around session, home and store; the pinnaced command.
//!
//! The shell moves octets and obeys: what a connection may do is decided in `pinnace-session`, what is kept in
//! `pinnace-home`, inside a transaction of `pinnace-store`.
//!
//! ```
//! use pinnace_server::{Config, Identity, Server, Settings, GatewaySettings};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let mut settings = Settings { data: Some(folder.path().join("store")), ..Settings::default() };
//! settings.gateway = Some(GatewaySettings::Log { path: folder.path().join("codes.jsonl") });
//! (settings.tcp, settings.ws, settings.metrics) = ("127.0.0.1:0".parse().ok(), None, None);
//! let server = Server::start(Config::new(settings, Identity::ephemeral()?)?).await?;
//! assert!(server.tcp().is_some());
//! server.drain().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accept;
mod addresses;
mod carrier;
mod clock;
pub mod config;
mod connection;
mod gateway;
pub mod hex;
pub mod identity;
mod metrics;
mod ops;
mod router;
mod server;
mod shared;
mod slot;

pub use config::{Config, ConfigError, GatewaySettings, KeySettings, Limits, LogFormat, Settings};
pub use gateway::{GatewaySetupError, UrlError};
pub use identity::{Identity, IdentityError};
pub use server::{Handle, Server, StartError};
