//! The result: counts, and the lists behind them.

use serde::Serialize;

use super::books::{Books, Class, Side};
use super::evidence::{Evidence, Source, Unchecked};
use super::finding::Finding;
use super::sets::Sets;
use super::tree::Tree;
use crate::case::Case;
use crate::report::model::Tool;

/// Version of the JSON form; it rises when a reader would have to change.
pub const SCHEMA_VERSION: u32 = 1;

/// Traceability. Schema: `schema/trace.schema.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// Where the evidence comes from.
    pub computed_from: Source,
    /// Whether the tests of the reference were looked for in its source, or only believed.
    pub reference_tests_found: bool,
    /// Whether nothing is left over: 100 % accounted for, no drift, no fault, no citation unchecked.
    pub is_accounted: bool,
    /// 0, or 1 when something is left over.
    pub exit_code: u8,
    /// Requirements of the specification, whoever they bind.
    pub requirements: usize,
    /// [`Trace::tested_live`] and [`Trace::tested_by_reference_test`].
    pub tested: usize,
    /// [`Trace::tested`] of [`Trace::requirements`], percent, rounded down to a tenth.
    pub tested_percent: f64,
    /// Requirements that a case judged on a live server.
    pub tested_live: usize,
    /// Requirements that no case judges, held by a named test of the reference.
    pub tested_by_reference_test: usize,
    /// Requirements that nothing tests, for a reason of the closed set.
    pub excluded: usize,
    /// Requirements of which a half is neither tested nor excluded.
    pub untested: usize,
    /// Sentences and ids that moved unseen.
    pub drift: usize,
    /// What is wrong with the books themselves.
    pub faults: usize,
    /// Citations that no run saw checked.
    pub unchecked: usize,
    /// The cases.
    pub cases: CaseCounts,
    /// The halves: what binds servers, and what binds clients. A requirement may bind both.
    pub sides: Sides,
    /// One a prefix of ids.
    pub chapters: Vec<Chapter>,
    /// Illegal cells, limits and registries, with the cases that try them.
    pub sets: Sets,
    /// The lists behind the counts.
    pub lists: Lists,
}

/// Counts of cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CaseCounts {
    /// Cases of the suite.
    pub published: usize,
    /// Case ids that are gone, and will not come again.
    pub withdrawn: usize,
}

/// Counts by who is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sides {
    /// What binds servers.
    pub server: Half,
    /// What binds clients.
    pub client: Half,
}

/// Counts of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Half {
    /// Requirements that bind it.
    pub requirements: usize,
    /// Judged on a live peer.
    pub tested_live: usize,
    /// Held by a named test of the reference, and not judged live.
    pub tested_by_reference_test: usize,
    /// Excluded.
    pub excluded: usize,
    /// None of these.
    pub untested: usize,
}

/// Counts of one chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// The prefix of its ids.
    pub prefix: String,
    /// Its requirements, whoever they bind.
    #[serde(flatten)]
    pub counts: Half,
}

/// The lists behind the counts, each in reading order.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Lists {
    /// Every requirement.
    pub requirements: Vec<Account>,
    /// Halves that are neither tested nor excluded.
    pub untested: Vec<Missing>,
    /// Sentences and ids that moved unseen.
    pub drift: Vec<Finding>,
    /// What is wrong with the books themselves.
    pub faults: Vec<Finding>,
    /// Citations that no run saw checked.
    pub unchecked: Vec<Unchecked>,
}

/// How one requirement is accounted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The requirement.
    pub id: String,
    /// Its keyword.
    pub level: &'static str,
    /// Who it binds.
    pub role: &'static str,
    /// What it comes to.
    pub standing: Standing,
    /// Cases that were seen to judge it.
    pub cases: Vec<String>,
    /// Tests of the reference that hold it.
    pub held: Vec<HeldBy>,
    /// Why a half of it is not tested.
    pub excluded: Vec<Excluded>,
    /// Halves that nobody accounts for.
    #[serde(skip)]
    pub missing: Vec<Side>,
}

/// What a requirement comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A case judged it on a live server.
    TestedLive,
    /// Named tests of the reference hold it.
    TestedByReferenceTest,
    /// Nothing tests it, for a reason of the closed set.
    Excluded,
    /// A half of it is neither tested nor excluded.
    Untested,
}

