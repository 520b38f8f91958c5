//! The WebSocket carrier (RFC 6455), client side.
//!
//! Written here because the masks must come from the seed, so that the same seed sends the same octets, and
//! because cases break the framing on purpose.

use std::io::Write;

use super::{Ahead, Inbound, More};
use crate::conn::Conn;
use crate::ctx::Ctx;
use crate::record::{Direction, Layer};
use crate::rng::CaseRng;

/// Opcodes that cases use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of RFC 6455, 5.2")]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Pong = 10,
}

/// Longest head of an HTTP answer that is read.
const HEAD_LEN_MAX: usize = 8192;

/// One upgraded connection.
#[derive(Debug)]
pub struct WebSocket {
    pub(super) conn: Conn,
    ahead: Ahead,
    masks: CaseRng,
    message: Vec<u8>,
    /// The head of the HTTP answer, as text.
    pub head: String,
}

/// A frame as it came.
struct Framed {
    is_last: bool,
    reserved: u8,
    opcode: u8,
    is_masked: bool,
    payload: Vec<u8>,
}

/// The request that opens the carrier; `extra` are further header lines, each with its line end.
#[must_use]
pub fn upgrade_request(path: &str, extra: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: pinnace.invalid\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGlubmFjZS1jb25mb3JtIQ==\r\n{extra}\r\n"
    )
}

impl WebSocket {
    /// Sends an upgrade request and reads the head of the answer, whatever it is.
    #[must_use]
    pub fn ask(ctx: &Ctx, conn: Conn, request: &str) -> Self {
        let masks = ctx.rng(&format!("masks {}", conn.number()));
        let mut socket =
            Self { conn, ahead: Ahead::default(), masks, message: Vec::new(), head: String::new() };
        socket.send_raw(request.as_bytes());
        socket.conn.decoded(Direction::Sent, Layer::Http, request.as_bytes(), "upgrade request");
        socket.head = socket.read_head();
        let line = socket.head.lines().next().unwrap_or_default().to_owned();
        socket.conn.decoded(Direction::Received, Layer::Http, socket.head.as_bytes(), line);
        socket
    }

    /// Whether the answer was 101.
    #[must_use]
    pub fn is_upgraded(&self) -> bool {
        self.head.starts_with("HTTP/1.1 101")
    }

    /// The status of the answer; 0 when it has none.
    #[must_use]
    pub fn status(&self) -> u16 {
        let code = self.head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        code.and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    /// Reads what stands behind the head of a refusal, to the end of the connection.
    pub fn refused(&mut self) -> Inbound {
        while self.ahead.octets.len() <= HEAD_LEN_MAX {
            match self.ahead.fill(&mut self.conn) {
                More::Came => {}
                More::Ended => return Inbound::Ended,
                More::Nothing => return Inbound::Nothing,
            }
        }
        Inbound::Foreign("a refusal longer than 8 KiB".to_owned())
    }

    /// The value of a header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Sends one record as one binary message.
    pub fn send(&mut self, record: &[u8]) {
        self.send_frame(Opcode::Binary, record);
    }

    /// Sends one message in one frame.
    pub fn send_frame(&mut self, opcode: Opcode, payload: &[u8]) {
        let octets = self.frame(opcode, 0x80, payload);
        self.send_raw(&octets);
    }

    /// One masked frame; `first_bits` are FIN and the reserved bits.
    #[must_use]
    pub fn frame(&mut self, opcode: Opcode, first_bits: u8, payload: &[u8]) -> Vec<u8> {
        let mask: [u8; 4] = self.masks.array();
        let mut octets = vec![first_bits | opcode as u8];
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(len), _) if len < 126 => octets.push(0x80 | len),
            (_, Ok(len)) => {
                octets.push(0x80 | 126);
                octets.extend(len.to_be_bytes());
            }
            (_, Err(_)) => {
                octets.push(0x80 | 127);
                octets.extend(u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
            }
        }
        octets.extend(mask);
        octets.extend(payload.iter().zip(mask.iter().cycle()).map(|(octet, mask)| octet ^ mask));
        octets
    }

    /// Sends octets as they are.
    pub fn send_raw(&mut self, octets: &[u8]) {
        // What goes wrong is in the transcript, and the next read tells it.
        let _ = self.conn.write_all(octets);
    }

    /// The next record. Answers pings on the way.
    pub fn receive(&mut self) -> Inbound {
        loop {
            let Some(frame) = self.whole_frame() else {
                match self.ahead.fill(&mut self.conn) {
                    More::Came => continue,
                    More::Ended => return Inbound::Ended,
                    More::Nothing => return Inbound::Nothing,
                }
            };
            if frame.is_masked || frame.reserved != 0 {
                return Inbound::Foreign("a masked or a compressed frame from a server".to_owned());
            }
            match frame.opcode {
                0 | 2 => self.message.extend(frame.payload),
                8 => {
                    let status = frame.payload.first_chunk().map_or(1005, |two| u16::from_be_bytes(*two));
                    return Inbound::Status(status);
                }
                9 => self.send_frame(Opcode::Pong, &frame.payload),
                10 => {}
                other => return Inbound::Foreign(format!("a WebSocket frame of opcode {other}")),
            }
            if frame.is_last && matches!(frame.opcode, 0 | 2) {
                return Inbound::Record(core::mem::take(&mut self.message));
            }
        }
    }

    fn whole_frame(&mut self) -> Option<Framed> {
        let [first, second] = *self.ahead.octets.first_chunk()?;
        let (head_len, len) = match second & 0x7f {
            126 => {
                let two = self.ahead.octets.get(2..4)?.first_chunk()?;
                (4, usize::from(u16::from_be_bytes(*two)))
            }
            127 => {
                let eight = self.ahead.octets.get(2..10)?.first_chunk()?;
                (10, usize::try_from(u64::from_be_bytes(*eight)).ok()?)
            }
            short => (2, usize::from(short)),
        };
        let mut taken = self.ahead.take(len.checked_add(head_len)?)?;
        taken.drain(..head_len);
        Some(Framed {
            is_last: first & 0x80 != 0,
            reserved: first & 0x70,
            opcode: first & 0x0f,
            is_masked: second & 0x80 != 0,
            payload: taken,
        })
    }

    fn read_head(&mut self) -> String {
        let end = b"\r\n\r\n";
        loop {
            let found = self.ahead.octets.windows(end.len()).position(|window| window == end);
            if let Some(head) = found.and_then(|at| self.ahead.take(at.saturating_add(end.len()))) {
                return String::from_utf8_lossy(&head).into_owned();
            }
            let is_over = self.ahead.octets.len() > HEAD_LEN_MAX;
            if is_over || !matches!(self.ahead.fill(&mut self.conn), More::Came) {
                return String::from_utf8_lossy(&self.ahead.octets).into_owned();
            }
        }
    }
}
