//! Lines that fail at the worst moment: a message is delivered once, and nobody waits for a peer that is gone.

use pinnace_client::{Carrier, LinkState, Outcome};
use pinnace_lanes::world::{Server, address};

use crate::device::{Device, payloads};
use crate::proxy::{Proxy, Way};
use crate::server;

/// A server, and two devices that are online; the first one is behind a proxy.
struct Pair {
    proxied: Device,
    direct: Device,
    proxy: Proxy,
    server: Server,
    _folder: tempfile::TempDir,
}

fn pair(carrier: Carrier, limits: &'static [&'static str]) -> Pair {
    let folder = tempfile::tempdir().unwrap();
    let server = server::start_with(&folder.path().join("server"), limits);
    let proxied = Device::register(&server, &folder.path().join("proxied"), "+46700000001");
    let direct = Device::register(&server, &folder.path().join("direct"), "+46700000002");
    let socket = match carrier {
        Carrier::Tcp => server.tcp,
        Carrier::WebSocket => server.websocket,
    };
    let proxy = Proxy::start(carrier, socket);
    proxied.whereto.set(address(carrier, proxy.socket, server.realm));
    let proxied = proxied.close().restart();
    proxied.wait_online();
    direct.wait_online();
    Pair { proxied, direct, proxy, server, _folder: folder }
}

/// The line is cut while SEND or its outcome is on it; the message is sent again, and delivered once.
#[track_caller]
fn cut_while(carrier: Carrier, held: Way) {
    let Pair { proxied: alice, direct: bob, proxy, server: _server, _folder } = pair(carrier, &[]);
    let settled = alice.send(bob.id(), b"before");
    assert_eq!(alice.outcome(settled), Outcome::Accepted);
    bob.payloads(1);
    proxy.pass(held, Some(0));
    let since = proxy.log().len();
    let id = alice.send(bob.id(), b"on the line");
    proxy.wait("what is held", |log| log[since..].iter().any(|entry| entry.way == held));
    // The server has the message, or has not; the client does not know.
    match held {
        Way::ToClient => assert_eq!(bob.payloads(2).len(), 2),
        Way::ToServer => assert_eq!(payloads(bob.client.store()).len(), 1),
    }
    assert_eq!(alice.client.store().message(id.0.value()).unwrap().unwrap().outcome, None);
    proxy.cut();
    assert_eq!(alice.outcome(id), Outcome::Accepted);
    // Behind this one nothing of the earlier ones can come any more.
    let last = alice.send(bob.id(), b"after");
    assert_eq!(alice.outcome(last), Outcome::Accepted);
    assert_eq!(bob.payloads(3), [b"before".to_vec(), b"on the line".to_vec(), b"after".to_vec()]);
    assert_eq!(proxy.log().last().unwrap().connection, 1, "the client comes back once");
}

#[test]
fn a_lost_outcome_does_not_double_the_message() {
    cut_while(Carrier::Tcp, Way::ToClient);
}

#[test]
fn a_lost_send_is_sent_again() {
    cut_while(Carrier::Tcp, Way::ToServer);
}

#[test]
fn a_lost_outcome_does_not_double_the_message_on_websocket() {
    cut_while(Carrier::WebSocket, Way::ToClient);
}

#[test]
fn a_new_session_takes_what_was_given_to_a_line_that_is_dead() {
    let Pair { proxied: bob, direct: alice, proxy, server, _folder } = pair(Carrier::Tcp, &[]);
    proxy.freeze();
    let since = proxy.log().len();
    for payload in [b"one", b"two"] {
        let id = alice.send(bob.id(), payload);
        assert_eq!(alice.outcome(id), Outcome::Accepted);
    }
    proxy.wait("the server's delivery", |log| log[since..].iter().any(|entry| entry.way == Way::ToClient));
    // The device is gone without a word. The server would notice after `idle_ms`: minutes.
    let bob = bob.crash();
    bob.whereto.set(server.address(Carrier::Tcp));
    let bob = bob.restart();
    assert_eq!(bob.payloads(2), [b"one".to_vec(), b"two".to_vec()]);
    // What the dead line says late is nobody's word any more.
    proxy.thaw();
    let id = alice.send(bob.id(), b"three");
    assert_eq!(alice.outcome(id), Outcome::Accepted);
    assert_eq!(bob.payloads(3).len(), 3);
    assert_eq!(bob.client.state().borrow().link, LinkState::Online);
}

#[test]
fn a_client_leaves_a_line_that_is_dead() {
    let Pair { proxied: alice, direct: bob, proxy, server, _folder } = pair(Carrier::Tcp, &["idle_ms=1000"]);
    proxy.freeze();
    alice.whereto.set(server.address(Carrier::Tcp));
    let id = alice.send(bob.id(), b"into the dark");
    assert_eq!(alice.outcome(id), Outcome::Accepted);
    // The same message comes once more, late and of an older session.
    proxy.thaw();
    let last = alice.send(bob.id(), b"after");
    assert_eq!(alice.outcome(last), Outcome::Accepted);
    assert_eq!(bob.payloads(2), [b"into the dark".to_vec(), b"after".to_vec()]);
}
