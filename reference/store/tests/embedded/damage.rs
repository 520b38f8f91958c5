//! A journal that a crash cut, or that somebody wrote into.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pinnace_store::{Embedded, OpenError, Options, Store};

use crate::common::{block_on, carried, hello, message, read_all, register, rules};

const MESSAGES: u64 = 20;

fn open(dir: &Path) -> Result<Embedded, OpenError> {
    Embedded::open(dir, Options { rules: rules(), ..Options::default() })
}

/// A store with messages, each committed by itself, and its journal.
fn written(dir: &Path) -> PathBuf {
    let store = open(dir).unwrap();
    block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        for seq in 1..=MESSAGES {
            store.send(message(session, seq, 0, 300)).await.unwrap();
        }
    });
    store.close();
    let files = fs::read_dir(dir.join("db")).unwrap().map(|entry| entry.unwrap().path());
    let journals: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "jnl")).collect();
    let [journal] = journals.try_into().unwrap();
    journal
}

/// Where the journal's content ends: what follows was reserved, not written.
fn content_len(journal: &Path) -> u64 {
    let content = fs::read(journal).unwrap();
    content.iter().rposition(|octet| *octet != 0).unwrap() as u64 + 1
}

/// What is left is a whole beginning: the mailbox and the counters of the sender agree.
#[track_caller]
fn check_beginning(dir: &Path, least: u64) {
    let store = open(dir).unwrap();
    block_on(async {
        let handled = hello(&store, 0, 2).await.unwrap().handled.value();
        assert!((least..=MESSAGES).contains(&handled), "{handled} of {MESSAGES}");
        assert_eq!(carried(&read_all(&store, 0).await.unwrap()), (1..=handled).collect::<Vec<u64>>());
    });
}

#[test]
fn a_cut_journal_loses_the_cut_commit_only() {
    for cut in [1, 20, 200] {
        let scratch = tempfile::tempdir().unwrap();
        let journal = written(scratch.path());
        let len = content_len(&journal) - cut;
        OpenOptions::new().write(true).open(&journal).unwrap().set_len(len).unwrap();
        check_beginning(scratch.path(), MESSAGES - 1);
    }
}

#[test]
fn zeros_in_place_of_the_end_of_the_last_commit_lose_it_only() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    let mut file = OpenOptions::new().write(true).open(&journal).unwrap();
    file.seek(SeekFrom::Start(content_len(&journal) - 100)).unwrap();
    file.write_all(&[0; 100]).unwrap();
    drop(file);
    check_beginning(scratch.path(), MESSAGES - 1);
}

#[test]
fn garbage_behind_the_journal_costs_nothing_or_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    let mut file = OpenOptions::new().write(true).open(&journal).unwrap();
    file.seek(SeekFrom::Start(content_len(&journal))).unwrap();
    file.write_all(&[0xee; 64]).unwrap();
    drop(file);
    check_beginning(scratch.path(), MESSAGES);
}

#[test]
fn a_damaged_commit_in_the_middle_is_told_not_skipped() {
    // Each place meets another check of the engine.
    for share in 2..6 {
        let scratch = tempfile::tempdir().unwrap();
        let journal = written(scratch.path());
        let mut file = OpenOptions::new().write(true).open(&journal).unwrap();
        file.seek(SeekFrom::Start(content_len(&journal) / share)).unwrap();
        file.write_all(&[0xee; 4]).unwrap();
        drop(file);
        match open(scratch.path()) {
            Err(OpenError::Engine { .. } | OpenError::Io { .. }) => {}
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("opened over a damaged commit"),
        }
    }
}

#[test]
fn a_damaged_manifest_is_told_and_ends_no_process() {
    for (name, at) in [("v0", 60), ("v0", 200), ("current", 3), ("current", 12), ("current", 24)] {
        let scratch = tempfile::tempdir().unwrap();
        written(scratch.path());
        let path = scratch.path().join("db/keyspaces/1").join(name);
        let mut octets = fs::read(&path).unwrap();
        octets[at] ^= 8;
        fs::write(&path, octets).unwrap();
        match open(scratch.path()) {
            Err(OpenError::Engine { .. } | OpenError::Io { .. }) => {}
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("opened over octet {at} of {name}"),
        }
    }
}
