//! Every entry of the corpora and every seed goes through its target, without a fuzzer.
#![expect(clippy::expect_used, reason = "a test says what is missing by failing")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pinnace_fuzz_targets::{TARGETS, Target, dictionary, seeds};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Tells which entry it was when its run ends in a panic.
struct Entry(String);

impl Drop for Entry {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the entry is {}", self.0);
        }
    }
}

fn run(target: Target, name: String, octets: &[u8]) {
    let _entry = Entry(name);
    target(octets);
}

#[track_caller]
fn check(name: &str) {
    let (_, target) = TARGETS.into_iter().find(|(found, _)| *found == name).expect("a target of that name");
    let folder = fuzz().join("corpus").join(name);
    let entries = fs::read_dir(&folder).expect("a folder of the corpus");
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    for path in paths {
        run(target, path.display().to_string(), &fs::read(&path).expect("an entry that can be read"));
    }
    for (index, seed) in seeds::seeds(name).iter().enumerate() {
        run(target, format!("seed {index}: {seed:02x?}"), seed);
    }
}

#[test]
fn content_holds() {
    check("content");
}

#[test]
fn decode_holds() {
    check("decode");
}

#[test]
fn deframe_holds() {
    check("deframe");
}

#[test]
fn home_holds() {
    check("home");
}

#[test]
fn no_amplification_holds() {
    check("no_amplification");
}

#[test]
fn round_trip_holds() {
    check("round_trip");
}

#[test]
fn session_holds() {
    check("session");
}

#[test]
fn split_invariance_holds() {
    check("split_invariance");
}

#[test]
fn store_recovery_holds() {
    check("store_recovery");
}

#[test]
fn every_target_has_a_corpus_and_a_fuzzer() {
    for (name, _) in TARGETS {
        let fuzzer = fuzz().join("fuzz_targets").join(format!("{name}.rs"));
        assert!(fuzzer.is_file(), "{} is missing", fuzzer.display());
        assert!(fuzz().join("corpus").join(name).is_dir(), "{name} has no corpus");
    }
}

#[test]
fn what_is_kept_stands_in_the_corpora() {
    for (name, _) in TARGETS {
        let folder = fuzz().join("corpus").join(name);
        let entries = fs::read_dir(&folder).expect("a folder of the corpus");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
        let is_kept = |name: &String| !name.bytes().all(|octet| octet.is_ascii_hexdigit());
        let found: BTreeMap<String, Vec<u8>> = names
            .filter(is_kept)
            .map(|name| (name.clone(), fs::read(folder.join(name)).expect("an entry that can be read")))
            .collect();
        let kept: BTreeMap<String, Vec<u8>> = seeds::kept(name).into_iter().collect();
        assert_eq!(found, kept, "{name}; run: cargo run -p pinnace-fuzz-targets --example seeds");
    }
}

#[test]
fn the_dictionary_is_that_of_the_data() {
    let found = fs::read_to_string(fuzz().join("pinnace.dict")).expect("fuzz/pinnace.dict");
    assert_eq!(found, dictionary::dictionary(), "run: cargo run -p pinnace-fuzz-targets --example seeds");
}
