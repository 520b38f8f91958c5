//! `pinnace-lanes`: what the world does to servers, done to a real `pinnaced`, and what its devices saw.
//!
//! Exit codes: 0 for a clean verdict, 1 for a fault that was found, 2 for arguments that make no lane, 77 where a lane
//! cannot run. See the README for the lanes and what they showed.

mod args;
mod clock;
mod disk;
mod disk_full;
mod examine;
mod idle;
mod kill;
mod peers;
mod power_cut;
mod report;
mod stage;

use std::io::{self, Write as _};
use std::process::ExitCode;

use args::{Args, Command, Common};
use clap::Parser as _;
use disk_full::Then;
use pinnace_lanes::world::Failure;
use report::Report;

/// What a lane exits with that cannot run here.
const SKIPPED: u8 = 77;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.command {
        Command::Check(check) => examine::examine(check).map(|is_clean| (is_clean, String::new())),
        Command::Kill(args) => told(kill::kill(args), &args.common),
        Command::PowerCut(args) => told(power_cut::power_cut(args), &args.common),
        Command::DiskFull(args) => told(disk_full::disk_full(args, Then::Full), &args.common),
        Command::ReadOnly(args) => told(disk_full::disk_full(args, Then::ReadOnly), &args.common),
        Command::Peers(args) => told(peers::peers(args), &args.common),
        Command::Idle(args) => idle::idle(args),
        Command::Clock(args) => told(clock::clock(args), &args.common),
    };
    let result = result.and_then(|(is_clean, text)| print(&text).map(|()| is_clean));
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "pinnace-lanes: {failure}");
            match failure {
                Failure::Usage(_) => ExitCode::from(2),
                Failure::Skipped(_) => ExitCode::from(SKIPPED),
                Failure::Io { .. }
                | Failure::NoProgram(_)
                | Failure::Program(_)
                | Failure::Client(_)
                | Failure::Stuck(_) => ExitCode::FAILURE,
            }
        }
    }
}

/// Whether a report is clean, and its text.
fn told(report: Result<Report, Failure>, common: &Common) -> Result<(bool, String), Failure> {
    let report = report?;
    let text = if common.json { report.json()? } else { report.to_string() };
    Ok((report.is_clean(), text))
}

fn print(text: &str) -> Result<(), Failure> {
    if text.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()).map_err(Failure::io("standard output"))
}
