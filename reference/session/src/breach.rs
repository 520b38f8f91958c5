//! What a peer did wrong, and the one map from it to the code of CLOSE.

use pinnace_wire::{Close, Code, DecodeError, ErrorCode, FrameType, Offset};

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
    pub(crate) const fn code(self) -> ErrorCode {
        match self {
            Self::Grammar(error) => error.code(),
            Self::OutOfState => ErrorCode::OutOfState,
            Self::EarlyForbidden => ErrorCode::EarlyForbidden,
            Self::AliasUnbound => ErrorCode::AliasUnbound,
            Self::AliasTooHigh => ErrorCode::LimitExceeded,
            Self::FlowControl => ErrorCode::FlowControl,
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
        let place = self.offset.filter(|_| matches!(self.breach, Breach::Grammar(_)));
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
