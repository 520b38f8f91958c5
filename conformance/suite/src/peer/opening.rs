//! Opening a session: carrier, handshake, HELLO, WELCOME.

use super::carrier::{Carrier, Tcp, WebSocket, upgrade_request};
use super::device::{Device, Edge};
use super::greeting::{Answer, Pattern, Preface, send_clear};
use super::noise::{Handshake, Role, Secret, Transport};
use super::say::Hello;
use super::seen::Seen;
use super::session::Session;
use crate::case::Halt;
use crate::ctx::Ctx;

/// Which carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// The TCP carrier.
    Tcp,
    /// The WebSocket carrier.
    WebSocket,
}

/// When the first transport record is sent, which confirms the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// An empty record, as soon as WELCOME is there.
    AtOnce,
    /// The case does it, or does not.
    Later,
}

/// A session to be opened. Everything has its honest value unless the case sets another.
pub struct Opening<'a> {
    ctx: &'a Ctx,
    device: &'a Device,
    /// IK when the device knows the edge, else XX.
    pub pattern: Pattern,
    /// TCP.
    pub via: Via,
    /// None.
    pub route_token: Vec<u8>,
    /// The device's next HELLO.
    pub hello: Hello,
    /// Frames after HELLO in the first flight. None.
    pub early: Vec<u8>,
    /// Stands in place of HELLO and `early`. None.
    pub flight: Option<Vec<u8>>,
    /// At once.
    pub confirm: Confirm,
}

impl core::fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Opening").field("device", &self.device).finish_non_exhaustive()
    }
}

impl<'a> Opening<'a> {
    /// An honest opening of a device. Raises its counter.
    #[must_use]
    pub fn new(ctx: &'a Ctx, device: &'a Device) -> Self {
        let pattern = if device.edge.borrow().is_some() { Pattern::Ik } else { Pattern::Xx };
        Self {
            ctx,
            device,
            pattern,
            via: Via::Tcp,
            route_token: Vec::new(),
            hello: device.next_hello(),
            early: Vec::new(),
            flight: None,
            confirm: Confirm::AtOnce,
        }
    }

    /// Changes what the case wants otherwise.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Opens, and gives the session only if WELCOME came.
    ///
    /// # Errors
    /// [`Halt::Broken`] when something else came, and what [`Opening::attempt`] gives.
    pub fn open(self) -> Result<Session<'a>, Halt> {
        let name = self.device.name.clone();
        let session = self.attempt()?;
        match &session.first {
            Seen::Welcome(_) => Ok(session),
            other => Err(Halt::Broken { reason: format!("{name} was not welcomed: {other:?}") }),
        }
    }

    /// Opens as far as the first frame of the server, whatever it is.
    ///
    /// # Errors
    /// [`Halt::Broken`] when the handshake itself does not go through.
    pub fn attempt(self) -> Result<Session<'a>, Halt> {
        let carrier = self.carrier()?;
        match self.pattern {
            Pattern::Xx => self.by_xx(carrier),
            Pattern::Ik => self.by_ik(carrier),
        }
    }

    fn carrier(&self) -> Result<Carrier, Halt> {
        dial(self.ctx, self.via)
    }

    fn flight(&self) -> Vec<u8> {
        self.flight.clone().unwrap_or_else(|| [&self.hello.octets()[..], &self.early].concat())
    }

    fn preface(&self) -> Preface {
        Preface { route_token: self.route_token.clone(), ..Preface::new(self.pattern) }
    }

    fn by_xx(self, mut carrier: Carrier) -> Result<Session<'a>, Halt> {
        let preface = self.preface();
        let prologue = preface.prologue(&self.ctx.endpoint().realm);
        let fresh = ephemeral(self.ctx, &mut carrier);
        let mut handshake = Handshake::xx(Role::Initiator, &prologue, self.device.secret, fresh);
        let first = [preface.octets(), write(&mut handshake, &[])?].concat();
        send_clear(&mut carrier, &first, "OPENING by XX");
        xx_rest(&self.flight(), self.device, &mut handshake, &mut carrier)?;
        Ok(self.begin(carrier, handshake.split(), Vec::new()))
    }

    fn by_ik(self, mut carrier: Carrier) -> Result<Session<'a>, Halt> {
        let known = self.device.edge.borrow().as_ref().map(|edge| edge.key);
        let key = known.ok_or_else(|| Halt::Harness { fault: "IK without a known edge".to_owned() })?;
        let preface = self.preface();
        let prologue = preface.prologue(&self.ctx.endpoint().realm);
        let fresh = ephemeral(self.ctx, &mut carrier);
        let mut handshake = Handshake::ik(&prologue, self.device.secret, fresh, key);
        let first = [preface.octets(), write(&mut handshake, &self.flight())?].concat();
        send_clear(&mut carrier, &first, "OPENING by IK");
        let payload = read(&mut handshake, Answer::receive(&mut carrier))?;
        Ok(self.begin(carrier, handshake.split(), payload))
    }

    fn begin(self, carrier: Carrier, transport: Transport, payload: Vec<u8>) -> Session<'a> {
        let mut session = Session::new(self.device, carrier, transport);
        session.take_plaintext(&payload);
        session.frames_in_handshake = session.queue_len();
        session.first = session.hear();
        if matches!((&session.first, self.confirm), (Seen::Welcome(_), Confirm::AtOnce)) {
            session.say(&[]);
        }
        session
    }
}

