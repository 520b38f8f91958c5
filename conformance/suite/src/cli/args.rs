//! The command line as written.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::case::Level;
use crate::interop::Make;
use crate::run::select::Selection;
use crate::toml_fault::unknown;

/// Largest seed: JSON readers in other languages keep it exact.
pub(crate) const SEED_MAX: u64 = (1 << 53) - 1;

/// What the exit codes mean, below each help.
const EXIT_CODES: &str = "\
Exit codes:
  0  conforms
  1  failures, or a stale baseline
  2  usage, an empty selection, or a file that cannot be read or written
  3  incomplete: a case could not be concluded, or none could be judged
  4  the target is not there, crashed, or is no Pinnace server
  5  a fault of the suite";

/// What they mean to `trace`.
const TRACE_EXIT_CODES: &str = "\
Exit codes:
  0  every requirement is accounted for, nothing moved unseen, every citation was checked
  1  something is left over
  2  usage, or a file that cannot be read or written
  4  a target is not there, crashed, or is no Pinnace server
  5  a fault of the suite";

/// What they mean to `interop`.
const INTEROP_EXIT_CODES: &str = "\
Exit codes:
  0  every cell passed
  1  one did not
  2  usage, or a file that cannot be read
  4  the server cannot be built
  5  a fault of the suite";

/// What they mean to `selftest`.
const SELFTEST_EXIT_CODES: &str = "\
Exit codes:
  0  at least 98 % of the faults were killed
  1  fewer
  2  usage, a target without a gallery, no fault selected, or a file that cannot be read or written
  4  the server cannot be built or started
  5  the server does not pass without a fault";

/// Judges implementations of the Pinnace protocol against its specification.
#[derive(Debug, Parser)]
#[command(name = "pinnace-conform", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to write colour.
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a server: one that runs already, or one that the suite starts.
    #[command(after_help = EXIT_CODES)]
    Server(Box<ServerArgs>),
    /// Prove the suite: break a server on purpose, one fault at a time, and see that each one is found.
    #[command(after_help = SELFTEST_EXIT_CODES)]
    Selftest(SelftestArgs),
    /// Put MLS devices of several makes into conversations with each other, in every ordering, and print the matrix.
    #[command(after_help = INTEROP_EXIT_CODES)]
    Interop(InteropArgs),
    /// List the cases.
    List(ListArgs),
    /// Judge a failure file again, without the target.
    Replay(ReplayArgs),
    /// Read the frames in some bytes.
    Decode(DecodeArgs),
    /// Account for every requirement: tested, held by a test of the reference, or excluded with a reason.
    #[command(after_help = TRACE_EXIT_CODES)]
    Trace(TraceArgs),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    /// Only cases whose id, title or requirement holds this; with * or ? it is a glob. Repeatable.
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Vec<String>,
    /// Only cases of this profile. Repeatable.
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Vec<String>,
    /// Only cases that judge a requirement of this level. Repeatable.
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) level: Vec<Level>,
}

/// The name of a profile of the specification.
fn profile(text: &str) -> Result<String, String> {
    let known = pinnace_spec::profiles().map_err(ToString::to_string)?;
    let names: Vec<&str> = known.entries.iter().map(|entry| entry.name.as_str()).collect();
    if names.contains(&text) { Ok(text.to_owned()) } else { Err(unknown("profile", text, &names)) }
}

impl SelectArgs {
    pub(crate) fn selection(&self) -> Selection {
        Selection { filters: self.filter.clone(), profiles: self.profile.clone(), levels: self.level.clone() }
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("where").required(true).args(["addr", "target"]))]
pub(crate) struct ServerArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) reports: ReportArgs,
    /// Cases at once.
    #[arg(long, short, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
    /// Seed of every byte that cases make; without it a new one is drawn and told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=SEED_MAX))]
    pub(crate) seed: Option<u64>,
    /// Also run cases that wait for the target's real timers.
    #[arg(long)]
    pub(crate) slow: bool,
    /// File of known failures, each with its reason and its end.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
}

