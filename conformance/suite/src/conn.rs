//! A recorded connection. Cases speak through it and never open sockets of their own.

use core::time::Duration;
use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::record::{Direction, Happening, Layer, Recorder};
use crate::world::{Line, World};

/// Longest wait for an answer unless the case sets another.
pub const ANSWER_WAIT: Duration = Duration::from_secs(2);

/// One byte stream to the target, live or from a recording.
///
/// `read` gives `Ok(0)` when the target closed in order, and an error of kind `TimedOut` when nothing came
/// in the set time; `?` turns that into [`crate::case::Halt::NoAnswer`].
pub struct Conn {
    number: u32,
    line: Box<dyn Line>,
    recorder: Recorder,
    world: Arc<dyn World>,
}

impl core::fmt::Debug for Conn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Conn").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Conn {
    pub(crate) fn new(number: u32, line: Box<dyn Line>, recorder: Recorder, world: Arc<dyn World>) -> Self {
        Self { number, line, recorder, world }
    }

    /// Its number in the transcript, counted from 1 within the case.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// How long the next reads wait at most. Never zero: a zero is taken as one millisecond.
    ///
    /// # Errors
    /// The operating system's.
    pub fn set_wait(&mut self, wait: Duration) -> io::Result<()> {
        self.line.set_wait(wait.max(Duration::from_millis(1)))
    }

    /// Closes the suite's side; what the target still sends can be read.
    ///
    /// # Errors
    /// The operating system's.
    pub fn close_write(&mut self) -> io::Result<()> {
        self.line.close_write()
    }

    /// Puts the reading of inner bytes into the transcript, beside the carrier's bytes.
    pub fn decoded(&self, direction: Direction, layer: Layer, bytes: &[u8], line: impl Into<String>) {
        let what = Happening::Decoded { direction, layer, bytes: bytes.to_vec(), line: line.into() };
        self.recorder.push(self.world.now(), self.number, what);
    }

    fn record(&self, what: Happening) {
        self.recorder.push(self.world.now(), self.number, what);
    }
}

impl Read for Conn {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = match self.line.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(io::ErrorKind::TimedOut.into()),
            other => other,
        };
        match &result {
            Ok(0) => self.record(Happening::Ended),
            Ok(len) => {
                let bytes = buffer.get(..*len).unwrap_or_default().to_vec();
                self.record(Happening::Received { bytes });
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => self.record(Happening::TimedOut),
            Err(error) => self.record(Happening::Reset { reason: error.to_string() }),
        }
        result
    }
}

impl Write for Conn {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.line.write(bytes);
        match &result {
            Ok(len) => self.record(Happening::Sent { bytes: bytes.get(..*len).unwrap_or_default().to_vec() }),
            Err(error) => self.record(Happening::SendFailed { reason: error.to_string() }),
        }
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        self.line.flush()
    }
}
