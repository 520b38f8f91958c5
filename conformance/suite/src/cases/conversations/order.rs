//! Which refusal comes first where several would hold.

use super::{Circle, begin, gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::mls::{Delta, Envelope};
use crate::peer::{Code, DeviceId, Session, Talk, talk};

pub(super) fn cases() -> Vec<Case> {
    PAIRS
        .iter()
        .map(|row| {
            of_conversations(row.id, row.title, &["CNV-035", "CNV-009", "CNV-033"], move |ctx| pair(ctx, row))
        })
        .collect()
}

/// Who speaks, and whom the delta may name.
struct There<'s, 'a> {
    talk: &'s Talk,
    member: &'s mut Session<'a>,
    stranger: &'s mut Session<'a>,
    bob: DeviceId,
    dave: DeviceId,
}

/// A commit in which two lines do not hold: what it is refused with.
struct Pair {
    id: &'static str,
    title: &'static str,
    code: Code,
    say: fn(&mut There<'_, '_>) -> (Who, u64),
}

/// Whose outcome is looked at.
enum Who {
    Member,
    Stranger,
}

const NOBODY: DeviceId = DeviceId([0xee; 16]);

fn by_member(there: &mut There<'_, '_>, commit: &[u8], welcome: &[u8]) -> (Who, u64) {
    (Who::Member, there.member.commit(there.talk.id, commit, welcome))
}

/// A commit of the member: epoch, delta, Welcome.
fn of(there: &mut There<'_, '_>, epoch: u64, delta: &Delta, welcome: &[u8]) -> (Who, u64) {
    let commit = there.talk.commit_of(epoch, delta).octets();
    by_member(there, &commit, welcome)
}

/// A first commit of the stranger, who makes a group of its own under this origin.
fn first(
    there: &mut There<'_, '_>,
    made: impl FnOnce(&mut Envelope, &mut Vec<u8>),
    added: &[DeviceId],
) -> (Who, u64) {
    let talk = there.talk;
    let mut envelope = talk.commit_of(0, &Delta::of(added, &[]));
    // The group's id is its creator's to make: the stranger's follows from another origin.
    let mut origin = talk.origin.octets();
    let id = crate::peer::ConversationId([0x5a; 16]);
    envelope.group_id = id.0.to_vec();
    made(&mut envelope, &mut origin);
    let client_seq = there.stranger.device.next_client_seq();
    let extension = if origin.is_empty() { Vec::new() } else { talk::origin(&origin) };
    there.stranger.commit_again(client_seq, id, (&envelope.octets(), b"a Welcome"), &extension);
    (Who::Stranger, client_seq)
}

const PAIRS: &[Pair] = &[
    Pair {
        id: "CNV-035/1",
        title: "an envelope that does not hold before a sender that is not in the roster",
        code: Code::ENVELOPE_INVALID,
        say: |there| {
            let commit = Envelope { version: 2, ..there.talk.commit_of(1, &Delta::of(&[], &[])) }.octets();
            (Who::Stranger, there.stranger.commit(there.talk.id, &commit, &[]))
        },
    },
    Pair {
        id: "CNV-035/2",
        title: "an envelope that does not hold before an epoch that is not the current one",
        code: Code::ENVELOPE_INVALID,
        say: |there| {
            let commit = Envelope { version: 2, ..there.talk.commit_of(0, &Delta::of(&[], &[])) }.octets();
            by_member(there, &commit, &[])
        },
    },
    Pair {
        id: "CNV-035/3",
        title: "an envelope that does not hold before a Welcome that is misplaced",
        code: Code::ENVELOPE_INVALID,
        say: |there| {
            let commit =
                Envelope { content_type: 1, ..there.talk.commit_of(1, &Delta::of(&[], &[])) }.octets();
            by_member(there, &commit, b"a Welcome")
        },
    },
    Pair {
        id: "CNV-035/4",
        title: "a sender that is not in the roster before an epoch that is not the current one",
        code: Code::NO_CONVERSATION,
        say: |there| {
            let commit = there.talk.commit_of(0, &Delta::of(&[], &[])).octets();
            (Who::Stranger, there.stranger.commit(there.talk.id, &commit, &[]))
        },
    },
    Pair {
        id: "CNV-035/5",
        title: "a sender that is not in the roster before a delta that does not fit",
        code: Code::NO_CONVERSATION,
        say: |there| {
            let commit = there.talk.commit(&[there.bob], &[]);
            (Who::Stranger, there.stranger.commit(there.talk.id, &commit, b"a Welcome"))
        },
    },
    Pair {
        id: "CNV-035/6",
        title: "a sender that is not in the roster before a device that may not come in",
        code: Code::NO_CONVERSATION,
        say: |there| {
            let commit = there.talk.commit(&[NOBODY], &[]);
            (Who::Stranger, there.stranger.commit(there.talk.id, &commit, b"a Welcome"))
        },
    },
    Pair {
        id: "CNV-035/7",
        title: "an epoch that is not the current one before a delta that does not fit",
        code: Code::STALE_EPOCH,
        say: |there| of(there, 0, &Delta::of(&[there.bob], &[]), b"a Welcome"),
    },
    Pair {
        id: "CNV-035/8",
        title: "an epoch that is not the current one before a device that may not come in",
        code: Code::STALE_EPOCH,
        say: |there| of(there, 2, &Delta::of(&[NOBODY], &[]), b"a Welcome"),
    },
    Pair {
        id: "CNV-035/9",
        title: "an epoch that is not the current one before a Welcome that is misplaced",
        code: Code::STALE_EPOCH,
        say: |there| of(there, 0, &Delta::of(&[], &[]), b"a Welcome"),
    },
    Pair {
        id: "CNV-035/10",
        title: "a delta that does not fit before a device that may not come in",
        code: Code::ENVELOPE_INVALID,
        say: |there| of(there, 1, &Delta::of(&[NOBODY, there.bob], &[]), b"a Welcome"),
    },
    Pair {
        id: "CNV-035/11",
        title: "a delta that does not fit before a Welcome that is misplaced",
        code: Code::ENVELOPE_INVALID,
        say: |there| of(there, 1, &Delta::of(&[], &[there.dave]), b"a Welcome"),
    },
    Pair {
        id: "CNV-035/12",
        title: "a device that may not come in before a Welcome that is missing",
        code: Code::OUTSIDER,
        say: |there| of(there, 1, &Delta::of(&[NOBODY], &[]), b""),
    },
    Pair {
        id: "CNV-035/13",
        title: "of a first commit: the envelope before the origin that it does not have",
        code: Code::ENVELOPE_INVALID,
        say: |there| {
            first(
                there,
                |envelope, origin| {
                    envelope.version = 2;
                    origin.clear();
                },
                &[],
            )
        },
    },
    Pair {
        id: "CNV-035/14",
        title: "of a first commit: the envelope before an origin that is not the sender's",
        code: Code::ENVELOPE_INVALID,
        say: |there| first(there, |envelope, _| envelope.content_type = 1, &[]),
    },
    Pair {
        id: "CNV-035/15",
        title: "of a first commit: an epoch above 0 before an origin that is not the sender's",
        code: Code::NO_CONVERSATION,
        say: |there| first(there, |envelope, _| envelope.epoch = 1, &[]),
    },
    Pair {
        id: "CNV-035/16",
        title: "of a first commit: an origin that is not the sender's before a device that may not come in",
        code: Code::ORIGIN_INVALID,
        say: |there| first(there, |_, _| {}, &[NOBODY]),
    },
    Pair {
        id: "CNV-035/17",
        title: "of a first commit: an origin that is not the sender's before a Welcome that is misplaced",
        code: Code::ORIGIN_INVALID,
        say: |there| first(there, |_, _| {}, &[]),
    },
];

fn pair(ctx: &Ctx, row: &'static Pair) -> CaseResult {
    let names = ["alice", "bob", "carol", "eve", "mallory", "dave"];
    let [alice, bob, carol, eve, mallory, dave] = people(ctx, names)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let ([mut stranger, mut waiting], _) = gather(ctx, [&mallory, &dave])?;
    let there =
        &mut There { talk: &talk, member: &mut one, stranger: &mut stranger, bob: bob.id, dave: dave.id };
    let (who, client_seq) = (row.say)(there);
    let session = match who {
        Who::Member => &mut one,
        Who::Stranger => &mut stranger,
    };
    ctx.require("CNV-035", row.title, refused(session, client_seq, row.code));
    super::goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two, &mut three])?;
    ctx.require("CNV-009", "nobody was added", waiting.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}
