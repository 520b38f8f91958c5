//! The codec and the oracle, which share nothing, say the same of any octets.

use pinnace_oracle::{OracleError, decode_record, decode_structure, octets};
use pinnace_wire::mls::{ContentType, Envelope, Form, KeyPackage, Sender};
use pinnace_wire::{
    CommitAad, ConversationOrigin, DecodeError, DeviceCertificate, EdgeCertificate, Frames, MessageAad,
    RootSuccessor, SignedDeviceList, frames,
};

use crate::room::encoded;
use crate::told::Told;
use crate::{said, same};

/// A structure begins with its version, 1. Octets that begin with more than one above it are judged as a record alone: as a
/// structure they all fail at that octet, and it would cost most of the time.
const VERSION_JUDGED_MAX: u8 = 2;

/// The octets as a record, and as each structure: the same verdict, the same values, the same error at the same place.
///
/// # Panics
/// When the decoders differ.
pub fn decode(octets: &[u8]) {
    record(octets);
    if octets.first().is_some_and(|version| *version > VERSION_JUDGED_MAX) {
        return;
    }
    let told = decode_structure("edge_certificate", octets);
    structure(EdgeCertificate::decode(octets), told, same::edge_certificate);
    let told = decode_structure("root_successor", octets);
    structure(RootSuccessor::decode(octets), told, same::root_successor);
    let told = decode_structure("device_certificate", octets);
    structure(DeviceCertificate::decode(octets), told, same::device_certificate);
    let told = decode_structure("signed_device_list", octets);
    structure(SignedDeviceList::decode(octets), told, same::signed_device_list);
    let told = decode_structure("conversation_origin", octets);
    structure(ConversationOrigin::decode(octets), told, same::conversation_origin);
    let told = decode_structure("message_aad", octets);
    structure(MessageAad::decode(octets), told, same::message_aad);
    let told = decode_structure("commit_aad", octets);
    structure(CommitAad::decode(octets), told, same::commit_aad);
    key_package(octets);
    envelope(octets);
}

/// A KeyPackage is read in pieces that lie in it as RFC 9420 orders them, and each signature covers what stands before it.
fn key_package(octets: &[u8]) {
    match KeyPackage::decode(octets) {
        Ok(found) => {
            let leaf = found.leaf;
            let signature = octets::len_prefixed(found.signature);
            assert_eq!([found.signed, &signature].concat(), octets);
            let head = [&octets[..4], &octets::len_prefixed(found.init_key), leaf.signed].concat();
            assert!(found.signed.starts_with(&head));
            assert!(leaf.signed.ends_with(&octets::len_prefixed(leaf.extensions.as_bytes())));
            assert_eq!(found.is_last_resort(), found.extensions.iter().any(|(extension, _)| extension == 10));
            for signed in [found.sign_content(), leaf.sign_content()] {
                let written = encoded(signed.encoded_len(), |out| signed.encode(out));
                assert!(written.expect("room for all").ends_with(signed.content));
            }
        }
        Err(error) => said::of_octets(&error, octets),
    }
}

/// What is read of a message lies in it as RFC 9420 orders it; behind a PrivateMessage's there are two vectors, and nothing else.
fn envelope(octets: &[u8]) {
    let found = match Envelope::decode(octets) {
        Ok(found) => found,
        Err(error) => return said::of_octets(&error, octets),
    };
    let content_type = match found.content_type {
        ContentType::Application => 1,
        ContentType::Proposal => 2,
        ContentType::Commit => 3,
    };
    let group = [&octets::len_prefixed(found.group_id), &found.epoch.value().to_be_bytes()[..]].concat();
    let authenticated = octets::len_prefixed(found.authenticated_data);
    let head = match found.form {
        Form::Private => [&[0, 1, 0, 2], &group[..], &[content_type], &authenticated].concat(),
        Form::Public { sender } => {
            [&[0, 1, 0, 1], &group[..], &sender_octets(sender), &authenticated, &[content_type]].concat()
        }
    };
    let rest = octets.strip_prefix(&head[..]).expect("the message begins with what was read of it");
    if found.form == Form::Private {
        let end = past_vector(past_vector(rest));
        assert!(end.is_empty(), "something follows a PrivateMessage");
    }
}

fn sender_octets(sender: Sender) -> Vec<u8> {
    match sender {
        Sender::Member { leaf_index } => [&[1], &leaf_index.to_be_bytes()[..]].concat(),
        Sender::External { sender_index } => [&[2], &sender_index.to_be_bytes()[..]].concat(),
        Sender::NewMemberProposal => vec![3],
        Sender::NewMemberCommit => vec![4],
    }
}

/// What stands behind a vector, whose length is read anew here.
fn past_vector(octets: &[u8]) -> &[u8] {
    let width = 1 << (octets[0] >> 6);
    let len = octets[1..width]
        .iter()
        .fold(usize::from(octets[0] & 0x3f), |len, octet| len << 8 | usize::from(*octet));
    assert_eq!(octets::varint(len as u64).len(), width, "a length in its fewest octets");
    &octets[width + len..]
}

fn record(octets: &[u8]) {
    let mut walk = frames(octets);
    match decode_record(octets) {
        Ok(told) => {
            for told in &told {
                let placed = walk.next().expect("as many frames").expect("a frame that the oracle takes");
                assert_eq!(placed.frame.frame_type().value(), told.frame_type);
                assert_eq!((placed.offset, placed.body_len), (told.offset, told.body_len));
                same::frame(&placed.frame, told);
            }
            assert_eq!(walk.next(), None, "one frame more than the oracle sees");
        }
        Err(told) => {
            let (start, found) = first_error(&mut walk).expect("the codec takes what the oracle refuses");
            same_error(&found, &told);
            said::of_frame(&found, &told, &octets[start..]);
            assert_eq!(walk.next(), None, "nothing follows an error");
        }
    }
}

/// Where the frame begins that is wrong, and what is wrong with it.
fn first_error(walk: &mut Frames<'_>) -> Option<(usize, DecodeError)> {
    let mut start = 0;
    walk.find_map(|found| match found {
        Ok(placed) => {
            let head =
                [placed.frame.frame_type().value(), placed.body_len as u64].map(octets::varint).concat();
            start = placed.offset + head.len() + placed.body_len;
            None
        }
        Err(error) => Some((start, error)),
    })
}

fn structure<T>(
    found: Result<T, DecodeError>,
    told: Result<Vec<pinnace_oracle::NamedValue>, OracleError>,
    same: impl FnOnce(&T, &mut Told<'_>),
) {
    match (found, told) {
        (Ok(found), Ok(told)) => {
            let mut told = Told::new(&told, &[]);
            same(&found, &mut told);
            told.end();
        }
        (Err(found), Err(told)) => {
            same_error(&found, &told);
            said::of_structure(&found, &told);
        }
        (Ok(_), Err(told)) => panic!("the codec takes a structure, the oracle says {told}"),
        (Err(found), Ok(_)) => panic!("the oracle takes a structure, the codec says {found}"),
    }
}

fn same_error(found: &DecodeError, told: &OracleError) {
    assert_eq!((found.kind.name(), found.offset), (told.kind.name(), told.offset), "{found}, oracle {told}");
}
