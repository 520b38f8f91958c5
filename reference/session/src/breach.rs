//! What a peer did wrong, and the one map from it to the code of CLOSE.

use pinnace_fault as fault;
use pinnace_wire::{Close, Code, DecodeError, DecodeErrorKind, ErrorCode, FrameType, Offset};

use crate::acked::BeyondNumbers;
use crate::alias::AliasTooHigh;
use crate::credit::{Lowered, Overspent};

/// A breach of the rules by the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// The octets break the grammar.
    Grammar(DecodeError),
    /// The state or the side does not allow the frame (SES-024, SES-025).
    OutOfState,
    /// The first flight does not allow the frame (SES-004, SES-005).
    EarlyForbidden,
    /// An alias was used before its BIND (SES-031).
    AliasUnbound,
    /// BIND names an alias that is not below alias_max (SES-032).
    AliasTooHigh,
    /// More was sent than credit or window allow, or credit was lowered (SES-021, SES-022, DLV-045).
    FlowControl,
    /// A number was acknowledged that was never assigned (DLV-029, SES-035).
    AckInvalid,
    /// The preface named a lower version than both sides speak (SES-011).
    Downgrade,
}

impl Breach {
    pub(crate) fn code(self) -> ErrorCode {
        match self {
            Self::Grammar(error) => grammar_code(error),
            Self::OutOfState => ErrorCode::OutOfState,
            Self::EarlyForbidden => ErrorCode::EarlyForbidden,
            Self::AliasUnbound if fault::session::ALIAS_UNBOUND_CODE_WRONG.is_on() => ErrorCode::OutOfState,
            Self::AliasUnbound => ErrorCode::AliasUnbound,
            Self::AliasTooHigh => ErrorCode::LimitExceeded,
            Self::FlowControl => ErrorCode::FlowControl,
            Self::AckInvalid if fault::mailbox::ACK_BEYOND_CODE_WRONG.is_on() => ErrorCode::FlowControl,
            Self::AckInvalid => ErrorCode::AckInvalid,
            Self::Downgrade => ErrorCode::Downgrade,
        }
    }

    /// The breach with the place of its frame.
    pub(crate) const fn at(self, frame_type: FrameType, offset: usize) -> Fault {
        Fault { breach: self, frame_type: Some(frame_type), offset: Some(offset) }
    }
}

impl From<AliasTooHigh> for Breach {
    fn from(_: AliasTooHigh) -> Self {
        Self::AliasTooHigh
    }
}

impl From<Lowered> for Breach {
    fn from(_: Lowered) -> Self {
        if fault::session::LOWERED_CODE_WRONG.is_on() {
            return Self::OutOfState;
        }
        Self::FlowControl
    }
}

impl From<Overspent> for Breach {
    fn from(_: Overspent) -> Self {
        Self::FlowControl
    }
}

impl From<BeyondNumbers> for Breach {
    fn from(_: BeyondNumbers) -> Self {
        Self::AckInvalid
    }
}

/// The code of an error of the grammar; planted faults give another one.
fn grammar_code(error: DecodeError) -> ErrorCode {
    use DecodeErrorKind as Kind;
    use fault::framing as planted;
    match error.kind {
        Kind::NonMinimal if planted::NOT_MINIMAL_CODE_WRONG.is_on() => ErrorCode::UnknownFrame,
        Kind::ExtensionOrder | Kind::ExtensionDuplicate if planted::EXTENSION_ORDER_CODE_WRONG.is_on() => {
            ErrorCode::UnknownExtension
        }
        Kind::UnknownFrame if planted::EVEN_FRAME_CODE_WRONG.is_on() => ErrorCode::Malformed,
        Kind::UnknownExtension if planted::EVEN_EXTENSION_CODE_WRONG.is_on() => ErrorCode::Malformed,
        Kind::OverLimit if planted::OVER_LIMIT_CODE_WRONG.is_on() => ErrorCode::Malformed,
        Kind::UnderLimit if planted::UNDER_LIMIT_CODE_WRONG.is_on() => ErrorCode::LimitExceeded,
        Kind::OutOfRange if planted::CLOSED_VALUE_CODE_WRONG.is_on() => ErrorCode::LimitExceeded,
        Kind::ReservedType if planted::TYPE_ZERO_CODE_WRONG.is_on() => ErrorCode::UnknownFrame,
        Kind::Truncated
        | Kind::Trailing
        | Kind::NonMinimal
        | Kind::OutOfRange
        | Kind::OverLimit
        | Kind::UnderLimit
        | Kind::BadUtf8
        | Kind::ExtensionOrder
        | Kind::ExtensionDuplicate
        | Kind::UnknownFrame
        | Kind::UnknownExtension
        | Kind::ReservedType => error.code(),
    }
}

