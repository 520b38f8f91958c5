//! What a seed stands for: how many devices, how much they say, what goes wrong and how often.

use crate::circle::MEMBERS;
use crate::dice::Dice;

/// How the server brings operations to its disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Commits {
    /// In groups, effects included: the embedded store.
    Grouped,
    /// Each transaction by itself, effects later: what the rules allow, and a store with row locks would do.
    Single,
}

/// Who plays in a world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Play {
    /// Devices with the client's whole engine, which write to each other.
    Devices,
    /// Devices of a group, with the client's session.
    Circle,
}

/// What a seed stands for. Rates are per mille.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) play: Play,
    pub(crate) devices: usize,
    /// Messages that each device sends.
    pub(crate) messages: u64,
    pub(crate) commits: Commits,
    /// From one thing that an application does to the next, at most.
    pub(crate) app_ms_max: u64,
    pub(crate) delay_ms_max: u64,
    /// How long the server lets operations gather.
    pub(crate) commit_ms_max: u64,
    pub(crate) faults: Faults,
    /// The time from which on nothing goes wrong any more.
    pub(crate) calm_from_ms: u64,
    pub(crate) limits: Limits,
    pub(crate) wishes: Wishes,
}

/// How often what goes wrong. Each seed leaves some of it out, so that what is rare alone is not hidden by the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// From one blow to the next, at most.
    pub(crate) every_ms_max: u64,
    pub(crate) cut: u64,
    pub(crate) half_open: u64,
    /// What a device says is held up until long after it gave the connection up.
    pub(crate) stall: u64,
    pub(crate) replay: u64,
    pub(crate) device_stop: u64,
    pub(crate) server_stop: u64,
    pub(crate) clock_jump: u64,
    /// Of the steps of a device: it stops in the middle of one.
    pub(crate) device_step: u64,
    /// Of the commits of the server: the disk or the machine fails in one.
    pub(crate) server_commit: u64,
    /// Of the attempts to connect.
    pub(crate) refused: u64,
    /// Of the pieces of a stream: it is cut there.
    pub(crate) split: u64,
}

/// The limits that the server serves with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) outcome_cache: u64,
    pub(crate) inflight_max: u64,
    pub(crate) redelivery_max: u64,
    pub(crate) credit: u64,
    pub(crate) send_burst: u64,
    pub(crate) mailbox_items_max: u64,
    /// Commits of one journal.
    pub(crate) journal_commits_max: u64,
}

/// What applications ask for beside plain messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    pub(crate) expires: u64,
    pub(crate) voids: u64,
    pub(crate) calls: u64,
    pub(crate) no_receipt: u64,
    /// Messages that their receiver rejects.
    pub(crate) rejects: u64,
    /// Messages over which their receiver fails, again and again.
    pub(crate) poisons: u64,
    /// Several messages at once.
    pub(crate) bursts: u64,
}

impl Plan {
    /// The same for a group: nothing of it expires, and nothing is left out.
    pub(crate) fn circle(dice: &mut Dice) -> Self {
        let plan = Self::of(dice);
        let limits =
            Limits { redelivery_max: 1_000, mailbox_items_max: 1_000, send_burst: 1_000, ..plan.limits };
        Self { play: Play::Circle, devices: MEMBERS, limits, ..plan }
    }

    pub(crate) fn of(dice: &mut Dice) -> Self {
        let faults = Faults::of(dice);
        let redelivery_max = dice.pick(&[1, 2, 64]).unwrap_or(64);
        let inflight_max = dice.pick(&[1, 2, 4, 16, 16]).unwrap_or(16);
        Self {
            play: Play::Devices,
            devices: usize::try_from(dice.between(2, 3)).unwrap_or(2),
            messages: dice.between(3, 10),
            commits: if dice.happens(350) { Commits::Single } else { Commits::Grouped },
            app_ms_max: dice.pick(&[20, 300, 3_000]).unwrap_or(300),
            delay_ms_max: dice.pick(&[0, 5, 80, 900]).unwrap_or(5),
            commit_ms_max: dice.pick(&[0, 4, 60]).unwrap_or(4),
            faults,
            calm_from_ms: dice.pick(&[2_000, 10_000, 40_000]).unwrap_or(10_000),
            limits: Limits {
                outcome_cache: 16,
                inflight_max,
                redelivery_max,
                credit: dice.pick(&[16, 64]).unwrap_or(64),
                send_burst: dice.pick(&[2, 1_000, 1_000]).unwrap_or(1_000),
                mailbox_items_max: dice.pick(&[6, 1_000, 1_000, 1_000]).unwrap_or(1_000),
                journal_commits_max: dice.between(2, 24),
            },
            wishes: Wishes {
                expires: some(dice, 300),
                voids: some(dice, 300),
                calls: some(dice, 300),
                no_receipt: some(dice, 300),
                rejects: some(dice, 300),
                // Where many sessions may fail over one message, a world would tell of nothing else.
                poisons: if redelivery_max <= 2 { some(dice, 100) } else { 0 },
                bursts: dice.pick(&[0, 300, 900]).unwrap_or(0),
            },
        }
    }
}

impl Faults {
    fn of(dice: &mut Dice) -> Self {
        Self {
            every_ms_max: dice.pick(&[200, 1_500, 6_000]).unwrap_or(1_500),
            cut: some(dice, 400),
            half_open: some(dice, 150),
            stall: some(dice, 400),
            replay: some(dice, 300),
            device_stop: some(dice, 250),
            server_stop: some(dice, 250),
            clock_jump: some(dice, 150),
            device_step: dice.pick(&[0, 0, 20, 80, 400]).unwrap_or(0),
            server_commit: dice.pick(&[0, 0, 40, 150]).unwrap_or(0),
            refused: some(dice, 200),
            split: some(dice, 300),
        }
    }
}

/// A rate, or in every other seed none.
const fn some(dice: &mut Dice, per_mille: u64) -> u64 {
    if dice.happens(500) { per_mille } else { 0 }
}
