//! The handshakes with fixed keys of `spec/data/transcripts.toml`, octet by octet.

use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;
use pinnace_session::noise::{EphemeralSeed, Handshake, PublicKey, StaticSecret};
use pinnace_session::{RealmId, Trust, device_id, root_key_id};
use pinnace_spec::Transcript;
use pinnace_wire::{Frame, frames};

/// The second at which the certificates are to be judged.
const NOW_S: u64 = 1_700_000_100;

/// A transcript, read for its octets.
struct Part<'t>(&'t Transcript);

impl Part<'_> {
    fn octets(&self, name: &str) -> Vec<u8> {
        let hex = self.0.hex(name).unwrap_or_else(|| panic!("{} has no {name}", self.0.name));
        let octets = hex.as_bytes().chunks(2).map(|pair| core::str::from_utf8(pair).unwrap());
        octets.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    fn key(&self, name: &str) -> [u8; 32] {
        self.octets(name).try_into().unwrap()
    }

    fn pair(&self, name: &str) -> StaticSecret {
        StaticSecret::from_bytes(self.key(name))
    }

    fn seed(&self, name: &str) -> EphemeralSeed {
        EphemeralSeed::new(self.key(name))
    }
}

fn write(handshake: &mut Handshake, payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    handshake.write_message(payload, &mut message).unwrap();
    message
}

fn read(handshake: &mut Handshake, message: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    handshake.read_message(message, &mut payload).unwrap();
    payload
}

/// The octets behind the preface, whose token is the last of it.
fn behind_preface(record: &[u8]) -> &[u8] {
    &record[8 + usize::from(record[7])..]
}

#[test]
fn every_transcript_is_made_again() {
    let transcripts = pinnace_spec::transcripts().unwrap();
    assert!(transcripts.iter().map(|transcript| transcript.name.as_str()).eq(["xx", "ik", "retry"]));
    transcripts.iter().for_each(check);
}

#[track_caller]
fn check(transcript: &Transcript) {
    let part = Part(transcript);
    let (device, edge) = (part.pair("device_secret"), part.pair("edge_secret"));
    assert_eq!(device_id(device.public()).as_bytes().as_slice(), part.octets("device_id"));
    assert_eq!(root_key_id(&part.key("realm_id")).as_bytes().as_slice(), part.octets("root_key_id"));
    if transcript.name == "retry" {
        check_refusal(&part, &device);
    }
    let prologue = part.octets("prologue");
    let seeds = (part.seed("client_ephemeral_secret"), part.seed("server_ephemeral_secret"));
    let (client, server) = if transcript.name == "ik" {
        let mut client = Handshake::initiate_ik(&prologue, &device, edge.public(), seeds.0).unwrap();
        let mut server = Handshake::respond_ik(&prologue, &edge, seeds.1).unwrap();
        let payload = part.octets("message_1_payload");
        let message = write(&mut client, &payload);
        assert_eq!(message, behind_preface(&part.octets("client_record_1")));
        assert_eq!(read(&mut server, &message), payload);
        check_answer(&part, &mut client, &mut server);
        (client, server)
    } else {
        let mut client = Handshake::initiate_xx(&prologue, &device, seeds.0).unwrap();
        let mut server = Handshake::respond_xx(&prologue, &edge, seeds.1).unwrap();
        let message = write(&mut client, b"");
        assert_eq!(message, behind_preface(&part.octets("client_record_1")));
        read(&mut server, &message);
        check_certificate(&part, &check_answer(&part, &mut client, &mut server));
        let payload = part.octets("message_3_payload");
        let message = write(&mut client, &payload);
        assert_eq!(message, part.octets("client_record_2"));
        assert_eq!(read(&mut server, &message), payload);
        (client, server)
    };
    check_channel(&part, client, server);
}

/// Message 2, behind its record kind.
fn check_answer(part: &Part<'_>, client: &mut Handshake, server: &mut Handshake) -> Vec<u8> {
    let payload = part.octets("message_2_payload");
    let message = write(server, &payload);
    assert_eq!([[0].as_slice(), &message].concat(), part.octets("server_record_1"));
    assert_eq!(read(client, &message), payload);
    payload
}

fn check_certificate(part: &Part<'_>, payload: &[u8]) {
    let Frame::Certificate(frame) = frames(payload).next().unwrap().unwrap().frame else {
        panic!("no CERTIFICATE")
    };
    let trust = Trust::genesis(RealmId(part.key("realm_id")));
    let edge = PublicKey(part.key("edge_public"));
    trust.check_edge(&frame.certificate, &edge, NOW_S).unwrap();
    assert_eq!(frame.certificate.signed_part().as_bytes(), certificate_part(part));
}

/// What is signed, without label and realm id where they stand before it.
fn certificate_part(part: &Part<'_>) -> Vec<u8> {
    let signed = part.octets("certificate_signed_part");
    let before = [b"pinnace/1 edge certificate\0".as_slice(), &part.octets("realm_id")].concat();
    signed.strip_prefix(before.as_slice()).map_or_else(|| signed.clone(), <[u8]>::to_vec)
}

fn check_refusal(part: &Part<'_>, device: &StaticSecret) {
    let refused = part.octets("refused_record");
    let digest = labelled_digest(Label::new("pinnace/1 refused"), &refused);
    assert_eq!(digest.as_slice(), part.octets("refused_digest"));
    assert!(part.octets("prologue").ends_with(&digest));
    let outdated = PublicKey(part.key("outdated_edge_public"));
    let seed = part.seed("refused_ephemeral_secret");
    let mut handshake =
        Handshake::initiate_ik(&part.octets("refused_prologue"), device, &outdated, seed).unwrap();
    assert_eq!(write(&mut handshake, &part.octets("refused_payload")), behind_preface(&refused));
}

fn check_channel(part: &Part<'_>, client: Handshake, server: Handshake) {
    let (client, server) = (client.into_established().unwrap(), server.into_established().unwrap());
    assert_eq!(client.handshake_hash.as_slice(), part.octets("handshake_hash"));
    let (mut client, mut server) = (client.transport, server.transport);
    let mut record = vec![0; 65_535];
    let sealed = server.seal(&part.octets("server_record_2_plaintext"), &mut record).unwrap();
    assert_eq!(sealed, part.octets("server_record_2"));
    let confirmation = if part.0.name == "ik" { "client_record_2" } else { "client_record_3" };
    assert_eq!(client.seal(b"", &mut record).unwrap(), part.octets(confirmation));
}
