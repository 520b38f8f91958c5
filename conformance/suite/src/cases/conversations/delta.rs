//! Roster deltas that lie, and devices that may not come in.

use super::{Circle, begin, gather, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::conversation::Origin;
use crate::peer::mls::Delta;
use crate::peer::{Code, Device, DeviceId, Talk};

pub(super) fn cases() -> Vec<Case> {
    let lies = LIES.iter().map(|row| {
        let all: &[&str] = match row.code {
            Code::ENVELOPE_INVALID => &["CNV-019", "CNV-009", "CNV-033"],
            Code::OUTSIDER => &["CNV-020", "CNV-009", "CNV-033"],
            _ => &["CNV-022", "CNV-009", "CNV-033"],
        };
        of_conversations(row.id, row.title, all, move |ctx| lie(ctx, row))
    });
    let closed = CLOSED.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-020", "CNV-009", "CNV-033"], move |ctx| third(ctx, row))
    });
    lies.chain(closed).collect()
}

/// Who is there: alice, bob and carol in the group; eve, dave and a device without a list outside.
struct There {
    alice: DeviceId,
    bob: DeviceId,
    dave: DeviceId,
    unlisted: DeviceId,
    removed: DeviceId,
}

/// A commit of alice whose delta does not hold.
struct Lie {
    id: &'static str,
    title: &'static str,
    code: Code,
    delta: fn(&There) -> Delta,
    welcome: bool,
}

const NOBODY: DeviceId = DeviceId([0xee; 16]);

