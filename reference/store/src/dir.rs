//! The data directory: who holds it, and what format it has.
//!
//! ```text
//! LOCK     held by the process that uses the directory
//! FORMAT   one line: name and number of the format
//! MARK     how many commits are durable
//! db/      the engine's files
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::OpenError;

/// What FORMAT holds. The number rises when rows change so that an older program would misread them.
const FORMAT: &str = "pinnace-store 1";

/// A data directory that this process holds until it is dropped.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Takes hold of a directory, and makes it if there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        create(path).map_err(|error| OpenError::Io { path: path.to_path_buf(), error })?;
        Self::hold(path)
    }

    /// Takes hold of a directory where a store is, and makes nothing where there is none.
    pub(crate) fn open_existing(path: &Path) -> Result<Self, OpenError> {
        let format = path.join("FORMAT");
        match format.try_exists() {
            // The engine's folder comes after FORMAT: without it there is nothing to read yet.
            Ok(true) if engine_path(path).is_dir() => Self::hold(path),
            Ok(_) => Err(OpenError::NoStore { dir: path.to_path_buf() }),
            Err(error) => Err(OpenError::Io { path: format, error }),
        }
    }

    fn hold(path: &Path) -> Result<Self, OpenError> {
        let io = |touched: &Path, error| OpenError::Io { path: touched.to_path_buf(), error };
        let lock_path = path.join("LOCK");
        let lock = open_lock(&lock_path).map_err(|error| io(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Locked { dir: path.to_path_buf() }),
            Err(TryLockError::Error(error)) => return Err(io(&lock_path, error)),
        }
        let dir = Self { path: path.to_path_buf(), _lock: lock };
        dir.check_format()?;
        Ok(dir)
    }

    /// Where the store is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let path = self.path.join("FORMAT");
        match fs::read(&path) {
            Ok(found) => {
                let found = String::from_utf8_lossy(&found).lines().next().unwrap_or_default().to_owned();
                if found == FORMAT {
                    return Ok(());
                }
                Err(OpenError::WrongFormat { dir: self.path.clone(), found, expected: FORMAT })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.write_format(&path),
            Err(error) => Err(OpenError::Io { path, error }),
        }
    }

    /// Marks an empty directory as ours, before the engine puts anything into it.
    fn write_format(&self, path: &Path) -> Result<(), OpenError> {
        let io = |error| OpenError::Io { path: path.to_path_buf(), error };
        for entry in fs::read_dir(&self.path).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            // A draft is what a crash in the middle of this left.
            if name != "LOCK" && name != "FORMAT.draft" {
                return Err(OpenError::NotADataDir { dir: self.path.clone() });
            }
        }
        write_whole(path, format!("{FORMAT}\n").as_bytes()).map_err(io)
    }
}

/// Opens LOCK for reading, and makes it where there is none: to hold it is not to write, so that a file system can be made
/// read-only while the engine is closed, and a store on a read-only one can be held.
fn open_lock(path: &Path) -> io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
            File::open(path)
        }
        opened => opened,
    }
}

/// Where the engine's files are, in the directory of a store.
pub(crate) fn engine_path(dir: &Path) -> PathBuf {
    dir.join("db")
}

/// Writes a small file so that it is there whole or not at all.
pub(crate) fn write_whole(path: &Path, octets: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = File::create(&draft)?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    sync_parent(path)
}

/// Makes a directory whose name survives the loss of power.
fn create(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    sync_parent(path)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_held_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        for _ in ["made", "found"] {
            let dir = DataDir::open(folder.path()).unwrap();
            assert!((&dir._lock).write_all(b"x").is_err());
            assert!(matches!(DataDir::open(folder.path()), Err(OpenError::Locked { .. })));
        }
    }
}
