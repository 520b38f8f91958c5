//! Error codes, close codes among them, as cases name them.

use core::fmt;

/// A code of the error registry. Unknown values are kept: the range tells their scope (ERR-003).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(pub u64);

#[expect(missing_docs, reason = "the names and meanings stand in spec/data/errors.toml")]
impl Code {
    pub const NO_ERROR: Self = Self(0);
    pub const UNKNOWN_DEVICE: Self = Self(1);
    pub const MAILBOX_FULL: Self = Self(2);
    pub const PAYLOAD_TOO_LARGE: Self = Self(3);
    pub const UNKNOWN_CLASS: Self = Self(4);
    pub const SEQ_GAP: Self = Self(6);
    pub const IDEMPOTENCY_CONFLICT: Self = Self(7);
    pub const OUTCOME_FORGOTTEN: Self = Self(8);
    pub const BAD_NUMBER: Self = Self(12);
    pub const METHOD_UNAVAILABLE: Self = Self(13);
    pub const TOO_SOON: Self = Self(14);
    pub const CODE_WRONG: Self = Self(15);
    pub const REGISTRATION_OVER: Self = Self(16);
    pub const CERTIFICATE_INVALID: Self = Self(18);
    pub const NUMBER_TAKEN: Self = Self(19);
    pub const DEVICE_LIMIT: Self = Self(21);
    pub const LIST_STALE: Self = Self(22);
    pub const LIST_INVALID: Self = Self(23);
    pub const UNKNOWN_ACCOUNT: Self = Self(24);
    pub const KEY_PACKAGE_INVALID: Self = Self(25);
    pub const KEYS_FULL: Self = Self(26);
    pub const LINK_OVER: Self = Self(27);
    pub const STALE_EPOCH: Self = Self(32);
    pub const NO_CONVERSATION: Self = Self(33);
    pub const ENVELOPE_INVALID: Self = Self(34);
    pub const CONVERSATION_FULL: Self = Self(35);
    pub const ORIGIN_INVALID: Self = Self(36);
    pub const OUTSIDER: Self = Self(37);
    pub const WELCOME_MISPLACED: Self = Self(38);
    pub const STAGE_INVALID: Self = Self(39);
    pub const MALFORMED: Self = Self(64);
    pub const LIMIT_EXCEEDED: Self = Self(65);
    pub const UNKNOWN_FRAME: Self = Self(66);
    pub const UNKNOWN_EXTENSION: Self = Self(67);
    pub const OUT_OF_STATE: Self = Self(68);
    pub const FLOW_CONTROL: Self = Self(69);
    pub const ALIAS_UNBOUND: Self = Self(70);
    pub const ACK_INVALID: Self = Self(71);
    pub const STALE_HELLO: Self = Self(72);
    pub const TAKEN_OVER: Self = Self(73);
    pub const IDLE: Self = Self(74);
    pub const DOWNGRADE: Self = Self(75);
    pub const EARLY_FORBIDDEN: Self = Self(76);
    pub const INTERNAL: Self = Self(77);
    pub const SHUTDOWN: Self = Self(78);
    pub const REPLACED: Self = Self(80);
    pub const STALLED: Self = Self(81);
    pub const DEVICE_GONE: Self = Self(192);

    /// Whether its scope is one frame: the session goes on.
    #[must_use]
    pub const fn is_of_a_frame(self) -> bool {
        self.0 >= 1 && self.0 <= 63
    }

    /// Its name in the specification, if it has one.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let code = u8::try_from(self.0).ok()?;
        Some(pinnace_spec::errors().ok()?.of_code(code)?.name.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown code {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_those_of_the_specification() {
        for (code, name) in [
            (Code::NO_ERROR, "NO_ERROR"),
            (Code::UNKNOWN_DEVICE, "UNKNOWN_DEVICE"),
            (Code::MAILBOX_FULL, "MAILBOX_FULL"),
            (Code::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE"),
            (Code::UNKNOWN_CLASS, "UNKNOWN_CLASS"),
            (Code::SEQ_GAP, "SEQ_GAP"),
            (Code::IDEMPOTENCY_CONFLICT, "IDEMPOTENCY_CONFLICT"),
            (Code::OUTCOME_FORGOTTEN, "OUTCOME_FORGOTTEN"),
            (Code::BAD_NUMBER, "BAD_NUMBER"),
            (Code::METHOD_UNAVAILABLE, "METHOD_UNAVAILABLE"),
            (Code::TOO_SOON, "TOO_SOON"),
            (Code::CODE_WRONG, "CODE_WRONG"),
            (Code::REGISTRATION_OVER, "REGISTRATION_OVER"),
            (Code::CERTIFICATE_INVALID, "CERTIFICATE_INVALID"),
            (Code::NUMBER_TAKEN, "NUMBER_TAKEN"),
            (Code::DEVICE_LIMIT, "DEVICE_LIMIT"),
            (Code::LIST_STALE, "LIST_STALE"),
            (Code::LIST_INVALID, "LIST_INVALID"),
            (Code::UNKNOWN_ACCOUNT, "UNKNOWN_ACCOUNT"),
            (Code::KEY_PACKAGE_INVALID, "KEY_PACKAGE_INVALID"),
            (Code::KEYS_FULL, "KEYS_FULL"),
            (Code::LINK_OVER, "LINK_OVER"),
            (Code::STALE_EPOCH, "STALE_EPOCH"),
            (Code::NO_CONVERSATION, "NO_CONVERSATION"),
            (Code::ENVELOPE_INVALID, "ENVELOPE_INVALID"),
            (Code::CONVERSATION_FULL, "CONVERSATION_FULL"),
            (Code::ORIGIN_INVALID, "ORIGIN_INVALID"),
            (Code::OUTSIDER, "OUTSIDER"),
            (Code::WELCOME_MISPLACED, "WELCOME_MISPLACED"),
            (Code::STAGE_INVALID, "STAGE_INVALID"),
            (Code::MALFORMED, "MALFORMED"),
            (Code::LIMIT_EXCEEDED, "LIMIT_EXCEEDED"),
            (Code::UNKNOWN_FRAME, "UNKNOWN_FRAME"),
            (Code::UNKNOWN_EXTENSION, "UNKNOWN_EXTENSION"),
            (Code::OUT_OF_STATE, "OUT_OF_STATE"),
            (Code::FLOW_CONTROL, "FLOW_CONTROL"),
            (Code::ALIAS_UNBOUND, "ALIAS_UNBOUND"),
            (Code::ACK_INVALID, "ACK_INVALID"),
            (Code::STALE_HELLO, "STALE_HELLO"),
            (Code::TAKEN_OVER, "TAKEN_OVER"),
            (Code::IDLE, "IDLE"),
            (Code::DOWNGRADE, "DOWNGRADE"),
            (Code::EARLY_FORBIDDEN, "EARLY_FORBIDDEN"),
            (Code::INTERNAL, "INTERNAL"),
            (Code::SHUTDOWN, "SHUTDOWN"),
            (Code::REPLACED, "REPLACED"),
            (Code::STALLED, "STALLED"),
            (Code::DEVICE_GONE, "DEVICE_GONE"),
        ] {
            assert_eq!(code.name(), Some(name), "{}", code.0);
        }
    }
}
