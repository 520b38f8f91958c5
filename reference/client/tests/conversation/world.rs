//! Devices with their books, and a delivery service that orders what they write. Every device's rows are in memory.

use std::collections::{BTreeMap, VecDeque};

use pinnace_client::Outcome;
use pinnace_client::conversation::{
    Book, CommitParts, ConversationError, ConversationEvent, Effect, EntryPart, Me, Moment, Newcomer, Parcel,
    ParcelBody, Row, SUITE, SaidInfo, Shelf, Stage, conversation_id,
};
use pinnace_content::{Content, ContentId, Kind, Text};
use pinnace_e2ee::{Credentials, Device, Identity, Life, Mls as _, Unavailable, View, Write};
use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::PublicKey;
use pinnace_session::{RealmId, account_id, device_id};
use pinnace_wire::mls::Envelope;
use pinnace_wire::{AccountId, CommitAad, ConversationId, DeviceId, EntryKind, ErrorCode, FrameCode, UnixS};
use zeroize::Zeroizing;

pub(crate) const REALM: RealmId = RealmId([9; 32]);
pub(crate) const NOW_MS: u64 = 1_900_000_000_000;

/// Rows in memory.
#[derive(Clone, Default)]
pub(crate) struct Rows(BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>);

impl Rows {
    pub(crate) fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            match &write.value {
                Some(value) => drop(self.0.insert(write.key.clone(), value.clone())),
                None => drop(self.0.remove(&write.key)),
            }
        }
    }
}

impl View for Rows {
    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        Ok(self.0.get(key).cloned())
    }
}

