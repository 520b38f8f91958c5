//! The command line.

use core::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::scenario::{Scenario, Size};

/// Measures a Pinnace server, and beside it a floor without protocol on the same sockets and disk.
#[derive(Debug, Parser)]
#[command(name = "pinnace-load", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: Run,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Be the floor: relay messages, with this file as the log.
    #[command(hide = true)]
    Floor {
        /// The file.
        log: PathBuf,
    },
}

/// What is measured, and how.
#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// What devices do; all of it unless named. May be repeated.
    #[arg(long = "scenario", value_enum, value_name = "NAME")]
    pub(crate) scenarios: Vec<Scenario>,
    /// Runs of each scenario, of which the median is told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) runs: u32,
    #[command(flatten)]
    pub(crate) size: Sizes,
    /// Octets of a payload, at least 24.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(24..=61_440))]
    pub(crate) payload: u32,
    /// Ask for receipts: each message then has a second way, from receiver to sender, through the sender's mailbox.
    #[arg(long)]
    pub(crate) receipts: bool,
    /// Measure no floor.
    #[arg(long)]
    pub(crate) no_floor: bool,
    /// Hold no process to a core. Else the server has the first one, and this program the second.
    #[arg(long)]
    pub(crate) no_pin: bool,
    /// Folder on the disk that is measured; a new folder is made in it, and removed.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Write all figures of all runs as JSON to this file; `-` is standard output, in place of the table.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// How large the scenarios are.
#[derive(Debug, ClapArgs)]
pub(crate) struct Sizes {
    /// Pairs of a sender and a receiver.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pairs: u32,
    /// Messages of one run, in all.
    #[arg(long, default_value_t = 200_000)]
    messages: u64,
    /// Messages of one sender without an outcome.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=256))]
    window: u32,
    /// Messages a second of the scenario `paced`.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rate: u64,
    /// Returns of the scenario `reconnect`.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    returns: u32,
    /// Devices of a large group, and those whose KeyPackages are claimed.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(2..=256))]
    members: u32,
    /// Sessions of the scenario `idle`.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    sessions: u32,
}

/// Which server is measured.
#[derive(Debug, ClapArgs)]
pub(crate) struct Server {
    /// The server's program; the `pinnaced` beside this one unless named.
    #[arg(long, value_name = "FILE")]
    pub(crate) server: Option<PathBuf>,
    /// A limit of the protocol for the server; may be repeated.
    #[arg(long = "limit", value_name = "NAME=VALUE")]
    pub(crate) limits: Vec<String>,
    /// Attach to a server that runs, in place of starting one.
    #[arg(long, requires = "realm", requires = "codes", conflicts_with = "server")]
    pub(crate) addr: Option<SocketAddr>,
    /// The realm of that server, 64 hexadecimal digits.
    #[arg(long, requires = "addr", value_name = "HEX")]
    pub(crate) realm: Option<String>,
    /// Where that server writes codes.
    #[arg(long, requires = "addr", value_name = "FILE")]
    pub(crate) codes: Option<PathBuf>,
    /// The process of that server, so that its time and memory can be read.
    #[arg(long, requires = "addr")]
    pub(crate) pid: Option<u32>,
    /// Where that server serves its metrics.
    #[arg(long, requires = "addr", value_name = "ADDRESS")]
    pub(crate) metrics: Option<SocketAddr>,
}

impl Sizes {
    /// The same as the scenarios take it.
    pub(crate) fn size(&self) -> Size {
        let of = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Size {
            pairs: of(self.pairs),
            messages: self.messages.max(u64::from(self.pairs)),
            window: of(self.window),
            rate: self.rate,
            returns: of(self.returns),
            members: of(self.members),
            sessions: of(self.sessions),
        }
    }
}

impl Run {
    /// The scenarios in their order, each once. The drain is part of `offline`.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        use clap::ValueEnum as _;
        let named = if self.scenarios.is_empty() { Scenario::value_variants() } else { &self.scenarios };
        let mut scenarios: Vec<Scenario> = named
            .iter()
            .map(|scenario| if *scenario == Scenario::Drain { Scenario::Offline } else { *scenario })
            .collect();
        scenarios.sort_unstable();
        scenarios.dedup();
        scenarios
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn drain_comes_with_offline() {
        let args = Args::parse_from(["pinnace-load", "--scenario", "drain", "--scenario", "offline"]);
        assert_eq!(args.run.scenarios(), [Scenario::Offline]);
    }
}
