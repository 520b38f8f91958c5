//! All runs of all scenarios: the floor and Pinnace in turn, so that both see the same machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pinnace_session::ReceiptWish;
use tempfile::TempDir;

use crate::args::Run;
use crate::floor;
use crate::measure::{Figures, Probe};
use crate::pinnace::{self, Manner, Served, Start};
use crate::process::{Core, Process, hold};
use crate::scenario::{Scenario, Size, Subject};
use crate::{Failure, program};

/// The runs of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    pub(crate) floor: Vec<Figures>,
    pub(crate) pinnace: Vec<Figures>,
}

/// What a campaign found.
pub(crate) type Found = BTreeMap<Scenario, Runs>;

/// Where the processes run.
#[derive(Clone, Copy)]
struct Cores {
    server: Core,
    own: Core,
}

struct Campaign<'a> {
    run: &'a Run,
    size: Size,
    cores: Cores,
    folder: TempDir,
    program: Option<PathBuf>,
    found: Found,
}

/// Measures everything that was asked for.
pub(crate) fn campaign(run: &Run) -> Result<Found, Failure> {
    let program = match (&run.server.addr, &run.server.server) {
        (Some(_), _) => None,
        (None, Some(named)) => Some(named.clone()),
        (None, None) => Some(program::pinnaced()?),
    };
    let parent = run.data.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("pinnace-load-").tempdir_in(parent);
    let core_count = std::thread::available_parallelism().map_or(1, usize::from);
    let cores = if run.no_pin || core_count < 2 {
        Cores { server: Core::Any, own: Core::Any }
    } else {
        Cores { server: Core::Only(0), own: Core::Only(1) }
    };
    let folder = folder.map_err(Failure::io("folder for the measurement"))?;
    let mut campaign = Campaign { run, size: run.size.size(), cores, folder, program, found: Found::new() };
    campaign.go()?;
    Ok(campaign.found)
}

impl Campaign<'_> {
    fn go(&mut self) -> Result<(), Failure> {
        let scenarios = self.run.scenarios();
        let served = self.serve()?;
        let receipt = if self.run.receipts { ReceiptWish::Wanted } else { ReceiptWish::Unwanted };
        let payload_len = usize::try_from(self.run.payload).unwrap_or(usize::MAX);
        let mut devices = pinnace::Devices::new(&served, Manner { payload_len, receipt })?;
        let is_idle = scenarios.contains(&Scenario::Idle);
        let has_groups = scenarios.iter().any(|scenario| scenario.is_of_groups());
        let of = |is_there: bool, count: usize| if is_there { count } else { 0 };
        let paired = self.size.pairs.saturating_mul(2);
        let count = paired.max(of(is_idle, self.size.sessions)).max(of(has_groups, self.size.members));
        devices.enrol(count)?;
        let busy: Vec<Scenario> =
            scenarios.into_iter().filter(|scenario| *scenario != Scenario::Idle).collect();
        if !busy.is_empty() {
            self.busy(&busy, &served, &mut devices)?;
        }
        if is_idle {
            self.idle(served, &mut devices)?;
        }
        Ok(())
    }

    fn busy(
        &mut self,
        scenarios: &[Scenario],
        served: &Served,
        devices: &mut pinnace::Devices,
    ) -> Result<(), Failure> {
        let mut relay = self.floor()?;
        for scenario in scenarios {
            for run in 0..self.run.runs {
                tracing(scenario.name(), run);
                if let Some((floor, fleet)) = &mut relay {
                    let probe = || probe_of(&floor.process);
                    let figures = Subject { fleet, probe: &probe }.run(*scenario, &self.size)?;
                    self.keep(figures, |runs| &mut runs.floor);
                }
                let probe = || probe_of_server(served);
                let figures = Subject { fleet: devices, probe: &probe }.run(*scenario, &self.size)?;
                self.keep(figures, |runs| &mut runs.pinnace);
            }
        }
        Ok(())
    }

    /// Each run at a server that was just started, on the data of the one before.
    fn idle(&mut self, served: Served, devices: &mut pinnace::Devices) -> Result<(), Failure> {
        let mut served = Some(served);
        for run in 0..self.run.runs {
            tracing(Scenario::Idle.name(), run);
            if let Some((floor, mut fleet)) = self.floor()? {
                let probe = || probe_of(&floor.process);
                let figures = Subject { fleet: &mut fleet, probe: &probe }.run(Scenario::Idle, &self.size)?;
                self.keep(figures, |runs| &mut runs.floor);
            }
            let fresh = match served.take() {
                Some(attached) if self.program.is_none() => attached,
                // The directory is free when its process has ended.
                before => {
                    drop(before);
                    self.serve()?
                }
            };
            devices.move_to(&fresh);
            let probe = || probe_of_server(&fresh);
            let figures = Subject { fleet: devices, probe: &probe }.run(Scenario::Idle, &self.size)?;
            self.keep(figures, |runs| &mut runs.pinnace);
            served = Some(fresh);
        }
        Ok(())
    }

    fn keep(&mut self, figures: Vec<(Scenario, Figures)>, of: impl Fn(&mut Runs) -> &mut Vec<Figures>) {
        for (scenario, figures) in figures {
            of(self.found.entry(scenario).or_default()).push(figures);
        }
    }

    fn serve(&self) -> Result<Served, Failure> {
        let settings = &self.run.server;
        let Some(program) = &self.program else {
            let (Some(addr), Some(realm)) = (settings.addr, &settings.realm) else {
                return Err(Failure::Usage("--addr needs --realm".to_owned()));
            };
            let mut served = pinnace::attach(addr, realm)?;
            served.process = settings.pid.map(Process::attached);
            (served.codes, served.metrics) = (settings.codes.clone(), settings.metrics);
            return Ok(served);
        };
        let data = self.folder.path().join("server");
        self.placed(|| pinnace::start(&Start { program, data: &data, limits: &settings.limits }))
    }

    fn floor(&self) -> Result<Option<(floor::Floor, floor::Devices)>, Failure> {
        if self.run.no_floor {
            return Ok(None);
        }
        let data: &Path = self.folder.path();
        let floor = self.placed(|| floor::start(data))?;
        let payload_len = usize::try_from(self.run.payload).unwrap_or(usize::MAX);
        let fleet = floor::Devices::new(floor.address, payload_len)?;
        Ok(Some((floor, fleet)))
    }

    /// A child has the core that this process had when it was started.
    fn placed<T>(&self, start: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        hold(self.cores.server)?;
        let started = start();
        hold(self.cores.own)?;
        started
    }
}

fn probe_of(process: &Process) -> Probe {
    Probe { usage: Some(process.usage()), fsyncs: None }
}

fn probe_of_server(served: &Served) -> Probe {
    Probe { usage: served.process.as_ref().map(Process::usage), fsyncs: served.commits() }
}

/// Says on standard error what goes on.
fn tracing(scenario: &str, run: u32) {
    use std::io::Write as _;
    // Nobody may be there to read it.
    let _ = writeln!(std::io::stderr(), "pinnace-load: {scenario}, run {}", run.saturating_add(1));
}
