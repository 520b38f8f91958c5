//! The codes that the server's gateway for development writes, one line of JSON each.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use serde::Deserialize;

use crate::Failure;

/// The codes so far.
#[derive(Debug)]
pub(crate) struct Codes {
    path: Option<PathBuf>,
    file: Option<File>,
    unread: Vec<u8>,
    by_number: HashMap<String, String>,
    /// Devices that wait for one.
    pub(crate) waiting: Vec<usize>,
}

#[derive(Deserialize)]
struct Line {
    e164: String,
    code: String,
}

impl Codes {
    /// Reads from this file, once somebody waits.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        Self { path, file: None, unread: Vec::new(), by_number: HashMap::new(), waiting: Vec::new() }
    }

    /// Reads what was written since, if somebody waits.
    pub(crate) fn read(&mut self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            let path = self
                .path
                .as_ref()
                .ok_or_else(|| Failure::Usage("--codes is needed to register devices".to_owned()))?;
            self.file = Some(File::open(path).map_err(Failure::io("codes of the gateway"))?);
        }
        if let Some(file) = &mut self.file {
            file.read_to_end(&mut self.unread).map_err(Failure::io("codes of the gateway"))?;
        }
        while let Some(end) = self.unread.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            if let Ok(Line { e164, code }) = serde_json::from_slice(&line) {
                self.by_number.insert(e164, code);
            }
        }
        Ok(())
    }

    /// The code of a number, once.
    pub(crate) fn take(&mut self, number: &str) -> Option<String> {
        self.by_number.remove(number)
    }
}
