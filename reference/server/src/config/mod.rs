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

/// Least likeness, from 0 to 1, at which a name is offered in place of an unknown one.
const LIKENESS_MIN: f64 = 0.8;

/// The name most like the given one, if any is much like it.
pub(crate) fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    among
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}
