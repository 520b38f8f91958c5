//! A connection under a schedule.

use std::collections::VecDeque;

use arbitrary::{Result, Unstructured};
use pinnace_session::client::ClientEvent;
use pinnace_session::noise::Transport;
use pinnace_session::{ClientSession, Now, Scratch, ServerSession};
use pinnace_wire::frames;

use super::claims::Claims;
use super::end::{End, ends};
use super::table::{self, Given, Machine};
use super::{answers, wishes};
use crate::keys;

/// The most octets that may wait to leave: a machine stops taking records at 256 KiB, and one record causes less than four
/// times its length.
const BACKLOG_LEN_MAX: usize = 2 * 128 * 1_024 + 4 * 65_535;

/// The longest record.
const RECORD_LEN_MAX: usize = 65_535;

/// What an end by hand may fill a record with.
const FLOOD_LEN: usize = 60_000;

/// Both ends, what is on its way, and what was promised.
pub(crate) struct World {
    client: End<ClientSession>,
    server: End<ServerSession>,
    to_client: VecDeque<Vec<u8>>,
    to_server: VecDeque<Vec<u8>>,
    pub(crate) claims: Claims,
    scratch: Scratch,
    now: Now,
}

impl World {
    pub(crate) fn new(schedule: &mut Unstructured<'_>) -> Result<Self> {
        let (client, server, told) = ends(schedule)?;
        let mut world = Self {
            client,
            server,
            to_client: VecDeque::new(),
            to_server: VecDeque::new(),
            claims: Claims::default(),
            scratch: Scratch::new(),
            now: keys::START,
        };
        world.hear_client(&told);
        Ok(world)
    }

    /// The next step of the schedule. One that an end cannot do does nothing.
    pub(crate) fn step(&mut self, schedule: &mut Unstructured<'_>) -> Result<()> {
        match schedule.arbitrary::<u8>()? % 16 {
            0 | 1 => self.carry_to_server(schedule)?,
            2 | 3 => self.carry_to_client(schedule)?,
            4 => self.pass(schedule.int_in_range(0..=70_000)?),
            5..=7 => self.by_hand(schedule)?,
            8..=10 => wishes::client(self, schedule)?,
            11 | 12 => answers::store(self, schedule)?,
            13 => answers::registration(self, schedule)?,
            14 => wishes::server(self, schedule)?,
            _ => wishes::end(self, schedule)?,
        }
        self.transmit();
        Ok(())
    }

    /// Does something with the server, if it is ours, and holds what it does against the table and the bounds.
    pub(crate) fn server<T>(
        &mut self,
        given: Given,
        act: impl FnOnce(&mut ServerSession, &mut Scratch, Now) -> T,
    ) -> Option<T> {
        let End::Ours(server) = &mut self.server else { return None };
        let before = server.state();
        let done = act(server, &mut self.scratch, self.now);
        let (from, to) = (before.name(), server.state().name());
        table::check(Machine::Server, given, from, to);
        while let Some(event) = server.poll_event() {
            self.claims.on_server_event(&event);
        }
        assert!(server.backlog_len() <= BACKLOG_LEN_MAX, "{} octets wait", server.backlog_len());
        Some(done)
    }

    /// The same with the client.
    pub(crate) fn client<T>(
        &mut self,
        given: Given,
        act: impl FnOnce(&mut ClientSession, &mut Scratch, Now) -> T,
    ) -> Option<T> {
        let End::Ours(client) = &mut self.client else { return None };
        let before = client.state();
        let done = act(client, &mut self.scratch, self.now);
        let (from, to) = (before.name(), client.state().name());
        table::check(Machine::Client, given, from, to);
        assert!(client.backlog_len() <= BACKLOG_LEN_MAX, "{} octets wait", client.backlog_len());
        let told: Vec<ClientEvent> = core::iter::from_fn(|| client.poll_event()).collect();
        self.hear_client(&told);
        Some(done)
    }

    fn hear_client(&mut self, told: &[ClientEvent]) {
        let is_server_ours = matches!(self.server, End::Ours(_)).then_some(());
        for event in told {
            self.claims.on_client_event(event, is_server_ours);
        }
    }

    fn carry_to_server(&mut self, schedule: &mut Unstructured<'_>) -> Result<()> {
        let damage = schedule.arbitrary::<u8>()?;
        if !matches!(&self.server, End::Ours(server) if server.wants_record()) {
            return Ok(());
        }
        let Some(record) = taken(&mut self.to_server, damage, schedule)? else { return Ok(()) };
        self.server(Given::Record, |server, scratch, now| server.on_record(&record, scratch, now));
        Ok(())
    }

