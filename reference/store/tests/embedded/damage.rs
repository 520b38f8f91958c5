//! A journal that a crash cut, or that somebody wrote into.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use pinnace_store::OpenError;

use crate::common::{block_on, carried, hello, read_all};
use crate::left::{leave_messages, open};

const MESSAGES: u64 = 20;

/// A store with messages, each committed by itself, and its journal.
fn written(dir: &Path) -> PathBuf {
    leave_messages(dir, MESSAGES);
    let files = fs::read_dir(dir.join("db")).unwrap().map(|entry| entry.unwrap().path());
    let journals: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "jnl")).collect();
    let [journal] = journals.try_into().unwrap();
    // Less of what the engine has reserved, so that many copies are compared at once.
    let len = content_len(&journal) + 4_096;
    OpenOptions::new().write(true).open(&journal).unwrap().set_len(len).unwrap();
    journal
}

/// Where the journal's content ends: what follows was reserved, not written.
fn content_len(journal: &Path) -> u64 {
    let content = fs::read(journal).unwrap();
    content.iter().rposition(|octet| *octet != 0).unwrap() as u64 + 1
}

/// Takes back what the mark was told last, as a crash before that does.
fn lag(dir: &Path) {
    let path = dir.join("MARK");
    let mark = fs::read(&path).unwrap();
    let newest = if mark.get(..8) > mark.get(512..520) { 0 } else { 512 };
    overwrite(&path, newest, &[0; 16]);
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
        // What the mark counts was durable: no crash cuts it.
        check_refused(scratch.path(), |error| matches!(error, OpenError::Missing { count: 1, .. }));
        lag(scratch.path());
        check_beginning(scratch.path(), MESSAGES - 1);
    }
}

#[test]
fn zeros_in_place_of_the_end_of_the_last_commit_lose_it_only() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    overwrite(&journal, content_len(&journal) - 100, &[0; 100]);
    lag(scratch.path());
    check_beginning(scratch.path(), MESSAGES - 1);
}

#[test]
fn zeros_within_the_last_commit_lose_it_only() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    // The end was brought to the disk, a page before it was not.
    overwrite(&journal, content_len(&journal) - 200, &[0; 100]);
    lag(scratch.path());
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

/// What the files are, to see whether anything changed: names, lengths, octets.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), fs::read(path).unwrap()));
        }
    }
    found.sort();
    found
}

/// The store refuses to open, and leaves all files as they are.
#[track_caller]
fn check_refused(dir: &Path, is_expected: impl Fn(&OpenError) -> bool) {
    let before = files(dir);
    match open(dir) {
        Err(error) if is_expected(&error) => {}
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened over damage"),
    }
    assert!(files(dir) == before, "files were changed");
}

fn overwrite(path: &Path, at: u64, octets: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(octets).unwrap();
}

#[test]
fn a_damaged_commit_in_the_middle_is_told_and_nothing_is_cut() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    let (sound, len) = (fs::read(&journal).unwrap(), content_len(&journal));
    for at in (0..usize::try_from(len).unwrap()).step_by(37) {
        overwrite(&journal, at as u64, &[sound[at] ^ 0x11]);
        check_refused(scratch.path(), |error| {
            matches!(error, OpenError::Missing { .. } | OpenError::Damaged { .. })
        });
        overwrite(&journal, at as u64, &[sound[at]]);
    }
    check_beginning(scratch.path(), MESSAGES);
}

#[test]
fn a_changed_sequence_number_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    let sound = fs::read(&journal).unwrap();
    // Behind the end of each commit: its successor's first octet, item count and sequence number.
    let ends = sound.windows(5).enumerate().filter(|(_, octets)| *octets == b"FJL\x03\x01");
    let places: Vec<usize> = [5].into_iter().chain(ends.map(|(end, _)| end + 9)).collect();
    assert!(places.len() as u64 > MESSAGES);
    for place in &places {
        for at in [*place, place + 2, place + 7] {
            overwrite(&journal, at as u64, &[sound[at] ^ 0x40]);
            // A last commit may be numbered higher: nothing stands behind it.
            if let Ok(store) = open(scratch.path()) {
                store.close();
                assert_eq!(Some(place), places.last(), "octet {at}");
            }
            fs::write(&journal, &sound).unwrap();
        }
    }
    // Lower than any: the engine would take the first commit for one that lies in a table.
    assert_ne!(sound.get(5), Some(&0));
    overwrite(&journal, 5, &[0]);
    check_refused(scratch.path(), |error| matches!(error, OpenError::Damaged { .. }));
    fs::write(&journal, &sound).unwrap();
    check_beginning(scratch.path(), MESSAGES);
}

#[test]
fn without_the_mark_the_store_goes_on_with_what_is_left() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    overwrite(&journal, content_len(&journal) / 2, &[0xee; 4]);
    check_refused(scratch.path(), |error| {
        let told = error.to_string();
        matches!(error, OpenError::Missing { count, .. } if (5..MESSAGES).contains(count))
            && told.contains("MARK")
    });
    fs::remove_file(scratch.path().join("MARK")).unwrap();
    check_beginning(scratch.path(), 5);
    open(scratch.path()).unwrap().close();
}

#[test]
fn journals_that_are_gone_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    OpenOptions::new().write(true).open(&journal).unwrap().set_len(0).unwrap();
    assert!(matches!(open(scratch.path()), Err(OpenError::Missing { .. })));
    fs::remove_file(&journal).unwrap();
    check_refused(scratch.path(), |error| matches!(error, OpenError::Damaged { .. }));
}

#[test]
fn a_torn_first_commit_of_a_journal_is_cut_off() {
    let scratch = tempfile::tempdir().unwrap();
    let journal = written(scratch.path());
    let first = {
        let sound = fs::read(&journal).unwrap();
        sound.windows(4).position(|octets| octets == b"FJL\x03").unwrap() + 4
    };
    // As a crash leaves it in the first commit: a page of zeros within, and the mark does not know of it.
    let file = OpenOptions::new().write(true).open(&journal).unwrap();
    file.set_len(first as u64).unwrap();
    overwrite(&journal, first as u64 - 40, &[0; 4]);
    check_refused(scratch.path(), |error| matches!(error, OpenError::Missing { .. }));
    fs::remove_file(scratch.path().join("MARK")).unwrap();
    open(scratch.path()).unwrap().close();
}

#[test]
fn a_damaged_or_missing_manifest_is_told_and_nothing_is_deleted() {
    for (name, at) in [("v0", 60), ("v0", 200), ("current", 3), ("current", 12), ("current", 24)] {
        let scratch = tempfile::tempdir().unwrap();
        written(scratch.path());
        let path = scratch.path().join("db/keyspaces/1").join(name);
        let mut octets = fs::read(&path).unwrap();
        octets[at] ^= 8;
        fs::write(&path, octets).unwrap();
        check_refused(scratch.path(), |error| matches!(error, OpenError::Damaged { .. }));
    }
    for name in [
        "db/version",
        "db/keyspaces/0/current",
        "db/keyspaces/1/current",
        "db/keyspaces/1/v0",
        "db/keyspaces/0/tables/0",
    ] {
        let scratch = tempfile::tempdir().unwrap();
        written(scratch.path());
        fs::remove_file(scratch.path().join(name)).unwrap();
        check_refused(scratch.path(), |error| matches!(error, OpenError::Damaged { .. }));
    }
}

#[test]
fn a_mark_that_is_damaged_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    written(scratch.path());
    fs::write(scratch.path().join("MARK"), [7; 600]).unwrap();
    check_refused(scratch.path(), |error| matches!(error, OpenError::Damaged { .. }));
}
