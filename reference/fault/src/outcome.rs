//! Faults of numbers and their outcomes.

faults! {
    /// A repeated SEND is delivered again.
    REPEAT_DELIVERED: Effect ["DLV-003"];
    /// A repeated SEND that was refused is ACCEPTED.
    REPEAT_OUTCOME_OTHER: Effect ["DLV-002", "DLV-003"];
    /// The body of a repeated SEND is not compared.
    CONFLICT_UNCHECKED: Check ["DLV-004"];
    /// Of the body of a repeated SEND only the payload is compared.
    CONFLICT_PAYLOAD_ONLY: Check ["DLV-004"];
    /// Another body under a number is REFUSED.
    CONFLICT_CODE_WRONG: Code ["DLV-004"];
    /// A number ahead of the next is handled.
    AHEAD_TAKEN: Check ["DLV-005"];
    /// SEQ_GAP does not tell the expected number.
    AHEAD_EXPECTED_UNTOLD: Effect ["DLV-005"];
    /// SEQ_GAP tells the number that came.
    AHEAD_EXPECTED_WRONG: Effect ["DLV-005"];
    /// Half of the outcomes that are advertised are kept.
    OUTCOMES_FEW: Limit ["DLV-006"];
    /// A number below the kept outcomes is IDEMPOTENCY_CONFLICT.
    FORGOTTEN_CODE_WRONG: Code ["DLV-007"];
    /// A number below the kept outcomes is ACCEPTED.
    FORGOTTEN_ACCEPTED: Check ["DLV-007"];
    /// ACCEPTED is told before the message is stored, and a crash loses it.
    ACCEPTED_UNSTORED: Durability ["DLV-008"];
    /// Every second message is accepted and filed nowhere.
    ACCEPTED_LOST: Effect ["DLV-009"];
    /// A message to a device that is not registered is accepted.
    UNKNOWN_DEVICE_TAKEN: Check ["DLV-010"];
    /// A message to a device that is not registered is MAILBOX_FULL.
    UNKNOWN_DEVICE_CODE_WRONG: Code ["DLV-010"];
    /// The items of a mailbox are not counted.
    QUOTA_UNCOUNTED: Limit ["DLV-011"];
    /// A full mailbox is UNKNOWN_DEVICE.
    QUOTA_CODE_WRONG: Code ["DLV-011"];
    /// What is acknowledged still counts for the quota.
    QUOTA_NOT_FREED: Limit ["DLV-011", "DLV-009"];
    /// A payload may be longer than payload_len_max.
    PAYLOAD_UNLIMITED: Limit ["DLV-012"];
    /// A payload that is too long is MAILBOX_FULL.
    PAYLOAD_CODE_WRONG: Code ["DLV-012"];
    /// A class that is not in the registry is taken.
    CLASS_UNCHECKED: Check ["DLV-013"];
    /// A class that is not in the registry is UNKNOWN_DEVICE.
    CLASS_CODE_WRONG: Code ["DLV-013"];
    /// Outcomes of one record leave last first.
    OUTCOMES_REVERSED: Order ["DLV-014"];
    /// A refused number is free again.
    REFUSED_NUMBER_FREE: Effect ["DLV-015"];
    /// RATE uses the number up.
    RATE_CONSUMES: Effect ["DLV-016"];
    /// SENDs have no rate.
    SENDS_UNLIMITED: Limit ["DLV-017"];
    /// VOID of the next number is answered with ACCEPTED.
    VOID_AS_ACCEPTED: Code ["DLV-018"];
    /// VOID of the next number is not answered.
    VOID_UNANSWERED: Effect ["DLV-018"];
    /// VOID of a number that has an outcome is answered with VOIDED.
    VOID_OF_OLD_VOIDED: Effect ["DLV-019"];
    /// A SEND under a voided number is delivered.
    VOIDED_DELIVERED: Effect ["DLV-020"];
    /// Any number of SENDs may await their outcome.
    WINDOW_UNLIMITED: Limit ["DLV-045"];
    /// ERROR ends the session.
    ERROR_ENDS_SESSION: Effect ["ERR-001"];
    /// An error of session scope is told by ERROR, and the session goes on.
    SESSION_SCOPE_IN_ERROR: Effect ["ERR-002"];
    /// An error on one session ends the other sessions.
    ERROR_ENDS_OTHERS: Leak ["ERR-004"];
    /// ERROR names another frame type.
    ERROR_TYPE_WRONG: Effect ["ERR-005"];
    /// ERROR has no subject.
    ERROR_SUBJECT_MISSING: Effect ["ERR-006"];
}
