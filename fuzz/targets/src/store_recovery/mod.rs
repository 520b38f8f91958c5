//! A data directory that a crash tore, or that somebody wrote into.

mod damage;
mod written;

use std::path::Path;

use pinnace_home::{Item, Outcome, SendDone};
use pinnace_store::OpenError;

use damage::{Damage, Fate};
use written::{MESSAGES, Written, block_on, handled, hello, items, open, send};

/// The octets say how the files of a store are damaged. Opened again after a crash, the store has every commit that was
/// durable, in order and once. After any other damage it has all of them, or it says clearly what is wrong. It takes the next
/// message, and has that, too, when it is opened once more.
///
/// # Panics
/// When something durable is lost in silence, or doubled.
pub fn store_recovery(octets: &[u8]) {
    let written = Written::once();
    let damage = Damage::of(octets, written);
    let scratch = written::scratch();
    damage.write(written, scratch.path());
    let fate = damage.fate(written);
    let Some(found) = check(scratch.path(), &fate) else { return };
    if fate.may_fail {
        return;
    }
    block_on(async {
        let store = open(scratch.path()).expect("what opened once opens again");
        let session = hello(&store, 4).await.session;
        let done = send(&store, session, found + 1).await;
        assert_eq!(done, Ok(SendDone::Outcome(Outcome::Accepted)));
        store.close();
        let store = open(scratch.path()).expect("what opened once opens again");
        assert_eq!(handled(&hello(&store, 5).await), found + 1, "the next message");
        in_order_and_once(&items(&store).await.expect("a mailbox"), found + 1);
    });
}

/// How many messages are there, or `None` when the store says that it is damaged.
fn check(dir: &Path, fate: &Fate) -> Option<u64> {
    let store = match open(dir) {
        Ok(store) => store,
        Err(error) => {
            assert!(fate.may_refuse, "refused without damage to the engine's files: {error}");
            assert!(!matches!(error, OpenError::Rules(_) | OpenError::Locked { .. }), "{error}");
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    block_on(async {
        let found = written::try_hello(&store, 3).await;
        assert!(found.is_some() || fate.least == 0 || fate.may_fail, "no device, {fate:?}");
        let found = handled(&found?);
        assert!(fate.least <= found && found <= MESSAGES, "{found} messages, {fate:?}");
        match items(&store).await {
            Ok(items) => in_order_and_once(&items, found),
            Err(error) => assert!(fate.may_fail, "{error}"),
        }
        Some(found)
    })
}

/// The mailbox and the counters of the sender agree: what is left is a whole beginning.
fn in_order_and_once(items: &[Item], found: u64) {
    let carried: Vec<u64> = items
        .iter()
        .filter_map(|item| match item {
            Item::Message(message) => {
                message.payload.first_chunk::<8>().map(|octets| u64::from_be_bytes(*octets))
            }
            Item::Receipt(_) | Item::KeysLow(_) | Item::Entry(_) | Item::Gap(_) => None,
        })
        .collect();
    assert_eq!(carried, (1..=found).collect::<Vec<u64>>());
}
