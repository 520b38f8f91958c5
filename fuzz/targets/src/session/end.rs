//! The two ends of a connection: a machine of ours, or a channel in the fuzzer's hand.

use arbitrary::{Result, Unstructured};
use pinnace_session::client::ClientEvent;
use pinnace_session::noise::Transport;
use pinnace_session::server::HelloAnswer;
use pinnace_session::{ClientSession, Scratch, Seed, ServerSession};
use pinnace_wire::{
    ClientMark, CreditBytes, CreditCount, Frame, List, MailboxMark, Pattern, SessionEpoch, Standing, Welcome,
};

use crate::keys;

/// An end.
#[derive(Debug)]
pub(crate) enum End<T> {
    Ours(Box<T>),
    Hand(Box<Transport>),
}

/// The ends that a schedule begins with, and what its client said before the schedule began.
pub(crate) fn ends(
    schedule: &mut Unstructured<'_>,
) -> Result<(End<ClientSession>, End<ServerSession>, Vec<ClientEvent>)> {
    let client = |pattern| {
        let (config, first) = (keys::client_config(pattern), keys::first_flight());
        ClientSession::new(config, &first, Seed::new([10; 32]), keys::START).expect("a first flight")
    };
    let by_hand = |answer| {
        let (server, transport) = keys::welcomed(answer);
        (End::Hand(Box::new(transport)), End::Ours(Box::new(server)), Vec::new())
    };
    Ok(match schedule.arbitrary::<u8>()? % 6 {
        0 => (End::Ours(Box::new(client(Pattern::Ik))), End::Ours(Box::new(keys::server())), Vec::new()),
        1 => (End::Ours(Box::new(client(Pattern::Xx))), End::Ours(Box::new(keys::server())), Vec::new()),
        2 => by_hand(&keys::registered(50)),
        3 => by_hand(&HelloAnswer::Unregistered),
        4 => welcomed_client(client(Pattern::Ik), Standing::Registered),
        _ => welcomed_client(client(Pattern::Ik), Standing::Unregistered),
    })
}

fn welcomed_client(
    mut client: ClientSession,
    standing: Standing,
) -> (End<ClientSession>, End<ServerSession>, Vec<ClientEvent>) {
    let mut opening = Vec::new();
    client.poll_transmit(&mut opening).expect("an opening");
    let (answer, transport) = keys::answered(&opening, &keys::encode(&welcome(standing)));
    client.on_record(&answer, &mut Scratch::new(), keys::START).expect("a record is wanted");
    let told = core::iter::from_fn(|| client.poll_event()).collect();
    (End::Ours(Box::new(client)), End::Hand(Box::new(transport)), told)
}

fn welcome(standing: Standing) -> Frame<'static> {
    Frame::Welcome(Welcome {
        standing,
        session_epoch: SessionEpoch::new(if standing == Standing::Registered { 1 } else { 0 }).unwrap(),
        handled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
        mailbox_last: MailboxMark::new(if standing == Standing::Registered { 50 } else { 0 }).unwrap(),
        credit_count: CreditCount::new(100).unwrap(),
        credit_bytes: CreditBytes::new(100_000).unwrap(),
        time_ms: keys::wall(),
        exceptions: List::EMPTY,
        agent: None,
        profiles: List::EMPTY,
        limits: List::EMPTY,
        features: List::EMPTY,
        route_token: None,
        certificate: None,
        successor: None,
    })
}
