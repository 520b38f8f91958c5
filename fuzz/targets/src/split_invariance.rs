//! The same octets, however they are split.

use pinnace_session::Scratch;
use pinnace_session::ServerSession;
use pinnace_session::noise::Transport;
use pinnace_session::server::{HelloAnswer, ServerEvent, ServerState};
use pinnace_wire::{Close, Code, Deframed, Frame, FrameType, frames};

use crate::keys::{self, open, seal};

/// The sizes of chunks, and whether a session hears the octets, too.
const HEAD_LEN: usize = 5;

/// The first octets choose the chunks, the others are a stream of frames. Read in chunks it gives the frames that it gives
/// when it is read at once. A session that hears each frame in a record of its own does as one that hears them in one.
///
/// # Panics
/// When a split makes a difference.
pub fn split_invariance(octets: &[u8]) {
    let Some((head, stream)) = octets.split_first_chunk::<HEAD_LEN>() else { return };
    let [mode, chunks @ ..] = head;
    assert_eq!(in_chunks(stream, chunks), at_once(stream), "chunks {chunks:?}");
    match mode % 4 {
        1 => in_records(stream, &keys::registered(50)),
        2 => in_records(stream, &HelloAnswer::Unregistered),
        _ => {}
    }
}

/// The frames, by type and length, and how the stream ends.
type Seen = (Vec<(FrameType, usize)>, String);

fn at_once(stream: &[u8]) -> Seen {
    let (mut seen, mut rest) = (Vec::new(), stream);
    let end = take(&mut rest, &mut seen);
    (seen, end)
}

fn in_chunks(stream: &[u8], chunks: &[u8]) -> Seen {
    let (mut seen, mut buffer, mut rest) = (Vec::new(), Vec::new(), stream);
    let mut end = take(&mut &buffer[..], &mut seen);
    for len in chunks.iter().cycle().map(|len| 1 + usize::from(len % 32)) {
        if rest.is_empty() || !end.starts_with("Incomplete") {
            break;
        }
        let (chunk, after) = rest.split_at(len.min(rest.len()));
        buffer.extend_from_slice(chunk);
        rest = after;
        let mut unread = &buffer[..];
        end = take(&mut unread, &mut seen);
        buffer = unread.to_vec();
    }
    (seen, end)
}

/// Takes whole frames; tells what stops it. How many octets are missing depends on where the octets were cut.
fn take(rest: &mut &[u8], seen: &mut Vec<(FrameType, usize)>) -> String {
    loop {
        match Frame::decode(rest) {
            Ok(Deframed::Frame { placed, rest: after }) => {
                seen.push((placed.frame.frame_type(), rest.len() - after.len()));
                *rest = after;
            }
            Ok(Deframed::Incomplete { .. }) => return "Incomplete".into(),
            Err(error) => return format!("{:?} {:?} {}", error.kind, error.frame_type, error.field),
        }
    }
}

/// What a session did with records: what it told its shell, what it sent, and where it stands.
#[derive(Debug, PartialEq)]
struct Done {
    events: Vec<ServerEvent>,
    sent: Vec<(FrameType, Option<Code>)>,
    state: ServerState,
}

fn in_records(stream: &[u8], answer: &HelloAnswer) {
    let mut cuts: Vec<usize> = frames(stream).map_while(Result::ok).map(|placed| placed.offset).collect();
    cuts.extend([0, stream.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let each: Vec<&[u8]> = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]).collect();
    assert_eq!(hear(&each, answer), hear(&[stream], answer));
}

fn hear(records: &[&[u8]], answer: &HelloAnswer) -> Done {
    let (mut server, mut transport) = keys::welcomed(answer);
    let mut done = Done { events: Vec::new(), sent: Vec::new(), state: server.state() };
    let mut scratch = Scratch::new();
    for record in [&[][..]].iter().chain(records) {
        // An answer is awaited: what follows is not looked at, in this record or in the next one.
        if !server.wants_record() {
            break;
        }
        let sealed = seal(&mut transport, record);
        server.on_record(&sealed, &mut scratch, keys::START).expect("a record was wanted");
        done.events.extend(core::iter::from_fn(|| server.poll_event()));
        said(&mut server, &mut transport, &mut done.sent);
    }
    done.state = server.state();
    done
}

fn said(server: &mut ServerSession, transport: &mut Transport, sent: &mut Vec<(FrameType, Option<Code>)>) {
    let mut record = Vec::new();
    while server.poll_transmit(&mut record).is_some() {
        for placed in frames(&open(transport, &record)) {
            let frame = placed.expect("a server sends whole frames").frame;
            let code = if let Frame::Close(Close { code, .. }) = frame { Some(code) } else { None };
            sent.push((frame.frame_type(), code));
        }
        record.clear();
    }
}
