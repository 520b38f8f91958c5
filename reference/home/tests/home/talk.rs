//! What devices say in conversations, step by step: each step is a transaction on one owner.

use pinnace_home::memory::{Crashed, World};
use pinnace_home::{
    Begun, CommitRequest, Committer, ConversationId, ConversationKind, ConversationState, Envelope, Origin,
    PostRequest, SecondParty, SendDone, commit_begin, commit_decide, conclude, conversation, conversation_id,
    post_begin, post_decide, roster,
};

use crate::directory::{account_of, sorted};
use crate::script::{Name, Play, device_of, done_words};

/// A group of the account of `creator`, told apart by a nonce.
pub(crate) fn group(creator: Name, nonce: u8) -> Origin {
    origin(ConversationKind::Group, creator, [nonce; 16])
}

/// The conversation of two accounts.
pub(crate) fn direct(one: Name, other: Name) -> Origin {
    let [first, second] = [account_of(one), account_of(other)];
    let (name, second) = if first < second { (one, second) } else { (other, first) };
    origin(ConversationKind::Direct, name, *second.as_bytes())
}

/// The conversation of the devices of an account.
pub(crate) fn own_devices(name: Name) -> Origin {
    origin(ConversationKind::OwnDevices, name, *account_of(name).as_bytes())
}

fn origin(kind: ConversationKind, first: Name, second: [u8; 16]) -> Origin {
    let first = account_of(first);
    let octets = [&[kind.value()], first.as_bytes().as_slice(), &second].concat();
    let id = conversation_id(b"realm", &octets);
    Origin { id, kind, first, second: SecondParty::new(second) }
}

/// Brings a POST to its end.
pub(crate) fn try_post(world: &mut World, request: &PostRequest) -> Result<SendDone, Crashed> {
    let ticket = match world.run(|view, rules, now| post_begin(view, rules, now, request))? {
        Begun::Answer(answer) => return Ok(answer),
        Begun::Decide(ticket) => ticket,
    };
    let decided = world.run(|view, rules, now| post_decide(view, rules, now, (request, &ticket)))?;
    world.run(|view, rules, _| conclude(view, rules, &ticket, decided))
}

/// Brings a COMMIT to its end.
pub(crate) fn try_commit(world: &mut World, request: &CommitRequest) -> Result<SendDone, Crashed> {
    let ticket = match world.run(|view, rules, now| commit_begin(view, rules, now, request))? {
        Begun::Answer(answer) => return Ok(answer),
        Begun::Decide(ticket) => ticket,
    };
    let decided = world.run(|view, rules, now| commit_decide(view, rules, now, (request, &ticket)))?;
    world.run(|view, rules, _| conclude(view, rules, &ticket, decided))
}

impl Play {
    /// A POST of a text.
    pub(crate) fn post_request(&self, name: Name, seq: u64, of: &Origin, epoch: u64) -> PostRequest {
        PostRequest {
            session: self.session(name),
            client_seq: seq.try_into_seq(),
            conversation: of.id,
            class: None,
            expires_in_s: None,
            envelope: Some(Envelope { group: of.id, epoch }),
            payload: format!("{name}{seq}").into_bytes(),
        }
    }

    /// A commit of a member, which adds and removes these devices; a Welcome if it adds any.
    pub(crate) fn commit_request(
        &self,
        name: Name,
        seq: u64,
        of: &Origin,
        (epoch, added, removed): (u64, &str, &str),
    ) -> CommitRequest {
        CommitRequest {
            session: self.session(name),
            client_seq: seq.try_into_seq(),
            conversation: of.id,
            envelope: Some((Envelope { group: of.id, epoch }, Committer::Member)),
            added: sorted(added),
            removed: sorted(removed),
            commit: format!("{name}{seq} commits").into_bytes(),
            welcome: if added.is_empty() { Vec::new() } else { format!("{name}{seq} welcomes").into_bytes() },
            origin: (epoch == 0).then_some(*of),
        }
    }

    /// A commit by which a device comes in by itself.
    pub(crate) fn external_request(&self, name: Name, seq: u64, of: &Origin, epoch: u64) -> CommitRequest {
        let envelope = Some((Envelope { group: of.id, epoch }, Committer::External));
        CommitRequest {
            envelope,
            added: vec![device_of(name)],
            welcome: Vec::new(),
            origin: None,
            ..self.commit_request(name, seq, of, (epoch, "", ""))
        }
    }

    pub(crate) fn post(&mut self, name: Name, seq: u64, of: &Origin, epoch: u64) -> String {
        let request = self.post_request(name, seq, of, epoch);
        done_words(try_post(&mut self.world, &request).unwrap())
    }

    pub(crate) fn commit(&mut self, name: Name, seq: u64, of: &Origin, delta: (u64, &str, &str)) -> String {
        let request = self.commit_request(name, seq, of, delta);
        self.run_commit(&request)
    }

    pub(crate) fn run_commit(&mut self, request: &CommitRequest) -> String {
        done_words(try_commit(&mut self.world, request).unwrap())
    }

    pub(crate) fn state(&self, of: &Origin) -> Option<ConversationState> {
        self.world.look(|view, _| conversation(view, of.id))
    }

    /// Who hears the whispers of a device.
    pub(crate) fn heard(&self, name: Name, of: &Origin) -> Vec<pinnace_home::DeviceId> {
        self.world.look(|view, _| roster(view, of.id, device_of(name)))
    }

    /// What lies in a mailbox.
    pub(crate) fn mail(&mut self, name: Name) -> String {
        self.act(crate::script::Do::Read(name, 0))
    }
}

/// A number of a device, in short.
pub(crate) trait Seq {
    fn try_into_seq(self) -> pinnace_home::ClientSeq;
}

impl Seq for u64 {
    fn try_into_seq(self) -> pinnace_home::ClientSeq {
        pinnace_home::ClientSeq::new(self).unwrap()
    }
}

/// An id that no conversation has.
pub(crate) fn nowhere() -> ConversationId {
    ConversationId::new([9; 16])
}
