//! The relay.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};

use super::frame::{self, Kind};
use crate::Failure;
use crate::pinnace::interrupted;
use crate::process::Process;
use crate::socket::{Line, ReadBuffer, Ready, Socket};

const LISTENER: Token = Token(usize::MAX);
/// How long the relay waits before it looks again.
const LOOK: Duration = Duration::from_secs(1);

/// A relay that listens.
#[derive(Debug)]
pub(crate) struct Floor {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

/// Starts the relay, with its log in this folder.
pub(crate) fn start(data: &Path) -> Result<Floor, Failure> {
    let own = std::env::current_exe().map_err(Failure::io("own program"))?;
    let (process, line) = Process::start(Command::new(own).arg("floor").arg(data.join("floor.log")))?;
    let address = line.trim().parse().map_err(|_| Failure::Server(format!("floor said {line:?}")))?;
    Ok(Floor { process, address })
}

/// What waits for its fsync: a message, a post, a new group or a claim.
struct Pending {
    kind: Kind,
    /// The place of the socket.
    from: usize,
    /// The device, as it says.
    who: u32,
    to: u32,
    payload: Vec<u8>,
}

struct Relay {
    poll: Poll,
    listener: TcpListener,
    log: File,
    buffer: ReadBuffer,
    sockets: Vec<Option<Socket>>,
    places: HashMap<u32, usize>,
    /// Devices by the places of their sockets.
    names: HashMap<usize, u32>,
    /// What waits for devices that are not here.
    kept: HashMap<u32, Vec<Vec<u8>>>,
    /// Devices by group.
    groups: HashMap<u32, Vec<u32>>,
    /// KeyPackages by device, the oldest first.
    stocks: HashMap<u32, VecDeque<Vec<u8>>>,
    pending: Vec<Pending>,
    octets: Vec<u8>,
    dirty: Vec<usize>,
}

/// Serves until the process ends. `announce` is told where.
pub(crate) fn serve(
    log: &Path,
    announce: impl FnOnce(SocketAddr) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut listener = TcpListener::bind(local).map_err(Failure::io("listen"))?;
    let poll = Poll::new().map_err(Failure::io("epoll"))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).map_err(Failure::io("epoll"))?;
    let address = listener.local_addr().map_err(Failure::io("listen"))?;
    let mut relay = Relay {
        poll,
        listener,
        log: File::create(log).map_err(Failure::io("log of the floor"))?,
        buffer: ReadBuffer::default(),
        sockets: Vec::new(),
        places: HashMap::new(),
        names: HashMap::new(),
        kept: HashMap::new(),
        groups: HashMap::new(),
        stocks: HashMap::new(),
        pending: Vec::new(),
        octets: Vec::new(),
        dirty: Vec::new(),
    };
    announce(address).map_err(Failure::io("standard output"))?;
    let mut events = Events::with_capacity(1024);
    loop {
        relay.turn(&mut events)?;
    }
}

impl Relay {
    fn turn(&mut self, events: &mut Events) -> Result<(), Failure> {
        self.poll.poll(events, Some(LOOK)).or_else(interrupted).map_err(Failure::io("epoll"))?;
        for event in events.iter() {
            if event.token() == LISTENER {
                self.accept()?;
                continue;
            }
            let Ready { who: place, writing, reading, line } = Ready::of(event);
            if writing && let Some(socket) = self.socket(place) {
                socket.unblock();
                self.dirty.push(place);
            }
            if reading {
                self.read(place, line);
            }
        }
        self.bring_to_disk()?;
        for place in core::mem::take(&mut self.dirty) {
            // A device that is gone is read to its end.
            let _ = self.socket(place).map(Socket::flush);
        }
        Ok(())
    }

    fn socket(&mut self, place: usize) -> Option<&mut Socket> {
        self.sockets.get_mut(place)?.as_mut()
    }

    fn accept(&mut self) -> Result<(), Failure> {
        while let Ok((stream, _)) = self.listener.accept() {
            let place = self.sockets.len();
            let socket =
                Socket::new(stream, self.poll.registry(), Token(place)).map_err(Failure::io("epoll"))?;
            self.sockets.push(Some(socket));
        }
        Ok(())
    }

