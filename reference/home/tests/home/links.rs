//! Linking.

use pinnace_home::memory::Crashed;
use pinnace_home::{DeviceList, LinkApproveDone, LinkOpenDone, ListDone, Replace, Rules, Table, device};

use crate::directory::{account_of, list, sorted};
use crate::script::{Do::*, Play, device_of, key_of, number_of, play, quick_rules};

const OFFERED: LinkOpenDone = LinkOpenDone::Offered { expires_in_ms: 300_000 };

fn in_force(list: &DeviceList) -> LinkApproveDone {
    LinkApproveDone::InForce(list.octets.clone())
}

/// An account of one listed device, another person's device, and a device with an offer.
fn story() -> (Play, DeviceList) {
    let mut story = Play::new(quick_rules(), "az");
    let first = story.first_list('a', "a");
    assert_eq!(story.offer('n', 5), OFFERED);
    (story, first)
}

#[test]
fn an_approved_device_is_registered_and_listed_and_told() {
    let (mut story, first) = story();
    let second = list('a', 2, &first.octets, "an");
    assert_eq!(story.approve('a', 'n', &second), in_force(&second));
    assert_eq!(story.world.linked, [device_of('n')]);
    assert_eq!(story.list_of('a'), Some(second.octets));
    assert_eq!(story.devices_of('n'), sorted("an"));
    let record = story.world.look(|view, _| device(view, &key_of('n'))).unwrap();
    assert_eq!((record.account, record.not_after_s, record.certificate), (account_of('a'), 9, vec![2]));
    // The HELLO of the session that waits cannot be replayed.
    play(&mut story, &[(HelloAt('n', 5), "stale 5"), (HelloAt('n', 6), "epoch 1 handled 0 cursor 0 last 0")]);
}

#[test]
fn the_first_list_of_an_account_may_come_with_a_link() {
    let mut story = Play::new(quick_rules(), "a");
    assert_eq!(story.offer('n', 1), OFFERED);
    let first = list('a', 1, &[], "an");
    assert_eq!(story.approve('a', 'n', &first), in_force(&first));
}

#[test]
fn refusals_come_in_order_and_change_nothing() {
    let (mut story, first) = story();
    let rows = story.world.rows().clone();
    let good = list('a', 2, &first.octets, "an");
    let of_another = list('z', 2, &first.octets, "an");
    assert_eq!(story.approve('a', 'n', &of_another), LinkApproveDone::CertificateInvalid);
    assert_eq!(story.approve_unsigned('a', 'n', 'z'), LinkApproveDone::CertificateInvalid);
    assert_eq!(story.approve_unsigned('a', 'n', 'a'), LinkApproveDone::ListInvalid);
    let stale_and_unnamed = list('a', 9, &first.octets, "a");
    assert_eq!(story.approve('a', 'n', &stale_and_unnamed), LinkApproveDone::ListInvalid);
    let with_a_stranger = list('a', 2, &first.octets, "anz");
    assert_eq!(story.approve('a', 'n', &with_a_stranger), LinkApproveDone::ListInvalid);
    // Nobody called m has made an offer.
    let stale = list('a', 9, &first.octets, "am");
    assert_eq!(story.approve('a', 'm', &stale), LinkApproveDone::ListStale);
    let without_offer = list('a', 2, &first.octets, "am");
    assert_eq!(story.approve('a', 'm', &without_offer), LinkApproveDone::LinkOver);
    assert_eq!(story.world.rows(), &rows);
    assert_eq!(story.approve('a', 'n', &good), in_force(&good));
}

#[test]
fn a_full_account_links_nobody() {
    let mut story = Play::new(Rules { devices_per_account_max: 2, ..quick_rules() }, "a");
    story.join('b', 'a');
    let first = story.first_list('a', "ab");
    let swap = list('a', 2, &first.octets, "an");
    // Without an offer: the limit comes first. And though another one would go.
    assert_eq!(story.approve('a', 'n', &swap), LinkApproveDone::DeviceLimit);
    assert_eq!(story.offer('n', 1), OFFERED);
    assert_eq!(story.approve('a', 'n', &swap), LinkApproveDone::DeviceLimit);
    let second = list('a', 2, &first.octets, "a");
    assert_eq!(story.publish('a', &second), ListDone::InForce(second.octets.clone()));
    let third = list('a', 3, &second.octets, "an");
    assert_eq!(story.approve('a', 'n', &third), in_force(&third));
}

#[test]
fn a_link_may_leave_another_device_out() {
    let (mut story, first) = story();
    story.join('b', 'a');
    let second = list('a', 2, &first.octets, "ab");
    assert_eq!(story.publish('a', &second), ListDone::InForce(second.octets.clone()));
    let third = list('a', 3, &second.octets, "an");
    assert_eq!(story.approve('a', 'n', &third), in_force(&third));
    assert_eq!(story.world.removed, [device_of('b')]);
    assert_eq!(story.devices_of('a'), sorted("an"));
}

