//! First commits whose origin is wrong, or that are none.

use super::{begin, four, gather, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::conversation::Origin;
use crate::peer::mls::Delta;
use crate::peer::{Code, Device, DeviceId, Talk, talk};

pub(super) fn cases() -> Vec<Case> {
    let wrong = WRONG.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-004", "CNV-009", "CNV-033"], move |ctx| wrong(ctx, row))
    });
    let others = [
        of_conversations(
            "CNV-004/13",
            "a third account hears the same, whether or not two others have a conversation",
            &["CNV-004", "CNV-009", "CNV-033"],
            not_told,
        ),
        of_conversations(
            "CNV-015/1",
            "a first commit without its origin is NO_CONVERSATION",
            &["CNV-015", "CNV-009", "CNV-033"],
            without_origin,
        ),
        of_conversations(
            "CNV-015/2",
            "a first commit of epoch 1 is NO_CONVERSATION, its origin notwithstanding",
            &["CNV-015", "CNV-009", "CNV-033"],
            |ctx| not_first(ctx, |talk, [_, bob]| talk.commit_of(1, &Delta::of(&[bob], &[])).octets()),
        ),
        of_conversations(
            "CNV-015/3",
            "a first commit by which a device would join is NO_CONVERSATION",
            &["CNV-015", "CNV-009", "CNV-033"],
            |ctx| not_first(ctx, |talk, [alice, _]| talk.external(&Delta::of(&[alice], &[])).octets()),
        ),
        of_conversations(
            "CNV-001/6",
            "a commit with the origin of a conversation that is there is one of epoch 0: STALE_EPOCH",
            &["CNV-001", "CNV-009", "CNV-033"],
            again,
        ),
    ];
    wrong.chain(others).collect()
}

/// Who takes part where an origin is wrong.
struct Parties<'a> {
    alice: &'a Device,
    bob: &'a Device,
    eve: &'a Device,
}