/// Where the target is.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// Attach to a running server: its TCP carrier.
    #[arg(long, value_name = "HOST:PORT", requires = "realm", help_heading = "Target")]
    pub(crate) addr: Option<String>,
    /// The realm's root key, 64 hex digits.
    #[arg(long, value_name = "HEX", conflicts_with = "target", help_heading = "Target")]
    pub(crate) realm: Option<String>,
    /// Its WebSocket carrier.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "target", help_heading = "Target")]
    pub(crate) ws: Option<String>,
    /// The verification code that it accepts for every number.
    #[arg(long, value_name = "CODE", conflicts_with = "target", help_heading = "Target")]
    pub(crate) code: Option<String>,
    /// The JSON-lines file into which its gateway writes codes.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "code"], help_heading = "Target")]
    pub(crate) gateway_log: Option<PathBuf>,
    /// Start the target: a name in conformance/targets, or a path to a target file.
    #[arg(long, value_name = "NAME|PATH", help_heading = "Target")]
    pub(crate) target: Option<String>,
}

/// Where reports go.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Write the report as JSON; - is standard output.
    #[arg(long, value_name = "PATH|-", help_heading = "Reports")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as JUnit XML.
    #[arg(long, value_name = "PATH", help_heading = "Reports")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the report as one HTML page.
    #[arg(long, value_name = "PATH", help_heading = "Reports")]
    pub(crate) html: Option<PathBuf>,
    /// Write one file a failure into this folder, for `replay`.
    #[arg(long, value_name = "DIR", help_heading = "Reports")]
    pub(crate) failures: Option<PathBuf>,
    /// Tell the totals only.
    #[arg(long, short, help_heading = "Reports")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SelftestArgs {
    /// The target whose gallery is used: a name in conformance/targets, or a path to a target file with [faults].
    #[arg(long, value_name = "NAME|PATH", default_value = "reference-faults")]
    pub(crate) target: String,
    /// Only faults whose name or requirement holds this; with * or ? it is a glob. Repeatable.
    #[arg(long, value_name = "TEXT")]
    pub(crate) fault: Vec<String>,
    /// Play every case that could find a fault, not only up to the first that does.
    #[arg(long)]
    pub(crate) full: bool,
    /// Faults at once, and cases at once where none is switched on.
    #[arg(long, short, default_value_t = 6, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) jobs: u16,
    /// Seed of every byte that cases make; without it a new one is drawn and told.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=SEED_MAX))]
    pub(crate) seed: Option<u64>,
    /// Write the kill matrix as JSON; - is standard output.
    #[arg(long, value_name = "PATH|-")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InteropArgs {
    /// A make of devices: a command that answers the JSON lines of conformance/peers/README.md. One to four.
    #[arg(value_name = "NAME=COMMAND", required = true, num_args = 1..=4)]
    pub(crate) make: Vec<Make>,
    /// Play it through a server that is started, a name in conformance/targets or a path to a target file; without it what
    /// one device makes is handed to the others at once.
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) target: Option<String>,
    /// Seed of every key and number that the suite makes; without it a new one is drawn. What devices make is drawn by them.
    #[arg(long, value_name = "N", requires = "target", value_parser = clap::value_parser!(u64).range(0..=SEED_MAX))]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// A file that `server --failures` wrote.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// Hex, or - to read hex from standard input.
    #[arg(value_name = "HEX|-")]
    pub(crate) hex: String,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("from").args(["target", "run", "declared"]))]
pub(crate) struct TraceArgs {
    /// Run the suite against this target file, and against the next one what the first could not show. Repeatable;
    /// without it: reference, then reference-tight.
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) target: Vec<String>,
    /// Take the checks from a report that `server --json` wrote. Repeatable.
    #[arg(long, value_name = "FILE")]
    pub(crate) run: Vec<PathBuf>,
    /// Run nothing: believe what the cases declare.
    #[arg(long)]
    pub(crate) declared: bool,
    /// Write the result as JSON; - is standard output.
    #[arg(long, value_name = "PATH|-")]
    pub(crate) json: Option<PathBuf>,
    /// Cases at once.
    #[arg(long, short, default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: u16,
    /// Seed of every byte that cases make; without it a new one is drawn.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=SEED_MAX))]
    pub(crate) seed: Option<u64>,
    /// Compute nothing: write into the ledgers that the cases of this requirement were read against its sentence as
    /// it is now, or that this case is published. `new` stands for every id that is in no ledger yet. Repeatable.
    #[arg(long, value_name = "ID|new", conflicts_with_all = ["target", "run", "declared", "json"])]
    pub(crate) confirm: Vec<String>,
}
