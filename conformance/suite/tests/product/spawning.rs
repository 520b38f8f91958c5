//! Targets that the suite starts, and ends.

use core::time::Duration;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use pinnace_conformance::case::{Case, CaseResult, Need};
use pinnace_conformance::check::expect_eq;
use pinnace_conformance::ctx::Ctx;
use pinnace_conformance::target::Stop;
use rustix::process::{Pid, Signal, kill_process};

use crate::toy::{
    REALM, ask, case, conform, echoes, keeps_case, kills_the_target, panics, serve, suite, waits_in_vain,
};

/// The toy as a process of its own: this test binary starts itself with this test and these variables.
#[test]
fn toy_as_a_process() {
    let Some(pids) = std::env::var_os("TOY_PIDS") else { return };
    let store = PathBuf::from(std::env::var_os("TOY_STORE").unwrap());
    let mut pids = std::fs::OpenOptions::new().append(true).create(true).open(pids).unwrap();
    writeln!(pids, "{}", std::process::id()).unwrap();
    if std::env::var_os("TOY_FAILS").is_some() {
        writeln!(std::io::stderr(), "the toy is out of order").unwrap();
        std::process::exit(9);
    }
    let stays = std::env::var_os("TOY_STAYS").is_some();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        if !stays {
            std::process::exit(0);
        }
    });
    let port = std::env::var("TOY_PORT").unwrap_or_else(|_| "0".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let address = listener.local_addr().unwrap();
    let ready = format!("\n{{\"ready\":{{\"tcp\":\"{address}\",\"realm\":\"{REALM}\"}}}}\n");
    std::io::stdout().write_all(ready.as_bytes()).unwrap();
    serve(&listener, &store, || {
        writeln!(std::io::stderr(), "the toy dies of a broken spring").unwrap();
        std::process::exit(7);
    });
}

/// A folder with a target file for the toy.
pub(crate) struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub(crate) fn new(more: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        let exe = std::env::current_exe().unwrap();
        let start = [exe.to_str().unwrap(), "--exact", "spawning::toy_as_a_process", "--nocapture"];
        let pids = site.path("pids");
        let text = format!(
            "start = {start:?}\nenv = {{ TOY_PIDS = {pids:?}, TOY_STORE = \"{{scratch}}/store\" }}\n{more}\n"
        );
        std::fs::write(site.path("toy.toml"), text).unwrap();
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path("toy.toml")).unwrap();
        std::fs::write(self.path("toy.toml"), text.replace(from, to)).unwrap();
    }

    fn args(&self) -> [String; 3] {
        ["server".to_owned(), "--target".to_owned(), self.path("toy.toml").to_str().unwrap().to_owned()]
    }

    /// Runs the cases, and checks that no process is left of those that were started.
    #[track_caller]
    fn check(&self, cases: Vec<Case>, code: u8, started: usize, said: &[&str]) {
        let args = self.args();
        let told = conform(&suite(cases), &args.each_ref().map(String::as_str));
        let all = format!("{}{}", told.out, told.err);
        for words in said {
            assert!(all.contains(words), "{words:?} is not in:\n{all}");
        }
        assert_eq!(told.code, code, "{all}");
        let pids = pids(&self.path("pids"));
        assert_eq!(pids.len(), started, "{all}");
        assert!(pids.iter().all(|pid| !is_alive(*pid)), "a target is left behind");
    }
}

pub(crate) fn pids(path: &Path) -> Vec<i32> {
    std::fs::read_to_string(path).unwrap_or_default().lines().map(|line| line.parse().unwrap()).collect()
}

