//! What must hold in every state.

/// A property of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// A message whose sender was told ACCEPTED is at the server, durably, or with its receiver (DLV-008, DLV-025).
    AcceptedIsKept,
    /// ACCEPTED does not leave before its transaction is durable (DLV-008).
    DurableFirst,
    /// Nothing is handed to the application twice (DLV-049).
    TakenOnce,
    /// The messages of one sender are handed over in the order of their numbers (DLV-024).
    InOrder,
    /// A session is sent each mailbox number in turn, without holes (DLV-021, DLV-026).
    Dense,
    /// A number has one outcome for ever: each answer tells the same (DLV-002).
    OneOutcome,
    /// Rows are what the rules wrote.
    RowsRead,
    /// What an older session asks of the store changes nothing (SES-016).
    Fenced,
    /// A HELLO moves no cursor: that waits for confirmation (SES-017).
    CursorWaits,
    /// No session is taken over before a newer one is confirmed (SES-014).
    OlderStays,
    /// No counter of HELLOs opens a second session (SES-006).
    HelloOnce,
    /// Without further faults, everything arrives, is acknowledged, and no work is left.
    CalmDelivers,
    /// Without further faults, one session of each device is left (SES-015, SES-046).
    CalmLeavesOne,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 13] = [
        Self::AcceptedIsKept,
        Self::DurableFirst,
        Self::TakenOnce,
        Self::InOrder,
        Self::Dense,
        Self::OneOutcome,
        Self::RowsRead,
        Self::Fenced,
        Self::CursorWaits,
        Self::OlderStays,
        Self::HelloOnce,
        Self::CalmDelivers,
        Self::CalmLeavesOne,
    ];

    /// Whether [`crate::Calm`] judges it.
    #[must_use]
    pub fn is_of_calm(self) -> bool {
        matches!(self, Self::CalmDelivers | Self::CalmLeavesOne)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcceptedIsKept => "accepted is kept",
            Self::DurableFirst => "durable first",
            Self::TakenOnce => "taken once",
            Self::InOrder => "in order",
            Self::Dense => "numbers are dense",
            Self::OneOutcome => "one outcome",
            Self::RowsRead => "rows read",
            Self::Fenced => "older sessions change nothing",
            Self::CursorWaits => "cursor waits for confirmation",
            Self::OlderStays => "older stays until confirmation",
            Self::HelloOnce => "a counter opens one session",
            Self::CalmDelivers => "calm delivers everything",
            Self::CalmLeavesOne => "calm leaves one session",
        }
    }
}
