//! A recording behind a case: what came from the target comes again, without it.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Line, World};
use crate::case::Halt;
use crate::record::{Event, Happening};
use crate::target::{Endpoint, Stop};

/// The world of a case that is judged again from its failure file.
pub(crate) struct Replay {
    tape: Arc<Mutex<Tape>>,
}

/// What is left of the recording.
struct Tape {
    now: Duration,
    endpoint: Endpoint,
    codes: BTreeMap<String, VecDeque<String>>,
    restarts: VecDeque<Endpoint>,
    tracks: BTreeMap<u32, Track>,
    departure: Option<Departure>,
}

/// One connection of the recording.
#[derive(Default)]
struct Track {
    refused: Option<String>,
    heard: VecDeque<(Duration, Heard)>,
    sent: VecDeque<u8>,
    sent_count: usize,
    send_failure: Option<String>,
}

enum Heard {
    Bytes(VecDeque<u8>),
    Ended,
    Reset(String),
    TimedOut,
}

/// Where a replay leaves its recording. The suite, or the case, has changed since, or it is not deterministic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    /// The case sends other bytes.
    Bytes {
        /// Connection number.
        connection: u32,
        /// Offset in all bytes sent on it.
        offset: usize,
    },
    /// The case asks for more than was recorded.
    Beyond {
        /// What it asked for.
        asked: &'static str,
    },
}

impl core::fmt::Display for Departure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Bytes { connection, offset } => {
                write!(f, "other bytes are sent on connection {connection} from offset {offset}")
            }
            Self::Beyond { asked } => write!(f, "the case asks for {asked} beyond the recording"),
        }
    }
}

impl Replay {
    /// Rewinds a recording.
    pub(crate) fn new(endpoint: Endpoint, events: Vec<Event>) -> Self {
        let mut tape = Tape {
            now: Duration::ZERO,
            endpoint,
            codes: BTreeMap::new(),
            restarts: VecDeque::new(),
            tracks: BTreeMap::new(),
            departure: None,
        };
        for event in events {
            tape.wind(event);
        }
        Self { tape: Arc::new(Mutex::new(tape)) }
    }

    /// Where the replay left the recording first, if it did.
    pub(crate) fn departure(&self) -> Option<Departure> {
        lock(&self.tape).departure.clone()
    }
}

fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tape {
    fn wind(&mut self, event: Event) {
        let at = Duration::from_micros(event.t_us);
        let track = self.tracks.entry(event.connection).or_default();
        match event.what {
            Happening::Opened { .. } | Happening::Decoded { .. } | Happening::Note { .. } => {}
            Happening::Refused { reason } => track.refused = Some(reason),
            Happening::Sent { bytes } => track.sent.extend(bytes),
            Happening::SendFailed { reason } => track.send_failure = Some(reason),
            Happening::Received { bytes } => track.heard.push_back((at, Heard::Bytes(bytes.into()))),
            Happening::Ended => track.heard.push_back((at, Heard::Ended)),
            Happening::Reset { reason } => track.heard.push_back((at, Heard::Reset(reason))),
            Happening::TimedOut => track.heard.push_back((at, Heard::TimedOut)),
            Happening::Code { e164, code } => self.codes.entry(e164).or_default().push_back(code),
            Happening::Restarted { endpoint } => self.restarts.push_back(endpoint),
        }
    }

    fn depart(&mut self, departure: Departure) {
        self.departure.get_or_insert(departure);
    }

    fn beyond(&mut self, asked: &'static str) -> Halt {
        self.depart(Departure::Beyond { asked });
        Halt::Harness { fault: Departure::Beyond { asked }.to_string() }
    }

    fn read(&mut self, number: u32, buffer: &mut [u8]) -> io::Result<usize> {
        let track = self.tracks.entry(number).or_default();
        let Some((at, heard)) = track.heard.front_mut() else {
            self.depart(Departure::Beyond { asked: "bytes" });
            return Err(io::Error::other("the recording ends here"));
        };
        self.now = self.now.max(*at);
        let result = match heard {
            Heard::Bytes(bytes) => {
                let len = bytes.read(buffer)?;
                if !bytes.is_empty() {
                    // A smaller buffer than the recorded one: the rest comes with the next read.
                    return Ok(len);
                }
                Ok(len)
            }
            Heard::Ended => Ok(0),
            Heard::Reset(reason) => Err(io::Error::new(io::ErrorKind::ConnectionReset, reason.clone())),
            Heard::TimedOut => Err(io::ErrorKind::TimedOut.into()),
        };
        track.heard.pop_front();
        result
    }

    fn write(&mut self, number: u32, bytes: &[u8]) -> io::Result<usize> {
        let track = self.tracks.entry(number).or_default();
        if track.sent.is_empty()
            && let Some(reason) = &track.send_failure
        {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, reason.clone()));
        }
        let mut departure = None;
        for byte in bytes {
            if track.sent.pop_front() != Some(*byte) {
                let offset = track.sent_count;
                departure.get_or_insert(Departure::Bytes { connection: number, offset });
            }
            track.sent_count = track.sent_count.saturating_add(1);
        }
        if let Some(departure) = departure {
            self.depart(departure);
        }
        Ok(bytes.len())
    }
}

impl World for Replay {
    fn endpoint(&self) -> Endpoint {
        lock(&self.tape).endpoint.clone()
    }

    fn connect(&self, _address: SocketAddr, number: u32) -> io::Result<Box<dyn Line>> {
        let tape = lock(&self.tape);
        if let Some(reason) = tape.tracks.get(&number).and_then(|track| track.refused.as_ref()) {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, reason.clone()));
        }
        Ok(Box::new(Reel { number, tape: Arc::clone(&self.tape) }))
    }

    fn code(&self, e164: &str) -> Result<String, Halt> {
        let mut tape = lock(&self.tape);
        let code = tape.codes.get_mut(e164).and_then(VecDeque::pop_front);
        code.ok_or_else(|| tape.beyond("a verification code"))
    }

    fn restart(&self, _stop: Stop) -> Result<Endpoint, Halt> {
        let mut tape = lock(&self.tape);
        let endpoint = tape.restarts.pop_front().ok_or_else(|| tape.beyond("a restart"))?;
        tape.endpoint = endpoint.clone();
        Ok(endpoint)
    }

    fn now(&self) -> Duration {
        lock(&self.tape).now
    }

    fn pause(&self, wait: Duration) -> Result<(), Halt> {
        let mut tape = lock(&self.tape);
        tape.now = tape.now.saturating_add(wait);
        Ok(())
    }

    fn crash(&self) -> Option<String> {
        None
    }
}

/// One recorded connection.
struct Reel {
    number: u32,
    tape: Arc<Mutex<Tape>>,
}

impl Read for Reel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        lock(&self.tape).read(self.number, buffer)
    }
}

impl Write for Reel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.tape).write(self.number, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Line for Reel {
    fn set_wait(&mut self, _wait: Duration) -> io::Result<()> {
        Ok(())
    }

    fn close_write(&mut self) -> io::Result<()> {
        Ok(())
    }
}
