//! What follows a number, what a mark covers, and how an identifier is written.

use pinnace_wire::{ClientMark, ClientSeq, DeviceId, MailboxMark, MailboxSeq, U62_MAX};

#[test]
fn a_number_is_followed_by_the_next_until_there_is_none() {
    for value in [1, 2, 3, U62_MAX - 1] {
        let seq = ClientSeq::new(value).unwrap();
        assert_eq!(seq.next(), ClientSeq::new(value + 1));
        let seq = MailboxSeq::new(value).unwrap();
        assert_eq!(seq.next(), MailboxSeq::new(value + 1));
    }
    assert_eq!(ClientSeq::new(U62_MAX).unwrap().next(), None);
    assert_eq!(MailboxSeq::new(U62_MAX).unwrap().next(), None);
}

#[test]
fn a_mark_is_followed_by_the_first_number_above_it() {
    for value in [0, 1, 2, 3, U62_MAX - 1] {
        assert_eq!(ClientMark::new(value).unwrap().next(), ClientSeq::new(value + 1));
        assert_eq!(MailboxMark::new(value).unwrap().next(), MailboxSeq::new(value + 1));
    }
    assert_eq!(ClientMark::new(U62_MAX).unwrap().next(), None);
    assert_eq!(MailboxMark::new(U62_MAX).unwrap().next(), None);
}

#[test]
fn a_mark_covers_the_numbers_up_to_it() {
    let (below, at, above) = (4, 5, 6);
    let mark = ClientMark::new(at).unwrap();
    let covered = [below, at, above].map(|value| mark.covers(ClientSeq::new(value).unwrap()));
    assert_eq!(covered, [true, true, false]);
    assert_eq!((mark.last(), ClientMark::new(0).unwrap().last()), (ClientSeq::new(at), None));
    let mark = MailboxMark::new(at).unwrap();
    let covered = [below, at, above].map(|value| mark.covers(MailboxSeq::new(value).unwrap()));
    assert_eq!(covered, [true, true, false]);
    assert_eq!((mark.last(), MailboxMark::new(0).unwrap().last()), (MailboxSeq::new(at), None));
}

#[test]
fn an_identifier_is_written_in_hexadecimal_digits() {
    let device = DeviceId::new([0x0a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff]);
    assert_eq!(device.to_string(), "0a0102030405060708090a0b0c0d0eff");
    assert_eq!(format!("{device:?}"), device.to_string());
}
