//! Every limit, timer and window of the protocol: its id, its default and the range that may be advertised.
//!
//! `spec/data/limits.toml` is the source and gives the reason of each number; a test holds this file against it.

/// One limit. The unit stands in the name (`_ms`, `_s`, `_len`, `_count`); a bare name counts things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The id in the `limits` extension of HELLO and WELCOME.
    pub id: u64,
    /// The name in `spec/data/limits.toml`.
    pub name: &'static str,
    /// The value while nothing else was advertised.
    pub default: u64,
    /// The lowest value that may be advertised (LIM-003).
    pub min: u64,
    /// The highest value that may be advertised (LIM-003).
    pub max: u64,
}

/// The longest record, in octets: the longest Noise message.
pub const RECORD_LEN: usize = 65_535;
/// The longest payload of SEND and DELIVER, in octets: it fits one record beside HELLO in the first flight.
pub const PAYLOAD_LEN: usize = 61_440;
/// The longest payload of EPHEMERAL, in octets.
pub const EPHEMERAL_LEN: usize = 4_096;
/// The longest route token, in octets: it fits one packet beside the first handshake message.
pub const ROUTE_TOKEN_LEN: usize = 64;
/// The longest KeyPackage, in octets: 16 of them and one of last resort fit one record.
pub const KEY_PACKAGE_LEN: usize = 3_072;
/// The most KeyPackages of one KEYS_PUBLISH, without that of last resort.
pub const KEY_PACKAGES: usize = 16;
/// The most stocks of one KEYS.
pub const STOCKS: usize = 8;
/// The most devices of one device list.
pub const LISTED_DEVICES: usize = 64;
/// The longest commit and the longest Welcome of one COMMIT, in octets; longer ones are staged.
pub const COMMIT_LEN: usize = 57_344;
/// The longest piece of one STAGE, in octets.
pub const STAGE_LEN: usize = 61_440;
/// The most devices that one commit adds, and the most that it removes.
pub const COMMIT_DEVICES: usize = 256;
/// The most entries of WELCOME's extension `exceptions`: what is longer is cut behind it (SES-010).
pub const EXCEPTIONS: usize = 256;

/// Limit 1, `payload_len_max`: a SEND must fit one Noise message beside HELLO in the first flight.
pub const PAYLOAD_LEN_MAX: Limit =
    Limit { id: 1, name: "payload_len_max", default: 61_440, min: 1_024, max: 61_440 };
/// Limit 2, `record_len_max`: the longest Noise message.
pub const RECORD_LEN_MAX: Limit =
    Limit { id: 2, name: "record_len_max", default: 65_535, min: 65_535, max: 65_535 };
/// Limit 3, `inflight_max`: how many of SEND, VOID, POST and COMMIT may await their outcome; never above outcome_cache.
pub const INFLIGHT_MAX: Limit = Limit { id: 3, name: "inflight_max", default: 256, min: 1, max: 4_096 };
/// Limit 4, `outcome_cache`: outcomes kept per device; at least inflight_max, so that dedup is exact.
pub const OUTCOME_CACHE: Limit = Limit { id: 4, name: "outcome_cache", default: 256, min: 16, max: 4_096 };
/// Limit 5, `early_send_max`: SENDs in a first flight, before the server's credit is known.
pub const EARLY_SEND_MAX: Limit = Limit { id: 5, name: "early_send_max", default: 16, min: 0, max: 64 };
/// Limit 6, `alias_max`: aliases lie below it; bounds 16 octets each per session and direction.
pub const ALIAS_MAX: Limit = Limit { id: 6, name: "alias_max", default: 1_024, min: 64, max: 16_384 };
/// Limit 7, `ack_ranges_max`: bounds the work of one ACK.
pub const ACK_RANGES_MAX: Limit = Limit { id: 7, name: "ack_ranges_max", default: 32, min: 32, max: 32 };
/// Limit 8, `idle_ms`: a session on which nothing was heard for so long is dead; below the binding time of common NATs.
pub const IDLE_MS: Limit = Limit { id: 8, name: "idle_ms", default: 300_000, min: 50, max: 3_600_000 };
/// Limit 9, `ping_ms`: after so much silence a client asks; at most half of idle_ms.
pub const PING_MS: Limit = Limit { id: 9, name: "ping_ms", default: 120_000, min: 25, max: 1_800_000 };
/// Limit 10, `handshake_ms`: from connection to complete handshake; bounds what silent peers hold.
pub const HANDSHAKE_MS: Limit = Limit { id: 10, name: "handshake_ms", default: 10_000, min: 50, max: 60_000 };
/// Limit 11, `confirm_ms`: from WELCOME to the client's first transport record.
pub const CONFIRM_MS: Limit = Limit { id: 11, name: "confirm_ms", default: 10_000, min: 50, max: 60_000 };
/// Limit 12, `drain_ms`: from GOAWAY to the end of the session.
pub const DRAIN_MS: Limit = Limit { id: 12, name: "drain_ms", default: 5_000, min: 0, max: 3_600_000 };
/// Limit 13, `retention_s`: how long an undelivered message is kept: 30 days.
pub const RETENTION_S: Limit =
    Limit { id: 13, name: "retention_s", default: 2_592_000, min: 1, max: 31_536_000 };
