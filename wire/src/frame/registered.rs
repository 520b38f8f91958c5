//! REGISTERED.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::FrameType;
use crate::octets::{AccountId, DeviceId};
use crate::parse::{Bad, array};
use crate::sink::Sink;

/// The device is registered: durable at the server. Spec: REGISTERED.
///
/// ```text
/// REGISTERED Body { Account (128), Device (128) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Registered {
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
}

impl Registered {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REGISTERED;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (account, device)) = (
            array("account").map(|octets| AccountId::new(*octets)),
            array("device").map(|octets| DeviceId::new(*octets)),
        )
            .parse(body)?;
        none_known(rest)?;
        Ok(Self { account, device })
    }
}

impl Body for Registered {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array(*self.account.as_bytes());
        sink.put_array(*self.device.as_bytes());
    }
}
