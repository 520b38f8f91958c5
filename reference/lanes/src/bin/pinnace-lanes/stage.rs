//! Where a lane plays: a server, its devices, and their applications.

use core::time::Duration;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use pinnace_client::Carrier;
use pinnace_lanes::check::check;
use pinnace_lanes::history::{History, Tally};
use pinnace_lanes::world::{Device, Failure, Load, PATIENCE, Plan, Server, World};
use tempfile::TempDir;

use crate::args::Common;
use crate::report::{Report, shown};

/// Memory as a file system: clients are not what is tested, and their disk is not to slow the server's.
const MEMORY: &str = "/dev/shm";

/// What a lane asks for.
pub(crate) struct Setting<'a> {
    pub(crate) lane: &'static str,
    pub(crate) common: &'a Common,
    pub(crate) devices: u64,
    pub(crate) load: Load,
    pub(crate) plan: Plan,
}

/// The server, its devices, and their applications.
pub(crate) struct Stage {
    lane: &'static str,
    seed: u64,
    since: Instant,
    history: PathBuf,
    pub(crate) server: Server,
    pub(crate) devices: Vec<Device>,
    pub(crate) world: Arc<World>,
    /// What the lane counts by itself.
    pub(crate) facts: BTreeMap<&'static str, u64>,
    /// What was to be, and was not.
    pub(crate) faults: Vec<String>,
    _homes: TempDir,
}

impl Setting<'_> {
    /// Starts the server, registers the devices, and starts their applications.
    pub(crate) fn open(self) -> Result<Stage, Failure> {
        let since = Instant::now();
        let memory = Path::new(MEMORY);
        let homes = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let homes = homes.map_err(Failure::io("temporary folder"))?;
        let server = Server::start_with(self.plan)?;
        let devices = (0..self.devices).map(|place| {
            Device::register(&server, &homes.path().join(place.to_string()), &format!("+467000{place:05}"))
        });
        let devices = devices.collect::<Result<Vec<_>, _>>()?;
        let history = history(self.lane, self.common);
        let world = World::new(&devices, self.load, &history)?;
        for (place, device) in devices.iter().enumerate() {
            world.run(place, device);
        }
        let (lane, seed) = (self.lane, self.common.seed);
        let (facts, faults) = (BTreeMap::new(), Vec::new());
        Ok(Stage { lane, seed, since, history, server, devices, world, facts, faults, _homes: homes })
    }
}

/// Where the history of a lane goes.
pub(crate) fn history(lane: &str, common: &Common) -> PathBuf {
    let name = || format!("pinnace-{lane}-{}-{}.jsonl", common.seed, std::process::id());
    common.history.clone().unwrap_or_else(|| std::env::temp_dir().join(name()))
}

impl Stage {
    /// The devices find the server again: it listens elsewhere after each start. One of them uses the other carrier.
    pub(crate) fn follow(&self) {
        for (place, device) in self.devices.iter().enumerate() {
            let carrier = if place == 0 { Carrier::WebSocket } else { Carrier::Tcp };
            device.whereto.set(self.server.address(carrier));
        }
    }

    /// A client crashes while `meanwhile` happens, and starts again from its store.
    pub(crate) fn crash_client(
        &mut self,
        place: usize,
        meanwhile: impl FnOnce(&mut Self) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let crashed = self.devices.remove(place).crash();
        self.world.recorder.fault("client crash", 0);
        meanwhile(self)?;
        let device = crashed.restart()?;
        self.world.run(place, &device);
        self.devices.insert(place, device);
        Ok(())
    }

    /// Waits for so many more outcomes.
    pub(crate) fn wait_outcomes(&self, count: u64) -> Result<(), Failure> {
        let until = self.world.recorder.tally().settled().saturating_add(count);
        self.wait("the next outcome", |tally| tally.settled() >= until)
    }

    /// Waits until this holds of what was seen.
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Tally) -> bool) -> Result<(), Failure> {
        if self.world.recorder.wait(PATIENCE, holds) {
            return Ok(());
        }
        let states: Vec<String> = self
            .devices
            .iter()
            .map(|device| {
                let state = device.client.state().borrow().clone();
                let said = state.last_error.map(|error| error.to_string()).unwrap_or_default();
                format!("{:?} {said}", state.link)
            })
            .collect();
        Err(Failure::Stuck(format!("{what}: {:?}, {states:?}; it", self.world.recorder.tally())))
    }

    /// Lets everything come that is to come, as long as something does, and checks what was seen.
    pub(crate) fn finish(mut self, patience: Duration) -> Result<Report, Failure> {
        self.world.recorder.end_load();
        let is_complete = self.world.recorder.wait(patience, Tally::is_complete);
        if !is_complete {
            self.faults.push(format!("not all came: {:?}", self.world.recorder.tally()));
        }
        self.world.look_again(&self.devices)?;
        let tally = self.world.recorder.tally();
        if tally.accepted == 0 {
            self.faults.push("nothing was accepted: nothing is shown".to_owned());
        }
        self.world.recorder.finish().map_err(Failure::io("history"))?;
        let text = std::fs::read_to_string(&self.history).map_err(Failure::io("history"))?;
        let history = History::parse(&text).map_err(|error| Failure::Program(format!("history: {error}")))?;
        let verdict = check(&history);
        Ok(Report {
            lane: self.lane,
            seed: self.seed,
            elapsed_s: self.since.elapsed().as_secs_f64(),
            facts: self.facts,
            shown: shown(&verdict.anomalies, &history),
            verdict,
            faults: self.faults,
            control: None,
            history: self.history,
        })
    }
}
