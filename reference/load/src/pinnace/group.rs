//! What devices do in groups and with KeyPackages: lists, commits, posts, claims.

use core::ops::Range;

use pinnace_session::client::{CommitMessage, PostMessage};
use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;
use pinnace_session::{ClientSession, RealmId};
use pinnace_wire::{ConversationId, ConversationKind, ConversationOrigin, Generation, MlsSuite, SecondParty};

use super::{Devices, index};
use crate::Failure;
use crate::device::{Device, Listing, random};
use crate::fleet::{Queued, Seen};
use crate::letter::Letter;
use crate::mls::{self, Stand};

/// KeyPackages of one KEYS_PUBLISH.
const PUBLISH_MAX: u64 = 16;
/// Octets of the commit that begins a group, and of its Welcome, beyond its delta: no run measures it.
const FIRST_LEN: usize = 1_024;

/// A group, as its members know it.
pub(super) struct Group {
    id: ConversationId,
    epoch: u64,
}

impl Group {
    const fn stand(&self) -> Stand {
        Stand { group: self.id, epoch: self.epoch }
    }
}

impl Devices {
    /// Puts a list into force that names this device, once.
    pub(super) fn publish_list(&mut self, who: usize) -> Result<(), Failure> {
        let realm = self.realm;
        if self.member(who)?.device.is_listed == Listing::InForce {
            self.at_once.push(Seen::Ready(who));
            return Ok(());
        }
        let list = self.member(who)?.device.list(realm)?;
        self.ask(who, |device, session| {
            Ok(session.publish_device_list(device.next_request()?, &list).is_ok())
        })
    }

    /// Its list is in force.
    pub(super) fn on_list(&mut self, who: usize, seen: &mut Vec<Seen>) -> Result<(), Failure> {
        let device = &mut self.member(who)?.device;
        // Every claim is answered by a list, too.
        if device.is_listed == Listing::Due {
            device.is_listed = Listing::InForce;
            seen.push(Seen::Ready(who));
        }
        Ok(())
    }

    pub(super) fn publish_keys(&mut self, who: usize, numbers: Range<u64>) -> Result<(), Failure> {
        let (realm, from) = (self.realm, u32::try_from(who).unwrap_or(u32::MAX));
        let certificate = self.member(who)?.device.certificate(realm)?;
        let mut next = numbers.start;
        while next < numbers.end {
            let part = next..next.saturating_add(PUBLISH_MAX).min(numbers.end);
            next = part.end;
            self.ask(who, |device, session| {
                let stocker = device.stocker(&certificate);
                let letter = |number| Letter { from, to: from, number, stamp_ns: 0 };
                let packages: Vec<_> = part.map(|number| stocker.key_package(&letter(number))).collect();
                let packages: Vec<&[u8]> = packages.iter().map(Vec::as_slice).collect();
                Ok(session.publish_keys(device.next_request()?, &packages, None).is_ok())
            })?;
            self.member(who)?.keys_asked += 1;
        }
        Ok(())
    }

    /// KeyPackages are there; all of them, when nothing more was asked.
    pub(super) fn on_keys(&mut self, who: usize, seen: &mut Vec<Seen>) -> Result<(), Failure> {
        let member = self.member(who)?;
        member.keys_asked = member.keys_asked.saturating_sub(1);
        if member.keys_asked == 0 {
            seen.push(Seen::Ready(who));
        }
        Ok(())
    }

    pub(super) fn claim(&mut self, letter: &Letter) -> Result<Queued, Failure> {
        let account = self.member(index(letter.to))?.device.account();
        self.ask(index(letter.from), |device, session| {
            Ok(session.claim(device.next_request()?, account, MlsSuite::AES128GCM).is_ok())
        })?;
        Ok(Queued::Yes)
    }

    /// The first commit of a group, by which its first device adds all others.
    pub(super) fn begin_group(&mut self, devices: &[usize]) -> Result<u32, Failure> {
        let (Some((first, others)), realm) = (devices.split_first(), self.realm) else {
            return Err(Failure::Usage("a group of nobody".to_owned()));
        };
        let mut added = Vec::with_capacity(others.len());
        for who in others {
            added.push(self.member(*who)?.id);
        }
        added.sort_unstable();
        let origin = self.origin(*first)?;
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let group = Group { id: id(realm, &origin)?, epoch: 0 };
        let letter = Letter { from: u32::try_from(*first).unwrap_or(0), to: number, number: 0, stamp_ns: 0 };
        let commit = mls::commit(group.stand(), &added, &letter, FIRST_LEN)?;
        self.groups.push(group);
        let welcome = if added.is_empty() { Vec::new() } else { vec![0x5a; FIRST_LEN] };
        match self.commit_in(number, *first, (commit, welcome, Some(origin)))? {
            Queued::Yes => Ok(number),
            Queued::NotNow => Err(Failure::Server("a group cannot be begun now".to_owned())),
        }
    }

