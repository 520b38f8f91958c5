//! SIGKILL under load: a process that ends anywhere loses nothing.

use std::path::PathBuf;

use pinnace_lanes::world::{Dice, Failure, Load, PATIENCE, Plan};
use tempfile::TempDir;

use crate::args::{Common, Kill};
use crate::report::Report;
use crate::stage::{Setting, Stage};

/// Outcomes between the start of a server and its end at most.
const OUTCOMES_MAX: u64 = 16;

/// One of how many kills takes a client along.
const CLIENT_CRASHES: u64 = 4;

/// Kills the server, and its clients now and then.
pub(crate) fn kill(args: &Kill) -> Result<Report, Failure> {
    let folder = folder(&args.common)?;
    let plan = Plan { data: folder.path().join("server"), ..Plan::default() };
    let setting =
        Setting { lane: "kill", common: &args.common, devices: args.devices, load: Load::default(), plan };
    let mut stage = setting.open()?;
    let mut dice = Dice::new(args.common.seed);
    for cycle in 1..=args.cycles {
        stage.wait_outcomes(dice.up_to(OUTCOMES_MAX))?;
        let place = dice.up_to(args.devices.saturating_sub(1));
        let with_client = dice.up_to(CLIENT_CRASHES - 1) == 0;
        let strike = |stage: &mut Stage| {
            stage.world.recorder.fault("kill", cycle);
            stage.server.kill_and_restart()
        };
        if with_client {
            stage.crash_client(usize::try_from(place).unwrap_or(0), strike)?;
        } else {
            strike(&mut stage)?;
        }
        stage.follow();
    }
    stage.finish(PATIENCE)
}

/// A folder on the disk that the server is to use.
pub(crate) fn folder(common: &Common) -> Result<TempDir, Failure> {
    let at = common.disk.clone().unwrap_or_else(std::env::temp_dir);
    tempfile::Builder::new()
        .prefix("pinnace-lane-")
        .tempdir_in::<PathBuf>(at)
        .map_err(Failure::io("folder of the lane"))
}
