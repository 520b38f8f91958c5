//! An open session: says frames, hears frames.

use std::collections::VecDeque;

use super::carrier::{Carrier, Inbound};
use super::device::Device;
use super::ids::{ConversationId, DeviceId};
use super::noise::Transport;
use super::say;
use super::seen::{Aliases, Close, Payload, Seen, Welcome};
use crate::case::Halt;
use crate::check::{Judged, Mismatch, expect_eq};
use crate::conn::Conn;
use crate::record::{Direction, Layer};

/// One session of one device.
pub struct Session<'a> {
    /// Whose session it is.
    pub device: &'a Device,
    /// The server's first frame: WELCOME, or why not.
    pub first: Seen,
    carrier: Carrier,
    transport: Transport,
    queue: VecDeque<Seen>,
    aliases_in: Aliases,
    aliases_out: Vec<DeviceId>,
    /// Conversations that we bound, in the order of their aliases.
    pub(super) conversations_out: Vec<ConversationId>,
    ping_token: u64,
    request: u64,
    /// Credit that the server has given so far, WELCOME's included: count and octets.
    pub credit: (u64, u64),
    /// The highest alias that the server gave a conversation in this session.
    pub alias_highest: u64,
    /// Frames of unknown odd type that were skipped.
    pub unknown_count: usize,
    /// Frames that the second message of IK held, those that are taken in silence not counted.
    pub frames_in_handshake: usize,
    /// The name of the very first frame, also of one that is taken in silence.
    pub first_name: Option<String>,
    /// Frames that came behind a CLOSE.
    pub behind_close_count: usize,
    is_closed: bool,
}

impl core::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Session").field("device", &self.device).finish_non_exhaustive()
    }
}

impl<'a> Session<'a> {
    /// A session over keys that stand. Cases open sessions with [`super::Opening`].
    #[must_use]
    pub fn new(device: &'a Device, carrier: Carrier, transport: Transport) -> Self {
        Self {
            device,
            first: Seen::Nothing,
            carrier,
            transport,
            queue: VecDeque::new(),
            aliases_in: Aliases::default(),
            aliases_out: Vec::new(),
            conversations_out: Vec::new(),
            ping_token: 0,
            request: 0,
            credit: (0, 0),
            alias_highest: 0,
            unknown_count: 0,
            frames_in_handshake: 0,
            first_name: None,
            behind_close_count: 0,
            is_closed: false,
        }
    }

    /// The WELCOME. An empty one when none came.
    #[must_use]
    pub fn welcome(&self) -> Welcome {
        match &self.first {
            Seen::Welcome(welcome) => (**welcome).clone(),
            _ => Welcome::default(),
        }
    }

    /// Frames that wait to be heard.
    pub(super) fn queue_len(&self) -> usize {
        self.queue.len()
    }

    /// The recorded connection.
    pub const fn conn(&mut self) -> &mut Conn {
        self.carrier.conn()
    }

    /// The carrier, for cases that break it.
    pub const fn carrier(&mut self) -> &mut Carrier {
        &mut self.carrier
    }

