//! A non-blocking socket with records after their lengths, 16 bits big-endian: Pinnace's carrier, and the floor's.

use std::io::{self, Read as _, Write as _};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

/// Octets taken from a socket at once.
const READ_LEN: usize = 64 * 1024;
/// Octets of the length before a record.
const PREFIX_LEN: usize = 2;

/// One buffer for all sockets of a thread.
pub(crate) struct ReadBuffer(Box<[u8]>);

impl Default for ReadBuffer {
    fn default() -> Self {
        Self(vec![0; READ_LEN].into_boxed_slice())
    }
}

/// Whether a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It does.
    Up,
    /// The peer ended it.
    Down,
}

impl Line {
    /// What an event says of the connection.
    pub(crate) fn of(event: &Event) -> Self {
        if event.is_read_closed() || event.is_error() { Self::Down } else { Self::Up }
    }
}

/// What epoll says of one socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    /// The place that its token names.
    pub(crate) who: usize,
    /// It takes octets.
    pub(crate) writing: bool,
    /// It has octets, or an end.
    pub(crate) reading: bool,
    /// Whether the peer ended it.
    pub(crate) line: Line,
}

impl Ready {
    /// What an event says; it is kept while the events are used anew.
    pub(crate) fn of(event: &Event) -> Self {
        let line = Line::of(event);
        let reading = event.is_readable() || line == Line::Down;
        Self { who: event.token().0, writing: event.is_writable(), reading, line }
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TcpStream,
    inbox: Vec<u8>,
    taken: usize,
    /// What waits to be written: whole records.
    pub(crate) outbox: Vec<u8>,
    written: usize,
    is_blocked: bool,
    is_new: bool,
    octets: u64,
}

impl Socket {
    /// Takes a stream that connects or is connected, and has it watched.
    pub(crate) fn new(mut stream: TcpStream, registry: &Registry, token: Token) -> io::Result<Self> {
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self {
            stream,
            inbox: Vec::new(),
            taken: 0,
            outbox: Vec::new(),
            written: 0,
            // Nothing is written before the connection stands: the first event tells.
            is_blocked: true,
            is_new: true,
            octets: 0,
        })
    }

    /// Octets that went through in both directions.
    pub(crate) const fn octets(&self) -> u64 {
        self.octets
    }

    /// The socket takes octets, for the first time or again.
    pub(crate) fn unblock(&mut self) {
        self.is_blocked = false;
        if core::mem::take(&mut self.is_new) {
            // Records leave when they are whole. Refused where the connection does not stand; then reading tells.
            let _ = self.stream.set_nodelay(true);
        }
    }

    /// Reads all that is there. `told` is what the event said of the peer.
    pub(crate) fn fill(&mut self, buffer: &mut ReadBuffer, told: Line) -> io::Result<Line> {
        self.inbox.drain(..self.taken);
        self.taken = 0;
        loop {
            match self.stream.read(&mut buffer.0) {
                Ok(0) => return Ok(Line::Down),
                Ok(len) => {
                    self.octets = self.octets.saturating_add(u64::try_from(len).unwrap_or(0));
                    self.inbox.extend_from_slice(buffer.0.get(..len).unwrap_or_default());
                    // A short read emptied the socket, and whatever comes now is a new event; but an end that was told of
                    // is told once.
                    if len < READ_LEN && told == Line::Up {
                        return Ok(Line::Up);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Line::Up),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(Line::Down),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next whole record.
    pub(crate) fn record(&mut self) -> Option<&[u8]> {
        let (prefix, rest) =
            self.inbox.get(self.taken..).unwrap_or_default().split_first_chunk::<PREFIX_LEN>()?;
        let len = usize::from(u16::from_be_bytes(*prefix));
        let record = rest.get(..len)?;
        self.taken = self.taken.saturating_add(PREFIX_LEN).saturating_add(len);
        Some(record)
    }

    /// Queues a record that `fill` appends; where it appends none nothing is queued.
    pub(crate) fn queue(&mut self, fill: impl FnOnce(&mut Vec<u8>) -> Option<usize>) -> Option<usize> {
        let start = self.outbox.len();
        self.outbox.extend_from_slice(&[0; PREFIX_LEN]);
        let len = fill(&mut self.outbox).and_then(|len| u16::try_from(len).ok());
        let Some(len) = len else {
            self.outbox.truncate(start);
            return None;
        };
        if let Some(prefix) = self.outbox.get_mut(start..start.saturating_add(PREFIX_LEN)) {
            prefix.copy_from_slice(&len.to_be_bytes());
        }
        Some(usize::from(len))
    }

    /// Whether all that was queued was written.
    pub(crate) fn is_flushed(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Writes what the socket takes.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while !self.is_blocked && self.written < self.outbox.len() {
            match self.stream.write(self.outbox.get(self.written..).unwrap_or_default()) {
                Ok(len) => {
                    self.octets = self.octets.saturating_add(u64::try_from(len).unwrap_or(0));
                    self.written = self.written.saturating_add(len);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.is_blocked = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.written == self.outbox.len() {
            self.outbox.clear();
            self.written = 0;
        }
        Ok(())
    }
}
