//! `pinnaced run`, and what it shares with `dev`: serving until a signal comes or whoever started it is gone.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use pinnace_server::{Config, GatewaySettings, Handle, Identity, Server, Settings};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::args::{Common, Run};
use crate::failure::Failure;
use crate::{logs, ready};

/// Serves by a configuration file.
pub(crate) fn run(args: &Run) -> Result<(), Failure> {
    let settings = args.common.over(Settings::from_file(&args.config)?)?;
    #[cfg(feature = "faults")]
    crate::faults::switch_on(args.common.fault.as_deref());
    logs::start(&settings)?;
    let identity = Identity::load(&settings.keys, unix_s())?;
    let gateway_log = gateway_log(&settings);
    let config = Config::new(settings, identity)?;
    serve(config, &args.common, |handle| {
        if args.common.ready_json {
            ready::write_json(handle, gateway_log.as_deref())?;
        }
        Ok(())
    })
}

/// Starts a server, has `announce` tell of it, and serves until a signal comes, or standard input ends where that was asked
/// for; a second signal ends it at once.
pub(crate) fn serve(
    config: Config,
    common: &Common,
    announce: impl FnOnce(&Handle) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let handle = Server::start(config).await?;
        tracing::info!(tcp = ?handle.tcp(), ws = ?handle.ws(), metrics = ?handle.metrics(), "serving");
        announce(&handle)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = stdin_ended(), if common.end_with_stdin => {}
        }
        tracing::info!("draining; a second signal ends at once");
        tokio::select! {
            () = handle.drain() => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(())
    });
    // Whatever still runs belongs to connections that did not end in time.
    runtime.shutdown_background();
    result
}

/// Reads standard input to its end, and what stands in it means nothing.
async fn stdin_ended() {
    let (ended, hears) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        // A pipe that does not read is as good as one that ended.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        drop(ended);
    });
    // It hears that the other end is gone.
    let _ = hears.await;
}

/// The file of the log gateway, if that is the gateway.
pub(crate) fn gateway_log(settings: &Settings) -> Option<std::path::PathBuf> {
    match &settings.gateway {
        Some(GatewaySettings::Log { path }) => Some(absolute(path)),
        Some(GatewaySettings::Webhook { .. }) | None => None,
    }
}

/// The path as others may use it, from wherever they stand.
pub(crate) fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

pub(crate) fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
