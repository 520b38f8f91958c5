//! Who plays, what they want, and what may go wrong.

use pinnace_home::Rules;

use crate::{Fault, Twin};

/// How the store commits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Writer {
    /// Each transaction by itself; effects follow one transaction at a time.
    Single,
    /// As the embedded store does: all that waits, with its effects, in one commit.
    Grouped,
}

/// Messages of one device, to be sent in this order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Letters {
    /// The index of the device that they are for; it may be the sender itself.
    pub to: usize,
    /// How many.
    pub count: u64,
}

/// Who plays, what they want, and what may go wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// What each device sends, by its index.
    pub devices: Vec<Letters>,
    /// How the store commits.
    pub writer: Writer,
    /// What may go wrong.
    pub faults: Vec<Fault>,
    /// How many devices, from the first one on, have connections that something may go wrong with.
    pub struck: usize,
    /// How often something goes wrong, at most, all kinds together.
    pub fault_count: u8,
    /// How many messages ride in a first flight.
    pub early_send_max: u64,
    /// Whether a line that its device has lost lives on at the server until that notices.
    pub old_lines_live: bool,
    /// Whether the first page of a mailbox takes its time.
    pub page_is_late: bool,
    /// The mistake that is planted.
    pub twin: Option<Twin>,
    /// The limits that the rules hold.
    pub rules: Rules,
}

impl Scenario {
    /// One sender, one message, one receiver; one fault of any kind that delivery has to bear.
    #[must_use]
    pub fn delivery() -> Self {
        Self {
            devices: vec![Letters { to: 1, count: 1 }, Letters { to: 0, count: 0 }],
            writer: Writer::Single,
            faults: vec![
                Fault::Cut,
                Fault::Crash,
                Fault::Stop,
                Fault::StopAfterCommit,
                Fault::Doubt,
                Fault::Repeat,
                Fault::Swap,
            ],
            struck: 2,
            fault_count: 1,
            early_send_max: 0,
            old_lines_live: false,
            page_is_late: false,
            twin: None,
            rules: Rules::default(),
        }
    }

    /// One device that sends a message to itself over connections that take each other's place; two faults.
    #[must_use]
    pub fn takeover() -> Self {
        Self {
            devices: vec![Letters { to: 0, count: 1 }],
            writer: Writer::Grouped,
            faults: vec![Fault::Switch, Fault::Cut, Fault::Replay],
            struck: 1,
            fault_count: 2,
            early_send_max: 1,
            old_lines_live: true,
            page_is_late: true,
            twin: None,
            rules: Rules::default(),
        }
    }

    /// The same with a mistake in it.
    #[must_use]
    pub fn with(mut self, twin: Twin) -> Self {
        self.twin = Some(twin);
        self
    }

    pub(crate) fn has(&self, twin: Twin) -> bool {
        self.twin == Some(twin)
    }

    pub(crate) fn letters(&self, device: usize) -> Letters {
        self.devices.get(device).copied().unwrap_or(Letters { to: 0, count: 0 })
    }
}
