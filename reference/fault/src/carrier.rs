//! Faults of the carriers.

faults! {
    /// The length before a record on TCP is little-endian.
    TCP_LENGTH_REVERSED: Effect ["CAR-001"];
    /// A record is sent in two WebSocket messages.
    WS_RECORD_SPLIT: Effect ["CAR-005"];
    /// A record of length zero on TCP is passed over.
    TCP_ZERO_LENGTH_TAKEN: Check ["CAR-002"];
    /// An empty WebSocket message is passed over.
    WS_EMPTY_TAKEN: Check ["CAR-002"];
    /// The WebSocket is served at any path.
    WS_PATH_ANY: Check ["CAR-012"];
    /// The WebSocket is served without the subprotocol.
    WS_SUBPROTOCOL_UNCHECKED: Check ["CAR-014"];
    /// The answer to the upgrade does not name the subprotocol.
    WS_SUBPROTOCOL_UNTOLD: Effect ["CAR-004"];
    /// Another path is answered with status 400.
    WS_PATH_STATUS_WRONG: Code ["CAR-012"];
    /// A request that is no upgrade is answered with status 404.
    WS_PLAIN_STATUS_WRONG: Code ["CAR-013"];
    /// An upgrade without the subprotocol is answered with status 404.
    WS_SUBPROTOCOL_STATUS_WRONG: Code ["CAR-014"];
    /// A message that is too long ends the connection with status 1002.
    WS_LENGTH_STATUS_WRONG: Code ["CAR-015"];
    /// A message may be twice as long as a record.
    WS_LENGTH_UNCHECKED: Limit ["CAR-015"];
    /// After the last record the WebSocket is closed with status 1001.
    WS_END_STATUS_WRONG: Code ["CAR-016"];
    /// After the last record the connection ends without a WebSocket close.
    WS_END_SILENT: Effect ["CAR-016"];
    /// A text message is taken for a binary one.
    WS_TEXT_TAKEN: Check ["CAR-006"];
    /// A text message ends the connection with status 1002.
    WS_TEXT_STATUS_WRONG: Code ["CAR-006"];
    /// The answer to the upgrade takes an offer of compression.
    WS_COMPRESSION_TAKEN: Effect ["CAR-007"];
    /// A handshake has all the time of the world.
    HANDSHAKE_UNTIMED: Time ["CAR-008"];
    /// A handshake that takes too long is told so.
    HANDSHAKE_TIMEOUT_TOLD: Effect ["CAR-008"];
    /// A record that comes in two segments breaks the connection.
    TCP_SEGMENTS_REFUSED: Check ["CAR-010"];
    /// Of two records with frames that come in one segment the second is lost.
    TCP_SECOND_RECORD_LOST: Effect ["CAR-010"];
    /// A connection whose carrier breaks takes the server down.
    BREAK_ENDS_ALL: Effect ["CAR-011"];
}
