//! A group of the three devices: what they say, who comes and goes, and what each of them hears.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use pinnace_home::memory::{Crashed, World};
use pinnace_home::{
    AckRequest, Begun, ClientSeq, CommitRequest, Committer, ConversationKind, DeviceList, EntryKind,
    Envelope, Item, ListRequest, ListVersion, MailboxMark, MailboxSeq, NackRequest, Origin, Outcome,
    PostRequest, SecondParty, SendDone, Session, Table, account_id, ack, commit_begin, commit_decide,
    conclude, conversation, conversation_id, describe, list_publish, nack, post_begin, post_decide,
};

use super::{DEVICES, enrol_device, id, key_of, resume, rules};

/// What a device asked, with its number.
#[derive(Clone)]
enum Asked {
    Post(PostRequest),
    Commit(CommitRequest),
}

struct Talker {
    session: Session,
    /// By number: what was asked, and the outcome if it was told.
    asked: BTreeMap<u64, (Asked, Option<Outcome>)>,
}

/// A group, those who are in it, and what was promised to them.
pub(crate) struct Talks {
    world: World,
    talkers: Vec<Talker>,
    origin: Origin,
}

impl Talks {
    pub(crate) fn new() -> Self {
        let mut world = World::new(rules());
        let talkers =
            (0..DEVICES).map(|device| Talker { session: join(&mut world, device), asked: BTreeMap::new() });
        let talkers = talkers.collect();
        let (kind, second) = (ConversationKind::Group, SecondParty::new([7; 16]));
        let origin =
            Origin { id: conversation_id(b"realm", b"origin"), kind, first: account_id(&key_of(0)), second };
        Self { world, talkers, origin }
    }

    pub(crate) fn act(&mut self, acts: &mut Unstructured<'_>) -> Result<()> {
        let device = acts.choose_index(DEVICES)?;
        match acts.arbitrary::<u8>()? % 16 {
            0..=4 => {
                let request = self.post(device, acts.arbitrary::<u8>()?);
                self.ask(device, Asked::Post(request));
            }
            5..=7 => {
                let request = self.commit(device, acts.arbitrary()?);
                self.ask(device, Asked::Commit(request));
            }
            8 | 9 => self.again(device, acts.arbitrary::<u8>()?),
            10 | 11 => self.ack(device, u64::from(acts.arbitrary::<u8>()? % 5)),
            12 => self.nack(device, u64::from(acts.arbitrary::<u8>()? % 4)),
            13 => self.world.now_ms += acts.int_in_range(1..=9_000_u64)?,
            14 => self.world.sweep(),
            _ => self.world.crash_after = Some(usize::from(acts.arbitrary::<u8>()? % 24)),
        }
        Ok(())
    }

    /// The epoch, and who is in; none before the first commit.
    fn state(&self) -> (u64, Vec<usize>) {
        let state = self.world.look(|view, _| conversation(view, self.origin.id));
        state.map_or((0, Vec::new()), |state| {
            let is_in = |device: &usize| state.devices.contains(&id(*device));
            (state.epoch, (0..DEVICES).filter(is_in).collect())
        })
    }

    fn next(&self, device: usize) -> ClientSeq {
        ClientSeq::new(self.talkers[device].asked.len() as u64 + 1).unwrap()
    }

    fn envelope(&self, back: u8) -> Envelope {
        let epoch = self.state().0.saturating_sub(u64::from(back / 64));
        Envelope { group: self.origin.id, epoch }
    }

    fn post(&self, device: usize, choice: u8) -> PostRequest {
        let client_seq = self.next(device);
        PostRequest {
            session: self.talkers[device].session,
            client_seq,
            conversation: self.origin.id,
            class: (choice % 8 == 7).then_some(1),
            expires_in_s: Some(u64::from(choice % 4)).filter(|expires_in_s| *expires_in_s != 0),
            envelope: Some(self.envelope(choice)),
            payload: format!("{device} {client_seq}").into_bytes(),
        }
    }

