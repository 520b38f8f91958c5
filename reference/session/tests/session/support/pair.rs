//! A client and a server that exchange records without loss under virtual time.

use std::collections::VecDeque;

use pinnace_session::client::{ClientConfig, ClientEvent, FirstFlight};
use pinnace_session::server::{HelloAnswer, ServerConfig, ServerEvent};
use pinnace_session::{ClientSession, Now, Scratch, ServerSession};
use pinnace_wire::UnixMs;

use super::keys::{
    START, UNIX_S, client_config, first_flight, hello_done, known_edge, seed, server_config, shared,
};

/// Both ends and what they told.
pub(crate) struct Pair {
    pub(crate) client: ClientSession,
    pub(crate) server: ServerSession,
    pub(crate) now: Now,
    pub(crate) told_client: VecDeque<ClientEvent>,
    pub(crate) told_server: VecDeque<ServerEvent>,
    /// Lengths of the records that the client and the server sent.
    pub(crate) client_records: Vec<usize>,
    pub(crate) server_records: Vec<usize>,
    scratch: Scratch,
}

impl Pair {
    pub(crate) fn new(client: ClientConfig, first: &FirstFlight, server: ServerConfig) -> Self {
        Self {
            client: ClientSession::new(client, first, seed(10), START).unwrap(),
            server: ServerSession::new(shared(server), seed(20), START),
            now: START,
            told_client: VecDeque::new(),
            told_server: VecDeque::new(),
            client_records: Vec::new(),
            server_records: Vec::new(),
            scratch: Scratch::new(),
        }
    }

    /// A registered device, met before, with this many items in its mailbox; welcomed and confirmed.
    pub(crate) fn open(mailbox_last: u64) -> Self {
        Self::open_with(&first_flight(), server_config(), mailbox_last)
    }

    pub(crate) fn open_with(first: &FirstFlight, server: ServerConfig, mailbox_last: u64) -> Self {
        let mut pair = Self::new(client_config(Some(known_edge())), first, server);
        pair.run();
        pair.answer_hello(&HelloAnswer::Registered(hello_done(mailbox_last)));
        pair.run();
        pair
    }

    /// An unknown device, welcomed and confirmed.
    pub(crate) fn unregistered() -> Self {
        let mut pair = Self::new(client_config(Some(known_edge())), &first_flight(), server_config());
        pair.run();
        pair.answer_hello(&HelloAnswer::Unregistered);
        pair.run();
        pair.told_client.clear();
        pair.told_server.clear();
        pair
    }

    pub(crate) fn answer_hello(&mut self, answer: &HelloAnswer) {
        self.server.on_hello(answer, UnixMs::new(UNIX_S * 1_000).unwrap(), self.now);
    }

    /// Carries records both ways until nobody has anything to say.
    pub(crate) fn run(&mut self) {
        loop {
            let before = (self.client_records.len(), self.server_records.len());
            self.client_to_server();
            self.server_to_client();
            self.collect();
            if before == (self.client_records.len(), self.server_records.len()) {
                return;
            }
        }
    }

    pub(crate) fn client_to_server(&mut self) {
        let mut record = Vec::new();
        while let Some(len) = self.client.poll_transmit(&mut record) {
            assert_eq!(len, record.len());
            self.client_records.push(len);
            self.server.on_record(&record, &mut self.scratch, self.now).unwrap();
            self.collect();
            record.clear();
        }
    }

    pub(crate) fn server_to_client(&mut self) {
        let mut record = Vec::new();
        while let Some(len) = self.server.poll_transmit(&mut record) {
            assert_eq!(len, record.len());
            self.server_records.push(len);
            self.client.on_record(&record, &mut self.scratch, self.now).unwrap();
            self.collect();
            record.clear();
        }
    }

    pub(crate) fn collect(&mut self) {
        self.told_client.extend(core::iter::from_fn(|| self.client.poll_event()));
        self.told_server.extend(core::iter::from_fn(|| self.server.poll_event()));
    }

    /// Lets time pass: to the next timer of either side, again and again, up to `ms` from now.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now.after(ms);
        loop {
            let next = [self.client.poll_timeout(), self.server.poll_timeout()].into_iter().flatten().min();
            match next.filter(|next| *next <= end) {
                Some(next) => {
                    self.now = self.now.max(next);
                    self.client.on_timeout(self.now);
                    self.server.on_timeout(self.now);
                    self.run();
                }
                None => {
                    self.now = end;
                    return;
                }
            }
        }
    }
}
