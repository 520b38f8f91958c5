//! REGISTRATION.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::list::{Codec, List, list};
use crate::number::{AttemptsLeft, CodeLen, DurationMs, FrameType, Method};
use crate::parse::{Bad, Parsed, choice, number};
use crate::registry::RegistrationStage;
use crate::sink::Sink;

/// The state of the registration: what may be asked for, and when. Spec: REGISTRATION.
///
/// ```text
/// REGISTRATION Body { Stage (8), Methods Count (i), Methods [Method (i), Wait Ms (i)], Code Len (i),
///     Code Wait Ms (i), Attempts Left (i), Expires In Ms (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Registration<'a> {
    /// How far it has come.
    pub stage: RegistrationStage,
    /// What may be asked for, best first, at most 8.
    pub methods: List<'a, Offer>,
    /// How many digits the code has.
    pub code_len: CodeLen,
    /// When a code may be presented, from now.
    pub code_wait_ms: DurationMs,
    /// How many codes may still be presented.
    pub attempts_left: AttemptsLeft,
    /// When the registration ends, from now.
    pub expires_in_ms: DurationMs,
}

impl<'a> Registration<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REGISTRATION;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (stage, methods, code_len, code_wait_ms, attempts_left, expires_in_ms)) = (
            choice("stage", RegistrationStage::from_wire),
            list("methods", 0, 8),
            number("code_len"),
            number("code_wait_ms"),
            number("attempts_left"),
            number("expires_in_ms"),
        )
            .parse(body)?;
        none_known(rest)?;
        Ok(Self { stage, methods, code_len, code_wait_ms, attempts_left, expires_in_ms })
    }
}

impl Body for Registration<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array([self.stage.value()]);
        sink.list("methods", (0, 8), self.methods);
        sink.number(self.code_len);
        sink.number(self.code_wait_ms);
        sink.number(self.attempts_left);
        sink.number(self.expires_in_ms);
    }
}

/// A method that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Offer {
    /// The method.
    pub method: Method,
    /// When it may be asked for, from now.
    pub wait_ms: DurationMs,
}

impl<'a> Codec<'a> for Offer {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (method, wait_ms)) = (number("method"), number("wait_ms")).parse(input)?;
        Ok((rest, Self { method, wait_ms }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.method);
        sink.number(self.wait_ms);
    }
}
