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
        Ok(Box::new(Socket(stream)))
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
                Err(Halt::NotTestable { why: format!("would wait {} ms: needs --slow", wait.as_millis()) })
            }
            Patience::Brief | Patience::Slow => {
                std::thread::sleep(wait);
                Ok(())
            }
        }
    }
}

/// A TCP socket.
struct Socket(TcpStream);

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Line for Socket {
    fn set_wait(&mut self, wait: Duration) -> io::Result<()> {
        self.0.set_read_timeout(Some(wait))?;
        self.0.set_write_timeout(Some(wait))
    }

    fn close_write(&mut self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }
}
