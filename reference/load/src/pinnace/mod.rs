//! A fleet of Pinnace devices: the real client session over epoll, on one thread.

mod codes;
mod enrol;
mod group;
mod link;
mod server;

use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;
use std::collections::HashMap;

use mio::net::TcpStream;
use mio::{Events, Poll, Token};
use pinnace_session::client::SendError;
use pinnace_session::{ClientSession, Message, Now, RealmId, ReceiptWish, Scratch};
use pinnace_wire::DeviceId;

use crate::device::{Device, seed};
use crate::fleet::{Fleet, Mail, Queued, Receipts, Seen};
use crate::letter::Letter;
use crate::socket::{Line, ReadBuffer, Ready, Socket};
use crate::{Failure, clock};
use codes::Codes;
use link::Link;

pub(crate) use server::{Served, Start, attach, start};

/// What sends and receives.
pub(crate) struct Devices {
    address: SocketAddr,
    realm: RealmId,
    poll: Poll,
    events: Events,
    buffer: ReadBuffer,
    scratch: Scratch,
    members: Vec<Member>,
    by_id: HashMap<DeviceId, usize>,
    codes: Codes,
    /// Devices with something to write or to acknowledge.
    dirty: Vec<usize>,
    payload_len: usize,
    receipt: ReceiptWish,
    /// Octets of connections that are over.
    octets: u64,
    registered_count: usize,
    groups: Vec<group::Group>,
    /// What needed no server.
    at_once: Vec<Seen>,
}

/// A device and its connection.
struct Member {
    device: Device,
    id: DeviceId,
    link: Option<Link>,
    is_dirty: Dirt,
    /// The group whose commit has no outcome.
    commits_in: Option<u32>,
    /// KEYS_PUBLISH without an answer.
    keys_asked: usize,
}

/// Whether a device stands in the list of those that have something to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dirt {
    Clean,
    Listed,
}

/// How a fleet speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Octets of a payload.
    pub(crate) payload_len: usize,
    /// Whether receipts are asked for.
    pub(crate) receipt: ReceiptWish,
}

impl Devices {
    /// No devices yet, for a server.
    pub(crate) fn new(served: &Served, manner: Manner) -> Result<Self, Failure> {
        Ok(Self {
            address: served.tcp,
            realm: served.realm,
            poll: Poll::new().map_err(Failure::io("epoll"))?,
            events: Events::with_capacity(1024),
            buffer: ReadBuffer::default(),
            scratch: Scratch::new(),
            members: Vec::new(),
            by_id: HashMap::new(),
            codes: Codes::new(served.codes.clone()),
            dirty: Vec::new(),
            payload_len: manner.payload_len,
            receipt: manner.receipt,
            octets: 0,
            registered_count: 0,
            groups: Vec::new(),
            at_once: Vec::new(),
        })
    }

    /// The devices go to another server of their realm, once they are not connected.
    pub(crate) const fn move_to(&mut self, served: &Served) {
        self.address = served.tcp;
    }

    fn member(&mut self, who: usize) -> Result<&mut Member, Failure> {
        self.members.get_mut(who).ok_or_else(|| Failure::Usage(format!("there is no device {who}")))
    }

    fn mark(&mut self, who: usize) {
        if let Some(member) = self.members.get_mut(who)
            && member.is_dirty == Dirt::Clean
        {
            member.is_dirty = Dirt::Listed;
            self.dirty.push(who);
        }
    }

