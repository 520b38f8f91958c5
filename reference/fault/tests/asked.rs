//! Every fault is asked about somewhere in the reference: one that nobody plants would survive for ever.
#![expect(clippy::unwrap_used, reason = "a test says what is missing by failing")]

use std::path::{Path, PathBuf};

#[test]
fn every_fault_is_planted() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in reference/");
    let own = reference.join("fault");
    let mut code = String::new();
    for path in sources(reference).iter().filter(|path| !path.starts_with(&own)) {
        code.push_str(&std::fs::read_to_string(path).unwrap());
    }
    let mut missing = Vec::new();
    let mut count = 0;
    for path in sources(&own.join("src")) {
        let area = path.file_stem().unwrap().to_string_lossy().into_owned();
        for name in std::fs::read_to_string(&path).unwrap().lines().filter_map(listed) {
            count += 1;
            // Asked about by name, or by a function of the area that names it.
            let is_asked = code.contains(&format!("{area}::{name}.is_on()"))
                || code.contains(&format!("planted::{name}.is_on()"));
            let is_grouped = std::fs::read_to_string(&path).unwrap().contains(&format!("{name}.is_on()"));
            if !is_asked && !is_grouped {
                missing.push(format!("{area}::{name}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(count >= 200, "{count} faults");
}

/// The name of the fault that a line of a list gives: `    NAME: Kind ["…"];`.
fn listed(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix("    ")?.split_once(": ")?;
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    (is_name && rest.ends_with("];")).then(|| name.to_owned())
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
    found
}
