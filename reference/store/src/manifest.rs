//! The engine's manifests, held against the checksums that it wrote beside them.
//!
//! The engine reads a manifest without looking at its checksum, and where one is damaged it panics twice, which ends the
//! process: nothing can catch that, so the damage has to be seen before.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What `current` holds: the number of the manifest, its checksum, and the kind of the checksum.
const CURRENT_LEN: usize = 8 + 16 + 1;

/// The kind of the checksums: XXH3 of 128 bits.
const XXH3: u8 = 0;

/// Checks the current manifest of each keyspace. What is not there is the engine's to miss.
///
/// # Errors
/// [`fjall::Error::Unrecoverable`] for a manifest that is not what was written, [`fjall::Error::Io`] for one that cannot be
/// read.
pub(crate) fn check(engine: &Path) -> Result<(), fjall::Error> {
    let keyspaces = match fs::read_dir(engine.join("keyspaces")) {
        Ok(keyspaces) => keyspaces,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    for keyspace in keyspaces {
        check_keyspace(&keyspace?.path())?;
    }
    Ok(())
}

fn check_keyspace(keyspace: &Path) -> Result<(), fjall::Error> {
    let current = match fs::read(keyspace.join("current")) {
        Ok(current) => current,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let Some((number, checksum, kind)) = parse(&current) else { return Err(fjall::Error::Unrecoverable) };
    let manifest = fs::read(keyspace.join(format!("v{number}")))?;
    if kind == XXH3 && xxhash_rust::xxh3::xxh3_128(&manifest) == checksum {
        Ok(())
    } else {
        Err(fjall::Error::Unrecoverable)
    }
}

fn parse(current: &[u8]) -> Option<(u64, u128, u8)> {
    let current: &[u8; CURRENT_LEN] = current.try_into().ok()?;
    let (number, rest) = current.split_first_chunk()?;
    let (checksum, rest) = rest.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), u128::from_le_bytes(*checksum), *rest.first()?))
}
