//! What a restart finds.

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use pinnace_home::{Gap, GapReason, Item, Outcome, Rules, SendDone};
use pinnace_store::{Clock, Embedded, OpenError, Options, Store};

use crate::common::{block_on, carried, hello, message, read_all, register, rules, told};

fn open(dir: &Path) -> Embedded {
    Embedded::open(dir, Options { rules: rules(), ..Options::default() }).unwrap()
}

#[test]
fn everything_is_there_after_a_restart() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("a").join("b");
    let store = open(&dir);
    block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        join_all((1..=100).map(|seq| store.send(message(session, seq, 0, 8)))).await;
    });
    store.close();
    let store = open(&dir);
    block_on(async {
        assert!(hello(&store, 0, 1).await.is_err(), "the counter was taken");
        let resumed = hello(&store, 0, 2).await.unwrap();
        assert_eq!(
            (resumed.session.epoch.value(), resumed.handled.value(), resumed.mailbox_last.value()),
            (2, 100, 100)
        );
        assert_eq!(
            store.send(message(resumed.session, 100, 0, 8)).await,
            Ok(SendDone::Outcome(Outcome::Accepted))
        );
        assert_eq!(store.send(message(resumed.session, 100, 0, 9)).await, Ok(SendDone::Conflict));
        assert_eq!(carried(&read_all(&store, 0).await.unwrap()), (1..=100).collect::<Vec<u64>>());
    });
}

#[test]
fn what_fell_due_while_the_store_was_closed_is_swept_when_it_opens() {
    let scratch = tempfile::tempdir().unwrap();
    let time = Arc::new(AtomicU64::new(1_000_000));
    let open = || {
        let time = Arc::clone(&time);
        let clock = Clock::new(move || time.load(Ordering::Relaxed));
        let rules = Rules { retention_s: 10, ..rules() };
        Embedded::open(scratch.path(), Options { rules, clock, ..Options::default() }).unwrap()
    };
    let store = open();
    block_on(async {
        register(&store, 0).await.unwrap();
        register(&store, 1).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        store.send(message(session, 1, 1, 8)).await.unwrap();
    });
    store.close();
    time.fetch_add(10_000, Ordering::Relaxed);
    let store = open();
    block_on(async {
        while told(&read_all(&store, 0).await.unwrap()) != [1] {}
        let gap = Item::Gap(Gap {
            mailbox_seq: pinnace_home::MailboxSeq::new(1).unwrap(),
            count: 1,
            reason: GapReason::Expired,
        });
        assert_eq!(read_all(&store, 1).await.unwrap(), [gap]);
    });
}

#[test]
fn a_directory_of_another_format_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    open(scratch.path()).close();
    fs::write(scratch.path().join("FORMAT"), "pinnace-store 2\n").unwrap();
    let error = Embedded::open(scratch.path(), Options::default()).unwrap_err();
    assert!(matches!(&error, OpenError::WrongFormat { found, .. } if found == "pinnace-store 2"), "{error}");
}

#[test]
fn a_directory_of_something_else_is_refused_and_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("letter.txt"), "dear").unwrap();
    let error = Embedded::open(scratch.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::NotADataDir { .. }), "{error}");
    assert!(!scratch.path().join("db").exists());
}

#[test]
fn a_directory_in_use_is_refused_until_it_is_free() {
    let scratch = tempfile::tempdir().unwrap();
    let store = open(scratch.path());
    let error = Embedded::open(scratch.path(), Options::default()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    store.close();
    open(scratch.path()).close();
}

#[test]
fn limits_that_contradict_the_protocol_are_refused_before_anything_is_made() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("data");
    let options = Options {
        rules: Rules { outcome_cache: 16, inflight_max: 17, ..Rules::default() },
        ..Options::default()
    };
    assert!(matches!(Embedded::open(&dir, options), Err(OpenError::Rules(_))));
    assert!(!dir.exists());
}
