//! Octets and memory: the budgets of the specification.

use pinnace_session::server::{Answer, Item, ServerEvent};
use pinnace_session::{ClientSession, Message, ReceiptWish, ServerSession};

use crate::support::*;

/// The length before each record on TCP.
const TCP_LEN: usize = 2;
/// Sequences up to here are below 2^30.
const LATE: u64 = (1 << 30) - 600;

fn payload_lens() -> impl Iterator<Item = usize> {
    (64..16_384).step_by(31).chain([64, 65, 16_300, 16_381, 16_382, 16_383])
}

#[test]
fn send_takes_at_most_31_octets_beyond_its_payload() {
    let (mut pair, mut most) = (Pair::open(0), 0);
    for (seq, len) in (LATE..).zip(payload_lens()) {
        let message = Message {
            client_seq: client_seq(seq),
            destination: other_device(9),
            class: None,
            expires_in_s: None,
            receipt: ReceiptWish::Wanted,
            payload: vec![1; len],
        };
        pair.client.send(&message).unwrap();
        pair.run();
        let Some(ServerEvent::Send(request)) = pair.told_server.pop_back() else { panic!("no SEND") };
        // The first record holds the BIND that the later ones do without.
        if seq > LATE {
            most = most.max(pair.client_records.last().unwrap() + TCP_LEN - len);
        }
        pair.server.on_answer(request.ticket, Answer::Accepted);
        pair.run();
    }
    assert!(most <= 31, "{most}");
    assert!(most >= 28, "the measure measures: {most}");
}

#[test]
fn deliver_takes_at_most_30_octets_beyond_its_payload() {
    let (mut pair, mut most) = (Pair::open(LATE), 0);
    for (seq, len) in (LATE..).zip(payload_lens()) {
        let (mailbox_seq, source, payload) = (mailbox_seq(seq), other_device(8), vec![1; len]);
        pair.server
            .push_item(&Item::Message { mailbox_seq, source, class: None, payload: &payload })
            .unwrap();
        pair.server_to_client();
        if seq > LATE {
            most = most.max(pair.server_records.last().unwrap() + TCP_LEN - len);
        }
        pair.run();
    }
    assert!(most <= 30, "{most}");
    assert!(most >= 28, "the measure measures: {most}");
}

#[test]
fn sessions_are_small_values() {
    assert!(size_of::<ServerSession>() <= 1_024, "{}", size_of::<ServerSession>());
    assert!(size_of::<ClientSession>() <= 1_536, "{}", size_of::<ClientSession>());
}
