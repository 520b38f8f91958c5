//! Faults of the preface and of the secure channel.

faults! {
    /// The HANDSHAKE record lacks its kind.
    HANDSHAKE_KIND_MISSING: Effect ["INV-003"];
    /// REJECT leaves its last octet out.
    REJECT_SHORT: Effect ["INV-004"];
    /// A malformed preface ends the connection without REJECT.
    PREFACE_REFUSED_SILENTLY: Effect ["CHN-001"];
    /// The magic is not compared.
    MAGIC_UNCHECKED: Check ["CHN-001"];
    /// Of the magic only the first three octets are compared.
    MAGIC_HALF_COMPARED: Check ["INV-001"];
    /// A record that ends behind a version that is not spoken is BAD_PREFACE.
    VERSION_BEHIND_THE_REST: Order ["INV-002"];
    /// A malformed preface is refused with BAD_HANDSHAKE.
    PREFACE_CODE_WRONG: Code ["CHN-001"];
    /// A version that is not spoken is refused with BAD_PREFACE.
    VERSION_CODE_WRONG: Code ["CHN-002"];
    /// REJECT names a version that is not spoken as the highest.
    HIGHEST_VERSION_WRONG: Effect ["CHN-002"];
    /// A version that is not spoken is taken for version 1.
    VERSION_UNCHECKED: Check ["CHN-002"];
    /// A suite that is not spoken is taken for suite 1.
    SUITE_UNCHECKED: Check ["CHN-003"];
    /// A suite that is not spoken is refused with UNSUPPORTED_PATTERN.
    SUITE_CODE_WRONG: Code ["CHN-003"];
    /// A pattern that is not spoken is taken for XX.
    PATTERN_UNCHECKED: Check ["CHN-004"];
    /// A pattern that is not spoken is refused with UNSUPPORTED_SUITE.
    PATTERN_CODE_WRONG: Code ["CHN-004"];
    /// The prologue leaves the preface out.
    PROLOGUE_WITHOUT_PREFACE: Check ["CHN-005"];
    /// The prologue leaves the realm out.
    PROLOGUE_WITHOUT_REALM: Check ["CHN-005"];
    /// An IK message that cannot be opened ends the connection.
    RETRY_MISSING: Effect ["CHN-006"];
    /// An IK message that cannot be opened is answered with REJECT.
    RETRY_AS_REJECT: Code ["CHN-006"];
    /// After RETRY the prologue is that of a first opening.
    RETRY_PROLOGUE_PLAIN: Check ["CHN-008"];
    /// After RETRY a second IK message gets a second RETRY.
    RETRY_TWICE: Check ["CHN-009"];
    /// The payload of the second XX message holds a second frame.
    CERTIFICATE_ACCOMPANIED: Effect ["CHN-010"];
    /// A record that does not open is passed over.
    FORGED_RECORD_SKIPPED: Check ["CHN-013"];
    /// A record that does not open is answered with CLOSE.
    FORGED_RECORD_ANSWERED: Effect ["CHN-013"];
    /// A first flight that ends within a frame is taken up to there.
    FLIGHT_TORN_TAKEN: Check ["CHN-014", "FRM-003"];
    /// A route token that was not issued is refused.
    ROUTE_TOKEN_REFUSED: Check ["CHN-016"];
    /// A route token above 32 octets is refused.
    ROUTE_TOKEN_TOO_SHORT: Limit ["CHN-016"];
    /// The signature of the edge's certificate is wrong.
    CERTIFICATE_FORGED: Effect ["CHN-019"];
    /// The edge's certificate names another key.
    CERTIFICATE_OF_ANOTHER: Effect ["CHN-019"];
    /// A first XX message may have a payload.
    XX_LENGTH_UNCHECKED: Check ["CHN-020"];
    /// A first XX message of a wrong length is refused with BAD_PREFACE.
    XX_LENGTH_CODE_WRONG: Code ["CHN-020"];
    /// A third XX message that does not open is answered with REJECT.
    PROOF_FAILURE_ANSWERED: Effect ["CHN-021"];
    /// A Diffie-Hellman result of zeros is used.
    ZERO_SECRET_TAKEN: Check ["CHN-022"];
}

/// Whether the channel has to outlive a record that does not open, for one of the faults above.
#[must_use]
pub fn is_forged_survived() -> bool {
    FORGED_RECORD_SKIPPED.is_on() || FORGED_RECORD_ANSWERED.is_on()
}
