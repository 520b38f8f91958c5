//! The list of mutants that survive speaks of code that is still there, and gives a reason for each.

use std::path::Path;

/// Shortest reason that can be one.
const REASON_LEN_MIN: usize = 40;

#[test]
fn every_survivor_names_code_that_stands_and_a_reason() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table: toml::Table = std::fs::read_to_string(here.join("survivors.toml")).unwrap().parse().unwrap();
    for row in table["survivor"].as_array().unwrap() {
        let word = |name: &str| row[name].as_str().unwrap();
        let mutant = word("mutant");
        let (file, _) = mutant.split_once(": ").unwrap();
        let source = std::fs::read_to_string(here.join("../..").join(file)).unwrap_or_default();
        assert!(source.lines().any(|line| line.trim() == word("line")), "{mutant}: no such line");
        if let Some(function) = function(mutant) {
            assert!(source.contains(&format!("fn {function}")), "{mutant}: no such function");
        }
        assert!(word("reason").len() >= REASON_LEN_MIN, "{mutant}: no reason");
    }
}

/// The name of the function that a mutant is in: "replace < with <= in Type::name", "replace Type::name -> T with …".
fn function(mutant: &str) -> Option<&str> {
    let path = match mutant.rsplit_once(" in ") {
        Some((_, path)) => path,
        None => mutant.split_once(": replace ")?.1.split_once(" -> ")?.0,
    };
    path.rsplit("::").next()
}

/// The figures at the head of the list are whole: what was judged is unviable, killed, or listed as one of the sample.
#[test]
fn the_figures_add_up() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table: toml::Table = std::fs::read_to_string(here.join("survivors.toml")).unwrap().parse().unwrap();
    for package in table["package"].as_array().unwrap() {
        let folder = package["folder"].as_str().unwrap();
        let count = |name: &str| usize::try_from(package[name].as_integer().unwrap()).unwrap();
        let listed = table["survivor"].as_array().unwrap();
        let is_alive = |row: &&toml::Value| {
            row["mutant"].as_str().unwrap().starts_with(folder) && row.get("sampled").is_none()
        };
        let alive = listed.iter().filter(is_alive).count();
        let sum = count("unviable") + count("by_tests") + count("by_time") + count("by_suite") + alive;
        assert_eq!(count("judged"), sum, "{folder}");
        assert!(alive * 10 <= count("judged") - count("unviable"), "{folder}: more than a tenth survives");
    }
}
