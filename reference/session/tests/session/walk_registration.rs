//! Every state with every event of `registration.toml`: the session orders the steps and carries the answers; the shell
//! gives those that the table names.

use pinnace_session::noise::Transport;
use pinnace_session::server::{HelloAnswer, RegistrationAnswer, ServerEvent, ServerState};
use pinnace_session::{RegistrationState, Scratch, ServerSession};
use pinnace_spec::Cell;
use pinnace_wire::{
    AccountId, AttemptsLeft, CodeLen, DurationMs, ErrorCode, FrameCode, RegistrationStage, UnixMs,
};

use crate::support::*;

struct Rig {
    server: ServerSession,
    peer: Transport,
    scratch: Scratch,
}

impl Rig {
    fn new() -> Self {
        let mut server = ServerSession::new(shared(server_config()), seed(20), START);
        let mut scratch = Scratch::new();
        let (opening, mut handshake) = ik_opening(edge().public(), &encode(&hello()));
        server.on_record(&opening, &mut scratch, START).unwrap();
        server.on_hello(&HelloAnswer::Unregistered, UnixMs::new(1).unwrap(), START);
        let mut record = Vec::new();
        server.poll_transmit(&mut record).unwrap();
        read_handshake(&record, &mut handshake);
        let peer = handshake.into_established().unwrap().transport;
        let mut rig = Self { server, peer, scratch };
        rig.say(b"");
        rig
    }

    /// Says frames; tells what the shell is asked.
    fn say(&mut self, plaintext: &[u8]) -> Vec<ServerEvent> {
        let record = seal(&mut self.peer, plaintext);
        self.server.on_record(&record, &mut self.scratch, START).unwrap();
        core::iter::from_fn(|| self.server.poll_event())
            .filter(|event| !matches!(event, ServerEvent::Hello(_) | ServerEvent::Closed(_)))
            .collect()
    }

    fn heard(&mut self) -> (Vec<String>, Option<String>) {
        let mut record = Vec::new();
        if self.server.poll_transmit(&mut record).is_none() {
            return (Vec::new(), None);
        }
        let plaintext = open(&mut self.peer, &record);
        let error = pinnace_wire::frames(&plaintext).find_map(|placed| {
            let pinnace_wire::Frame::Error(error) = placed.unwrap().frame else { return None };
            Some(error.code.known().unwrap().name().to_owned())
        });
        let (names, code) = names_of(&plaintext);
        (names, code.or(error))
    }

    fn drive(&mut self, state: &str) {
        let steps: &[(&str, RegistrationAnswer)] = &[
            ("REGISTER", stage(RegistrationStage::Choosing)),
            ("REGISTER_METHOD", stage(RegistrationStage::Waiting)),
            ("REGISTER_CODE", stage(RegistrationStage::Verified)),
            ("REGISTER_DEVICE", registered()),
        ];
        let count =
            ["none", "choosing", "waiting", "verified", "registered"].iter().position(|name| *name == state);
        for (step, answer) in steps.iter().take(count.unwrap()) {
            assert_eq!(self.say(&frame_event(step)).len(), 1);
            self.server.on_registration(answer);
            let _ = self.heard();
        }
    }
}

fn stage(stage: RegistrationStage) -> RegistrationAnswer {
    let ms = DurationMs::new(1).unwrap();
    RegistrationAnswer::State(RegistrationState {
        stage,
        methods: Vec::new(),
        code_len: CodeLen::new(6).unwrap(),
        code_wait_ms: ms,
        attempts_left: AttemptsLeft::new(5).unwrap(),
        expires_in_ms: ms,
    })
}

fn registered() -> RegistrationAnswer {
    RegistrationAnswer::Registered { account: AccountId::new([4; 16]), device: this_device() }
}

/// What the shell answers where the table has this cell.
fn answer_of(cell: &Cell, next: &str) -> RegistrationAnswer {
    match cell.emits.first().map(String::as_str) {
        Some("ERROR") => {
            let name = cell.error.as_deref().unwrap();
            let code = ErrorCode::ALL.into_iter().find(|code| code.name() == name).unwrap();
            let code = FrameCode::new(code.code().value()).unwrap();
            RegistrationAnswer::Failed { code, retry_after_ms: Some(9) }
        }
        Some("RATE") => RegistrationAnswer::Rate { retry_after_ms: 9 },
        Some("REGISTERED") => registered(),
        Some("REGISTRATION") => stage(match next {
            "choosing" => RegistrationStage::Choosing,
            "waiting" => RegistrationStage::Waiting,
            "verified" => RegistrationStage::Verified,
            _ => unreachable!("no stage {next}"),
        }),
        other => unreachable!("no answer {other:?}"),
    }
}

#[test]
fn every_state_with_every_event_is_as_the_table_says() {
    let machine = pinnace_spec::machine("registration").unwrap();
    for (state, event, cell) in machine.pairs().filter(|(_, event, _)| event.kind == "frame") {
        let cell = cell.expect("one cell for each pair");
        check(cell, &state.name, &event.name, cell.next_after(&state.name));
    }
}

#[track_caller]
fn check(cell: &Cell, state: &str, event: &str, next: &str) {
    let step = ["REGISTER_METHOD", "REGISTER_CODE", "REGISTER_DEVICE", "REGISTER"]
        .into_iter()
        .find(|step| event.starts_with(step))
        .unwrap();
    let mut rig = Rig::new();
    rig.drive(state);
    let asked = rig.say(&frame_event(step));
    let is_closing = cell.emits.first().is_none_or(|first| first == "CLOSE");
    assert_eq!(asked.is_empty(), is_closing, "{state} × {event}: {asked:?}");
    if !asked.is_empty() {
        rig.server.on_registration(&answer_of(cell, next));
    }
    assert_eq!(rig.heard(), (cell.emits.clone(), cell.error.clone()), "{state} × {event}");
    let is_closed = rig.server.state() == ServerState::Closed;
    assert_eq!(
        is_closed,
        cell.emits.contains(&"CLOSE".to_owned()) || state == "registered",
        "{state} × {event}"
    );
    if !is_closed {
        // Only a verified number lets the certificate pass.
        let asked = rig.say(&frame_event("REGISTER_DEVICE"));
        assert_eq!(!asked.is_empty(), next == "verified", "{state} × {event}: certificate afterwards");
    }
}
