//! Files with keys: hexadecimal digits and a line end. Secrets are readable by their owner alone.

use core::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::IdentityError;
use crate::hex;

/// A file that holds more is no key and no certificate.
const FILE_LEN_MAX: u64 = 64 * 1024;

/// What is wrong with a key file.
#[derive(Debug)]
pub enum KeyFileError {
    /// It cannot be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others than its owner may read or write it.
    Unsafe {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It does not hold what it should.
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Unsafe { path, mode } => {
                let path = path.display();
                write!(f, "{path}: mode {mode:04o} lets others at a secret key; `chmod 600 {path}`")
            }
            Self::Malformed { path, wanted } => write!(f, "{}: it should hold {wanted}", path.display()),
        }
    }
}

impl core::error::Error for KeyFileError {}

/// Reads a secret of 32 octets.
pub(super) fn read_secret(path: &Path) -> Result<[u8; 32], KeyFileError> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    let mode = file.metadata().map_err(|error| failed(path, error))?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Unsafe { path: path.to_owned(), mode });
    }
    hex::decode_32(read_text(path, file)?.trim())
        .ok_or_else(|| KeyFileError::Malformed { path: path.to_owned(), wanted: "64 hexadecimal digits" })
}

/// Reads a secret, or makes it.
pub(super) fn read_or_create(
    path: &Path,
    random: impl FnOnce() -> Result<[u8; 32], IdentityError>,
) -> Result<[u8; 32], IdentityError> {
    match read_secret(path) {
        Err(KeyFileError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
            Ok(create_secret(path, random()?)?)
        }
        read => Ok(read?),
    }
}

/// Writes a secret into a file that was not there, and hands it back.
pub(super) fn create_secret(path: &Path, secret: [u8; 32]) -> Result<[u8; 32], KeyFileError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| failed(path, error))?;
    writeln!(file, "{}", hex::encode(&secret))
        .and_then(|()| file.sync_all())
        .map_err(|error| failed(path, error))?;
    Ok(secret)
}

/// Reads octets that are no secret.
pub(super) fn read_octets(path: &Path) -> Result<Vec<u8>, KeyFileError> {
    let file = File::open(path).map_err(|error| failed(path, error))?;
    hex::decode(read_text(path, file)?.trim())
        .ok_or_else(|| KeyFileError::Malformed { path: path.to_owned(), wanted: "hexadecimal digits" })
}

/// Writes octets that are no secret.
pub(super) fn write_octets(path: &Path, octets: &[u8]) -> Result<(), KeyFileError> {
    std::fs::write(path, format!("{}\n", hex::encode(octets))).map_err(|error| failed(path, error))
}

fn read_text(path: &Path, file: File) -> Result<String, KeyFileError> {
    let mut text = String::new();
    file.take(FILE_LEN_MAX).read_to_string(&mut text).map_err(|error| failed(path, error))?;
    Ok(text)
}

fn failed(path: &Path, error: io::Error) -> KeyFileError {
    KeyFileError::Io { path: path.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn secret_comes_back_and_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_secret(&path, [7; 32]).unwrap();
        assert_eq!(read_secret(&path).unwrap(), [7; 32]);
        assert!(matches!(create_secret(&path, [8; 32]), Err(KeyFileError::Io { .. })));
        assert_eq!(read_or_create(&path, || Ok([9; 32])).unwrap(), [7; 32]);
    }

    #[test]
    fn secret_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create_secret(&path, [7; 32]).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read_secret(&path), Err(KeyFileError::Unsafe { mode: 0o640, .. })));
    }

    #[test]
    fn other_text_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.unwrap().write_all(b"secret").unwrap();
        assert!(matches!(read_secret(&path), Err(KeyFileError::Malformed { .. })));
    }
}
