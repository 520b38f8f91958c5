//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Real faults on a real server, and a checker of what its devices saw.
#[derive(Debug, Parser)]
#[command(name = "pinnace-lanes", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what must not be in a history.
    Check(Check),
    /// Kill the server under load, again and again, and its clients now and then.
    Kill(Kill),
    /// Cut the power of the server's disk under load, again and again. Needs root.
    PowerCut(PowerCut),
    /// Fill the server's disk under load, and make room again. Needs root.
    DiskFull(DiskFull),
    /// Fill the server's disk and make it read-only for a while. Needs root.
    ReadOnly(DiskFull),
    /// Let peers come that are silent, slow, many, gone, or never read.
    Peers(Peers),
    /// Open many sessions, leave them alone, and ask each at the end.
    Idle(Idle),
    /// Move the server's calendar while it serves. Needs libfaketime.
    Clock(Clock),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// The history: one event a line, as history.schema.json says.
    pub(crate) history: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What every lane takes.
#[derive(Debug, ClapArgs)]
pub(crate) struct Common {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Decides when faults come; what else runs on the machine moves them, too.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the history is written. Without it: a file among the temporary ones, which stays.
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// A folder on the disk that the server is to use. Without it: among the temporary files.
    #[arg(long, value_name = "DIR")]
    pub(crate) disk: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Kill {
    /// How often the server is killed.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) cycles: u64,
    /// Devices that write to one another.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(2..=64))]
    pub(crate) devices: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PowerCut {
    /// How often the power is cut.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(crate) cycles: u64,
    /// Devices that write to one another.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(2..=64))]
    pub(crate) devices: u64,
    /// A server whose fsync does nothing: it must lose messages, and the checker must find them.
    #[arg(long)]
    pub(crate) control: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DiskFull {
    /// How often the disk is filled.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) cycles: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Peers {
    /// Peers of each kind; a flood is ten times as many.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=1500))]
    pub(crate) peers: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Idle {
    /// How many sessions.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    pub(crate) sessions: u64,
    /// How long they are left alone, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3000))]
    pub(crate) hold_s: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Clock {
    /// How often the calendar jumps.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) cycles: u64,
    /// Jumps beyond what the server keeps: messages must expire, and the checker must find them.
    #[arg(long)]
    pub(crate) control: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
