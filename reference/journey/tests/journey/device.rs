//! A device of a test: what it cannot do fails the test.

use core::ops::Deref;
use std::path::Path;

use pinnace_client::{Content, MessageId, Outcome, SendOptions, Store};
use pinnace_lanes::world::{self, Server};
use pinnace_session::ReceiptWish;
use pinnace_wire::DeviceId;

/// A device whose client runs.
pub(crate) struct Device(world::Device);

impl Deref for Device {
    type Target = world::Device;

    fn deref(&self) -> &world::Device {
        &self.0
    }
}

impl Device {
    /// Registers a device with the command, and starts its client.
    #[track_caller]
    pub(crate) fn register(server: &Server, home: &Path, number: &str) -> Self {
        Self(world::Device::register(server, home, number).unwrap())
    }

    /// Ends every task of the client wherever it stands, without a farewell.
    pub(crate) fn crash(self) -> Crashed {
        Crashed(self.0.crash())
    }

    /// Closes the session and ends the client.
    #[track_caller]
    pub(crate) fn close(self) -> Crashed {
        Crashed(self.0.close().unwrap())
    }

    /// Does something in the runtime of the client, within the time that anything may take.
    #[track_caller]
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.run(work).unwrap()
    }

    /// Sends a message, and asks for no receipt; gives its number once it is durable here.
    #[track_caller]
    pub(crate) fn send(&self, to: DeviceId, payload: &[u8]) -> MessageId {
        let options = SendOptions { receipt: ReceiptWish::Unwanted, ..SendOptions::default() };
        self.run(self.client.send(to, payload.to_vec(), options)).unwrap()
    }

    #[track_caller]
    pub(crate) fn outcome(&self, id: MessageId) -> Outcome {
        self.run(self.client.outcome(id)).unwrap()
    }

    /// Waits until the server knows that this client lives.
    #[track_caller]
    pub(crate) fn wait_online(&self) {
        self.0.wait_online().unwrap();
    }

    /// Waits until the inbox holds so many items, and gives the payloads of all.
    #[track_caller]
    pub(crate) fn payloads(&self, count: u64) -> Vec<Vec<u8>> {
        self.wait(|state| state.untaken >= count).unwrap();
        payloads(self.client.store())
    }
}

/// What a crash leaves of a device.
pub(crate) struct Crashed(world::Crashed);

impl Deref for Crashed {
    type Target = world::Crashed;

    fn deref(&self) -> &world::Crashed {
        &self.0
    }
}

impl Crashed {
    /// Starts again from the store.
    #[track_caller]
    pub(crate) fn restart(self) -> Device {
        Device(self.0.restart().unwrap())
    }
}

/// The payloads of an inbox, in the order in which they became durable.
#[track_caller]
pub(crate) fn payloads(store: &Store) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut number = 0;
    while let Some((next, item)) = store.item_after(number).unwrap() {
        number = next;
        match item.content {
            Content::Message { payload, .. } => found.push(payload),
            Content::Said { .. } => {}
            Content::Gap { .. } => panic!("something was lost: {item:?}"),
        }
    }
    found
}
