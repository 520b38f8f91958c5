//! Every state with every event of `session-server.toml`, against the real session.

use pinnace_session::noise::{Handshake, PublicKey, StaticSecret, Transport, Turn};
use pinnace_session::server::{
    Answer, HelloAnswer, Item, RegistrationAnswer, ServerEvent, ServerGoaway, ServerLimits, Ticket,
};
use pinnace_session::{NotNow, Scratch, ServerSession};
use pinnace_wire::{ErrorCode, FrameCode, GoawayReason, HelloCounter, ServerRecord, UnixMs, frames};

use crate::support::*;

/// A server session with the client's end in hand.
struct Rig {
    server: ServerSession,
    scratch: Scratch,
    peer: Peer,
    ticket: Option<Ticket>,
    now: pinnace_session::Now,
}

/// What the client's end can do next.
enum Peer {
    Nothing,
    /// Sent IK message 1; or XX message 1, after message 2 of which it can send message 3.
    Handshake(Box<Handshake>),
    Live(Box<Transport>),
}

const TIMER_MS: u64 = 1_000;

/// Limits under which only the timer of this event ends within [`TIMER_MS`].
fn limits_for(event: &str) -> ServerLimits {
    let ms = |name| if event == name { TIMER_MS } else { 1_000_000 };
    ServerLimits {
        inflight_max: 4,
        handshake_ms: ms("handshake_over"),
        confirm_ms: ms("confirm_over"),
        idle_ms: ms("idle_over"),
        drain_ms: ms("drain_over"),
        ..ServerLimits::default()
    }
}

impl Rig {
    fn new(event: &str) -> Self {
        let mut config = server_config();
        config.limits = limits_for(event);
        let server = ServerSession::new(shared(config), seed(20), START);
        Self { server, scratch: Scratch::new(), peer: Peer::Nothing, ticket: None, now: START }
    }

    fn give(&mut self, record: &[u8]) -> Result<(), NotNow> {
        self.server.on_record(record, &mut self.scratch, self.now)
    }

    fn answer(&mut self, answer: &HelloAnswer) {
        self.server.on_hello(answer, UnixMs::new(UNIX_S * 1_000).unwrap(), self.now);
    }

    /// Drives the session into a state, the way the table goes.
    fn drive(&mut self, state: &str, event: &str) {
        match state {
            "opening" => {}
            "retrying" => {
                let (record, _) = ik_opening(wrong_edge().public(), &encode(&hello()));
                self.give(&record).unwrap();
            }
            "proving" => {
                let (record, handshake) = xx_opening(None);
                self.give(&record).unwrap();
                self.peer = Peer::Handshake(Box::new(handshake));
            }
            "greeting" => self.greet(event),
            "unconfirmed" | "unregistered_unconfirmed" => self.welcome(state, event),
            "unregistered" => {
                self.welcome("unregistered_unconfirmed", event);
                self.say(b"");
            }
            "open" => {
                self.welcome("unconfirmed", event);
                self.say(b"");
            }
            "draining" => {
                self.drive("open", event);
                let drain_ms = limits_for(event).drain_ms;
                self.server.goaway(&goaway(drain_ms), self.now);
            }
            "closed" => {
                self.drive("open", event);
                self.server.close(ErrorCode::NoError);
            }
            _ => unreachable!("no state {state}"),
        }
        let _ = self.heard();
        while self.server.poll_event().is_some() {}
    }

    fn greet(&mut self, event: &str) {
        let flight = match event {
            "hello_unregistered_early" => [encode(&hello()), frame_event("SEND")].concat(),
            _ => encode(&hello()),
        };
        self.first_flight(&flight);
    }

    fn first_flight(&mut self, flight: &[u8]) {
        let (record, handshake) = ik_opening(edge().public(), flight);
        self.give(&record).unwrap();
        self.peer = Peer::Handshake(Box::new(handshake));
    }

