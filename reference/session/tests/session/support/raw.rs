//! The other end by hand: records of any content, well-formed or not.

use pinnace_session::noise::{EphemeralSeed, Handshake, PublicKey, StaticSecret, Transport};
use pinnace_session::server::{HelloAnswer, ServerConfig};
use pinnace_session::{ClientSession, Scratch, ServerSession};
use pinnace_wire::{MailboxMark, Pattern, Preface, ServerRecord, Standing, Suite, UnixMs};

use super::frames::{encode, hello, welcome};
use super::keys::{
    START, client_config, device, edge, first_flight, hello_done, known_edge, realm, seed, shared,
};

pub(crate) fn preface(pattern: Pattern) -> Vec<u8> {
    let preface = Preface { suite: Suite::X25519ChaChaPolyBlake2s, pattern, route_token: b"" };
    let mut out = vec![0; preface.encoded_len()];
    preface.encode(&mut out).unwrap();
    out
}

/// Written out here, since the session's own is what is tested.
pub(crate) fn prologue(preface: &[u8]) -> Vec<u8> {
    [b"pinnace/1\0".as_slice(), &realm().0, preface].concat()
}

/// Likewise.
pub(crate) fn retry_prologue(preface: &[u8], refused: &[u8]) -> Vec<u8> {
    use blake2::Digest;
    let digest =
        blake2::Blake2s256::new().chain_update(b"pinnace/1 refused\0").chain_update(refused).finalize();
    [b"pinnace/1 retry\0".as_slice(), &realm().0, preface, &digest].concat()
}

/// An IK opening to that edge, with any payload.
pub(crate) fn ik_opening(edge: &PublicKey, payload: &[u8]) -> (Vec<u8>, Handshake) {
    let mut record = preface(Pattern::Ik);
    let prologue = prologue(&record);
    let seed = EphemeralSeed::new([31; 32]);
    let mut handshake = Handshake::initiate_ik(&prologue, &device(), edge, seed).unwrap();
    handshake.write_message(payload, &mut record).unwrap();
    (record, handshake)
}

/// An XX opening; after RETRY with what was refused.
pub(crate) fn xx_opening(refused: Option<&[u8]>) -> (Vec<u8>, Handshake) {
    let mut record = preface(Pattern::Xx);
    let prologue = refused.map_or_else(|| prologue(&record), |refused| retry_prologue(&record, refused));
    let mut handshake = Handshake::initiate_xx(&prologue, &device(), EphemeralSeed::new([32; 32])).unwrap();
    handshake.write_message(b"", &mut record).unwrap();
    (record, handshake)
}

pub(crate) fn read_handshake(record: &[u8], handshake: &mut Handshake) -> Vec<u8> {
    let ServerRecord::Handshake(message) = ServerRecord::decode(record).unwrap() else {
        panic!("no handshake record: {record:02x?}")
    };
    let mut payload = Vec::new();
    handshake.read_message(message, &mut payload).unwrap();
    payload
}

pub(crate) fn seal(transport: &mut Transport, plaintext: &[u8]) -> Vec<u8> {
    let mut out = vec![0; plaintext.len() + 16];
    transport.seal(plaintext, &mut out).unwrap();
    out
}

pub(crate) fn open(transport: &mut Transport, record: &[u8]) -> Vec<u8> {
    let mut out = vec![0; record.len()];
    transport.open(record, &mut out).unwrap().to_vec()
}

/// The edge's side of a handshake, by hand.
pub(crate) fn respond(opening: &[u8], pattern: Pattern, refused: Option<&[u8]>) -> Handshake {
    let (_, message) = Preface::decode(opening).unwrap();
    let preface = &opening[..opening.len() - message.len()];
    let prologue = refused.map_or_else(|| prologue(preface), |refused| retry_prologue(preface, refused));
    respond_under(&prologue, message, pattern, &edge())
}

fn respond_under(prologue: &[u8], message: &[u8], pattern: Pattern, edge: &StaticSecret) -> Handshake {
    let seed = EphemeralSeed::new([33; 32]);
    let mut handshake = match pattern {
        Pattern::Xx => Handshake::respond_xx(prologue, edge, seed),
        Pattern::Ik => Handshake::respond_ik(prologue, edge, seed),
    }
    .unwrap();
    handshake.read_message(message, &mut Vec::new()).unwrap();
    handshake
}

/// A session of a registered device, not yet confirmed, and the client's end of its channel.
pub(crate) fn welcomed_by_hand(config: ServerConfig) -> (ServerSession, Transport) {
    answered_by_hand(config, &HelloAnswer::Registered(hello_done(50)))
}

/// The same, of a device of which this is known.
pub(crate) fn answered_by_hand(config: ServerConfig, answer: &HelloAnswer) -> (ServerSession, Transport) {
    let mut server = ServerSession::new(shared(config), seed(3), START);
    let (record, mut handshake) = ik_opening(edge().public(), &encode(&hello()));
    server.on_record(&record, &mut Scratch::new(), START).unwrap();
    server.on_hello(answer, UnixMs::new(1).unwrap(), START);
    let mut record = Vec::new();
    server.poll_transmit(&mut record).unwrap();
    read_handshake(&record, &mut handshake);
    while server.poll_event().is_some() {}
    (server, handshake.into_established().unwrap().transport)
}

/// A client session of a registered device with cursor 5, and the server's end of its channel.
pub(crate) fn client_by_hand() -> (ClientSession, Transport) {
    let mut first = first_flight();
    first.cursor = MailboxMark::new(5).unwrap();
    let mut client = ClientSession::new(client_config(Some(known_edge())), &first, seed(4), START).unwrap();
    let mut opening = Vec::new();
    client.poll_transmit(&mut opening).unwrap();
    let mut handshake = respond(&opening, Pattern::Ik, None);
    let answer = handshake_record(&mut handshake, &encode(&welcome(Standing::Registered)));
    client.on_record(&answer, &mut Scratch::new(), START).unwrap();
    while client.poll_event().is_some() {}
    (client, handshake.into_established().unwrap().transport)
}

/// A handshake record with any payload.
pub(crate) fn handshake_record(handshake: &mut Handshake, payload: &[u8]) -> Vec<u8> {
    let mut record = vec![0];
    handshake.write_message(payload, &mut record).unwrap();
    record
}