    fn read(&mut self, place: usize, told: Line) {
        let Some(Some(socket)) = self.sockets.get_mut(place) else { return };
        let line = socket.fill(&mut self.buffer, told).unwrap_or(Line::Down);
        while let Some((kind, who, payload)) = socket.record().and_then(frame::read) {
            match kind {
                Kind::Hello => {
                    self.places.insert(who, place);
                    self.names.insert(place, who);
                    socket.queue(|out| Some(frame::write(out, Kind::Welcome, who, b"")));
                    for payload in self.kept.remove(&who).unwrap_or_default() {
                        socket.queue(|out| Some(frame::write(out, Kind::Deliver, who, &payload)));
                    }
                    self.dirty.push(place);
                }
                Kind::Stock if payload.is_empty() => {
                    socket.queue(|out| Some(frame::write(out, Kind::Stocked, who, b"")));
                    self.dirty.push(place);
                }
                Kind::Stock => self.stocks.entry(who).or_default().push_back(payload.to_vec()),
                Kind::Send | Kind::Post | Kind::Gather | Kind::Claim => {
                    let who_asks = self.names.get(&place).copied().unwrap_or(u32::MAX);
                    let payload = payload.to_vec();
                    self.pending.push(Pending { kind, from: place, who: who_asks, to: who, payload });
                }
                Kind::Ack
                | Kind::Welcome
                | Kind::Accepted
                | Kind::Deliver
                | Kind::Placed
                | Kind::Entry
                | Kind::Joined
                | Kind::Stocked
                | Kind::Claimed => {}
            }
        }
        if line == Line::Down
            && let Some(place) = self.sockets.get_mut(place)
        {
            *place = None;
        }
    }

    /// One write and one fdatasync for the group, then its acknowledgements and deliveries.
    fn bring_to_disk(&mut self) -> Result<(), Failure> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.octets.clear();
        for Pending { to, payload, .. } in &self.pending {
            self.octets.extend_from_slice(&to.to_be_bytes());
            self.octets.extend_from_slice(payload);
        }
        self.log
            .write_all(&self.octets)
            .and_then(|()| self.log.sync_data())
            .map_err(Failure::io("log of the floor"))?;
        for pending in core::mem::take(&mut self.pending) {
            match pending.kind {
                Kind::Gather => self.gathered(&pending),
                Kind::Post => self.posted(&pending),
                Kind::Claim => self.claimed(&pending),
                Kind::Send => self.sent(pending),
                // Nothing else waits.
                Kind::Hello
                | Kind::Welcome
                | Kind::Accepted
                | Kind::Deliver
                | Kind::Ack
                | Kind::Placed
                | Kind::Entry
                | Kind::Joined
                | Kind::Stock
                | Kind::Stocked
                | Kind::Claimed => {}
            }
        }
        self.dirty.sort_unstable();
        self.dirty.dedup();
        Ok(())
    }

    fn sent(&mut self, pending: Pending) {
        let Pending { from, to, payload, .. } = pending;
        self.queue(from, Kind::Accepted, to, b"");
        match self.place(to) {
            Some(place) => self.queue(place, Kind::Deliver, to, &payload),
            None => self.kept.entry(to).or_default().push(payload),
        }
    }

    /// Where a device is connected.
    fn place(&self, who: u32) -> Option<usize> {
        let place = self.places.get(&who).copied()?;
        self.sockets.get(place)?.as_ref().map(|_| place)
    }

    fn gathered(&mut self, pending: &Pending) {
        let (chunks, _) = pending.payload.as_chunks();
        let members: Vec<u32> = chunks.iter().map(|who| u32::from_be_bytes(*who)).collect();
        self.queue(pending.from, Kind::Accepted, pending.to, b"");
        self.tell(&members, pending, (Kind::Joined, b""));
        self.groups.insert(pending.to, members);
    }

    fn posted(&mut self, pending: &Pending) {
        let members = self.groups.remove(&pending.to).unwrap_or_default();
        self.queue(pending.from, Kind::Placed, pending.to, b"");
        self.tell(&members, pending, (Kind::Entry, &pending.payload));
        self.groups.insert(pending.to, members);
    }

    /// Tells all members but the one that asked, as far as they are here.
    fn tell(&mut self, members: &[u32], pending: &Pending, what: (Kind, &[u8])) {
        for who in members.iter().copied().filter(|who| *who != pending.who) {
            if let Some(place) = self.place(who) {
                self.queue(place, what.0, pending.to, what.1);
            }
        }
    }

    fn claimed(&mut self, pending: &Pending) {
        let package = self.stocks.get_mut(&pending.to).and_then(VecDeque::pop_front).unwrap_or_default();
        self.queue(pending.from, Kind::Claimed, pending.to, &package);
    }

    fn queue(&mut self, place: usize, kind: Kind, who: u32, payload: &[u8]) {
        if let Some(socket) = self.socket(place) {
            socket.queue(|out| Some(frame::write(out, kind, who, payload)));
            self.dirty.push(place);
        }
    }
}
