//! Who commits what, and what may go wrong.

use crate::RaceRule;

/// What a device wants of the conversation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Want {
    /// To begin it, with this device in it.
    Begin(usize),
    /// To have this device in it.
    Add(usize),
    /// To have it out.
    Remove(usize),
    /// To say something.
    Post,
}

/// Who commits what, and what may go wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitPlan {
    /// How many devices, from the first one on, are in the conversation at the start; 0: there is none yet.
    pub members: usize,
    /// What each device wants, by its index, one thing after the other.
    pub wants: Vec<Vec<Want>>,
    /// How often something goes wrong, at most.
    pub faults: u8,
    /// The mistake that is planted.
    pub twin: Option<CommitTwin>,
}

impl CommitPlan {
    const fn of(members: usize, wants: Vec<Vec<Want>>) -> Self {
        Self { members, wants, faults: 1, twin: None }
    }

    /// Two members add a device each; one of them speaks, too.
    #[must_use]
    pub fn adding() -> Self {
        Self::of(2, vec![vec![Want::Add(2)], vec![Want::Add(3), Want::Post], vec![], vec![]])
    }

    /// A member removes another one, which speaks.
    #[must_use]
    pub fn removing() -> Self {
        Self::of(3, vec![vec![Want::Remove(1)], vec![Want::Post], vec![]])
    }

    /// Two members remove a third one, which speaks.
    #[must_use]
    pub fn removing_twice() -> Self {
        Self::of(3, vec![vec![Want::Remove(1)], vec![Want::Post], vec![Want::Remove(1)]])
    }

    /// Two devices begin the conversation of their accounts at once; one of them speaks in it.
    #[must_use]
    pub fn beginning() -> Self {
        Self::of(0, vec![vec![Want::Begin(1), Want::Post], vec![Want::Begin(0)]])
    }
}

/// A mistake around the commits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CommitTwin {
    /// Answers leave before the disk has what was decided.
    AnswerBeforeFsync,
    /// Any commit is taken as one of the current epoch.
    EpochUnchecked,
    /// The conversation forgets what it decided for a number.
    DecisionNotKept,
    /// ACCEPTED leaves before the conversation decided.
    AcceptedEarly,
    /// A refused commit brings its Welcome all the same.
    WelcomeAtOnce,
    /// The roster is not changed by a commit.
    RosterNotKept,
    /// The mark that an entry was filed is not kept.
    MarkNotKept,
    /// A start of the server leaves entries where the stop left them.
    FanOutNotReplayed,
    /// An entry is taken off the list of those that are on their way before it is in any mailbox.
    SettledFirst,
    /// Nobody counts who still holds a payload.
    HoldersNotCounted,
}

impl CommitTwin {
    /// Every mistake, with the rules that find it.
    pub const ALL: [(Self, &'static [RaceRule]); 10] = [
        (Self::AnswerBeforeFsync, &[RaceRule::DurableFirst]),
        (Self::EpochUnchecked, &[RaceRule::OneWins]),
        (Self::DecisionNotKept, &[RaceRule::OneOutcome]),
        (Self::AcceptedEarly, &[RaceRule::OneOutcome]),
        (Self::WelcomeAtOnce, &[RaceRule::WelcomeIsTrue]),
        (Self::RosterNotKept, &[RaceRule::CalmFinishes, RaceRule::OneOutcome]),
        (Self::MarkNotKept, &[RaceRule::Dense]),
        (Self::FanOutNotReplayed, &[RaceRule::CalmFinishes]),
        (Self::SettledFirst, &[RaceRule::CalmFinishes]),
        (Self::HoldersNotCounted, &[RaceRule::CalmFinishes]),
    ];
}

/// A step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CommitAct {
    /// The server begins with what a device asks for, at that device.
    Begin(usize),
    /// The conversation decides.
    Decide(usize),
    /// The device has the outcome, and hears it.
    Conclude(usize),
    /// The device has the outcome, and does not hear it.
    ConcludeUnheard(usize),
    /// A device takes the next item of its mailbox.
    Take(usize),
    /// A device acknowledges what it took, with all that follows: in the end, where nothing else can happen.
    Acknowledge(usize),
    /// One step of what is on its way: an entry comes into one mailbox.
    Effect,
    /// The server stops and starts.
    Stop,
}
