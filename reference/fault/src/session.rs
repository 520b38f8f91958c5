//! Faults of a session: its first flight, its credit, its aliases, its end.

faults! {
    /// A PING comes before WELCOME.
    WELCOME_NOT_FIRST: Order ["SES-003"];
    /// A first flight may hold any frame; what it may not hold is dropped.
    EARLY_FRAME_TAKEN: Check ["SES-004"];
    /// A frame that a first flight may not hold is OUT_OF_STATE.
    EARLY_FRAME_CODE_WRONG: Code ["SES-004"];
    /// A first flight may hold any number of SENDs.
    EARLY_SENDS_UNLIMITED: Limit ["SES-005"];
    /// A hello_counter that was used may be used again.
    COUNTER_REPEATED_TAKEN: Check ["SES-006", "CHN-018"];
    /// A hello_counter below the stored one is taken.
    COUNTER_LOWER_TAKEN: Check ["SES-006"];
    /// STALE_HELLO does not tell the stored counter.
    COUNTER_UNTOLD: Effect ["SES-006"];
    /// The hello_counter is not stored.
    COUNTER_NOT_STORED: Durability ["SES-007", "SES-006"];
    /// Versions above that of the preface are a downgrade, spoken or not.
    DOWNGRADE_SUSPECTED: Check ["SES-011"];
    /// Every WELCOME carries the same session_epoch.
    EPOCH_TOLD_THE_SAME: Effect ["SES-008"];
    /// `handled` is one too low.
    HANDLED_TOO_LOW: Effect ["SES-009"];
    /// `handled` is what the client says that is settled.
    HANDLED_ECHOED: Effect ["SES-009"];
    /// WELCOME lists no exceptions.
    EXCEPTIONS_MISSING: Effect ["SES-010"];
    /// WELCOME lists exceptions that are settled, too.
    EXCEPTIONS_SETTLED_TOLD: Effect ["SES-010"];
    /// WELCOME lists the highest exception first.
    EXCEPTIONS_FALLING: Order ["SES-010"];
    /// A list of exceptions that is too long for WELCOME is not cut, and no WELCOME comes.
    EXCEPTIONS_UNCUT: Limit ["SES-010"];
    /// Of more exceptions than WELCOME can list it lists the highest.
    EXCEPTIONS_HIGHEST: Order ["SES-010"];
    /// WELCOME leaves voided numbers out of its exceptions.
    EXCEPTIONS_WITHOUT_VOIDED: Effect ["SES-010"];
    /// A session is never closed because it is not confirmed.
    CONFIRM_UNTIMED: Time ["SES-013"];
    /// A session that is not confirmed in time ends without CLOSE.
    CONFIRM_TIMEOUT_SILENT: Effect ["SES-013"];
    /// The older session ends as soon as the newer one is welcomed.
    TAKEOVER_UNCONFIRMED: Time ["SES-014"];
    /// The older session stays beside the newer one.
    TAKEOVER_MISSING: Effect ["SES-015"];
    /// The older session is closed with REPLACED.
    TAKEOVER_CODE_WRONG: Code ["SES-015"];
    /// A CLOSE of an unknown code is not heard.
    UNKNOWN_CLOSE_IGNORED: Effect ["ERR-003", "SES-027"];
    /// What an older session sends is handled after the newer HELLO.
    OLDER_UNFENCED: Check ["SES-016"];
    /// The cursor of HELLO deletes before the session is confirmed.
    EARLY_CURSOR_APPLIED: Time ["SES-017"];
    /// PING is not answered.
    PING_UNANSWERED: Effect ["SES-018"];
    /// PONG carries another token.
    PONG_TOKEN_WRONG: Effect ["SES-018"];
    /// A silent session is never closed.
    IDLE_UNTIMED: Time ["SES-019"];
    /// A session is closed as idle although records come.
    IDLE_DESPITE_RECORDS: Time ["SES-019"];
    /// A silent session ends without CLOSE.
    IDLE_SILENT: Effect ["SES-019"];
    /// The client's credit is not kept.
    CREDIT_IGNORED: Limit ["SES-020"];
    /// The client's credit of octets is not kept.
    CREDIT_BYTES_IGNORED: Limit ["SES-020"];
    /// A client that sends beyond its credit is not closed on.
    OVERSPENT_TAKEN: Check ["SES-021"];
    /// A CREDIT that lowers a limit is taken.
    LOWERED_TAKEN: Check ["SES-022"];
    /// A CREDIT that lowers a limit is OUT_OF_STATE.
    LOWERED_CODE_WRONG: Code ["SES-022"];
    /// Credit is never raised.
    CREDIT_NOT_RAISED: Effect ["SES-023"];
    /// Credit is raised at half of the grant only, though the longest frame needs more than is left.
    LONG_FRAME_STUCK: Effect ["SES-023"];
    /// A second HELLO is dropped.
    SECOND_HELLO_TAKEN: Check ["SES-024"];
    /// A frame that only a server sends is dropped.
    SERVER_FRAME_TAKEN: Check ["SES-025"];
    /// A frame that only a server sends is EARLY_FORBIDDEN.
    SERVER_FRAME_CODE_WRONG: Code ["SES-025"];
    /// A PING follows CLOSE.
    FRAME_AFTER_CLOSE: Order ["SES-026"];
    /// CLOSE is not heard.
    CLOSE_IGNORED: Effect ["SES-027"];
    /// A server that stops sends no GOAWAY.
    GOAWAY_MISSING: Effect ["SES-028"];
    /// During the drain time SENDs are not handled.
    DRAIN_DROPS_SENDS: Effect ["SES-029"];
    /// When the drain time is over the connection ends without CLOSE.
    DRAIN_END_SILENT: Effect ["SES-030"];
    /// When the drain time is over the server closes with IDLE.
    DRAIN_CODE_WRONG: Code ["SES-030"];
    /// A SEND under an alias that was not bound is dropped.
    ALIAS_UNBOUND_TAKEN: Check ["SES-031"];
    /// An alias that was not bound is OUT_OF_STATE.
    ALIAS_UNBOUND_CODE_WRONG: Code ["SES-031"];
    /// An alias at alias_max is bound.
    ALIAS_MAX_UNCHECKED: Limit ["SES-032"];
    /// An alias that is bound stays bound.
    ALIAS_NOT_REBOUND: Effect ["SES-033"];
    /// The BIND of an alias is not sent.
    BIND_MISSING: Effect ["SES-034"];
    /// The BIND of an alias follows its first use.
    BIND_LATE: Order ["SES-034"];
    /// A cursor in HELLO above mailbox_last is taken.
    CURSOR_BEYOND_TAKEN: Check ["SES-035"];
    /// Over IK, WELCOME follows the handshake in a record of its own.
    WELCOME_BEHIND_HANDSHAKE: Time ["SES-039"];
    /// What the mailbox holds when a session opens is not sent.
    MAILBOX_NOT_SENT: Effect ["SES-040", "DLV-025"];
    /// The SENDs of a first flight are dropped.
    EARLY_SENDS_DROPPED: Effect ["SES-041"];
    /// WELCOME grants less credit than a first flight may use.
    FIRST_CREDIT_SHORT: Limit ["SES-045"];
    /// Of two sessions that race the one that is confirmed last stays.
    LAST_CONFIRMED_STAYS: Effect ["SES-042"];
    /// A fenced session lives on when the newer one ends unconfirmed.
    FENCED_LIVES_ON: Effect ["SES-046"];
}
