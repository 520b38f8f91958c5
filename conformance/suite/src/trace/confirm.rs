//! Confirming: somebody has read the cases of a requirement again, or publishes a case.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Books, CASES, CaseLedger, SENTENCES, read_cases, read_sentences};
use super::tree::Tree;
use crate::case::Case;
use crate::report::sink::replace;

/// The word that confirms everything that was never confirmed before.
pub const NEW: &str = "new";

/// Writes ids into the ledgers, with the sentences that this suite was built with, and says what was written.
///
/// An id is a requirement's, a case's, or [`NEW`]: every requirement without a confirmed sentence and every case
/// outside the ledger. Nothing is written when one of them is unknown.
///
/// # Errors
/// One line: an unknown id, or a ledger that cannot be read or written.
pub fn confirm(tree: &Tree, cases: &[Case], books: &Books, ids: &[String]) -> Result<Vec<String>, String> {
    let read = |path: &str| std::fs::read_to_string(tree.path(path)).map_err(|e| format!("{path}: {e}"));
    let mut ledgers = Ledgers {
        sentences: read_sentences(&read(SENTENCES.0)?).map_err(|fault| fault.to_string())?,
        cases: read_cases(&read(CASES.0)?).map_err(|fault| fault.to_string())?,
    };
    let mut said = Vec::new();
    for id in ids {
        if id == NEW {
            said.extend(ledgers.take_new(cases, books));
        } else {
            said.push(ledgers.take(id, cases, books)?);
        }
    }
    let write = |path: &str, text: String| {
        replace(&tree.path(path), text.as_bytes()).map_err(|error| format!("{path}: {error}"))
    };
    write(SENTENCES.0, sentences_text(&ledgers.sentences))?;
    write(CASES.0, cases_text(&ledgers.cases))?;
    Ok(said)
}

/// Both ledgers, as they stand on disk and with what is confirmed now.
struct Ledgers {
    sentences: BTreeMap<String, String>,
    cases: CaseLedger,
}

impl Ledgers {
    fn take(&mut self, id: &str, cases: &[Case], books: &Books) -> Result<String, String> {
        if let Some(requirement) = books.requirement(id) {
            self.sentences.insert(id.to_owned(), requirement.text.clone());
            return Ok(format!("{id} is confirmed"));
        }
        if !cases.iter().any(|case| case.id == id) {
            return Err(format!("{id} is neither a requirement nor a case of this suite"));
        }
        if self.cases.withdrawn.contains_key(id) {
            return Err(format!("{id} was withdrawn: give the case the next free number"));
        }
        self.cases.published.push(id.to_owned());
        Ok(format!("{id} is published"))
    }

    fn take_new(&mut self, cases: &[Case], books: &Books) -> Vec<String> {
        let mut said = Vec::new();
        for requirement in &books.requirements {
            if !self.sentences.contains_key(&requirement.id) {
                self.sentences.insert(requirement.id.clone(), requirement.text.clone());
                said.push(format!("{} is confirmed", requirement.id));
            }
        }
        let fresh: Vec<&str> =
            cases.iter().map(|case| case.id).filter(|id| !is_known(&self.cases, id)).collect();
        said.extend(fresh.iter().map(|id| format!("{id} is published")));
        self.cases.published.extend(fresh.into_iter().map(str::to_owned));
        said
    }
}

fn is_known(ledger: &CaseLedger, id: &str) -> bool {
    ledger.withdrawn.contains_key(id) || ledger.published.iter().any(|published| published == id)
}

const SENTENCES_HEAD: &str = "\
# The sentence of each requirement as it stood when somebody last read its cases against it. Editing the sentence makes
# `pinnace-conform trace` fail until that was done again: `pinnace-conform trace --confirm ID` writes this file.
schema = 1

[sentence]
";

fn sentences_text(sentences: &BTreeMap<String, String>) -> String {
    let line = |(id, text): (&String, &String)| format!("{id} = {}\n", quoted(text));
    [SENTENCES_HEAD.to_owned()].into_iter().chain(sentences.iter().map(line)).collect()
}

const CASES_HEAD: &str = "\
# Every case id that was ever published. One that goes stays below as withdrawn, with the reason; none is used again.
# `pinnace-conform trace --confirm ID` adds a case.
schema = 1
published = [
";

fn cases_text(ledger: &CaseLedger) -> String {
    let order = |id: &str| {
        let (requirement, number) = id.split_once('/').unwrap_or((id, ""));
        (requirement.to_owned(), number.parse::<u32>().unwrap_or(u32::MAX), id.to_owned())
    };
    let published: BTreeSet<_> = ledger.published.iter().map(|id| order(id)).collect();
    let mut text = CASES_HEAD.to_owned();
    text.extend(published.iter().map(|(_, _, id)| format!("    {},\n", quoted(id))));
    text.push_str("]\n\n[withdrawn]\n");
    text.extend(ledger.withdrawn.iter().map(|(id, why)| format!("{} = {}\n", quoted(id), quoted(why))));
    text
}

/// A TOML string.
fn quoted(text: &str) -> String {
    // A JSON string is one of TOML too.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{CASES, SENTENCES, cases_text, sentences_text};
    use crate::trace::books::{read_cases, read_sentences};

    #[test]
    fn ledgers_are_written_as_they_stand() {
        assert_eq!(sentences_text(&read_sentences(SENTENCES.1).unwrap()), SENTENCES.1);
        assert_eq!(cases_text(&read_cases(CASES.1).unwrap()), CASES.1);
    }

    #[test]
    fn any_sentence_survives_its_file() {
        let odd = [("A-1".to_owned(), "with \"quotes\", a \\ and é.".to_owned())].into_iter().collect();
        assert_eq!(read_sentences(&sentences_text(&odd)).unwrap(), odd);
    }
}
