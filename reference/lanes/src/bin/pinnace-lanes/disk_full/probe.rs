//! A device that looks at each answer of the server.

use std::time::Instant;

use pinnace_client::Carrier;
use pinnace_lanes::world::{Answer, Codes, Failure, PATIENCE, Plain, PlainSession, Server, silent};
use pinnace_wire::DeviceId;
use tokio::runtime::Runtime;

use crate::disk::Disk;

/// Sends to itself, one message at a time.
pub(super) struct Probe {
    runtime: Runtime,
    session: PlainSession,
    id: DeviceId,
    /// The number of the next message.
    next: u64,
    /// Answers UNAVAILABLE so far.
    pub(super) unavailable: u64,
}

impl Probe {
    pub(super) fn start(server: &Server) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(Failure::io("runtime of a device"))?;
        let (codes, at) = (Codes::open(&server.gateway_log)?, server.address(Carrier::Tcp));
        let mut device = Plain::new("+46999999999".to_owned());
        let session = runtime.block_on(async {
            device.register(&at, &codes).await?;
            device.open(&at, silent()).await
        })?;
        Ok(Self { runtime, session, id: device.id(), next: 1, unavailable: 0 })
    }

    fn send(&mut self) -> Result<Answer, Failure> {
        let payload = self.next.to_be_bytes().to_vec();
        self.runtime.block_on(self.session.send(self.next, self.id, payload))
    }

    /// While the disk is full: a message is answered UNAVAILABLE, and nothing else than that or ACCEPTED.
    pub(super) fn is_refused(&mut self, disk: &Disk) -> Result<(), Failure> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            match self.send()? {
                Answer::Unavailable => {
                    self.unavailable = self.unavailable.saturating_add(1);
                    return Ok(());
                }
                // There was room for this one.
                Answer::Accepted => {
                    self.next = self.next.saturating_add(1);
                    disk.fill()?;
                }
            }
        }
        Err(Failure::Stuck("the answer UNAVAILABLE".to_owned()))
    }

    /// Once there is room again: the same number is accepted, in the same session.
    pub(super) fn is_accepted(&mut self) -> Result<(), Failure> {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if self.send()? == Answer::Accepted {
                self.next = self.next.saturating_add(1);
                return Ok(());
            }
        }
        Err(Failure::Stuck("the answer ACCEPTED".to_owned()))
    }
}
