//! Every state with every event of `session-client.toml`, against the real session.

use pinnace_session::client::ClientLimits;
use pinnace_session::noise::{Handshake, Transport, Turn};
use pinnace_session::{Acked, ClientSession, Message, Now, ReceiptWish, Replace, Scratch};
use pinnace_wire::{
    ErrorCode, Frame, LimitEntry, LimitId, LimitValue, List, MailboxMark, Pattern, RejectReason,
    ServerRecord, Standing, limits,
};

use crate::support::*;

/// A client session with the edge's end in hand.
struct Rig {
    client: ClientSession,
    scratch: Scratch,
    peer: Peer,
    now: Now,
}

enum Peer {
    Nothing,
    Handshake(Box<Handshake>),
    Live(Box<Transport>),
}

const TIMER_MS: u64 = 1_000;

fn limits_for(event: &str) -> ClientLimits {
    let ms = |name| if event == name { TIMER_MS } else { 1_000_000 };
    ClientLimits { ping_ms: ms("ping_due"), handshake_ms: ms("handshake_over"), ..ClientLimits::default() }
}

impl Rig {
    fn new(state: &str, event: &str) -> Self {
        let edge = (state == "opening").then(known_edge);
        let mut config = client_config(edge);
        config.limits = limits_for(event);
        let mut first = first_flight();
        first.cursor = MailboxMark::new(5).unwrap();
        let client = ClientSession::new(config, &first, seed(10), START).unwrap();
        let mut rig = Self { client, scratch: Scratch::new(), peer: Peer::Nothing, now: START };
        let mut opening = Vec::new();
        rig.client.poll_transmit(&mut opening).unwrap();
        let pattern = if state == "opening" { Pattern::Ik } else { Pattern::Xx };
        rig.peer = Peer::Handshake(Box::new(respond(&opening, pattern, None)));
        rig
    }

    fn give(&mut self, record: &[u8]) {
        self.client.on_record(record, &mut self.scratch, self.now).unwrap();
    }

    /// Drives the session into a state, the way the table goes.
    fn drive(&mut self, state: &str, event: &str) {
        match state {
            "opening" | "proving" => return,
            "greeting" => self.prove(),
            "unregistered" | "open" => {
                self.prove();
                let standing = if state == "open" { Standing::Registered } else { Standing::Unregistered };
                self.say(&welcome_with_idle(standing, event));
            }
            "draining" => {
                self.drive("open", event);
                self.say(&frame_event("GOAWAY"));
            }
            "closed" => {
                self.drive("open", event);
                self.client.close(ErrorCode::NoError);
            }
            _ => unreachable!("no state {state}"),
        }
        let _ = self.heard();
        while self.client.poll_event().is_some() {}
    }

    fn prove(&mut self) {
        self.say(&certificate_frame(&edge()));
        assert_eq!(self.heard().0, ["HANDSHAKE"]);
    }

    /// Says frames in the record that is next: handshake message 2, or a transport record.
    fn say(&mut self, plaintext: &[u8]) {
        let record = match core::mem::replace(&mut self.peer, Peer::Nothing) {
            Peer::Live(mut transport) => {
                let record = seal(&mut transport, plaintext);
                self.peer = Peer::Live(transport);
                record
            }
            Peer::Handshake(mut handshake) => {
                let record = handshake_record(&mut handshake, plaintext);
                self.peer = if handshake.turn() == Turn::Finished {
                    Peer::Live(Box::new(handshake.into_established().unwrap().transport))
                } else {
                    Peer::Handshake(handshake)
                };
                record
            }
            Peer::Nothing => panic!("no channel"),
        };
        self.give(&record);
    }

    fn heard(&mut self) -> (Vec<String>, Option<String>) {
        let (mut names, mut error) = (Vec::new(), None);
        let mut record = Vec::new();
        while self.client.poll_transmit(&mut record).is_some() {
            let (more, code) = self.read(&record);
            names.extend(more);
            error = error.or(code);
            record.clear();
        }
        (names, error)
    }

    fn read(&mut self, record: &[u8]) -> (Vec<String>, Option<String>) {
        if record.starts_with(b"PNCE") {
            return (vec!["OPENING".into()], None);
        }
        match core::mem::replace(&mut self.peer, Peer::Nothing) {
            Peer::Live(mut transport) => {
                let plaintext = open(&mut transport, record);
                self.peer = Peer::Live(transport);
                only_grammar_tells_a_place(&plaintext);
                if plaintext.is_empty() { (vec!["RECORD".into()], None) } else { names_of(&plaintext) }
            }
            Peer::Handshake(mut handshake) => {
                let mut flight = Vec::new();
                handshake.read_message(record, &mut flight).unwrap();
                assert_eq!(names_of(&flight).0, ["HELLO"]);
                self.peer = Peer::Live(Box::new(handshake.into_established().unwrap().transport));
                (vec!["HANDSHAKE".into()], None)
            }
            Peer::Nothing => panic!("record without a channel"),
        }
    }