/// Whether a planted fault lets an error of the grammar pass: the frame is dropped, and what stands behind it.
pub(crate) fn is_let_pass(error: &DecodeError) -> bool {
    use DecodeErrorKind as Kind;
    use fault::framing as planted;
    match error.kind {
        Kind::Truncated if error.field == "body" => {
            planted::LONG_FRAME_TAKEN.is_on() || fault::channel::FLIGHT_TORN_TAKEN.is_on()
        }
        Kind::Truncated if matches!(error.field, "type" | "length") && planted::TORN_HEAD_TAKEN.is_on() => {
            true
        }
        Kind::Truncated if error.field == "extension" && planted::TORN_EXTENSION_TAKEN.is_on() => true,
        Kind::Truncated => planted::SHORT_BODY_TAKEN.is_on(),
        Kind::Trailing => planted::TRAILING_TAKEN.is_on(),
        Kind::NonMinimal => planted::NOT_MINIMAL_TAKEN.is_on(),
        Kind::OutOfRange => planted::CLOSED_VALUE_TAKEN.is_on(),
        Kind::OverLimit => planted::OVER_LIMIT_TAKEN.is_on(),
        Kind::UnderLimit => planted::UNDER_LIMIT_TAKEN.is_on(),
        Kind::BadUtf8 => planted::UTF8_UNCHECKED.is_on(),
        Kind::ExtensionOrder => planted::EXTENSION_ORDER_UNCHECKED.is_on(),
        Kind::ExtensionDuplicate => planted::EXTENSION_TWICE_TAKEN.is_on(),
        Kind::UnknownFrame => planted::EVEN_FRAME_SKIPPED.is_on(),
        Kind::UnknownExtension => planted::EVEN_EXTENSION_SKIPPED.is_on(),
        Kind::ReservedType => planted::TYPE_ZERO_SKIPPED.is_on(),
    }
}

/// A breach and where it was found, for CLOSE (FRM-018).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) breach: Breach,
    pub(crate) frame_type: Option<FrameType>,
    /// Octets from the start of the record.
    pub(crate) offset: Option<usize>,
}

impl Fault {
    /// The CLOSE that answers: it names the frame (FRM-018), and the place only where the grammar is broken (FRM-020).
    pub(crate) fn to_close(self) -> Close<'static> {
        if fault::framing::PLACE_UNTOLD.is_on() {
            return closing(self.breach.code());
        }
        let more = usize::from(fault::framing::PLACE_WRONG.is_on());
        let is_told = matches!(self.breach, Breach::Grammar(_)) || fault::framing::PLACE_TOLD_ALWAYS.is_on();
        let place = self.offset.filter(|_| is_told);
        let place = place.map(|offset| offset.saturating_add(more));
        let offset = place.and_then(|offset| Offset::new(u64::try_from(offset).ok()?));
        Close { frame_type: self.frame_type, offset, ..closing(self.breach.code()) }
    }
}

/// A CLOSE that says no more than its code.
pub(crate) fn closing(code: ErrorCode) -> Close<'static> {
    Close {
        code: Code::from(code),
        frame_type: None,
        detail: "",
        retry_after_ms: None,
        hello_counter: None,
        offset: None,
    }
}

impl From<Breach> for Fault {
    fn from(breach: Breach) -> Self {
        Self { breach, frame_type: None, offset: None }
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self { breach: Breach::Grammar(error), frame_type: error.frame_type, offset: Some(error.offset) }
    }
}
