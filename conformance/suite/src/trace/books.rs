//! The books: what was confirmed, what is excluded and what is held elsewhere. Data files of this crate, and
//! the specification.

use std::collections::BTreeMap;
use std::path::Path;

use pinnace_spec::{LedgerEntry, Requirement, Role};
use serde::{Deserialize, Serialize};

use super::sets::Sets;
use crate::toml_fault::{TomlFault, parse};

/// The sentences that cases were written against. Path below the folder that holds `conformance/`, and text.
pub(crate) const SENTENCES: (&str, &str) =
    ("conformance/suite/ledger/sentences.toml", include_str!("../../ledger/sentences.toml"));
/// Every case id that was ever published.
pub(crate) const CASES: (&str, &str) =
    ("conformance/suite/ledger/cases.toml", include_str!("../../ledger/cases.toml"));
const EXCLUSIONS: (&str, &str) = ("conformance/suite/exclusions.toml", include_str!("../../exclusions.toml"));
const HELD: (&str, &str) = ("conformance/suite/held.toml", include_str!("../../held.toml"));

/// Everything that traceability is computed from, besides the cases and what was seen of them.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// The requirements, in reading order.
    pub requirements: Vec<Requirement>,
    /// Every requirement id that was ever given out.
    pub ledger: Vec<LedgerEntry>,
    /// By requirement id: the sentence that its cases were last read against.
    pub sentences: BTreeMap<String, String>,
    /// The case ids that were ever published.
    pub cases: CaseLedger,
    /// Requirements that nothing tests, and why.
    pub exclusions: Vec<Exclusion>,
    /// Requirements that tests of the reference hold.
    pub held: Vec<Held>,
    /// Illegal cells, limits and registries, with the cases that try them.
    pub sets: Sets,
}

/// Case ids, for ever.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLedger {
    #[serde(rename = "schema")]
    _schema: u32,
    /// Ids of cases that the suite has.
    pub published: Vec<String>,
    /// Ids of cases that it had, each with the reason for its end.
    #[serde(default)]
    pub withdrawn: BTreeMap<String, String>,
}

/// A requirement that nothing tests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The requirement.
    pub id: String,
    /// Whose half of it; a requirement of one role has one half only.
    pub side: Option<Side>,
    /// The sort of reason.
    pub class: Class,
    /// The reason.
    pub reason: String,
}

/// Why a requirement may go untested. Closed: another reason is no reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// It cannot be seen from outside whether it is kept.
    Unobservable,
    /// It could be seen, at a cost that nobody would pay in every run.
    Disproportionate,
    /// It speaks of a failure inside the target that nobody outside can bring about.
    NeedsFaultInside,
    /// It permits, so that nothing breaks it.
    Permission,
}

/// Requirements that named tests of the reference hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The requirements.
    pub ids: Vec<String>,
    /// Whose half of them.
    pub side: Side,
    /// The tests, `FILE::NAME`, files below the folder that holds `conformance/`.
    pub by: Vec<String>,
    /// The machine of the specification whose cells those tests walk; each id has to stand in one of its cells.
    pub machine: Option<String>,
}

/// Who keeps a requirement. One that binds both has two halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Servers: judged live.
    Server,
    /// Clients: the suite does not judge them live.
    Client,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Server, Self::Client];

    /// The word of reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }

    /// Whether a requirement of that role binds this side. Peers encode and decode on both.
    #[must_use]
    pub const fn is_bound(self, role: Role) -> bool {
        match (self, role) {
            (Self::Server, Role::Client) | (Self::Client, Role::Server) => false,
            (_, Role::Both | Role::Encoder | Role::Decoder)
            | (Self::Server, Role::Server)
            | (Self::Client, Role::Client) => true,
        }
    }
}

impl Class {
    /// The word of reports and of `exclusions.toml`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unobservable => "unobservable",
            Self::Disproportionate => "disproportionate",
            Self::NeedsFaultInside => "needs-fault-inside",
            Self::Permission => "permission",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exclusions {
    #[serde(rename = "schema")]
    _schema: u32,
    exclusion: Vec<Exclusion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldFile {
    #[serde(rename = "schema")]
    _schema: u32,
    held: Vec<Held>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    #[serde(rename = "schema")]
    _schema: u32,
    sentence: BTreeMap<String, String>,
}

impl Books {
    /// The books that this suite was built with.
    ///
    /// # Errors
    /// The file and line at which a book does not hold.
    pub fn embedded() -> Result<Self, String> {
        let spec = pinnace_spec::spec().map_err(ToString::to_string)?;
        Ok(Self {
            requirements: spec.requirements.clone(),
            ledger: spec.ledger.entries.clone(),
            sentences: read_sentences(SENTENCES.1).map_err(|fault| fault.to_string())?,
            cases: read_cases(CASES.1).map_err(|fault| fault.to_string())?,
            exclusions: read::<Exclusions>(EXCLUSIONS)?.exclusion,
            held: read::<HeldFile>(HELD)?.held,
            sets: Sets::embedded()?,
        })
    }

    /// The requirement of that id.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|requirement| requirement.id == id)
    }

    /// The side of an exclusion: what it says, or the one side that its requirement has.
    #[must_use]
    pub fn side_of(&self, exclusion: &Exclusion) -> Option<Side> {
        let role = self.requirement(&exclusion.id)?.role;
        exclusion.side.or(match role {
            Role::Server => Some(Side::Server),
            Role::Client => Some(Side::Client),
            Role::Both | Role::Encoder | Role::Decoder => None,
        })
    }
}

fn read<T: serde::de::DeserializeOwned>((path, text): (&str, &str)) -> Result<T, String> {
    parse(Path::new(path), text, &["id", "ids", "side", "class", "reason", "by", "machine"])
        .map_err(|fault| fault.to_string())
}

/// Reads the text of the ledger of sentences.
pub(crate) fn read_sentences(text: &str) -> Result<BTreeMap<String, String>, TomlFault> {
    parse::<Sentences>(Path::new(SENTENCES.0), text, &["schema", "sentence"]).map(|file| file.sentence)
}

/// Reads the text of the ledger of case ids.
pub(crate) fn read_cases(text: &str) -> Result<CaseLedger, TomlFault> {
    parse(Path::new(CASES.0), text, &["schema", "published", "withdrawn"])
}

#[cfg(test)]
mod tests {
    use super::{Books, Class, Exclusions, read};

    #[test]
    fn embedded_books_are_read() {
        let books = Books::embedded().unwrap();
        assert!(books.requirements.len() >= 202 && books.sentences.len() >= 202);
    }

    #[test]
    fn a_class_that_is_not_of_the_set_is_refused() {
        let text = |class: &str| {
            format!("schema = 1\nexclusion = [\n{{ id = \"A\", class = \"{class}\", reason = \"r\" }},\n]\n")
        };
        let known = text(Class::Unobservable.word());
        assert_eq!(read::<Exclusions>(("e.toml", &known)).unwrap().exclusion.len(), 1);
        let fault = read::<Exclusions>(("e.toml", &text("too-hard"))).err().unwrap();
        assert!(fault.starts_with("e.toml:3: unknown variant `too-hard`"), "{fault}");
    }
}
