//! The kill matrix: fault by requirement, and who found it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::gallery::Planted;
use super::prove::Proof;
use crate::report::model::Tool;
use crate::report::paint::{Ink, Paint};

/// Version of the JSON form; it rises when a reader would have to change.
pub const SCHEMA_VERSION: u32 = 1;
/// The least share of the faults that has to be found, in percent.
pub const KILLED_PERCENT_MIN: usize = 98;

/// The result of a selftest. Schema: `schema/selftest.schema.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// The target file.
    pub target: String,
    /// Seed of the run.
    pub seed: u64,
    /// How long it took, the build left out, seconds.
    pub wall_s: f64,
    /// Faults that were pursued.
    pub faults: usize,
    /// Faults that were found.
    pub killed: usize,
    /// The exit code of the process.
    pub exit_code: u8,
    /// Names of the faults that were not found.
    pub survivors: Vec<String>,
    /// The run without a fault.
    pub clean: Clean,
    /// By the gallery's sort of fault.
    pub kinds: BTreeMap<String, Tally>,
    /// By requirement; a fault counts at each one that it breaks.
    pub requirements: BTreeMap<String, Tally>,
    /// One a fault, in the gallery's order.
    pub matrix: Vec<Row>,
}

/// How the server without a fault was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Clean {
    /// Cases that cite a requirement which a fault breaks.
    pub cases: usize,
    /// Those that passed; no other finds anything.
    pub passed: usize,
    /// Those that this target does not let be judged.
    pub not_testable: usize,
}

/// Faults, and how many of them were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All.
    pub faults: usize,
    /// Those that were found.
    pub killed: usize,
}

/// One fault and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub fault: String,
    /// The gallery's sort of fault.
    pub kind: String,
    /// What is wrong.
    pub what: String,
    /// The requirements that it breaks.
    pub requirements: Vec<String>,
    /// Whether it was found.
    pub killed: bool,
    /// Who found it: the first one, or everyone when the whole matrix was asked for.
    pub killed_by: Vec<Kill>,
    /// Cases that were played against it.
    pub tried: usize,
    /// Why it was not found.
    pub reason: Option<String>,
    /// How long it took, seconds.
    pub took_s: f64,
}

/// A check that found a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kill {
    /// The case.
    pub case: String,
    /// The requirement that the check cites.
    pub requirement: String,
    /// What the check says.
    pub check: String,
}

impl Row {
    pub(crate) fn of(fault: &Planted) -> Self {
        Self {
            fault: fault.name.clone(),
            kind: fault.kind.clone(),
            what: fault.what.clone(),
            requirements: fault.requirements.clone(),
            killed: false,
            killed_by: Vec::new(),
            tried: 0,
            reason: None,
            took_s: 0.0,
        }
    }
}

impl Tally {
    const fn add(&mut self, row: &Row) {
        self.faults = self.faults.saturating_add(1);
        if row.killed {
            self.killed = self.killed.saturating_add(1);
        }
    }
}

impl Matrix {
    /// Counts what a proof has shown.
    #[must_use]
    pub fn new(target: String, seed: u64, wall_s: f64, proof: Proof) -> Self {
        let (mut kinds, mut requirements) = (BTreeMap::new(), BTreeMap::new());
        let mut whole = Tally::default();
        for row in &proof.rows {
            whole.add(row);
            kinds.entry(row.kind.clone()).or_insert_with(Tally::default).add(row);
            for id in &row.requirements {
                requirements.entry(id.clone()).or_insert_with(Tally::default).add(row);
            }
        }
        let Tally { faults, killed } = whole;
        let is_enough = killed.saturating_mul(100) >= faults.saturating_mul(KILLED_PERCENT_MIN);
        let survivors = proof.rows.iter().filter(|row| !row.killed).map(|row| row.fault.clone()).collect();
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            target,
            seed,
            wall_s,
            faults,
            killed,
            exit_code: u8::from(!is_enough),
            survivors,
            clean: proof.clean,
            kinds,
            requirements,
            matrix: proof.rows,
        }
    }

    /// Writes it for a terminal: one line a fault, the survivors again at the end.
    pub(crate) fn render(&self, paint: Paint, out: &mut dyn Write) -> io::Result<()> {
        let width = self.matrix.iter().map(|row| row.fault.len()).max().unwrap_or(0);
        for row in &self.matrix {
            let broken = row.requirements.join(" ");
            let found: Vec<String> = row.killed_by.iter().map(|kill| kill.case.clone()).collect();
            let verdict = if row.killed {
                paint.with(Ink::Good, &format!("killed by {}", found.join(" ")))
            } else {
                paint.with(Ink::Bad, "survived")
            };
            writeln!(out, "{:<width$}  {broken}  {verdict}", row.fault)?;
        }
        for row in self.matrix.iter().filter(|row| !row.killed) {
            let reason = row.reason.as_deref().unwrap_or_default();
            writeln!(out, "\n{}: {}\n    {reason}", paint.with(Ink::Bad, &row.fault), row.what)?;
        }
        writeln!(
            out,
            "\n{} of {} faults killed, {} cases passed without a fault, seed {}, {:.1} s",
            self.killed, self.faults, self.clean.passed, self.seed, self.wall_s
        )
    }
}
