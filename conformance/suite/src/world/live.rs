//! A live target behind a case.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::{Line, World};
use crate::case::Halt;
use crate::ctx::WAIT_FREE_MAX;
use crate::run::Patience;
use crate::target::codes::Codes;
use crate::target::instance::Instance;
use crate::target::{Endpoint, Stop};

/// Longest wait for a connection to be accepted.
const CONNECT_WAIT: Duration = Duration::from_secs(2);

/// Longest that reads of one case can go on, so that a target that never falls silent cannot hold a run.
const CASE_BRIEF_MAX: Duration = Duration::from_secs(30);
/// The same with `--slow`: above the longest default timer of the specification.
const CASE_SLOW_MAX: Duration = Duration::from_secs(900);

/// Wait for the end of an own instance whose case did not pass: its connections break a moment earlier.
const CRASH_WAIT: Duration = Duration::from_millis(100);

/// The world of a case on the shared target, or on an instance of its own.
pub(crate) struct Live {
    began: Instant,
    patience: Patience,
    place: Place,
}

enum Place {
    Shared { endpoint: Endpoint, codes: Arc<Codes> },
    Own { instance: Mutex<Instance> },
}

impl Live {
    pub(crate) fn shared(endpoint: Endpoint, codes: Arc<Codes>, patience: Patience) -> Self {
        Self { began: Instant::now(), patience, place: Place::Shared { endpoint, codes } }
    }

    pub(crate) fn own(instance: Instance, patience: Patience) -> Self {
        Self { began: Instant::now(), patience, place: Place::Own { instance: Mutex::new(instance) } }
    }
}

impl World for Live {
    fn endpoint(&self) -> Endpoint {
        match &self.place {
            Place::Shared { endpoint, .. } => endpoint.clone(),
            Place::Own { instance } => {
                instance.lock().unwrap_or_else(PoisonError::into_inner).endpoint().clone()
            }
        }
    }

    fn connect(&self, address: SocketAddr, _number: u32) -> io::Result<Box<dyn Line>> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_WAIT)?;
        stream.set_nodelay(true)?;
        let max = match self.patience {
            Patience::Brief => CASE_BRIEF_MAX,
            Patience::Slow => CASE_SLOW_MAX,
        };
        Ok(Box::new(Socket { stream, began: self.began, max }))
    }

    fn code(&self, e164: &str) -> Result<String, Halt> {
        match &self.place {
            Place::Shared { codes, .. } => codes.code(e164),
            Place::Own { instance } => {
                let codes = instance.lock().unwrap_or_else(PoisonError::into_inner).codes();
                codes.code(e164)
            }
        }
    }

    fn restart(&self, stop: Stop) -> Result<Endpoint, Halt> {
        let Place::Own { instance } = &self.place else {
            return Err(Halt::Harness { fault: "a restart without Need::OwnInstance".to_owned() });
        };
        let mut instance = instance.lock().unwrap_or_else(PoisonError::into_inner);
        instance.restart(stop).map_err(|failure| Halt::Unreachable { reason: failure.to_string() })?;
        Ok(instance.endpoint().clone())
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn pause(&self, wait: Duration) -> Result<(), Halt> {
        match self.patience {
            Patience::Brief if wait > WAIT_FREE_MAX => {
                Err(Halt::NotTestable { why: format!("would wait {} s: needs --slow", wait.as_secs()) })
            }
            Patience::Brief | Patience::Slow => {
                std::thread::sleep(wait);
                Ok(())
            }
        }
    }

    fn crash(&self) -> Option<String> {
        match &self.place {
            Place::Shared { .. } => None,
            Place::Own { instance } => {
                instance.lock().unwrap_or_else(PoisonError::into_inner).crash(CRASH_WAIT)
            }
        }
    }
}

/// A TCP socket.
struct Socket {
    stream: TcpStream,
    began: Instant,
    max: Duration,
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.began.elapsed() > self.max {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Line for Socket {
    fn set_wait(&mut self, wait: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(wait))?;
        self.stream.set_write_timeout(Some(wait))
    }

    fn close_write(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, Read, Socket, TcpStream, Write, io};

    #[test]
    fn target_that_never_falls_silent_cannot_hold_a_case() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut target, _) = listener.accept().unwrap();
        target.write_all(&[0; 64]).unwrap();
        let mut socket = Socket { stream, began: Instant::now(), max: Duration::from_secs(60) };
        assert_eq!(socket.read(&mut [0]).unwrap(), 1);
        socket.max = Duration::ZERO;
        assert_eq!(socket.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
