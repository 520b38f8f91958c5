//! Devices of three makes in one group, without a server: `conformance/peers/run` builds the strangers and starts this.
//!
//! `interop NAME=COMMAND NAME=COMMAND`: each command starts a peer that speaks the JSON lines of `conformance/peers/README.md`.
//! Every ordering of ours and the two, in a direct conversation and a group of five, on both suites. Prints a matrix.
#![expect(clippy::print_stdout, reason = "a command's output")]

mod ours;
mod party;
mod story;

use std::process::ExitCode;

use party::{Failure, Make};

const SUITES: [u16; 2] = [1, 3];

fn main() -> ExitCode {
    let strangers: Vec<Make> =
        std::env::args().skip(1).filter_map(|argument| Make::stranger(&argument)).collect();
    let [one, two] = strangers.as_slice() else {
        eprintln!("usage: interop NAME=COMMAND NAME=COMMAND");
        return ExitCode::from(2);
    };
    let orders = orders(&[Make::Ours, one.clone(), two.clone()]);
    if matrix(&orders) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Each ordering of the three.
fn orders(makes: &[Make; 3]) -> Vec<[Make; 3]> {
    let [a, b, c] = makes;
    [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
        .map(|order| order.map(Make::clone))
        .to_vec()
}

/// Plays every cell; whether all passed.
fn matrix(orders: &[[Make; 3]]) -> bool {
    println!("{:40} direct 0x0001  direct 0x0003  five 0x0001  five 0x0003", "order");
    let mut failures = Vec::new();
    let mut cells = 0_usize;
    for order in orders {
        let name = order.iter().map(Make::name).collect::<Vec<_>>().join(", ");
        let mut line = format!("{name:40}");
        for (what, devices, width) in [("direct", 2, 15), ("five", 5, 13)] {
            for suite in SUITES {
                cells = cells.saturating_add(1);
                let cell = format!("{name}: {what}, suite {suite}");
                let verdict = match play(order, devices, suite, cells) {
                    Ok(epochs) => format!("{epochs} epochs"),
                    Err(error) => {
                        failures.push(format!("{cell}: {error}"));
                        "FAIL".to_owned()
                    }
                };
                line.push_str(&format!(" {verdict:width$}", width = width - 1));
            }
        }
        println!("{}", line.trim_end());
    }
    failures.iter().for_each(|failure| println!("{failure}"));
    println!("{} of {cells} passed", cells.saturating_sub(failures.len()));
    failures.is_empty()
}

/// The number of epochs in which all exported the same secret.
fn play(order: &[Make; 3], devices: usize, suite: u16, cell: usize) -> Result<usize, Failure> {
    let makes = order.iter().cycle().take(devices);
    let parties = makes.enumerate().map(|(index, make)| make.device(index)).collect::<Result<Vec<_>, _>>()?;
    let mut story = story::Story::new(parties, suite, format!("interop cell {cell:03}").as_bytes());
    if devices == 2 {
        story.direct()?
    } else {
        story.five()?
    }
    Ok(story.epochs_agreed())
}
