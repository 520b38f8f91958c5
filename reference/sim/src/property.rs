//! What must hold, whatever goes wrong.

use core::fmt;

/// A property of every world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Property {
    /// What a sender was told is accepted is delivered, or its loss is told by GAP and receipt (DLV-008).
    AcceptedIsKept,
    /// No message is taken twice by a device (DLV-049).
    TakenOnce,
    /// Messages of one sender are taken in the order in which they were given (DLV-022).
    OrderPerSender,
    /// The server's cursor never passes what is durable at the device (DLV-031).
    AckAfterDurable,
    /// A number has one outcome, and it is known (DLV-002).
    OneOutcome,
    /// Nothing of a session counts once a newer one is stored (SES-016).
    FenceHolds,
    /// A counter of HELLO opens one session, and leaves a device once (SES-006, SES-043).
    HelloOnce,
    /// A mailbox number names one item for ever (DLV-021).
    NumberNamesOneItem,
    /// The head of a mailbox is offered in a bounded number of sessions (DLV-041).
    RedeliveryBounded,
    /// Nothing expires before its time (DLV-038).
    ExpiryInTime,
    /// A message that asked for it has one receipt, and it is true (DLV-033, DLV-034).
    ReceiptTrue,
    /// What a device rejects or fails over it does not take, and its sender is not told that it did (DLV-035, DLV-054).
    RejectedIsTold,
    /// Queues, windows and caches stay within their bounds.
    MemoryBounded,
    /// Of all commits of an epoch one is accepted (CNV-002).
    OneCommitPerEpoch,
    /// A place in a conversation names one entry, which has no other; each device gets each once, in order (CNV-006).
    OneOrder,
    /// Entries come to nobody who is not in the conversation, or was not in their epoch (CNV-010, CNV-011).
    RosterOnly,
    /// A Welcome comes with an accepted commit that adds its receiver (CNV-008, CNV-009).
    WelcomeIsTrue,
    /// In the end each device has every entry that is for it, without holes (CNV-026).
    EntriesDelivered,
    /// A KeyPackage for one use is given to one device (KEY-005).
    KeyPackageOnce,
    /// Once nothing goes wrong any more, everything is settled and delivered.
    CalmDelivers,
    /// Once everything is delivered, nothing is left in the server's store but counters and outcomes.
    NothingLeft,
    /// A store opens after every crash.
    StoreOpens,
    /// Nothing that a peer or a disk does makes the code panic.
    NothingPanics,
}

/// A property that did not hold, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which.
    pub property: Property,
    /// What was seen.
    pub what: String,
    /// When, in the milliseconds of the world.
    pub at_ms: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {} ms: {}", self.property, self.at_ms, self.what)
    }
}
