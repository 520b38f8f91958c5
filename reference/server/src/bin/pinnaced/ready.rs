//! What a server says once it listens.

use core::net::SocketAddr;
use std::io::{self, Write as _};
use std::path::Path;

use pinnace_server::{Handle, hex};
use serde::Serialize;

/// The line for machines.
#[derive(Serialize)]
struct Line<'a> {
    ready: Ready<'a>,
}

#[derive(Serialize)]
struct Ready<'a> {
    tcp: Option<SocketAddr>,
    ws: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    realm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_log: Option<&'a Path>,
}

/// Writes one line of JSON to standard output.
pub(crate) fn write_json(handle: &Handle, gateway_log: Option<&Path>) -> io::Result<()> {
    let ready = Ready {
        tcp: handle.tcp(),
        ws: handle.ws(),
        metrics: handle.metrics(),
        realm: hex::encode(&handle.realm().0),
        gateway_log,
    };
    let mut line = serde_json::to_vec(&Line { ready })?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}
