//! A connection between a device and the server: two streams of octets that keep their order, arrive in pieces, break or
//! fall silent.

use std::collections::VecDeque;

/// Names a connection of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct LineId(pub(crate) u64);

/// One way of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Way {
    ToServer,
    ToDevice,
}

/// What one way of a connection holds.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// The latest arrival: nothing overtakes it.
    pub(crate) arrives_ms: u64,
    /// Octets that arrived and are no whole record yet.
    received: Vec<u8>,
    /// Records that arrived and wait to be read.
    pub(crate) records: VecDeque<Vec<u8>>,
    pub(crate) state: Flow,
}

/// Whether octets pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Flow {
    #[default]
    Open,
    /// They vanish, and nobody hears of it.
    Silent,
    /// The end was heard.
    Ended,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Line {
    /// The device at one end; `None` for whoever replays.
    pub(crate) device: Option<usize>,
    pub(crate) to_server: Stream,
    pub(crate) to_device: Stream,
    /// The first records of the device, as they left it: what an eavesdropper could send again.
    pub(crate) overheard: Vec<Vec<u8>>,
}

impl Line {
    pub(crate) fn new(device: Option<usize>) -> Self {
        Self { device, to_server: Stream::default(), to_device: Stream::default(), overheard: Vec::new() }
    }

    pub(crate) const fn stream(&mut self, way: Way) -> &mut Stream {
        match way {
            Way::ToServer => &mut self.to_server,
            Way::ToDevice => &mut self.to_device,
        }
    }
}

impl Stream {
    /// Octets arrive: whole records go to those that wait.
    pub(crate) fn receive(&mut self, octets: &[u8]) {
        self.received.extend_from_slice(octets);
        while let Some((len, rest)) = self.received.split_first_chunk::<2>() {
            let Some((record, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len))) else {
                return;
            };
            let (record, rest) = (record.to_vec(), rest.to_vec());
            self.records.push_back(record);
            self.received = rest;
        }
    }
}

/// A record as it goes over the carrier.
pub(crate) fn framed(record: &[u8]) -> Vec<u8> {
    let len = u16::try_from(record.len()).unwrap_or(u16::MAX);
    [len.to_be_bytes().as_slice(), record].concat()
}
