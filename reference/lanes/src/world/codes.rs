//! The codes that the server's gateway for development writes, one line of JSON each.

use core::time::Duration;
use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Deserialize;

use super::{Failure, PATIENCE};

/// Pause between two looks for a code.
const LOOK: Duration = Duration::from_millis(5);

/// The codes of a server's gateway.
#[derive(Debug)]
pub struct Codes(Mutex<Unread>);

#[derive(Debug)]
struct Unread {
    file: File,
    rest: Vec<u8>,
    by_number: HashMap<String, String>,
}

#[derive(Deserialize)]
struct Code {
    e164: String,
    code: String,
}

impl Codes {
    /// Reads from this file.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub fn open(path: &Path) -> Result<Arc<Self>, Failure> {
        let file = File::open(path).map_err(Failure::io("codes of the gateway"))?;
        let unread = Unread { file, rest: Vec::new(), by_number: HashMap::new() };
        Ok(Arc::new(Self(Mutex::new(unread))))
    }

    /// Waits for the code of a number.
    pub(super) async fn of(&self, number: &str) -> Result<String, Failure> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if let Some(code) = self.look(number)? {
                return Ok(code);
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Failure::Stuck(format!("the code for {number}")))
    }

    fn look(&self, number: &str) -> Result<Option<String>, Failure> {
        let mut unread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Unread { file, rest, by_number } = &mut *unread;
        file.read_to_end(rest).map_err(Failure::io("codes of the gateway"))?;
        while let Some(end) = rest.iter().position(|octet| *octet == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            if let Ok(Code { e164, code }) = serde_json::from_slice(&line) {
                by_number.insert(e164, code);
            }
        }
        Ok(by_number.remove(number))
    }
}
