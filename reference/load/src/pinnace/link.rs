//! One connection of a device.

use pinnace_session::{Acked, ClientSession, Scratch};
use pinnace_wire::{ErrorCode, MailboxMark};

use super::now;
use crate::Failure;
use crate::device::Device;
use crate::socket::Socket;

/// A client session over a socket.
pub(crate) struct Link {
    pub(crate) socket: Socket,
    pub(crate) session: ClientSession,
    /// The cursor that the server was told.
    acked: u64,
}

impl Link {
    pub(crate) const fn new(socket: Socket, session: ClientSession) -> Self {
        Self { socket, session, acked: 0 }
    }

    /// Hands to the session what was read.
    pub(crate) fn take_records(&mut self, scratch: &mut Scratch) {
        while self.session.wants_record() {
            let Some(record) = self.socket.record() else { break };
            // The session wants it, so that it takes it.
            let _ = self.session.on_record(record, scratch, now());
        }
    }

    /// Says once what has come, however much it was, and writes what waits.
    pub(crate) fn flush(&mut self, device: &mut Device) -> Result<(), Failure> {
        if self.acked < device.cursor
            && let Some(cursor) = MailboxMark::new(device.cursor)
            && self.session.ack(&Acked::up_to(cursor)).is_ok()
        {
            self.acked = device.cursor;
        }
        if self.socket.is_flushed() {
            let session = &mut self.session;
            while self.socket.queue(|out| session.poll_transmit(out)).is_some() {}
        }
        match self.socket.flush() {
            Ok(()) => Ok(()),
            // The server ended first: reading tells, and whether that was to be.
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(Failure::io("write")(error)),
        }
    }

    /// Ends the session in good order.
    pub(crate) fn close(&mut self, device: &mut Device) -> Result<(), Failure> {
        self.flush(device)?;
        self.session.close(ErrorCode::NoError);
        self.flush(device)
    }

    /// Whether the session itself is over.
    pub(crate) fn is_over(&self) -> bool {
        self.session.is_over()
    }
}
