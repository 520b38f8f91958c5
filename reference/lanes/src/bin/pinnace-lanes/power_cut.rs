//! Power cuts under load: what was accepted is on the disk.

use core::time::Duration;

use pinnace_lanes::check::Kind;
use pinnace_lanes::world::{Dice, Failure, Load, PATIENCE, Plan};

use crate::args::PowerCut;
use crate::disk::{self, Disk};
use crate::kill::folder;
use crate::report::Report;
use crate::stage::{Setting, Stage};

/// Outcomes between the start of a server and the cut at most.
const OUTCOMES_MAX: u64 = 32;
/// Outcomes while a device is away at least, so that some are of messages for it.
const AWAY_OUTCOMES_MIN: u64 = 16;
/// Size of the disk.
const DISK_MIB: u64 = 512;
/// How long a control waits for what is lost.
const CONTROL_PATIENCE: Duration = Duration::from_secs(3);

/// Cuts the power of the server's disk; with `--control` the server's fsync does nothing, and the checker must say so.
pub(crate) fn power_cut(args: &PowerCut) -> Result<Report, Failure> {
    disk::enter_namespace(&["python3", "sync", if args.control { "cc" } else { "mount" }])?;
    let folder = folder(&args.common)?;
    let disk = Disk::new(folder.path(), DISK_MIB)?;
    let mut plan = Plan {
        data: disk.at.join("server"),
        gateway_log: Some(folder.path().join("codes")),
        ..Plan::default()
    };
    if args.control {
        plan.env.push(("LD_PRELOAD".to_owned(), disk::nosync(folder.path())?.into()));
    }
    let setting = Setting {
        lane: "power-cut",
        common: &args.common,
        devices: args.devices,
        load: Load { window: 16, ..Load::default() },
        plan,
    };
    let mut stage = setting.open()?;
    if args.control {
        // Only messages are to be lost: that the realm's keys are is another story.
        disk.sync()?;
    }
    let mut dice = Dice::new(args.common.seed);
    for cycle in 1..=args.cycles {
        let outcomes = 1 + dice.up_to(OUTCOMES_MAX - 1);
        let place = usize::try_from(dice.up_to(args.devices - 1)).unwrap_or(0);
        // What waits for a device that is away is only on the disk. In a control that is what must be lost.
        if args.control || dice.up_to(1) == 0 {
            stage.crash_client(place, |stage| {
                stage.wait_outcomes(outcomes.max(AWAY_OUTCOMES_MIN))?;
                cut(stage, &disk, cycle)
            })?;
            stage.follow();
        } else {
            stage.wait_outcomes(outcomes)?;
            cut(&mut stage, &disk, cycle)?;
        }
    }
    finish(stage, args)
}

/// The server stands still before the cut, so that it can tell nobody what the disk does not have.
fn cut(stage: &mut Stage, disk: &Disk, cycle: u64) -> Result<(), Failure> {
    stage.server.freeze()?;
    stage.world.recorder.fault("power cut", cycle);
    disk.cut()?;
    stage.server.kill();
    disk.restore()?;
    stage.server.restart()?;
    stage.follow();
    Ok(())
}

fn finish(stage: Stage, args: &PowerCut) -> Result<Report, Failure> {
    if !args.control {
        return stage.finish(PATIENCE);
    }
    let report = stage.finish(CONTROL_PATIENCE)?;
    Ok(report.into_control(Kind::Lost))
}
