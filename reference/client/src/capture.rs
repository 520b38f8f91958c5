//! A capture of decrypted records that Wireshark reads: pcapng with the link type "user 0".
//!
//! Each packet is the frames of one record, as they were before encryption; its comment is their decoded text. Only three
//! kinds of block are written, each whole: a capture that was cut short by a crash lacks its last packet and is valid.
//! Written by hand: the kept crate for it has no stable release that does without an abandoned derive macro.

use core::fmt::Write as _;
use std::io::{self, Write};
use std::time::SystemTime;

use pinnace_session::Direction;
use pinnace_wire::frames;

/// LINKTYPE_USER0: Wireshark asks its user which dissector reads it.
const LINK_TYPE: u16 = 147;

/// The comment of a packet at most, in octets.
const COMMENT_LEN_MAX: usize = 4096;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;

const OPTION_COMMENT: u16 = 1;
const OPTION_NAME: u16 = 2;
const OPTION_FLAGS: u16 = 2;

/// Writes a capture.
#[derive(Debug)]
pub struct Capture<W>(W);

impl<W: Write> Capture<W> {
    /// Begins a capture.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn begin(writer: W) -> io::Result<Self> {
        let mut capture = Self(writer);
        let mut section = Block::new(SECTION);
        // Byte order, version 1.0, a length that is not known.
        section.u32(0x1a2b_3c4d).u16(1).u16(0).u32(u32::MAX).u32(u32::MAX);
        section
            .option(OPTION_COMMENT, b"Pinnace frames, decrypted. One packet is the frames of one record.")
            .end();
        capture.put(section)?;
        let mut interface = Block::new(INTERFACE);
        interface.u16(LINK_TYPE).u16(0).u32(0).option(OPTION_NAME, b"pinnace").end();
        capture.put(interface)?;
        Ok(capture)
    }

    /// Adds the frames of one record.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn record(&mut self, direction: Direction, plaintext: &[u8], at: SystemTime) -> io::Result<()> {
        let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let [_, _, _, _, _, _, _, _, high @ .., _, _, _, _] = since.as_micros().to_be_bytes();
        let [.., a, b, c, d] = since.as_micros().to_be_bytes();
        let len = u32::try_from(plaintext.len()).unwrap_or(u32::MAX);
        let mut packet = Block::new(PACKET);
        packet.u32(0).u32(u32::from_be_bytes(high)).u32(u32::from_be_bytes([a, b, c, d])).u32(len).u32(len);
        packet.padded(plaintext);
        packet.option(OPTION_COMMENT, comment(direction, plaintext).as_bytes());
        let flags: u32 = match direction {
            Direction::Received => 1,
            Direction::Sent => 2,
        };
        packet.option(OPTION_FLAGS, &flags.to_le_bytes()).end();
        self.put(packet)
    }

    fn put(&mut self, block: Block) -> io::Result<()> {
        self.0.write_all(&block.finish())?;
        self.0.flush()
    }
}

/// The frames as text.
fn comment(direction: Direction, plaintext: &[u8]) -> String {
    let mut text = match direction {
        Direction::Sent => String::from("client:"),
        Direction::Received => String::from("server:"),
    };
    for placed in frames(plaintext) {
        // Writing to a String cannot fail.
        let _ = match placed {
            Ok(placed) => write!(text, " {:?}", placed.frame),
            Err(error) => write!(text, " {error:?}"),
        };
        if text.len() > COMMENT_LEN_MAX {
            text.truncate(text.floor_char_boundary(COMMENT_LEN_MAX));
            text.push('…');
            break;
        }
    }
    text
}

/// A block in the making: type, length, body, length again.
struct Block(Vec<u8>);

impl Block {
    fn new(block_type: u32) -> Self {
        let mut block = Self(Vec::new());
        block.u32(block_type).u32(0);
        block
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    /// Octets, then zeros up to a multiple of four.
    fn padded(&mut self, octets: &[u8]) -> &mut Self {
        self.0.extend_from_slice(octets);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    fn option(&mut self, code: u16, value: &[u8]) -> &mut Self {
        let len = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.u16(code).u16(len).padded(value.get(..usize::from(len)).unwrap_or_default())
    }

    /// The end of the options.
    fn end(&mut self) {
        self.u32(0);
    }

    fn finish(mut self) -> Vec<u8> {
        let len = u32::try_from(self.0.len().saturating_add(4)).unwrap_or(u32::MAX);
        for (place, octet) in self.0.iter_mut().skip(4).zip(len.to_le_bytes()) {
            *place = octet;
        }
        self.u32(len);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use pinnace_wire::{Frame, Ping, PingToken};

    #[test]
    fn blocks_are_whole_and_say_their_length_twice() {
        let mut plaintext = [0; 16];
        let ping = Frame::Ping(Ping { token: PingToken::new(7).unwrap() });
        let len = ping.encode(&mut plaintext).unwrap();
        let mut octets = Vec::new();
        let mut capture = Capture::begin(&mut octets).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(0x0001_0203_0405_0607);
        capture.record(Direction::Sent, &plaintext[..len], at).unwrap();
        let mut blocks = Vec::new();
        let mut rest = octets.as_slice();
        while !rest.is_empty() {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let len = word(4) as usize;
            assert_eq!(word(len - 4) as usize, len);
            assert_eq!(len % 4, 0);
            blocks.push(rest[..len].to_vec());
            rest = &rest[len..];
        }
        let types: Vec<u8> = blocks.iter().map(|block| block[0]).collect();
        assert_eq!(types, [0x0a, 1, 6]);
        // Interface 0, then the time: high word, low word.
        assert_eq!(blocks[2][8..20], [0, 0, 0, 0, 0x03, 0x02, 0x01, 0, 0x07, 0x06, 0x05, 0x04]);
        assert!(String::from_utf8_lossy(&blocks[2]).contains("client: Ping"));
    }
}
