//! What a gallery lists: the faults of a server that is broken on purpose.

use core::fmt;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clause::Clauses;
use crate::run::select::is_match;

/// One fault, as the server that has it lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Its name, by which it is switched on.
    pub name: String,
    /// The requirements that it breaks; one at least.
    pub requirements: Vec<String>,
    /// The sort of thing that is broken, in the gallery's own words.
    #[serde(default)]
    pub kind: String,
    /// One sentence that says what is wrong.
    #[serde(default)]
    pub what: String,
}

/// The list of a gallery: `{"faults":[{"name":"…","requirements":["…"],"kind":"…","what":"…"}]}`.
#[derive(Clone, Debug, Deserialize)]
pub struct Gallery {
    /// The faults, in the gallery's order.
    pub faults: Vec<Planted>,
}

/// Why a gallery cannot be used. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GalleryFault {
    /// It is no list of faults.
    Malformed {
        /// What the reader said.
        reason: String,
    },
    /// It lists nothing, or nothing of what was asked for.
    Empty,
    /// Two faults have one name.
    Twice {
        /// The name.
        name: String,
    },
    /// A fault names no requirement, or one that the specification does not have.
    Unfounded {
        /// The fault.
        name: String,
        /// The id, or nothing.
        requirement: Option<String>,
    },
}

impl fmt::Display for GalleryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { reason } => write!(f, "the gallery's list cannot be read: {reason}"),
            Self::Empty => f.write_str("no fault is selected"),
            Self::Twice { name } => write!(f, "the gallery lists the fault {name} twice"),
            Self::Unfounded { name, requirement: None } => {
                write!(f, "the fault {name} breaks no requirement")
            }
            Self::Unfounded { name, requirement: Some(id) } => {
                write!(f, "the fault {name} breaks {id}, which the specification does not have")
            }
        }
    }
}

impl Gallery {
    /// Reads the list that a server printed.
    ///
    /// # Errors
    /// [`GalleryFault`].
    pub fn read(text: &[u8], clauses: Clauses) -> Result<Self, GalleryFault> {
        let gallery: Self = serde_json::from_slice(text)
            .map_err(|error| GalleryFault::Malformed { reason: error.to_string() })?;
        let mut names = BTreeSet::new();
        for fault in &gallery.faults {
            let name = fault.name.clone();
            if !names.insert(&fault.name) {
                return Err(GalleryFault::Twice { name });
            }
            if fault.requirements.is_empty() {
                return Err(GalleryFault::Unfounded { name, requirement: None });
            }
            if let Some(id) = fault.requirements.iter().find(|id| clauses(id).is_none()) {
                return Err(GalleryFault::Unfounded { name, requirement: Some(id.clone()) });
            }
        }
        Ok(gallery)
    }

    /// Keeps the faults whose name or requirement one of the filters holds; all of them without a filter.
    ///
    /// # Errors
    /// [`GalleryFault::Empty`].
    pub fn keep(mut self, filters: &[String]) -> Result<Self, GalleryFault> {
        let is_wanted = |fault: &Planted, filter: &String| {
            fault.requirements.iter().chain([&fault.name]).any(|name| is_match(filter, name))
        };
        self.faults
            .retain(|fault| filters.is_empty() || filters.iter().any(|filter| is_wanted(fault, filter)));
        if self.faults.is_empty() { Err(GalleryFault::Empty) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Gallery, GalleryFault};
    use crate::clause::in_spec;

    const GOOD: &str = r#"{"faults":[
        {"name":"a-b","requirements":["DLV-014"]},
        {"name":"c","requirements":["DLV-014","SES-006"],"kind":"check","what":"w"}]}"#;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        assert_eq!(Gallery::read(text.as_bytes(), in_spec).unwrap_err().to_string(), expected);
    }

    #[test]
    fn list_that_proves_nothing_is_refused() {
        refused(&GOOD.replace("\"c\"", "\"a-b\""), "the gallery lists the fault a-b twice");
        refused(
            &GOOD.replace("SES-006", "SES-999"),
            "the fault c breaks SES-999, which the specification does not have",
        );
        refused(r#"{"faults":[{"name":"a","requirements":[]}]}"#, "the fault a breaks no requirement");
        assert!(matches!(Gallery::read(b"[]", in_spec), Err(GalleryFault::Malformed { .. })));
    }

    #[test]
    fn faults_are_kept_by_name_or_requirement() {
        let kept = |filter: &str| {
            let gallery = Gallery::read(GOOD.as_bytes(), in_spec).unwrap();
            gallery.keep(&[filter.to_owned()]).map(|gallery| gallery.faults.len())
        };
        assert_eq!(kept("DLV-*"), Ok(2));
        assert_eq!(kept("ses-006"), Ok(1));
        assert_eq!(kept("a-b"), Ok(1));
        assert_eq!(kept("zebra"), Err(GalleryFault::Empty));
    }
}