    fn carry_to_client(&mut self, schedule: &mut Unstructured<'_>) -> Result<()> {
        let damage = schedule.arbitrary::<u8>()?;
        if !matches!(&self.client, End::Ours(client) if client.wants_record()) {
            return Ok(());
        }
        let Some(record) = taken(&mut self.to_client, damage, schedule)? else { return Ok(()) };
        self.client(Given::Record, |client, scratch, now| client.on_record(&record, scratch, now));
        Ok(())
    }

    /// The end in the fuzzer's hand says any octets, once or as often as a record holds them.
    fn by_hand(&mut self, schedule: &mut Unstructured<'_>) -> Result<()> {
        let (is_flood, len) = (schedule.ratio(1, 16)?, schedule.int_in_range(0..=255_usize)?);
        let plaintext = schedule.bytes(len.min(schedule.len()))?;
        let flood = plaintext.repeat(FLOOD_LEN.checked_div(plaintext.len()).unwrap_or(0));
        let plaintext = if is_flood { &flood } else { plaintext };
        if let End::Hand(transport) = &mut self.client {
            self.to_server.push_back(keys::seal(transport, plaintext));
        }
        if let End::Hand(transport) = &mut self.server {
            self.to_client.push_back(keys::seal(transport, plaintext));
        }
        Ok(())
    }

    /// Time passes, timer by timer.
    fn pass(&mut self, ms: u64) {
        let end = self.now.after(ms);
        for _ in 0..16 {
            let server = if let End::Ours(server) = &self.server { server.poll_timeout() } else { None };
            let client = if let End::Ours(client) = &self.client { client.poll_timeout() } else { None };
            let Some(next) = [server, client].into_iter().flatten().min().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            self.server(Given::Time, |server, _, now| server.on_timeout(now));
            self.client(Given::Time, |client, _, now| client.on_timeout(now));
            self.transmit();
        }
        self.now = end;
    }

    /// What is due leaves; what an end by hand is sent is read at once.
    fn transmit(&mut self) {
        let mut sent = Vec::new();
        self.server(Given::Wish, |server, _, _| drain(|out| server.poll_transmit(out), &mut sent));
        for record in sent.drain(..) {
            if let End::Hand(transport) = &mut self.client {
                read(transport, &record, |frame| self.claims.on_sent(frame));
            } else {
                self.to_client.push_back(record);
            }
        }
        self.client(Given::Wish, |client, _, _| drain(|out| client.poll_transmit(out), &mut sent));
        for record in sent {
            if let End::Hand(transport) = &mut self.server {
                read(transport, &record, |_| {});
            } else {
                self.to_server.push_back(record);
            }
        }
    }

    /// Whatever happened, both come to their end: by their clocks, or with the carrier.
    pub(crate) fn end(mut self) {
        self.pass(1 << 40);
        self.server(Given::Wish, |server, _, _| server.on_carrier_lost());
        self.client(Given::Wish, |client, _, _| client.on_carrier_lost());
        self.transmit();
        assert!(self.server(Given::Wish, |server, _, _| server.is_over()) != Some(false), "server not over");
        assert!(self.client(Given::Wish, |client, _, _| client.is_over()) != Some(false), "client not over");
    }
}

fn drain(mut poll: impl FnMut(&mut Vec<u8>) -> Option<usize>, sent: &mut Vec<Vec<u8>>) {
    loop {
        let mut record = Vec::new();
        let Some(len) = poll(&mut record) else { return };
        assert!(len == record.len() && len <= RECORD_LEN_MAX, "a record of {len} octets");
        sent.push(record);
    }
}

fn read(transport: &mut Transport, record: &[u8], mut see: impl FnMut(&pinnace_wire::Frame<'_>)) {
    for placed in frames(&keys::open(transport, record)) {
        see(&placed.expect("a machine sends whole frames").frame);
    }
}

/// The next record on a line: as it was sent, or as a broken carrier brings it.
fn taken(
    line: &mut VecDeque<Vec<u8>>,
    damage: u8,
    schedule: &mut Unstructured<'_>,
) -> Result<Option<Vec<u8>>> {
    let Some(mut record) = line.pop_front() else { return Ok(None) };
    match damage {
        240..=243 if !record.is_empty() => {
            let place = schedule.choose_index(record.len())?;
            record[place] ^= 1 << (damage % 8);
        }
        244..=247 => record.truncate(schedule.int_in_range(0..=record.len())?),
        248..=250 => line.push_front(record.clone()),
        251..=252 => return Ok(line.pop_front()),
        _ => {}
    }
    Ok(Some(record))
}
