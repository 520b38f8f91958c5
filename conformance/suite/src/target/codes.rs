//! Verification codes, as the target's gateway would have sent them.

use core::time::Duration;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Deserialize;

use crate::case::Halt;

/// Longest wait for a code to appear in the gateway's log.
const CODE_WAIT: Duration = Duration::from_secs(2);
/// Pause between two looks at the log.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// Where codes come from.
#[derive(Debug)]
pub enum Codes {
    /// The run has no source: cases that need a code are not-testable.
    Absent,
    /// The target accepts one fixed code for every number.
    Fixed(String),
    /// The target's log gateway writes JSON lines, `{"e164":"+49...","code":"123456"}`, one a code.
    Log(GatewayLog),
}

impl Codes {
    /// The newest code for a number.
    ///
    /// # Errors
    /// [`Halt::NotTestable`] without a source, [`Halt::NoAnswer`] when none is written in two seconds,
    /// [`Halt::Harness`] when the log cannot be read.
    pub fn code(&self, e164: &str) -> Result<String, Halt> {
        match self {
            Self::Absent => Err(Halt::NotTestable { why: NO_CODES.to_owned() }),
            Self::Fixed(code) => Ok(code.clone()),
            Self::Log(log) => log.wait_for(e164),
        }
    }
}

/// Why cases that register accounts cannot run.
pub(crate) const NO_CODES: &str =
    "the run has no source of verification codes (--code, or `code` in the target file)";

/// A growing log, read once.
#[derive(Debug)]
pub struct GatewayLog {
    path: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    offset: u64,
    partial: Vec<u8>,
    codes: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Sent {
    e164: String,
    code: String,
}

impl GatewayLog {
    /// A log that may not exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, seen: Mutex::default() }
    }

    fn wait_for(&self, e164: &str) -> Result<String, Halt> {
        let began = Instant::now();
        loop {
            let found = self.look(e164).map_err(|error| Halt::Harness {
                fault: format!("gateway log {}: {error}", self.path.display()),
            })?;
            match found {
                Some(code) => return Ok(code),
                None if began.elapsed() > CODE_WAIT => return Err(Halt::NoAnswer),
                None => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }

    fn look(&self, e164: &str) -> io::Result<Option<String>> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match File::open(&self.path) {
            Ok(file) => seen.read_on(file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(seen.codes.get(e164).cloned())
    }
}

impl Seen {
    fn read_on(&mut self, mut file: File) -> io::Result<()> {
        if file.metadata()?.len() < self.offset {
            // The target was started afresh and began its log again.
            self.offset = 0;
            self.partial.clear();
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let len = file.read_to_end(&mut self.partial)?;
        self.offset = self.offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
        while let Some(end) = self.partial.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.partial.drain(..=end).collect();
            if let Ok(Sent { e164, code }) = serde_json::from_slice(&line) {
                self.codes.insert(e164, code);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Codes, GatewayLog};
    use crate::case::Halt;

    #[test]
    fn newest_whole_line_wins_and_other_lines_are_skipped() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let codes = Codes::Log(GatewayLog::new(file.path().to_owned()));
        writeln!(
            file,
            "{{\"e164\":\"+1\",\"code\":\"111\"}}\nnot json\n{{\"e164\":\"+2\",\"code\":\"222\"}}"
        )
        .unwrap();
        assert_eq!(codes.code("+2"), Ok("222".to_owned()));
        write!(file, "{{\"e164\":\"+1\",").unwrap();
        assert_eq!(codes.code("+1"), Ok("111".to_owned()));
        writeln!(file, "\"code\":\"333\"}}").unwrap();
        assert_eq!(codes.code("+1"), Ok("333".to_owned()));
    }

    #[test]
    fn without_a_source_a_case_is_not_testable() {
        assert!(matches!(Codes::Absent.code("+1"), Err(Halt::NotTestable { .. })));
        assert_eq!(Codes::Fixed("000000".to_owned()).code("+1"), Ok("000000".to_owned()));
    }
}
