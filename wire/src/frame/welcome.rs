//! WELCOME.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::{Body, LimitEntry};
use crate::limits::{EXCEPTIONS, ROUTE_TOKEN_LEN};
use crate::list::{Codec, List};
use crate::number::{
    ClientMark, ClientSeq, CreditBytes, CreditCount, FeatureId, FrameCode, FrameType, MailboxMark, ProfileId,
    SessionEpoch, UnixMs,
};
use crate::parse::{Bad, Parsed, choice, number};
use crate::registry::Standing;
use crate::sink::Sink;
use crate::structure::{EdgeCertificate, RootSuccessor, emit_structure};

/// Answers HELLO: who the device is to this server, what was handled, what the server can take. Spec: WELCOME.
///
/// ```text
/// WELCOME Body { Standing (8), Session Epoch (i), Handled (i), Cursor (i), Mailbox Last (i),
///     Credit Count (i), Credit Bytes (i), Time Ms (i), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Welcome<'a> {
    /// Whether the device is registered.
    pub standing: Standing,
    /// Above that of every earlier session of the device (SES-008).
    pub session_epoch: SessionEpoch,
    /// The highest number that has an outcome (SES-009).
    pub handled: ClientMark,
    /// Every mailbox item up to here is acknowledged.
    pub cursor: MailboxMark,
    /// The last item of the mailbox.
    pub mailbox_last: MailboxMark,
    /// How many credited frames the client may send at first.
    pub credit_count: CreditCount,
    /// How many octets of their bodies the client may send at first.
    pub credit_bytes: CreditBytes,
    /// The server's clock.
    pub time_ms: UnixMs,
    /// The numbers above `settled` and up to `handled` whose outcome is not ACCEPTED, at most [`EXCEPTIONS`] (SES-010).
    pub exceptions: List<'a, Exception>,
    /// Name and version of the software, 1 to 64 octets.
    pub agent: Option<&'a str>,
    /// The profiles that the sender serves, at most 64; empty means core only.
    pub profiles: List<'a, ProfileId>,
    /// The limits of the sender that differ from their defaults, at most 64.
    pub limits: List<'a, LimitEntry>,
    /// The features that the sender has, at most 64.
    pub features: List<'a, FeatureId>,
    /// To be sent in the next preface, 1 to 64 octets.
    pub route_token: Option<&'a [u8]>,
    /// A fresh certificate of this edge.
    pub certificate: Option<EdgeCertificate<'a>>,
    /// The root that will follow.
    pub successor: Option<RootSuccessor<'a>>,
}

impl<'a> Welcome<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::WELCOME;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (
            rest,
            (standing, session_epoch, handled, cursor, mailbox_last, credit_count, credit_bytes, time_ms),
        ) = (
            choice("standing", Standing::from_wire),
            number("session_epoch"),
            number("handled"),
            number("cursor"),
            number("mailbox_last"),
            number("credit_count"),
            number("credit_bytes"),
            number("time_ms"),
        )
            .parse(body)?;
        let mut frame = Self {
            standing,
            session_epoch,
            handled,
            cursor,
            mailbox_last,
            credit_count,
            credit_bytes,
            time_ms,
            exceptions: List::EMPTY,
            agent: None,
            profiles: List::EMPTY,
            limits: List::EMPTY,
            features: List::EMPTY,
            route_token: None,
            certificate: None,
            successor: None,
        };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.exceptions = extensions.list("exceptions", 1, EXCEPTIONS)?,
                3 => frame.agent = Some(extensions.text("agent", 1, 64)?),
                4 => frame.profiles = extensions.list("profiles", 1, 64)?,
                5 => frame.limits = extensions.list("limits", 1, 64)?,
                7 => frame.features = extensions.list("features", 1, 64)?,
                9 => frame.route_token = Some(extensions.bytes("route_token", 1, ROUTE_TOKEN_LEN)?),
                11 => {
                    frame.certificate = Some(extensions.structure(
                        "certificate",
                        EdgeCertificate::LEN,
                        EdgeCertificate::parse,
                    )?)
                }
                13 => {
                    frame.successor =
                        Some(extensions.structure("successor", RootSuccessor::LEN, RootSuccessor::parse)?)
                }
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Welcome<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array([self.standing.value()]);
        sink.number(self.session_epoch);
        sink.number(self.handled);
        sink.number(self.cursor);
        sink.number(self.mailbox_last);
        sink.number(self.credit_count);
        sink.number(self.credit_bytes);
        sink.number(self.time_ms);
        sink.list_extension("exceptions", 2, EXCEPTIONS, self.exceptions);
        sink.bytes_extension("agent", 3, (1, 64), self.agent.map(str::as_bytes));
        sink.list_extension("profiles", 4, 64, self.profiles);
        sink.list_extension("limits", 5, 64, self.limits);
        sink.list_extension("features", 7, 64, self.features);
        sink.bytes_extension("route_token", 9, (1, ROUTE_TOKEN_LEN), self.route_token);
        if let Some(certificate) = &self.certificate {
            sink.varint(11);
            emit_structure(certificate, sink);
        }
        if let Some(successor) = &self.successor {
            sink.varint(13);
            emit_structure(successor, sink);
        }
    }
}

/// A number whose outcome is not ACCEPTED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Exception {
    /// The number.
    pub client_seq: ClientSeq,
    /// Why it was refused; `None` (0 on the wire) when it was voided.
    pub code: Option<FrameCode>,
}

impl<'a> Codec<'a> for Exception {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (client_seq, code)) = (number("client_seq"), number("code")).parse(input)?;
        Ok((rest, Self { client_seq, code }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
        sink.number(self.code);
    }
}
