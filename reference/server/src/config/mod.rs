//! What an operator may settle: listeners, keys, the gateway, limits, logs.
//!
//! Settings come from a file, from flags and from the environment; [`Settings`] is their sum, in words. [`crate::Config`]
//! is what a server starts from, with the keys read.

mod file;
mod gateway;
mod limits;
mod settings;
mod whole;

pub use file::{ConfigError, ConfigFault, parse_address};
pub use gateway::GatewaySettings;
pub use limits::{LimitError, Limits};
pub use settings::{KeySettings, LogFormat, Settings};
pub use whole::{Config, SettingsError};

/// The name most like the given one, if any is much like it: a third of its letters may be wrong, missing or swapped.
#[must_use]
pub fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    among
        .map(|known| (strsim::osa_distance(name, known), known))
        .filter(|(distance, _)| *distance <= name.chars().count() / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
