//! Requirements as they stand in the chapters: heading, sentence, list.

use crate::chapter::Chapter;
use crate::error::{SpecError, SpecErrorKind};
use crate::requirement::{Carrier, ErrorRef, Level, Requirement, Role};

/// Reads the requirements of one chapter, in the order of the text.
///
/// # Errors
/// The first requirement that is not of the form of the introduction: heading, sentence, lines.
pub(crate) fn of_chapter(chapter: &Chapter) -> Result<Vec<Requirement>, SpecError> {
    let lines: Vec<&str> = chapter.text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(heading) = line.strip_prefix("#### ") else { continue };
        let place = Place { chapter, line: index.saturating_add(1), id: heading };
        let block: Vec<&str> =
            lines.iter().skip(place.line).take_while(|line| !line.starts_with('#')).copied().collect();
        found.push(of_block(place, &block)?);
    }
    Ok(found)
}

#[derive(Clone, Copy)]
struct Place<'a> {
    chapter: &'a Chapter,
    line: usize,
    id: &'a str,
}

impl Place<'_> {
    const fn error(self, kind: SpecErrorKind) -> SpecError {
        SpecError { file: self.chapter.file, line: self.line, kind }
    }

    fn missing(self, key: &'static str) -> SpecError {
        self.error(SpecErrorKind::MissingLine { id: self.id.to_owned(), key })
    }

    fn unknown(self, text: &str) -> SpecError {
        self.error(SpecErrorKind::UnknownLine { id: self.id.to_owned(), text: text.to_owned() })
    }
}

/// The keys of the list below a sentence, in their order.
const KEYS: [&str; 5] = ["role", "level", "trigger", "observable", "error"];

fn of_block(place: Place<'_>, block: &[&str]) -> Result<Requirement, SpecError> {
    if !is_id(place.id) {
        return Err(place.error(SpecErrorKind::BadId { text: place.id.to_owned() }));
    }
    let text = sentence(block);
    if text.is_empty() {
        return Err(place.missing("sentence"));
    }
    let [role, level, trigger, observable, error] = list(place, block)?;
    Ok(Requirement {
        id: place.id.to_owned(),
        role: Role::ALL.into_iter().find(|r| r.word() == role).ok_or_else(|| place.unknown(role))?,
        level: Level::ALL.into_iter().find(|l| l.keyword() == level).ok_or_else(|| place.unknown(level))?,
        text,
        chapter: place.chapter.file,
        anchor: place.id.to_ascii_lowercase(),
        line: place.line,
        trigger: trigger.to_owned(),
        observable: observable.to_owned(),
        error: error_ref(place, error)?,
    })
}

/// The values of the list: each key once, in order, and nothing else.
fn list<'a>(place: Place<'_>, block: &[&'a str]) -> Result<[&'a str; 5], SpecError> {
    let mut items = block.iter().filter_map(|line| line.strip_prefix("- "));
    let mut values = [""; 5];
    for (key, value) in KEYS.into_iter().zip(&mut values) {
        let item = items.next().ok_or_else(|| place.missing(key))?;
        *value = match item.strip_prefix(key).and_then(|rest| rest.strip_prefix(": ")) {
            Some(found) => found,
            None => return Err(place.missing(key)),
        };
    }
    match items.next() {
        Some(item) => Err(place.unknown(item)),
        None => Ok(values),
    }
}

/// `XXX-nnn`: three capitals, a hyphen, three digits.
fn is_id(text: &str) -> bool {
    let Some((prefix, number)) = text.split_once('-') else { return false };
    prefix.len() == 3
        && prefix.bytes().all(|b| b.is_ascii_uppercase())
        && number.len() == 3
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// The lines up to the list, joined.
fn sentence(block: &[&str]) -> String {
    let lines = block.iter().take_while(|line| !line.starts_with("- ")).map(|line| line.trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn error_ref(place: Place<'_>, text: &str) -> Result<Option<ErrorRef>, SpecError> {
    if text == "none" {
        return Ok(None);
    }
    let (word, name) = text.split_once(' ').ok_or_else(|| place.unknown(text))?;
    let carrier = Carrier::ALL.into_iter().find(|c| c.word() == word).ok_or_else(|| place.unknown(text))?;
    Ok(Some(ErrorRef { carrier, name: name.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# T\n\n#### ABC-001\n\nA peer MUST\nrun.\n\n- role: both\n- level: MUST\n- trigger: t\n\
                        - observable: o\n- error: CLOSE MALFORMED\n";

    #[track_caller]
    fn check(text: &'static str, expected: SpecErrorKind) {
        let chapter = Chapter { file: "text/t.md", text, prefix: "ABC" };
        let error = of_chapter(&chapter).unwrap_err();
        assert_eq!(error, SpecError { file: "text/t.md", line: 3, kind: expected });
    }

    /// The good text with one part replaced.
    fn with(from: &str, to: &str) -> &'static str {
        assert!(GOOD.contains(from));
        GOOD.replace(from, to).leak()
    }

    #[test]
    fn a_whole_requirement_is_read() {
        let chapter = Chapter { file: "text/t.md", text: GOOD, prefix: "ABC" };
        let rules = of_chapter(&chapter).unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].text, "A peer MUST run.");
        assert_eq!(rules[0].error.as_ref().unwrap().to_string(), "CLOSE MALFORMED");
        assert_eq!((rules[0].role, rules[0].level, rules[0].line), (Role::Both, Level::Must, 3));
    }

    #[test]
    fn an_id_of_another_form_is_refused() {
        check(with("ABC-001", "ABC-1"), SpecErrorKind::BadId { text: "ABC-1".to_owned() });
        check(with("ABC-001", "Abc-001"), SpecErrorKind::BadId { text: "Abc-001".to_owned() });
    }

    #[test]
    fn a_requirement_without_a_sentence_or_a_line_is_refused() {
        let missing = |key| SpecErrorKind::MissingLine { id: "ABC-001".to_owned(), key };
        check(with("A peer MUST\nrun.\n", ""), missing("sentence"));
        check(with("- trigger: t\n", ""), missing("trigger"));
        check(with("- error: CLOSE MALFORMED\n", ""), missing("error"));
    }

    #[test]
    fn a_line_or_a_value_that_is_not_known_is_refused() {
        let unknown =
            |text: &str| SpecErrorKind::UnknownLine { id: "ABC-001".to_owned(), text: text.to_owned() };
        check(with("CLOSE MALFORMED\n", "none\n- note: n\n"), unknown("note: n"));
        check(with("role: both", "role: all"), unknown("all"));
        check(with("level: MUST", "level: WILL"), unknown("WILL"));
        check(with("CLOSE MALFORMED", "LEAVE MALFORMED"), unknown("LEAVE MALFORMED"));
        check(with("CLOSE MALFORMED", "MALFORMED"), unknown("MALFORMED"));
    }
}
