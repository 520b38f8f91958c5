//! Device lists.

use pinnace_home::memory::Crashed;
use pinnace_home::{ListDone, Replace, Rules, Table, device};

use crate::directory::{account_of, list, sorted};
use crate::script::{Do::*, Play, device_of, key_of, number_of, play, quick_rules};

fn in_force(list: &pinnace_home::DeviceList) -> ListDone {
    ListDone::InForce(list.octets.clone())
}

/// An account of two devices, and one of another person.
fn story() -> Play {
    let mut story = Play::new(quick_rules(), "az");
    story.join('b', 'a');
    story
}

#[test]
fn lists_follow_one_another_and_are_told_to_who_asks() {
    let mut story = story();
    assert_eq!(story.list_of('a'), None);
    let first = story.first_list('a', "ab");
    assert_eq!(story.list_of('a'), Some(first.octets.clone()));
    let second = list('a', 2, &first.octets, "ab");
    assert_eq!(story.publish('b', &second), in_force(&second));
    assert_eq!(story.list_of('a'), Some(second.octets));
    assert_eq!(story.list_of('z'), None);
}

#[test]
fn a_list_that_does_not_hold_is_invalid_before_it_is_stale() {
    let mut story = story();
    let of_another = list('z', 1, &[], "ab");
    let mut falling = list('a', 1, &[], "ab");
    falling.devices.reverse();
    let mut twice = list('a', 1, &[], "a");
    twice.devices.push(device_of('a'));
    let mut nobody = list('a', 1, &[], "");
    nobody.devices.clear();
    let stranger = list('a', 1, &[], "az");
    for bad in [of_another, falling, twice, nobody, stranger] {
        let stale = pinnace_home::DeviceList { previous: [7; 32], ..bad.clone() };
        assert_eq!(story.publish('a', &bad), ListDone::Invalid, "{bad:?}");
        assert_eq!(story.publish('a', &stale), ListDone::Invalid, "{stale:?}");
    }
    assert_eq!(story.list_of('a'), None);
}

#[test]
fn a_list_names_no_more_devices_than_an_account_may_have() {
    let mut story = Play::new(Rules { devices_per_account_max: 2, ..quick_rules() }, "a");
    story.join('b', 'a');
    assert_eq!(story.publish('a', &list('a', 1, &[], "abc")), ListDone::Invalid);
    let _ = story.first_list('a', "ab");
}

#[test]
fn a_list_that_does_not_follow_is_stale_and_the_one_in_force_is_answered_again() {
    let mut story = story();
    assert_eq!(story.publish('a', &list('a', 2, &[], "ab")), ListDone::Stale);
    assert_eq!(story.publish('a', &list('a', 1, b"other", "ab")), ListDone::Stale);
    let first = story.first_list('a', "ab");
    let rows = story.world.rows().clone();
    assert_eq!(story.publish('b', &first), in_force(&first));
    assert_eq!(story.world.rows(), &rows);
    assert_eq!(story.publish('a', &list('a', 1, &[], "a")), ListDone::Stale);
    assert_eq!(story.publish('a', &list('a', 3, &first.octets, "ab")), ListDone::Stale);
    assert_eq!(story.publish('a', &list('a', 2, b"other", "ab")), ListDone::Stale);
    assert_eq!(story.list_of('a'), Some(first.octets));
}

#[test]
fn of_two_successors_one_is_set() {
    let mut story = story();
    let first = story.first_list('a', "ab");
    let (mine, other) = (list('a', 2, &first.octets, "ab"), list('a', 2, &first.octets, "b"));
    assert_eq!(story.publish('a', &mine), in_force(&mine));
    assert_eq!(story.publish('b', &other), ListDone::Stale);
    assert_eq!(story.devices_of('a'), sorted("ab"));
}

#[test]
fn a_device_that_a_list_leaves_out_is_removed() {
    let mut story = story();
    let first = story.first_list('a', "ab");
    assert_eq!(story.keys('b', &["one"]), "1: 1");
    assert_eq!(story.act(Send('z', 1, 'b', "lost")), "accepted");
    let second = list('a', 2, &first.octets, "a");
    assert_eq!(story.publish('a', &second), in_force(&second));
    play(
        &mut story,
        &[
            (HelloAt('b', 9), "unregistered"),
            (Send('b', 1, 'a', "x"), "gone"),
            (Read('z', 0), "1 DeviceGone 1"),
        ],
    );
    assert_eq!(story.world.removed, [device_of('b')]);
    assert_eq!(story.devices_of('a'), sorted("a"));
    assert_eq!(story.world.rows_in_table(Table::KeyPackage), 0);
    assert_eq!(story.publish('b', &list('a', 3, &second.octets, "a")), ListDone::Gone);
}

#[test]
fn a_device_that_was_never_listed_stays() {
    let mut story = story();
    let first = story.first_list('a', "a");
    assert_eq!(
        story.publish('b', &list('a', 2, &first.octets, "a")),
        in_force(&list('a', 2, &first.octets, "a"))
    );
    assert_eq!(story.devices_of('a'), sorted("ab"));
    assert_eq!(story.world.removed, []);
}

#[test]
fn an_older_session_publishes_nothing() {
    let mut story = story();
    assert_eq!(story.act(Hello('a', 0, 0)), "epoch 2 handled 0 cursor 0 last 0");
    let first = list('a', 1, &[], "ab");
    assert_eq!(story.with_stale_session('a', |story| story.publish('a', &first)), ListDone::Fenced);
    assert_eq!(story.publish('a', &first), in_force(&first));
}

#[test]
fn a_crash_at_any_step_leaves_a_list_set_with_all_that_follows_or_nothing() {
    for crash_after in 0..12 {
        let mut story = story();
        let first = story.first_list('a', "ab");
        let second = list('a', 2, &first.octets, "a");
        story.world.crash_after = Some(crash_after);
        let done = story.try_publish('a', &second);
        let is_set = story.list_of('a') == Some(second.octets.clone());
        assert_eq!(is_set, crash_after > 0, "{crash_after}");
        assert!(done == Err(Crashed) || is_set);
        let is_removed = story.world.look(|view, _| device(view, &key_of('b'))).is_none();
        assert_eq!(is_removed, is_set, "{crash_after}");
        story.world.crash_after = None;
        assert_eq!(story.publish('a', &second), in_force(&second), "{crash_after}");
        assert_eq!(story.devices_of('a'), sorted("a"));
        assert_eq!(story.world.rows_in_table(Table::Outbox), 0);
    }
}

#[test]
fn an_account_that_loses_its_number_loses_its_list_and_its_keys() {
    let mut story = story();
    let _ = story.first_list('a', "ab");
    assert_eq!(story.keys('a', &["one", "two"]), "1: 2");
    assert_eq!(story.act(Replace('x', 'a')), "Registered");
    assert_eq!(story.list_of('a'), None);
    for table in [Table::List, Table::Stock, Table::KeyPackage] {
        assert_eq!(story.world.rows_in_table(table), 0, "{table:?}");
    }
    assert_eq!(story.claim('z', 'a'), "unknown");
    // It starts anew when it comes back.
    story.enrol('a', number_of('a'), Replace::Take);
    assert_eq!(story.act(Hello('a', 0, 0)), "epoch 2 handled 0 cursor 0 last 0");
    let _ = story.first_list('a', "a");
    assert_eq!(account_of('a'), list('a', 1, &[], "a").account);
}
