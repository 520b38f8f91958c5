//! Peers that stall: silent ones, slow ones, ones that flood, never read, or are gone. The server sheds them, and others
//! live on.

mod assault;
mod reader;

use std::time::Instant;

use pinnace_client::Carrier;
use pinnace_lanes::world::{Codes, Failure, Load, PATIENCE, Plain, Plan, silent};
use tokio::runtime::Runtime;

use crate::args::Peers;
use crate::disk_full::whole;
use crate::kill::folder;
use crate::report::Report;
use crate::stage::{Setting, Stage};
use assault::Assault;

/// Waits of the server, short enough to be waited for here.
const LIMITS: [&str; 8] = [
    "handshake_ms=1000",
    "confirm_ms=1000",
    "idle_ms=3000",
    "write_stall_ms=1000",
    "connections_per_address_max=1000000",
    "handshakes_per_address_per_s=1000000",
    "code_wait_ms=0",
    "method_wait_ms=0",
];
/// Outcomes of the good devices while peers stall.
const OUTCOMES: u64 = 20;
/// What the memory of the server may have grown by at the end, in KiB: what its caches hold, and no stalled peer.
const GROWTH_KIB_MAX: u64 = 96 * 1024;
/// Devices that write to one another meanwhile.
const DEVICES: u64 = 2;

/// Lets every kind of bad peer come, one after another.
pub(crate) fn peers(args: &Peers) -> Result<Report, Failure> {
    let folder = folder(&args.common)?;
    let limits = LIMITS.map(str::to_owned).to_vec();
    let plan = Plan { data: folder.path().join("server"), limits, ..Plan::default() };
    let setting =
        Setting { lane: "peers", common: &args.common, devices: DEVICES, load: Load::default(), plan };
    let mut stage = setting.open()?;
    stage.follow();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::io("runtime of the lane"))?;
    stage.wait_outcomes(OUTCOMES)?;
    let before = stage.server.rss_kib()?;
    let mut most = before;
    for (number, assault) in (1..).zip(Assault::ALL) {
        stage.world.recorder.fault(assault.name(), number);
        let count = args.peers.saturating_mul(assault.factor());
        let at = assault.socket(&stage.server);
        let shed = runtime.spawn(assault.run(at, count));
        // The others live on meanwhile.
        stage.wait_outcomes(OUTCOMES)?;
        most = most.max(stage.server.rss_kib()?);
        let shed = runtime.block_on(shed).map_err(|error| Failure::Client(error.to_string()))?;
        stage.facts.insert(assault.name(), shed);
        if shed != count {
            stage.faults.push(format!("{}: {shed} of {count} were shed", assault.name()));
        }
    }
    gone(&mut stage, &runtime, args.peers)?;
    reader::never_reads(&mut stage, &runtime)?;
    most = most.max(stage.server.rss_kib()?);
    all_shed(&mut stage)?;
    let after = stage.server.rss_kib()?;
    if after > before.saturating_add(GROWTH_KIB_MAX) {
        stage.faults.push(format!("the server's memory grew from {before} to {after} KiB"));
    }
    stage.facts.extend([("rss_kib_before", before), ("rss_kib_at_most", most), ("rss_kib_after", after)]);
    runtime.shutdown_background();
    stage.finish(PATIENCE)
}

/// Devices whose sessions are open, and that say nothing any more: half-open, as the server sees them.
fn gone(stage: &mut Stage, runtime: &Runtime, count: u64) -> Result<(), Failure> {
    let count = (count / 10).max(4);
    let codes = Codes::open(&stage.server.gateway_log)?;
    stage.world.recorder.fault("half-open sessions", 1);
    let mut sessions = Vec::new();
    for serial in 0..count {
        let carrier = if serial % 2 == 0 { Carrier::Tcp } else { Carrier::WebSocket };
        let at = stage.server.address(carrier);
        let mut device = Plain::new(format!("+468{serial:08}"));
        let session = runtime.block_on(async {
            device.register(&at, &codes).await?;
            let mut session = device.open(&at, silent()).await?;
            session.ask().await.map(|()| session)
        });
        sessions.push(session?);
    }
    stage.wait_outcomes(OUTCOMES)?;
    let mut shed = 0_u64;
    for session in &mut sessions {
        shed = shed.saturating_add(u64::from(runtime.block_on(session.ended()).is_ok()));
    }
    stage.facts.insert("half_open_sessions", shed);
    if shed != count {
        stage.faults.push(format!("half-open sessions: {shed} of {count} were shed"));
    }
    Ok(())
}

/// Waits until only the good devices are connected.
fn all_shed(stage: &mut Stage) -> Result<(), Failure> {
    let since = Instant::now();
    loop {
        let connections = whole(stage.server.metric("pinnace_connections")?);
        if connections == DEVICES {
            return Ok(());
        }
        if since.elapsed() > PATIENCE {
            stage.faults.push(format!("{connections} connections are left, of {DEVICES} that are good"));
            return Ok(());
        }
        std::thread::sleep(core::time::Duration::from_millis(50));
    }
}
