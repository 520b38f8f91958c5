//! The calendar jumps while the server serves: nothing that is not due is lost or expires, and nobody is locked out.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use pinnace_lanes::check::Kind;
use pinnace_lanes::world::{Dice, Failure, Load, PATIENCE, Plan};

use crate::args::Clock;
use crate::kill::folder;
use crate::report::Report;
use crate::stage::{Setting, Stage};

/// Where Debian has it, by architecture.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// Jumps that leave everything in its time: an undelivered message is kept for 30 days, an edge's certificate holds for 7.
const JUMPS_S: [i64; 9] = [0, 1, -1, 60, -60, 3600, -3600, 172_800, -172_800];
/// A jump that no undelivered message outlives.
const BEYOND_S: i64 = 3_456_000;
/// How long a control waits for what is lost.
const CONTROL_PATIENCE: Duration = Duration::from_secs(3);

/// Moves the server's calendar; with `--control` so far that messages expire, and the checker must say so.
pub(crate) fn clock(args: &Clock) -> Result<Report, Failure> {
    let library = FAKETIME.into_iter().find(|path| Path::new(path).is_file());
    let library = library.ok_or_else(|| Failure::Skipped("libfaketime is not installed".to_owned()))?;
    let folder = folder(&args.common)?;
    let offset = folder.path().join("offset");
    set(&offset, 0)?;
    let env = [
        ("LD_PRELOAD", library.into()),
        ("FAKETIME_TIMESTAMP_FILE", offset.clone().into()),
        ("FAKETIME_NO_CACHE", "1".into()),
        // Sessions live by the monotonic clock, which no operator moves.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let plan = Plan { data: folder.path().join("server"), env, ..Plan::default() };
    let setting = Setting { lane: "clock", common: &args.common, devices: 3, load: Load::default(), plan };
    let mut stage = setting.open()?;
    let mut dice = Dice::new(args.common.seed);
    for cycle in 1..=args.cycles {
        let jump = dice.up_to(u64::try_from(JUMPS_S.len() - 1).unwrap_or(0));
        let to_s = usize::try_from(jump).ok().and_then(|index| JUMPS_S.get(index)).copied().unwrap_or(0);
        let to_s = if args.control { BEYOND_S } else { to_s };
        jump_while_one_is_away(&mut stage, (cycle, &offset), to_s)?;
    }
    if args.control {
        return Ok(stage.finish(CONTROL_PATIENCE)?.into_control(Kind::Lost));
    }
    stage.finish(PATIENCE)
}

/// Messages wait for a device that is away while the clock jumps.
fn jump_while_one_is_away(
    stage: &mut Stage,
    (cycle, offset): (u64, &PathBuf),
    to_s: i64,
) -> Result<(), Failure> {
    let devices = u64::try_from(stage.devices.len()).unwrap_or(1);
    let place = usize::try_from(cycle % devices).unwrap_or(0);
    stage.crash_client(place, |stage| {
        stage.wait_outcomes(8)?;
        stage.world.recorder.fault(if to_s < 0 { "jump back" } else { "jump forward" }, cycle);
        set(offset, to_s)?;
        stage.wait_outcomes(8)
    })?;
    stage.wait_outcomes(8)
}

/// The server's calendar shows the machine's time and so many seconds more.
fn set(offset: &Path, seconds: i64) -> Result<(), Failure> {
    // Whole or not at all: the server reads it at any time.
    let draft = offset.with_extension("draft");
    fs::write(&draft, format!("{seconds:+}\n")).map_err(Failure::io("offset of the clock"))?;
    fs::rename(&draft, offset).map_err(Failure::io("offset of the clock"))
}
