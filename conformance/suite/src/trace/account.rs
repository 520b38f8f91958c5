//! How each requirement is accounted for, half by half.

use pinnace_spec::Requirement;

use super::books::{Books, Side};
use super::evidence::Evidence;
use super::model::{Account, Excluded, Half, HeldBy, Sides, Standing};
use crate::case::Case;

/// One account a requirement, in reading order, and the counts of both sides.
pub(super) fn take(cases: &[Case], books: &Books, evidence: &Evidence) -> (Vec<Account>, Sides) {
    let mut sides = Sides { server: Half::default(), client: Half::default() };
    let accounts = books
        .requirements
        .iter()
        .map(|requirement| {
            let mut account = of(requirement, cases, books, evidence);
            for side in Side::ALL.into_iter().filter(|side| side.is_bound(requirement.role)) {
                let standing = half(&account, side);
                match side {
                    Side::Server => sides.server.count(standing),
                    Side::Client => sides.client.count(standing),
                }
                if standing == Standing::Untested {
                    account.missing.push(side);
                }
            }
            account.standing = whole(&account);
            account
        })
        .collect();
    (accounts, sides)
}

fn of(requirement: &Requirement, cases: &[Case], books: &Books, evidence: &Evidence) -> Account {
    let id = requirement.id.as_str();
    let citing = cases.iter().filter(|case| case.requirements.contains(&id));
    let judged = citing.filter(|case| evidence.is_judged(case.id, id));
    let held = books.held.iter().filter(|held| held.ids.iter().any(|held| held == id));
    let excluded = books.exclusions.iter().filter(|exclusion| exclusion.id == id);
    Account {
        id: id.to_owned(),
        level: requirement.level.keyword(),
        role: requirement.role.word(),
        standing: Standing::Untested,
        cases: judged.map(|case| case.id.to_owned()).collect(),
        held: held
            .flat_map(|held| {
                held.by.iter().map(|test| HeldBy { side: held.side, test: test.clone() }).collect::<Vec<_>>()
            })
            .collect(),
        excluded: excluded
            .filter_map(|exclusion| {
                let side = books.side_of(exclusion)?;
                Some(Excluded { side, class: exclusion.class, reason: exclusion.reason.clone() })
            })
            .collect(),
        missing: Vec::new(),
    }
}

/// One half. Cases are about servers.
fn half(account: &Account, side: Side) -> Standing {
    if side == Side::Server && !account.cases.is_empty() {
        return Standing::TestedLive;
    }
    if account.held.iter().any(|held| held.side == side) {
        return Standing::TestedByReferenceTest;
    }
    if account.excluded.iter().any(|excluded| excluded.side == side) {
        return Standing::Excluded;
    }
    Standing::Untested
}

/// Both halves: tested where one is, and neither is left over.
const fn whole(account: &Account) -> Standing {
    match account {
        Account { missing, .. } if !missing.is_empty() => Standing::Untested,
        Account { cases, .. } if !cases.is_empty() => Standing::TestedLive,
        Account { held, .. } if !held.is_empty() => Standing::TestedByReferenceTest,
        Account { .. } => Standing::Excluded,
    }
}
