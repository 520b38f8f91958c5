//! `pinnace-conform server`.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use super::args::{PlaceArgs, ReportArgs, ServerArgs, When};
use super::{Screen, Stopped, Streams, paint};
use crate::baseline::{Baseline, today};
use crate::case::Case;
use crate::hex;
use crate::report::model::{Findings, Report, Target};
use crate::report::paint::Ink;
use crate::report::sink::{Sink, folder};
use crate::report::terminal::{Detail, render};
use crate::report::{failure, html, junit};
use crate::run::pool;
use crate::run::site::Site;
use crate::run::{Outcome, Patience, Ran, Settings};
use crate::suite::Suite;
use crate::target::Endpoint;
use crate::target::codes::{Codes, GatewayLog};
use crate::target::file::{Located, locate};
use crate::target::instance::resolve;
use crate::verdict::Verdict;

/// Judges a server.
///
/// Everything that the user wrote is checked first, then the reports are opened, then the target is started
/// or looked for, and only then is a case run.
pub(crate) fn run(
    suite: &Suite,
    args: &ServerArgs,
    when: When,
    streams: &mut Streams<'_>,
) -> Result<u8, Stopped> {
    let cases = args.select.selection().pick(&suite.cases, suite.clauses);
    if cases.is_empty() {
        return Err(Stopped::usage("no case is selected"));
    }
    let baseline = baseline(args)?;
    let place = Place::read(&args.place)?;
    let sinks = Sinks::open(&args.reports)?;
    let settings = settings(args)?;
    let name = place.name();

    let site = place.site(suite, streams);
    let (mut ran, endpoint) = match &site {
        Ok(site) => (play(&cases, site, &settings, (suite, args), streams), Some(site.endpoint().clone())),
        Err(reason) => (never_ran(&cases, reason), None),
    };
    drop(site);

    baseline.apply(&cases, &mut ran.outcomes);
    let stale_baseline = baseline.stale(&suite.cases, &today());
    let target = Target { name, endpoint };
    let findings = Findings { target, seed: settings.seed, ran, stale_baseline };
    let report = Report::new(&cases, suite.clauses, findings, |id| repeat(args, id, settings.seed));
    sinks.put(&report, streams)?;
    match tell(&report, &args.reports, when, streams) {
        // A reader that went away (`| head`) does not change what was found.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(report.exit_code),
    }
}

fn baseline(args: &ServerArgs) -> Result<Baseline, Stopped> {
    let Some(path) = &args.baseline else { return Ok(Baseline::default()) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stopped::usage(format_args!("baseline {}: {error}", path.display())))?;
    Baseline::read(path, &text).map_err(Stopped::usage)
}

fn settings(args: &ServerArgs) -> Result<Settings, Stopped> {
    let seed = args.seed.map_or_else(drawn_seed, Ok)?;
    let patience = if args.slow { Patience::Slow } else { Patience::Brief };
    Ok(Settings { jobs: usize::from(args.jobs), seed, patience })
}

/// Nine digits are enough to tell runs apart and short enough to be typed.
pub(super) fn drawn_seed() -> Result<u64, Stopped> {
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| io::Read::read_exact(&mut file, &mut bytes))
        .map_err(|error| Stopped::harness(format_args!("no randomness for a seed: {error}")))?;
    Ok(u64::from_le_bytes(bytes) % 1_000_000_000)
}

/// Where the command line says that the target is.
enum Place {
    Attached(Box<Endpoint>, Codes),
    Spawned(Box<Located>),
}

impl Place {
    fn read(args: &PlaceArgs) -> Result<Self, Stopped> {
        if let Some(name) = &args.target {
            return Ok(Self::Spawned(Box::new(locate(name).map_err(Stopped::usage)?)));
        }
        let key = args.realm.as_deref().unwrap_or_default();
        let bytes = hex::decode(key).map_err(|error| Stopped::usage(format_args!("--realm: {error}")))?;
        let realm = <[u8; 32]>::try_from(bytes)
            .map_err(|_| Stopped::usage("--realm: a realm key has 32 bytes, 64 hex digits"))?;
        let address = |flag: &str, text: &str| {
            resolve(text).map_err(|error| Stopped::usage(format_args!("{flag} {text}: {error}")))
        };
        let endpoint = Endpoint {
            tcp: address("--addr", args.addr.as_deref().unwrap_or_default())?,
            ws: args.ws.as_deref().map(|text| address("--ws", text)).transpose()?,
            realm,
            profiles: Vec::new(),
            timers: std::collections::BTreeMap::new(),
        };
        Ok(Self::Attached(Box::new(endpoint), codes(args)?))
    }

