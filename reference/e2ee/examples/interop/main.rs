//! Devices of three makes in one group, without a server: `conformance/peers/run` builds the strangers and starts this.
//!
//! `interop NAME=COMMAND NAME=COMMAND`: each command starts a peer that speaks the JSON lines of `conformance/peers/README.md`.
//! Every ordering of ours and the two, in three stories, on both suites. Prints a matrix.
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

/// What is played, and the accounts of its devices: only a device of a member's account may join by itself.
const STORIES: [(&str, &[u8]); 3] = [("direct", &[1, 2]), ("linked", &[1, 2, 1]), ("five", &[1, 2, 3, 4, 5])];

/// Plays every cell; whether all passed.
fn matrix(orders: &[[Make; 3]]) -> bool {
    let columns =
        STORIES.iter().flat_map(|(what, _)| SUITES.map(|suite| format!(" {what:>6} 0x{suite:04x}")));
    println!("{:24}{}", "order", columns.collect::<String>());
    let mut failures = Vec::new();
    let mut cells = 0_usize;
    for order in orders {
        let name = order.iter().map(Make::name).collect::<Vec<_>>().join(", ");
        let mut line = format!("{name:24}");
        for (what, accounts) in STORIES {
            for suite in SUITES {
                cells = cells.saturating_add(1);
                let verdict = play(order, what, accounts, (suite, cells)).map_or_else(
                    |error| {
                        failures.push(format!("{name}: {what}, suite {suite}: {error}"));
                        "FAIL".to_owned()
                    },
                    |epochs| format!("{epochs} epochs"),
                );
                line.push_str(&format!(" {verdict:>13}"));
            }
        }
        println!("{line}");
    }
    failures.iter().for_each(|failure| println!("{failure}"));
    println!("{} of {cells} passed", cells.saturating_sub(failures.len()));
    failures.is_empty()
}

/// The number of epochs in which all exported the same secret.
fn play(
    order: &[Make; 3],
    what: &str,
    accounts: &[u8],
    (suite, cell): (u16, usize),
) -> Result<usize, Failure> {
    let makes = order.iter().cycle().zip(accounts).zip(1..);
    let parties = makes.map(|((make, account), number)| make.device(number, *account));
    let parties = parties.collect::<Result<Vec<_>, _>>()?;
    let mut story = story::Story::new(parties, suite, format!("interop cell {cell:03}").as_bytes());
    match what {
        "direct" => story.direct()?,
        "linked" => story.linked()?,
        _ => story.five()?,
    }
    Ok(story.epochs_agreed())
}
