//! Of octets that may be cut anywhere.

use pinnace_wire::{DecodeErrorKind, Deframed, Frame};

/// What the front of the octets is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Frame { len: usize },
    Incomplete { needed: usize },
    Error(DecodeErrorKind),
}

fn verdict(octets: &[u8]) -> Verdict {
    match Frame::decode(octets) {
        Ok(Deframed::Frame { rest, .. }) => Verdict::Frame { len: octets.len() - rest.len() },
        Ok(Deframed::Incomplete { needed }) => Verdict::Incomplete { needed: needed.get() },
        Err(error) => {
            assert!(error.offset <= octets.len(), "{error} beyond {} octets", octets.len());
            Verdict::Error(error.kind)
        }
    }
}

/// A cut changes no verdict: each prefix is incomplete up to where the verdict of the whole is reached, and the same from
/// there on. `Incomplete` never asks for more than the frame needs.
///
/// # Panics
/// When a cut changes the verdict.
pub fn deframe(octets: &[u8]) {
    let whole = verdict(octets);
    let mut is_reached = false;
    for cut in 0..octets.len() {
        let found = verdict(&octets[..cut]);
        match (whole, found) {
            (Verdict::Frame { len }, Verdict::Incomplete { needed }) => {
                assert!(cut < len && cut + needed <= len, "{needed} more than {cut} of {len} octets");
            }
            (Verdict::Error(_) | Verdict::Incomplete { .. }, Verdict::Incomplete { .. }) => {
                assert!(!is_reached, "{cut} octets are incomplete, fewer were {whole:?}");
            }
            (_, found) => {
                assert_eq!(found, whole, "{cut} of {} octets", octets.len());
                is_reached = true;
            }
        }
    }
}