    fn name(&self) -> String {
        match self {
            Self::Attached(endpoint, _) => endpoint.tcp.to_string(),
            Self::Spawned(located) => located.name(),
        }
    }

    /// The site of the run, or one line that says why there is none.
    fn site(self, suite: &Suite, streams: &mut Streams<'_>) -> Result<Site, String> {
        let site = match self {
            Self::Attached(endpoint, codes) => Site::attach(*endpoint, codes, suite.probe),
            Self::Spawned(located) => {
                building(&located, streams);
                Site::spawn(*located, suite.probe).map_err(|failure| failure.to_string())?
            }
        };
        site.probe()?;
        Ok(site)
    }
}

/// Where the codes of a server that runs already come from. A wrong path would make every registration fail, and the
/// server would be blamed for it.
fn codes(args: &PlaceArgs) -> Result<Codes, Stopped> {
    match (&args.code, &args.gateway_log) {
        (Some(code), _) if is_code(code) => Ok(Codes::Fixed(code.clone())),
        (Some(code), _) => Err(Stopped::usage(format_args!("--code {code}: a code is 4 to 12 digits"))),
        (None, Some(path)) => match std::fs::File::open(path).and_then(|file| file.metadata()) {
            Ok(found) if found.is_dir() => {
                Err(Stopped::usage(format_args!("--gateway-log {}: is a directory", path.display())))
            }
            Ok(_) => Ok(Codes::Log(GatewayLog::new(path.clone()))),
            Err(error) => Err(Stopped::usage(format_args!("--gateway-log {}: {error}", path.display()))),
        },
        (None, None) => Ok(Codes::Absent),
    }
}

