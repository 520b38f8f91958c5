//! The generated parts of the text, and what the text has to have.

use std::path::Path;

use pinnace_spec::{CHAPTERS, frames, limits, machines, spec, tables, transcripts};

mod golden;

#[test]
fn generated_parts_do_not_drift() {
    let golden = golden::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")).unwrap();
    for chapter in CHAPTERS {
        let vectors = |id: &str| golden.get(id).cloned();
        let made = tables::rewrite(spec().unwrap(), &vectors, chapter.file, chapter.text).unwrap();
        assert!(made == chapter.text, "{}: run `cargo run -p pinnace-spec --example tables`", chapter.file);
    }
}

#[test]
fn generator_refuses_a_marker_that_it_does_not_know_or_that_is_open() {
    let rewrite = |text| tables::rewrite(spec().unwrap(), &|_| None, "text/x.md", text);
    assert_eq!(rewrite("a\n<!-- generated: nothing -->\n<!-- end -->\n").unwrap_err().line, 2);
    assert_eq!(rewrite("<!-- generated: errors -->\n").unwrap_err().line, 1);
    assert!(rewrite("<!-- generated: errors -->\nold\n<!-- end -->\n").unwrap().contains("UNKNOWN_DEVICE"));
}

#[test]
fn each_frame_structure_registry_machine_and_transcript_has_its_place() {
    let text: String = CHAPTERS.iter().map(|chapter| chapter.text).collect();
    let frames = frames().unwrap();
    let wanted = (frames.frames.iter().map(|f| format!("frame {}", f.name)))
        .chain(frames.structures.iter().map(|s| format!("structure {}", s.name)))
        .chain(frames.registries.iter().map(|r| format!("registry {}", r.name)))
        .chain(machines().unwrap().iter().map(|m| format!("machine {}", m.name)))
        .chain(transcripts().unwrap().iter().map(|t| format!("transcript {}", t.name)))
        .chain(["errors", "limits", "profiles", "grease", "frames", "unknown-values"].map(str::to_owned));
    for name in wanted {
        let marker = format!("<!-- generated: {name} -->\n");
        assert_eq!(text.matches(&marker).count(), 1, "{name}");
    }
}

/// The parts of a frame's section, in the order in which they stand.
const PARTS: [&str; 4] = ["**Sender.**", "**Receiver.**", "**Budget.**", "**Example.**"];

#[test]
fn each_frame_has_its_section_with_all_parts_in_order() {
    let text: String = CHAPTERS.iter().map(|chapter| chapter.text).collect();
    for frame in &frames().unwrap().frames {
        let heading = format!("\n### {}\n", frame.name);
        let (_, after) = text.split_once(&heading).unwrap_or_else(|| panic!("{} has no section", frame.name));
        let section = after.split("\n### ").next().unwrap().split("\n## ").next().unwrap();
        let places: Vec<Option<usize>> = PARTS.iter().map(|part| section.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}: {places:?}", frame.name);
        let end = section.find("<!-- end -->").unwrap();
        assert!(Some(end) < places[0], "{}: the figure comes first", frame.name);
        assert!(
            section.contains(&format!("Vector `{}/golden`", frame.name)),
            "{}: has an example",
            frame.name
        );
    }
}

#[test]
fn each_limit_that_is_named_exists() {
    let known = |name: &str| {
        let fields = frames().unwrap().frames.iter().flat_map(|frame| {
            frame.fields.iter().chain(frame.extensions.iter().map(|extension| &extension.field))
        });
        limits().unwrap().named(name).is_some()
            || fields
                .flat_map(pinnace_spec::Field::with_items)
                .any(|field| field.name == name || field.grammar == name)
            || frames().unwrap().structures.iter().any(|s| s.fields.iter().any(|field| field.name == name))
    };
    for chapter in CHAPTERS {
        for (index, line) in chapter.text.lines().enumerate() {
            for name in line.split('`').skip(1).step_by(2) {
                let is_limit =
                    ["_ms", "_s", "_max", "_per_h", "_per_address"].iter().any(|end| name.ends_with(end));
                let is_word = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
                assert!(!is_limit || !is_word || known(name), "{}:{}: `{name}`", chapter.file, index + 1);
            }
        }
    }
}

#[test]
fn each_requirement_that_is_cited_exists() {
    for chapter in CHAPTERS {
        let tokens = chapter.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for token in tokens.filter(|token| looks_like_an_id(token)) {
            assert!(pinnace_spec::requirement(token).is_some(), "{}: {token}", chapter.file);
        }
    }
}

fn looks_like_an_id(token: &str) -> bool {
    let prefix = CHAPTERS.iter().map(|chapter| chapter.prefix).filter(|prefix| !prefix.is_empty());
    prefix.clone().any(|prefix| token.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-')))
}

#[test]
fn limits_in_requirements_stand_in_the_limits_table() {
    for rule in pinnace_spec::requirements().unwrap() {
        for word in rule.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let is_limit = ["_ms", "_max", "_cache", "_per_h"].iter().any(|end| word.ends_with(end));
            assert!(!is_limit || limits().unwrap().named(word).is_some(), "{}: {word}", rule.id);
        }
    }
}
