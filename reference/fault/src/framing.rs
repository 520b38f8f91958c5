//! Faults of the grammar: what a decoder must refuse, skip and tell.

faults! {
    /// PONG has a length that is not minimal.
    LENGTH_NOT_MINIMAL: Effect ["FRM-001"];
    /// A varint that is not minimal is taken.
    NOT_MINIMAL_TAKEN: Check ["FRM-002"];
    /// A varint that is not minimal is UNKNOWN_FRAME.
    NOT_MINIMAL_CODE_WRONG: Code ["FRM-002"];
    /// A frame that runs past its record is dropped.
    LONG_FRAME_TAKEN: Check ["FRM-003"];
    /// A record that ends within a frame's type or length is taken up to there.
    TORN_HEAD_TAKEN: Check ["INV-005"];
    /// A body that ends within an extension is taken.
    TORN_EXTENSION_TAKEN: Check ["INV-006"];
    /// A body that ends within a field is taken.
    SHORT_BODY_TAKEN: Check ["FRM-004"];
    /// Octets that remain within a field or an extension are taken.
    TRAILING_TAKEN: Check ["FRM-005"];
    /// Extensions may come in any order.
    EXTENSION_ORDER_UNCHECKED: Check ["FRM-006"];
    /// An extension may come twice.
    EXTENSION_TWICE_TAKEN: Check ["FRM-006"];
    /// Extensions that do not rise are UNKNOWN_EXTENSION.
    EXTENSION_ORDER_CODE_WRONG: Code ["FRM-006"];
    /// A frame of unknown even type is skipped.
    EVEN_FRAME_SKIPPED: Check ["FRM-007"];
    /// A frame of unknown even type is MALFORMED.
    EVEN_FRAME_CODE_WRONG: Code ["FRM-007"];
    /// A frame of unknown odd type is refused.
    ODD_FRAME_REFUSED: Check ["FRM-008"];
    /// An unknown even extension is skipped.
    EVEN_EXTENSION_SKIPPED: Check ["FRM-009"];
    /// An unknown even extension is MALFORMED.
    EVEN_EXTENSION_CODE_WRONG: Code ["FRM-009"];
    /// An unknown odd extension is refused.
    ODD_EXTENSION_REFUSED: Check ["FRM-010"];
    /// A value over its maximum is taken.
    OVER_LIMIT_TAKEN: Check ["FRM-011"];
    /// A value over its maximum is MALFORMED.
    OVER_LIMIT_CODE_WRONG: Code ["FRM-011"];
    /// A value under its minimum is taken.
    UNDER_LIMIT_TAKEN: Check ["FRM-012"];
    /// A value under its minimum is LIMIT_EXCEEDED.
    UNDER_LIMIT_CODE_WRONG: Code ["FRM-012"];
    /// Text need not be UTF-8.
    UTF8_UNCHECKED: Check ["FRM-013"];
    /// Frame type 0 is skipped.
    TYPE_ZERO_SKIPPED: Check ["FRM-014"];
    /// Frame type 0 is UNKNOWN_FRAME.
    TYPE_ZERO_CODE_WRONG: Code ["FRM-014"];
    /// Frames behind an error are handled all the same.
    HANDLED_AFTER_ERROR: Order ["FRM-016"];
    /// Frames before an error are dropped with it.
    DROPPED_BEFORE_ERROR: Order ["FRM-016"];
    /// A frame of unknown even type that runs past its record is MALFORMED.
    LATER_ERROR_TOLD: Order ["FRM-019"];
    /// Of two wrong frames the second is told.
    SECOND_FRAME_TOLD: Order ["FRM-019"];
    /// An extension's type is looked up before it is held against the one before it.
    EXTENSION_LOOKED_UP_FIRST: Order ["FRM-019"];
    /// A length that is not minimal is told before a type that is unknown.
    LENGTH_BEFORE_TYPE: Order ["FRM-019"];
    /// A varint is held against its bounds before its form.
    BOUNDS_BEFORE_FORM: Order ["FRM-019"];
    /// The extensions are read before the fields.
    EXTENSIONS_BEFORE_FIELDS: Order ["FRM-019"];
    /// The octets that a length announces are missed before the length is held against its maximum.
    MISSING_BEFORE_BOUNDS: Order ["FRM-019"];
    /// Room for what a length announces is made before it is held against its maximum; a peer can ask for too much.
    ROOM_BEFORE_BOUNDS: Order ["FRM-015"];
    /// A record without frames is refused.
    EMPTY_RECORD_REFUSED: Check ["FRM-017"];
    /// CLOSE does not tell where an error of the grammar was.
    PLACE_UNTOLD: Effect ["FRM-018"];
    /// CLOSE tells the octet behind the first bad one.
    PLACE_WRONG: Effect ["FRM-018"];
    /// CLOSE tells an offset for what is no error of the grammar.
    PLACE_TOLD_ALWAYS: Effect ["FRM-020"];
    /// A value that a closed enumeration does not have is taken.
    CLOSED_VALUE_TAKEN: Check ["FRM-021"];
    /// A value that a closed enumeration does not have is LIMIT_EXCEEDED.
    CLOSED_VALUE_CODE_WRONG: Code ["FRM-021"];
    /// An unknown profile in HELLO is refused.
    UNKNOWN_PROFILE_REFUSED: Check ["EXT-001"];
    /// An unknown limit in HELLO is refused.
    UNKNOWN_LIMIT_REFUSED: Check ["EXT-001"];
    /// No GREASE is sent.
    GREASE_WITHHELD: Effect ["EXT-002"];
}
