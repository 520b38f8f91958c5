//! A store that was filled and closed.

use std::path::Path;

use pinnace_store::{Embedded, OpenError, Options, Store};

use crate::common::{block_on, hello, message, register, rules};

pub(crate) fn open(dir: &Path) -> Result<Embedded, OpenError> {
    Embedded::open(dir, Options { rules: rules(), ..Options::default() })
}

/// Leaves a store in which a device has so many messages to itself, each committed alone.
pub(crate) fn leave_messages(dir: &Path, count: u64) {
    let store = open(dir).unwrap();
    block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        for seq in 1..=count {
            store.send(message(session, seq, 0, 300)).await.unwrap();
        }
    });
    store.close();
}
