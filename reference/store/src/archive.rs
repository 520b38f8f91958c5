//! The archives that the engine's manifests and tables are, as far as damage to them would make the engine panic.
//!
//! ```text
//! archive  sections | contents | trailer (38)
//! contents "TOC!" | count (4) | entries: place (8) | length (8) | name length (2) | name
//! trailer  "SFA!" | version (1) | kind (1) | XXH3 of the contents (16) | their place (8) | their length (8)
//! ```

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// Octets of the trailer.
const TRAILER_LEN: u64 = 4 + 1 + 1 + 16 + 8 + 8;

/// Contents above this are none: an archive has a dozen sections.
const CONTENTS_LEN_MAX: u64 = 64 * 1_024;

/// Reads the contents of an archive.
///
/// # Errors
/// [`ErrorKind::InvalidData`] or [`ErrorKind::UnexpectedEof`] for contents that are not what was written, and whatever
/// keeps the file from being read.
pub(crate) fn contents(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    let len = file.seek(SeekFrom::End(0))?;
    let trailer_at = len.checked_sub(TRAILER_LEN).ok_or(ErrorKind::UnexpectedEof)?;
    file.seek(SeekFrom::Start(trailer_at))?;
    let (magic, _version) = (array::<4>(file)?, array::<2>(file)?);
    let checksum = u128::from_le_bytes(array(file)?);
    let at = u64::from_le_bytes(array(file)?);
    let len =
        trailer_at.checked_sub(at).filter(|len| *len <= CONTENTS_LEN_MAX).ok_or(ErrorKind::InvalidData)?;
    file.seek(SeekFrom::Start(at))?;
    let mut octets = Vec::new();
    file.take(len).read_to_end(&mut octets)?;
    if magic == *b"SFA!" && octets.starts_with(b"TOC!") && xxhash_rust::xxh3::xxh3_128(&octets) == checksum {
        Ok(octets)
    } else {
        Err(ErrorKind::InvalidData.into())
    }
}

/// Where a section of an archive with these contents lies, and its length.
pub(crate) fn section(contents: &[u8], name: &[u8]) -> Option<(u64, u64)> {
    let (count, mut rest) = contents.get(4..)?.split_first_chunk()?;
    for _ in 0..u32::from_le_bytes(*count) {
        let (place, after) = rest.split_first_chunk()?;
        let (len, after) = after.split_first_chunk()?;
        let (name_len, after) = after.split_first_chunk()?;
        let (found, after) = after.split_at_checked(u16::from_le_bytes(*name_len).into())?;
        if found == name {
            return Some((u64::from_le_bytes(*place), u64::from_le_bytes(*len)));
        }
        rest = after;
    }
    None
}

fn array<const LEN: usize>(file: &mut impl Read) -> io::Result<[u8; LEN]> {
    let mut octets = [0; LEN];
    file.read_exact(&mut octets)?;
    Ok(octets)
}
