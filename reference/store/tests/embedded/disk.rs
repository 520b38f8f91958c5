//! A full disk and a disk that turned read-only, on a small file system of its own.

use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::Command;

use futures_util::future::join_all;
use pinnace_home::{Outcome, SendDone};
use pinnace_store::{Embedded, Notice, OpenError, Options, Store, StoreError};

use crate::common::{block_on, carried, hello, message, read_all, register, rules};

/// A small file system, unmounted when dropped.
struct SmallDisk {
    path: PathBuf,
    _scratch: tempfile::TempDir,
}

fn run(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
}

impl SmallDisk {
    /// `None`, loudly, where this process may not mount.
    fn mount(size: &str) -> Option<Self> {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().to_path_buf();
        if run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", path.to_str()?]) {
            return Some(Self { path, _scratch: scratch });
        }
        eprintln!("SKIPPED: this process may not mount a tmpfs, so that a full disk cannot be tried");
        None
    }

    fn remount(&self, options: &str) {
        assert!(
            run("mount", &["-o", &format!("remount,{options}"), self.path.to_str().unwrap()]),
            "remount {options}"
        );
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run("umount", &["-l", self.path.to_str().unwrap()]);
    }
}

fn open(dir: &Path) -> Result<Embedded, OpenError> {
    Embedded::open(dir, Options { rules: rules(), ..Options::default() })
}

/// Sends until the store does not answer. Gives the first number without an outcome.
async fn send_until_unavailable(store: &Embedded, session: pinnace_home::Session, first: u64) -> u64 {
    for seq in first..first + 10_000 {
        match store.send(message(session, seq, 0, 50_000)).await {
            Ok(done) => assert_eq!(done, SendDone::Outcome(Outcome::Accepted)),
            Err(error) => {
                assert_eq!(error, StoreError::Unavailable);
                return seq;
            }
        }
    }
    panic!("the disk never filled");
}

/// Sends the same number until the store answers again.
async fn send_until_accepted(store: &Embedded, session: pinnace_home::Session, seq: u64) {
    for _ in 0..1_000 {
        match store.send(message(session, seq, 0, 50_000)).await {
            Ok(done) => {
                assert_eq!(done, SendDone::Outcome(Outcome::Accepted));
                return;
            }
            Err(error) => assert_eq!(error, StoreError::Unavailable),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the store never came back");
}

async fn check_messages(store: &Embedded, count: u64) {
    assert_eq!(carried(&read_all(store, 0).await.unwrap()), (1..=count).collect::<Vec<u64>>());
}

#[test]
fn a_full_disk_is_told_and_mended_without_a_restart() {
    let Some(disk) = SmallDisk::mount("12m") else { return };
    let dir = disk.path.join("data");
    let (sender, notices) = std::sync::mpsc::channel();
    let notify = Box::new(move |batch: Vec<Notice>| sender.send(batch).unwrap());
    let store = Embedded::open(&dir, Options { rules: rules(), notify, ..Options::default() }).unwrap();
    let seq = block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        let seq = send_until_unavailable(&store, session, 1).await;
        disk.remount("size=200m");
        send_until_accepted(&store, session, seq).await;
        check_messages(&store, seq).await;
        seq
    });
    let reopened = store.metrics().reopened;
    assert!(reopened >= 1);
    store.close();
    // A commit of unknown fate may have made mailboxes grow: whoever waits for one is told to look.
    let told = notices.iter().flatten().filter(|notice| *notice == Notice::Reopened).count();
    assert_eq!(told as u64, reopened);
    let store = open(&dir).unwrap();
    block_on(check_messages(&store, seq));
}

#[test]
fn what_was_run_over_a_commit_that_failed_is_not_accepted() {
    let Some(disk) = SmallDisk::mount("12m") else { return };
    let dir = disk.path.join("data");
    let store = open(&dir).unwrap();
    let last = 3_000;
    block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        // More than fits one group, and more than fits the disk: some are run while the commit before them fails.
        let answers = join_all((1..=last).map(|seq| store.send(message(session, seq, 0, 50_000)))).await;
        let accepted = Ok(SendDone::Outcome(Outcome::Accepted));
        let first_lost = answers.iter().position(|answer| *answer != accepted).unwrap();
        assert!(answers[first_lost..].iter().all(|answer| *answer != accepted), "{answers:?}");
        disk.remount("size=200m");
        for seq in first_lost as u64 + 1..=last {
            send_until_accepted(&store, session, seq).await;
        }
        check_messages(&store, last).await;
    });
    store.close();
    block_on(check_messages(&open(&dir).unwrap(), last));
}

#[test]
fn a_disk_that_turns_read_only_is_told_and_mended_without_a_restart() {
    let Some(disk) = SmallDisk::mount("200m") else { return };
    let dir = disk.path.join("data");
    let store = open(&dir).unwrap();
    let session = block_on(async {
        register(&store, 0).await.unwrap();
        hello(&store, 0, 1).await.unwrap().session
    });
    store.close();
    disk.remount("ro");
    let error = open(&dir).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    disk.remount("rw");
    let store = open(&dir).unwrap();
    block_on(async {
        send_until_accepted(&store, session, 1).await;
        check_messages(&store, 1).await;
    });
}
