//! Faults of device lists and of linking.

faults! {
    /// DEVICE_LIST has another last octet than the list that was published.
    LIST_ANSWER_CHANGED: Effect ["DEV-001", "DEV-003"];
    /// DEVICE_LIST names another request.
    LIST_REQUEST_WRONG: Effect ["DEV-001", "DEV-010"];
    /// A list may have any version.
    LIST_VERSION_UNCHECKED: Check ["DEV-002"];
    /// A list may have any digest as its previous one.
    LIST_PREVIOUS_UNCHECKED: Check ["DEV-002"];
    /// A list that does not follow is LIST_INVALID.
    LIST_STALE_CODE_WRONG: Code ["DEV-002", "DEV-008"];
    /// The list in force is LIST_STALE when it is published again.
    LIST_REPEAT_STALE: Check ["DEV-003"];
    /// The signature of a list is not verified.
    LIST_SIGNATURE_UNCHECKED: Check ["DEV-004"];
    /// A list that does not hold is LIST_STALE.
    LIST_INVALID_CODE_WRONG: Code ["DEV-004", "DEV-005", "DEV-006", "DEV-007", "DEV-021"];
    /// A list may be another account's.
    LIST_ACCOUNT_UNCHECKED: Check ["DEV-005"];
    /// The devices of a list may come in any order.
    LIST_ORDER_UNCHECKED: Check ["DEV-006"];
    /// A list may name a device twice.
    LIST_TWICE_TAKEN: Check ["DEV-006"];
    /// A list may name any device.
    LIST_DEVICE_UNCHECKED: Check ["DEV-007"];
    /// A list of the version in force takes its place.
    RACE_TWO_WINNERS: Effect ["DEV-008", "DEV-002"];
    /// DEVICE_LIST is answered some time before the list is stored.
    LIST_UNSTORED: Durability ["DEV-009"];
    /// DEVICE_LIST_QUERY gives the list before the one in force.
    QUERY_OLDER_LIST: Effect ["DEV-010"];
    /// DEVICE_LIST_QUERY knows the own account only.
    QUERY_OWN_ONLY: Check ["DEV-010"];
    /// DEVICE_LIST_QUERY of an account without a list is LIST_STALE.
    UNKNOWN_ACCOUNT_CODE_WRONG: Code ["DEV-011"];
    /// An account that has devices and no list is UNAVAILABLE.
    LISTLESS_TOLD_APART: Leak ["DEV-011"];
    /// A CLAIM at an account without a list is answered with RATE.
    LISTLESS_CLAIM_RATE: Check ["DEV-011"];
    /// A device that a list leaves out stays in the account.
    LEFT_OUT_STAYS: Effect ["DEV-012"];
    /// A device that a list leaves out is struck from DEVICES only.
    LEFT_OUT_REACHABLE: Effect ["DEV-012"];
    /// A device that no list named is removed.
    UNLISTED_REMOVED: Effect ["DEV-013"];
    /// LINK_OFFER tells twice link_s.
    LINK_OFFER_LONG: Limit ["DEV-014"];
    /// LINK_OFFER tells that nothing is left.
    LINK_OFFER_OVER: Time ["DEV-014"];
    /// LINK_OPEN is UNAVAILABLE.
    LINK_OPEN_REFUSED: Check ["DEV-014"];
    /// A device that never asked is linked.
    UNASKED_LINKED: Check ["DEV-015"];
    /// A device whose offer is over is linked.
    OVER_LINKED: Time ["DEV-015"];
    /// A device that is registered is linked.
    REGISTERED_LINKED: Check ["DEV-015"];
    /// An offer is not used up.
    OFFER_USED_TWICE: Effect ["DEV-015"];
    /// An approval without an offer is DEVICE_LIMIT.
    LINK_OVER_CODE_WRONG: Code ["DEV-015"];
    /// An approval takes the device and not the list.
    DEVICE_WITHOUT_LIST: Effect ["DEV-016"];
    /// An approval takes the list and not the device.
    LIST_WITHOUT_DEVICE: Effect ["DEV-016"];
    /// The list of an approval that is LINK_OVER is set.
    REFUSED_LIST_SET: Effect ["DEV-016", "DEV-015"];
    /// The session that waits is not told that its device was linked.
    WAITING_UNTOLD: Effect ["DEV-017"];
    /// The session that waits gets REGISTERED and goes on.
    LINKED_NOT_CLOSED: Effect ["DEV-017"];
    /// The session that waits ends with DEVICE_GONE.
    LINKED_CODE_WRONG: Code ["DEV-017"];
    /// REGISTERED names the device as its account.
    LINKED_ACCOUNT_WRONG: Effect ["DEV-017"];
    /// The signature of a certificate is not verified where another device brings it.
    OTHER_SIGNATURE_UNCHECKED: Check ["DEV-020", "KEY-009"];
    /// A certificate may be over where another device brings it.
    OTHER_EXPIRY_UNCHECKED: Check ["DEV-020", "KEY-009"];
    /// A certificate that another device brings may name what its keys do not give.
    OTHER_UNDERIVED_TAKEN: Check ["DEV-020", "KEY-009"];
    /// The certificate of an approval may be another account's.
    LINK_ACCOUNT_UNCHECKED: Check ["DEV-020"];
    /// An approval whose certificate does not hold is LIST_INVALID.
    LINK_CERTIFICATE_CODE_WRONG: Code ["DEV-020"];
    /// The list of an approval need not name the device.
    LINK_UNLISTED_TAKEN: Check ["DEV-021"];
    /// A full account takes a device that is linked.
    LINK_LIMIT_IGNORED: Limit ["DEV-022"];
    /// An approval for a full account is LINK_OVER.
    LINK_LIMIT_CODE_WRONG: Code ["DEV-022"];
    /// A restart forgets offers.
    OFFER_FORGOTTEN: Durability ["DEV-023"];
    /// LINK_OPEN of a registered device is answered with ERROR.
    REGISTERED_LINK_OPEN: Check ["DEV-025"];
    /// A frame that an unregistered device may not send is answered as LINK_OPEN is.
    UNREGISTERED_ANSWERED: Check ["DEV-026"];
}
