//! Sessions on which nothing happens: what each costs, and that all of them still answer.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use pinnace_client::{Carrier, ServerAddress};
use pinnace_lanes::world::{Codes, Failure, Plain, PlainSession, Plan, Server, silent};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::args::Idle;
use crate::kill::folder;
use crate::report::json;

/// Devices that are registered, opened or asked at once.
const AT_ONCE: usize = 64;

/// Descriptors beside those of the sessions.
const DESCRIPTORS: u64 = 200;

/// Limits that a crowd from one address needs.
const LIMITS: [&str; 7] = [
    "connections_per_address_max=1000000",
    "handshakes_per_address_per_s=1000000",
    "code_wait_ms=0",
    "method_wait_ms=0",
    "idle_ms=3600000",
    "handshake_ms=60000",
    "confirm_ms=60000",
];

/// What the lane tells.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    lane: &'static str,
    seed: u64,
    elapsed_s: f64,
    sessions: usize,
    answered: usize,
    rss_kib: BTreeMap<&'static str, u64>,
    rss_octets_per_session: u64,
}

/// Opens so many sessions, leaves them alone, and asks each of them at the end. Tells whether all answered.
pub(crate) fn idle(args: &Idle) -> Result<(bool, String), Failure> {
    let count = usize::try_from(args.sessions).unwrap_or(usize::MAX);
    raise_descriptors(args.sessions)?;
    let folder = folder(&args.common)?;
    let plan = Plan {
        data: folder.path().join("server"),
        limits: LIMITS.map(str::to_owned).to_vec(),
        args: ["--connections-max", "1000000"].map(str::to_owned).to_vec(),
        ..Plan::default()
    };
    let server = Server::start_with(plan)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::io("runtime of the lane"))?;
    let found = runtime.block_on(hold(&server, args, count))?;
    runtime.shutdown_background();
    let is_clean = found.answered == found.sessions;
    let text = if args.common.json { json(&found)? } else { told(&found) };
    Ok((is_clean, text))
}

async fn hold(server: &Server, args: &Idle, count: usize) -> Result<Found, Failure> {
    let since = Instant::now();
    let codes = Codes::open(&server.gateway_log)?;
    let at = server.address(Carrier::Tcp);
    let devices =
        each((0..count).collect(), |serial| register(serial, at.clone(), Arc::clone(&codes))).await?;
    let before = server.rss_kib()?;
    let sessions = each(devices, |device| open(device, at.clone())).await?;
    let opened = server.rss_kib()?;
    tokio::time::sleep(Duration::from_secs(args.hold_s)).await;
    let held = server.rss_kib()?;
    let sessions = each(sessions, ask).await?;
    Ok(Found {
        lane: "idle",
        seed: args.common.seed,
        elapsed_s: since.elapsed().as_secs_f64(),
        sessions: count,
        answered: sessions.len(),
        rss_kib: BTreeMap::from([
            ("before", before),
            ("opened", opened),
            ("held", held),
            ("asked", server.rss_kib()?),
        ]),
        rss_octets_per_session: held.saturating_sub(before).saturating_mul(1024) / args.sessions.max(1),
    })
}

async fn register(serial: usize, at: ServerAddress, codes: Arc<Codes>) -> Result<Plain, Failure> {
    let mut device = Plain::new(format!("+467{serial:08}"));
    device.register(&at, &codes).await?;
    Ok(device)
}

async fn open(mut device: Plain, at: ServerAddress) -> Result<PlainSession, Failure> {
    let mut session = device.open(&at, silent()).await?;
    // An answer shows that the session is confirmed.
    session.ask().await?;
    Ok(session)
}

async fn ask(mut session: PlainSession) -> Result<PlainSession, Failure> {
    session.ask().await?;
    Ok(session)
}

/// Does this to each, a bounded number at once.
async fn each<A, B, F>(from: Vec<A>, work: impl Fn(A) -> F) -> Result<Vec<B>, Failure>
where
    B: Send + 'static,
    F: Future<Output = Result<B, Failure>> + Send + 'static,
{
    let (mut running, mut done) = (JoinSet::new(), Vec::with_capacity(from.len()));
    let mut waiting = from.into_iter();
    for next in waiting.by_ref().take(AT_ONCE) {
        running.spawn(work(next));
    }
    while let Some(joined) = running.join_next().await {
        done.push(joined.map_err(|error| Failure::Client(error.to_string()))??);
        if let Some(next) = waiting.next() {
            running.spawn(work(next));
        }
    }
    Ok(done)
}

fn raise_descriptors(sessions: u64) -> Result<(), Failure> {
    let mut limit = getrlimit(Resource::Nofile);
    let needed = sessions.saturating_add(DESCRIPTORS);
    if limit.maximum.is_some_and(|maximum| maximum < needed) {
        return Err(Failure::Skipped(format!("{sessions} sessions need {needed} descriptors (ulimit -Hn)")));
    }
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).map_err(|error| Failure::io("descriptors")(error.into()))
}

fn told(found: &Found) -> String {
    let Found { lane, seed, elapsed_s, sessions, answered, rss_kib, rss_octets_per_session } = found;
    let memory: Vec<_> = rss_kib.iter().map(|(when, kib)| format!("{kib} KiB {when}")).collect();
    format!(
        "{lane}, seed {seed}, {elapsed_s:.1} s\n  {sessions} sessions, {answered} answered at the end\n  server memory: {}\n  \
         {rss_octets_per_session} octets a session\n  {}",
        memory.join(", "),
        if answered == sessions { "clean" } else { "NOT CLEAN" }
    )
}