    fn feed(&mut self, state: &str, event: &str, kind: &str) {
        match (kind, event) {
            ("record", "record") if !matches!(state, "opening" | "proving" | "closed") => self.say(b""),
            ("record", _) => self.give(&record_event(event)),
            ("frame", _) if state == "closed" => self.give(&[0x5a; 40]),
            ("frame", _) => self.say(&frame_event(event)),
            ("timer", _) => self.pass(),
            ("local", "send") => {
                let message = Message {
                    client_seq: client_seq(1),
                    destination: other_device(9),
                    class: None,
                    expires_in_s: None,
                    receipt: ReceiptWish::Wanted,
                    payload: b"ahoy".to_vec(),
                };
                let _ = self.client.send(&message);
            }
            ("local", "ack") => {
                let _ = self.client.ack(&Acked::up_to(MailboxMark::new(5).unwrap()));
            }
            ("local", "register") => {
                let _ = self.client.register("+4930123456", Replace::Unwanted);
            }
            ("local", _) => self.client.close(ErrorCode::NoError),
            ("carrier", _) => self.client.on_carrier_lost(),
            _ => unreachable!("no kind {kind}"),
        }
    }

    /// The time of the event comes; what was due before it has gone out.
    fn pass(&mut self) {
        let end = self.now.after(TIMER_MS);
        while let Some(next) = self.client.poll_timeout().filter(|next| *next < end) {
            self.client.on_timeout(next);
            let _ = self.heard();
        }
        self.now = end;
        self.client.on_timeout(end);
    }
}

/// Spec: FRM-018, FRM-020.
fn only_grammar_tells_a_place(plaintext: &[u8]) {
    for placed in pinnace_wire::frames(plaintext) {
        let Ok(Frame::Close(close)) = placed.map(|placed| placed.frame) else { continue };
        let is_grammar = matches!(close.code.known(), Some(ErrorCode::Malformed | ErrorCode::UnknownFrame));
        assert_eq!(close.offset.is_some(), is_grammar, "{close:?}");
    }
}

fn record_event(event: &str) -> Vec<u8> {
    let record = match event {
        "record" => return vec![0x5a; 16],
        "record_forged" => return [vec![0], vec![0x5a; 150]].concat(),
        "retry" => ServerRecord::Retry,
        "reject" => {
            ServerRecord::Reject { reason: RejectReason::BUSY, retry_after_ms: 7, highest_version: 1 }
        }
        "kind_unknown" => return vec![9, 1, 2],
        _ => unreachable!("no record event {event}"),
    };
    let mut out = vec![0; record.encoded_len()];
    record.encode(&mut out).unwrap();
    out
}

/// WELCOME under which only the idle time ends soon, where that is the event.
fn welcome_with_idle(standing: Standing, event: &str) -> Vec<u8> {
    let idle_ms = if event == "idle_over" { TIMER_MS } else { limits::IDLE_MS.max };
    let entry = [LimitEntry {
        limit: LimitId::new(limits::IDLE_MS.id).unwrap(),
        value: LimitValue::new(idle_ms).unwrap(),
    }];
    let Frame::Welcome(welcome) = welcome(standing) else { unreachable!() };
    encode(&Frame::Welcome(pinnace_wire::Welcome { limits: List::from_slice(&entry), ..welcome }))
}

#[test]
fn every_state_with_every_event_is_as_the_table_says() {
    table::check("session-client", |state, event| {
        let mut rig = Rig::new(&state.name, &event.name);
        rig.drive(&state.name, &event.name);
        assert_eq!(rig.client.state().name(), state.name, "driven for {}", event.name);
        rig.feed(&state.name, &event.name, &event.kind);
        let (emits, error) = rig.heard();
        (rig.client.state().name(), emits, error)
    });
}

/// Spec: FRM-016.
#[test]
fn frames_before_an_error_are_handled_and_those_after_are_not() {
    let mut rig = Rig::new("open", "PING");
    rig.drive("open", "PING");
    rig.say(&[frame_event("PING"), frame_event("MALFORMED"), frame_event("PING")].concat());
    let (names, error) = rig.heard();
    assert_eq!(names, ["PONG", "CLOSE"]);
    assert_eq!(error.as_deref(), Some("MALFORMED"));
}
