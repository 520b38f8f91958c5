//! Octets that may be cut, and values that no encoder writes.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use core::num::NonZeroUsize;

use pinnace_wire::{
    Address, Alias, Class, ClientSeq, DecodeErrorKind, Deframed, DurationMs, EncodeError, Ephemeral, Frame,
    FrameType, Goaway, GoawayReason, List, MailboxSeq, Ping, PingToken, Receipt, ReceiptStatus, RegisterCode,
    Send, Unknown, frames, grease, limits,
};

fn send(payload: &[u8]) -> Frame<'_> {
    Frame::Send(Send {
        client_seq: ClientSeq::new(70).unwrap(),
        alias: Alias::new(3).unwrap(),
        payload,
        class: Some(Class::CALL),
        expires_in_s: None,
        no_receipt: true,
    })
}

#[test]
fn a_cut_frame_tells_what_its_part_lacks() {
    let mut out = [0; 256];
    // Type 1, length 2, body 108 octets.
    let len = send(&[7; 100]).encode(&mut out).unwrap();
    let octets = out.get(..len).unwrap();
    for cut in 0..len {
        let needed = match cut {
            0..=2 => 1,
            _ => len - cut,
        };
        let found = Frame::decode(octets.get(..cut).unwrap());
        assert_eq!(found, Ok(Deframed::Incomplete { needed: NonZeroUsize::new(needed).unwrap() }), "{cut}");
    }
    match Frame::decode(octets).unwrap() {
        Deframed::Frame { placed, rest } => {
            assert_eq!((placed.frame, placed.offset, placed.body_len), (send(&[7; 100]), 0, len - 3));
            assert!(rest.is_empty());
        }
        Deframed::Incomplete { .. } => panic!("the frame is whole"),
    }
}

#[test]
fn a_cut_type_tells_what_it_lacks() {
    // A type of four octets.
    let octets = [0xbf, 0xff, 0xff, 0xff];
    for cut in 1..4 {
        let found = Frame::decode(octets.get(..cut).unwrap());
        assert_eq!(found, Ok(Deframed::Incomplete { needed: NonZeroUsize::new(4 - cut).unwrap() }), "{cut}");
    }
    let found = Frame::decode(&octets);
    assert_eq!(found, Ok(Deframed::Incomplete { needed: NonZeroUsize::MIN }));
}

#[test]
fn what_is_wrong_is_told_before_the_rest_is_there() {
    assert_eq!(Frame::decode(&[44]).unwrap_err().kind, DecodeErrorKind::UnknownFrame);
    assert_eq!(Frame::decode(&[0]).unwrap_err().kind, DecodeErrorKind::ReservedType);
}

#[test]
fn a_frame_that_fits_no_record_is_not_waited_for() {
    // One octet of type, four of length: at most 65,530 of body.
    let fits = Frame::decode(&[20, 0x80, 0x00, 0xff, 0xfa]);
    assert_eq!(fits, Ok(Deframed::Incomplete { needed: NonZeroUsize::new(65_530).unwrap() }));
    let error = Frame::decode(&[20, 0x80, 0x00, 0xff, 0xfb]).unwrap_err();
    assert_eq!((error.kind, error.offset), (DecodeErrorKind::Truncated, 5));
    let error = Frame::decode(&[20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).unwrap_err();
    assert_eq!((error.kind, error.offset), (DecodeErrorKind::Truncated, 9));
}

#[test]
fn a_body_counts_its_unknown_extensions() {
    let record = [10, 5, 9, 33, 2, 1, 1];
    let placed = frames(&record).next().unwrap().unwrap();
    assert_eq!(placed.frame, Frame::Ping(Ping { token: PingToken::new(9).unwrap() }));
    assert_eq!((placed.body_len, placed.frame.body_len()), (5, 1));
}

#[test]
fn nothing_follows_an_error() {
    let mut walk = frames(&[10, 1, 0, 44, 0, 10, 1, 0]);
    assert!(walk.next().unwrap().is_ok());
    assert_eq!(walk.next().unwrap().unwrap_err().offset, 3);
    assert_eq!(walk.next(), None);
}

#[test]
fn an_error_names_the_field_that_is_cut() {
    // PING with the first octet of two, then of four: its token is cut.
    for token in [0x40, 0x80] {
        let error = frames(&[10, 1, token]).next().unwrap().unwrap_err();
        assert_eq!((error.kind, error.offset, error.field), (DecodeErrorKind::Truncated, 3, "token"));
    }
}

#[track_caller]
fn check_invalid(frame: impl Into<Frame<'static>>, field: &'static str) {
    let frame = frame.into();
    assert_eq!(frame.encode(&mut vec![0; 70_000]), Err(EncodeError::Invalid { field }), "{frame:?}");
}

#[test]
fn what_a_decoder_refuses_is_not_written() {
    let octets: &'static [u8] = vec![7; limits::PAYLOAD_LEN + 1].leak();
    check_invalid(send(&[]), "payload");
    check_invalid(send(octets), "payload");
    let alias = Alias::new(0).unwrap();
    check_invalid(Ephemeral { alias, payload: octets.get(..4097).unwrap() }, "payload");
    check_invalid(RegisterCode { code: "123" }, "code");
    check_invalid(RegisterCode { code: "1234567890123" }, "code");
    let (mailbox_seq, status) = (MailboxSeq::FIRST, ReceiptStatus::DELIVERED);
    check_invalid(Receipt { mailbox_seq, alias, status, ranges: List::EMPTY }, "ranges");
    let zero = DurationMs::new(0).unwrap();
    let goaway =
        |alternates| Goaway { reason: GoawayReason::RESTART, drain_ms: zero, window_ms: zero, alternates };
    check_invalid(goaway(List::from_slice(&[Address { address: "" }])), "address");
    check_invalid(goaway(List::from_slice(&[Address { address: "a" }; 9])), "alternates");
    let unknown = |value, body| Unknown { frame_type: FrameType::new(value).unwrap(), body };
    check_invalid(unknown(44, &[]), "type");
    check_invalid(unknown(20, &[]), "type");
    check_invalid(unknown(1, &[]), "type");
    check_invalid(unknown(33, vec![0; 65_531].leak()), "length");
}

#[test]
fn the_longest_frame_fills_a_record() {
    let body = vec![0; 65_530];
    let frame = Frame::Unknown(Unknown { frame_type: FrameType::new(33).unwrap(), body: &body });
    assert_eq!(frame.encode(&mut vec![0; limits::RECORD_LEN]), Ok(limits::RECORD_LEN));
}

#[test]
fn grease_is_written_and_read() {
    let frame = Frame::Unknown(Unknown { frame_type: grease::frame_type(7).unwrap(), body: b"any" });
    let mut out = [0; 16];
    let len = frame.encode(&mut out).unwrap();
    assert_eq!(frames(out.get(..len).unwrap()).next().unwrap().unwrap().frame, frame);
}
