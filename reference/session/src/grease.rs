//! GREASE: values without a meaning, sent so that receivers stay used to unknown ones (EXT-002).

use alloc::vec::Vec;

use pinnace_wire::{EncodeError, FeatureId, Frame, ProfileId, Unknown, grease};

/// Whether a session sends GREASE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grease {
    /// It does.
    #[default]
    Sent,
    /// It does not: octets can be predicted.
    Withheld,
}

/// How many different GREASE types are used. All of them fit two octets of varint.
const KINDS: u32 = 256;

/// The GREASE of one session, chosen by its seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    kind: u64,
    value: [u8; 4],
}

impl Choice {
    pub(crate) fn new(grease: Grease, choice: u32) -> Option<Self> {
        match grease {
            Grease::Sent => Some(Self { kind: u64::from(choice % KINDS), value: choice.to_be_bytes() }),
            Grease::Withheld => None,
        }
    }

    /// A frame of unknown odd type.
    pub(crate) fn frame(&self) -> Option<Frame<'_>> {
        let frame_type = grease::frame_type(self.kind)?;
        // Up to three octets of body; none is a body, too.
        let len = usize::from(self.value.first().copied().unwrap_or(0) % 4);
        Some(Frame::Unknown(Unknown { frame_type, body: self.value.get(..len)? }))
    }

    /// A profile that nobody defines.
    pub(crate) const fn profile(&self) -> Option<ProfileId> {
        match grease::value(self.kind) {
            Some(value) => ProfileId::new(value),
            None => None,
        }
    }

    /// A feature that nobody defines.
    pub(crate) const fn feature(&self) -> Option<FeatureId> {
        match grease::value(self.kind) {
            Some(value) => FeatureId::new(value),
            None => None,
        }
    }
}

/// The frame's octets, with an extension of unknown odd type at the end of its body when there is a choice.
pub(crate) fn encode_extended(frame: &Frame<'_>, choice: Option<&Choice>) -> Result<Vec<u8>, EncodeError> {
    let plain = encode(frame)?;
    let Some(unknown) = choice.and_then(Choice::frame) else { return Ok(plain) };
    // An extension and a frame have the same layout: type, length, octets. GREASE types lie above all known ones.
    let extension = encode(&unknown)?;
    let body = plain.get(plain.len().saturating_sub(frame.body_len())..).unwrap_or_default();
    let body = [body, &extension].concat();
    let mut extended = encode(&Frame::Unknown(Unknown { frame_type: ONE_OCTET, body: &body }))?;
    // The known types and the stand-in have one octet each, so that only this octet differs.
    if let (Some(stand_in), Some(known)) = (extended.first_mut(), plain.first()) {
        *stand_in = *known;
    }
    Ok(extended)
}

/// A GREASE type of one octet.
const ONE_OCTET: pinnace_wire::FrameType = match grease::frame_type(0) {
    Some(frame_type) => frame_type,
    None => unreachable!(),
};

fn encode(frame: &Frame<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut out = alloc::vec![0; frame.encoded_len()];
    frame.encode(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use pinnace_wire::{Certificate, Ping, PingToken, frames};

    use super::*;

    #[test]
    fn extension_is_skipped_and_the_rest_is_the_same() {
        let ping = Frame::Ping(Ping { token: PingToken::new(7).unwrap() });
        for choice in [0, 1, 0x0300_0000, 0xffff_ffff, 0x0312_3456] {
            let choice = Choice::new(Grease::Sent, choice).unwrap();
            let record = encode_extended(&ping, Some(&choice)).unwrap();
            let heard: Vec<_> = frames(&record).map(Result::unwrap).collect();
            assert_eq!(heard.len(), 1);
            assert_eq!(heard[0].frame, ping);
            assert!(heard[0].body_len > 1);
        }
        assert_eq!(encode_extended(&ping, None).unwrap().len(), 3);
        assert_eq!(Certificate::TYPE.value(), 6);
    }
}