/// What REGISTER_CODE can carry.
fn is_code(text: &str) -> bool {
    (4..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Says that a target is being built, when somebody is looking.
pub(super) fn building(located: &Located, streams: &mut Streams<'_>) {
    if streams.err_is != Screen::None && !located.file.build.is_empty() {
        let _ = writeln!(streams.err, "building: {}", located.file.build.join(" "));
    }
}

fn never_ran(cases: &[&Case], reason: &str) -> Ran {
    let skipped =
        |index| Outcome::skipped(index, Verdict::Inconclusive, "not run: the target was never there");
    Ran {
        outcomes: (0..cases.len()).map(skipped).collect(),
        wall: Duration::ZERO,
        lost: Some(reason.to_owned()),
    }
}

/// Runs the cases, with a line of progress when somebody is looking.
fn play(
    cases: &[&Case],
    site: &Site,
    settings: &Settings,
    (suite, args): (&Suite, &ServerArgs),
    streams: &mut Streams<'_>,
) -> Ran {
    if streams.err_is == Screen::None || args.reports.quiet {
        return pool::run(cases, site, settings, suite.clauses, &|_, _, _| ());
    }
    let failed = AtomicUsize::new(0);
    let err = Mutex::new(&mut *streams.err);
    let ran = pool::run(cases, site, settings, suite.clauses, &|done, of, verdict| {
        let wrong = usize::from(matches!(verdict, Verdict::Fail | Verdict::HarnessError));
        let wrong = failed.fetch_add(wrong, Ordering::Relaxed).saturating_add(wrong);
        let mut err = err.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write!(err, "\r{done}/{of} cases, {wrong} failed\u{1b}[K");
    });
    let err = err.into_inner().unwrap_or_else(PoisonError::into_inner);
    let _ = write!(err, "\r\u{1b}[K");
    ran
}

/// The terminal's report goes to standard output, unless that is taken by the JSON report.
fn tell(report: &Report, args: &ReportArgs, when: When, streams: &mut Streams<'_>) -> io::Result<()> {
    let detail = if args.quiet { Detail::Quiet } else { Detail::Full };
    let is_taken = args.json.as_deref() == Some("-".as_ref());
    let (out, screen): (&mut dyn Write, _) =
        if is_taken { (&mut *streams.err, streams.err_is) } else { (&mut *streams.out, streams.out_is) };
    let paint = paint(when, screen);
    if detail == Detail::Full {
        let head = format!("{} {}", report.tool.name, report.tool.version);
        writeln!(out, "{} against {}\n", paint.with(Ink::Strong, &head), report.target.name)?;
    }
    render(report, detail, paint, out)?;
    if let (Some(folder), Detail::Full, 1..) = (&args.failures, detail, kept(report)) {
        writeln!(out, "failure files in {}, for pinnace-conform replay", folder.display())?;
    }
    Ok(())
}

fn kept(report: &Report) -> usize {
    report.cases.iter().filter(|case| failure::Failure::of(report, case).is_some()).count()
}

/// Every report of a run, opened.
struct Sinks<'a> {
    json: Option<Sink>,
    junit: Option<Sink>,
    html: Option<Sink>,
    args: &'a ReportArgs,
}

impl<'a> Sinks<'a> {
    fn open(args: &'a ReportArgs) -> Result<Self, Stopped> {
        let open = |path: &Option<std::path::PathBuf>| {
            path.as_deref().map(Sink::open).transpose().map_err(Stopped::usage)
        };
        let sinks =
            Self { json: open(&args.json)?, junit: open(&args.junit)?, html: open(&args.html)?, args };
        args.failures.as_deref().map(folder).transpose().map_err(Stopped::usage)?;
        let paths: Vec<_> = [&args.json, &args.junit, &args.html].into_iter().flatten().collect();
        let twice =
            paths.iter().enumerate().find(|(index, path)| paths.iter().take(*index).any(|p| p == *path));
        match twice {
            Some((_, path)) => {
                Err(Stopped::usage(format_args!("two reports would be written to {}", path.display())))
            }
            None => Ok(sinks),
        }
    }

    fn put(self, report: &Report, streams: &mut Streams<'_>) -> Result<(), Stopped> {
        if let Some(sink) = self.json {
            let mut text = serde_json::to_vec_pretty(report).map_err(Stopped::harness)?;
            text.push(b'\n');
            sink.put(&text, streams.out).map_err(Stopped::usage)?;
        }
        if let Some(sink) = self.junit {
            let text = junit::render(report).map_err(Stopped::harness)?;
            sink.put(text.as_bytes(), streams.out).map_err(Stopped::usage)?;
        }
        if let Some(sink) = self.html {
            let text = html::render(report).map_err(Stopped::harness)?;
            sink.put(text.as_bytes(), streams.out).map_err(Stopped::usage)?;
        }
        if let Some(folder) = &self.args.failures {
            failure::write_all(report, folder).map_err(|(path, error)| {
                Stopped::usage(format_args!("cannot write {}: {error}", path.display()))
            })?;
        }
        Ok(())
    }
}

/// The command that plays one case again with the same bytes.
fn repeat(args: &ServerArgs, id: &str, seed: u64) -> String {
    let mut words = vec!["pinnace-conform".to_owned(), "server".to_owned()];
    let place = &args.place;
    let log = place.gateway_log.as_ref().map(|path| path.display().to_string());
    let options = [
        ("--target", &place.target),
        ("--addr", &place.addr),
        ("--realm", &place.realm),
        ("--ws", &place.ws),
        ("--code", &place.code),
        ("--gateway-log", &log),
    ];
    for (flag, value) in options {
        if let Some(value) = value {
            words.extend([flag.to_owned(), quoted(value)]);
        }
    }
    if args.slow {
        words.push("--slow".to_owned());
    }
    words.extend(["--filter".to_owned(), quoted(id), "--seed".to_owned(), seed.to_string()]);
    words.join(" ")
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+,@%=".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