/// Opens a carrier.
///
/// # Errors
/// [`Halt::Unsupported`] when the target has no WebSocket listener, [`Halt::Broken`] when it does not upgrade.
pub fn dial(ctx: &Ctx, via: Via) -> Result<Carrier, Halt> {
    let endpoint = ctx.endpoint();
    match via {
        Via::Tcp => Ok(Carrier::Tcp(Tcp::new(ctx.connect()?))),
        Via::WebSocket => {
            let address =
                endpoint.ws.ok_or_else(|| Halt::Unsupported { what: "the WebSocket carrier".to_owned() })?;
            let request = upgrade_request("/pinnace", "Sec-WebSocket-Protocol: pinnace.1\r\n");
            let socket = WebSocket::ask(ctx, ctx.connect_to(address)?, &request);
            if !socket.is_upgraded() {
                return Err(Halt::Broken { reason: "the WebSocket upgrade was refused".to_owned() });
            }
            Ok(Carrier::WebSocket(socket))
        }
    }
}

/// The ephemeral key of a connection, from the seed.
#[must_use]
pub fn ephemeral(ctx: &Ctx, carrier: &mut Carrier) -> Secret {
    let mut secret: Secret = ctx.rng(&format!("ephemeral {}", carrier.conn().number())).array();
    secret[0] |= 1;
    secret
}

/// The second and third message of XX: learns the edge, proves the device, sends the first flight.
///
/// # Errors
/// [`Halt::Broken`] when the second message does not come, or does not open.
pub fn xx_rest(
    flight: &[u8],
    device: &Device,
    handshake: &mut Handshake,
    carrier: &mut Carrier,
) -> Result<(), Halt> {
    let payload = read(handshake, Answer::receive(carrier))?;
    let certificate = super::certificate_of(&payload);
    if let (Some(key), Some(certificate)) = (handshake.peer_static(), certificate) {
        *device.edge.borrow_mut() = Some(Edge { key, certificate });
    }
    let third = write(handshake, flight)?;
    send_clear(carrier, &third, "third message of XX");
    Ok(())
}

/// Writes a handshake message.
///
/// # Errors
/// [`Halt::Harness`]: nothing about it depends on the target.
pub fn write(handshake: &mut Handshake, payload: &[u8]) -> Result<Vec<u8>, Halt> {
    handshake
        .write(payload)
        .map_err(|fault| Halt::Harness { fault: format!("a handshake message: {fault:?}") })
}

/// Opens a handshake message.
///
/// # Errors
/// [`Halt::NoAnswer`] and [`Halt::Broken`] when there is none, or it does not open.
pub fn read(handshake: &mut Handshake, answer: Answer) -> Result<Vec<u8>, Halt> {
    match answer {
        Answer::Handshake(message) => handshake
            .read(&message)
            .map_err(|fault| Halt::Broken { reason: format!("the server's handshake message: {fault:?}") }),
        Answer::Nothing => Err(Halt::NoAnswer),
        other => Err(Halt::Broken { reason: format!("in place of a handshake message came {other:?}") }),
    }
}
