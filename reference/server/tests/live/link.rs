use std::path::Path;
use std::time::Instant;

use pinnace_session::client::{
    ClientConfig, ClientEvent, FirstFlight, KnownEdge, Outcome, ReceivedItem, WelcomeInfo,
};
use pinnace_session::{Acked, ClientSession, CloseReason, Message, Now, Replace, Scratch, Seed};
use pinnace_wire::{ClientSeq, MailboxMark, Method, RegistrationStage, RequestId};

use super::{Device, PATIENCE, Wire, code_of};

/// One connection of a device: the real client session over a blocking socket.
pub(crate) struct Link {
    pub(crate) wire: Wire,
    pub(crate) session: ClientSession,
    pub(crate) edge: Option<KnownEdge>,
    scratch: Scratch,
    began: Instant,
    /// What came and was not yet asked for.
    events: Vec<ClientEvent>,
}

impl Link {
    pub(crate) fn open(wire: Wire, config: ClientConfig, flight: FirstFlight) -> Self {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).unwrap();
        let session = ClientSession::new(config, &flight, Seed::new(seed), Now { ms: 0 }).unwrap();
        let (scratch, began) = (Scratch::new(), Instant::now());
        Self { wire, session, edge: None, scratch, began, events: Vec::new() }
    }

    fn now(&self) -> Now {
        Now { ms: u64::try_from(self.began.elapsed().as_millis()).unwrap() }
    }

    /// Writes what the session has to say.
    pub(crate) fn flush(&mut self) {
        let mut record = Vec::new();
        while self.session.poll_transmit(&mut record).is_some() {
            self.wire.send(&record);
            record.clear();
        }
    }

    /// Takes what has come and what the session makes of it. Reads one record where nothing is there.
    fn turn(&mut self) {
        self.flush();
        while let Some(event) = self.session.poll_event() {
            if let ClientEvent::Edge(edge) = &event {
                self.edge = Some(*edge);
            }
            self.events.push(event);
        }
        self.flush();
    }

    /// Waits for the event that `pick` picks; earlier ones stay for later.
    pub(crate) fn wait_for<T>(&mut self, what: &str, pick: impl Fn(&ClientEvent) -> Option<T>) -> T {
        let since = Instant::now();
        loop {
            self.turn();
            if let Some(index) = self.events.iter().position(|event| pick(event).is_some()) {
                return pick(&self.events.remove(index)).unwrap();
            }
            assert!(since.elapsed() < PATIENCE, "no {what}; {:?}", self.events);
            let now = self.now();
            match self.wire.receive() {
                Some(record) => self.session.on_record(&record, &mut self.scratch, now).unwrap(),
                None => {
                    self.session.on_carrier_lost();
                    self.turn();
                    let picked = self.events.iter().find_map(&pick);
                    return picked.unwrap_or_else(|| panic!("no {what}, but the end; {:?}", self.events));
                }
            }
        }
    }

    pub(crate) fn welcome(&mut self) -> WelcomeInfo {
        let welcome = self.wait_for("WELCOME", |event| match event {
            ClientEvent::Welcome(welcome) => Some((**welcome).clone()),
            _ => None,
        });
        self.flush();
        welcome
    }

    /// Waits until the server knows that this session is confirmed: it answers what only then it takes.
    pub(crate) fn confirm(&mut self) {
        self.session.query_devices(RequestId::new(1).unwrap()).unwrap();
        self.wait_for("DEVICES", |event| matches!(event, ClientEvent::Devices { .. }).then_some(()));
    }

    pub(crate) fn stage(&mut self, stage: RegistrationStage) {
        self.wait_for("REGISTRATION", |event| {
            matches!(event, ClientEvent::Registration(state) if state.stage == stage).then_some(())
        });
    }

    pub(crate) fn closed(&mut self) -> CloseReason {
        self.wait_for("end", |event| match event {
            ClientEvent::Closed(reason) => Some(*reason),
            _ => None,
        })
    }

    pub(crate) fn send(&mut self, message: &Message) {
        self.session.send(message).unwrap();
        self.flush();
    }

    /// Whether window and credit let a message pass.
    pub(crate) fn try_send(&mut self, message: &Message) -> bool {
        let sent = self.session.send(message).is_ok();
        self.flush();
        sent
    }

    /// The next outcome.
    pub(crate) fn outcome(&mut self) -> (ClientSeq, Outcome) {
        self.wait_for("outcome", |event| match event {
            ClientEvent::Outcome { client_seq, outcome } => Some((*client_seq, *outcome)),
            _ => None,
        })
    }

    /// The next item of the mailbox.
    pub(crate) fn item(&mut self) -> ReceivedItem {
        self.wait_for("item", |event| match event {
            ClientEvent::Item(item) => Some(item.clone()),
            _ => None,
        })
    }

    /// The payload of the next item, which has to be a message.
    pub(crate) fn payload(&mut self) -> Vec<u8> {
        match self.item() {
            ReceivedItem::Message { payload, .. } => payload,
            other => panic!("{other:?} in place of a message"),
        }
    }

    pub(crate) fn ack(&mut self, cursor: u64) {
        self.session.ack(&Acked::up_to(MailboxMark::new(cursor).unwrap())).unwrap();
        self.flush();
    }

    /// Whether one record of the server brings WELCOME, and whether it brings an item.
    pub(crate) fn events_of(&mut self, record: &[u8]) -> (bool, bool) {
        let now = self.now();
        self.session.on_record(record, &mut self.scratch, now).unwrap();
        self.turn();
        let welcome = self.events.iter().any(|event| matches!(event, ClientEvent::Welcome(_)));
        (welcome, self.events.iter().any(|event| matches!(event, ClientEvent::Item(_))))
    }

    /// Registers the device of this link, which has just been welcomed.
    pub(crate) fn register(&mut self, device: &Device, replace: Replace, codes: &Path) {
        self.session.register(&device.number, replace).unwrap();
        self.stage(RegistrationStage::Choosing);
        self.session.register_method(Method::SMS).unwrap();
        self.stage(RegistrationStage::Waiting);
        // The code may be tried a moment later only.
        loop {
            self.session.register_code(&code_of(codes, &device.number)).unwrap();
            let verified = self.wait_for("an answer to the code", |event| match event {
                ClientEvent::Registration(state) => Some(state.stage == RegistrationStage::Verified),
                ClientEvent::RegistrationFailed { .. } => Some(false),
                _ => None,
            });
            if verified {
                break;
            }
        }
        self.session.register_device(&device.certificate()).unwrap();
        self.wait_for("REGISTERED", |event| {
            matches!(event, ClientEvent::Registered { device: id, .. } if *id == device.id()).then_some(())
        });
        self.closed();
    }
}