    /// Seals a plaintext without sending it.
    pub fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        self.transport.seal(plaintext)
    }

    /// Sends frames in one record; none of them: an empty record.
    pub fn say(&mut self, frames: &[&[u8]]) {
        let plaintext = frames.concat();
        let line = match pinnace_oracle::decode_record(&plaintext) {
            Ok(frames) if frames.is_empty() => "an empty record".to_owned(),
            Ok(frames) => frames.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            Err(error) => format!("bad on purpose: {error}"),
        };
        self.conn().decoded(Direction::Sent, Layer::Record, &plaintext, line);
        let record = self.transport.seal(&plaintext);
        self.carrier.send(&record);
    }

    /// The next frame. BINDs, CREDIT and unknown odd frames are taken in silence; PING is answered.
    pub fn hear(&mut self) -> Seen {
        self.next_where(|_| true)
    }

    /// The next frame that the case asks for, or what ends the session. Others wait in the queue.
    pub fn next_where(&mut self, wanted: impl Fn(&Seen) -> bool) -> Seen {
        if let Some(at) = self.queue.iter().position(|seen| wanted(seen) || seen.is_last()) {
            return self.queue.remove(at).unwrap_or(Seen::Nothing);
        }
        loop {
            let before = self.queue.len();
            self.open_record();
            let found = self.queue.iter().skip(before).position(|seen| wanted(seen) || seen.is_last());
            if let Some(at) = found {
                return self.queue.remove(before.saturating_add(at)).unwrap_or(Seen::Nothing);
            }
        }
    }

    /// A number for a request that this session did not use before.
    pub const fn next_request(&mut self) -> u64 {
        self.request = self.request.saturating_add(1);
        self.request
    }

    /// Says a request, and gives the first answer to one that comes.
    pub fn ask(&mut self, octets: &[u8]) -> Seen {
        self.say(&[octets]);
        self.next_where(Seen::is_answer)
    }

    /// The next outcome of a SEND or VOID.
    pub fn outcome(&mut self) -> Seen {
        self.next_where(Seen::is_outcome)
    }

    /// The next so many outcomes.
    pub fn outcomes(&mut self, count: usize) -> Vec<Seen> {
        self.many(count, Seen::is_outcome)
    }

    /// The next mailbox item.
    pub fn item(&mut self) -> Seen {
        self.next_where(Seen::is_item)
    }

    /// The next so many mailbox items.
    pub fn items(&mut self, count: usize) -> Vec<Seen> {
        self.many(count, Seen::is_item)
    }

    fn many(&mut self, count: usize, wanted: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        let mut seen = Vec::new();
        while seen.len() < count && !seen.last().is_some_and(Seen::is_last) {
            seen.push(self.next_where(&wanted));
        }
        seen
    }

    /// Reads on to the end of the session, past whatever comes before it.
    pub fn closing(&mut self) -> Seen {
        self.next_where(Seen::is_last)
    }

    /// Everything that the server sends before it answers a PING that is sent now. The last one is the reason
    /// when no answer comes.
    pub fn fence(&mut self) -> Vec<Seen> {
        self.ping_token = self.ping_token.saturating_add(1);
        let token = self.ping_token;
        self.say(&[&say::ping(token)]);
        let mut seen = Vec::new();
        loop {
            match self.hear() {
                Seen::Pong { token: heard } if heard == token => return seen,
                last if last.is_last() => {
                    seen.push(last);
                    return seen;
                }
                other => seen.push(other),
            }
        }
    }

    /// Whether the session answers a PING. What came before the answer waits to be heard.
    ///
    /// # Errors
    /// What came in place of the PONG.
    pub fn is_alive(&mut self) -> Judged {
        self.ping_token = self.ping_token.saturating_add(1);
        let token = self.ping_token;
        self.say(&[&say::ping(token)]);
        expect_eq(&Seen::Pong { token }, &self.next_where(|seen| *seen == Seen::Pong { token }))
    }

    /// Whether the session is open and nothing came in it.
    ///
    /// # Errors
    /// What came.
    pub fn is_quiet(&mut self) -> Judged {
        expect_eq(&Vec::<Seen>::new(), &self.fence())
    }

    /// The alias of a device in our direction, and the BIND that has to go before its first use.
    pub fn alias(&mut self, device: DeviceId) -> (u64, Vec<u8>) {
        if let Some(at) = self.aliases_out.iter().position(|bound| *bound == device) {
            return (u64::try_from(at).unwrap_or(u64::MAX), Vec::new());
        }
        let alias = u64::try_from(self.aliases_out.len()).unwrap_or(u64::MAX);
        self.aliases_out.push(device);
        (alias, say::bind(alias, device))
    }

    /// Sends a message under the device's next number, which is given back.
    pub fn send(&mut self, to: DeviceId, payload: &[u8]) -> u64 {
        self.send_with(to, payload, &[])
    }

    /// The same with extensions, given as octets.
    pub fn send_with(&mut self, to: DeviceId, payload: &[u8], extensions: &[u8]) -> u64 {
        let client_seq = self.device.next_client_seq();
        self.send_again(client_seq, to, payload, extensions);
        client_seq
    }

    /// Sends a message under a number of the case's choice.
    pub fn send_again(&mut self, client_seq: u64, to: DeviceId, payload: &[u8], extensions: &[u8]) {
        let (alias, bind) = self.alias(to);
        self.say(&[&bind, &say::send_with(client_seq, alias, payload, extensions)]);
    }

    /// Sends a message and waits until it is accepted: the part of a case that has to go well.
    ///
    /// # Errors
    /// [`Halt::Broken`] with what came instead.
    pub fn deliver(&mut self, to: DeviceId, payload: &[u8]) -> Result<u64, Halt> {
        let client_seq = self.send(to, payload);
        match self.outcome() {
            Seen::Accepted(accepted) if accepted == client_seq => Ok(client_seq),
            Seen::Nothing => Err(Halt::NoAnswer),
            other => Err(Halt::Broken { reason: format!("SEND {client_seq} was answered by {other:?}") }),
        }
    }

    /// Acknowledges everything up to a number, and remembers it for the next HELLO.
    pub fn ack(&mut self, cursor: u64) {
        self.device.cursor.set(cursor);
        self.say(&[&say::ack(cursor)]);
    }

    /// The next item, which has to be this message.
    ///
    /// # Errors
    /// What came instead.
    pub fn hears(&mut self, payload: &[u8]) -> Judged {
        match self.item() {
            Seen::Deliver { payload: heard, .. } if heard.0 == payload => Ok(()),
            other => {
                Err(Mismatch::new(format!("DELIVER of {:?}", Payload::from(payload)), format!("{other:?}")))
            }
        }
    }

    /// Opens one transport record more and queues its frames.
    fn open_record(&mut self) {
        match self.carrier.receive() {
            Inbound::Record(record) => match self.transport.open(&record) {
                Ok(plaintext) => self.take_plaintext(&plaintext),
                Err(fault) => {
                    self.queue.push_back(Seen::Broken(format!("a record does not open: {fault:?}")))
                }
            },
            Inbound::Ended | Inbound::Status(_) => self.queue.push_back(Seen::Ended),
            Inbound::Nothing => self.queue.push_back(Seen::Nothing),
            Inbound::Foreign(what) => self.queue.push_back(Seen::Broken(what)),
        }
    }

    /// Queues the frames of a plaintext, every one checked by the second decoder.
    pub fn take_plaintext(&mut self, plaintext: &[u8]) {
        let frames = match pinnace_oracle::decode_record(plaintext) {
            Ok(frames) => frames,
            Err(error) => {
                self.conn().decoded(Direction::Received, Layer::Record, plaintext, format!("{error}"));
                self.queue.push_back(Seen::Broken(format!("a record breaks the grammar: {error}")));
                return;
            }
        };
        for frame in frames {
            let octets = plaintext.get(frame.offset..frame.offset.saturating_add(frame.len));
            let octets = octets.unwrap_or_default();
            self.carrier.conn().decoded(Direction::Received, Layer::Frame, octets, frame.to_string());
            self.behind_close_count = self.behind_close_count.saturating_add(usize::from(self.is_closed));
            self.is_closed |= frame.name == "CLOSE";
            self.first_name.get_or_insert_with(|| frame.name.clone());
            let seen = Seen::read(&frame, &mut self.aliases_in);
            self.take(seen);
        }
    }

    fn take(&mut self, seen: Seen) {
        match seen {
            Seen::Bind { .. } => {}
            Seen::BindConversation { alias, .. } => self.alias_highest = self.alias_highest.max(alias),
            Seen::Credit { count_limit, bytes_limit } => self.credit = (count_limit, bytes_limit),
            Seen::Unknown { .. } => self.unknown_count = self.unknown_count.saturating_add(1),
            Seen::Ping { token } => self.say(&[&say::pong(token)]),
            Seen::Welcome(welcome) => {
                self.credit = (welcome.credit_count, welcome.credit_bytes);
                self.queue.push_back(Seen::Welcome(welcome));
            }
            other => self.queue.push_back(other),
        }
    }
}

/// Whether the session was closed with this code.
///
/// # Errors
/// What came.
pub fn closed_with(code: super::Code, seen: &Seen) -> Judged {
    match seen {
        Seen::Close(Close { code: heard, .. }) if *heard == code => Ok(()),
        other => Err(Mismatch::new(format!("CLOSE {code:?}"), format!("{other:?}"))),
    }
}