/// Limit 14, `mailbox_items_max`: items in one mailbox.
pub const MAILBOX_ITEMS_MAX: Limit =
    Limit { id: 14, name: "mailbox_items_max", default: 100_000, min: 1, max: 4_611_686_018_427_387_903 };
/// Limit 15, `mailbox_bytes_max`: payload octets in one mailbox.
pub const MAILBOX_BYTES_MAX: Limit = Limit {
    id: 15,
    name: "mailbox_bytes_max",
    default: 268_435_456,
    min: 65_536,
    max: 4_611_686_018_427_387_903,
};
/// Limit 16, `redelivery_max`: confirmed sessions in which the head of a mailbox is offered before it is given up: a poison message cannot hold a mailbox.
pub const REDELIVERY_MAX: Limit = Limit { id: 16, name: "redelivery_max", default: 64, min: 1, max: 65_535 };
/// Limit 17, `send_rate_per_s`: sustained SENDs of a device.
pub const SEND_RATE_PER_S: Limit =
    Limit { id: 17, name: "send_rate_per_s", default: 100, min: 1, max: 10_000_000 };
/// Limit 18, `send_burst`: SENDs at once above the sustained rate.
pub const SEND_BURST: Limit = Limit { id: 18, name: "send_burst", default: 1_000, min: 1, max: 10_000_000 };
/// Limit 19, `code_attempts_max`: with six digits a guess succeeds once in 200,000 registrations.
pub const CODE_ATTEMPTS_MAX: Limit = Limit { id: 19, name: "code_attempts_max", default: 5, min: 1, max: 16 };
/// Limit 20, `registration_s`: life of a registration.
pub const REGISTRATION_S: Limit = Limit { id: 20, name: "registration_s", default: 600, min: 1, max: 86_400 };
/// Limit 21, `registrations_per_number_per_h`: codes cost money and annoy people.
pub const REGISTRATIONS_PER_NUMBER_PER_H: Limit =
    Limit { id: 21, name: "registrations_per_number_per_h", default: 5, min: 1, max: 1_000_000 };
/// Limit 22, `code_len`: digits of a code.
pub const CODE_LEN: Limit = Limit { id: 22, name: "code_len", default: 6, min: 4, max: 12 };
/// Limit 23, `code_wait_ms`: from sending a code, or from a wrong one, to the next check.
pub const CODE_WAIT_MS: Limit = Limit { id: 23, name: "code_wait_ms", default: 500, min: 0, max: 60_000 };
/// Limit 24, `method_wait_ms`: from one sent code to the next, and from SMS to voice.
pub const METHOD_WAIT_MS: Limit =
    Limit { id: 24, name: "method_wait_ms", default: 30_000, min: 0, max: 3_600_000 };
/// Limit 25, `devices_per_account_max`: bounds device lists and fan-out.
pub const DEVICES_PER_ACCOUNT_MAX: Limit =
    Limit { id: 25, name: "devices_per_account_max", default: 16, min: 1, max: 64 };
/// Limit 26, `credit_count_initial`: what our peers grant at first; at least early_send_max.
pub const CREDIT_COUNT_INITIAL: Limit =
    Limit { id: 26, name: "credit_count_initial", default: 256, min: 16, max: 4_611_686_018_427_387_903 };
/// Limit 27, `credit_bytes_initial`: what our peers grant at first; at least one first flight.
pub const CREDIT_BYTES_INITIAL: Limit = Limit {
    id: 27,
    name: "credit_bytes_initial",
    default: 1_048_576,
    min: 65_536,
    max: 4_611_686_018_427_387_903,
};
/// Limit 28, `backoff_base_ms`: first reconnect waits a random time below it (full jitter).
pub const BACKOFF_BASE_MS: Limit =
    Limit { id: 28, name: "backoff_base_ms", default: 500, min: 1, max: 60_000 };
