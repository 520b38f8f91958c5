//! Flags and environment, laid over the settings below them.

use pinnace_server::{GatewaySettings, LogFormat, Settings};

use crate::args::{Common, LogFormatArg};
use crate::failure::Failure;

impl Common {
    /// Puts what was given in the place of what is there.
    pub(crate) fn over(&self, mut below: Settings) -> Result<Settings, Failure> {
        below.tcp = self.tcp.map_or(below.tcp, |listen| listen.0);
        below.ws = self.ws.map_or(below.ws, |listen| listen.0);
        below.metrics = self.metrics.map_or(below.metrics, |listen| listen.0);
        below.data = self.data.clone().or(below.data);
        if let Some(path) = self.gateway_log.clone() {
            below.gateway = Some(GatewaySettings::Log { path });
        }
        below.connections_max = self.connections_max.unwrap_or(below.connections_max);
        for assignment in &self.limits {
            below.limits.assign(assignment)?;
        }
        below.log_format = self.log_format.map_or(below.log_format, |format| match format {
            LogFormatArg::Text => LogFormat::Text,
            LogFormatArg::Json => LogFormat::Json,
        });
        if let Some(filter) = self.log_filter.clone() {
            below.log_filter = filter;
        }
        Ok(below)
    }
}
