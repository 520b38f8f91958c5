//! The HTML report in a real browser, scripts off.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::reports::every_sort;
use crate::toy::{judge, suite};

/// Names under which a Chromium is installed.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// What the browser makes of the page: its document after parsing, with scripts off.
fn document(page: &Path, profile: &Path) -> Option<String> {
    let run = |name: &str| {
        Command::new(name)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg("--dump-dom")
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", page.display()))
            .output()
            .ok()
    };
    let output = CHROMIUM.iter().find_map(|name| run(name))?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn page_works_with_scripts_off() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    judge(&suite(every_sort()), &["--html", page.to_str().unwrap()]);
    // The browser's own switch for scripts also stops it from printing the document, so the page forbids them.
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(&page, text.replace("script-src 'unsafe-inline'", "script-src 'none'")).unwrap();
    let Some(document) = document(&page, &folder.path().join("profile")) else {
        assert!(std::env::var_os("CI").is_none(), "no chromium, and CI is set: the page would go untested");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: no chromium here, the HTML report is not opened in a browser"
        );
        return;
    };
    let count = |words: &str| document.matches(words).count();
    assert_eq!(count("<details class=\"case "), 7);
    assert_eq!(count("open=\"\""), 1, "the failed case is open");
    assert!(document.contains("<span class=\"badge fail\">fail</span>"));
    assert!(document.contains("A toy MUST answer echo with the same words."));
    assert!(document.contains("<span class=\"line\">LINE &lt;echo hush&gt;</span>"));
    assert!(document.contains("id=\"show-pass\""), "the verdicts can be filtered without a script");
    assert_eq!(count("class=\"scripted\""), 0, "scripts are off");
    assert!(!document.contains("<b>shout</b>"), "text from the specification stays text");
}
