//! Devices without a store: the real client session over the client's carriers, driven step by step. They are light, so
//! that thousands fit a process, and they can misbehave.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each step waits for a few events of a session; every other one is told as it is, or is of no use to it"
)]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use pinnace_client::link::{Connect as _, Link, Network};
use pinnace_client::{Keys, Random as _, ServerAddress, SystemRandom};
use pinnace_session::client::{
    AgainCause, ClientConfig, ClientEvent, ClientLimits, FirstFlight, KnownEdge, Outcome, ReceivedItem,
};
use pinnace_session::{
    Acked, ClientSession, Grease, KeyLog, Message, Now, RealmId, RegistrationState, Replace, Scratch, Seed,
    Trust,
};
use pinnace_wire::{
    Activity, ClientMark, ClientSeq, DeviceId, HelloCounter, MailboxMark, Method, RegistrationStage,
    RequestId, Standing, limits,
};
use tokio::time::timeout;

use super::{Codes, Failure, PATIENCE};

/// A device that remembers what the protocol asks it to, as long as this lives.
#[derive(Debug)]
pub struct Plain {
    keys: Keys,
    number: String,
    edge: Option<KnownEdge>,
    hello_counter: u64,
    settled: u64,
    /// Every item of its mailbox up to here is here.
    pub cursor: u64,
}

/// A session of such a device.
pub struct PlainSession {
    link: Link,
    session: ClientSession,
    scratch: Scratch,
    began: Instant,
}

/// What the server answered to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// ACCEPTED.
    Accepted,
    /// UNAVAILABLE: its store does not answer.
    Unavailable,
}

impl Plain {
    /// A device that no server has seen.
    #[must_use]
    pub fn new(number: String) -> Self {
        let keys = Keys::generate(&mut SystemRandom);
        Self { keys, number, edge: None, hello_counter: 0, settled: 0, cursor: 0 }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.keys.device_id()
    }

    /// Registers by the protocol, as a person's device would.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn register(&mut self, at: &ServerAddress, codes: &Codes) -> Result<(), Failure> {
        let realm = realm(at)?;
        let mut session = self.connect(at, ClientLimits::default()).await?;
        loop {
            let taken = match session.event().await? {
                ClientEvent::Edge(edge) => {
                    self.edge = Some(edge);
                    true
                }
                ClientEvent::Welcome(welcome) if welcome.standing == Standing::Unregistered => {
                    session.session.register(&self.number, Replace::Unwanted).is_ok()
                }
                ClientEvent::Registration(state) => self.step(&mut session, &state, (realm, codes)).await?,
                ClientEvent::Registered { .. } => return Ok(()),
                other => return Err(Failure::Program(format!("a registration was told {other:?}"))),
            };
            if !taken {
                return Err(Failure::Program("a registration is out of step".to_owned()));
            }
        }
    }

    async fn step(
        &self,
        session: &mut PlainSession,
        state: &RegistrationState,
        (realm, codes): (RealmId, &Codes),
    ) -> Result<bool, Failure> {
        Ok(match state.stage {
            RegistrationStage::Choosing => session.session.register_method(Method::SMS).is_ok(),
            RegistrationStage::Waiting => {
                let code = codes.of(&self.number).await?;
                session.session.register_code(&code).is_ok()
            }
            RegistrationStage::Verified => {
                let certificate = self.keys.certificate(realm, unix_s());
                certificate.is_some_and(|octets| session.session.register_device(&octets).is_ok())
            }
        })
    }

    /// Opens a session, and waits until the server has welcomed the device.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn open(&mut self, at: &ServerAddress, limits: ClientLimits) -> Result<PlainSession, Failure> {
        let mut session = self.connect(at, limits).await?;
        loop {
            match session.event().await? {
                ClientEvent::Edge(edge) => self.edge = Some(edge),
                ClientEvent::Welcome(welcome) if welcome.standing == Standing::Registered => {
                    self.settled = welcome.handled.value();
                    return Ok(session);
                }
                other => return Err(Failure::Program(format!("a device was told {other:?}"))),
            }
        }
    }

    async fn connect(&mut self, at: &ServerAddress, limits: ClientLimits) -> Result<PlainSession, Failure> {
        let beyond = || Failure::Client("a counter left its range".to_owned());
        // A session may use up two counters (SES-043).
        let hello_counter = HelloCounter::new(self.hello_counter.saturating_add(1)).ok_or_else(beyond)?;
        self.hello_counter = self.hello_counter.saturating_add(2);
        let flight = FirstFlight {
            hello_counter,
            settled: ClientMark::new(self.settled).ok_or_else(beyond)?,
            cursor: MailboxMark::new(self.cursor).ok_or_else(beyond)?,
            activity: Activity::Foreground,
            acked: None,
            sends: Vec::new(),
        };
        let config = ClientConfig {
            trust: Trust::genesis(realm(at)?),
            device: self.keys.device.clone(),
            edge: self.edge,
            route_token: Vec::new(),
            agent: String::new(),
            unix_s: unix_s(),
            limits,
            grease: Grease::Withheld,
            key_log: KeyLog::Off,
        };
        let mut seed = [0; 32];
        SystemRandom.fill(&mut seed);
        let link = timeout(PATIENCE, Network.connect(at)).await;
        let link = link.map_err(|_| Failure::Stuck("a connection".to_owned()))?;
        let link = link.map_err(|error| Failure::Client(format!("connection: {error}")))?;
        let session = ClientSession::new(config, &flight, Seed::new(seed), Now { ms: 0 })
            .map_err(|error| Failure::Client(format!("first flight: {error}")))?;
        Ok(PlainSession { link, session, scratch: Scratch::new(), began: Instant::now() })
    }
}

