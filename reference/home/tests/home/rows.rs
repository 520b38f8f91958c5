//! What rows say to those who look at a store from outside.

use pinnace_home::memory::Committed;
use pinnace_home::{Damaged, Described, MailboxMark, Owner, ReadRequest, Table, describe, read};

use crate::directory::{SUITE, list};
use crate::script::{Do::*, Play, device_of, item_words, quick_rules};

/// Two devices; the first sent three messages, of which the second expires before the first.
fn busy() -> Play {
    let mut play = Play::new(quick_rules(), "ab");
    play.act(SendAs('a', 1, 'b', None, 100));
    play.act(SendAs('a', 2, 'b', None, 10));
    play.act(Send('a', 3, 'b', "three"));
    play.act(Ack('b', 0, &[(3, 1)]));
    let _ = play.first_list('a', "a");
    play.keys('a', &["one", "two"]);
    assert_eq!(play.claim('b', 'a'), "a one");
    let _ = play.offer('n', 1);
    play
}

#[test]
fn every_row_that_the_rules_write_is_sound() {
    let play = busy();
    let rows = &play.world.rows().0;
    let described: Vec<Described> = rows.iter().map(|(key, row)| describe(key, row).unwrap()).collect();
    for name in ['a', 'b'] {
        let own = |described: &&Described| {
            let Described::Device(record) = described else { return false };
            assert_eq!(record.registered_s, play.world.now_ms / 1_000);
            record.device() == device_of(name)
        };
        assert_eq!(described.iter().filter(own).count(), 1, "{name}");
    }
    assert!(play.world.rows_in_table(Table::Timer) > 0 && play.world.rows_in_table(Table::Due) > 0);
}

#[test]
fn lists_and_stocks_say_what_they_hold_and_everything_of_them_is_sound() {
    let play = busy();
    let rows = &play.world.rows().0;
    let described: Vec<Described> = rows.iter().map(|(key, row)| describe(key, row).unwrap()).collect();
    let first = list('a', 1, &[], "a");
    assert!(described.contains(&Described::List {
        account: first.account,
        list_version: first.list_version,
        devices: first.devices,
        octets: first.octets,
    }));
    assert!(described.contains(&Described::Stock {
        account: first.account,
        device: device_of('a'),
        suite: SUITE,
        one_time_count: 1,
        has_last_resort: false,
    }));
    let tables = [Table::KeyPackage, Table::Taken, Table::Budget, Table::Upkeep, Table::Link];
    for table in tables {
        assert_eq!(play.world.rows_in_table(table), 1, "{table:?}");
    }
}

#[test]
fn a_registration_under_the_key_of_another_device_is_damage() {
    let play = busy();
    let rows = &play.world.rows().0;
    let registrations: Vec<_> =
        rows.iter().filter(|(key, row)| matches!(describe(key, row), Ok(Described::Device(_)))).collect();
    let [(first, of_first), (second, of_second)] = registrations[..] else { panic!("two devices") };
    for (key, row) in [(first, of_second), (second, of_first)] {
        let Err(Damaged { owner: Some(Owner::Device(_)), table: Some(Table::Device) }) = describe(key, row)
        else {
            panic!("{key:?}");
        };
    }
}

#[test]
fn an_index_that_holds_anything_is_damage() {
    let play = busy();
    let is_index = |key: &&Vec<u8>| describe(key, &[]) == Ok(Described::Other);
    let indexes: Vec<_> = play.world.rows().0.keys().filter(is_index).collect();
    assert!(indexes.len() >= 2, "a timer and a time that is out of order");
    for key in indexes {
        assert!(describe(key, &[0]).is_err(), "{key:?}");
    }
}

/// What is read when the items with these numbers have no rows.
fn read_without(play: &Play, lost: &[u64]) -> Vec<String> {
    let mut rows: Committed = play.world.rows().clone();
    rows.0.retain(|key, row| {
        let Ok(Described::Item { item, .. }) = describe(key, row) else { return true };
        !lost.contains(&item.mailbox_seq().value())
    });
    let (device, after) = (device_of('b'), MailboxMark::NOTHING);
    let request = ReadRequest { device, after, items_max: 10, bytes_max: 1_000 };
    read(&rows, play.world.now_ms, &request).unwrap().items.iter().map(item_words).collect()
}

#[test]
fn what_lost_its_row_does_not_hold_up_what_lies_behind_it() {
    let play = busy();
    let all = ["1 \"x\"", "2 \"x\"", "3 gap Acknowledged of 1"];
    assert_eq!(read_without(&play, &[]), all);
    assert_eq!(read_without(&play, &[1]), ["1 gap Purged of 1", all[1], all[2]]);
    assert_eq!(read_without(&play, &[1, 2]), ["1 gap Purged of 2", all[2]]);
    assert_eq!(read_without(&play, &[2, 3]), [all[0], "2 gap Purged of 2"]);
}