    fn origin(&mut self, first: usize) -> Result<ConversationOrigin, Failure> {
        let [nonce, _] = *random()?.as_chunks::<16>().0 else {
            return Err(Failure::Wrong("a nonce".to_owned()));
        };
        Ok(ConversationOrigin {
            kind: ConversationKind::Group,
            first: self.member(first)?.device.account(),
            second: SecondParty::new(nonce),
            generation: Generation::new(0).ok_or_else(|| Failure::Wrong("a generation".to_owned()))?,
        })
    }

    fn group(&self, number: u32) -> Result<&Group, Failure> {
        self.groups.get(index(number)).ok_or_else(|| Failure::Usage(format!("there is no group {number}")))
    }

    pub(super) fn commit(&mut self, letter: &Letter) -> Result<Queued, Failure> {
        let commit = mls::commit(self.group(letter.to)?.stand(), &[], letter, self.payload_len)?;
        self.commit_in(letter.to, index(letter.from), (commit, Vec::new(), None))
    }

    fn commit_in(
        &mut self,
        number: u32,
        from: usize,
        (commit, welcome, origin): (Vec<u8>, Vec<u8>, Option<ConversationOrigin>),
    ) -> Result<Queued, Failure> {
        let conversation = self.group(number)?.id;
        let member = self.member(from)?;
        // The next commit is made in the epoch that this one begins.
        if member.commits_in.is_some() {
            return Ok(Queued::NotNow);
        }
        let Some(link) = &mut member.link else { return Ok(Queued::NotNow) };
        let client_seq = member.device.next_seq()?;
        let message = CommitMessage { client_seq, conversation, commit, welcome, origin };
        if link.session.commit(&message).is_err() {
            return Ok(Queued::NotNow);
        }
        member.device.sent = client_seq.value();
        member.commits_in = Some(number);
        self.mark(from);
        Ok(Queued::Yes)
    }

    /// The oldest number of a device without an outcome was accepted.
    pub(super) fn on_accepted(&mut self, who: usize) -> Result<(), Failure> {
        if let Some(number) = self.member(who)?.commits_in.take()
            && let Some(group) = self.groups.get_mut(index(number))
        {
            group.epoch = group.epoch.saturating_add(1);
        }
        Ok(())
    }

    pub(super) fn post(&mut self, letter: &Letter) -> Result<Queued, Failure> {
        let (from, len) = (index(letter.from), self.payload_len);
        let stand = self.group(letter.to)?.stand();
        let member = self.member(from)?;
        let Some(link) = &mut member.link else { return Ok(Queued::NotNow) };
        if !link.session.can_send() {
            return Ok(Queued::NotNow);
        }
        let client_seq = member.device.next_seq()?;
        let payload = mls::message(stand, letter, len);
        let conversation = stand.group;
        let message = PostMessage { client_seq, conversation, class: None, expires_in_s: None, payload };
        if link.session.post(&message).is_err() {
            return Ok(Queued::NotNow);
        }
        member.device.sent = client_seq.value();
        self.mark(from);
        Ok(Queued::Yes)
    }

    fn ask(
        &mut self,
        who: usize,
        ask: impl FnOnce(&mut Device, &mut ClientSession) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let member = self.member(who)?;
        let Some(link) = &mut member.link else {
            return Err(Failure::Usage(format!("device {who} is not connected")));
        };
        if !ask(&mut member.device, &mut link.session)? {
            return Err(Failure::Server(format!("device {who} cannot ask now")));
        }
        self.mark(who);
        Ok(())
    }
}

/// The id of a conversation (CNV-001).
fn id(realm: RealmId, origin: &ConversationOrigin) -> Result<ConversationId, Failure> {
    let mut octets = realm.0.to_vec();
    let start = octets.len();
    octets.resize(start.saturating_add(origin.encoded_len()), 0);
    let room = octets.get_mut(start..).unwrap_or_default();
    origin.encode(room).map_err(|error| Failure::Wrong(format!("origin: {error}")))?;
    let digest = labelled_digest(Label::new(ConversationOrigin::LABEL), &octets);
    let id = digest.first_chunk::<16>().ok_or_else(|| Failure::Wrong("a digest".to_owned()))?;
    Ok(ConversationId::new(*id))
}