/// Limit 29, `backoff_cap_ms`: no reconnect waits longer.
pub const BACKOFF_CAP_MS: Limit =
    Limit { id: 29, name: "backoff_cap_ms", default: 300_000, min: 1, max: 3_600_000 };
/// Limit 30, `edge_certificate_s`: the longest life of an edge certificate that a client accepts is its maximum, 90 days.
pub const EDGE_CERTIFICATE_S: Limit =
    Limit { id: 30, name: "edge_certificate_s", default: 604_800, min: 60, max: 7_776_000 };
/// Limit 31, `ephemeral_len_max`: typing and presence are small.
pub const EPHEMERAL_LEN_MAX: Limit =
    Limit { id: 31, name: "ephemeral_len_max", default: 4_096, min: 4_096, max: 4_096 };
/// Limit 32, `write_stall_ms`: a peer that reads nothing for so long is shed.
pub const WRITE_STALL_MS: Limit =
    Limit { id: 32, name: "write_stall_ms", default: 10_000, min: 50, max: 600_000 };
/// Limit 34, `handshakes_per_address_per_s`: a handshake costs four scalar multiplications.
pub const HANDSHAKES_PER_ADDRESS_PER_S: Limit =
    Limit { id: 34, name: "handshakes_per_address_per_s", default: 1_000, min: 1, max: 10_000_000 };
/// Limit 35, `transport_records_max`: records under one key in one direction: 2^48, far below the nonce space.
pub const TRANSPORT_RECORDS_MAX: Limit = Limit {
    id: 35,
    name: "transport_records_max",
    default: 281_474_976_710_656,
    min: 1_024,
    max: 281_474_976_710_656,
};
/// Limit 36, `route_token_len_max`: fits one packet with the first handshake message.
pub const ROUTE_TOKEN_LEN_MAX: Limit =
    Limit { id: 36, name: "route_token_len_max", default: 64, min: 64, max: 64 };
/// Limit 37, `ephemeral_rate_per_s`: sustained EPHEMERALs of a session; one beyond it is dropped, for nobody misses it.
pub const EPHEMERAL_RATE_PER_S: Limit =
    Limit { id: 37, name: "ephemeral_rate_per_s", default: 50, min: 1, max: 10_000_000 };
/// Limit 38, `ephemeral_burst`: EPHEMERALs at once above the sustained rate.
pub const EPHEMERAL_BURST: Limit =
    Limit { id: 38, name: "ephemeral_burst", default: 100, min: 1, max: 10_000_000 };
/// Limit 39, `connections_per_address_max`: open connections of one address.
pub const CONNECTIONS_PER_ADDRESS_MAX: Limit =
    Limit { id: 39, name: "connections_per_address_max", default: 4_096, min: 1, max: 10_000_000 };
/// Limit 40, `key_packages_max`: one-time KeyPackages of one device and suite; a stock for days without the device.
pub const KEY_PACKAGES_MAX: Limit =
    Limit { id: 40, name: "key_packages_max", default: 100, min: 1, max: 1_000 };
/// Limit 41, `keys_low`: one-time KeyPackages left when KEYS_LOW is filed: time to publish before they are gone.
pub const KEYS_LOW: Limit = Limit { id: 41, name: "keys_low", default: 10, min: 1, max: 1_000 };
/// Limit 42, `claims_per_target_per_h`: claims of one account at another: nobody empties the stock of a stranger.
pub const CLAIMS_PER_TARGET_PER_H: Limit =
    Limit { id: 42, name: "claims_per_target_per_h", default: 60, min: 1, max: 1_000_000 };
/// Limit 43, `link_s`: how long an offer of LINK_OPEN stands: a person scans a code in that time.
pub const LINK_S: Limit = Limit { id: 43, name: "link_s", default: 300, min: 1, max: 3_600 };
/// Limit 44, `key_package_s_max`: the longest lifetime of a KeyPackage from now: 90 days.
pub const KEY_PACKAGE_S_MAX: Limit =
    Limit { id: 44, name: "key_package_s_max", default: 7_776_000, min: 3_600, max: 31_536_000 };
/// Limit 50, `epoch_window`: past epochs of a conversation whose messages are still taken: those that were under way while
/// commits came.
pub const EPOCH_WINDOW: Limit = Limit { id: 50, name: "epoch_window", default: 8, min: 0, max: 1_024 };
/// Limit 51, `roster_devices_max`: devices of one conversation; bounds fan-out.
pub const ROSTER_DEVICES_MAX: Limit =
    Limit { id: 51, name: "roster_devices_max", default: 1_024, min: 2, max: 65_536 };
