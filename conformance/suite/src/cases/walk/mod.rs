//! Out-of-state cases, walked from the specification's own tables at run time: every illegal cell that a live server can be
//! brought into, each against a session of its own, with the control twin of its state.
//!
//! A case is a pair of state and requirement; it takes every event of that pair. Its number is that of its state, so that a
//! cell which joins the table joins its case, or makes a case that the ledger does not have yet.

pub(crate) mod plan;
mod registration;
mod sample;
mod session;

use std::sync::OnceLock;

use crate::case::{Case, Need};
use plan::{Group, Machine, groups};

/// The cases of all tables.
pub(super) fn cases() -> Vec<Case> {
    planned().iter().map(case).collect()
}

/// Every group of cells that is walked, with its case.
pub(crate) fn planned() -> &'static [Planned] {
    static PLAN: OnceLock<Vec<Planned>> = OnceLock::new();
    PLAN.get_or_init(|| groups().into_iter().map(Planned::new).collect())
}

/// A group of cells and the words of its case. They live as long as the program, as those of cases in the source do.
pub(crate) struct Planned {
    pub(crate) id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    pub(crate) group: Group,
}

impl Planned {
    fn new(group: Group) -> Self {
        let main = group.cited.first().copied().unwrap_or_default();
        let id = format!("{main}/{}", group.number);
        let title =
            format!("{}: {} in state {} as its table says", group.machine.name(), group.title, group.state);
        let mut requirements = group.cited.clone();
        requirements.push("ERR-004");
        if group.machine == Machine::Registration {
            requirements.pop();
        }
        Self { id: id.leak(), title: title.leak(), requirements: requirements.leak(), group }
    }
}

fn case(planned: &'static Planned) -> Case {
    let Planned { id, title, requirements, group } = planned;
    let needs: &[Need] = match (group.machine, group.state) {
        (_, "draining") => &[Need::OwnInstance, Need::Code],
        (Machine::Session, "unconfirmed" | "open") | (Machine::Registration, "waiting" | "verified") => {
            &[Need::Code]
        }
        _ => &[],
    };
    let case = match group.machine {
        Machine::Session => {
            super::words::anonymous(id, title, requirements, move |ctx| session::walk(ctx, group))
        }
        Machine::Registration => {
            super::words::anonymous(id, title, requirements, move |ctx| registration::walk(ctx, group))
        }
    };
    Case { needs, profile: group.profile, ..case }
}