    /// A commit that takes some devices in and some out; one in eight is external, and brings in its sender alone.
    fn commit(&self, device: usize, (back, others): (u8, u8)) -> CommitRequest {
        let committer = if others >> 5 == 7 { Committer::External } else { Committer::Member };
        let others = match committer {
            Committer::Member => others,
            Committer::External => 0,
        };
        let (_, inside) = self.state();
        let named = (0..DEVICES).filter(|other| *other != device && others >> other & 1 == 1);
        let (removed, added): (Vec<usize>, Vec<usize>) = named.partition(|other| inside.contains(other));
        let sorted = |devices: Vec<usize>| {
            let mut ids: Vec<_> = devices.into_iter().map(id).collect();
            ids.sort();
            ids
        };
        let (envelope, client_seq) = (self.envelope(back), self.next(device));
        let welcome = if added.is_empty() { Vec::new() } else { vec![0; 40 + usize::from(others)] };
        let added = match committer {
            Committer::Member => sorted(added),
            Committer::External => vec![id(device)],
        };
        CommitRequest {
            session: self.talkers[device].session,
            client_seq,
            conversation: self.origin.id,
            envelope: Some((envelope, committer)),
            welcome,
            added,
            removed: sorted(removed),
            commit: format!("{device} commits {client_seq}").into_bytes(),
            origin: (envelope.epoch == 0).then_some(self.origin),
        }
    }

    /// Asks for the next number, unless an earlier one has no outcome yet.
    fn ask(&mut self, device: usize, asked: Asked) {
        let open = self.talkers[device].asked.iter().find(|(_, (_, outcome))| outcome.is_none());
        let seq = open.map(|(seq, _)| *seq).unwrap_or_else(|| {
            let seq = self.next(device).value();
            self.talkers[device].asked.insert(seq, (asked, None));
            seq
        });
        self.run(device, seq);
    }

    fn again(&mut self, device: usize, back: u8) {
        let last = self.talkers[device].asked.len() as u64;
        if let Some(seq) = last.checked_sub(u64::from(back % 4)).filter(|seq| *seq != 0) {
            self.run(device, seq);
        }
    }

    fn run(&mut self, device: usize, seq: u64) {
        let (asked, known) = self.talkers[device].asked[&seq].clone();
        let done = match &asked {
            Asked::Post(request) => run_post(&mut self.world, request),
            Asked::Commit(request) => run_commit(&mut self.world, request),
        };
        match done {
            Ok(SendDone::Outcome(outcome)) => {
                assert!(
                    known.is_none_or(|known| known == outcome),
                    "{seq} of {device}: {known:?} and {outcome:?}"
                );
                self.talkers[device].asked.insert(seq, (asked, Some(outcome)));
            }
            Ok(SendDone::Rate { .. }) | Err(Crashed) => {}
            Ok(other) => panic!("{seq} of {device}: {other:?}"),
        }
    }

    fn filed(&self, device: usize) -> impl Iterator<Item = &Item> {
        self.world.filed.iter().filter(move |(of, _)| *of == id(device)).map(|(_, item)| item)
    }

    fn ack(&mut self, device: usize, share: u64) {
        let cursor = MailboxMark::new(self.filed(device).count() as u64 * share / 4).unwrap();
        let session = self.talkers[device].session;
        let mut request = AckRequest { session, cursor, ranges: Vec::new() };
        let _ = self.world.run(|view, _, now_ms| ack(view, now_ms, &mut request));
    }

    fn nack(&mut self, device: usize, above: u64) {
        let last = self.filed(device).count() as u64;
        if let Some(mailbox_seq) = MailboxSeq::new(last.saturating_sub(above)) {
            let request = NackRequest { session: self.talkers[device].session, mailbox_seq, reason: 1 };
            let _ = self.world.run(|view, _, now_ms| nack(view, now_ms, request));
        }
    }

