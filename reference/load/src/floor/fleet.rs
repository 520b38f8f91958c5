//! A fleet of devices at the relay.

use core::net::SocketAddr;
use core::ops::Range;
use core::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Poll, Token};
use pinnace_wire::ConversationId;

use super::frame::{self, Kind};
use crate::Failure;
use crate::fleet::{Fleet, Mail, Queued, Receipts, Seen};
use crate::letter::Letter;
use crate::mls::{self, Stand};
use crate::pinnace::interrupted;
use crate::socket::{Line, ReadBuffer, Ready, Socket};

/// Messages of one device without an outcome: Pinnace's `inflight_max`.
const INFLIGHT_MAX: usize = 256;

/// What sends and receives.
pub(crate) struct Devices {
    address: SocketAddr,
    poll: Poll,
    events: Events,
    buffer: ReadBuffer,
    members: Vec<Option<Member>>,
    dirty: Vec<usize>,
    group_count: u32,
    payload_len: usize,
    octets: u64,
}

struct Member {
    socket: Socket,
    inflight: usize,
}

impl Devices {
    /// No devices yet, for the relay at this address.
    pub(crate) fn new(address: SocketAddr, payload_len: usize) -> Result<Self, Failure> {
        Ok(Self {
            address,
            poll: Poll::new().map_err(Failure::io("epoll"))?,
            events: Events::with_capacity(1024),
            buffer: ReadBuffer::default(),
            members: Vec::new(),
            dirty: Vec::new(),
            group_count: 0,
            payload_len,
            octets: 0,
        })
    }

    fn member(&mut self, who: usize) -> Option<&mut Member> {
        self.members.get_mut(who)?.as_mut()
    }

    fn say(&mut self, who: usize, records: &[(Kind, u32, Vec<u8>)]) {
        if let Some(member) = self.member(who) {
            for (kind, whom, payload) in records {
                member.socket.queue(|out| Some(frame::write(out, *kind, *whom, payload)));
            }
        }
        if self.dirty.last() != Some(&who) {
            self.dirty.push(who);
        }
    }

    fn flush_all(&mut self) -> Result<(), Failure> {
        self.dirty.sort_unstable();
        self.dirty.dedup();
        for who in core::mem::take(&mut self.dirty) {
            if let Some(member) = self.member(who) {
                member.socket.flush().map_err(Failure::io("write"))?;
            }
        }
        Ok(())
    }

    fn read(&mut self, from: (usize, Line), seen: &mut Vec<Seen>) -> Result<(), Failure> {
        let (who, told) = from;
        let Some(Some(member)) = self.members.get_mut(who) else { return Ok(()) };
        let Member { socket, inflight } = member;
        if socket.fill(&mut self.buffer, told).map_err(Failure::io("read"))? == Line::Down {
            return Err(Failure::Server("the floor ended a connection".to_owned()));
        }
        let mut has_come = false;
        while let Some((kind, _, payload)) = socket.record().and_then(frame::read) {
            match kind {
                Kind::Welcome => seen.push(Seen::Open(who)),
                Kind::Accepted | Kind::Placed => {
                    *inflight = inflight.saturating_sub(1);
                    seen.push(Seen::Accepted(who));
                }
                Kind::Deliver => {
                    has_come = true;
                    seen.extend(Letter::read(payload).map(|letter| Seen::Received(who, letter)));
                }
                Kind::Entry => {
                    has_come = true;
                    seen.extend(mls::letter(payload).map(|letter| Seen::Received(who, letter)));
                }
                Kind::Joined => seen.push(Seen::Joined(who)),
                Kind::Stocked => seen.push(Seen::Ready(who)),
                Kind::Claimed => seen.extend(Letter::read(payload).map(|letter| Seen::Claimed(who, letter))),
                Kind::Hello
                | Kind::Send
                | Kind::Ack
                | Kind::Post
                | Kind::Gather
                | Kind::Stock
                | Kind::Claim => {}
            }
        }
        // As a device of Pinnace does: once for all that has come.
        if has_come {
            socket.queue(|out| Some(frame::write(out, Kind::Ack, place(who), b"")));
            self.dirty.push(who);
        }
        Ok(())
    }
}

