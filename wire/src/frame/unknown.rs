//! A frame of unknown odd type.

use crate::frame::Body;
use crate::number::FrameType;
use crate::sink::Sink;

/// A frame that this version does not know and skips (FRM-008); a sender's GREASE (EXT-002).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Unknown<'a> {
    /// Its type: odd, and not in the table. See [`crate::grease::frame_type`].
    pub frame_type: FrameType,
    /// Its body, of any form.
    pub body: &'a [u8],
}

impl Body for Unknown<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        if self.frame_type.is_known() || self.frame_type.is_refused() {
            sink.refuse("type");
        }
        sink.put(self.body);
    }
}
