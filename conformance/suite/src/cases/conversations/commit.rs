//! Commits of another epoch than the current one.

use super::{Circle, begin, four, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult};
use crate::ctx::Ctx;
use crate::peer::Code;
use crate::peer::mls::Delta;

pub(super) fn cases() -> Vec<Case> {
    OFF.iter()
        .map(|row| {
            of_conversations(row.id, row.title, &["CNV-001", "CNV-009", "CNV-033"], move |ctx| off(ctx, row))
        })
        .collect()
}

/// A commit of a wrong epoch, while the conversation is at 3.
struct Off {
    id: &'static str,
    title: &'static str,
    epoch: u64,
    adds: Adds,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Adds {
    Nobody,
    Outsider,
}

const OFF: &[Off] = &[
    Off {
        id: "CNV-001/1",
        title: "a commit of the epoch before is STALE_EPOCH",
        epoch: 2,
        adds: Adds::Nobody,
    },
    Off {
        id: "CNV-001/2",
        title: "a commit of the epoch to come is STALE_EPOCH",
        epoch: 4,
        adds: Adds::Nobody,
    },
    Off { id: "CNV-001/3", title: "a commit of epoch 0 is STALE_EPOCH", epoch: 0, adds: Adds::Nobody },
    Off {
        id: "CNV-001/4",
        title: "a commit of the highest epoch is STALE_EPOCH",
        epoch: u64::MAX,
        adds: Adds::Nobody,
    },
    Off {
        id: "CNV-001/5",
        title: "the Welcome of a commit of the epoch before goes to nobody",
        epoch: 2,
        adds: Adds::Outsider,
    },
    Off {
        id: "CNV-001/7",
        title: "the Welcome of a commit of the epoch to come goes to nobody",
        epoch: 4,
        adds: Adds::Outsider,
    },
];

fn off(ctx: &Ctx, row: &'static Off) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    for _ in 0..2 {
        let change = one.changes(&talk, &[], &[])?;
        ctx.control("its place comes", one.gets(&change.own))?;
        ctx.control("the commit comes", two.gets(&change.commit))?;
        ctx.control("to all others", three.gets(&change.commit))?;
    }
    let (added, welcome) = match row.adds {
        Adds::Nobody => (Vec::new(), Vec::new()),
        Adds::Outsider => (vec![eve.id], talk.welcome()),
    };
    let commit = talk.commit_of(row.epoch, &Delta::of(&added, &[])).octets();
    let client_seq = two.commit(talk.id, &commit, &welcome);
    ctx.require("CNV-001", row.title, refused(&mut two, client_seq, Code::STALE_EPOCH));
    goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two, &mut three])?;
    let change = two.changes(&talk, &[], &[])?;
    ctx.require("CNV-001", "the epoch is where it was", two.gets(&change.own));
    isolated(ctx, &mut two, &mut outsider)
}
