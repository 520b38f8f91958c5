//! Faults on the way to a device, and of who hears what.

faults! {
    /// The last octet of a payload is changed.
    PAYLOAD_CHANGED: Effect ["DLV-023"];
    /// An EPHEMERAL waits for a device that is not there.
    EPHEMERAL_STORED: Effect ["DLV-042"];
    /// An EPHEMERAL is handed to nobody.
    EPHEMERAL_DROPPED: Effect ["DLV-043"];
    /// EPHEMERALs have no rate.
    EPHEMERALS_UNLIMITED: Limit ["DLV-053"];
    /// An EPHEMERAL beyond the rate ends its sender's session.
    EPHEMERALS_BEYOND_CLOSED: Effect ["DLV-053"];
    /// A message of class call is accepted and filed nowhere.
    CALL_LOST: Effect ["DLV-048"];
    /// An EPHEMERAL is answered with ERROR.
    EPHEMERAL_ANSWERED: Effect ["DLV-044"];
    /// A message is delivered to its sender, too.
    DELIVERED_TO_SENDER: Leak ["DLV-046"];
    /// A message is delivered to the account's other devices, too.
    DELIVERED_TO_SIBLINGS: Leak ["DLV-046"];
    /// An EPHEMERAL is handed to every device that is there.
    EPHEMERAL_TO_ALL: Leak ["DLV-046"];
    /// DELIVER leaves the class out.
    CLASS_UNTOLD: Effect ["DLV-051"];
    /// A restart forgets what was accepted.
    RESTART_FORGETS: Durability ["DLV-052", "DLV-008"];
}