impl Fleet for Devices {
    fn open(&mut self, who: usize) -> Result<(), Failure> {
        let stream = TcpStream::connect(self.address).map_err(Failure::io("connect"))?;
        let mut socket =
            Socket::new(stream, self.poll.registry(), Token(who)).map_err(Failure::io("epoll"))?;
        socket.queue(|out| Some(frame::write(out, Kind::Hello, place(who), b"")));
        if self.members.len() <= who {
            self.members.resize_with(who.saturating_add(1), || None);
        }
        if let Some(member) = self.members.get_mut(who) {
            *member = Some(Member { socket, inflight: 0 });
        }
        Ok(())
    }

    fn close(&mut self, who: usize) -> Result<(), Failure> {
        if let Some(member) = self.members.get_mut(who).and_then(Option::take) {
            self.octets = self.octets.saturating_add(member.socket.octets());
        }
        Ok(())
    }

    fn send(&mut self, mail: Mail, letter: &Letter) -> Result<Queued, Failure> {
        let (from, len) = (usize::try_from(letter.from).unwrap_or(usize::MAX), self.payload_len);
        // As long as what Pinnace carries.
        let stand = Stand { group: ConversationId::new([0; 16]), epoch: 0 };
        let (kind, payload) = match mail {
            Mail::Message => (Kind::Send, letter.payload(len)),
            Mail::Post => (Kind::Post, mls::message(stand, letter, len)),
            Mail::Commit => (Kind::Post, mls::commit(stand, &[], letter, len)?),
            Mail::Claim => (Kind::Claim, Vec::new()),
        };
        if mail == Mail::Claim {
            self.say(from, &[(kind, letter.to, payload)]);
            return Ok(Queued::Yes);
        }
        let Some(member) = self.member(from).filter(|member| member.inflight < INFLIGHT_MAX) else {
            return Ok(Queued::NotNow);
        };
        member.inflight = member.inflight.saturating_add(1);
        self.say(from, &[(kind, letter.to, payload)]);
        Ok(Queued::Yes)
    }

    fn introduce(&mut self, who: usize) -> Result<(), Failure> {
        self.say(who, &[(Kind::Stock, place(who), Vec::new())]);
        Ok(())
    }

    fn gather(&mut self, devices: &[usize]) -> Result<u32, Failure> {
        let number = self.group_count;
        self.group_count = number.saturating_add(1);
        let members = devices.iter().flat_map(|who| place(*who).to_be_bytes()).collect();
        self.say(devices.first().copied().unwrap_or(usize::MAX), &[(Kind::Gather, number, members)]);
        Ok(number)
    }

    fn stock(&mut self, who: usize, numbers: Range<u64>) -> Result<(), Failure> {
        let letter = |number| Letter { from: place(who), to: place(who), number, stamp_ns: 0 };
        let packages = numbers.map(|number| letter(number).payload(mls::PACKAGE_LEN));
        let mut records: Vec<_> = packages.map(|package| (Kind::Stock, place(who), package)).collect();
        records.push((Kind::Stock, place(who), Vec::new()));
        self.say(who, &records);
        Ok(())
    }

    fn turn(&mut self, wait: Duration, seen: &mut Vec<Seen>) -> Result<(), Failure> {
        self.flush_all()?;
        self.poll.poll(&mut self.events, Some(wait)).or_else(interrupted).map_err(Failure::io("epoll"))?;
        let ready: Vec<_> = self.events.iter().map(Ready::of).collect();
        for Ready { who, writing, reading, line } in ready {
            if writing && let Some(member) = self.member(who) {
                member.socket.unblock();
                self.dirty.push(who);
            }
            if reading {
                self.read((who, line), seen)?;
            }
        }
        self.flush_all()
    }

    fn receipts(&self) -> Receipts {
        Receipts::None
    }

    fn octets(&self) -> u64 {
        let open = self.members.iter().flatten().map(|member| member.socket.octets());
        open.sum::<u64>().saturating_add(self.octets)
    }
}

fn place(who: usize) -> u32 {
    u32::try_from(who).unwrap_or(u32::MAX)
}
