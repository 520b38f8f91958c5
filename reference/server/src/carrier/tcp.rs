//! TCP: each record after its length, 16 bits big-endian (CAR-001).

use core::cell::RefCell;
use core::task::{Context, Poll, ready};
use std::io;

use pinnace_fault as fault;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{CarrierEnd, Moved, OUTBOX_LEN_MAX, Reading};

/// Octets of the length before a record.
const PREFIX_LEN: usize = 2;
/// Octets taken from a socket at once: one longest record and its length.
const READ_LEN_MAX: usize = PREFIX_LEN + pinnace_wire::limits::RECORD_LEN;
/// A buffer up to this size is kept while the connection is idle.
const KEPT_LEN_MAX: usize = 512;

thread_local! {
    // One buffer a worker, so that a connection that says nothing holds none.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_LEN_MAX].into_boxed_slice());
}

/// One TCP connection.
pub(crate) struct Tcp {
    stream: TcpStream,
    inbox: Queue,
    outbox: Queue,
}

/// Octets of which the front is done with.
#[derive(Default)]
struct Queue {
    octets: Vec<u8>,
    done: usize,
}

impl Queue {
    fn rest(&self) -> &[u8] {
        self.octets.get(self.done..).unwrap_or_default()
    }

    /// Forgets the front; an empty queue gives a large buffer back.
    fn advance(&mut self, len: usize) {
        self.done = self.done.saturating_add(len);
        if self.rest().is_empty() {
            self.done = 0;
            if self.octets.capacity() > KEPT_LEN_MAX {
                self.octets = Vec::new();
            } else {
                self.octets.clear();
            }
        }
    }

    /// Moves the rest to the front, before more is appended.
    fn compact(&mut self) {
        self.octets.drain(..self.done);
        self.done = 0;
    }
}

impl Tcp {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, inbox: Queue::default(), outbox: Queue::default() }
    }

    pub(super) fn poll_move(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
    ) -> Poll<Result<Moved, CarrierEnd>> {
        if !self.is_flushed()
            && let Poll::Ready(result) = self.poll_write(cx)
        {
            return Poll::Ready(result);
        }
        match reading {
            Reading::Wanted => self.poll_read(cx),
            Reading::Held => Poll::Pending,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<Moved, CarrierEnd>> {
        loop {
            ready!(self.stream.poll_write_ready(cx)).map_err(CarrierEnd::Failed)?;
            match self.stream.try_write(self.outbox.rest()) {
                Ok(len) => {
                    self.outbox.advance(len);
                    return Poll::Ready(Ok(Moved::Out));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(CarrierEnd::Failed(error))),
            }
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Moved, CarrierEnd>> {
        loop {
            ready!(self.stream.poll_read_ready(cx)).map_err(CarrierEnd::Failed)?;
            let read = READ.with_borrow_mut(|buffer| {
                let len = self.stream.try_read(buffer)?;
                self.inbox.compact();
                self.inbox.octets.extend_from_slice(buffer.get(..len).unwrap_or_default());
                Ok(len)
            });
            match read {
                Ok(0) => return Poll::Ready(Err(CarrierEnd::Closed)),
                Ok(_) => return Poll::Ready(Ok(Moved::In)),
                Err(error) if io::Error::kind(&error) == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(CarrierEnd::Failed(error))),
            }
        }
    }

    pub(super) fn take_record<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, CarrierEnd> {
        let Some((prefix, rest)) = self.inbox.rest().split_first_chunk::<PREFIX_LEN>() else {
            return Ok(None);
        };
        let len = usize::from(u16::from_be_bytes(*prefix));
        if len == 0 && fault::carrier::TCP_ZERO_LENGTH_TAKEN.is_on() {
            self.inbox.advance(PREFIX_LEN);
            return self.take_record(take);
        }
        if len == 0 {
            return Err(CarrierEnd::Broken("a record of length zero"));
        }
        let Some(record) = rest.get(..len) else {
            if fault::carrier::TCP_SEGMENTS_REFUSED.is_on() {
                return Err(CarrierEnd::Broken("a record in two segments"));
            }
            return Ok(None);
        };
        let taken = take(record);
        // A record without frames has the 16 octets of its tag.
        let is_second_lost = fault::carrier::TCP_SECOND_RECORD_LOST.is_on() && len > 16;
        let used = if is_second_lost { usize::MAX } else { PREFIX_LEN.saturating_add(len) };
        self.inbox.advance(used);
        Ok(Some(taken))
    }

    pub(super) fn write_records(&mut self, mut fill: impl FnMut(&mut Vec<u8>) -> Option<usize>) {
        let octets = &mut self.outbox.octets;
        while octets.len() < OUTBOX_LEN_MAX {
            let start = octets.len();
            octets.extend_from_slice(&[0; PREFIX_LEN]);
            // A record is a Noise message: its length fits 16 bits.
            let Some(len) = fill(octets).and_then(|len| u16::try_from(len).ok()) else {
                octets.truncate(start);
                break;
            };
            if let Some(prefix) = octets.get_mut(start..start.saturating_add(PREFIX_LEN)) {
                let is_reversed = fault::carrier::TCP_LENGTH_REVERSED.is_on();
                prefix.copy_from_slice(&if is_reversed { len.to_le_bytes() } else { len.to_be_bytes() });
            }
        }
    }

    pub(super) fn is_flushed(&self) -> bool {
        self.outbox.rest().is_empty()
    }

    pub(super) async fn close(self) {
        linger(self.stream).await;
    }
}

/// Ends a connection from this side, and reads until the peer ends it too.
pub(super) async fn linger(mut stream: TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await.is_ok_and(|len| len > 0) {}
}
