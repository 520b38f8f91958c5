//! Worked examples: frames and handshakes in octets.

use super::Vectors;
use super::annotate::annotate;
use crate::frames::{Frame, Frames};
use crate::transcripts::Transcript;

/// Octets in one line of a hexadecimal block.
const LINE_LEN: usize = 32;

/// The golden vector of a frame, cut at its fields.
pub(super) fn example(frames: &Frames, vectors: Vectors<'_>, frame: &Frame) -> Option<String> {
    let id = format!("{}/golden", frame.name);
    let octets = vectors(&id)?;
    let lines = annotate(frames, frame, &octets)?;
    Some(format!("Vector `{id}`, {} octets:\n\n```text\n{lines}```\n", octets.len()))
}

/// Every part of a transcript, with its octets.
pub(super) fn transcript(transcript: &Transcript) -> String {
    let mut out = format!("{}.\n\n```text\n", transcript.title);
    for part in &transcript.parts {
        out.push_str(&format!("{}: {}\n", part.name, part.meaning));
        for line in part.hex.as_bytes().chunks(LINE_LEN.saturating_mul(2)) {
            out.push_str(&format!("    {}\n", String::from_utf8_lossy(line)));
        }
    }
    out.push_str("```\n");
    out
}
