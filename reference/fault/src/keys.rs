//! Faults of the key directory.

faults! {
    /// KEYS tells one one-time KeyPackage fewer than there are.
    STOCK_COUNT_WRONG: Effect ["KEY-001"];
    /// The set digest is over the references as they came, not sorted.
    SET_DIGEST_UNSORTED: Order ["KEY-001"];
    /// KEYS tells of no last resort.
    LAST_RESORT_UNTOLD: Effect ["KEY-001"];
    /// A KEYS_PUBLISH without KeyPackages is refused.
    EMPTY_PUBLISH_REFUSED: Check ["KEY-001"];
    /// A KeyPackage that is published again is stored a second time.
    REPEATED_STORED_TWICE: Effect ["KEY-002", "KEY-005"];
    /// A KeyPackage that was taken is stored again.
    TAKEN_FORGOTTEN: Effect ["KEY-003", "KEY-005"];
    /// A claim leaves out the last device of the list.
    LAST_DEVICE_LEFT_OUT: Effect ["KEY-004"];
    /// A claim at the own account takes a KeyPackage of the asking device.
    OWN_DEVICE_GIVEN: Effect ["KEY-004"];
    /// CLAIMEDs come last device first.
    CLAIMED_REVERSED: Order ["KEY-004"];
    /// CLAIMED tells one more to follow than there are.
    CLAIMED_LEFT_WRONG: Effect ["KEY-004"];
    /// CLAIMEDs come without the list.
    CLAIMED_WITHOUT_LIST: Effect ["KEY-004"];
    /// A one-time KeyPackage stays when it is given.
    ONE_TIME_STAYS: Effect ["KEY-005", "KEY-001"];
    /// What was taken is kept in mind only: a restart gives it again.
    TAKEN_UNSTORED: Durability ["KEY-006", "KEY-003"];
    /// The last resort is given before the one-time stock.
    LAST_RESORT_FIRST: Order ["KEY-007"];
    /// A KeyPackage of last resort is not marked.
    LAST_RESORT_UNMARKED: Effect ["KEY-007"];
    /// A one-time KeyPackage is marked as of last resort.
    ONE_TIME_MARKED: Effect ["KEY-007"];
    /// A KeyPackage of last resort is given once.
    LAST_RESORT_CONSUMED: Effect ["KEY-007"];
    /// A device that has no KeyPackage has no CLAIMED.
    NOTHING_UNTOLD: Effect ["KEY-008", "KEY-004"];
    /// The signature of a KeyPackage is not verified.
    PACKAGE_SIGNATURE_UNCHECKED: Check ["KEY-009"];
    /// The signature of the leaf is not verified.
    LEAF_SIGNATURE_UNCHECKED: Check ["KEY-009"];
    /// A KeyPackage may be another device's.
    PACKAGE_DEVICE_UNCHECKED: Check ["KEY-009"];
    /// A KeyPackage may be another account's.
    PACKAGE_ACCOUNT_UNCHECKED: Check ["KEY-009"];
    /// The leaf may have another signature key than its certificate.
    SIGNATURE_KEY_UNCHECKED: Check ["KEY-009"];
    /// The init key may be the leaf's encryption key.
    KEYS_ALIKE_TAKEN: Check ["KEY-009"];
    /// A public key may have any length.
    KEY_LEN_UNCHECKED: Check ["KEY-009"];
    /// A KeyPackage may be of any suite.
    PACKAGE_SUITE_UNCHECKED: Check ["KEY-009"];
    /// A KeyPackage may be over.
    PACKAGE_OVER_TAKEN: Check ["KEY-009"];
    /// A KeyPackage may begin at any time.
    PACKAGE_EARLY_TAKEN: Check ["KEY-009"];
    /// A KeyPackage may live for ever.
    PACKAGE_LIFETIME_UNLIMITED: Limit ["KEY-009"];
    /// A one-time KeyPackage may say that it is of last resort.
    ONE_TIME_AS_LAST_RESORT: Check ["KEY-009"];
    /// A KeyPackage of last resort need not say so.
    LAST_RESORT_UNSAID: Check ["KEY-009"];
    /// An MLSMessage around a KeyPackage is taken off.
    MLS_MESSAGE_TAKEN: Check ["KEY-009"];
    /// Octets behind a KeyPackage are dropped.
    PACKAGE_TAIL_TAKEN: Check ["KEY-009"];
    /// Of a frame with a bad KeyPackage the others are stored.
    BAD_FRAME_HALF_STORED: Effect ["KEY-009"];
    /// A KeyPackage that does not hold is KEYS_FULL.
    PACKAGE_INVALID_CODE_WRONG: Code ["KEY-009"];
    /// A stock has no bound.
    KEYS_UNLIMITED: Limit ["KEY-010"];
    /// A stock is filled up with a part of the frame that is refused.
    FULL_HALF_STORED: Effect ["KEY-010"];
    /// A stock beyond its bound is KEY_PACKAGE_INVALID.
    KEYS_FULL_CODE_WRONG: Code ["KEY-010"];
    /// KEYS_LOW is never filed.
    KEYS_LOW_MISSING: Effect ["KEY-011"];
    /// KEYS_LOW is filed at each claim below the mark.
    KEYS_LOW_EACH_TIME: Effect ["KEY-011"];
    /// KEYS_LOW is filed once in the life of a device.
    KEYS_LOW_ONCE_EVER: Effect ["KEY-011"];
    /// KEYS_LOW is filed below the mark, and not at it.
    KEYS_LOW_LATE: Time ["KEY-011"];
    /// KEYS_LOW counts the KeyPackage that was taken.
    KEYS_LOW_COUNT_WRONG: Effect ["KEY-011"];
    /// A one-time KeyPackage that is over is given.
    EXPIRED_GIVEN: Time ["KEY-012"];
    /// A KeyPackage of last resort that is over is given.
    EXPIRED_LAST_RESORT_GIVEN: Time ["KEY-012"];
    /// Claims are not counted.
    CLAIMS_UNLIMITED: Limit ["KEY-013"];
    /// A claim that is answered with RATE takes KeyPackages.
    RATE_TAKES: Effect ["KEY-013"];
    /// The RATE of a claim has no subject.
    CLAIM_RATE_SUBJECT_MISSING: Effect ["KEY-013"];
    /// A claim gets what there is, whatever suite it names.
    CLAIM_SUITE_IGNORED: Check ["KEY-014"];
    /// The KeyPackages of a device that is removed stay.
    REMOVED_KEYS_STAY: Effect ["KEY-015"];
    /// Another KeyPackage of last resort is dropped.
    OLD_LAST_RESORT_STAYS: Effect ["KEY-016"];
    /// KEYS is answered some time before the KeyPackages are stored.
    KEYS_UNSTORED: Durability ["KEY-017"];
    /// The devices of a claimed account get an EPHEMERAL from the one that claims.
    CLAIM_TOLD: Leak ["KEY-019"];
}