pub(crate) fn is_alive(pid: i32) -> bool {
    // A process that ended and was not waited for has an empty command line.
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

#[test]
fn case_with_an_instance_of_its_own_may_kill_it() {
    // Two instances, one of them started twice; the other case keeps the shared one.
    Site::new("").check(vec![case("TOY-001/1", echoes), keeps_case()], 0, 3, &["2 pass"]);
}

#[test]
fn target_file_can_refuse_restarts() {
    let site = Site::new("restart = \"refused\"");
    site.check(vec![case("TOY-001/1", echoes), keeps_case()], 0, 1, &["the target file refuses restarts"]);
}

#[test]
fn profile_that_is_not_declared_is_unsupported() {
    let other = Case { profile: "groups", ..case("TOY-001/2", echoes) };
    let said = ["unsupported 1: the target does not declare the profile groups"];
    Site::new("profiles = [\"core\"]").check(vec![case("TOY-001/1", echoes), other], 0, 1, &said);
}

#[test]
fn target_that_dies_is_told_with_its_last_words_and_costs_one_timeout() {
    let mut cases = vec![case("TOY-001/1", kills_the_target)];
    cases.extend((0..200).map(|_| case("TOY-001/2", echoes)));
    let words = "| the toy dies of a broken spring";
    let said = ["exit status: 7", words, "in flight: TOY-001/", "not run: the target was lost"];
    let began = Instant::now();
    Site::new("").check(cases, 4, 1, &said);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn silence_in_one_case_does_not_lose_the_target() {
    let said = ["no answer in time", "1 pass", "1 inconclusive"];
    Site::new("").check(vec![case("TOY-001/1", waits_in_vain), case("TOY-001/2", echoes)], 3, 1, &said);
}

#[test]
fn target_ends_after_a_panic_too() {
    Site::new("").check(vec![case("TOY-001/1", panics)], 5, 1, &["the case panicked"]);
}

#[test]
fn target_that_cannot_be_built_or_started_is_told() {
    let failing = "build = [\"sh\", \"-c\", \"echo no compiler here >&2; exit 3\"]";
    Site::new(failing).check(
        vec![case("TOY-001/1", echoes)],
        4,
        0,
        &["the build failed", "no compiler here"],
    );

    let site = Site::new("");
    site.edit("env = {", "env = { TOY_FAILS = \"1\",");
    let said = ["ended before it was ready (exit status: 9)", "| the toy is out of order"];
    site.check(vec![case("TOY-001/1", echoes)], 4, 1, &said);

    let site = Site::new("ready_wait_ms = 50");
    std::fs::write(site.path("toy.toml"), "start = [\"sleep\", \"30\"]\nready_wait_ms = 50\n").unwrap();
    site.check(vec![case("TOY-001/1", echoes)], 4, 0, &["was not ready after 50 ms"]);

    std::fs::write(site.path("toy.toml"), "start = [\"/nonexistent/toy\"]\n").unwrap();
    site.check(vec![case("TOY-001/1", echoes)], 4, 0, &["cannot run /nonexistent/toy"]);
}

#[test]
fn typo_in_a_target_file_is_usage() {
    let site = Site::new("redy = \"listen\"");
    let said = ["toy.toml:3: unknown key `redy`; did you mean `ready`?"];
    site.check(vec![case("TOY-001/1", echoes)], 2, 0, &said);
}

#[test]
fn target_that_only_listens_is_given_ports_and_waited_for() {
    let site = Site::new(&format!("ready = \"listen\"\ntcp = \"127.0.0.1:{{port}}\"\nrealm = \"{REALM}\"\n"));
    site.edit("env = {", "env = { TOY_PORT = \"{port}\",");
    site.check(vec![case("TOY-001/1", echoes), keeps_case()], 0, 3, &["2 pass"]);
}

#[test]
fn fixed_port_leaves_no_room_for_a_second_instance() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let site = Site::new(&format!("ready = \"listen\"\ntcp = \"127.0.0.1:{port}\"\nrealm = \"{REALM}\"\n"));
    site.edit("env = {", &format!("env = {{ TOY_PORT = \"{port}\","));
    site.check(vec![case("TOY-001/1", echoes), keeps_case()], 0, 1, &["has a fixed port"]);
}

#[test]
fn port_that_nobody_opens_is_not_waited_for_for_ever() {
    let more =
        format!("ready = \"listen\"\ntcp = \"127.0.0.1:{{port}}\"\nrealm = \"{REALM}\"\nready_wait_ms = 60");
    Site::new(&more).check(vec![case("TOY-001/1", echoes)], 4, 1, &["was not ready after 60 ms"]);
}

#[test]
fn case_with_an_instance_of_its_own_is_replayed_where_it_was() {
    let dependent = |ctx: &Ctx| {
        let mut addresses = Vec::new();
        for _ in 0..2 {
            let address = ctx.endpoint().tcp;
            ask(&mut ctx.connect()?, &format!("echo {address}"))?;
            addresses.push(address);
            ctx.restart(Stop::Orderly)?;
        }
        ctx.require("TOY-001", "the address stays", expect_eq(&addresses[0], &addresses[1]));
        Ok(())
    };
    let suite = suite(vec![Case { needs: &[Need::OwnInstance], ..case("TOY-001/1", dependent) }]);
    let site = Site::new("");
    let (args, failures) = (site.args(), site.path("failures"));
    let more = ["--failures", failures.to_str().unwrap()];
    let told = conform(&suite, &[&args.each_ref().map(String::as_str)[..], &more].concat());
    assert_eq!(told.code, 1, "{}", told.out);
    let told = conform(&suite, &["replay", failures.join("TOY-001_1.json").to_str().unwrap()]);
    assert!(told.out.contains("fail, as recorded fail"), "{}{}", told.out, told.err);
}

#[test]
fn codes_come_from_where_the_target_file_says() {
    let fixed = |ctx: &Ctx| {
        ctx.require("TOY-001", "the fixed code", expect_eq(&"4711".to_owned(), &ctx.code("+1")?));
        Ok(())
    };
    let logged = |ctx: &Ctx| {
        ask(&mut ctx.connect()?, r#"put {"e164":"+1","code":"0815"}"#)?;
        ctx.require("TOY-001", "the logged code", expect_eq(&"0815".to_owned(), &ctx.code("+1")?));
        Ok(())
    };
    let needing = |run| Case { needs: &[Need::Code], ..case("TOY-001/1", run) };
    Site::new("code = \"4711\"").check(vec![needing(fixed)], 0, 1, &["1 pass"]);
    Site::new("gateway_log = \"{scratch}/store\"").check(vec![needing(logged)], 0, 1, &["1 pass"]);
}

#[test]
fn own_instance_that_ends_by_itself_is_told_with_its_last_words() {
    let dying = Case { needs: &[Need::OwnInstance], ..case("TOY-001/2", kills_the_target) };
    let said =
        ["the target ended (exit status: 7)", "| the toy dies of a broken spring", "1 pass, 1 inconclusive"];
    Site::new("").check(vec![case("TOY-001/1", echoes), dying], 3, 2, &said);
}

#[test]
fn target_that_dies_in_the_last_case_is_lost_too() {
    let last = |ctx: &Ctx| {
        let _ = kills_the_target(ctx);
        ctx.require("TOY-001", "it dies in peace", Ok(()));
        Ok(())
    };
    Site::new("").check(vec![case("TOY-001/1", last)], 4, 1, &["1 pass", "(after the last case)"]);
}

/// A run in a process of its own, to be interrupted: its case does not end by itself.
#[test]
fn run_as_a_process() {
    let Some(target) = std::env::var_os("RUN_TARGET") else { return };
    let endless = |ctx: &Ctx| -> CaseResult {
        let mut conn = ctx.connect()?;
        ask(&mut conn, "echo here")?;
        conn.set_wait(Duration::from_secs(60))?;
        ask(&mut conn, "mute").map(drop)
    };
    conform(&suite(vec![case("TOY-001/1", endless)]), &["server", "--target", target.to_str().unwrap()]);
}

#[track_caller]
fn ended_by(signal: Signal, code: Option<i32>, site: &Site) {
    let mut run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "spawning::run_as_a_process", "--nocapture"])
        .env("RUN_TARGET", site.path("toy.toml"))
        .env("TMPDIR", site.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the target starts", || pids(&site.path("pids")).len() == 1);
    kill_process(Pid::from_raw(i32::try_from(run.id()).unwrap()).unwrap(), signal).unwrap();
    assert_eq!(run.wait().unwrap().code(), code);
    let target = pids(&site.path("pids"))[0];
    until("the target ends with the suite", || !is_alive(target));
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn interrupt_ends_the_target_with_the_suite() {
    for signal in [Signal::INT, Signal::TERM] {
        let site = Site::new("");
        site.edit("env = {", "env = { TOY_STAYS = \"1\",");
        ended_by(signal, Some(130), &site);
    }
}

#[test]
fn even_sigkill_of_the_suite_closes_the_standard_input_of_the_target() {
    ended_by(Signal::KILL, None, &Site::new(""));
}
