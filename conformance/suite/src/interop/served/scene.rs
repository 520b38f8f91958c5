//! What is on the way: the conversation as the server has it, and each device with what it has still to hear.

use std::collections::BTreeMap;

use serde_json::json;

use super::cast;
use super::making::{Made, Way};
use super::seat::{Due, MESSAGE_AAD, Seat, Then};
use crate::ctx::Ctx;
use crate::hex;
use crate::interop::adapter::text;
use crate::interop::fault::{Fault, expect};
use crate::interop::matrix::Cell;
use crate::peer::conversation::{Origin, Talk};
use crate::peer::directory::InForce;
use crate::peer::seen::Entry;
use crate::peer::{Code, Device, DeviceId, Seen, talk};
use crate::target::Stop;

/// A conversation and its devices.
pub(super) struct Scene<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) seats: Vec<Seat<'a>>,
    pub(super) suite: u16,
    /// What is going on, for the message of a failure.
    pub(super) step: &'static str,
    /// In how many epochs all members exported the same secret.
    pub(super) epoch_count: usize,
    /// The list in force of each account, by its first seat, and the devices that it names.
    pub(super) lists: BTreeMap<usize, (InForce, Vec<&'a Device>)>,
    pub(super) talk: Talk,
    /// The roster: since which epoch each seat is in it.
    pub(super) roster: BTreeMap<usize, u64>,
    said_count: usize,
}

impl<'a> Scene<'a> {
    /// All accounts are registered by their first device.
    pub(super) fn new(
        ctx: &'a Ctx,
        cell: &Cell<'_>,
        accounts: &[usize],
        devices: &'a [Device],
    ) -> Result<Self, Fault> {
        let seats = devices.iter().enumerate();
        let seats = seats.map(|(at, device)| Ok(Seat::new(device, cast::adapter(ctx, cell, at, device)?)));
        let seats = seats.collect::<Result<Vec<_>, Fault>>()?;
        let [first, second] = [0, 1].map(|at| devices.get(at).map(|device| device.account));
        let (Some(first), Some(second)) = (first, second) else {
            return Err(Fault::device("nobody", "the story", "it needs two accounts".to_owned()));
        };
        let origin = match accounts.iter().max() {
            Some(0 | 1) | None => Origin::direct(first, second),
            Some(_) => Origin::group(first, ctx.rng("group").array()),
        };
        let mut scene = Self {
            ctx,
            seats,
            suite: cell.suite,
            step: "registration",
            epoch_count: 0,
            lists: BTreeMap::new(),
            talk: Talk::new(ctx, origin),
            roster: BTreeMap::new(),
            said_count: 0,
        };
        scene.register()?;
        Ok(scene)
    }