    /// A registered device sends one message with HELLO when an outcome is wanted, so that there is a ticket.
    fn welcome(&mut self, state: &str, event: &str) {
        let early = if event == "outcome" { frame_event("SEND") } else { Vec::new() };
        let registered = state == "unconfirmed";
        let early = if registered { early } else { Vec::new() };
        self.first_flight(&[encode(&hello()), early].concat());
        self.answer(&if registered { registered_answer(50) } else { HelloAnswer::Unregistered });
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Send(request) = event {
                self.ticket = Some(request.ticket);
            }
        }
        let _ = self.heard();
    }

    /// Sends frames in a transport record.
    fn say(&mut self, plaintext: &[u8]) {
        match &mut self.peer {
            Peer::Live(transport) => {
                let record = seal(transport, plaintext);
                let _ = self.server.on_record(&record, &mut self.scratch, self.now);
            }
            Peer::Nothing | Peer::Handshake(_) => panic!("no channel"),
        }
    }

    /// What left: names of records and frames in order, and the error among them.
    fn heard(&mut self) -> (Vec<String>, Option<String>) {
        let (mut names, mut error) = (Vec::new(), None);
        let mut record = Vec::new();
        while self.server.poll_transmit(&mut record).is_some() {
            let (more, code) = self.read(&record);
            names.extend(more);
            error = error.or(code);
            record.clear();
        }
        (names, error)
    }

    fn read(&mut self, record: &[u8]) -> (Vec<String>, Option<String>) {
        match core::mem::replace(&mut self.peer, Peer::Nothing) {
            Peer::Live(mut transport) => {
                let plaintext = open(&mut transport, record);
                self.peer = Peer::Live(transport);
                names_of(&plaintext)
            }
            peer @ (Peer::Nothing | Peer::Handshake(_)) => self.read_clear(record, peer),
        }
    }

    fn read_clear(&mut self, record: &[u8], peer: Peer) -> (Vec<String>, Option<String>) {
        match ServerRecord::decode(record).unwrap() {
            ServerRecord::Retry => (vec!["RETRY".into()], None),
            ServerRecord::Reject { reason, highest_version, .. } => {
                assert_eq!(highest_version, 1);
                (vec!["REJECT".into()], reason.name().map(str::to_owned))
            }
            ServerRecord::Handshake(_) => {
                let Peer::Handshake(mut handshake) = peer else { return (vec!["HANDSHAKE".into()], None) };
                let payload = read_handshake(record, &mut handshake);
                if handshake.turn() == Turn::Finished {
                    let transport = handshake.into_established().unwrap().transport;
                    self.peer = Peer::Live(Box::new(transport));
                    names_of(&payload)
                } else {
                    assert_eq!(frames(&payload).count(), 1, "message 2 of XX is one CERTIFICATE");
                    self.peer = Peer::Handshake(handshake);
                    (vec!["HANDSHAKE".into()], None)
                }
            }
        }
    }

    fn feed(&mut self, state: &str, event: &str, kind: &str) {
        match kind {
            "record" => self.feed_record(state, event),
            "frame" => self.feed_frame(state, event),
            "timer" => {
                self.now = self.now.after(TIMER_MS);
                self.server.on_timeout(self.now);
            }
            "store" => self.feed_store(event),
            "local" if event == "goaway" => self.server.goaway(&goaway(5), self.now),
            "local" => self.server.close(ErrorCode::TakenOver),
            "carrier" => self.server.on_carrier_lost(),
            _ => unreachable!("no kind {kind}"),
        }
    }

    fn feed_record(&mut self, state: &str, event: &str) {
        let record = self.record_event(state, event);
        let is_refused = self.give(&record).is_err();
        assert_eq!(is_refused, state == "greeting", "{state} {event}");
    }

    fn record_event(&mut self, state: &str, event: &str) -> Vec<u8> {
        let with_byte = |index: usize, value| {
            let (mut record, handshake) = xx_opening(None);
            record[index] = value;
            (record, handshake)
        };
        let (record, handshake) = match event {
            "preface_bad" => with_byte(0, b'Q'),
            "preface_version" => with_byte(4, 2),
            "preface_suite" => with_byte(5, 9),
            "preface_pattern" => with_byte(6, 9),
            "opening_ik" => ik_opening(edge().public(), &encode(&hello())),
            "opening_ik_unreadable" => ik_opening(wrong_edge().public(), &encode(&hello())),
            "opening_xx" if state == "retrying" => xx_opening(Some(&refused_opening())),
            "opening_xx" => xx_opening(None),
            "opening_xx_bad" => {
                let (mut record, handshake) = xx_opening(None);
                record.push(0);
                (record, handshake)
            }
            "flight" => return self.flight(state, &encode(&hello())),
            "flight_no_hello" => return self.flight(state, &frame_event("SEND")),
            "flight_too_many" => {
                return self.flight(state, &[encode(&hello()), frame_event("SEND_over")].concat());
            }
            "record" => return self.transport_record(b""),
            "record_forged" => return vec![0x5a; 100],
            _ => unreachable!("no record event {event}"),
        };
        if matches!(self.peer, Peer::Nothing) {
            self.peer = Peer::Handshake(Box::new(handshake));
        }
        record
    }

    /// A first flight, where one can be sent; elsewhere octets that nobody can open.
    fn flight(&mut self, state: &str, payload: &[u8]) -> Vec<u8> {
        match core::mem::replace(&mut self.peer, Peer::Nothing) {
            Peer::Handshake(mut handshake) if state == "proving" => {
                let mut record = Vec::new();
                handshake.write_message(payload, &mut record).unwrap();
                let transport = handshake.into_established().unwrap().transport;
                self.peer = Peer::Live(Box::new(transport));
                record
            }
            // A first flight of HELLO alone is the event `opening_ik` in this state.
            Peer::Nothing if state == "opening" && payload != encode(&hello()) => {
                let (record, handshake) = ik_opening(edge().public(), payload);
                self.peer = Peer::Handshake(Box::new(handshake));
                record
            }
            peer @ (Peer::Nothing | Peer::Handshake(_) | Peer::Live(_)) => {
                self.peer = peer;
                vec![0x5a; 150]
            }
        }
    }

    fn transport_record(&mut self, plaintext: &[u8]) -> Vec<u8> {
        match &mut self.peer {
            Peer::Live(transport) => seal(transport, plaintext),
            Peer::Nothing | Peer::Handshake(_) => vec![0x5a; 16],
        }
    }

    fn feed_frame(&mut self, state: &str, event: &str) {
        let octets = frame_event(event);
        match state {
            "opening" | "proving" => {
                let record = self.flight(state, &[encode(&hello()), octets].concat());
                self.give(&record).unwrap();
            }
            // No record is opened here; that there is none to give is what the cell says.
            "retrying" | "greeting" => {}
            _ => {
                self.say(&octets);
                self.refuse_registration_steps();
            }
        }
    }

    /// A step of a registration that was never begun.
    fn refuse_registration_steps(&mut self) {
        while let Some(event) = self.server.poll_event() {
            if matches!(event, ServerEvent::RegisterMethod { .. } | ServerEvent::RegisterCode { .. }) {
                let code = FrameCode::new(ErrorCode::RegistrationOver.code().value()).unwrap();
                self.server.on_registration(&RegistrationAnswer::Failed { code, retry_after_ms: None });
            }
        }
    }

    fn feed_store(&mut self, event: &str) {
        match event {
            "hello_registered" => self.answer(&registered_answer(50)),
            "hello_unregistered" | "hello_unregistered_early" => self.answer(&HelloAnswer::Unregistered),
            "hello_stale" => self.answer(&HelloAnswer::Stale { stored: HelloCounter::new(9).unwrap() }),
            // HELLO has cursor 5.
            "hello_ahead" => self.answer(&registered_answer(4)),
            "hello_unavailable" => self.answer(&HelloAnswer::Unavailable { retry_after_ms: 5 }),
            "outcome" => {
                let ticket = self.ticket.unwrap_or_else(a_ticket);
                self.server.on_answer(ticket, Answer::Accepted);
            }
            "item" => {
                let (source, payload) = (other_device(8), b"ahoy".as_slice());
                let item = Item::Message { mailbox_seq: mailbox_seq(6), source, class: None, payload };
                let _ = self.server.push_item(&item);
            }
            _ => unreachable!("no store event {event}"),
        }
    }
}

