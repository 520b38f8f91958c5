//! Conversations that begin.

use super::{gather, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::register;
use crate::peer::conversation::Origin;
use crate::peer::{Device, Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    let begun = BEGUN.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-003", "CNV-008", "CNV-012", "CNV-033"], move |ctx| {
            begins(ctx, row)
        })
    });
    let others = [of_conversations(
        "CNV-003/8",
        "a conversation of the next generation is another one",
        &["CNV-003", "CNV-033"],
        generations,
    )];
    begun.chain(others).collect()
}

/// Alice with two devices, bob, and eve, who stays outside.
fn cast(ctx: &Ctx) -> Result<[Device; 4], Halt> {
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&alice, &second, &bob, &eve])?;
    Ok([alice, second, bob, eve])
}

/// A conversation that is created: by whom, for whom.
struct Begins {
    id: &'static str,
    title: &'static str,
    origin: fn(&[&Device; 3]) -> Origin,
    /// The place of the creator and those of the others among alice, her second device, bob.
    creator: usize,
    others: &'static [usize],
}

const BEGUN: &[Begins] = &[
    Begins {
        id: "CNV-003/1",
        title: "the devices of one account begin a conversation",
        origin: |[alice, ..]| Origin::own_devices(alice.account),
        creator: 0,
        others: &[1],
    },
    Begins {
        id: "CNV-003/2",
        title: "two accounts begin a conversation, all their devices in it",
        origin: |[alice, _, bob]| Origin::direct(alice.account, bob.account),
        creator: 0,
        others: &[1, 2],
    },
    Begins {
        id: "CNV-003/3",
        title: "the other account begins the conversation of two",
        origin: |[alice, _, bob]| Origin::direct(alice.account, bob.account),
        creator: 2,
        others: &[0, 1],
    },
    Begins {
        id: "CNV-003/4",
        title: "a group begins with devices of two accounts",
        origin: |[alice, ..]| Origin::group(alice.account, [9; 16]),
        creator: 0,
        others: &[1, 2],
    },
    Begins {
        id: "CNV-003/5",
        title: "a group begins with its creator alone",
        origin: |[alice, ..]| Origin::group(alice.account, [9; 16]),
        creator: 0,
        others: &[],
    },
    Begins {
        id: "CNV-003/6",
        title: "another device of the account begins a group",
        origin: |[alice, ..]| Origin::group(alice.account, [9; 16]),
        creator: 1,
        others: &[0],
    },
    Begins {
        id: "CNV-003/7",
        title: "a conversation of two begins without the other account",
        origin: |[alice, _, bob]| Origin::direct(alice.account, bob.account),
        creator: 0,
        others: &[1],
    },
];

fn begins(ctx: &Ctx, row: &'static Begins) -> CaseResult {
    let [alice, second, bob, eve] = cast(ctx)?;
    let ([one, two, three, mut outsider], _) = gather(ctx, [&alice, &second, &bob, &eve])?;
    let talk = Talk::new(ctx, (row.origin)(&[&alice, &second, &bob]));
    let mut sessions = [Some(one), Some(two), Some(three)];
    let mut take = |at: usize| sessions.get_mut(at).and_then(Option::take);
    let absent = || Halt::Harness { fault: "each device has one part".to_owned() };
    let mut creator = take(row.creator).ok_or_else(absent)?;
    let mut others: Vec<Session<'_>> = row.others.iter().filter_map(|at| take(*at)).collect();
    let added: Vec<_> = others.iter().map(|session| session.device.id).collect();

    let commit = talk.commit(&added, &[]);
    let welcome = if added.is_empty() { Vec::new() } else { talk.welcome() };
    let client_seq = creator.create(&talk, &commit, &welcome);
    let seen = creator.outcome();
    ctx.require("CNV-003", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let begun = talk.committed(client_seq, &commit, &welcome);
    ctx.require("CNV-012", "the creator's place is 1", creator.gets(&begun.own));
    for other in &mut others {
        ctx.require("CNV-008", "each other gets the Welcome", other.gets(&begun.welcome));
    }
    let next = creator.changes(&talk, &[], &[])?;
    ctx.require("CNV-003", "a commit of epoch 1 is taken next", creator.gets(&next.own));
    for other in &mut others {
        ctx.require("CNV-003", "and comes to the others", other.gets(&next.commit));
    }
    for left in sessions.iter_mut().flatten() {
        ctx.require("CNV-008", "who was not added gets nothing", left.is_quiet());
    }
    isolated(ctx, &mut creator, &mut outsider)
}

fn generations(ctx: &Ctx) -> CaseResult {
    let [alice, _, bob, eve] = cast(ctx)?;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [&alice, &bob, &eve])?;
    let origin = Origin::direct(alice.account, bob.account);
    let talks = [0, 1, 1 << 40].map(|generation| Talk::new(ctx, Origin { generation, ..origin.clone() }));
    for talk in &talks {
        let begun = one.begins(talk, &[bob.id])?;
        ctx.require("CNV-003", "it begins", one.gets(&begun.own));
        ctx.require("CNV-003", "with its own Welcome", two.gets(&begun.welcome));
    }
    for talk in &talks {
        let said = two.says(talk)?;
        ctx.require("CNV-003", "each has its own numbers", two.gets(&said.own));
        ctx.require("CNV-003", "and its own entries", one.gets(&said.message));
    }
    isolated(ctx, &mut one, &mut outsider)
}
