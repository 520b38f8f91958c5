//! What happens to the files.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::written::{Files, MESSAGES, Written};

/// Changes of one run.
const CHANGES_MAX: usize = 4;

/// Octets that say one change.
const CHANGE_LEN: usize = 6;

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
}

/// The changes of one run, each with its file.
#[derive(Clone, Debug)]
pub(crate) struct Damage(Vec<(PathBuf, Change)>);

/// What must be left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fate {
    /// Messages that must be there if the store opens.
    pub(crate) least: u64,
    /// Whether the store may say that it is damaged.
    pub(crate) may_refuse: bool,
}

impl Damage {
    pub(crate) fn of(octets: &[u8], written: &Written) -> Self {
        let files = &written.files;
        let changes = octets.chunks_exact(CHANGE_LEN).take(CHANGES_MAX).filter_map(|chunk| {
            let [file, what, high, low, octet, len] = chunk.try_into().ok()?;
            // Most damage is worth most in the journal, which is the only file of 64 MiB.
            let by_size = || files.iter().max_by_key(|(_, contents)| contents.len);
            let place = usize::from(file) % (2 * files.len());
            // The engine does not look at the checksums of its tables when it opens, and panics twice over a damaged one.
            // No crash tears a table: it is brought to the disk before a manifest names it.
            let is_no_table = |(path, _): &(&PathBuf, _)| !path.to_string_lossy().contains("tables");
            let (path, contents) = files.iter().nth(place).filter(is_no_table).or_else(by_size)?;
            let at = usize::from(u16::from_be_bytes([high, low])).checked_rem(contents.octets.len());
            let (at, len) = (at.unwrap_or(0), 1 + usize::from(len));
            // A crash tears the end of the journal. Octets in its middle are turned by nothing that the engine guards
            // against: its checksums leave out a commit's sequence number, and what it cannot read it takes for the end.
            let what = if *path == written.journal { 2 + what % 3 } else { what % 5 };
            let change = match what {
                0 => Change::Flip { at, bit: octet % 8 },
                1 => Change::Set { at, len: len % 8 + 1, octet },
                2 => Change::Cut { at },
                3 => Change::Zeros { at },
                _ => Change::Behind { len, octet },
            };
            Some((path.clone(), change))
        });
        Self(changes.collect())
    }

    /// Writes the files as the damage leaves them.
    pub(crate) fn write(&self, files: &Files, dir: &Path) {
        for (path, contents) in files {
            let (mut octets, mut len) = (contents.octets.clone(), contents.len);
            for (_, change) in self.0.iter().filter(|(damaged, _)| damaged == path) {
                apply(change, &mut octets, &mut len);
            }
            let path = dir.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).open(&path).expect("a file");
            file.write_all(&octets).expect("octets");
            file.set_len(len.max(octets.len() as u64)).expect("a length");
        }
    }

    /// What the damage may cost: of the journal its end, of another file everything, but then the store must say so.
    pub(crate) fn fate(&self, written: &Written) -> Fate {
        let mut fate = Fate { least: MESSAGES, may_refuse: false };
        for (path, change) in &self.0 {
            let is_journal = *path == written.journal;
            let whole = |at: &usize| written.ends.iter().filter(|end| *end <= at).count() as u64;
            let least = match change {
                Change::Cut { at } | Change::Zeros { at } => whole(at),
                Change::Flip { .. } | Change::Set { .. } | Change::Behind { .. } => MESSAGES,
            };
            fate.may_refuse |= path.file_name().is_none_or(|name| name != "LOCK");
            if is_journal {
                fate.least = fate.least.min(least);
            }
        }
        fate
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
    }
}
