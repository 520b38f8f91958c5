//! Runs seeds: `cargo run -p pinnace-sim --example seed -- FIRST [COUNT] [--circle] [BUG] [--trace]`.
#![expect(clippy::print_stdout, reason = "a tool that prints")]

use pinnace_sim::{Bug, Keep, run, run_circle};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let first = numbers.first().copied().unwrap_or(1);
    let count = numbers.get(1).copied().unwrap_or(1);
    let is_circle = arguments.iter().any(|argument| argument == "--circle");
    let play = if is_circle { run_circle } else { run };
    let bug = Bug::ALL.into_iter().chain(Bug::CIRCLE).find(|bug| arguments.contains(&format!("{bug:?}")));
    let keep =
        if arguments.iter().any(|argument| argument == "--trace") { Keep::Lines } else { Keep::Digest };
    let mut events = 0;
    let mut failed = 0;
    for seed in first..first.saturating_add(count) {
        let report = play(seed, bug, keep);
        for line in &report.trace {
            println!("{line}");
        }
        events += report.event_count;
        if let Some(violation) = report.violation {
            failed += 1;
            println!("seed {seed}: {violation}");
        } else if count == 1 {
            println!("seed {seed}: {:016x}, {} events, all held", report.digest, report.event_count);
        }
    }
    println!("{count} seeds, {failed} failed, {events} events");
}
