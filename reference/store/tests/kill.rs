//! A store whose process is killed while it writes: all that it acknowledged is there, once, in order.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on has failed")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Fallible, ack, block_on, carried, device, hello, message, read_all, register, rules, told};
use futures_util::stream::{FuturesUnordered, StreamExt};
use pinnace_home::{Outcome, SendDone};
use pinnace_store::{Embedded, OpenError, Options, Store};

/// Processes that are killed.
const KILLS: u64 = 10;

/// Messages under way in the process that is killed.
const DEPTH: usize = 64;

fn open(dir: &Path) -> Result<Embedded, OpenError> {
    Embedded::open(dir, Options { rules: rules(), ..Options::default() })
}

fn spawn(dir: &Path, role: &str, round: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(role).arg(dir).arg(round.to_string()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Sends from device 0 to device 1 without end, and prints each number whose acceptance it was told. Device 1 takes
/// some of it.
async fn write_without_end(dir: &Path, round: u64) -> Fallible<()> {
    let store = open(dir)?;
    let sender = hello(&store, 0, 2 * round + 1).await?;
    let taker = hello(&store, 1, 2 * round + 1).await?;
    let mut under_way = FuturesUnordered::new();
    let mut next = sender.handled.value() + 1;
    let mut out = std::io::stdout().lock();
    loop {
        while under_way.len() < DEPTH {
            let (seq, answer) = (next, store.send(message(sender.session, next, 1, 100)));
            under_way.push(async move { (seq, answer.await) });
            next += 1;
        }
        let (seq, done) = under_way.next().await.ok_or("nothing under way")?;
        if done? != SendDone::Outcome(Outcome::Accepted) {
            return Err("not accepted".into());
        }
        writeln!(out, "{seq}")?;
        out.flush()?;
        if seq % 97 == 0 {
            ack(&store, taker.session, taker.mailbox_last.value()).await?;
        }
    }
}

/// Lets a process write, kills it, and looks at what it left.
fn kill_and_look(dir: &Path, round: u64) -> u64 {
    let mut child = spawn(dir, "write", round);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines_wanted = 200 + 137 * usize::try_from(round).unwrap();
    let mut acknowledged: Vec<u64> =
        lines.by_ref().take(lines_wanted).map(|line| line.unwrap().parse().unwrap()).collect();
    assert_eq!(acknowledged.len(), lines_wanted, "the process ended by itself");
    child.kill().unwrap();
    // What it printed before it died was acknowledged too; a last line may be cut.
    acknowledged.extend(lines.map_while(Result::ok).filter_map(|line| line.parse::<u64>().ok()));
    child.wait().unwrap();
    let highest = acknowledged.into_iter().max().unwrap();

    let store = open(dir).unwrap();
    block_on(async {
        let resumed = hello(&store, 0, 2 * round + 2).await.unwrap();
        let handled = resumed.handled.value();
        assert!(highest <= handled, "{highest} was acknowledged, {handled} is known");
        assert_eq!(resumed.exceptions, []);
        // The cursor's work may not be finished: it goes on by itself. What matters is the sum of both sides.
        let (waiting, sums) = loop {
            let waiting = carried(&read_all(&store, 1).await.unwrap());
            let receipts = told(&read_all(&store, 0).await.unwrap());
            if receipts.len() + waiting.len() >= usize::try_from(handled).unwrap() {
                break (waiting, receipts);
            }
        };
        let expected: Vec<u64> = (1..=handled).collect();
        let all: Vec<u64> = sums.into_iter().chain(waiting).collect();
        assert_eq!(all, expected, "each number once, in order: first what was taken, then what waits");
        handled
    })
}

fn every_kill_leaves_what_was_acknowledged() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("data");
    let store = open(&dir).unwrap();
    block_on(async {
        register(&store, 0).await.unwrap();
        register(&store, 1).await.unwrap();
    });
    store.close();
    for round in 0..KILLS {
        let handled = kill_and_look(&dir, round);
        println!("  round {round}: {handled} messages");
    }
    assert_ne!(device(0), device(1));
}

fn a_second_process_is_told_so() {
    let scratch = tempfile::tempdir().unwrap();
    let store = open(scratch.path()).unwrap();
    let output = spawn(scratch.path(), "probe", 0).wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("{} is in use by another process\n", scratch.path().display())
    );
    store.close();
    let output = spawn(scratch.path(), "probe", 0).wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "opened\n");
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", dir, round] => {
            // Ends by being killed; if not, the parent misses its lines.
            let _ = block_on(write_without_end(Path::new(dir), round.parse().unwrap()));
        }
        ["probe", dir, _] => match open(Path::new(dir)) {
            Ok(_) => println!("opened"),
            Err(error) => println!("{error}"),
        },
        _ => {
            println!("every_kill_leaves_what_was_acknowledged");
            every_kill_leaves_what_was_acknowledged();
            println!("a_second_process_is_told_so");
            a_second_process_is_told_so();
            println!("ok");
        }
    }
}
