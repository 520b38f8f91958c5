//! Bugs that can be planted, each to be found by a property.

/// A mistake that an implementation could make. The world makes it in its disks, its clocks, or around a real operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// The server answers before its journal is on the disk.
    AckBeforeFsync,
    /// The server starts a new journal without bringing its name to the disk.
    NoDirectorySync,
    /// The server handles a repeated number as a new one.
    NoDedup,
    /// A start of the server forgets the outcomes that it kept.
    OutcomesForgottenAtRestart,
    /// The server keeps fewer outcomes than numbers may be in flight.
    OutcomeCacheBelowInflight,
    /// After a crash the server gives a mailbox number again.
    MailboxNumberReused,
    /// The server deletes one item more than was acknowledged.
    AckTakesOneMore,
    /// Operations of a session count although a newer one took over.
    TakeoverWithoutFence,
    /// A HELLO counts although its counter was used.
    ReplayTaken,
    /// A start of the client mixes up the order of its outbox.
    OutboxOrderForgotten,
    /// The client speaks before what it says is durable.
    ClientSpeaksFirst,
    /// The client's disk says that it wrote what it did not.
    ClientDiskLies,
    /// The client does not keep its counter of HELLOs.
    HelloCounterNotKept,
    /// The server leaves out a GAP.
    GapNotSent,
    /// A session forgets what is filed while its first page is on its way.
    TrayEmptiedEarly,
    /// A start of the server leaves effects where a crash left them.
    EffectsNotReplayed,
    /// The mark that an effect was applied is not written.
    EffectMarkNotKept,
    /// Receipts are dropped between two owners.
    ReceiptDropped,
    /// The server forgets a NACK, and the ACK that covers it is all that counts.
    NackDropped,
    /// An ACK is stored before the NACK that was said before it.
    AckOvertakesNack,
    /// The server's expiry runs on a clock that is a year ahead.
    ClockExpiresEverything,
    /// A HELLO raises the stored cursor before the session is confirmed, by one too many.
    CursorMovedByHello,
    /// Any commit is taken as one of the current epoch.
    EpochUnchecked,
    /// A commit that comes too late is refused, and takes effect all the same.
    RefusedTakesEffect,
    /// A commit is accepted, and nothing of it is done.
    AcceptedUndone,
    /// A commit removes nobody.
    RemovedStays,
    /// A commit leaves the roster as it was.
    RosterNotWritten,
    /// A commit leaves epoch and numbers as they were.
    EpochNotKept,
    /// A message is taken as one of the current epoch, whatever its own is.
    PostForAll,
    /// Entries wait for the next start of the server before they go to mailboxes.
    FanOutDropped,
    /// An entry goes to mailboxes before those that were accepted before it.
    FanOutOvertakes,
    /// A start of the server leaves entries where a crash left them.
    FanOutNotReplayed,
    /// The mark that an entry was filed is not written.
    FanOutMarkNotKept,
    /// Mailboxes that are done with an entry do not tell its conversation.
    ReleaseDropped,
    /// A KeyPackage that was claimed stays in stock.
    StockNotTaken,
    /// The server forgets which KeyPackages it has given.
    TakenForgotten,
}

impl Bug {
    /// Bugs of a world of devices.
    pub const ALL: [Self; 22] = [
        Self::AckBeforeFsync,
        Self::NoDirectorySync,
        Self::NoDedup,
        Self::OutcomesForgottenAtRestart,
        Self::OutcomeCacheBelowInflight,
        Self::MailboxNumberReused,
        Self::AckTakesOneMore,
        Self::TakeoverWithoutFence,
        Self::ReplayTaken,
        Self::OutboxOrderForgotten,
        Self::ClientSpeaksFirst,
        Self::ClientDiskLies,
        Self::HelloCounterNotKept,
        Self::GapNotSent,
        Self::TrayEmptiedEarly,
        Self::EffectsNotReplayed,
        Self::EffectMarkNotKept,
        Self::ReceiptDropped,
        Self::NackDropped,
        Self::AckOvertakesNack,
        Self::ClockExpiresEverything,
        Self::CursorMovedByHello,
    ];

    /// Bugs of the world of a group.
    pub const CIRCLE: [Self; 14] = [
        Self::EpochUnchecked,
        Self::RefusedTakesEffect,
        Self::AcceptedUndone,
        Self::RemovedStays,
        Self::RosterNotWritten,
        Self::EpochNotKept,
        Self::PostForAll,
        Self::FanOutDropped,
        Self::FanOutOvertakes,
        Self::FanOutNotReplayed,
        Self::FanOutMarkNotKept,
        Self::ReleaseDropped,
        Self::StockNotTaken,
        Self::TakenForgotten,
    ];
}
