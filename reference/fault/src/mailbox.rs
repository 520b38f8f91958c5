//! Faults of the mailbox: numbers, acknowledgements, ends.

faults! {
    /// Every third number of a mailbox is left out.
    NUMBERS_SPARSE: Effect ["DLV-021"];
    /// A mailbox begins with number 2.
    NUMBERS_FROM_TWO: Effect ["DLV-021"];
    /// What waits is delivered last first.
    NEWEST_FIRST: Order ["DLV-022"];
    /// An item is deleted when it is offered.
    DELETED_WHEN_OFFERED: Effect ["DLV-024", "DLV-025"];
    /// Each item is delivered twice.
    OFFERED_TWICE: Effect ["DLV-026"];
    /// An ACK deletes nothing.
    ACK_IGNORED: Effect ["DLV-027"];
    /// An ACK deletes one item beyond its cursor.
    ACK_TOO_FAR: Effect ["DLV-024"];
    /// The ranges of an ACK are not heard.
    RANGES_IGNORED: Effect ["DLV-028"];
    /// An item that was acknowledged out of order is a GAP of reason purged.
    RANGES_REASON_WRONG: Code ["DLV-028"];
    /// A number above mailbox_last may be acknowledged.
    ACK_BEYOND_TAKEN: Check ["DLV-029"];
    /// A NACK of a number above mailbox_last is dropped.
    NACK_BEYOND_TAKEN: Check ["DLV-029"];
    /// An ACK beyond mailbox_last is FLOW_CONTROL.
    ACK_BEYOND_CODE_WRONG: Code ["DLV-029"];
    /// An ACK with a lower cursor moves the stored one back.
    CURSOR_MOVES_BACK: Effect ["DLV-030"];
    /// An ACK files no receipt.
    RECEIPT_MISSING: Effect ["DLV-032"];
    /// The receipt of a message names another number.
    RECEIPT_NUMBER_WRONG: Effect ["DLV-032"];
    /// A delivered receipt is filed when the message is.
    RECEIPT_EARLY: Time ["DLV-033"];
    /// The wish for no receipt is not heard.
    RECEIPT_UNWANTED: Effect ["DLV-034"];
    /// A terminal NACK leaves its item.
    NACK_IGNORED: Effect ["DLV-035"];
    /// A terminal NACK ends everything behind its item, too.
    NACK_ENDS_ALL: Effect ["DLV-035"];
    /// A terminal NACK files no receipt.
    REJECTED_RECEIPT_MISSING: Effect ["DLV-036"];
    /// A terminal NACK files a receipt of status delivered.
    REJECTED_AS_DELIVERED: Code ["DLV-036"];
    /// A NACK that is not terminal ends its item.
    NACK_TEMPORARY_ENDS: Effect ["DLV-037", "EXT-004"];
    /// An unknown terminal reason of NACK leaves its item.
    NACK_UNKNOWN_LEAVES: Effect ["EXT-004"];
    /// An expired message is delivered.
    EXPIRED_DELIVERED: Time ["DLV-038"];
    /// An expired message becomes a GAP of reason purged.
    EXPIRED_REASON_WRONG: Code ["DLV-038"];
    /// An expired message files no receipt.
    EXPIRED_RECEIPT_MISSING: Effect ["DLV-039"];
    /// expires_in_s is not heard.
    EXPIRY_IGNORED: Time ["DLV-040"];
    /// An item is offered in any number of sessions.
    REDELIVERY_ENDLESS: Limit ["DLV-041"];
    /// An item is given up after two sessions.
    REDELIVERY_FEW: Limit ["DLV-041", "DLV-024"];
}