/// Limit 52, `stage_len_max`: octets of a staged commit and its Welcome; a Welcome grows with the devices it is for.
pub const STAGE_LEN_MAX: Limit =
    Limit { id: 52, name: "stage_len_max", default: 1_048_576, min: 65_536, max: 16_777_216 };
/// Limit 53, `entry_part_len`: octets of an entry in one item; a longer entry is cut.
pub const ENTRY_PART_LEN: Limit =
    Limit { id: 53, name: "entry_part_len", default: 61_440, min: 1_024, max: 61_440 };
/// Limit 54, `content_len_max`: a padded content; with the padding of an MLS library and its framing around it a POST is within
/// payload_len_max.
pub const CONTENT_LEN_MAX: Limit =
    Limit { id: 54, name: "content_len_max", default: 49_152, min: 49_152, max: 49_152 };
/// Limit 55, `content_bucket_min`: the shortest padded content: most of what people say fits.
pub const CONTENT_BUCKET_MIN: Limit =
    Limit { id: 55, name: "content_bucket_min", default: 128, min: 128, max: 128 };
/// Limit 56, `content_text_len_max`: octets of a body, a caption, an offer, a preview; what is longer is a media.
pub const CONTENT_TEXT_LEN_MAX: Limit =
    Limit { id: 56, name: "content_text_len_max", default: 32_768, min: 32_768, max: 32_768 };
/// Limit 57, `content_name_len_max`: octets of a name, a locator, a media type, a sign.
pub const CONTENT_NAME_LEN_MAX: Limit =
    Limit { id: 57, name: "content_name_len_max", default: 255, min: 255, max: 255 };
/// Limit 58, `content_items_max`: entries of a list in a content; bounds what one content makes its reader do.
pub const CONTENT_ITEMS_MAX: Limit =
    Limit { id: 58, name: "content_items_max", default: 256, min: 256, max: 256 };
/// Limit 59, `heal_messages_max`: messages of a conversation under one own key: whoever stole it reads on until it is renewed.
pub const HEAL_MESSAGES_MAX: Limit =
    Limit { id: 59, name: "heal_messages_max", default: 100, min: 1, max: 1_000_000 };
/// Limit 60, `heal_s`: the longest life of an own key of a conversation that is in use: a week.
pub const HEAL_S: Limit = Limit { id: 60, name: "heal_s", default: 604_800, min: 60, max: 31_536_000 };

/// All limits, in the order of their ids.
pub const ALL: [Limit; 54] = [
    PAYLOAD_LEN_MAX,
    RECORD_LEN_MAX,
    INFLIGHT_MAX,
    OUTCOME_CACHE,
    EARLY_SEND_MAX,
    ALIAS_MAX,
    ACK_RANGES_MAX,
    IDLE_MS,
    PING_MS,
    HANDSHAKE_MS,
    CONFIRM_MS,
    DRAIN_MS,
    RETENTION_S,
    MAILBOX_ITEMS_MAX,
    MAILBOX_BYTES_MAX,
    REDELIVERY_MAX,
    SEND_RATE_PER_S,
    SEND_BURST,
    CODE_ATTEMPTS_MAX,
    REGISTRATION_S,
    REGISTRATIONS_PER_NUMBER_PER_H,
    CODE_LEN,
    CODE_WAIT_MS,
    METHOD_WAIT_MS,
    DEVICES_PER_ACCOUNT_MAX,
    CREDIT_COUNT_INITIAL,
    CREDIT_BYTES_INITIAL,
    BACKOFF_BASE_MS,
    BACKOFF_CAP_MS,
    EDGE_CERTIFICATE_S,
    EPHEMERAL_LEN_MAX,
    WRITE_STALL_MS,
    HANDSHAKES_PER_ADDRESS_PER_S,
    TRANSPORT_RECORDS_MAX,
    ROUTE_TOKEN_LEN_MAX,
    EPHEMERAL_RATE_PER_S,
    EPHEMERAL_BURST,
    CONNECTIONS_PER_ADDRESS_MAX,
    KEY_PACKAGES_MAX,
    KEYS_LOW,
    CLAIMS_PER_TARGET_PER_H,
    LINK_S,
    KEY_PACKAGE_S_MAX,
    EPOCH_WINDOW,
    ROSTER_DEVICES_MAX,
    STAGE_LEN_MAX,
    ENTRY_PART_LEN,
    CONTENT_LEN_MAX,
    CONTENT_BUCKET_MIN,
    CONTENT_TEXT_LEN_MAX,
    CONTENT_NAME_LEN_MAX,
    CONTENT_ITEMS_MAX,
    HEAL_MESSAGES_MAX,
    HEAL_S,
];
