//! Where reports go: opened before the first case, so that a wrong path costs nothing, and put in place
//! whole at the end, so that an older report is never torn.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// One report's destination.
#[derive(Debug)]
pub(crate) enum Sink {
    /// Standard output, at the end.
    Stdout,
    /// A file, written beside its place and renamed into it.
    File { path: PathBuf },
    /// A pipe or device, which cannot be renamed over.
    Special { file: File, path: PathBuf },
}

/// A path that cannot be written. Exit code 2.
#[derive(Debug)]
pub(crate) struct SinkFault {
    path: PathBuf,
    error: io::Error,
}

impl core::fmt::Display for SinkFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "cannot write {}: {}", self.path.display(), self.error)
    }
}

impl Sink {
    /// Opens a destination; `-` is standard output.
    pub(crate) fn open(path: &Path) -> Result<Self, SinkFault> {
        Self::try_open(path).map_err(|error| SinkFault { path: path.to_owned(), error })
    }

    fn try_open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        match path.metadata() {
            Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => {
                let file = OpenOptions::new().write(true).open(path)?;
                Ok(Self::Special { file, path: path.to_owned() })
            }
            Ok(_) | Err(_) => {
                // A file without a name tries the folder and is never left behind.
                tempfile::tempfile_in(folder_of(path))?;
                Ok(Self::File { path: path.to_owned() })
            }
        }
    }

    /// Puts the whole report in place.
    pub(crate) fn put(self, text: &[u8], out: &mut dyn Write) -> Result<(), SinkFault> {
        match self {
            Self::Stdout => {
                out.write_all(text).map_err(|error| SinkFault { path: PathBuf::from("-"), error })
            }
            Self::Special { mut file, path } => {
                file.write_all(text).map_err(|error| SinkFault { path, error })
            }
            Self::File { path } => replace(&path, text).map_err(|error| SinkFault { path, error }),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Writes a file whole or not at all, with the permissions that the user's mask gives.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut temporary = tempfile::Builder::new()
        .prefix(".pinnace-conform-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder_of(path))?;
    temporary.write_all(text)?;
    temporary.persist(path)?;
    Ok(())
}

/// Makes a folder for reports and tries that it can be written.
pub(crate) fn folder(path: &Path) -> Result<(), SinkFault> {
    let tried = std::fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path));
    tried.map(drop).map_err(|error| SinkFault { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::Sink;

    #[test]
    fn old_report_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        std::fs::write(&path, "old").unwrap();
        let sink = Sink::open(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        sink.put(b"new", &mut std::io::sink()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        drop(Sink::open(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files are removed");
    }

    #[test]
    fn paths_that_cannot_be_written_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("absent/report.json")] {
            let fault = Sink::open(&path).unwrap_err().to_string();
            assert!(fault.starts_with(&format!("cannot write {}: ", path.display())), "{fault}");
        }
    }

    #[test]
    fn full_device_is_told_at_the_end() {
        let sink = Sink::open("/dev/full".as_ref()).unwrap();
        assert!(sink.put(b"x", &mut std::io::sink()).is_err());
    }
}
