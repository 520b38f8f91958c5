//! The kinds of rows.

/// The kinds of rows of an owner. The number stands in keys and never changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// Device: its registration.
    Device = 1,
    /// Device: counters of what it sends.
    Sender = 2,
    /// Device and client_seq: the outcome of a number.
    Outcome = 3,
    /// Device: counters of its mailbox.
    Mailbox = 4,
    /// Device and mailbox_seq: an item of the mailbox.
    Item = 5,
    /// Device, due time and mailbox_seq: an item that expires out of order.
    Due = 6,
    /// Any owner, and an origin: the last effect of that origin that was applied here.
    Applied = 7,
    /// Account: its devices.
    Account = 8,
    /// Number: the account that it belongs to.
    Binding = 9,
    /// Number: counters of its registrations.
    Attempts = 10,
    /// Number and device: a registration under way.
    Registration = 11,
    /// Any owner: an effect on another owner, not yet applied there.
    Outbox = 12,
    /// Any owner: when it wants to be swept.
    Timer = 13,
    /// Account: its device list.
    List = 14,
    /// Account, device and suite: which KeyPackages are in stock.
    Stock = 15,
    /// Account, device, suite and number: a KeyPackage.
    KeyPackage = 16,
    /// Account, end of life, device and name: a KeyPackage that was handed out.
    Taken = 17,
    /// Account, and another one: what that one may still claim here.
    Budget = 18,
    /// Account: when it wants to be swept.
    Upkeep = 19,
    /// Device: its offer to be linked.
    Link = 20,
    /// Conversation: its epoch and counters.
    Conversation = 21,
    /// Conversation: the devices in it.
    Roster = 22,
    /// Conversation and device: the last number of that device, and its outcome.
    Sent = 23,
    /// Conversation, conversation_seq and kind: what an entry carries.
    Payload = 24,
    /// Conversation, conversation_seq and kind: how many items hold that.
    Holders = 25,
    /// Conversation: an entry that is not yet in all the mailboxes that it is for.
    FanOut = 26,
    /// Device: how many conversations have a number here.
    Places = 27,
    /// Device and conversation: the number by which its items name the conversation.
    Place = 28,
    /// Device and such a number: the conversation.
    Placed = 29,
    /// Account and conversation: that a device of the account is in it.
    Membership = 30,
}

impl Table {
    /// All of them.
    pub(crate) const ALL: [Self; 30] = [
        Self::Device,
        Self::Sender,
        Self::Outcome,
        Self::Mailbox,
        Self::Item,
        Self::Due,
        Self::Applied,
        Self::Account,
        Self::Binding,
        Self::Attempts,
        Self::Registration,
        Self::Outbox,
        Self::Timer,
        Self::List,
        Self::Stock,
        Self::KeyPackage,
        Self::Taken,
        Self::Budget,
        Self::Upkeep,
        Self::Link,
        Self::Conversation,
        Self::Roster,
        Self::Sent,
        Self::Payload,
        Self::Holders,
        Self::FanOut,
        Self::Places,
        Self::Place,
        Self::Placed,
        Self::Membership,
    ];
}
