//! The toy: a line protocol, a server for it that the suite can attach to or start, and cases that judge it.
//!
//! `echo X` is answered `X`, `put X` is stored before `ok`, `get` gives what was stored, `die` ends the
//! process, `mute` is not answered.

use core::net::SocketAddr;
use core::time::Duration;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pinnace_conformance::case::{Case, CaseResult, Halt, Level, Need};
use pinnace_conformance::check::{Mismatch, expect_eq};
use pinnace_conformance::clause::Clause;
use pinnace_conformance::cli::{Screen, Streams, run};
use pinnace_conformance::conn::Conn;
use pinnace_conformance::ctx::Ctx;
use pinnace_conformance::record::{Direction, Layer};
use pinnace_conformance::suite::{Decoded, Suite};
use pinnace_conformance::target::probe::{ProbeFailure, Recognised, greet};
use pinnace_conformance::target::{Endpoint, Stop};
use pinnace_conformance::trace::books::Books;

/// A realm key for attaching.
pub(crate) const REALM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// One case of the toy suite.
pub(crate) fn case(id: &'static str, run: fn(&Ctx) -> CaseResult) -> Case {
    let requirement: &'static [&'static str] = match id.split('/').next().unwrap() {
        "TOY-001" => &["TOY-001"],
        "TOY-002" => &["TOY-002"],
        "TOY-003" => &["TOY-003"],
        other => panic!("{other} is no toy requirement"),
    };
    Case {
        id,
        title: "the toy <answers> as it should",
        requirements: requirement,
        profile: "core",
        level: Level::Must,
        needs: &[],
        run: Box::new(run),
    }
}

/// TOY-001 and TOY-003 are MUST, TOY-002 is SHOULD.
pub(crate) fn clauses(id: &str) -> Option<Clause> {
    let (level, text) = match id {
        "TOY-001" => (Level::Must, "A toy MUST answer echo with the same words."),
        "TOY-002" => (Level::Should, "A toy SHOULD answer & not <b>shout</b>."),
        "TOY-003" => (Level::Must, "A toy MUST keep what it was given."),
        _ => return None,
    };
    Some(Clause { level, text, place: ("text/toy.md", 7) })
}

/// A suite of these cases whose probe sends an echo.
pub(crate) fn suite(cases: Vec<Case>) -> Suite {
    Suite { cases, probe, decode, clauses, books: || Ok(Books::default()) }
}

pub(crate) fn probe(endpoint: &Endpoint) -> Result<(), ProbeFailure> {
    greet(endpoint.tcp, b"echo hail\n", |bytes| match bytes {
        b"hail\n" => Recognised::Pinnace,
        _ if b"hail\n".starts_with(bytes) => Recognised::More,
        _ => Recognised::Foreign,
    })
}

fn decode(bytes: &[u8]) -> Decoded {
    let lines = bytes.iter().take_while(|byte| **byte != 0).map(|byte| format!("octet {byte}")).collect();
    let end = bytes.iter().position(|byte| *byte == 0);
    Decoded { lines, fault: end.map(|at| format!("a zero at offset {at}")) }
}

/// Sends one line and reads one, both decoded into the transcript.
pub(crate) fn ask(conn: &mut Conn, line: &str) -> Result<String, Halt> {
    conn.write_all(format!("{line}\n").as_bytes())?;
    conn.decoded(Direction::Sent, Layer::Frame, line.as_bytes(), format!("LINE <{line}>"));
    let mut answer = Vec::new();
    while answer.last() != Some(&b'\n') {
        let mut byte = [0];
        if conn.read(&mut byte)? == 0 {
            return Err(Halt::Broken { reason: "closed".to_owned() });
        }
        answer.push(byte[0]);
    }
    let answer = String::from_utf8_lossy(&answer).trim_end().to_owned();
    conn.decoded(Direction::Received, Layer::Frame, answer.as_bytes(), format!("ANSWER <{answer}>"));
    Ok(answer)
}

/// A case that holds: a seeded word comes back.
pub(crate) fn echoes(ctx: &Ctx) -> CaseResult {
    let word = format!("w{}", ctx.rng("word").u64());
    let answer = ask(&mut ctx.connect()?, &format!("echo {word}"))?;
    ctx.control("the toy answers", Ok(()))?;
    ctx.require("TOY-001", "the same words come back", expect_eq(&word, &answer));
    Ok(())
}

/// A case that does not: the toy does not answer in capitals.
pub(crate) fn shouts(ctx: &Ctx) -> CaseResult {
    let answer = ask(&mut ctx.connect()?, "echo hush")?;
    ctx.require("TOY-001", "the toy shouts", expect_eq(&"HUSH".to_owned(), &answer));
    Ok(())
}

/// A SHOULD that does not hold.
pub(crate) fn should_shout(ctx: &Ctx) -> CaseResult {
    let answer = ask(&mut ctx.connect()?, "echo hush")?;
    ctx.require("TOY-002", "the toy shouts a little", expect_eq(&"HUSH".to_owned(), &answer));
    Ok(())
}

