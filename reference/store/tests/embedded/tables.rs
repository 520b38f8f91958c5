//! Tables that somebody wrote into, and journals that were cut between two commits.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};

use pinnace_home::{Outcome, SendDone};
use pinnace_store::{OpenError, Store, StoreError};

use crate::common::{ack, block_on, carried, hello, message, read_all};
use crate::left::{leave_messages, open};

const MESSAGES: u64 = 40;

/// Brings all rows into a table, which the store itself does at 64 MiB.
fn bring_into_table(dir: &Path) {
    let database = fjall::Database::builder(dir.join("db")).open().unwrap();
    let rows = database.keyspace("rows", fjall::KeyspaceCreateOptions::default).unwrap();
    rows.rotate_memtable_and_wait().unwrap();
}

/// Every octet of its end, some of the others.
fn places(len: usize) -> impl Iterator<Item = usize> {
    (0..len).filter(move |at| at % 211 == 0 || (len.saturating_sub(300) < *at && at % 3 == 0))
}

/// The store refuses to open, or gives everything, or says that it cannot read.
#[track_caller]
fn check(dir: &Path) -> Result<(), OpenError> {
    let store = open(dir)?;
    block_on(async {
        match read_all(&store, 0).await {
            Ok(items) => assert_eq!(carried(&items), (1..=MESSAGES).collect::<Vec<u64>>()),
            Err(error) => assert_eq!(error, StoreError::Unavailable),
        }
    });
    store.close();
    Ok(())
}

#[test]
fn a_damaged_table_is_told_and_ends_no_process() {
    for keyspace in ["0", "1"] {
        let scratch = tempfile::tempdir().unwrap();
        leave_messages(scratch.path(), MESSAGES);
        bring_into_table(scratch.path());
        let folder = scratch.path().join("db/keyspaces").join(keyspace).join("tables");
        let table = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        let sound = fs::read(&table).unwrap();
        let mut refused = 0;
        for at in places(sound.len()) {
            let mut octets = sound.clone();
            *octets.get_mut(at).unwrap() ^= 0x21;
            fs::write(&table, octets).unwrap();
            match check(scratch.path()) {
                Ok(()) => {}
                Err(OpenError::Damaged { .. } | OpenError::Engine { .. }) => refused += 1,
                Err(error) => panic!("octet {at}: {error}"),
            }
        }
        assert!(refused > 50, "{refused}");
        // The engine would ask for memory for four thousand million sections.
        let mut octets = sound.clone();
        let count = octets.windows(4).rposition(|octets| octets == b"TOC!").unwrap() + 4;
        octets.get_mut(count..count + 4).unwrap().fill(0xff);
        fs::write(&table, octets).unwrap();
        assert!(matches!(check(scratch.path()), Err(OpenError::Damaged { .. })));
        fs::write(&table, sound).unwrap();
        check(scratch.path()).unwrap();
    }
}

#[test]
fn a_damaged_block_that_an_operation_meets_fails_it_and_no_other() {
    let scratch = tempfile::tempdir().unwrap();
    leave_messages(scratch.path(), MESSAGES);
    bring_into_table(scratch.path());
    let folder = scratch.path().join("db/keyspaces/1/tables");
    let table = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let mut octets = fs::read(&table).unwrap();
    // Messages of the mailbox.
    *octets.get_mut(6_000).unwrap() ^= 0x21;
    fs::write(&table, octets).unwrap();
    let store = open(scratch.path()).unwrap();
    block_on(async {
        assert_eq!(read_all(&store, 0).await.unwrap_err(), StoreError::Unavailable);
        let session = hello(&store, 0, 2).await.unwrap().session;
        assert_eq!(ack(&store, session, MESSAGES).await, Err(StoreError::Unavailable));
        // The engine is opened again meanwhile.
        let mut answer = store.send(message(session, MESSAGES + 1, 0, 300)).await;
        for _ in 0..1_000 {
            if answer != Err(StoreError::Unavailable) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer = store.send(message(session, MESSAGES + 1, 0, 300)).await;
        }
        assert_eq!(answer, Ok(SendDone::Outcome(Outcome::Accepted)));
    });
    assert!(store.metrics().reopened >= 1);
    store.close();
}

/// The journal in two: until the end of this commit, and from the beginning of that one.
fn split(dir: &Path, until: usize, from: usize) -> PathBuf {
    let mut files = fs::read_dir(dir.join("db")).unwrap().map(|entry| entry.unwrap().path());
    let journal = files.find(|path| path.extension().is_some_and(|name| name == "jnl")).unwrap();
    let number: u64 = journal.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let octets = fs::read(&journal).unwrap();
    let ends = octets.windows(4).enumerate().filter(|(_, octets)| octets == b"FJL\x03");
    let ends: Vec<usize> = ends.map(|(at, _)| at + 4).collect();
    fs::write(&journal, octets.get(..*ends.get(until).unwrap()).unwrap()).unwrap();
    let last = *ends.last().unwrap();
    let next = journal.with_file_name(format!("{}.jnl", number + 1));
    fs::write(&next, octets.get(*ends.get(from - 1).unwrap()..last).unwrap()).unwrap();
    next
}

#[test]
fn a_commit_that_is_missing_between_two_journals_is_told() {
    for (until, from) in [(20, 21), (20, 22), (20, 20), (20, 30)] {
        let scratch = tempfile::tempdir().unwrap();
        leave_messages(scratch.path(), MESSAGES);
        split(scratch.path(), until, from);
        match check(scratch.path()) {
            Ok(()) => assert_eq!(from, until + 1),
            Err(OpenError::Damaged { .. }) => assert_ne!(from, until + 1),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn without_journal_or_manifest_nothing_opens_even_if_the_mark_is_gone() {
    for name in ["db/0.jnl", "db/version", "db/keyspaces/0/current", "db/keyspaces/1/current"] {
        let scratch = tempfile::tempdir().unwrap();
        leave_messages(scratch.path(), MESSAGES);
        bring_into_table(scratch.path());
        fs::remove_file(scratch.path().join("MARK")).unwrap();
        fs::remove_file(scratch.path().join(name)).unwrap();
        assert!(matches!(check(scratch.path()), Err(OpenError::Damaged { .. })), "{name}");
        assert!(fs::read_dir(scratch.path().join("db/keyspaces/1/tables")).unwrap().next().is_some());
    }
}

#[test]
fn what_lies_in_tables_may_be_missing_in_the_journal() {
    let scratch = tempfile::tempdir().unwrap();
    leave_messages(scratch.path(), MESSAGES);
    bring_into_table(scratch.path());
    fs::remove_file(split(scratch.path(), 20, 21)).unwrap();
    fs::remove_file(scratch.path().join("MARK")).unwrap();
    for counter in 2..5 {
        let store = open(scratch.path()).unwrap();
        block_on(async {
            let session = hello(&store, 0, counter).await.unwrap().session;
            store.send(message(session, MESSAGES - 1 + counter, 0, 300)).await.unwrap();
            assert_eq!(read_all(&store, 0).await.unwrap().len() as u64, MESSAGES - 1 + counter);
        });
        store.close();
    }
}
