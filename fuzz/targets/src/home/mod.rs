//! The rules of what is kept, under operations and crashes in any order, against a small model of what was promised.

mod directory;
mod history;

use arbitrary::Unstructured;

use history::{History, Talks};

/// Acts of one history.
const ACTS_MAX: usize = 150;

/// The octets are acts of three devices, of time and of crashes. Nothing accepted is lost or doubled, the numbers of a
/// mailbox are dense, the order of each sender holds, a number has one outcome, each message that ended has one receipt, a
/// KeyPackage comes to one claim, a stock is what was published and not taken, and a transaction touches one owner.
///
/// Where the last octet is an odd one, they are acts of a group of the same devices: all hear the same in the same order, once,
/// and what nobody holds is gone.
///
/// # Panics
/// When one of these does not hold.
pub fn home(octets: &[u8]) {
    if octets.last().is_some_and(|last| last % 2 == 1) {
        return talks(octets);
    }
    let mut acts = Unstructured::new(octets);
    let mut history = History::new();
    for _ in 0..ACTS_MAX {
        if acts.is_empty() || history.act(&mut acts).is_err() {
            break;
        }
    }
    history.settle();
}

fn talks(octets: &[u8]) {
    let mut acts = Unstructured::new(octets);
    let mut talks = Talks::new();
    for _ in 0..ACTS_MAX {
        if acts.is_empty() || talks.act(&mut acts).is_err() {
            break;
        }
    }
    talks.settle();
}
