//! `pinnace-conform`: judges implementations of the Pinnace protocol.

use std::io::Write;
use std::process::ExitCode;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use pinnace_conformance::clause::in_spec;
use pinnace_conformance::cli::{Screen, Streams, run};
use pinnace_conformance::suite::Suite;
use pinnace_conformance::trace::books::Books;
use pinnace_conformance::{cases, peer};

fn main() -> ExitCode {
    let out = std::io::stdout();
    let out_is = screen(&out);
    let mut err = std::io::stderr();
    let err_is = screen(&err);
    let mut out = std::io::BufWriter::new(out);
    let suite = Suite {
        cases: cases::all(),
        probe: peer::probe,
        decode: peer::decode,
        clauses: in_spec,
        books: Books::embedded,
    };
    let mut streams = Streams { out: &mut out, err: &mut err, out_is, err_is };
    let code = run(&suite, std::env::args_os(), &mut streams);
    match out.flush() {
        Ok(()) => ExitCode::from(code),
        // A reader that went away (`| head`) does not change what was found.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(code),
        Err(_) => ExitCode::from(2),
    }
}

/// What a stream ends in, by the operating system and by `NO_COLOR`, `CLICOLOR` and their like.
fn screen(stream: &impl RawStream) -> Screen {
    match (stream.is_terminal(), AutoStream::choice(stream)) {
        (false, _) => Screen::None,
        (true, ColorChoice::Never) => Screen::Plain,
        (true, ColorChoice::Auto | ColorChoice::Always | ColorChoice::AlwaysAnsi) => Screen::Colour,
    }
}
