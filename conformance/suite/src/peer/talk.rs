//! The frames of profile conversations, as octets.

use super::ids::ConversationId;
use super::octets::{extension, frame, len_prefixed, varint, varints};

/// Type of a frame, for checks of ERROR, RATE and CLOSE.
#[expect(missing_docs, reason = "the names stand in spec/data/frames.toml")]
pub mod kind {
    pub const BIND_CONVERSATION: u64 = 64;
    pub const WHISPER: u64 = 65;
    pub const POST: u64 = 66;
    pub const COMMIT: u64 = 68;
    pub const STAGE: u64 = 72;
}

/// Of what a STAGE brings a piece, `stage_part`.
#[expect(missing_docs, reason = "the names stand in spec/data/frames.toml")]
pub mod part {
    pub const COMMIT: u8 = 0;
    pub const WELCOME: u8 = 1;
}

/// BIND_CONVERSATION.
#[must_use]
pub fn bind(alias: u64, conversation: ConversationId) -> Vec<u8> {
    frame(kind::BIND_CONVERSATION, &[&varint(alias)[..], &conversation.0].concat())
}

/// WHISPER.
#[must_use]
pub fn whisper(alias: u64, payload: &[u8]) -> Vec<u8> {
    frame(kind::WHISPER, &[varint(alias), len_prefixed(payload)].concat())
}

/// POST with extensions, given as octets; `class` and `expires_in_s` are those of SEND.
#[must_use]
pub fn post(client_seq: u64, alias: u64, payload: &[u8], extensions: &[u8]) -> Vec<u8> {
    let body = [&varints(&[client_seq, alias])[..], &len_prefixed(payload), extensions];
    frame(kind::POST, &body.concat())
}

/// COMMIT: commit and Welcome, and extensions as octets.
#[must_use]
pub fn commit(client_seq: u64, alias: u64, (commit, welcome): (&[u8], &[u8]), extensions: &[u8]) -> Vec<u8> {
    let body =
        [&varints(&[client_seq, alias])[..], &len_prefixed(commit), &len_prefixed(welcome), extensions];
    frame(kind::COMMIT, &body.concat())
}

/// The COMMIT extension `origin`.
#[must_use]
pub fn origin(octets: &[u8]) -> Vec<u8> {
    extension(2, octets)
}

/// STAGE.
#[must_use]
pub fn stage(client_seq: u64, part: u8, offset: u64, data: &[u8]) -> Vec<u8> {
    let body = [&varint(client_seq)[..], &[part], &varint(offset), &len_prefixed(data)];
    frame(kind::STAGE, &body.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::read_back::reads_as;

    #[test]
    fn every_frame_reads_back_as_what_it_says() {
        let id = ConversationId([7; 16]);
        let hex = "07070707070707070707070707070707";
        reads_as(&bind(2, id), &format!("BIND_CONVERSATION alias=2 conversation={hex}"));
        reads_as(&whisper(2, b"x"), "WHISPER alias=2 payload=78");
        reads_as(&post(3, 2, b"hi", &extension(2, &[1])), "POST client_seq=3 alias=2 payload=6869 class=1");
        reads_as(&commit(3, 2, (b"hi", b""), &[]), "COMMIT client_seq=3 alias=2 commit=6869 welcome=");
        reads_as(&stage(3, part::WELCOME, 9, b"x"), "STAGE client_seq=3 part=1 offset=9 data=78");
    }
}
