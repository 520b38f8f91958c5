//! `pinnaced dev`: a realm of one's own, at once.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use pinnace_server::{Config, GatewaySettings, Handle, Identity, Settings, hex};
use tempfile::TempDir;

use crate::args::Dev;
use crate::failure::Failure;
use crate::{logs, ready, serve};

/// The folder of a development realm.
enum Folder {
    /// One that stays.
    Kept(PathBuf),
    /// One that is removed at the end.
    Temporary(TempDir),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// Serves a development realm.
pub(crate) fn dev(args: &Dev) -> Result<(), Failure> {
    let folder = match args.common.data.clone() {
        Some(path) => Folder::Kept(make(path)?),
        None => Folder::Temporary(tempfile::Builder::new().prefix("pinnaced-").tempdir()?),
    };
    let path = serve::absolute(folder.path());
    let mut settings = args.common.over(defaults(args, &path))?;
    // The keys and the codes lie beside the store, which wants a folder for itself.
    settings.data = Some(path.join("store"));
    logs::start(&settings)?;
    #[cfg(feature = "faults")]
    crate::faults::switch_on(args.common.fault.as_deref());
    let identity = Identity::persistent(&path)?;
    let gateway_log = serve::gateway_log(&settings);
    let config = Config::new(settings, identity)?;
    let result = serve::serve(config, &args.common, |handle| {
        if args.common.ready_json {
            ready::write_json(handle, gateway_log.as_deref())
        } else {
            greet(handle, &path, gateway_log.as_deref());
            Ok(())
        }
    });
    drop(folder);
    result
}

fn defaults(args: &Dev, path: &Path) -> Settings {
    let defaults = Settings {
        gateway: Some(GatewaySettings::Log { path: path.join("gateway.jsonl") }),
        log_filter: "warn".to_owned(),
        ..Settings::default()
    };
    if !args.common.ready_json {
        return defaults;
    }
    // A machine reads where the server listens: free ports never stand in each other's way.
    let free = |mut address: core::net::SocketAddr| {
        address.set_port(0);
        address
    };
    Settings {
        tcp: defaults.tcp.map(free),
        ws: defaults.ws.map(free),
        metrics: defaults.metrics.map(free),
        ..defaults
    }
}

/// Makes a folder that only its owner may read.
fn make(path: PathBuf) -> std::io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
    Ok(path)
}

/// Says what to type next.
fn greet(handle: &Handle, folder: &Path, gateway_log: Option<&Path>) {
    let realm = hex::encode(&handle.realm().0);
    let server = match (handle.tcp(), handle.ws()) {
        (Some(tcp), _) => format!("tcp://{tcp}/?realm={realm}"),
        (None, Some(ws)) => format!("ws://{ws}/pinnace?realm={realm}"),
        (None, None) => String::new(),
    };
    let codes = gateway_log.map_or_else(String::new, |path| format!(" --code-from {}", path.display()));
    let web = handle.ws().map_or_else(String::new, |ws| format!("\n  ws://{ws}/pinnace?realm={realm}"));
    let metrics = handle.metrics().map_or_else(String::new, |at| format!("\n  http://{at}/metrics"));
    anstream::println!(
        "A Pinnace realm for development, in {folder}
  {server}{web}{metrics}

One terminal:
  pinnace --home alice register --server '{server}' --number +46700000001{codes}
  pinnace --home alice status
Another:
  pinnace --home bob register --server '{server}' --number +46700000002{codes}
  pinnace --home bob send --to DEVICE_OF_ALICE hello
The first again:
  pinnace --home alice receive

Ctrl-C stops.",
        folder = folder.display(),
    );
}
