//! What rows say to those who look at a store from outside.

use pinnace_home::{Damaged, Described, Owner, Table, describe};

use crate::script::{Do::*, Play, device_of, quick_rules};

/// Two devices; the first sent three messages, of which the second expires before the first.
fn busy() -> Play {
    let mut play = Play::new(quick_rules(), "ab");
    play.act(SendAs('a', 1, 'b', None, 100));
    play.act(SendAs('a', 2, 'b', None, 10));
    play.act(Send('a', 3, 'b', "three"));
    play.act(Ack('b', 0, &[(3, 1)]));
    play
}

#[test]
fn every_row_that_the_rules_write_is_sound() {
    let play = busy();
    let rows = &play.world.rows().0;
    let described: Vec<Described> = rows.iter().map(|(key, row)| describe(key, row).unwrap()).collect();
    for name in ['a', 'b'] {
        let own = |described: &&Described| match described {
            Described::Device(record) => record.device() == device_of(name),
            _ => false,
        };
        assert_eq!(described.iter().filter(own).count(), 1, "{name}");
    }
    assert!(play.world.rows_in_table(Table::Timer) > 0 && play.world.rows_in_table(Table::Due) > 0);
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