/// A test of the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldBy {
    /// Whose half it holds.
    pub side: Side,
    /// `FILE::NAME`.
    pub test: String,
}

/// An exclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// Whose half.
    pub side: Side,
    /// The sort of reason.
    pub class: Class,
    /// The reason.
    pub reason: String,
}

/// A half that nobody accounts for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The requirement.
    pub id: String,
    /// Whose half.
    pub side: Side,
    /// The sentence.
    pub text: String,
}

impl Trace {
    pub(crate) fn new(
        (accounts, sides): (Vec<Account>, Sides),
        findings: Vec<Finding>,
        (cases, books, evidence): (&[Case], &Books, &Evidence),
        tree: Option<&Tree>,
    ) -> Self {
        let unchecked = evidence.unchecked(cases);
        let (drift, faults): (Vec<_>, Vec<_>) =
            findings.into_iter().partition(|finding| finding.kind.is_drift());
        let untested = missing(&accounts, books);
        let whole = tally(accounts.iter());
        let tested = whole.tested_live.saturating_add(whole.tested_by_reference_test);
        let is_accounted =
            untested.is_empty() && drift.is_empty() && faults.is_empty() && unchecked.is_empty();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: "pinnace-conform", version: env!("CARGO_PKG_VERSION") },
            computed_from: evidence.source.clone(),
            reference_tests_found: tree.is_some(),
            is_accounted,
            exit_code: u8::from(!is_accounted),
            requirements: whole.requirements,
            tested,
            tested_percent: percent(tested, whole.requirements),
            tested_live: whole.tested_live,
            tested_by_reference_test: whole.tested_by_reference_test,
            excluded: whole.excluded,
            untested: whole.untested,
            drift: drift.len(),
            faults: faults.len(),
            unchecked: unchecked.len(),
            cases: CaseCounts { published: cases.len(), withdrawn: books.cases.withdrawn.len() },
            sides,
            chapters: chapters(&accounts),
            sets: books.sets.clone(),
            lists: Lists { requirements: accounts, untested, drift, faults, unchecked },
        }
    }
}

fn missing(accounts: &[Account], books: &Books) -> Vec<Missing> {
    let of = |account: &Account, side: Side| {
        let text = books.requirement(&account.id).map(|found| found.text.clone()).unwrap_or_default();
        Missing { id: account.id.clone(), side, text }
    };
    accounts.iter().flat_map(|account| account.missing.iter().map(move |side| of(account, *side))).collect()
}

fn chapters(accounts: &[Account]) -> Vec<Chapter> {
    let prefix = |account: &Account| account.id.split('-').next().unwrap_or_default().to_owned();
    let mut prefixes: Vec<String> = accounts.iter().map(prefix).collect();
    prefixes.dedup();
    let counts = |wanted: &str| tally(accounts.iter().filter(|account| prefix(account) == wanted));
    prefixes.into_iter().map(|prefix| Chapter { counts: counts(&prefix), prefix }).collect()
}

fn tally<'a>(accounts: impl Iterator<Item = &'a Account>) -> Half {
    let mut half = Half::default();
    for account in accounts {
        half.count(account.standing);
    }
    half
}

impl Half {
    pub(crate) fn count(&mut self, standing: Standing) {
        self.requirements = self.requirements.saturating_add(1);
        let tally = match standing {
            Standing::TestedLive => &mut self.tested_live,
            Standing::TestedByReferenceTest => &mut self.tested_by_reference_test,
            Standing::Excluded => &mut self.excluded,
            Standing::Untested => &mut self.untested,
        };
        *tally = tally.saturating_add(1);
    }
}

/// A share in percent, rounded down to a tenth.
fn percent(part: usize, whole: usize) -> f64 {
    let tenths = part.saturating_mul(1000).checked_div(whole).unwrap_or_default();
    u32::try_from(tenths).map_or(0.0, f64::from) / 10.0
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_rounded_down() {
        assert!((percent(2, 3) - 66.6).abs() < 1e-9);
        assert!((percent(5, 5) - 100.0).abs() < 1e-9);
        assert!(percent(0, 0).abs() < 1e-9);
    }
}
