//! Saves received files: whole or not at all, under a name that is safe, over nothing that is there.

use core::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::client::{Client, Stopped};
use crate::hex;
use crate::store::{PartKey, Store, StoreError, StoredFile, Write};

/// A name for a file that came without a usable one.
const NAMELESS: &str = "file";

/// The longest name that is used, in octets: leaves room for a number.
const NAME_LEN_MAX: usize = 200;

/// How many names are tried when files of the same name are there.
const NAMES_MAX: u32 = 10_000;

/// Why a file was not saved.
#[derive(Debug)]
pub enum SaveError {
    /// The directory does not take it.
    Io {
        /// Which path.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The store does not give it.
    Store(StoreError),
    /// A part is missing.
    Incomplete,
    /// Files of that name and of every numbered one are there.
    NoName,
    /// The client does not run any more.
    Stopped,
}

/// The name under which a file may be saved: one component, not hidden, without control characters.
///
/// ```
/// use pinnace_client::files::safe_name;
///
/// assert_eq!(safe_name("../../etc/passwd"), "passwd");
/// assert_eq!(safe_name(".."), "file");
/// ```
#[must_use]
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().map(|c| if c.is_control() || c == ':' { '_' } else { c }).collect();
    let visible = kept.trim_start_matches('.').trim();
    let short = visible.get(..visible.floor_char_boundary(NAME_LEN_MAX)).unwrap_or_default();
    if short.is_empty() { NAMELESS.to_owned() } else { short.to_owned() }
}

/// Saves a complete file in this directory and forgets its parts. After a crash at any instant the same call leaves
/// exactly one copy.
///
/// # Errors
///
/// Each [`SaveError`]; the parts are kept.
pub async fn save(client: &Client, file: &StoredFile, directory: &Path) -> Result<PathBuf, SaveError> {
    if !file.is_complete() {
        return Err(SaveError::Incomplete);
    }
    // A name that starts with a dot and ends in digits of the sender's choice meets no file of a person.
    let temporary = directory.join(format!(".pinnace-{}", hex::encode(&file.key.transfer)));
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| SaveError::Io { path, error }
    };
    write_temporary(client.store(), file, &temporary)?;
    let mut path = file.path.as_ref().map(PathBuf::from);
    let mut number = 0;
    let saved = loop {
        let candidate = match path.take() {
            Some(decided) if decided.parent() == Some(directory) => decided,
            Some(_) | None => {
                let candidate = numbered(directory, file.name.as_deref().unwrap_or_default(), number);
                number += 1;
                let text = candidate.to_string_lossy().into_owned();
                let key = file.key;
                client.keep(Write::SaveTo { key, path: text }).await?;
                candidate
            }
        };
        match fs::hard_link(&temporary, &candidate) {
            Ok(()) => break candidate,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // A crash after the link and before the parts were forgotten leaves this very file.
                let is_this = file.path.as_deref() == candidate.to_str();
                if is_this && is_same(&temporary, &candidate).map_err(at(&candidate))? {
                    break candidate;
                }
            }
            Err(error) => return Err(at(&candidate)(error)),
        }
        if number >= NAMES_MAX {
            return Err(SaveError::NoName);
        }
    };
    fs::remove_file(&temporary).map_err(at(&temporary))?;
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(at(directory))?;
    client.keep(Write::Saved { key: file.key }).await?;
    Ok(saved)
}

fn write_temporary(store: &Store, file: &StoredFile, path: &Path) -> Result<(), SaveError> {
    let at = |error| SaveError::Io { path: path.to_owned(), error };
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(at(error)),
    }
    let mut out = OpenOptions::new().write(true).create_new(true).open(path).map_err(at)?;
    for index in 0..file.count {
        let part = store.part(PartKey { file: file.key, index })?.ok_or(SaveError::Incomplete)?;
        out.write_all(&part).map_err(at)?;
    }
    out.sync_all().map_err(at)
}

/// `name.txt`, then `name-1.txt`, `name-2.txt` and so on.
fn numbered(directory: &Path, name: &str, number: u32) -> PathBuf {
    let name = safe_name(name);
    if number == 0 {
        return directory.join(name);
    }
    let (stem, extension) = name.rsplit_once('.').map_or((name.as_str(), ""), |(stem, dot)| (stem, dot));
    let dot = if extension.is_empty() { "" } else { "." };
    directory.join(format!("{stem}-{number}{dot}{extension}"))
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let len = one.read(&mut left)?;
        let (Some(left), Some(right)) = (left.get(..len), right.get_mut(..len)) else { return Ok(false) };
        other.read_exact(right)?;
        if left != right {
            return Ok(false);
        }
        if len == 0 {
            return Ok(true);
        }
    }
}

impl From<StoreError> for SaveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Stopped> for SaveError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Store(error) => error.fmt(f),
            Self::Incomplete => f.write_str("a part of the file is missing"),
            Self::NoName => f.write_str("no name is left for the file"),
            Self::Stopped => f.write_str("the client does not run any more"),
        }
    }
}

impl core::error::Error for SaveError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_directory() {
        for (name, safe) in [
            ("photo.jpg", "photo.jpg"),
            ("/etc/shadow", "shadow"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("a/..", "file"),
            (".bashrc", "bashrc"),
            ("", "file"),
            ("a\nb\u{1b}[2J", "a_b_[2J"),
            ("C:x", "C_x"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        assert!(safe_name(&"ä".repeat(400)).len() <= NAME_LEN_MAX);
    }

    #[test]
    fn the_next_name_keeps_its_extension() {
        let directory = Path::new("/d");
        assert_eq!(numbered(directory, "a.tar.gz", 2), Path::new("/d/a.tar-2.gz"));
        assert_eq!(numbered(directory, "a", 1), Path::new("/d/a-1"));
    }
}