#[test]
fn an_offer_stands_for_its_time_and_may_be_renewed() {
    let (mut story, first) = story();
    let second = list('a', 2, &first.octets, "an");
    story.world.now_ms += 299_999;
    assert_eq!(story.offer('n', 6), OFFERED);
    story.world.now_ms += 1;
    story.world.sweep();
    assert_eq!(story.world.rows_in_table(Table::Link), 1);
    story.world.now_ms += 299_998;
    let mut late = Play::new(quick_rules(), "a");
    late.offer('n', 5);
    late.world.now_ms += 300_000;
    assert_eq!(late.approve('a', 'n', &list('a', 1, &[], "an")), LinkApproveDone::LinkOver);
    assert_eq!(story.approve('a', 'n', &second), in_force(&second));
    assert_eq!(story.act(HelloAt('n', 6)), "stale 6");
}

#[test]
fn an_offer_leaves_nothing_behind() {
    let (mut story, first) = story();
    let before = story.world.row_count();
    let second = list('a', 2, &first.octets, "an");
    assert_eq!(story.approve('a', 'n', &second), in_force(&second));
    let mut idle = Play::new(quick_rules(), "");
    idle.offer('n', 5);
    for story in [&mut story, &mut idle] {
        story.world.now_ms += 300_000;
        story.world.sweep();
        assert_eq!(story.world.rows_in_table(Table::Link), 0);
    }
    assert!(before > 0 && idle.world.row_count() == 0);
    // And another one may be made.
    assert_eq!(idle.offer('n', 6), OFFERED);
    assert_eq!(idle.world.rows_in_table(Table::Timer), 1);
}

#[test]
fn an_offer_is_used_once() {
    let (mut story, first) = story();
    let second = list('a', 2, &first.octets, "an");
    assert_eq!(story.approve('a', 'n', &second), in_force(&second));
    // The answer was lost.
    assert_eq!(story.approve('a', 'n', &second), in_force(&second));
    let third = list('a', 3, &second.octets, "an");
    assert_eq!(story.approve('a', 'n', &third), LinkApproveDone::LinkOver);
    assert_eq!(story.offer('n', 7), LinkOpenDone::Registered { account: account_of('a') });
    let third = list('a', 3, &second.octets, "a");
    assert_eq!(story.publish('a', &third), ListDone::InForce(third.octets.clone()));
    let fourth = list('a', 4, &third.octets, "an");
    assert_eq!(story.approve('a', 'n', &fourth), LinkApproveDone::LinkOver);
    assert_eq!(story.offer('n', 8), OFFERED);
    assert_eq!(story.approve('a', 'n', &fourth), in_force(&fourth));
    assert_eq!(story.world.linked, [device_of('n'), device_of('n')]);
}

#[test]
fn a_device_that_registers_by_itself_is_linked_to_nobody() {
    let (mut story, first) = story();
    story.enrol('n', number_of('n'), Replace::Refuse);
    assert_eq!(story.approve('a', 'n', &list('a', 2, &first.octets, "an")), LinkApproveDone::LinkOver);
    assert_eq!(story.world.linked, []);
    // The counter of the session that waited counts all the same.
    assert_eq!(story.act(HelloAt('n', 5)), "stale 5");
}

#[test]
fn of_two_accounts_that_link_a_device_one_gets_it() {
    let (mut story, first) = story();
    let (mine, theirs) = (list('a', 2, &first.octets, "an"), list('z', 1, &[], "nz"));
    assert_eq!(story.approve('a', 'n', &mine), in_force(&mine));
    assert_eq!(story.approve('z', 'n', &theirs), LinkApproveDone::LinkOver);
    assert_eq!(story.list_of('z'), None);
}

#[test]
fn a_crash_at_any_step_links_whole_or_not() {
    for crash_after in 0..12 {
        let (mut story, first) = story();
        let second = list('a', 2, &first.octets, "an");
        story.world.crash_after = Some(crash_after);
        let done = story.try_approve('a', 'n', &second);
        let is_set = story.list_of('a') == Some(second.octets.clone());
        let is_registered = story.world.look(|view, _| device(view, &key_of('n'))).is_some();
        assert_eq!((is_set, is_registered), (crash_after > 0, crash_after > 0), "{crash_after}");
        assert!(done == Err(Crashed) || is_set);
        story.world.crash_after = None;
        assert_eq!(story.approve('a', 'n', &second), in_force(&second), "{crash_after}");
        assert_eq!(story.devices_of('a'), sorted("an"));
        assert_eq!(story.world.rows_in_table(Table::Outbox), 0);
    }
}

#[test]
fn an_older_session_and_a_removed_device_approve_nothing() {
    let (mut story, first) = story();
    assert_eq!(story.act(Hello('a', 0, 0)), "epoch 2 handled 0 cursor 0 last 0");
    let second = list('a', 2, &first.octets, "an");
    let fenced = story.with_stale_session('a', |story| story.approve('a', 'n', &second));
    assert_eq!(fenced, LinkApproveDone::Fenced);
    assert_eq!(story.act(Replace('x', 'a')), "Registered");
    assert_eq!(story.approve('a', 'n', &second), LinkApproveDone::Gone);
}