    pub(super) fn seat(&mut self, seat: usize) -> Result<&mut Seat<'a>, Fault> {
        self.seats
            .get_mut(seat)
            .ok_or_else(|| Fault::device("nobody", "the story", "no such seat".to_owned()))
    }

    /// The group's id, as adapters are told it.
    pub(super) fn group(&self) -> String {
        hex::encode(&self.talk.id.0)
    }

    pub(super) fn ids(&self, seats: &[usize]) -> Vec<DeviceId> {
        seats.iter().filter_map(|seat| self.seats.get(*seat)).map(|seat| seat.device.id).collect()
    }

    /// A device opens a session.
    pub(super) fn come(&mut self, seat: usize) -> Result<(), Fault> {
        let ctx = self.ctx;
        self.seat(seat)?.come(ctx)
    }

    /// The server is killed and starts again; who was connected comes back.
    pub(super) fn kill_server(&mut self) -> Result<(), Fault> {
        let here: Vec<usize> = (0..self.seats.len()).filter(|seat| self.is_here(*seat)).collect();
        self.seats.iter_mut().for_each(Seat::leave);
        self.ctx.restart(Stop::Kill)?;
        here.into_iter().try_for_each(|seat| self.come(seat))
    }

    fn is_here(&self, seat: usize) -> bool {
        self.seats.get(seat).is_some_and(Seat::is_here)
    }

    /// The roster's devices that are connected and have their group.
    pub(super) fn present(&self) -> Vec<usize> {
        let has_group = |seat: &usize| self.seats.get(*seat).is_some_and(|seat| !seat.is_lost);
        self.roster.keys().copied().filter(|seat| self.is_here(*seat) && has_group(seat)).collect()
    }

    /// Its session hands a commit in.
    pub(super) fn hand_in(&mut self, made: &mut Made) -> Result<(), Fault> {
        if made.client_seq == 0 {
            made.client_seq = self.seat(made.by)?.device.next_client_seq();
        }
        let origin = talk::origin(&self.talk.origin.octets());
        let extensions = if made.way == Way::Creates { &origin[..] } else { &[] };
        let id = self.talk.id;
        let session = self.seat(made.by)?.session()?;
        session.commit_again(made.client_seq, id, (&made.commit, &made.welcome), extensions);
        Ok(())
    }

    /// Waits for the outcome of a commit that was handed in: whether it was taken. If not, its maker takes it back.
    pub(super) fn settle(&mut self, made: &Made) -> Result<bool, Fault> {
        let group = self.group();
        let seat = self.seat(made.by)?;
        match seat.session()?.outcome() {
            Seen::Accepted(client_seq) if client_seq == made.client_seq => {
                seat.device.settled.set(client_seq);
                self.file_commit(made);
                Ok(true)
            }
            Seen::Refused(client_seq, Code::STALE_EPOCH) if client_seq == made.client_seq => {
                seat.device.settled.set(client_seq);
                let what = if made.way == Way::Goes { "discard" } else { "forget" };
                seat.ask(&group, what, json!({}))?;
                Ok(false)
            }
            other => Err(Fault::Differs {
                what: format!("the outcome of a commit of {}", seat.adapter.name),
                expected: "ACCEPTED, or REFUSED with STALE_EPOCH".to_owned(),
                found: format!("{other:?}"),
            }),
        }
    }

    /// A commit was taken: who hears what of it, and who is in the roster now.
    fn file_commit(&mut self, made: &Made) {
        let change = self.talk.committed(made.client_seq, &made.commit, &made.welcome);
        let aad = hex::encode(&made.aad);
        for seat in self.roster.keys().copied().filter(|seat| *seat != made.by).collect::<Vec<_>>() {
            let aad = aad.clone();
            let then =
                if made.removed.contains(&seat) { Then::IsRemoved { aad } } else { Then::Applies { aad } };
            self.owe(seat, &change.commit, then);
        }
        self.owe(made.by, &change.own, Then::Confirms);
        let epoch = self.talk.epoch.get();
        for seat in made.added.iter().copied() {
            if seat != made.by {
                self.owe(seat, &change.welcome, Then::Joins);
            }
            self.roster.insert(seat, epoch);
        }
        if made.way == Way::Creates {
            self.roster.insert(made.by, 0);
        }
        self.roster.retain(|seat, _| !made.removed.contains(seat));
    }

    /// A list was put into force: the conversation hears of it, if the account is in it.
    pub(super) fn file_list(&mut self, publisher: usize, list: &[u8]) -> Result<(), Fault> {
        if self.roster.contains_key(&publisher) {
            let entry = self.talk.listed(list);
            let roster: Vec<usize> = self.roster.keys().copied().collect();
            roster.into_iter().for_each(|seat| self.owe(seat, &entry, Then::Knows));
        }
        Ok(())
    }

    fn owe(&mut self, seat: usize, entry: &Entry, then: Then) {
        if let Some(seat) = self.seats.get_mut(seat) {
            seat.due.push_back(Due { entry: entry.clone(), then });
        }
    }

    /// A device says something in the epoch that it knows of; others will have to read it.
    pub(super) fn say(&mut self, by: usize) -> Result<(), Fault> {
        self.said_count = self.said_count.saturating_add(1);
        let content = hex::encode(format!("message {} by {by}", self.said_count).as_bytes());
        let (group, id) = (self.group(), self.talk.id);
        let seat = self.seat(by)?;
        let epoch = seat.epoch;
        let request = json!({ "content": content, "aad": MESSAGE_AAD });
        let payload = octets(&text(&seat.ask(&group, "encrypt", request)?, "message")?)?;
        let client_seq = seat.session()?.post(id, &payload);
        seat.session()?.accepted(client_seq)?;
        seat.device.settled.set(client_seq);
        let said = self.talk.said(client_seq, &payload);
        let readers = self.roster.iter().filter(|(seat, since)| **seat != by && **since <= epoch);
        for reader in readers.map(|(seat, _)| *seat).collect::<Vec<_>>() {
            self.owe(reader, &said.message, Then::Reads { content: content.clone() });
        }
        self.owe(by, &said.own, Then::Knows);
        Ok(())
    }

    /// Everybody who is connected hears what is owed.
    pub(super) fn catch_up(&mut self) -> Result<(), Fault> {
        let group = self.group();
        self.seats.iter_mut().filter(|seat| seat.is_here()).try_for_each(|seat| seat.catch_up(&group))
    }

    /// Who is connected has heard all, is in the conversation's epoch, and exports the same secret as the others.
    pub(super) fn agree(&mut self) -> Result<(), Fault> {
        self.catch_up()?;
        let (group, mut agreed) = (self.group(), None);
        let expected = self.talk.epoch.get();
        for seat in self.present() {
            let request = json!({ "label": "interop", "context": hex::encode(b"context"), "len": 32 });
            let seat = self.seat(seat)?;
            let secret = seat.ask(&group, "exporter", request)?;
            expect(&format!("epoch of {}", seat.adapter.name), &expected, &super::seat::epoch_of(&secret))?;
            let what = format!("what {} exports", seat.adapter.name);
            expect(&what, agreed.get_or_insert_with(|| secret.clone()), &secret)?;
        }
        self.epoch_count = self.epoch_count.saturating_add(1);
        Ok(())
    }
}

pub(super) fn octets(text: &str) -> Result<Vec<u8>, Fault> {
    hex::decode(text).map_err(|error| Fault::Answer { field: error.to_string(), answer: text.to_owned() })
}
