//! Key log and capture, for debugging.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use pinnace_client::capture::Capture;
use pinnace_client::{Direction, Observe};

use super::arguments::Common;
use super::failure::Failure;

/// Writes what the channel hides to files.
struct Files {
    keys: Option<File>,
    capture: Option<Capture<File>>,
}

/// The observer that the command line asks for.
pub(crate) fn observer(common: &Common) -> Result<Option<Box<dyn Observe>>, Failure> {
    if common.capture.is_none() && common.key_log.is_none() {
        return Ok(None);
    }
    let at = |path: &Path, error: io::Error| Failure::usage(format!("{}: {error}", path.display()));
    let open = |path: &Path, append: Existing| open(path, append).map_err(|error| at(path, error));
    let keys = common.key_log.as_deref().map(|path| open(path, Existing::Continued)).transpose()?;
    let capture = match common.capture.as_deref() {
        Some(path) => Some(Capture::begin(open(path, Existing::Replaced)?).map_err(|error| at(path, error))?),
        None => None,
    };
    // Whoever reads these files reads the messages: say it each time.
    let _ = writeln!(io::stderr(), "pinnace: writing secrets to a file, for debugging");
    Ok(Some(Box::new(Files { keys, capture })))
}

/// What becomes of a file that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Existing {
    Continued,
    Replaced,
}

/// Opens a file that only its owner can read.
fn open(path: &Path, existing: Existing) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true);
    match existing {
        Existing::Continued => options.append(true),
        Existing::Replaced => options.write(true).truncate(true),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

impl Observe for Files {
    fn on_keys(&mut self, line: &str) {
        if let Some(keys) = &mut self.keys {
            // Debugging must not stop a client.
            let _ = writeln!(keys, "{line}");
        }
    }

    fn on_record(&mut self, direction: Direction, plaintext: &[u8]) {
        if let Some(capture) = &mut self.capture {
            // Debugging must not stop a client.
            let _ = capture.record(direction, plaintext, SystemTime::now());
        }
    }
}
