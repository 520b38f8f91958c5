//! A disk without room, and one that turns read-only: nothing is accepted that is not kept, and the server comes back by
//! itself.

mod probe;

use std::time::Instant;

use pinnace_lanes::world::{Failure, Load, PATIENCE, Plan};

use crate::args::DiskFull;
use crate::disk::{self, Disk};
use crate::kill::folder;
use crate::report::Report;
use crate::stage::{Setting, Stage};
use probe::Probe;

/// Size of the disk: what an empty store takes, and room for the messages of a lane.
const DISK_MIB: u64 = 256;

/// What becomes of the disk once it is full.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing.
    Full,
    /// It is read-only for a while.
    ReadOnly,
}

/// What the server has counted.
#[derive(Clone, Copy)]
struct Trouble {
    /// Operations that the store could not answer.
    unanswered: f64,
    /// Times that the engine was opened again.
    reopened: f64,
}

/// Fills the disk and empties it again, while the devices go on.
pub(crate) fn disk_full(args: &DiskFull, then: Then) -> Result<Report, Failure> {
    disk::enter_namespace(&[])?;
    let folder = folder(&args.common)?;
    let disk = Disk::new(folder.path(), DISK_MIB)?;
    let gateway_log = Some(folder.path().join("codes"));
    let plan = Plan {
        data: disk.at.join("server"),
        gateway_log,
        limits: ["code_wait_ms=0".to_owned()].to_vec(),
        // Errors are what this is about; they need not be shown.
        args: ["--log-filter", "off"].map(str::to_owned).to_vec(),
        ..Plan::default()
    };
    let lane = if then == Then::Full { "disk-full" } else { "read-only" };
    let load = Load { window: 16, ..Load::default() };
    let mut stage = Setting { lane, common: &args.common, devices: 3, load, plan }.open()?;
    let pid = stage.server.pid();
    let mut probe = Probe::start(&stage.server)?;
    for cycle in 1..=args.cycles {
        stage.wait_outcomes(20)?;
        trouble((&mut stage, &mut probe), &disk, (cycle, then))?;
    }
    if !stage.server.is_alive() || stage.server.pid() != pid {
        stage.faults.push("the server did not live through it".to_owned());
    }
    let Trouble { unanswered, reopened } = count(&stage)?;
    stage.facts.insert("operations_without_an_answer_of_the_store", whole(unanswered));
    stage.facts.insert("answers_unavailable", probe.unavailable);
    stage.facts.insert("times_the_engine_was_opened_again", whole(reopened));
    stage.finish(PATIENCE)
}

fn trouble(
    (stage, probe): (&mut Stage, &mut Probe),
    disk: &Disk,
    (cycle, then): (u64, Then),
) -> Result<(), Failure> {
    let before = count(stage)?;
    stage.world.recorder.fault("full", cycle);
    disk.fill()?;
    wait(stage, disk, "the trouble of a full disk", |now| now.unanswered > before.unanswered)?;
    probe.is_refused(disk)?;
    if then == Then::ReadOnly {
        read_only(stage, disk, cycle)?;
    }
    stage.world.recorder.fault("room again", cycle);
    disk.empty()?;
    // Without a restart.
    stage.wait_outcomes(20)?;
    probe.is_accepted()?;
    if count(stage)?.reopened <= before.reopened {
        stage.faults.push(format!("cycle {cycle}: the engine was never opened again"));
    }
    Ok(())
}

/// While the store is closed for want of room nobody writes: the disk can be made read-only, and writable again.
fn read_only(stage: &Stage, disk: &Disk, cycle: u64) -> Result<(), Failure> {
    let since = Instant::now();
    while let Err(failure) = disk.remount("ro") {
        if since.elapsed() > PATIENCE {
            return Err(failure);
        }
        std::thread::yield_now();
    }
    stage.world.recorder.fault("read-only", cycle);
    let (before, accepted) = (count(stage)?, stage.world.recorder.tally().accepted);
    wait(stage, disk, "the trouble of a read-only disk", |now| now.unanswered > before.unanswered + 3.0)?;
    // What was on its way when the disk turned read-only may have come late; nothing new is accepted.
    let late = stage.world.recorder.tally().accepted.saturating_sub(accepted);
    stage.world.recorder.fault(if late == 0 { "nothing accepted read-only" } else { "late outcome" }, cycle);
    disk.remount("rw")
}

fn wait(stage: &Stage, disk: &Disk, what: &str, holds: impl Fn(Trouble) -> bool) -> Result<(), Failure> {
    let since = Instant::now();
    while !holds(count(stage)?) {
        if since.elapsed() > PATIENCE {
            return Err(Failure::Stuck(format!("{what}: {:?}", stage.world.recorder.tally())));
        }
        // What the engine gave back meanwhile is taken, too; refused where the disk is read-only.
        let _ = disk.fill();
        std::thread::sleep(core::time::Duration::from_millis(20));
    }
    Ok(())
}

fn count(stage: &Stage) -> Result<Trouble, Failure> {
    Ok(Trouble {
        unanswered: stage.server.metric("pinnace_store_unavailable_total")?,
        reopened: stage.server.metric("pinnace_store_reopened_total")?,
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a counter of a short run")]
pub(crate) const fn whole(count: f64) -> u64 {
    count as u64
}
