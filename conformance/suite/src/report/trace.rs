//! A transcript as lines that a person reads.

use serde::Serialize;

use crate::hex;
use crate::record::{Direction, Event, Happening, Layer, Transcript};

/// Bytes that a report shows of one event; the failure file holds them all.
const SHOWN_BYTES_MAX: usize = 512;

/// One event as a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// Milliseconds since the case began, with three places.
    pub(crate) at_ms: String,
    /// Connection number, empty when none.
    pub(crate) connection: String,
    /// `sent`, `received` or `event`.
    pub(crate) way: &'static str,
    /// `carrier`, `handshake`, `record`, `frame`, `http`, or empty.
    pub(crate) layer: &'static str,
    /// What it is, in words.
    pub(crate) text: String,
    /// Bytes in hex, pairs apart, cut at a bound.
    pub(crate) hex: String,
    /// How many bytes there were.
    pub(crate) len: usize,
}

/// A whole transcript. Reads and writes that follow each other on one connection become one line.
pub(crate) fn lines(transcript: &Transcript) -> Vec<Line> {
    let mut merged: Vec<Event> = Vec::new();
    for event in &transcript.events {
        if !merged.last_mut().is_some_and(|last| is_joined(last, event)) {
            merged.push(event.clone());
        }
    }
    merged.iter().map(line).collect()
}

/// Appends the bytes of an event to those of the one before, when they went the same way.
fn is_joined(last: &mut Event, next: &Event) -> bool {
    match (&mut last.what, &next.what) {
        (Happening::Sent { bytes: to }, Happening::Sent { bytes: from })
        | (Happening::Received { bytes: to }, Happening::Received { bytes: from })
            if last.connection == next.connection =>
        {
            to.extend_from_slice(from);
            true
        }
        _ => false,
    }
}

/// The last thing that went one way, the deepest reading first: a frame, else what the carrier saw.
pub(crate) fn last(transcript: &Transcript, direction: Direction) -> Option<Line> {
    let way = word(direction);
    let mut seen = transcript.events.iter().rev().map(line).filter(|line| line.way == way && line.len > 0);
    let newest = seen.next()?;
    if newest.layer != "carrier" {
        return Some(newest);
    }
    let mut decoded = seen.take_while(|line| line.layer != "carrier");
    Some(decoded.find(|line| !line.text.is_empty()).unwrap_or(newest))
}

fn line(event: &Event) -> Line {
    let (way, layer, text, bytes): (_, _, String, &[u8]) = match &event.what {
        Happening::Sent { bytes } => ("sent", "carrier", String::new(), bytes),
        Happening::Received { bytes } => ("received", "carrier", String::new(), bytes),
        Happening::Decoded { direction, layer, bytes, line } => {
            (word(*direction), layer_word(*layer), line.clone(), bytes)
        }
        Happening::Opened { address } => ("event", "", format!("connected to {address}"), &[]),
        Happening::Refused { reason } => ("event", "", format!("not connected: {reason}"), &[]),
        Happening::SendFailed { reason } => ("event", "", format!("nothing could be sent: {reason}"), &[]),
        Happening::Ended => ("event", "", "the target closed the connection".to_owned(), &[]),
        Happening::Reset { reason } => ("event", "", format!("the connection broke: {reason}"), &[]),
        Happening::TimedOut => ("event", "", "nothing came in time".to_owned(), &[]),
        Happening::Code { e164, code } => ("event", "", format!("code for {e164}: {code}"), &[]),
        Happening::Restarted { endpoint } => ("event", "", format!("restarted at {}", endpoint.tcp), &[]),
        Happening::Note { line } => ("event", "", line.clone(), &[]),
    };
    let connection = if event.connection == 0 { String::new() } else { event.connection.to_string() };
    let at_ms = format!("{}.{:03}", event.t_us / 1000, event.t_us % 1000);
    Line { at_ms, connection, way, layer, text, hex: spaced(bytes, SHOWN_BYTES_MAX), len: bytes.len() }
}

/// Hex in pairs, cut with an ellipsis.
pub(crate) fn spaced(bytes: &[u8], max: usize) -> String {
    let pairs: Vec<String> = bytes.iter().take(max).map(|byte| hex::encode(&[*byte])).collect();
    let mut text = pairs.join(" ");
    if bytes.len() > max {
        text.push_str(" …");
    }
    text
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

const fn layer_word(layer: Layer) -> &'static str {
    match layer {
        Layer::Handshake => "handshake",
        Layer::Record => "record",
        Layer::Frame => "frame",
        Layer::Http => "http",
    }
}
