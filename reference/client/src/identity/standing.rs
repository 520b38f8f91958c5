//! How a device stands with the server, beyond one session.

/// Whether the server knew this device when it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It never did.
    #[default]
    New,
    /// It did.
    Registered,
    /// It did once, and does not any more: the device was removed from its account. What it has stays.
    Gone,
}

/// How much of this device others can find at the server, as of this session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Published {
    /// Not known yet.
    #[default]
    Unknown,
    /// The server does not serve profile devices.
    Unserved,
    /// The account's device list names it.
    List,
    /// The list, and KeyPackages of every suite.
    Keys,
    /// The server refused what this device published.
    Refused,
}
