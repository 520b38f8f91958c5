//! Cacophony's vectors of the suite: all of them through the resolver, those of XX and IK through the public
//! types too.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use alloc::{format, vec};

use serde_json::Value;
use snow::{Builder, HandshakeState};

use super::resolver::Resolver;
use super::{EphemeralSeed, Established, Handshake, PublicKey, StaticSecret, Turn};

const FILE: &str = include_str!("../../tests/vectors/cacophony_25519_chachapoly_blake2s.json");

/// One vector, by the names of its JSON members.
struct Vector(Value);

fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

impl Vector {
    fn name(&self) -> &str {
        self.0["protocol_name"].as_str().unwrap()
    }

    fn pattern(&self) -> &str {
        self.name().split('_').nth(1).unwrap()
    }

    fn bytes(&self, side: &str, member: &str) -> Option<Vec<u8>> {
        self.0.get(format!("{side}_{member}")).map(|text| hex(text.as_str().unwrap()))
    }

    fn key(&self, side: &str, member: &str) -> Option<[u8; 32]> {
        self.bytes(side, member).map(|bytes| bytes.try_into().unwrap())
    }

    fn seed(&self, side: &str) -> EphemeralSeed {
        // The responder of a one-way pattern has no ephemeral key.
        EphemeralSeed::new(self.key(side, "ephemeral").unwrap_or_default())
    }

    fn psks(&self, side: &str) -> Vec<[u8; 32]> {
        let list = self.0.get(format!("{side}_psks")).and_then(Value::as_array).cloned().unwrap_or_default();
        list.iter().map(|psk| hex(psk.as_str().unwrap()).try_into().unwrap()).collect()
    }

    /// Places of the pre-shared keys, as the pattern's name gives them.
    fn psk_places(&self) -> Vec<u8> {
        let modifiers = self.pattern().split_once("psk").map_or("", |(_, places)| places);
        modifiers
            .split("+psk")
            .filter(|place| !place.is_empty())
            .map(|place| place.parse().unwrap())
            .collect()
    }

    fn hash(&self) -> Vec<u8> {
        hex(self.0["handshake_hash"].as_str().unwrap())
    }

    /// Pairs of payload and ciphertext.
    fn messages(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let of = |message: &Value, member| hex(message[member].as_str().unwrap());
        let messages = self.0["messages"].as_array().unwrap();
        messages.iter().map(|message| (of(message, "payload"), of(message, "ciphertext"))).collect()
    }

    fn engine(&self, side: &str) -> HandshakeState {
        let [local, remote] = ["static", "remote_static"].map(|member| self.bytes(side, member));
        let (prologue, psks) = (self.bytes(side, "prologue").unwrap(), self.psks(side));
        let resolver = Box::new(Resolver(self.seed(side)));
        let mut builder =
            Builder::with_resolver(self.name().parse().unwrap(), resolver).prologue(&prologue).unwrap();
        if let Some(local) = &local {
            builder = builder.local_private_key(local).unwrap();
        }
        if let Some(remote) = &remote {
            builder = builder.remote_public_key(remote).unwrap();
        }
        for (place, psk) in self.psk_places().into_iter().zip(&psks) {
            builder = builder.psk(place, psk).unwrap();
        }
        if side == "init" { builder.build_initiator() } else { builder.build_responder() }.unwrap()
    }

    fn handshake(&self, side: &str) -> Handshake {
        let prologue = self.bytes(side, "prologue").unwrap();
        let local = StaticSecret::from_bytes(self.key(side, "static").unwrap());
        let remote = self.key(side, "remote_static").map(PublicKey);
        let seed = self.seed(side);
        match (self.pattern(), side) {
            ("IK", "init") => Handshake::initiate_ik(&prologue, &local, &remote.unwrap(), seed),
            ("IK", _) => Handshake::respond_ik(&prologue, &local, seed),
            ("XX", "init") => Handshake::initiate_xx(&prologue, &local, seed),
            (_, _) => Handshake::respond_xx(&prologue, &local, seed),
        }
        .unwrap()
    }
}

