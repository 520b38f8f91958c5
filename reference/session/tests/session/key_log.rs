//! The key log: off unless asked for, alike at both ends.

use pinnace_session::KeyLog;
use pinnace_session::server::HelloAnswer;

use crate::support::*;

#[test]
fn nothing_is_told_unasked() {
    let mut pair = Pair::open(0);
    assert_eq!((pair.client.key_log(), pair.server.key_log()), (None, None));
    assert_eq!(pair.client.poll_tap(), None);
}

#[test]
#[cfg(feature = "keylog")]
fn tap_shows_each_record_both_ways() {
    use pinnace_session::Direction::{Received, Sent};
    for edge in [None, Some(known_edge())] {
        let mut client = client_config(edge);
        client.key_log = KeyLog::On;
        let mut pair = Pair::new(client, &first_flight(), server_config());
        pair.run();
        pair.answer_hello(&HelloAnswer::Registered(hello_done(0)));
        pair.run();
        pair.client.ping();
        pair.run();
        let seen: Vec<_> = core::iter::from_fn(|| pair.client.poll_tap())
            .map(|tapped| (tapped.direction, names_of(&tapped.plaintext).0.join(" ")))
            .collect();
        let all = [
            (Received, "CERTIFICATE"),
            (Sent, "HELLO"),
            (Received, "WELCOME"),
            (Sent, ""),
            (Sent, "PING"),
            (Received, "PONG"),
        ];
        let all: Vec<_> = all.map(|(direction, names)| (direction, names.to_owned())).to_vec();
        assert_eq!(seen, if edge.is_some() { &all[1..] } else { &all[..] });
    }
}

#[test]
#[cfg(feature = "keylog")]
fn both_ends_tell_the_same_line_once() {
    for edge in [None, Some(known_edge())] {
        let (mut client, mut server) = (client_config(edge), server_config());
        (client.key_log, server.key_log) = (KeyLog::On, KeyLog::On);
        let mut pair = Pair::new(client, &first_flight(), server);
        pair.run();
        pair.answer_hello(&HelloAnswer::Registered(hello_done(0)));
        pair.run();
        let line = pair.client.key_log().unwrap();
        assert_eq!(pair.server.key_log().as_ref(), Some(&line));
        let words: Vec<_> = line.split(' ').collect();
        assert_eq!((words.len(), words[0]), (4, "PINNACE_SECRETS"));
        assert!(words[1..].iter().all(|word| word.len() == 64), "{line}");
        assert_eq!(pair.client.key_log(), None);
    }
}

#[test]
#[cfg(not(feature = "keylog"))]
fn nothing_can_be_told_without_the_feature() {
    let (mut client, mut server) = (client_config(None), server_config());
    (client.key_log, server.key_log) = (KeyLog::On, KeyLog::On);
    let mut pair = Pair::new(client, &first_flight(), server);
    pair.run();
    pair.answer_hello(&HelloAnswer::Registered(hello_done(0)));
    pair.run();
    assert_eq!((pair.client.key_log(), pair.server.key_log()), (None, None));
}
