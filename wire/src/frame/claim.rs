//! CLAIM.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, MlsSuite, RequestId};
use crate::octets::AccountId;
use crate::parse::{Bad, array, number};
use crate::sink::Sink;

/// Asks for the device list of an account and one KeyPackage of each of its devices. Spec: CLAIM.
///
/// ```text
/// CLAIM Body { Request (i), Account (128), Suite (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Claim {
    /// Comes back in DEVICE_LIST and in each CLAIMED.
    pub request: RequestId,
    /// Whose devices.
    pub account: AccountId,
    /// Of which suite the KeyPackages are.
    pub suite: MlsSuite,
}

impl Claim {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::CLAIM;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (request, account, suite)) =
            (number("request"), array("account"), number("suite")).parse(body)?;
        none_known(rest)?;
        Ok(Self { request, account: AccountId::new(*account), suite })
    }
}

impl Body for Claim {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.put_array(*self.account.as_bytes());
        sink.number(self.suite);
    }
}