fn vectors() -> Vec<Vector> {
    let mut file: Value = serde_json::from_str(FILE).unwrap();
    file["vectors"].as_array_mut().unwrap().drain(..).map(Vector).collect()
}

#[track_caller]
fn check_engine(vector: &Vector) {
    let (name, mut buffer) = (vector.name(), vec![0; 65_535]);
    let (mut sender, mut receiver) = (vector.engine("init"), vector.engine("resp"));
    let mut messages = vector.messages().into_iter();
    let mut handshake_count = 0;
    while !sender.is_handshake_finished() {
        let (payload, ciphertext) = messages.next().unwrap();
        let len = sender.write_message(&payload, &mut buffer).unwrap();
        assert_eq!(buffer[..len], ciphertext, "{name} handshake message {handshake_count}");
        let len = receiver.read_message(&ciphertext, &mut buffer).unwrap();
        assert_eq!(buffer[..len], payload, "{name} handshake message {handshake_count}");
        (sender, receiver) = (receiver, sender);
        handshake_count += 1;
    }
    assert_eq!(sender.get_handshake_hash(), vector.hash(), "{name}");
    assert_eq!(receiver.get_handshake_hash(), vector.hash(), "{name}");
    let is_oneway = handshake_count == 1;
    let (mut sender, mut receiver) =
        (sender.into_transport_mode().unwrap(), receiver.into_transport_mode().unwrap());
    if is_oneway {
        (sender, receiver) = (receiver, sender);
    }
    for (payload, ciphertext) in messages {
        let len = sender.write_message(&payload, &mut buffer).unwrap();
        assert_eq!(buffer[..len], ciphertext, "{name} record");
        let len = receiver.read_message(&ciphertext, &mut buffer).unwrap();
        assert_eq!(buffer[..len], payload, "{name} record");
        if !is_oneway {
            (sender, receiver) = (receiver, sender);
        }
    }
}

#[track_caller]
fn check_handshake(vector: &Vector) {
    let (mut sender, mut receiver) = (vector.handshake("init"), vector.handshake("resp"));
    let mut messages = vector.messages().into_iter();
    while sender.turn() != Turn::Finished {
        let (payload, ciphertext) = messages.next().unwrap();
        let (mut sent, mut heard) = (Vec::new(), Vec::new());
        sender.write_message(&payload, &mut sent).unwrap();
        assert_eq!(sent, ciphertext);
        receiver.read_message(&sent, &mut heard).unwrap();
        assert_eq!(heard, payload);
        (sender, receiver) = (receiver, sender);
    }
    let (mut sender, mut receiver) =
        (sender.into_established().unwrap(), receiver.into_established().unwrap());
    for Established { handshake_hash, .. } in [&sender, &receiver] {
        assert_eq!(handshake_hash.as_slice(), vector.hash());
    }
    for (payload, ciphertext) in messages {
        let (mut sent, mut heard) = ([0; 256], [0; 256]);
        assert_eq!(sender.transport.seal(&payload, &mut sent).unwrap(), ciphertext);
        assert_eq!(receiver.transport.open(&ciphertext, &mut heard).unwrap(), payload);
        (sender, receiver) = (receiver, sender);
    }
}

#[test]
fn every_pattern_of_the_suite_fits_its_vector() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 59);
    vectors.iter().for_each(check_engine);
}

#[test]
fn xx_and_ik_fit_their_vectors_through_the_public_types() {
    let vectors: Vec<_> =
        vectors().into_iter().filter(|vector| ["XX", "IK"].contains(&vector.pattern())).collect();
    let names: Vec<String> = vectors.iter().map(|vector| vector.pattern().into()).collect();
    assert_eq!(names, ["IK", "XX"]);
    vectors.iter().for_each(check_handshake);
}
