//! The source tree, where there is one: whether the tests exist that are said to hold a requirement.

use std::path::{Path, PathBuf};

use super::books::Books;
use super::finding::{Finding, FindingKind};

/// The folder that holds `conformance/` and `reference/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// The tree above a folder, if it stands in one.
    #[must_use]
    pub fn above(folder: &Path) -> Option<Self> {
        let is_root = |folder: &&Path| folder.join("conformance/suite/held.toml").is_file();
        folder.ancestors().find(is_root).map(|root| Self { root: root.to_path_buf() })
    }

    /// A file of the tree.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// A finding for each test of the books that is not there.
    pub(super) fn missing(&self, books: &Books) -> Vec<Finding> {
        let mut tests: Vec<&str> =
            books.held.iter().flat_map(|held| held.by.iter().map(String::as_str)).collect();
        tests.sort_unstable();
        tests.dedup();
        let of = |test: &str| {
            let fault = self.find(test).err()?;
            Some(Finding::new(FindingKind::TestMissing, test, fault))
        };
        tests.into_iter().filter_map(of).collect()
    }

    fn find(&self, test: &str) -> Result<(), String> {
        let Some((file, name)) = test.split_once("::") else {
            return Err("a test is named FILE::NAME".to_owned());
        };
        let text = std::fs::read_to_string(self.path(file)).map_err(|error| error.to_string())?;
        if is_test(&text, name) { Ok(()) } else { Err("the file has no test of that name".to_owned()) }
    }
}

/// Whether a source file has a function of that name under a test attribute, and not ignored.
fn is_test(text: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.starts_with(&head) || line.starts_with(&format!("async {head}")));
    declared.into_iter().any(|(at, _)| {
        let before = lines.get(..at).unwrap_or_default().iter().rev();
        let attributes: Vec<&&str> =
            before.take_while(|line| line.starts_with('#') || line.starts_with("//")).collect();
        let has = |part: &str| attributes.iter().any(|line| line.starts_with('#') && line.contains(part));
        has("test") && !has("ignore")
    })
}

#[cfg(test)]
mod tests {
    use super::is_test;

    const TEXT: &str = "/// Helps.\nfn helper() {}\n\n/// Proves.\n#[test]\nfn proves() {}\n\n\
                        #[tokio::test(flavor = \"current_thread\")]\nasync fn waits() {}\n\n\
                        #[test]\n#[ignore]\nfn sleeps() {}\n";

    #[test]
    fn a_test_is_a_function_under_its_attribute() {
        for (name, is_so) in
            [("proves", true), ("waits", true), ("helper", false), ("sleeps", false), ("prove", false)]
        {
            assert_eq!(is_test(TEXT, name), is_so, "{name}");
        }
    }
}
