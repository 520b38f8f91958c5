//! The matrix: every ordering of the makes, every story, both suites.

use std::io::{self, Write};

use super::adapter::Make;
use super::fault::Fault;

/// The two suites that every device has.
const SUITES: [u16; 2] = [0x0001, 0x0003];

/// A cell of the matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<'a> {
    /// The makes: devices take them by turns.
    pub(super) order: &'a [&'a Make],
    /// The cipher suite.
    pub(super) suite: u16,
    /// Its number, from 1: no two cells share it.
    pub(super) number: usize,
}

impl<'a> Cell<'a> {
    /// The make of a device, numbered from 0.
    pub(super) fn make(&self, device: usize) -> Result<&'a Make, Fault> {
        let make = device.checked_rem(self.order.len()).and_then(|at| self.order.get(at).copied());
        make.ok_or_else(|| Fault::device("nobody", "its start", "there is no make".to_owned()))
    }
}

/// Plays a story: in how many epochs all members exported the same secret.
pub(super) type Play<'a> = Box<dyn Fn(&Cell<'_>) -> Result<usize, Fault> + 'a>;

/// A story, and what the matrix calls it.
pub(super) struct Story<'a> {
    pub(super) name: &'static str,
    pub(super) play: Play<'a>,
}

/// Plays every cell and prints the matrix; whether all passed.
///
/// # Errors
/// When it cannot be printed.
pub(super) fn print(out: &mut dyn Write, makes: &[Make], stories: &[Story<'_>]) -> io::Result<bool> {
    let orders = orders(makes);
    let name_of =
        |order: &[&Make]| order.iter().map(|make| make.name.as_str()).collect::<Vec<_>>().join(", ");
    let width = orders.iter().map(|order| name_of(order).len()).max().unwrap_or_default().max(5);
    write!(out, "{:width$}", "order")?;
    for story in stories {
        for suite in SUITES {
            write!(out, "  {:>6} 0x{suite:04x}", story.name)?;
        }
    }
    writeln!(out)?;
    let mut failures = Vec::new();
    let mut number = 0_usize;
    for order in &orders {
        let name = name_of(order);
        write!(out, "{name:width$}")?;
        for story in stories {
            for suite in SUITES {
                number = number.saturating_add(1);
                let verdict = match (story.play)(&Cell { order, suite, number }) {
                    Ok(epochs) => format!("{epochs} epochs"),
                    Err(fault) => {
                        failures.push(format!("{name}: {}, suite 0x{suite:04x}: {fault}", story.name));
                        "FAIL".to_owned()
                    }
                };
                write!(out, "  {verdict:>13}")?;
                out.flush()?;
            }
        }
        writeln!(out)?;
    }
    for failure in &failures {
        writeln!(out, "{failure}")?;
    }
    writeln!(out, "{} of {number} passed", number.saturating_sub(failures.len()))?;
    Ok(failures.is_empty())
}

/// Each ordering of the makes.
fn orders(makes: &[Make]) -> Vec<Vec<&Make>> {
    let mut orders: Vec<Vec<&Make>> = vec![Vec::new()];
    for make in makes {
        orders = orders.iter().flat_map(|order| with_each_place(order, make)).collect();
    }
    orders.sort_by_key(|order| places(makes, order));
    orders
}

/// An order with one make more, at each place.
fn with_each_place<'a>(order: &[&'a Make], make: &'a Make) -> Vec<Vec<&'a Make>> {
    let with_at = |at: usize| {
        [order.get(..at), Some(&[make]), order.get(at..)].into_iter().flatten().flatten().copied().collect()
    };
    (0..=order.len()).map(with_at).collect()
}

/// Where each make of an order stands in the list.
fn places(makes: &[Make], order: &[&Make]) -> Vec<usize> {
    order.iter().filter_map(|make| makes.iter().position(|other| other == *make)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Make, Story, orders, print};
    use crate::interop::Fault;

    fn makes(names: &str) -> Vec<Make> {
        names.split(' ').map(|name| format!("{name}=x").parse().unwrap()).collect()
    }

    #[track_caller]
    fn check(names: &str, expected: &[&str]) {
        let makes = makes(names);
        let found: Vec<String> = orders(&makes)
            .iter()
            .map(|order| order.iter().map(|make| make.name.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_ordering_comes_once() {
        check("a", &["a"]);
        check("a b", &["a b", "b a"]);
        check("a b c", &["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"]);
    }

    #[test]
    fn a_cell_that_fails_is_named_and_fails_the_matrix() {
        let story = Story {
            name: "short",
            play: Box::new(|cell| match (cell.suite, cell.make(2)?.name.as_str()) {
                (3, "b") => Err(Fault::device("b 1", "join", "no".to_owned())),
                _ => Ok(cell.number),
            }),
        };
        let mut out = Vec::new();
        assert!(!print(&mut out, &makes("a b"), &[story]).unwrap());
        let told = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(
            lines,
            [
                "order   short 0x0001   short 0x0003",
                "a, b        1 epochs       2 epochs",
                "b, a        3 epochs           FAIL",
                "b, a: short, suite 0x0003: b 1 at join: no",
                "3 of 4 passed",
            ]
        );
    }
}