fn goaway(drain_ms: u64) -> ServerGoaway {
    ServerGoaway { reason: GoawayReason::RESTART, drain_ms, window_ms: 1, alternates: Vec::new() }
}

fn registered_answer(mailbox_last: u64) -> HelloAnswer {
    HelloAnswer::Registered(hello_done(mailbox_last))
}

fn wrong_edge() -> StaticSecret {
    StaticSecret::from_bytes([44; 32])
}

/// The opening with which `drive` leads into `retrying`.
fn refused_opening() -> Vec<u8> {
    let key: &PublicKey = &*Box::leak(Box::new(*wrong_edge().public()));
    ik_opening(key, &encode(&hello())).0
}

/// A ticket of another session, for states that have none of their own.
fn a_ticket() -> Ticket {
    let mut rig = Rig::new("outcome");
    rig.drive("unconfirmed", "outcome");
    rig.ticket.unwrap()
}

#[test]
fn every_state_with_every_event_is_as_the_table_says() {
    table::check("session-server", |state, event| {
        let mut rig = Rig::new(&event.name);
        rig.drive(&state.name, &event.name);
        assert_eq!(rig.server.state().name(), state.name, "driven for {}", event.name);
        rig.feed(&state.name, &event.name, &event.kind);
        let (emits, error) = rig.heard();
        (rig.server.state().name(), emits, error)
    });
}
