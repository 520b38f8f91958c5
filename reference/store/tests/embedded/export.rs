//! Looking at a store from outside.

use core::ops::ControlFlow;
use std::fs;
use std::path::Path;

use pinnace_home::{Damaged, Described, Item, Owner, Table};
use pinnace_store::{Embedded, OpenError, Options, Store, export};

use crate::common::{ack, block_on, device, hello, message, register, rules};

fn open(dir: &Path) -> Embedded {
    Embedded::open(dir, Options { rules: rules(), ..Options::default() }).unwrap()
}

/// Two devices; the first sent three messages to the second, which is done with one of them.
fn fill(dir: &Path) {
    let store = open(dir);
    block_on(async {
        register(&store, 0).await.unwrap();
        register(&store, 1).await.unwrap();
        let sender = hello(&store, 0, 1).await.unwrap().session;
        for (seq, len) in [(1, 10), (2, 20), (3, 300)] {
            store.send(message(sender, seq, 1, len)).await.unwrap();
        }
        let receiver = hello(&store, 1, 1).await.unwrap().session;
        ack(&store, receiver, 1).await.unwrap();
    });
    store.close();
}

fn exported(dir: &Path) -> Vec<Result<Described, Damaged>> {
    let mut rows = Vec::new();
    let end = export(dir, |row| {
        rows.push(row);
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(end.unwrap(), ControlFlow::Continue(()));
    rows
}

/// Puts a row under a key, past all rules.
fn plant(dir: &Path, key: &[u8], row: &[u8]) {
    let database = fjall::Database::builder(dir.join("db")).open().unwrap();
    let rows = database.keyspace("rows", fjall::KeyspaceCreateOptions::default).unwrap();
    let mut batch = database.batch().durability(Some(fjall::PersistMode::SyncData));
    batch.insert(&rows, key, row);
    batch.commit().unwrap();
}

#[test]
fn every_device_and_what_it_has_not_done_with_is_shown() {
    let scratch = tempfile::tempdir().unwrap();
    fill(scratch.path());
    let rows: Vec<Described> = exported(scratch.path()).into_iter().map(Result::unwrap).collect();
    let count = |wanted: fn(&Described) -> bool| rows.iter().filter(|row| wanted(row)).count();
    assert_eq!(count(|row| matches!(row, Described::Account { device_count: 1, .. })), 2);
    assert_eq!(count(|row| matches!(row, Described::Device(_))), 2);
    assert_eq!(count(|row| matches!(row, Described::Binding { .. })), 2);
    let mailbox = rows.iter().find_map(|row| {
        let Described::Mailbox { device: of, is_registered: true, cursor, last, item_count, bytes } = row
        else {
            return None;
        };
        (*of == device(1)).then_some((cursor.value(), last.value(), *item_count, *bytes))
    });
    assert_eq!(mailbox, Some((1, 3, 2, 320)));
    let sender = rows.iter().find_map(|row| {
        let Described::Sender { device: of, handled, .. } = row else { return None };
        (*of == device(0)).then_some(handled.value())
    });
    assert_eq!(sender, Some(3));
    let waiting = rows.iter().filter_map(|row| {
        let Described::Item { device: of, item: Item::Message(message) } = row else { return None };
        let told = (message.mailbox_seq.value(), message.from, message.payload.len());
        (*of == device(1)).then_some(told)
    });
    let waiting: Vec<_> = waiting.filter(|(seq, ..)| *seq > 1).collect();
    assert_eq!(waiting, [(2, device(0), 20), (3, device(0), 300)]);
}

#[test]
fn an_export_changes_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    fill(scratch.path());
    assert_eq!(exported(scratch.path()), exported(scratch.path()));
    block_on(async {
        let store = open(scratch.path());
        assert_eq!(hello(&store, 0, 2).await.unwrap().handled.value(), 3);
    });
}

#[test]
fn a_damaged_row_is_told_and_the_next_ones_follow() {
    let scratch = tempfile::tempdir().unwrap();
    fill(scratch.path());
    let sound = exported(scratch.path()).len();
    let owner = Owner::Device(device(1));
    let third = [&[1], owner.octets().as_slice(), &[Table::Item as u8], &3_u64.to_be_bytes()].concat();
    plant(scratch.path(), &third, &[0xff]);
    plant(scratch.path(), &[9, 9, 9], &[]);
    let rows = exported(scratch.path());
    let damaged: Vec<Damaged> = rows.iter().filter_map(|row| row.clone().err()).collect();
    let expected =
        [Damaged { owner: Some(owner), table: Some(Table::Item) }, Damaged { owner: None, table: None }];
    assert_eq!(damaged, expected);
    assert_eq!(rows.len(), sound + 1);
}

#[test]
fn an_export_ends_where_the_visitor_wants() {
    let scratch = tempfile::tempdir().unwrap();
    fill(scratch.path());
    let mut seen = 0;
    let end = export(scratch.path(), |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) }
    });
    assert_eq!((end.unwrap(), seen), (ControlFlow::Break("enough"), 2));
}

#[test]
fn a_store_in_use_is_not_exported() {
    let scratch = tempfile::tempdir().unwrap();
    let store = open(scratch.path());
    let refused = export(scratch.path(), |_| ControlFlow::<()>::Continue(())).unwrap_err();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    store.close();
    assert!(export(scratch.path(), |_| ControlFlow::<()>::Continue(())).is_ok());
}

#[test]
fn a_folder_without_a_store_is_left_as_it_is() {
    let scratch = tempfile::tempdir().unwrap();
    for dir in [scratch.path().to_path_buf(), scratch.path().join("absent")] {
        let refused = export(&dir, |_| ControlFlow::<()>::Continue(())).unwrap_err();
        assert!(matches!(refused, OpenError::NoStore { .. }), "{refused}");
    }
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}
