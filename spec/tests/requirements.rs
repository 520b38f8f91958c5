//! The requirements of the text: their form, their ids and the ledger.

use std::collections::BTreeSet;

use pinnace_spec::{CHAPTERS, Carrier, Level, Scope, errors, frames, ledger, requirements};

#[test]
fn ids_are_unique_and_sorted_in_their_chapter() {
    for chapter in CHAPTERS {
        let ids: Vec<&str> = requirements()
            .unwrap()
            .iter()
            .filter(|r| r.chapter == chapter.file)
            .map(|r| r.id.as_str())
            .collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{}: {ids:?}", chapter.file);
        assert!(ids.iter().all(|id| id.starts_with(chapter.prefix) && !chapter.prefix.is_empty()), "{ids:?}");
    }
}

#[test]
fn ledger_and_text_hold_the_same_ids_levels_and_roles() {
    let text: BTreeSet<(&str, &str, &str)> =
        requirements().unwrap().iter().map(|r| (r.id.as_str(), r.level.keyword(), r.role.word())).collect();
    let kept: BTreeSet<(&str, &str, &str)> = ledger()
        .unwrap()
        .entries
        .iter()
        .filter(|entry| entry.withdrawn.is_none())
        .map(|entry| (entry.id.as_str(), entry.level.keyword(), entry.role.word()))
        .collect();
    assert_eq!(text, kept);
}

#[test]
fn ledger_never_gives_an_id_twice() {
    let ids: Vec<&str> = ledger().unwrap().entries.iter().map(|entry| entry.id.as_str()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[test]
fn each_requirement_is_one_sentence_with_its_keyword_once() {
    for rule in requirements().unwrap() {
        assert_eq!(keywords(&rule.text), [rule.level.keyword()], "{}", rule.id);
        assert!(rule.text.ends_with('.'), "{}", rule.id);
        assert_eq!(rule.text.matches(". ").count(), 0, "{} is more than one sentence", rule.id);
    }
}

#[test]
fn keywords_stand_in_requirements_only() {
    for chapter in CHAPTERS {
        let rules: Vec<&str> = requirements()
            .unwrap()
            .iter()
            .filter(|rule| rule.chapter == chapter.file)
            .map(|rule| rule.text.as_str())
            .collect();
        for (index, line) in chapter.text.lines().enumerate() {
            let is_rule = rules.iter().any(|rule| rule.contains(line.trim()) && !line.trim().is_empty());
            // Lines that begin with `>` quote the words' definition; `- level:` repeats the keyword of its sentence.
            let is_quote = line.starts_with("> ") || line.starts_with("- level: ");
            if !is_rule && !is_quote {
                assert_eq!(keywords(line), [""; 0], "{}:{}", chapter.file, index + 1);
            }
        }
    }
}

#[test]
fn each_error_that_is_named_exists_and_has_that_carrier() {
    for rule in requirements().unwrap() {
        let Some(error) = &rule.error else { continue };
        if error.carrier == Carrier::Reject {
            let reasons = frames().unwrap().registry("reject_reason").unwrap();
            assert!(reasons.named(&error.name).is_some(), "{}: {error}", rule.id);
        } else {
            let entry =
                errors().unwrap().named(&error.name).unwrap_or_else(|| panic!("{}: {error}", rule.id));
            assert_eq!(entry.carrier, error.carrier, "{}: {error}", rule.id);
        }
    }
}

#[test]
fn codes_stand_in_the_range_of_their_scope() {
    for entry in &errors().unwrap().entries {
        assert_eq!(entry.scope, Scope::of_code(entry.code), "{}", entry.name);
        let closes = entry.carrier == Carrier::Close;
        assert_eq!(closes, entry.scope != Scope::Frame, "{}", entry.name);
    }
}

#[test]
fn levels_name_keywords_that_the_keyword_search_finds() {
    for level in Level::ALL {
        assert_eq!(keywords(&format!("a {} b", level.keyword())), [level.keyword()]);
    }
}

/// The normative keywords of a line, in order; words that this text does not use count too.
fn keywords(line: &str) -> Vec<&'static str> {
    const WORDS: [&str; 10] = [
        "MUST NOT",
        "MUST",
        "SHALL NOT",
        "SHALL",
        "SHOULD NOT",
        "SHOULD",
        "REQUIRED",
        "RECOMMENDED",
        "OPTIONAL",
        "MAY",
    ];
    let mut found = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let hit = WORDS.iter().find(|word| {
            rest.strip_prefix(**word)
                .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        let step = hit.map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |word| word.len());
        found.extend(hit.copied());
        // A word's letters are skipped as one, so that no keyword is found inside another word.
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest = rest.split_at(if hit.is_some() { step } else { word.max(step) }).1;
    }
    found
}
