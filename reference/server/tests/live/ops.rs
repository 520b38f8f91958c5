//! The pages for operators.

use super::http::{CLOSE, get, metric, metric_falls, metric_reaches};
use super::{TestServer, Wire};

#[test]
fn a_message_shows_in_the_metrics_and_no_device_does() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    at_alice.send(&alice.message(bob.id(), b"ahoy"));
    at_bob.payload();
    at_bob.ack(1);
    at_alice.item();
    let at = server.metrics();
    metric_reaches(at, "pinnace_deliver_to_ack_seconds_count", 1.0);
    for (name, value) in [
        ("pinnace_messages_accepted_total", 1.0),
        ("pinnace_messages_delivered_total", 1.0),
        ("pinnace_accept_to_deliver_seconds_count", 1.0),
        ("pinnace_sessions", 2.0),
        ("pinnace_connections", 2.0),
        ("pinnace_handshakes_total{result=\"completed\"}", 4.0),
        ("pinnace_errors_total{code=\"REPLACED\"}", 2.0),
    ] {
        assert_eq!(metric(at, name), value, "{name}");
    }
    assert!(metric(at, "pinnace_store_commits_total") > 1.0);
    let page = get(at, "/metrics", CLOSE);
    for device in [alice.id(), bob.id()] {
        assert!(!page.contains(&pinnace_server::hex::encode(device.as_bytes())));
    }
    drop((at_alice, at_bob));
}

#[test]
fn what_waits_shows_when_its_device_comes_back() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    for text in [b"ahoy", b"here"] {
        at_alice.send(&alice.message(bob.id(), text));
    }
    let at = server.metrics();
    metric_reaches(at, "pinnace_messages_accepted_total", 2.0);
    for (sessions, redeliveries) in [(1.0, 0.0), (2.0, 1.0)] {
        let mut at_bob = bob.open(Wire::tcp(server.tcp()));
        at_bob.payload();
        metric_reaches(at, "pinnace_undelivered_age_seconds_count", sessions);
        metric_reaches(at, "pinnace_redeliveries_total", redeliveries);
        assert_eq!(metric(at, "pinnace_undelivered_items_sum"), 2.0 * sessions);
        at_bob.wire.shut();
        metric_falls(at, "pinnace_sessions", 1.0);
    }
    drop(at_alice);
}

#[test]
fn gauges_fall_when_connections_end() {
    let server = TestServer::start(&[]);
    let mut alice = server.registered();
    let link = alice.open(Wire::tcp(server.tcp()));
    metric_reaches(server.metrics(), "pinnace_sessions", 1.0);
    link.wire.shut();
    metric_falls(server.metrics(), "pinnace_sessions", 0.0);
    metric_falls(server.metrics(), "pinnace_connections", 0.0);
}

#[test]
fn health_is_told() {
    let server = TestServer::start(&[]);
    assert!(get(server.metrics(), "/healthz", CLOSE).starts_with("HTTP/1.1 200 "));
}
