//! What happens to the files.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::written::{Files, MARK, MESSAGES, Written};

/// Changes of one run.
const CHANGES_MAX: usize = 4;

/// Octets that say one change.
const CHANGE_LEN: usize = 6;

/// Octets of a journal that a crash leaves whole or not at all: the beginning of the first commit lies in one sector.
const HEAD_LEN: usize = 68;

/// One change of a file.
#[derive(Clone, Debug)]
enum Change {
    /// A bit is turned.
    Flip { at: usize, bit: u8 },
    /// Some octets are another one.
    Set { at: usize, len: usize, octet: u8 },
    /// The file ends there.
    Cut { at: usize },
    /// What was written from there on is zeros: its length was made durable, its octets were not.
    Zeros { at: usize },
    /// Garbage stands behind what was written.
    Behind { len: usize, octet: u8 },
    /// The file is gone.
    Removed,
}

/// Why the journal is not what was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cause {
    /// Power was lost in the middle of a commit: no later one was ever durable, and the mark tells of none.
    Crash,
    /// Something else, and the mark tells of all that were durable.
    Damage,
}

/// The changes of one run, each with its file.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    changes: Vec<(PathBuf, Change)>,
    /// `None`: the journal is what was written.
    journal: Option<Cause>,
}

/// What must be left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fate {
    /// Messages that must be there if the store opens.
    pub(crate) least: u64,
    /// Whether the store may say that it is damaged.
    pub(crate) may_refuse: bool,
    /// Whether it may open, and find out later that it cannot read a row.
    pub(crate) may_fail: bool,
}

impl Damage {
    pub(crate) fn of(octets: &[u8], written: &Written) -> Self {
        let files = &written.files;
        let mut cause = None;
        let changes = octets.chunks_exact(CHANGE_LEN).take(CHANGES_MAX).filter_map(|chunk| {
            let [file, what, high, low, octet, len] = chunk.try_into().ok()?;
            // Most damage is worth most in the journal.
            let place = usize::from(file) % (2 * files.len());
            let path = files.keys().nth(place).unwrap_or(&written.journal);
            let contents = &files[path];
            let at = usize::from(u16::from_be_bytes([high, low])).checked_rem(contents.octets.len());
            let (at, len) = (at.unwrap_or(0), 1 + usize::from(len));
            let is_crash = *path == written.journal && (5..8).contains(&(what % 9));
            let at = if is_crash && at < HEAD_LEN { 0 } else { at };
            let change = match what % 9 {
                0 => Change::Flip { at, bit: octet % 8 },
                1 => Change::Set { at, len: len % 8 + 1, octet },
                2 | 5 => Change::Cut { at },
                3 | 6 => Change::Zeros { at },
                4 | 7 => Change::Behind { len, octet },
                _ => Change::Removed,
            };
            if *path == written.journal {
                let this = if is_crash { Cause::Crash } else { Cause::Damage };
                // One that is damaged is not what a crash left.
                cause = Some(if cause == Some(Cause::Damage) { Cause::Damage } else { this });
            }
            Some((path.clone(), change))
        });
        let changes = changes.collect();
        Self { changes, journal: cause }
    }

    /// Writes the files as the damage leaves them.
    pub(crate) fn write(&self, written: &Written, dir: &Path) {
        let mut files: Files = written.files.clone();
        if self.journal == Some(Cause::Crash) {
            files.insert(MARK.into(), written.step(self.journal_end(written)).mark.clone());
        }
        for (path, contents) in &files {
            let (mut octets, mut len) = (contents.octets.clone(), contents.len);
            let changes =
                || self.changes.iter().filter(|(damaged, _)| damaged == path).map(|(_, change)| change);
            changes().for_each(|change| apply(change, &mut octets, &mut len));
            let path = dir.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            if changes().any(|change| matches!(change, Change::Removed)) {
                continue;
            }
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).open(&path).expect("a file");
            file.write_all(&octets).expect("octets");
            file.set_len(len.max(octets.len() as u64)).expect("a length");
        }
    }

    /// Where the journal ends, as far as it is cut or zeros.
    fn journal_end(&self, written: &Written) -> usize {
        let of_journal = self.changes.iter().filter(|(path, _)| *path == written.journal);
        let ends = of_journal.map(|(_, change)| match change {
            Change::Cut { at } | Change::Zeros { at } => *at,
            Change::Flip { .. } | Change::Set { .. } | Change::Behind { .. } | Change::Removed => usize::MAX,
        });
        ends.min().unwrap_or(usize::MAX)
    }

    /// What the damage may cost. A crash costs what was not durable, and the store opens. All else may cost everything, but
    /// the store says so.
    pub(crate) fn fate(&self, written: &Written) -> Fate {
        let is_changed =
            |name: &str| self.changes.iter().any(|(path, _)| path.to_string_lossy().contains(name));
        let is_removed = |name: &str| {
            self.changes
                .iter()
                .any(|(path, change)| path.ends_with(name) && matches!(change, Change::Removed))
        };
        let least = match self.journal {
            None => MESSAGES,
            Some(Cause::Crash) => written.step(self.journal_end(written)).messages,
            // Who removes the mark goes on with what is left. Half of it lags one commit behind.
            Some(Cause::Damage) if is_removed(MARK) => 0,
            Some(Cause::Damage) if is_changed(MARK) => MESSAGES - 1,
            Some(Cause::Damage) => MESSAGES,
        };
        let others = self.changes.iter().any(|(path, _)| *path != written.journal && !path.ends_with("LOCK"));
        let may_refuse = others || self.journal == Some(Cause::Damage);
        Fate { least, may_refuse, may_fail: is_changed("tables") }
    }
}

fn apply(change: &Change, octets: &mut Vec<u8>, len: &mut u64) {
    match change {
        Change::Flip { at, bit } => {
            octets.iter_mut().skip(*at).take(1).for_each(|octet| *octet ^= 1 << bit);
        }
        Change::Set { at, len, octet } => {
            octets.iter_mut().skip(*at).take(*len).for_each(|place| *place = *octet);
        }
        Change::Cut { at } => {
            octets.truncate(*at);
            *len = octets.len() as u64;
        }
        Change::Zeros { at } => octets.iter_mut().skip(*at).for_each(|octet| *octet = 0),
        Change::Behind { len, octet } => octets.extend(vec![*octet; *len]),
        Change::Removed => {}
    }
}
