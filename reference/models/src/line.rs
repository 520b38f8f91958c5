//! A connection: what is on its way, and who stands at its ends.

use std::collections::VecDeque;

use pinnace_edge::{Acks, Pump, Tray};
use pinnace_home::{AckRequest, Item, Page, Resumed, Session, SessionEpoch};
use pinnace_session::Acked;
use pinnace_session::parts::{Delivered, Outcomes};
use pinnace_session::server::{Answer, HelloDone};

/// Names a line among those that are there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineId(pub u8);

/// A connection of a device. Its records keep their order, unless a fault says otherwise.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Line {
    pub(crate) id: LineId,
    pub(crate) device: usize,
    /// The counter of its HELLO.
    pub(crate) counter: u64,
    pub(crate) client: ClientEnd,
    pub(crate) server: ServerEnd,
    pub(crate) up: VecDeque<Up>,
    pub(crate) down: VecDeque<Down>,
    pub(crate) tray: Tray,
    /// The epoch under which the server knows it to be here.
    pub(crate) attached: Option<SessionEpoch>,
}

/// The end of the device.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ClientEnd {
    /// The first flight has left.
    Opening {
        /// Messages that came along.
        early: u64,
        /// What it acknowledged.
        told: Acked,
    },
    /// WELCOME came.
    Online {
        /// Messages that await their answer.
        inflight: u64,
        /// What was acknowledged here.
        told: Acked,
        /// The mailbox number that comes next.
        next: u64,
    },
    /// The device has lost it, or left.
    Gone,
}

/// The end of the server: where it stands of the states of a session.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ServerEnd {
    /// The first flight is awaited.
    Opening,
    /// HELLO is at the store.
    Greeting(Flight),
    /// The first page is on its way.
    Reading(Flight, Box<Resumed>, Page),
    /// WELCOME has left.
    Member(Box<Member>),
    /// The session is over; the store may still have something to say.
    Closed,
}

/// A session with a registered device: the real parts of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Member {
    pub(crate) session: Session,
    /// What the first flight acknowledged, until the session is confirmed.
    pub(crate) unconfirmed: Option<Acked>,
    pub(crate) outcomes: Outcomes,
    pub(crate) delivered: Delivered,
    pub(crate) pump: Pump,
    pub(crate) acks: Acks<AckRequest>,
}

/// A first flight.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Flight {
    pub(crate) counter: u64,
    pub(crate) settled: u64,
    pub(crate) acked: Acked,
    /// How many messages came along: those behind `settled`.
    pub(crate) early: u64,
}

/// A record on its way to the server.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Up {
    Flight(Flight),
    /// Nothing but the proof that the device lives.
    Life,
    Send(u64),
    Ack(Acked),
}

/// A record on its way to the device.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Down {
    Welcome(HelloDone),
    Answer(u64, Answer),
    Item(Item),
    Close,
}

impl Up {
    /// Whether a network that keeps no order may repeat it, or let others pass it.
    pub(crate) const fn is_loose(&self) -> bool {
        match self {
            Self::Send(_) | Self::Ack(_) => true,
            Self::Flight(_) | Self::Life => false,
        }
    }
}

impl Line {
    /// A line that a device opens.
    pub(crate) fn new(id: LineId, device: usize, flight: Flight) -> Self {
        Self {
            id,
            device,
            counter: flight.counter,
            client: ClientEnd::Opening { early: flight.early, told: flight.acked.clone() },
            server: ServerEnd::Opening,
            up: VecDeque::from([Up::Flight(flight)]),
            down: VecDeque::new(),
            tray: Tray::default(),
            attached: None,
        }
    }

    /// Whether the device still holds it.
    pub(crate) fn is_held(&self) -> bool {
        self.client != ClientEnd::Gone
    }

    /// Whether the server takes a record.
    pub(crate) fn is_heard(&self) -> bool {
        !self.up.is_empty() && matches!(self.server, ServerEnd::Opening | ServerEnd::Member(_))
    }

    /// The device is gone from here.
    pub(crate) fn let_go(&mut self) {
        self.client = ClientEnd::Gone;
        self.down.clear();
    }

    /// The session is over, and the device is told so.
    pub(crate) fn close(&mut self) {
        self.hang_up();
        if self.is_held() {
            self.down.push_back(Down::Close);
        }
    }

    /// The session is over, and nobody is left to be told.
    pub(crate) fn hang_up(&mut self) {
        self.server = ServerEnd::Closed;
        self.up.clear();
        self.tray = Tray::default();
    }
}
