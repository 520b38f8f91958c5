//! Mistakes that are planted around the real code, each to be found.

use crate::Rule;

/// A planted mistake.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Twin {
    /// Answers leave the server before its disk has their transactions.
    AckBeforeFsync,
    /// The server takes a repeated number for the next one.
    NoDedup,
    /// A device acknowledges what its mailbox has before it came.
    AckBeforeItem,
    /// A crash of the server forgets the outcomes that were kept.
    OutcomesForgotten,
    /// A start of the server leaves effects where the crash left them.
    EffectsNotReplayed,
    /// The mark that an effect was applied is not kept.
    MarkNotKept,
    /// A device's disk keeps the inbox and not the numbers of what is in it.
    IntakeNotKept,
    /// The store runs an operation under the newest epoch, whoever asks.
    NoFence,
    /// A HELLO is a confirmation, too.
    HelloConfirms,
    /// An older session ends when a newer one is welcomed.
    OlderEndsEarly,
    /// An older session does not hear that it was taken over.
    OlderNotTold,
    /// A session that was fenced off lives on when the newer one is gone.
    FencedLivesOn,
    /// The tray of a session is emptied while its first page is on its way.
    TrayEmptiedEarly,
    /// A HELLO counts although its counter was used.
    ReplayTaken,
}

impl Twin {
    /// Mistakes that the model of delivery has to find, each with the rules that find it.
    pub const DELIVERY: [(Self, &'static [Rule]); 6] = [
        (Self::AckBeforeFsync, &[Rule::DurableFirst]),
        (Self::NoDedup, &[Rule::TakenOnce]),
        (Self::AckBeforeItem, &[Rule::AcceptedIsKept, Rule::CalmDelivers]),
        (Self::EffectsNotReplayed, &[Rule::CalmDelivers]),
        (Self::MarkNotKept, &[Rule::TakenOnce]),
        (Self::IntakeNotKept, &[Rule::TakenOnce]),
    ];

    /// More of them: it finds these where messages ride in first flights and the first page of a mailbox takes its time.
    pub const FIRST_FLIGHT: [(Self, &'static [Rule]); 2] =
        [(Self::OutcomesForgotten, &[Rule::OneOutcome]), (Self::TrayEmptiedEarly, &[Rule::CalmDelivers])];

    /// Mistakes that the model of takeover has to find, each with the rules that find it.
    pub const TAKEOVER: [(Self, &'static [Rule]); 6] = [
        (Self::NoFence, &[Rule::Fenced]),
        (Self::HelloConfirms, &[Rule::CursorWaits]),
        (Self::OlderEndsEarly, &[Rule::OlderStays]),
        (Self::OlderNotTold, &[Rule::CalmLeavesOne]),
        (Self::FencedLivesOn, &[Rule::CalmDelivers]),
        (Self::ReplayTaken, &[Rule::HelloOnce]),
    ];
}
