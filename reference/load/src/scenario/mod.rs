//! What devices do while a server is measured. A scenario knows a fleet, not what it speaks.

mod claims;
mod commits;
mod fan_in;
mod fan_out;
mod group;
mod idle;
mod offline;
mod online;
mod paced;
mod reconnect;
mod traffic;

use clap::ValueEnum;

use crate::Failure;
use crate::fleet::{Fleet, Seen};
use crate::measure::{Figures, Probe};
use crate::pace::{PATIENCE, TURN, WINDOW};

pub(crate) use idle::idle;

/// The scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Scenario {
    /// Pairs, both online: as fast as it goes.
    Online,
    /// The same, at a rate: how long a message takes.
    Paced,
    /// Messages for devices that are not there.
    Offline,
    /// The same devices come and take them.
    Drain,
    /// Many senders, one receiver.
    FanIn,
    /// A device comes back, and one message waits.
    Reconnect,
    /// One group, everybody in it online, a few of them write.
    FanOut,
    /// Commits in many small groups.
    Commits,
    /// Commits in a few large groups.
    CommitsLarge,
    /// KeyPackages are claimed.
    Claims,
    /// Sessions on which nothing happens.
    Idle,
}

impl Scenario {
    /// Whether devices are in groups, or prepare to be.
    pub(crate) const fn is_of_groups(self) -> bool {
        match self {
            Self::FanOut | Self::Commits | Self::CommitsLarge | Self::Claims => true,
            Self::Online
            | Self::Paced
            | Self::Offline
            | Self::Drain
            | Self::FanIn
            | Self::Reconnect
            | Self::Idle => false,
        }
    }

    /// Its name in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Paced => "paced",
            Self::Offline => "offline",
            Self::Drain => "drain",
            Self::FanIn => "fan-in",
            Self::Reconnect => "reconnect",
            Self::FanOut => "fan-out",
            Self::Commits => "commits",
            Self::CommitsLarge => "commits-large",
            Self::Claims => "claims",
            Self::Idle => "idle",
        }
    }
}

/// How large a scenario is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Pairs of a sender and a receiver.
    pub(crate) pairs: usize,
    /// Messages in all.
    pub(crate) messages: u64,
    /// Messages of one sender without an outcome.
    pub(crate) window: usize,
    /// Messages a second, where there is a rate.
    pub(crate) rate: u64,
    /// Times that a device comes back.
    pub(crate) returns: usize,
    /// Devices of a large group, and those whose KeyPackages are claimed.
    pub(crate) members: usize,
    /// Idle sessions.
    pub(crate) sessions: usize,
}

/// A fleet, and the server that it is at.
pub(crate) struct Subject<'a> {
    pub(crate) fleet: &'a mut dyn Fleet,
    pub(crate) probe: &'a dyn Fn() -> Probe,
}

/// The first device of a pair sends, the second receives.
fn sender(pair: usize) -> usize {
    pair.saturating_mul(2)
}

fn receiver(pair: usize) -> usize {
    pair.saturating_mul(2).saturating_add(1)
}

impl Subject<'_> {
    /// Runs a scenario. `Offline` tells of the drain after it, too.
    pub(crate) fn run(
        &mut self,
        scenario: Scenario,
        size: &Size,
    ) -> Result<Vec<(Scenario, Figures)>, Failure> {
        let only = |figures| vec![(scenario, figures)];
        match scenario {
            Scenario::Online => online::online(self, size).map(only),
            Scenario::Paced => paced::paced(self, size).map(only),
            Scenario::Offline | Scenario::Drain => {
                let (offline, drain) = offline::offline(self, size)?;
                Ok(vec![(Scenario::Offline, offline), (Scenario::Drain, drain)])
            }
            Scenario::FanIn => fan_in::fan_in(self, size).map(only),
            Scenario::Reconnect => reconnect::reconnect(self, size).map(only),
            Scenario::FanOut => fan_out::fan_out(self, size).map(only),
            Scenario::Commits => commits::small(self, size).map(only),
            Scenario::CommitsLarge => commits::large(self, size).map(only),
            Scenario::Claims => claims::claims(self, size).map(only),
            Scenario::Idle => idle(self, size).map(only),
        }
    }

    /// Connects these devices, a few hundred at a time. What they receive meanwhile goes to `received`.
    fn open_all(
        &mut self,
        devices: &[usize],
        mut received: impl FnMut(&Seen) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (mut begun, mut open) = (0, 0_usize);
        let mut seen = Vec::new();
        let mut moved = std::time::Instant::now();
        while open < devices.len() {
            while begun < devices.len() && begun < open.saturating_add(WINDOW) {
                if let Some(who) = devices.get(begun) {
                    self.fleet.open(*who)?;
                }
                begun = begun.saturating_add(1);
            }
            self.fleet.turn(TURN, &mut seen)?;
            for event in seen.drain(..) {
                moved = std::time::Instant::now();
                match event {
                    Seen::Open(_) => open = open.saturating_add(1),
                    Seen::Accepted(_)
                    | Seen::Received(..)
                    | Seen::Receipted(..)
                    | Seen::Ready(_)
                    | Seen::Joined(_)
                    | Seen::Claimed(..) => received(&event)?,
                }
            }
            if moved.elapsed() > PATIENCE {
                let (done, wanted) =
                    (u64::try_from(open).unwrap_or(0), u64::try_from(devices.len()).unwrap_or(0));
                return Err(Failure::Stuck { what: "sessions open", done, wanted });
            }
        }
        Ok(())
    }

    fn close_all(&mut self, devices: &[usize]) -> Result<(), Failure> {
        devices.iter().try_for_each(|who| self.fleet.close(*who))
    }
}

/// Devices come with nothing waiting for them.
fn nothing(seen: &Seen) -> Result<(), Failure> {
    Err(Failure::Wrong(format!("{seen:?} where nothing was under way")))
}