const LIES: &[Lie] = &[
    Lie {
        id: "CNV-019/1",
        title: "adding a device that is in the roster is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[there.bob], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-019/2",
        title: "adding oneself, being in the roster, is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[there.alice], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-019/3",
        title: "adding one that is in the roster beside one that is not is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[there.bob, there.dave], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-019/4",
        title: "removing a device that never was in the roster is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[], &[there.dave]),
        welcome: false,
    },
    Lie {
        id: "CNV-019/5",
        title: "removing a device that nobody has is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |_| Delta::of(&[], &[NOBODY]),
        welcome: false,
    },
    Lie {
        id: "CNV-019/6",
        title: "removing oneself is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[], &[there.alice]),
        welcome: false,
    },
    Lie {
        id: "CNV-019/7",
        title: "removing oneself beside another is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[], &[there.alice, there.bob]),
        welcome: false,
    },
    Lie {
        id: "CNV-019/8",
        title: "removing a device that a commit removed before is ENVELOPE_INVALID",
        code: Code::ENVELOPE_INVALID,
        delta: |there| Delta::of(&[], &[there.removed]),
        welcome: false,
    },
    Lie {
        id: "CNV-020/1",
        title: "adding a device that is not registered is OUTSIDER",
        code: Code::OUTSIDER,
        delta: |_| Delta::of(&[NOBODY], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-020/2",
        title: "adding a device that is not registered beside one that is, is OUTSIDER",
        code: Code::OUTSIDER,
        delta: |there| Delta::of(&[there.dave, NOBODY], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-020/3",
        title: "adding a device that its account's list does not name is OUTSIDER",
        code: Code::OUTSIDER,
        delta: |there| Delta::of(&[there.unlisted], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-020/4",
        title: "adding 256 devices that nobody has is OUTSIDER, and no lie of the structure",
        code: Code::OUTSIDER,
        delta: |_| {
            let ids: Vec<DeviceId> = (0..=255_u8).map(|at| DeviceId([at; 16])).collect();
            Delta::of(&ids, &[])
        },
        welcome: true,
    },
    Lie {
        id: "CNV-022/1",
        title: "adding a device without a Welcome is WELCOME_MISPLACED",
        code: Code::WELCOME_MISPLACED,
        delta: |there| Delta::of(&[there.dave], &[]),
        welcome: false,
    },
    Lie {
        id: "CNV-022/2",
        title: "a Welcome without an added device is WELCOME_MISPLACED",
        code: Code::WELCOME_MISPLACED,
        delta: |_| Delta::of(&[], &[]),
        welcome: true,
    },
    Lie {
        id: "CNV-022/5",
        title: "a Welcome of a commit that only removes is WELCOME_MISPLACED",
        code: Code::WELCOME_MISPLACED,
        delta: |there| Delta::of(&[], &[there.bob]),
        welcome: true,
    },
];

fn lie(ctx: &Ctx, row: &'static Lie) -> CaseResult {
    let names = ["alice", "bob", "carol", "frank", "eve", "dave", "unlisted"];
    let [alice, bob, carol, frank, eve, dave, unlisted] = people(ctx, names)?;
    let Circle { talk, members: [mut one, mut two, mut three, _], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &frank, &eve])?;
    let ([mut waiting], _) = gather(ctx, [&dave])?;
    let change = one.changes(&talk, &[], &[frank.id])?;
    for (session, entry) in
        [(&mut one, &change.own), (&mut two, &change.commit), (&mut three, &change.commit)]
    {
        ctx.control("a true delta is taken", session.gets(entry))?;
    }
    let [alice, bob, dave, unlisted, removed] =
        [&alice, &bob, &dave, &unlisted, &frank].map(|device| device.id);
    let delta = (row.delta)(&There { alice, bob, dave, unlisted, removed });
    let welcome = if row.welcome { talk.welcome() } else { Vec::new() };
    let commit = talk.commit_of(talk.epoch.get(), &delta).octets();
    let client_seq = one.commit(talk.id, &commit, &welcome);
    let id = match row.code {
        Code::ENVELOPE_INVALID => "CNV-019",
        Code::OUTSIDER => "CNV-020",
        _ => "CNV-022",
    };
    ctx.require(id, row.title, refused(&mut one, client_seq, row.code));
    goes_on(ctx, id, &talk, &mut one, &mut [&mut two, &mut three])?;
    ctx.require("CNV-009", "nobody was added", waiting.is_quiet());
    let change = two.changes(&talk, &[dave], &[])?;
    ctx.require("CNV-009", "a commit that holds is the next", waiting.gets(&change.welcome));
    isolated(ctx, &mut one, &mut outsider)
}

/// A conversation of accounts that are set.
struct Closed {
    id: &'static str,
    title: &'static str,
    origin: fn(&[&Device; 2]) -> Origin,
}

const CLOSED: &[Closed] = &[
    Closed {
        id: "CNV-020/5",
        title: "a third account's device is OUTSIDER in a conversation of two",
        origin: |[alice, bob]| Origin::direct(alice.account, bob.account),
    },
    Closed {
        id: "CNV-020/6",
        title: "another account's device is OUTSIDER in one of own devices",
        origin: |[alice, _]| Origin::own_devices(alice.account),
    },
];

fn third(ctx: &Ctx, row: &'static Closed) -> CaseResult {
    let [alice, bob, dave, eve] = ["alice", "bob", "dave", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&alice, &second, &bob, &dave, &eve])?;
    let ([mut one, mut two, mut waiting, _bob, mut outsider], _) =
        gather(ctx, [&alice, &second, &dave, &bob, &eve])?;
    let talk = Talk::new(ctx, (row.origin)(&[&alice, &bob]));
    let client_seq = one.create(&talk, &talk.commit(&[second.id, dave.id], &[]), &talk.welcome());
    ctx.require("CNV-020", "not by the first commit", refused(&mut one, client_seq, Code::OUTSIDER));
    let begun = one.begins(&talk, &[second.id])?;
    ctx.control("it begins", one.gets(&begun.own))?;
    ctx.require("CNV-009", "its Welcome is the first", two.gets(&begun.welcome));
    let client_seq = one.commit(talk.id, &talk.commit(&[dave.id], &[]), &talk.welcome());
    ctx.require("CNV-020", "nor by a later one", refused(&mut one, client_seq, Code::OUTSIDER));
    goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two])?;
    ctx.require("CNV-009", "and hears nothing", waiting.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}
