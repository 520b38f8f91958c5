//! A file system that loses what was not brought to the disk: contents by `sync`, names by `sync_names`.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// Why a write did not happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FileFault {
    /// No room: a part may have been written.
    Full,
    /// The disk did not say whether it took what was written.
    SyncFailed,
    /// The machine is down.
    Down,
}

impl core::fmt::Display for FileFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Full => "no room on the disk",
            Self::SyncFailed => "the disk did not confirm",
            Self::Down => "the machine is down",
        })
    }
}

/// What goes wrong with the next write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// The disk fills up in the middle of it.
    Full,
    /// It is written, and bringing it to the disk fails.
    SyncFails,
    /// The machine stops in the middle of it.
    DownInWrite,
    /// The machine stops between writing and syncing.
    DownBeforeSync,
    /// The machine stops once it is durable, before anybody hears of it.
    DownAfterSync,
}

/// What is left of the memory of a machine that stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The process was killed: the system still holds what was written.
    Killed,
    /// The power failed: only what was synced is sure.
    PowerCut,
}

#[derive(Clone, Debug, Default)]
struct Content {
    octets: Vec<u8>,
    /// How many of them are on the disk.
    synced: usize,
}

/// Files in one directory, appended to only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    contents: BTreeMap<u64, Content>,
    /// Names as the running system sees them.
    names: BTreeMap<String, u64>,
    /// Names as the disk has them.
    synced_names: BTreeMap<String, u64>,
    next: u64,
    trouble: Option<Trouble>,
    /// Synchronisations before the trouble.
    trouble_in: u64,
    pub(crate) is_down: bool,
}

impl Files {
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.keys()
    }

    pub(crate) fn read(&self, name: &str) -> Option<&[u8]> {
        let content = self.contents.get(self.names.get(name)?)?;
        Some(&content.octets)
    }

    /// Something goes wrong after so many synchronisations; `None`: nothing.
    pub(crate) const fn plan_trouble(&mut self, trouble: Option<Trouble>, trouble_in: u64) {
        (self.trouble, self.trouble_in) = (trouble, trouble_in);
    }

    /// Makes an empty file, in place of one of that name.
    pub(crate) fn create(&mut self, name: &str) {
        self.next = self.next.saturating_add(1);
        self.contents.insert(self.next, Content::default());
        self.names.insert(name.to_owned(), self.next);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.names.remove(name);
    }

    /// Appends, as far as the trouble that waits lets it.
    pub(crate) fn append(&mut self, name: &str, octets: &[u8]) -> Result<(), FileFault> {
        if self.is_down {
            return Err(FileFault::Down);
        }
        let Some(content) = self.names.get(name).and_then(|id| self.contents.get_mut(id)) else {
            return Err(FileFault::Full);
        };
        let half = octets.get(..octets.len() / 2).unwrap_or_default();
        match self.trouble.filter(|_| self.trouble_in == 0) {
            Some(Trouble::Full) => {
                self.trouble = None;
                content.octets.extend_from_slice(half);
                Err(FileFault::Full)
            }
            Some(Trouble::DownInWrite) => {
                content.octets.extend_from_slice(half);
                self.is_down = true;
                Err(FileFault::Down)
            }
            Some(Trouble::SyncFails | Trouble::DownBeforeSync | Trouble::DownAfterSync) | None => {
                content.octets.extend_from_slice(octets);
                Ok(())
            }
        }
    }

    /// Brings what a file holds to the disk.
    pub(crate) fn sync(&mut self, name: &str) -> Result<(), FileFault> {
        let trouble = if self.trouble_in == 0 { self.trouble.take() } else { None };
        self.trouble_in = self.trouble_in.saturating_sub(1);
        match trouble {
            Some(Trouble::SyncFails) => return Err(FileFault::SyncFailed),
            Some(Trouble::DownBeforeSync | Trouble::DownInWrite) => self.is_down = true,
            Some(Trouble::Full | Trouble::DownAfterSync) | None if self.is_down => {}
            Some(Trouble::DownAfterSync) => {
                self.mark_synced(name);
                self.is_down = true;
            }
            Some(Trouble::Full) | None => self.mark_synced(name),
        }
        if self.is_down { Err(FileFault::Down) } else { Ok(()) }
    }

    fn mark_synced(&mut self, name: &str) {
        if let Some(content) = self.names.get(name).and_then(|id| self.contents.get_mut(id)) {
            content.synced = content.octets.len();
        }
    }

    /// Brings the names to the disk.
    pub(crate) fn sync_names(&mut self) {
        if !self.is_down {
            self.synced_names.clone_from(&self.names);
        }
    }

    /// Cuts a file to a length, durably.
    pub(crate) fn truncate(&mut self, name: &str, len: usize) {
        if let Some(content) = self.names.get(name).and_then(|id| self.contents.get_mut(id)) {
            content.octets.truncate(len);
            content.synced = content.octets.len();
        }
    }

    /// What a machine finds that starts again.
    pub(crate) fn restart(&mut self, stop: Stop, dice: &mut Dice) {
        self.is_down = false;
        self.trouble = None;
        if stop == Stop::Killed {
            return;
        }
        // A directory may have reached the disk by itself, wholly or not at all.
        if dice.happens(500) {
            self.names.clone_from(&self.synced_names);
        } else {
            self.synced_names.clone_from(&self.names);
        }
        for content in self.contents.values_mut() {
            content.tear(dice);
        }
        let Self { contents, names, .. } = self;
        contents.retain(|id, _| names.values().any(|named| named == id));
    }
}

impl Content {
    /// Of what was not synced a part survives, perhaps with its end garbled.
    fn tear(&mut self, dice: &mut Dice) {
        let loose = self.octets.len().saturating_sub(self.synced);
        let kept = dice.below(u64::try_from(loose).unwrap_or(0).saturating_add(1));
        self.octets.truncate(self.synced.saturating_add(usize::try_from(kept).unwrap_or(0)));
        if kept > 0 && dice.happens(300) {
            for octet in self.octets.iter_mut().skip(self.synced).rev().take(7) {
                *octet = 0;
            }
        }
        self.synced = self.octets.len();
    }
}
