//! A client that dies at any step, once or more often, goes on from its store: what left it is what it stored, and no
//! key encrypted two messages.
#![expect(clippy::panic, reason = "a test says what is missing by failing")]

mod world;

use pinnace_e2ee::{Change, Error, Event, Memory, Mls as _, Request, Suite};
use world::{NOW_S, Side, side, together};

const GROUP: &[u8] = b"conversation id.";

/// A client's disk: keys and outbox, written in one transaction.
#[derive(Clone, Default)]
struct Disk {
    keys: Memory,
    outbox: Vec<Vec<u8>>,
}

/// Where the client dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// With the change in its hands.
    BeforeTransaction,
    /// In the transaction, which takes effect wholly or not at all: not at all.
    InTransaction,
    /// After it, before anything was sent: the outbox sends it after the restart.
    AfterTransaction,
    Never,
}

const DEATHS: [Death; 4] =
    [Death::BeforeTransaction, Death::InTransaction, Death::AfterTransaction, Death::Never];

/// Stores a change with its outbox row, unless the client dies before.
fn run<T>(
    disk: &mut Disk,
    change: Change<T>,
    death: Death,
    rows: impl FnOnce(&T) -> Vec<Vec<u8>>,
) -> Option<T> {
    if death == Death::BeforeTransaction {
        return None;
    }
    let stored = change.commit(|writes, result| {
        let mut next = disk.clone();
        next.keys.apply(writes);
        next.outbox.extend(rows(result));
        if death == Death::InTransaction {
            return Err(());
        }
        *disk = next;
        Ok(())
    });
    (death != Death::AfterTransaction).then_some(stored.ok()).flatten()
}

/// What the server gets: the outbox, after a restart too.
fn sent(disk: &mut Disk) -> Vec<Vec<u8>> {
    core::mem::take(&mut disk.outbox)
}

fn opened() -> (Side, Disk, Side) {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let disk = Disk { keys: alice.store.clone(), outbox: Vec::new() };
    (alice, disk, bob)
}

#[test]
fn messages_that_left_were_stored_and_each_has_a_key_of_its_own() {
    for first in DEATHS {
        for second in DEATHS {
            let (alice, mut disk, mut bob) = opened();
            let mut released = Vec::new();
            let mut promised = 0;
            for (number, death) in [first, second, Death::Never, first, Death::Never].into_iter().enumerate()
            {
                let content = format!("{number}: {death:?}");
                let change = alice.device.encrypt(&disk.keys, GROUP, content.as_bytes(), b"").unwrap();
                let result = run(&mut disk, change, death, |sealed| vec![sealed.clone()]);
                promised += usize::from(result.is_some());
                released.extend(sent(&mut disk).into_iter().map(|sealed| (content.clone(), sealed)));
            }
            // A key that served twice would be gone at its second message.
            for (content, sealed) in &released {
                assert_eq!(bob.read(GROUP, sealed).content.as_slice(), content.as_bytes());
            }
            assert!(released.len() >= promised && promised >= 2, "{first:?} {second:?}");
        }
    }
}

#[test]
fn reading_is_undone_by_a_crash_and_repeated_after_it() {
    for death in DEATHS {
        let (alice, mut disk, mut bob) = opened();
        let sealed = bob.say(GROUP, b"once", b"");
        let change = alice.device.process(&disk.keys, GROUP, &sealed).unwrap();
        let heard = run(&mut disk, change, death, |_| Vec::new());
        let again = alice.device.process(&disk.keys, GROUP, &sealed);
        match death {
            Death::BeforeTransaction | Death::InTransaction => {
                assert!(heard.is_none());
                let change = again.unwrap();
                assert!(matches!(
                    run(&mut disk, change, Death::Never, |_| Vec::new()),
                    Some(Event::Message(_))
                ));
            }
            Death::AfterTransaction | Death::Never => assert!(matches!(again, Err(Error::KeyUsed))),
        }
    }
}

#[test]
fn commit_survives_a_crash_at_each_step_or_never_was() {
    for at_commit in DEATHS {
        for at_confirm in DEATHS {
            let (alice, mut disk, mut bob) = opened();
            let commits = drive(&mut disk, at_commit, |disk, death| {
                let change = match alice.device.commit(&disk.keys, GROUP, &Request::default(), NOW_S) {
                    Ok(change) => change,
                    Err(Error::CommitPending) => return true,
                    Err(error) => panic!("{error}"),
                };
                run(disk, change, death, |made| vec![made.commit.clone()]);
                false
            });
            let [commit] = commits.as_slice() else { panic!("{} commits", commits.len()) };
            assert!(matches!(bob.hear(GROUP, commit), Ok(Event::Committed(_))));
            drive(&mut disk, at_confirm, |disk, death| {
                let change = match alice.device.confirm(&disk.keys, GROUP) {
                    Ok(change) => change,
                    Err(Error::NoCommitPending) => return true,
                    Err(error) => panic!("{error}"),
                };
                run(disk, change, death, |_| Vec::new());
                false
            });
            let change = alice.device.encrypt(&disk.keys, GROUP, b"after", b"").unwrap();
            let sealed = run(&mut disk, change, Death::Never, |_| Vec::new()).unwrap();
            assert_eq!(bob.read(GROUP, &sealed).epoch, 2, "{at_commit:?} {at_confirm:?}");
        }
    }
}

#[test]
fn join_survives_a_crash_or_never_was() {
    for death in DEATHS {
        let (mut alice, mut bob) = (side(1, 1), side(2, 2));
        let keys = bob.key_package(Suite::AES_128);
        let made = alice.create(GROUP, Suite::AES_128, &[&keys]);
        alice.confirm(GROUP);
        let welcome = made.welcome.unwrap();
        let mut disk = Disk { keys: bob.store.clone(), outbox: Vec::new() };
        drive(&mut disk, death, |disk, death| {
            let change = match bob.device.join(&disk.keys, &welcome) {
                Ok(change) => change,
                // The one-time KeyPackage went with the transaction that made the group.
                Err(Error::NotForUs) => return true,
                Err(error) => panic!("{error}"),
            };
            run(disk, change, death, |_| Vec::new());
            false
        });
        bob.store = disk.keys;
        let sealed = alice.say(GROUP, b"in", b"");
        assert_eq!(bob.read(GROUP, &sealed).content.as_slice(), b"in", "{death:?}");
    }
}

/// Repeats a step until it says that it is done: with the death first, then without. Tells what was sent.
fn drive(disk: &mut Disk, death: Death, mut step: impl FnMut(&mut Disk, Death) -> bool) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for death in [death, Death::Never, Death::Never] {
        let is_done = step(disk, death);
        out.extend(sent(disk));
        if is_done {
            return out;
        }
    }
    panic!("a step that does not end");
}