    /// Lets everything come to its end, then looks at all that was filed.
    pub(crate) fn settle(mut self) {
        self.world.crash_after = None;
        for device in 0..DEVICES {
            let open = self.talkers[device].asked.iter().find(|(_, (_, outcome))| outcome.is_none());
            if let Some(seq) = open.map(|(seq, _)| *seq) {
                self.run(device, seq);
            }
        }
        for (key, row) in &self.world.rows().0 {
            assert!(describe(key, row).is_ok(), "{key:?} {row:?}");
        }
        self.all_hear_the_same_in_order();
        for device in 0..DEVICES {
            self.ack(device, 4);
        }
        self.world.sweep();
        for table in [Table::Outbox, Table::FanOut, Table::Payload, Table::Holders, Table::Item] {
            assert_eq!(self.world.rows_in_table(table), 0, "{table:?}");
        }
    }

    /// Numbers are dense, places rise, one place and kind says the same to all, and each accepted number has one place, once.
    fn all_hear_the_same_in_order(&self) {
        let mut said: BTreeMap<(u64, u8), &[u8]> = BTreeMap::new();
        for device in 0..DEVICES {
            let (mut next, mut last, mut own, mut gaps) = (1, 0, Vec::new(), 0);
            for item in self.filed(device) {
                assert_eq!(item.mailbox_seq().value(), next, "mailbox of {device}");
                next += 1;
                let Item::Entry(entry) = item else {
                    gaps += 1;
                    continue;
                };
                assert!(last < entry.conversation_seq.value(), "{device} hears {entry:?} after {last}");
                last = entry.conversation_seq.value();
                match entry.kind {
                    EntryKind::Own => own.extend(entry.client_seq.map(ClientSeq::value)),
                    EntryKind::Message | EntryKind::Commit | EntryKind::Welcome | EntryKind::DeviceList => {
                        let before = said.entry((last, entry.kind.value())).or_insert(&entry.payload);
                        assert_eq!(**before, *entry.payload, "place {last}");
                    }
                }
            }
            let asked = self.talkers[device].asked.iter();
            let accepted: Vec<u64> = asked
                .filter(|(_, (_, told))| *told == Some(Outcome::Accepted))
                .map(|(seq, _)| *seq)
                .collect();
            assert!(
                own.iter().all(|seq| accepted.contains(seq)) && own.is_sorted_by(|one, other| one < other)
            );
            assert!(accepted.len() <= own.len() + gaps, "{device}: {own:?} of {accepted:?}");
        }
    }
}

/// Registers a device, and sets its account's list.
fn join(world: &mut World, device: usize) -> Session {
    enrol_device(world, device).expect("no crash yet");
    let session = resume(world, device, 2).expect("no crash yet").expect("a registered device");
    let list = DeviceList {
        account: account_id(&key_of(device)),
        list_version: ListVersion::FIRST,
        previous: [0; 32],
        devices: vec![id(device)],
        octets: b"list".to_vec(),
    };
    let request = ListRequest { session, list };
    world.run(|view, rules, _| list_publish(view, rules, &request)).expect("no crash yet");
    session
}

fn run_post(world: &mut World, request: &PostRequest) -> core::result::Result<SendDone, Crashed> {
    let ticket = match world.run(|view, rules, now_ms| post_begin(view, rules, now_ms, request))? {
        Begun::Answer(answer) => return Ok(answer),
        Begun::Decide(ticket) => ticket,
    };
    let decided = world.run(|view, rules, now_ms| post_decide(view, rules, now_ms, (request, &ticket)))?;
    world.run(|view, rules, _| conclude(view, rules, &ticket, decided))
}

fn run_commit(world: &mut World, request: &CommitRequest) -> core::result::Result<SendDone, Crashed> {
    let ticket = match world.run(|view, rules, now_ms| commit_begin(view, rules, now_ms, request))? {
        Begun::Answer(answer) => return Ok(answer),
        Begun::Decide(ticket) => ticket,
    };
    let decided = world.run(|view, rules, now_ms| commit_decide(view, rules, now_ms, (request, &ticket)))?;
    world.run(|view, rules, _| conclude(view, rules, &ticket, decided))
}
