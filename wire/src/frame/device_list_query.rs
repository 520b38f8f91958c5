//! DEVICE_LIST_QUERY.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, RequestId};
use crate::octets::AccountId;
use crate::parse::{Bad, array, number};
use crate::sink::Sink;

/// Asks for the device list of an account. Spec: DEVICE_LIST_QUERY.
///
/// ```text
/// DEVICE_LIST_QUERY Body { Request (i), Account (128) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DeviceListQuery {
    /// Comes back in DEVICE_LIST.
    pub request: RequestId,
    /// Whose list.
    pub account: AccountId,
}

impl DeviceListQuery {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::DEVICE_LIST_QUERY;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (request, account)) = (number("request"), array("account")).parse(body)?;
        none_known(rest)?;
        Ok(Self { request, account: AccountId::new(*account) })
    }
}

impl Body for DeviceListQuery {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.put_array(*self.account.as_bytes());
    }
}
