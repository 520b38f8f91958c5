//! A conversation from its first entry on, where nothing is taken for granted: all that its devices hear is judged.

use super::{gather, isolated, of_conversations};
use crate::case::{Case, CaseResult};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::seen::{Entry, kind};
use crate::peer::{Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    vec![of_conversations(
        "CNV-006/6",
        "from the first entry on each device hears what is for it, in order, and nothing else",
        &["CNV-006", "CNV-039", "CNV-007", "CNV-008", "CNV-038", "CNV-033"],
        from_the_first,
    )]
}

/// The next so many entries, and whatever else comes.
fn all(session: &mut Session<'_>, count: usize) -> Vec<Entry> {
    let mut seen = session.items(count);
    if !seen.iter().any(Seen::is_last) {
        seen.extend(session.fence());
    }
    let entry = |seen| match seen {
        Seen::Entry { entry, .. } => Some(*entry),
        _ => None,
    };
    seen.into_iter().filter_map(entry).collect()
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.conversation_seq).collect()
}

fn has(entries: &[Entry], of_kind: u64, conversation_seq: u64) -> bool {
    entries.iter().any(|entry| (entry.kind, entry.conversation_seq) == (of_kind, conversation_seq))
}

fn from_the_first(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = people(ctx, ["alice", "bob", "carol", "eve"])?;
    let ([mut one, mut two, mut three, mut outsider], _) = gather(ctx, [&alice, &bob, &carol, &eve])?;
    let talk = Talk::group(ctx, &alice, "group");
    one.begins(&talk, &[bob.id])?;
    let said = one.says(&talk)?;
    one.changes(&talk, &[carol.id], &[])?;
    let last = [one.says(&talk)?, one.says(&talk)?];
    let [of_one, of_two, of_three] =
        [(&mut one, 5), (&mut two, 5), (&mut three, 3)].map(|(session, count)| all(session, count));
    for entries in [&of_one, &of_two] {
        let mut sorted = numbers(entries);
        sorted.sort_unstable();
        ctx.require("CNV-006", "the numbers are 1 to 5", expect_eq(&(1..=5).collect(), &sorted));
        ctx.require("CNV-039", "they come in their order", expect_eq(&sorted, &numbers(entries)));
    }
    ctx.require(
        "CNV-006",
        "who came by the third has them from there",
        expect_eq(&vec![3, 4, 5], &{
            let mut sorted = numbers(&of_three);
            sorted.sort_unstable();
            sorted
        }),
    );
    ctx.require("CNV-039", "in their order, too", expect_eq(&true, &numbers(&of_three).is_sorted()));
    let commits = [has(&of_two, kind::COMMIT, 1), has(&of_three, kind::COMMIT, 3)];
    ctx.require("CNV-007", "who is added does not get the commit", expect_eq(&[false; 2], &commits));
    ctx.require("CNV-007", "who was there does", expect_eq(&true, &has(&of_two, kind::COMMIT, 3)));
    let welcomes = [has(&of_two, kind::WELCOME, 1), has(&of_three, kind::WELCOME, 3)];
    ctx.require("CNV-008", "who is added gets the Welcome", expect_eq(&[true; 2], &welcomes));
    let of_others = of_one.iter().any(|entry| entry.kind == kind::WELCOME) || has(&of_two, kind::WELCOME, 3);
    ctx.require("CNV-008", "and nobody else", expect_eq(&false, &of_others));
    let is_own = |entry: &Entry| entry.kind == kind::OWN && entry.payload.0.is_empty();
    ctx.require(
        "CNV-038",
        "the sender of all gets places alone",
        expect_eq(&true, &of_one.iter().all(is_own)),
    );
    let wanted: Vec<Entry> = [said].into_iter().chain(last).map(|said| said.message).collect();
    let messages = of_two.iter().filter(|entry| entry.kind == kind::MESSAGE).cloned().collect();
    ctx.require("CNV-006", "messages have the places that they were given", expect_eq(&wanted, &messages));
    isolated(ctx, &mut one, &mut outsider)
}