impl Shelf for Rows {
    fn scan(&self, prefix: &[u8], count_max: usize) -> Result<Vec<Row>, Unavailable> {
        let rows = self.0.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(rows.take(count_max).map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// One item of a mailbox.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) conversation: ConversationId,
    pub(crate) seq: u64,
    pub(crate) kind: EntryKind,
    pub(crate) payload: Vec<u8>,
    pub(crate) client_seq: Option<u64>,
}

/// A device, its rows and its outbox.
pub(crate) struct Side {
    pub(crate) mls: Device,
    pub(crate) me: Me,
    pub(crate) rows: Rows,
    pub(crate) unix_ms: u64,
    pub(crate) numbered: u64,
    /// What waits to be sent, by number.
    pub(crate) outbox: VecDeque<(u64, Parcel)>,
    /// What was sent, by number.
    pub(crate) sent: BTreeMap<u64, Parcel>,
    pub(crate) mailbox: VecDeque<Item>,
    mailbox_seq: u64,
    pub(crate) filed: Vec<(ConversationId, u64)>,
    pub(crate) events: Vec<ConversationEvent>,
    /// For which conversations devices of the own account are to be claimed.
    pub(crate) claims: Vec<ConversationId>,
    ids: u8,
}

impl Side {
    pub(crate) fn new(account: u8, number: u8) -> Self {
        let identity = SigningKey::from_seed(&[account; 32]);
        let terms = DeviceTerms {
            noise_key: PublicKey([number; 32]),
            signature_key: SigningKey::from_seed(&[number ^ 0xa5; 32]).verifying_key().to_bytes(),
            not_after_s: UnixS::new(NOW_MS / 1000 + 400 * 86_400).unwrap(),
        };
        let certificate = sign_device(&identity, REALM, &terms).unwrap();
        let credentials = Credentials::Certified { realm: REALM.0 };
        Self {
            mls: Device::new(Identity::new(&certificate, &[number ^ 0xa5; 32]), credentials).unwrap(),
            me: Me {
                account: account_id(&identity.verifying_key().to_bytes()),
                device: device_id(&PublicKey([number; 32])),
                realm: REALM,
            },
            rows: Rows::default(),
            unix_ms: NOW_MS,
            numbered: 0,
            outbox: VecDeque::new(),
            sent: BTreeMap::new(),
            mailbox: VecDeque::new(),
            mailbox_seq: 0,
            filed: Vec::new(),
            events: Vec::new(),
            claims: Vec::new(),
            ids: 0,
        }
    }

    /// Does a step, and writes it with the outbox.
    pub(crate) fn step<T>(
        &mut self,
        step: impl FnOnce(&mut Book<'_>) -> Result<T, ConversationError>,
    ) -> Result<T, ConversationError> {
        let now = Moment { unix_ms: self.unix_ms, numbered: self.numbered, room: 1000 };
        let mut book = Book::new(&self.rows, &self.mls, self.me, now);
        let result = step(&mut book)?;
        let done = book.done();
        self.rows.apply(&done.writes);
        for effect in done.effects {
            match effect {
                Effect::Send(parcel) => {
                    self.numbered += 1;
                    self.outbox.push_back((self.numbered, parcel));
                }
                Effect::File { conversation, order } => self.filed.push((conversation, order)),
                Effect::Tell(event) => self.events.push(event),
                Effect::Claim { conversation } => self.claims.push(conversation),
                Effect::List { .. } => {}
            }
        }
        Ok(result)
    }

    /// A step whose rows are lost, since the device crashes before they are durable.
    pub(crate) fn crash(&mut self, step: impl FnOnce(&mut Book<'_>) -> Result<(), ConversationError>) {
        let now = Moment { unix_ms: self.unix_ms, numbered: self.numbered, room: 1000 };
        let mut book = Book::new(&self.rows, &self.mls, self.me, now);
        let _ = step(&mut book);
    }

    pub(crate) fn newcomer(&mut self) -> Newcomer {
        let life = Life { now_s: self.unix_ms / 1000, for_s: 86_400 };
        let change = self.mls.key_packages(SUITE, 1, life).unwrap();
        let mut key_packages = change
            .commit(|writes, _| {
                self.rows.apply(writes);
                Ok::<(), ()>(())
            })
            .unwrap();
        let key_package = key_packages.remove(0).octets;
        Newcomer { account: self.me.account, device: self.me.device, key_package }
    }

    pub(crate) fn content(&mut self, kind: Kind) -> Content {
        self.ids += 1;
        Content::new(ContentId([self.ids; 16]), self.unix_ms, kind)
    }

    pub(crate) fn say(&mut self, id: ConversationId, body: &str) -> Content {
        let content = self.content(Kind::Text(Text::plain(body)));
        self.step(|book| book.say(id, &content)).unwrap();
        content
    }

    pub(crate) fn stage(&mut self, id: ConversationId) -> Stage {
        self.step(|book| book.conversation(id)).unwrap().stage
    }

    pub(crate) fn epoch(&mut self, id: ConversationId) -> u64 {
        self.step(|book| book.conversation(id)).unwrap().epoch
    }

    pub(crate) fn members(&mut self, id: ConversationId) -> Vec<AccountId> {
        let members = self.step(|book| book.conversation(id)).unwrap().members;
        members.into_iter().map(|member| member.account).collect()
    }

    pub(crate) fn history(&mut self, id: ConversationId) -> Vec<SaidInfo> {
        self.step(|book| book.history(id, 1000)).unwrap()
    }

    /// The words that this device has of a conversation, in the order in which it had them.
    pub(crate) fn words(&mut self, id: ConversationId) -> Vec<String> {
        let said = self.history(id).into_iter().filter_map(|said| {
            let content = said.content?;
            if let Kind::Text(text) = content.kind { Some(said.edited.unwrap_or(text.body)) } else { None }
        });
        said.collect()
    }

    pub(crate) fn take(&mut self, item: &Item) {
        self.take_part(item, &item.payload, 0);
    }

    pub(crate) fn take_part(&mut self, item: &Item, payload: &[u8], left: u64) {
        self.mailbox_seq += 1;
        let (mailbox_seq, id) = (self.mailbox_seq, item.conversation);
        let part = EntryPart {
            mailbox_seq,
            seq: item.seq,
            kind: item.kind,
            payload,
            left,
            client_seq: item.client_seq,
        };
        self.step(|book| book.on_entry(id, &part)).unwrap();
    }

    /// Passes over an item that expired.
    pub(crate) fn lose_item(&mut self) {
        self.mailbox_seq += 1;
    }
}

/// A conversation as the delivery service has it.
#[derive(Default)]
pub(crate) struct Group {
    epoch: u64,
    seq: u64,
    /// Each device, and the epoch in which it came.
    roster: BTreeMap<DeviceId, u64>,
}

/// The delivery service.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) groups: BTreeMap<ConversationId, Group>,
    pub(crate) window: u64,
}

impl Server {
    /// Takes one parcel of the outbox of `from`; tells its outcome, and files what follows.
    pub(crate) fn send(&mut self, sides: &mut [Side], from: usize) -> Option<Outcome> {
        let (number, parcel) = sides[from].outbox.pop_front()?;
        sides[from].sent.insert(number, parcel.clone());
        let device = sides[from].me.device;
        let filed = match &parcel.body {
            ParcelBody::Post { payload, .. } => self.post(parcel.conversation, device, payload),
            ParcelBody::Commit(parts) => self.commit(parcel.conversation, device, parts),
        };
        let outcome = match filed {
            Ok(entries) => {
                for (to, seq, kind, payload) in entries {
                    let client_seq = (kind == EntryKind::Own).then_some(number);
                    let item = Item { conversation: parcel.conversation, seq, kind, payload, client_seq };
                    if let Some(side) = sides.iter_mut().find(|side| side.me.device == to) {
                        side.mailbox.push_back(item);
                    }
                }
                Outcome::Accepted
            }
            Err(code) => Outcome::Refused(FrameCode::new(u64::from(code.value())).unwrap()),
        };
        sides[from].step(|book| book.on_outcome(number, outcome)).unwrap();
        Some(outcome)
    }

    #[expect(clippy::type_complexity, reason = "what is filed, for whom")]
    fn post(
        &mut self,
        id: ConversationId,
        from: DeviceId,
        payload: &[u8],
    ) -> Result<Vec<(DeviceId, u64, EntryKind, Vec<u8>)>, ErrorCode> {
        let envelope = Envelope::decode(payload).map_err(|_| ErrorCode::EnvelopeInvalid)?;
        let epoch = envelope.epoch.value();
        let window = self.window;
        let group = self.groups.get_mut(&id).ok_or(ErrorCode::NoConversation)?;
        let joined = *group.roster.get(&from).ok_or(ErrorCode::NoConversation)?;
        if epoch > group.epoch || epoch + window < group.epoch || epoch < joined {
            return Err(ErrorCode::StaleEpoch);
        }
        group.seq += 1;
        let others = group.roster.iter().filter(|(device, joined)| **device != from && **joined <= epoch);
        let mut filed: Vec<_> =
            others.map(|(device, _)| (*device, group.seq, EntryKind::Message, payload.to_vec())).collect();
        filed.push((from, group.seq, EntryKind::Own, Vec::new()));
        Ok(filed)
    }

    #[expect(clippy::type_complexity, reason = "what is filed, for whom")]
    fn commit(
        &mut self,
        id: ConversationId,
        from: DeviceId,
        parts: &CommitParts,
    ) -> Result<Vec<(DeviceId, u64, EntryKind, Vec<u8>)>, ErrorCode> {
        let envelope = Envelope::decode(&parts.commit).map_err(|_| ErrorCode::EnvelopeInvalid)?;
        let aad = CommitAad::decode(envelope.authenticated_data).map_err(|_| ErrorCode::EnvelopeInvalid)?;
        if let Some(origin) = &parts.origin {
            assert_eq!(conversation_id(REALM, origin), id);
            self.groups.entry(id).or_default().roster.entry(from).or_insert(0);
        }
        let group = self.groups.get_mut(&id).ok_or(ErrorCode::NoConversation)?;
        if envelope.epoch.value() != group.epoch {
            // A creator that comes late is no member by that.
            return Err(ErrorCode::StaleEpoch);
        }
        if !group.roster.contains_key(&from) {
            return Err(ErrorCode::NoConversation);
        }
        group.epoch += 1;
        group.seq += 1;
        let others = group.roster.keys().filter(|device| **device != from);
        let mut filed: Vec<_> =
            others.map(|device| (*device, group.seq, EntryKind::Commit, parts.commit.clone())).collect();
        filed.push((from, group.seq, EntryKind::Own, Vec::new()));
        for device in aad.removed.iter() {
            group.roster.remove(&device);
        }
        for device in aad.added.iter() {
            group.roster.insert(device, group.epoch);
            filed.push((device, group.seq, EntryKind::Welcome, parts.welcome.clone()));
        }
        // In the roster by its first commit; who lost that race is not.
        if group.epoch == 1 {
            let added: Vec<_> = aad.added.iter().collect();
            filed.retain(|(device, _, kind, _)| *kind != EntryKind::Commit || !added.contains(device));
            group.roster.retain(|device, _| *device == from || added.contains(device));
        }
        Ok(filed)
    }
}

/// Delivers until nothing moves.
pub(crate) fn settle(server: &mut Server, sides: &mut [Side]) {
    for _ in 0..1000 {
        let mut moved = false;
        for index in 0..sides.len() {
            moved |= server.send(sides, index).is_some();
            while let Some(item) = sides[index].mailbox.pop_front() {
                sides[index].take(&item);
                moved = true;
            }
        }
        if !moved {
            return;
        }
    }
    panic!("it does not come to rest");
}
