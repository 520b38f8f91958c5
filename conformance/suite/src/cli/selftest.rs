//! `pinnace-conform selftest`.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::args::{SelftestArgs, When};
use super::server::{building, drawn_seed};
use super::{HARNESS, Screen, Stopped, Streams, paint};
use crate::report::sink::Sink;
use crate::selftest::gallery::Gallery;
use crate::selftest::matrix::Matrix;
use crate::selftest::prove::{Depth, Progress, Terms, Unproven, prove};
use crate::suite::Suite;
use crate::target::file::{Located, locate};
use crate::target::instance::{StartFailure, build, list};

/// Exit code of a target that is not there.
const ABSENT: u8 = 4;

/// Proves the suite by the gallery of a target.
pub(crate) fn run(
    suite: &Suite,
    args: &SelftestArgs,
    when: When,
    streams: &mut Streams<'_>,
) -> Result<u8, Stopped> {
    let located = locate(&args.target).map_err(Stopped::usage)?;
    let sink = args.json.as_deref().map(Sink::open).transpose().map_err(Stopped::usage)?;
    let seed = args.seed.map_or_else(drawn_seed, Ok)?;
    let depth = if args.full { Depth::Whole } else { Depth::FirstKill };
    let terms = Terms { jobs: usize::from(args.jobs), seed, depth };
    let gallery = gallery(suite, args, &located, streams)?;
    let began = Instant::now();
    let proof = pursue(suite, &located, &gallery, terms, streams)?;
    let matrix = Matrix::new(located.name(), seed, began.elapsed().as_secs_f64(), proof);
    if let Some(sink) = sink {
        let mut text = serde_json::to_vec_pretty(&matrix).map_err(Stopped::harness)?;
        text.push(b'\n');
        sink.put(&text, streams.out).map_err(Stopped::usage)?;
    }
    // The terminal's matrix goes to standard output, unless that is taken by the JSON form.
    let is_taken = args.json.as_deref() == Some("-".as_ref());
    let (out, screen): (&mut dyn Write, _) =
        if is_taken { (&mut *streams.err, streams.err_is) } else { (&mut *streams.out, streams.out_is) };
    match matrix.render(paint(when, screen), out) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(matrix.exit_code),
    }
}

/// Builds the server and asks it for its faults.
fn gallery(
    suite: &Suite,
    args: &SelftestArgs,
    located: &Located,
    streams: &mut Streams<'_>,
) -> Result<Gallery, Stopped> {
    let Some(table) = &located.file.faults else {
        let path = located.path.display();
        return Err(Stopped::usage(format_args!("target file {path} has no [faults]: it has no gallery")));
    };
    building(located, streams);
    let absent = |failure: StartFailure| Stopped::with(ABSENT, failure);
    build(located).map_err(absent)?;
    let listed = list(located, &table.list).map_err(absent)?;
    let gallery = Gallery::read(&listed, suite.clauses).map_err(Stopped::usage)?;
    gallery.keep(&args.fault).map_err(Stopped::usage)
}

fn pursue(
    suite: &Suite,
    located: &Located,
    gallery: &Gallery,
    terms: Terms,
    streams: &mut Streams<'_>,
) -> Result<crate::selftest::prove::Proof, Stopped> {
    let of = gallery.faults.len();
    let is_watched = streams.err_is != Screen::None;
    let err = Mutex::new(&mut *streams.err);
    let progress: &Progress<'_> = &|done, killed| {
        if is_watched {
            let mut err = err.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = write!(err, "\r{done}/{of} faults, {killed} killed\u{1b}[K");
        }
    };
    let proof = prove(suite, located, gallery, terms, progress);
    if is_watched {
        let err = err.into_inner().unwrap_or_else(PoisonError::into_inner);
        let _ = write!(err, "\r\u{1b}[K");
    }
    proof.map_err(|unproven| match unproven {
        Unproven::Absent { reason } => Stopped::with(ABSENT, reason),
        Unproven::FalseAlarm { cases } => Stopped::with(
            HARNESS,
            format_args!("without a fault these cases do not pass:\n  {}", cases.join("\n  ")),
        ),
    })
}