/// An origin that alice hands in, and the id that she hands it in for.
struct Wrong {
    id: &'static str,
    title: &'static str,
    /// The origin that the id follows from.
    named: fn(&Parties<'_>) -> Origin,
    /// The origin in the frame.
    told: fn(&Parties<'_>) -> Origin,
}

fn between(parties: &Parties<'_>) -> Origin {
    Origin::direct(parties.alice.account, parties.bob.account)
}

fn between_others(parties: &Parties<'_>) -> Origin {
    Origin::direct(parties.bob.account, parties.eve.account)
}

fn swapped(parties: &Parties<'_>) -> Origin {
    let origin = between(parties);
    Origin { first: origin.second, second: origin.first, ..origin }
}

fn with_itself(parties: &Parties<'_>) -> Origin {
    Origin { kind: Origin::DIRECT, ..Origin::own_devices(parties.alice.account) }
}

fn own_of_two(parties: &Parties<'_>) -> Origin {
    Origin { kind: Origin::OWN_DEVICES, ..between(parties) }
}

fn own_of_another(parties: &Parties<'_>) -> Origin {
    Origin::own_devices(parties.bob.account)
}

fn group(parties: &Parties<'_>) -> Origin {
    Origin::group(parties.alice.account, [7; 16])
}

fn group_of_another(parties: &Parties<'_>) -> Origin {
    Origin::group(parties.bob.account, [7; 16])
}

const WRONG: &[Wrong] = &[
    Wrong {
        id: "CNV-004/1",
        title: "an origin of another kind than the id's is ORIGIN_INVALID",
        named: between,
        told: |parties| Origin { kind: Origin::GROUP, ..between(parties) },
    },
    Wrong {
        id: "CNV-004/2",
        title: "an origin of another first party than the id's is ORIGIN_INVALID",
        named: |parties| Origin { first: [1; 16], ..group(parties) },
        told: group,
    },
    Wrong {
        id: "CNV-004/3",
        title: "an origin of another second party than the id's is ORIGIN_INVALID",
        named: |parties| Origin { second: [8; 16], ..group(parties) },
        told: group,
    },
    Wrong {
        id: "CNV-004/4",
        title: "an origin of another generation than the id's is ORIGIN_INVALID",
        named: between,
        told: |parties| Origin { generation: 1, ..between(parties) },
    },
    Wrong {
        id: "CNV-004/5",
        title: "a third account's first commit of a conversation of two is ORIGIN_INVALID",
        named: between_others,
        told: between_others,
    },
    Wrong {
        id: "CNV-004/6",
        title: "parties that stand out of order are ORIGIN_INVALID",
        named: swapped,
        told: swapped,
    },
    Wrong {
        id: "CNV-004/7",
        title: "a conversation of two between an account and itself is ORIGIN_INVALID",
        named: with_itself,
        told: with_itself,
    },
    Wrong {
        id: "CNV-004/8",
        title: "own devices of two accounts are ORIGIN_INVALID",
        named: own_of_two,
        told: own_of_two,
    },
    Wrong {
        id: "CNV-004/9",
        title: "own devices of another account are ORIGIN_INVALID",
        named: own_of_another,
        told: own_of_another,
    },
    Wrong {
        id: "CNV-004/10",
        title: "a group of another creator is ORIGIN_INVALID",
        named: group_of_another,
        told: group_of_another,
    },
    Wrong {
        id: "CNV-004/11",
        title: "an id that another account's conversation would have is ORIGIN_INVALID with one's own origin",
        named: own_of_another,
        told: |parties| Origin::own_devices(parties.alice.account),
    },
];

fn wrong(ctx: &Ctx, row: &'static Wrong) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let parties = Parties { alice: &alice, bob: &bob, eve: &eve };
    let id = Talk::new(ctx, (row.named)(&parties)).id;
    let talk = Talk::under(ctx, id, (row.told)(&parties));
    // Where bob may be added, he is; else the origin alone is at fault already.
    let (added, welcome) = (&[bob.id][..], talk.welcome());
    let client_seq = one.create(&talk, &talk.commit(added, &[]), &welcome);
    ctx.require("CNV-004", row.title, refused(&mut one, client_seq, Code::ORIGIN_INVALID));
    let client_seq = one.post(id, &talk.message_of(0).octets());
    let judged = refused(&mut one, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-004", "there is no such conversation", judged);
    ctx.require("CNV-009", "who would have been added hears nothing", two.is_quiet());
    let sound = Talk::group(ctx, &alice, "sound");
    let begun = one.begins(&sound, added)?;
    ctx.require("CNV-004", "a sound one begins", one.gets(&begun.own));
    ctx.require("CNV-009", "its Welcome is the first that comes", two.gets(&begun.welcome));
    isolated(ctx, &mut one, &mut outsider)
}

/// Alice's commit is refused as one for a conversation that is not there; then it begins as it should.
fn nowhere(
    ctx: &Ctx,
    commit: impl FnOnce(&Talk, [DeviceId; 2]) -> Vec<u8>,
    extension: impl FnOnce(&Talk) -> Vec<u8>,
) -> CaseResult {
    let [alice, bob, eve] = people(ctx, ["alice", "bob", "eve"])?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let talk = Talk::new(ctx, Origin::direct(alice.account, bob.account));
    let (octets, welcome) = (commit(&talk, [alice.id, bob.id]), talk.welcome());
    let client_seq = alice.next_client_seq();
    one.commit_again(client_seq, talk.id, (&octets, &welcome), &extension(&talk));
    ctx.require("CNV-015", "it is refused", refused(&mut one, client_seq, Code::NO_CONVERSATION));
    let begun = one.begins(&talk, &[bob.id])?;
    ctx.require("CNV-015", "it begins as it should", one.gets(&begun.own));
    ctx.require("CNV-009", "and its Welcome is the first that comes", two.gets(&begun.welcome));
    isolated(ctx, &mut one, &mut outsider)
}

fn without_origin(ctx: &Ctx) -> CaseResult {
    nowhere(ctx, |talk, [_, bob]| talk.commit_of(0, &Delta::of(&[bob], &[])).octets(), |_| Vec::new())
}

fn not_first(ctx: &Ctx, commit: fn(&Talk, [DeviceId; 2]) -> Vec<u8>) -> CaseResult {
    nowhere(ctx, commit, |talk| talk::origin(&talk.origin.octets()))
}

fn again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let super::Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let commit = talk.commit_of(0, &Delta::of(&[eve.id], &[])).octets();
    let client_seq = one.create(&talk, &commit, &talk.welcome());
    ctx.require("CNV-001", "it is refused", refused(&mut one, client_seq, Code::STALE_EPOCH));
    super::goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn not_told(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, mallory, eve] = people(ctx, ["alice", "bob", "carol", "mallory", "eve"])?;
    let ([mut one, mut two, mut three, mut stranger, mut outsider], _) =
        gather(ctx, [&alice, &bob, &carol, &mallory, &eve])?;
    let there = Talk::new(ctx, Origin::direct(alice.account, bob.account));
    let begun = one.begins(&there, &[bob.id])?;
    ctx.control("two have one", one.gets(&begun.own).and_then(|()| two.gets(&begun.welcome)))?;
    let absent = Talk::new(ctx, Origin::direct(alice.account, carol.account));
    for talk in [&there, &absent] {
        let commit = talk.commit_of(0, &Delta::of(&[alice.id], &[])).octets();
        let client_seq = stranger.create(talk, &commit, &talk.welcome());
        let judged = refused(&mut stranger, client_seq, Code::ORIGIN_INVALID);
        ctx.require("CNV-004", "its origin is not the sender's to make", judged);
        let commit = talk.commit_of(1, &Delta::of(&[], &[])).octets();
        let client_seq = stranger.create(talk, &commit, &[]);
        let judged = refused(&mut stranger, client_seq, Code::NO_CONVERSATION);
        ctx.require("CNV-004", "nor is a later epoch told apart", judged);
    }
    ctx.require("CNV-009", "nobody hears of it", three.is_quiet());
    super::goes_on(ctx, "CNV-009", &there, &mut one, &mut [&mut two])?;
    isolated(ctx, &mut one, &mut outsider)
}