    fn flush_all(&mut self) -> Result<(), Failure> {
        for who in core::mem::take(&mut self.dirty) {
            let Some(member) = self.members.get_mut(who) else { continue };
            member.is_dirty = Dirt::Clean;
            if let Some(link) = &mut member.link {
                link.flush(&mut member.device)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, from: (usize, Line), seen: &mut Vec<Seen>) -> Result<(), Failure> {
        let (who, told) = from;
        let Some(member) = self.members.get_mut(who) else { return Ok(()) };
        let Some(link) = &mut member.link else { return Ok(()) };
        let line = link.socket.fill(&mut self.buffer, told).map_err(Failure::io("read"))?;
        link.take_records(&mut self.scratch);
        self.take_events(who, seen)?;
        if line == Line::Down {
            self.lost(who)?;
        }
        self.mark(who);
        Ok(())
    }

    /// The server ended a connection: right after a registration, and else never.
    fn lost(&mut self, who: usize) -> Result<(), Failure> {
        let member = self.member(who)?;
        let Some(link) = member.link.take() else { return Ok(()) };
        let is_expected = link.is_over();
        self.octets = self.octets.saturating_add(link.socket.octets());
        if is_expected {
            Ok(())
        } else {
            Err(Failure::Server(format!("it ended the connection of device {who}")))
        }
    }

    fn message(&mut self, letter: &Letter) -> Result<Queued, Failure> {
        let (from, to) = (index(letter.from), index(letter.to));
        let (destination, receipt, len) = (self.member(to)?.id, self.receipt, self.payload_len);
        let member = self.member(from)?;
        let Some(link) = &mut member.link else { return Ok(Queued::NotNow) };
        if !link.session.can_send() {
            return Ok(Queued::NotNow);
        }
        let client_seq = member.device.next_seq()?;
        let message = Message {
            client_seq,
            destination,
            class: None,
            expires_in_s: None,
            receipt,
            payload: letter.payload(len),
        };
        match link.session.send(&message) {
            Ok(()) => member.device.sent = client_seq.value(),
            Err(SendError::NotNow) => return Ok(Queued::NotNow),
            Err(error @ SendError::PayloadLen { .. }) => return Err(Failure::Usage(error.to_string())),
        }
        self.mark(from);
        Ok(Queued::Yes)
    }
}

impl Fleet for Devices {
    fn open(&mut self, who: usize) -> Result<(), Failure> {
        let (realm, address) = (self.realm, self.address);
        let stream = TcpStream::connect(address).map_err(Failure::io("connect"))?;
        let socket = Socket::new(stream, self.poll.registry(), Token(who)).map_err(Failure::io("epoll"))?;
        let member = self.member(who)?;
        let flight = member.device.flight()?;
        let session = ClientSession::new(member.device.config(realm), &flight, seed()?, now())
            .map_err(|error| Failure::Wrong(format!("first flight: {error}")))?;
        member.link = Some(Link::new(socket, session));
        self.mark(who);
        Ok(())
    }

    fn close(&mut self, who: usize) -> Result<(), Failure> {
        let member = self.member(who)?;
        if let Some(mut link) = member.link.take() {
            link.close(&mut member.device)?;
            self.octets = self.octets.saturating_add(link.socket.octets());
        }
        Ok(())
    }

    fn send(&mut self, mail: Mail, letter: &Letter) -> Result<Queued, Failure> {
        match mail {
            Mail::Message => self.message(letter),
            Mail::Post => self.post(letter),
            Mail::Commit => self.commit(letter),
            Mail::Claim => self.claim(letter),
        }
    }

    fn introduce(&mut self, who: usize) -> Result<(), Failure> {
        self.publish_list(who)
    }

    fn gather(&mut self, devices: &[usize]) -> Result<u32, Failure> {
        self.begin_group(devices)
    }

    fn stock(&mut self, who: usize, numbers: Range<u64>) -> Result<(), Failure> {
        self.publish_keys(who, numbers)
    }

    fn turn(&mut self, wait: Duration, seen: &mut Vec<Seen>) -> Result<(), Failure> {
        seen.append(&mut self.at_once);
        self.flush_all()?;
        let wait = if seen.is_empty() { wait } else { Duration::ZERO };
        self.poll.poll(&mut self.events, Some(wait)).or_else(interrupted).map_err(Failure::io("epoll"))?;
        let ready: Vec<_> = self.events.iter().map(Ready::of).collect();
        for Ready { who, writing, reading, line } in ready {
            if writing && let Some(link) = self.member(who)?.link.as_mut() {
                link.socket.unblock();
                self.mark(who);
            }
            if reading {
                self.read((who, line), seen)?;
            }
        }
        self.codes.read()?;
        self.give_codes()?;
        self.flush_all()
    }

    fn receipts(&self) -> Receipts {
        match self.receipt {
            ReceiptWish::Wanted => Receipts::Told,
            ReceiptWish::Unwanted => Receipts::None,
        }
    }

    fn octets(&self) -> u64 {
        let links = self.members.iter().filter_map(|member| member.link.as_ref());
        links.map(|link| link.socket.octets()).sum::<u64>().saturating_add(self.octets)
    }
}

/// A signal is no reason to stop.
pub(crate) fn interrupted(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::Interrupted { Ok(()) } else { Err(error) }
}

fn index(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn now() -> Now {
    Now { ms: clock::now_ns() / 1_000_000 }
}
