//! HELLO.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::{Body, LimitEntry};
use crate::list::List;
use crate::number::{
    ClientMark, CreditBytes, CreditCount, FeatureId, FrameType, HelloCounter, MailboxMark, ProfileId,
};
use crate::parse::{Bad, choice, number};
use crate::registry::Activity;
use crate::sink::Sink;

/// Opens a session: what the client has, what it can take, what it speaks. Spec: HELLO.
///
/// ```text
/// HELLO Body { Hello Counter (i), Settled (i), Cursor (i), Activity (8), Credit Count (i),
///     Credit Bytes (i), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Hello<'a> {
    /// Above that of every earlier HELLO of the device (SES-043).
    pub hello_counter: HelloCounter,
    /// Every number up to here has an outcome that the client knows.
    pub settled: ClientMark,
    /// Every mailbox item up to here is durable at the device.
    pub cursor: MailboxMark,
    /// Whether a person looks at the device.
    pub activity: Activity,
    /// How many credited frames the server may send at first.
    pub credit_count: CreditCount,
    /// How many octets of their bodies the server may send at first.
    pub credit_bytes: CreditBytes,
    /// The versions that the client speaks, an octet each, 1 to 16 of them; absent means version 1 only.
    pub versions: Option<&'a [u8]>,
    /// Name and version of the software, 1 to 64 octets.
    pub agent: Option<&'a str>,
    /// The profiles that the sender serves, at most 64; empty means core only.
    pub profiles: List<'a, ProfileId>,
    /// The limits of the sender that differ from their defaults, at most 64.
    pub limits: List<'a, LimitEntry>,
    /// The features that the sender has, at most 64.
    pub features: List<'a, FeatureId>,
}

impl<'a> Hello<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::HELLO;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (hello_counter, settled, cursor, activity, credit_count, credit_bytes)) = (
            number("hello_counter"),
            number("settled"),
            number("cursor"),
            choice("activity", Activity::from_wire),
            number("credit_count"),
            number("credit_bytes"),
        )
            .parse(body)?;
        let mut frame = Self {
            hello_counter,
            settled,
            cursor,
            activity,
            credit_count,
            credit_bytes,
            versions: None,
            agent: None,
            profiles: List::EMPTY,
            limits: List::EMPTY,
            features: List::EMPTY,
        };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.versions = Some(extensions.bytes("versions", 1, 16)?),
                3 => frame.agent = Some(extensions.text("agent", 1, 64)?),
                4 => frame.profiles = extensions.list("profiles", 1, 64)?,
                5 => frame.limits = extensions.list("limits", 1, 64)?,
                7 => frame.features = extensions.list("features", 1, 64)?,
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Hello<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.hello_counter);
        sink.number(self.settled);
        sink.number(self.cursor);
        sink.put_array([self.activity.value()]);
        sink.number(self.credit_count);
        sink.number(self.credit_bytes);
        sink.bytes_extension("versions", 2, (1, 16), self.versions);
        sink.bytes_extension("agent", 3, (1, 64), self.agent.map(str::as_bytes));
        sink.list_extension("profiles", 4, 64, self.profiles);
        sink.list_extension("limits", 5, 64, self.limits);
        sink.list_extension("features", 7, 64, self.features);
    }
}