/// A control that does not hold.
pub(crate) fn lost_control(ctx: &Ctx) -> CaseResult {
    ctx.control("the toy can be reached by carrier pigeon", Err(Mismatch::new("a pigeon", "none")))
}

/// A case at fault.
pub(crate) fn panics(_ctx: &Ctx) -> CaseResult {
    panic!("the case <fell> over");
}

/// A case that forgets what it declares.
pub(crate) fn forgets(_ctx: &Ctx) -> CaseResult {
    Ok(())
}

/// A case that waits too long for a brief run.
pub(crate) fn dawdles(ctx: &Ctx) -> CaseResult {
    ctx.pause(Duration::from_secs(2))?;
    ctx.require("TOY-001", "time passes", Ok(()));
    Ok(())
}

/// A case that ends the target.
pub(crate) fn kills_the_target(ctx: &Ctx) -> CaseResult {
    ask(&mut ctx.connect()?, "die").map(drop)
}

/// A case that the target does not answer.
pub(crate) fn waits_in_vain(ctx: &Ctx) -> CaseResult {
    let mut conn = ctx.connect()?;
    conn.set_wait(Duration::from_millis(20))?;
    ask(&mut conn, "mute").map(drop)
}

/// A durability case: what was stored is there after SIGKILL.
pub(crate) fn keeps(ctx: &Ctx) -> CaseResult {
    let answer = ask(&mut ctx.connect()?, "put treasure")?;
    ctx.control("a put is answered", expect_eq(&"ok".to_owned(), &answer))?;
    let before = ctx.endpoint().tcp;
    ctx.restart(Stop::Kill)?;
    let kept = ask(&mut ctx.connect()?, "get")?;
    ctx.require("TOY-003", "what was put is there after a kill", expect_eq(&"treasure".to_owned(), &kept));
    ctx.control("it is another process", expect_eq(&false, &(before == ctx.endpoint().tcp)))
}

/// [`keeps`] with what it needs.
pub(crate) fn keeps_case() -> Case {
    Case { needs: &[Need::OwnInstance], ..case("TOY-003/1", keeps) }
}

/// Serves the toy until the process ends.
pub(crate) fn serve(listener: &TcpListener, store: &Path, on_die: fn()) {
    for stream in listener.incoming() {
        let (stream, store) = (stream.unwrap(), store.to_owned());
        std::thread::spawn(move || attend(stream, &store, on_die));
    }
}

/// Whether the toy was started with this fault.
fn is_broken(fault: &str) -> bool {
    std::env::args().any(|word| word == fault)
}

fn attend(mut stream: TcpStream, store: &Path, on_die: fn()) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    for line in lines {
        let answer = match line.split_once(' ').unwrap_or((&line, "")) {
            ("echo", words) if is_broken("loud") && words != "hail" => words.to_uppercase(),
            ("echo", words) => words.to_owned(),
            ("put", _) if is_broken("lost") => "ok".to_owned(),
            ("put", words) => {
                std::fs::write(store, format!("{words}\n")).unwrap();
                "ok".to_owned()
            }
            ("get", _) => std::fs::read_to_string(store).unwrap_or_default().trim_end().to_owned(),
            ("die", _) => return on_die(),
            _ => continue,
        };
        if stream.write_all(format!("{answer}\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// A toy inside this process, to attach to.
pub(crate) fn attachable() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || serve(&listener, &PathBuf::from("/nonexistent/toy"), || ()));
    address
}

/// What a command line did.
pub(crate) struct Told {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command line in this process.
pub(crate) fn conform(suite: &Suite, args: &[&str]) -> Told {
    let words = ["pinnace-conform"].iter().chain(args).map(OsString::from);
    let (mut out, mut err) = (Vec::new(), Shared::default());
    let mut streams = Streams { out: &mut out, err: &mut err, out_is: Screen::None, err_is: Screen::None };
    let code = run(suite, words, &mut streams);
    let err = String::from_utf8(err.0.lock().unwrap().clone()).unwrap();
    Told { code, out: String::from_utf8(out).unwrap(), err }
}

/// Runs a command line whose reader has gone, and gives its exit code and what it said of that.
pub(crate) fn conform_to_nobody(suite: &Suite, args: &[&str]) -> (u8, String) {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let words = ["pinnace-conform"].iter().chain(args).map(OsString::from);
    let mut err = Shared::default();
    let mut streams = Streams { out: &mut Gone, err: &mut err, out_is: Screen::None, err_is: Screen::None };
    let code = run(suite, words, &mut streams);
    (code, String::from_utf8(err.0.lock().unwrap().clone()).unwrap())
}

/// Runs `server` against a fresh attachable toy.
pub(crate) fn judge(suite: &Suite, args: &[&str]) -> Told {
    let address = attachable().to_string();
    let base = ["server", "--addr", &address, "--realm", REALM, "--seed", "7"];
    conform(suite, &[&base[..], args].concat())
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
