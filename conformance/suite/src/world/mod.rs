//! What stands behind a case: a live target, or the recording of one.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Read, Write};

use crate::case::Halt;
use crate::target::{Endpoint, Stop};

pub(crate) mod live;
pub(crate) mod replay;

/// The inputs of a case other than its seed.
pub(crate) trait World: Send + Sync {
    fn endpoint(&self) -> Endpoint;
    fn connect(&self, address: SocketAddr, number: u32) -> io::Result<Box<dyn Line>>;
    fn code(&self, e164: &str) -> Result<String, Halt>;
    fn restart(&self, stop: Stop) -> Result<Endpoint, Halt>;
    fn now(&self) -> Duration;
    fn pause(&self, wait: Duration) -> Result<(), Halt>;
    /// How the case's own instance ended, if it ended by itself.
    fn crash(&self) -> Option<String>;
}

/// One byte stream.
pub(crate) trait Line: Read + Write + Send {
    fn set_wait(&mut self, wait: Duration) -> io::Result<()>;
    fn close_write(&mut self) -> io::Result<()>;
}
