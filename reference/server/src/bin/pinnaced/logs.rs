//! Logs, on standard error: standard output is for answers.

use std::io::{self, IsTerminal as _};

use pinnace_server::{LogFormat, Settings};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Which logs are written.
pub(crate) fn filter(settings: &Settings) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(&settings.log_filter).map_err(|error| Failure::LogFilter(error.to_string()))
}

/// Starts logging.
pub(crate) fn start(settings: &Settings) -> Result<(), Failure> {
    let logs = tracing_subscriber::fmt().with_env_filter(filter(settings)?).with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => logs.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => logs.json().init(),
    }
    Ok(())
}
