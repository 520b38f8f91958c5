//! The engine's manifests and tables, held against the checksums that it wrote.
//!
//! The engine reads a manifest and the contents of a table without looking at a checksum first, and where one is damaged
//! it panics twice, which ends the process: nothing can catch that. Where a manifest is missing it takes the rows for a
//! leftover, and deletes them. So both have to be seen before. The blocks of tables it checks itself.

use std::fs::{self, File};
use std::io::{self, Cursor, ErrorKind};
use std::path::{Path, PathBuf};

use crate::OpenError;
use crate::archive::{contents, section};

/// What `current` holds: the number of the manifest, its checksum, and the kind of the checksum.
const CURRENT_LEN: usize = 8 + 16 + 1;

/// The kind of the checksums: XXH3 of 128 bits.
const XXH3: u8 = 0;

/// A table in a manifest: its number, the kind of its checksum, the checksum, a sequence number.
const TABLE_LEN: usize = 8 + 1 + 16 + 8;

/// Whether the engine was ever used: then its files are there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// It has commits.
    Used,
    /// It may be new, or half made when a crash came.
    Unknown,
}

/// Whether rows lie in tables.
///
/// # Errors
/// [`OpenError::Io`].
pub(crate) fn has_tables(engine: &Path) -> Result<bool, OpenError> {
    let folder = engine.join("keyspaces/1/tables");
    match fs::read_dir(&folder) {
        Ok(mut tables) => Ok(tables.next().is_some()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(OpenError::Io { path: folder, error }),
    }
}

/// Checks the current manifest of each keyspace, and the contents of each table that it names.
///
/// # Errors
/// [`OpenError::Damaged`] for a file that is not what was written, [`OpenError::Io`] for one that cannot be read.
pub(crate) fn check(engine: &Path, state: Engine) -> Result<(), OpenError> {
    let folder = engine.join("keyspaces");
    let mut keyspaces = vec![folder.join("0")];
    if state == Engine::Used {
        present(&engine.join("version"))?;
        // The first is the engine's own, the next one that of the rows.
        keyspaces.push(folder.join("1"));
    }
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                keyspaces.push(entry.map_err(|error| OpenError::Io { path: folder.clone(), error })?.path());
            }
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(OpenError::Io { path: folder, error }),
    }
    keyspaces.sort();
    keyspaces.dedup();
    keyspaces.iter().try_for_each(|keyspace| check_keyspace(keyspace, state))
}

fn check_keyspace(keyspace: &Path, state: Engine) -> Result<(), OpenError> {
    let path = keyspace.join("current");
    let current = match fs::read(&path) {
        Ok(current) => current,
        Err(error) if error.kind() == ErrorKind::NotFound && state == Engine::Unknown => return Ok(()),
        Err(error) => return Err(told(path, error)),
    };
    let Some((number, checksum, kind)) = parse(&current) else { return Err(OpenError::Damaged { path }) };
    let path = keyspace.join(format!("v{number}"));
    let manifest = fs::read(&path).map_err(|error| told(path.clone(), error))?;
    let is_whole = kind == XXH3 && xxhash_rust::xxh3::xxh3_128(&manifest) == checksum;
    let tables = if is_whole { tables(&manifest) } else { None };
    for table in tables.ok_or(OpenError::Damaged { path })? {
        let path = keyspace.join("tables").join(table.to_string());
        File::open(&path).and_then(|mut file| contents(&mut file)).map_err(|error| told(path, error))?;
    }
    Ok(())
}

fn present(path: &Path) -> Result<(), OpenError> {
    fs::metadata(path).map(|_| ()).map_err(|error| told(path.to_path_buf(), error))
}

/// A file that is missing or too short is damage.
fn told(path: PathBuf, error: io::Error) -> OpenError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds are the system's")]
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::InvalidData => {
            OpenError::Damaged { path }
        }
        _ => OpenError::Io { path, error },
    }
}

fn parse(current: &[u8]) -> Option<(u64, u128, u8)> {
    let current: &[u8; CURRENT_LEN] = current.try_into().ok()?;
    let (number, rest) = current.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), u128::from_le_bytes(*checksum), *rest.first()?))
}

/// The numbers of the tables in a manifest: levels, in each its runs, in each its tables.
fn tables(manifest: &[u8]) -> Option<Vec<u64>> {
    let (at, len) = section(&contents(&mut Cursor::new(manifest)).ok()?, b"tables")?;
    let (_, rest) = manifest.split_at_checked(usize::try_from(at).ok()?)?;
    let (section, _) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    let mut found = Vec::new();
    let (level_count, mut rest) = section.split_first()?;
    for _ in 0..*level_count {
        let (run_count, mut runs) = rest.split_first()?;
        for _ in 0..*run_count {
            let (table_count, after) = runs.split_first_chunk()?;
            let tables_len =
                usize::try_from(u32::from_le_bytes(*table_count)).ok()?.checked_mul(TABLE_LEN)?;
            let (tables, after) = after.split_at_checked(tables_len)?;
            let numbers = tables.chunks_exact(TABLE_LEN).filter_map(<[u8]>::first_chunk);
            found.extend(numbers.map(|number| u64::from_le_bytes(*number)));
            runs = after;
        }
        rest = runs;
    }
    Some(found)
}
