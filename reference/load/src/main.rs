//! `pinnace-load`: what a Pinnace server can do on this machine, beside a floor without protocol.
//!
//! One thread drives the real client session of each device over epoll. The server is the real `pinnaced` on its embedded
//! store. A message counts when its sender has the outcome ACCEPTED and its receiver has the message; each is checked to
//! come once and in order. See the README for the figures, and for what they mean.

mod args;
mod campaign;
mod clock;
mod device;
mod failure;
mod fleet;
mod floor;
mod letter;
mod measure;
mod mls;
mod pace;
mod pinnace;
mod process;
mod program;
mod report;
mod scenario;
mod socket;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use args::{Args, Command, Run};
use clap::Parser as _;

pub(crate) use failure::Failure;

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match &args.command {
        Some(Command::Floor { log }) => floor::serve(log, |address| {
            let mut out = io::stdout().lock();
            writeln!(out, "{address}")?;
            out.flush()
        }),
        None => measure(&args.run),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "pinnace-load: {failure}");
            match failure {
                Failure::Usage(_) => ExitCode::from(2),
                Failure::Io { .. }
                | Failure::NoProgram(_)
                | Failure::Server(_)
                | Failure::Stuck { .. }
                | Failure::Wrong(_) => ExitCode::FAILURE,
            }
        }
    }
}

fn measure(run: &Run) -> Result<(), Failure> {
    process::raise_descriptors();
    let found = campaign::campaign(run)?;
    match &run.json {
        Some(path) if path == Path::new("-") => print(&report::json(&found)?),
        Some(path) => {
            std::fs::write(path, report::json(&found)?).map_err(Failure::io("report"))?;
            print(&report::table(&found))
        }
        None => print(&report::table(&found)),
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()).map_err(Failure::io("standard output"))
}
