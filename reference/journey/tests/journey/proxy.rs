//! A proxy that remembers what passes, record by record, and can hold it back or cut the line.

use core::net::SocketAddr;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use pinnace_client::Carrier;
use pinnace_lanes::world::PATIENCE;

/// Which way a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    ToServer,
    ToClient,
}

/// A record with the framing of its carrier, or an HTTP head of the WebSocket upgrade.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The connection, counted from 0.
    pub(crate) connection: usize,
    pub(crate) way: Way,
    /// Octets on the stream.
    pub(crate) len: usize,
}

/// Listens for clients; every connection has one to the server of its own.
pub(crate) struct Proxy {
    pub(crate) socket: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    carrier: Carrier,
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// What reached the proxy, in the order in which it did: an answer stands behind what it answers.
    log: Vec<Entry>,
    /// Connections so far, and the ends of those that were not cut.
    connection_count: usize,
    connections: Vec<[TcpStream; 2]>,
    /// Records that pass in one connection at most, to the server and to the client. `None` is all.
    pass_max: [Option<usize>; 2],
}

impl Proxy {
    pub(crate) fn start(carrier: Carrier, server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { carrier, server, state: Mutex::default(), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        // Ends with the process of the tests: a listener cannot be woken.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepting.connect(client).unwrap();
            }
        });
        Self { socket, shared }
    }

    /// From now on so many records of a connection pass this way; the ones behind them wait.
    pub(crate) fn pass(&self, way: Way, count_max: Option<usize>) {
        self.shared.state.lock().unwrap().pass_max[way as usize] = count_max;
        self.shared.changed.notify_all();
    }

    /// Holds back what comes from now on, both ways, and keeps the connections open: a peer that is gone without a word.
    pub(crate) fn freeze(&self) {
        self.pass(Way::ToServer, Some(0));
        self.pass(Way::ToClient, Some(0));
    }

    /// Lets everything pass, also what was held back.
    pub(crate) fn thaw(&self) {
        self.pass(Way::ToServer, None);
        self.pass(Way::ToClient, None);
    }

    /// Ends every connection, and lets everything pass in later ones.
    pub(crate) fn cut(&self) {
        let mut state = self.shared.state.lock().unwrap();
        for stream in state.connections.drain(..).flatten() {
            // The peers may have ended it.
            let _ = stream.shutdown(Shutdown::Both);
        }
        state.pass_max = [None; 2];
        drop(state);
        self.shared.changed.notify_all();
    }

    /// What reached the proxy so far.
    pub(crate) fn log(&self) -> Vec<Entry> {
        self.shared.state.lock().unwrap().log.clone()
    }

    /// Waits until this holds of the log.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&[Entry]) -> bool) {
        let state = self.shared.state.lock().unwrap();
        let wait = self.shared.changed.wait_timeout_while(state, PATIENCE, |state| !holds(&state.log));
        let (state, wait) = wait.unwrap();
        assert!(!wait.timed_out(), "{what} does not come: {:?}", state.log);
    }
}

impl Shared {
    fn connect(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        // Where the server is down the client sees its connection end.
        let Ok(server) = TcpStream::connect(self.server) else { return Ok(()) };
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let mut state = self.state.lock().unwrap();
        let connection = state.connection_count;
        state.connection_count += 1;
        state.connections.push([client.try_clone()?, server.try_clone()?]);
        drop(state);
        for (way, from, to) in
            [(Way::ToServer, client.try_clone()?, server.try_clone()?), (Way::ToClient, server, client)]
        {
            let shared = Arc::clone(self);
            thread::spawn(move || {
                // A broken connection is what some tests want; both peers hear of it below.
                let _ = shared.carry(connection, way, &from, &to);
                let _ = to.shutdown(Shutdown::Write);
                let _ = from.shutdown(Shutdown::Read);
            });
        }
        Ok(())
    }

    /// Carries records one way until the connection ends.
    fn carry(&self, connection: usize, way: Way, from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
        let mut from = BufReader::new(from);
        for count in 0.. {
            let record = match self.carrier {
                Carrier::Tcp => tcp_record(&mut from)?,
                Carrier::WebSocket if count == 0 => http_head(&mut from)?,
                Carrier::WebSocket => websocket_frame(&mut from)?,
            };
            let mut state = self.state.lock().unwrap();
            state.log.push(Entry { connection, way, len: record.len() });
            self.changed.notify_all();
            let is_held = |state: &mut State| state.pass_max[way as usize].is_some_and(|max| count >= max);
            drop(self.changed.wait_while(state, is_held).unwrap());
            to.write_all(&record)?;
        }
        Ok(())
    }
}

/// Reads so many octets more.
fn extend(record: &mut Vec<u8>, len: usize, from: &mut impl Read) -> io::Result<()> {
    let start = record.len();
    record.resize(start + len, 0);
    from.read_exact(&mut record[start..])
}

/// Length and record (CAR-001).
fn tcp_record(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut record = Vec::new();
    extend(&mut record, 2, from)?;
    let len = usize::from(u16::from_be_bytes([record[0], record[1]]));
    extend(&mut record, len, from)?;
    Ok(record)
}

/// Request or response of the upgrade, to the empty line.
fn http_head(from: &mut BufReader<&TcpStream>) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if from.read_until(b'\n', &mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

/// A frame of RFC 6455, section 5.2.
fn websocket_frame(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut frame = Vec::new();
    extend(&mut frame, 2, from)?;
    let len = match frame[1] & 0x7f {
        126 => {
            extend(&mut frame, 2, from)?;
            u64::from(u16::from_be_bytes([frame[2], frame[3]]))
        }
        127 => {
            extend(&mut frame, 8, from)?;
            u64::from_be_bytes(*frame[2..].first_chunk().unwrap())
        }
        len => u64::from(len),
    };
    let mask_len = if frame[1] & 0x80 == 0 { 0 } else { 4 };
    extend(&mut frame, mask_len + usize::try_from(len).unwrap(), from)?;
    Ok(frame)
}