impl PlainSession {
    /// The next thing that the session tells. Reads and writes until then.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn event(&mut self) -> Result<ClientEvent, Failure> {
        match timeout(PATIENCE, self.moved()).await {
            Ok(event) => event,
            Err(_) => Err(Failure::Stuck("an answer of the server".to_owned())),
        }
    }

    async fn moved(&mut self) -> Result<ClientEvent, Failure> {
        loop {
            self.flush().await;
            if let Some(event) = self.session.poll_event() {
                return Ok(event);
            }
            match self.link.incoming.recv().await {
                Some(Ok(record)) => {
                    let now = Now { ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX) };
                    // A session that is over wants no record, and tells so.
                    let _ = self.session.on_record(&record, &mut self.scratch, now);
                }
                Some(Err(_)) | None => self.session.on_carrier_lost(),
            }
        }
    }

    /// Writes what waits.
    pub async fn flush(&mut self) {
        let mut record = Vec::new();
        while self.session.poll_transmit(&mut record).is_some() {
            // Where the connection is over, reading tells.
            let _ = self.link.outgoing.send(core::mem::take(&mut record)).await;
        }
    }

    /// Acknowledges every item up to this one.
    ///
    /// # Errors
    ///
    /// [`Failure::Client`].
    pub fn ack(&mut self, cursor: u64) -> Result<(), Failure> {
        let acked = MailboxMark::new(cursor).map(Acked::up_to);
        let taken = acked.is_some_and(|acked| self.session.ack(&acked).is_ok());
        if taken { Ok(()) } else { Err(Failure::Client("a session takes no acknowledgement".to_owned())) }
    }

    /// Waits until the server has ended the session. Says nothing meanwhile.
    ///
    /// # Errors
    ///
    /// [`Failure::Stuck`].
    pub async fn ended(&mut self) -> Result<(), Failure> {
        let end = async { while let Some(Ok(_)) = self.link.incoming.recv().await {} };
        timeout(PATIENCE, end).await.map_err(|_| Failure::Stuck("the end of a session".to_owned()))
    }

    /// Asks something that the server answers, and waits for the answer. What else comes meanwhile is dropped.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn ask(&mut self) -> Result<(), Failure> {
        let request = RequestId::new(1).ok_or_else(|| Failure::Client("no request".to_owned()))?;
        if self.session.query_devices(request).is_err() {
            return Err(Failure::Client("a session takes no question".to_owned()));
        }
        loop {
            match self.event().await? {
                ClientEvent::Devices { .. } => return Ok(()),
                ClientEvent::Closed(reason) => {
                    return Err(Failure::Client(format!("a session ended: {reason:?}")));
                }
                _ => {}
            }
        }
    }

    /// Sends a message, and waits for the answer.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub async fn send(&mut self, seq: u64, to: DeviceId, payload: Vec<u8>) -> Result<Answer, Failure> {
        let beyond = || Failure::Client("a number left its range".to_owned());
        let message = Message {
            client_seq: ClientSeq::new(seq).ok_or_else(beyond)?,
            destination: to,
            class: None,
            expires_in_s: None,
            receipt: pinnace_session::ReceiptWish::Unwanted,
            payload,
        };
        if self.session.send(&message).is_err() {
            return Err(Failure::Client("a session takes no message".to_owned()));
        }
        loop {
            match self.event().await? {
                ClientEvent::Outcome { outcome: Outcome::Accepted, .. } => return Ok(Answer::Accepted),
                ClientEvent::Again { cause: AgainCause::Unavailable, .. } => return Ok(Answer::Unavailable),
                ClientEvent::Item(_) => {}
                other => return Err(Failure::Program(format!("message {seq} was answered {other:?}"))),
            }
        }
    }

    /// Waits for the next item, and gives its payload.
    ///
    /// # Errors
    ///
    /// [`Failure`], also for an item that is no message.
    pub async fn message(&mut self) -> Result<Vec<u8>, Failure> {
        match self.event().await? {
            ClientEvent::Item(ReceivedItem::Message { payload, .. }) => Ok(payload),
            other => Err(Failure::Program(format!("instead of a message came {other:?}"))),
        }
    }
}

/// The limits of a device that says nothing by itself.
#[must_use]
pub fn silent() -> ClientLimits {
    ClientLimits { ping_ms: limits::PING_MS.max, ..ClientLimits::default() }
}

fn realm(at: &ServerAddress) -> Result<RealmId, Failure> {
    at.realm.ok_or_else(|| Failure::Usage("the address names no realm".to_owned()))
}

fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
