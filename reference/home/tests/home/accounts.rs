//! Numbers, accounts and devices.

use pinnace_home::{EnrolDone, Replace, Rules, account_id, device, devices};

use crate::script::{Do::*, Play, device_of, key_of, number_of, play, quick_rules};

/// Registers a device of another's account, under that one's number.
fn join(story: &mut Play, name: char, owner: char) -> EnrolDone {
    story.verify(name, number_of(owner), Replace::Refuse);
    story.certify(name, number_of(owner), account_id(&key_of(owner)))
}

fn devices_of(story: &Play, name: char) -> Vec<pinnace_home::DeviceId> {
    let entries = story.world.look(|view, _| devices(view, device_of(name)));
    entries.into_iter().map(|entry| entry.device).collect()
}

#[test]
fn a_number_belongs_to_one_account() {
    let mut story = Play::new(quick_rules(), "a");
    assert_eq!(story.enrol('b', number_of('a'), Replace::Refuse), EnrolDone::NumberTaken);
    play(
        &mut story,
        &[(HelloAt('b', 1), "unregistered"), (Hello('a', 0, 0), "epoch 2 handled 0 cursor 0 last 0")],
    );
}

#[test]
fn devices_under_one_identity_join_its_account() {
    let mut story = Play::new(quick_rules(), "a");
    assert!(matches!(join(&mut story, 'b', 'a'), EnrolDone::Registered { .. }));
    assert_eq!(devices_of(&story, 'a'), [device_of('a'), device_of('b')]);
    assert_eq!(devices_of(&story, 'b'), [device_of('a'), device_of('b')]);
    assert_eq!(devices_of(&story, 'z'), []);
    let record = story.world.look(|view, _| device(view, &key_of('b'))).unwrap();
    assert_eq!(
        (record.not_after_s, record.certificate, record.account),
        (9, vec![1], account_id(&key_of('a')))
    );
    assert_eq!(story.world.look(|view, _| device(view, &key_of('z'))), None);
}

#[test]
fn an_account_has_so_many_devices() {
    let mut story = Play::new(Rules { devices_per_account_max: 2, ..quick_rules() }, "a");
    assert!(matches!(join(&mut story, 'b', 'a'), EnrolDone::Registered { .. }));
    assert_eq!(join(&mut story, 'c', 'a'), EnrolDone::DeviceLimit);
    play(&mut story, &[(HelloAt('c', 1), "unregistered")]);
    assert_eq!(devices_of(&story, 'a').len(), 2);
}

#[test]
fn a_member_of_a_full_account_may_register_again() {
    let mut story = Play::new(Rules { devices_per_account_max: 1, ..quick_rules() }, "a");
    let registered_s = |story: &Play| {
        let entries = story.world.look(|view, _| devices(view, device_of('a')));
        entries.into_iter().map(|entry| entry.registered_s).collect::<Vec<_>>()
    };
    let first_s = story.world.now_ms / 1_000;
    assert_eq!(registered_s(&story), [first_s]);
    story.act(Wait(60_000));
    assert!(matches!(story.enrol('a', number_of('a'), Replace::Refuse), EnrolDone::Registered { .. }));
    assert_eq!(registered_s(&story), [first_s + 60]);
    let record = story.world.look(|view, _| device(view, &key_of('a'))).unwrap();
    assert_eq!(record.registered_s, first_s + 60);
}

#[test]
fn a_registered_device_stays_in_its_account() {
    let mut story = Play::new(quick_rules(), "ab");
    story.verify('a', number_of('b'), Replace::Take);
    // That comes before the number, which is another account's, too.
    assert_eq!(story.certify('a', number_of('b'), account_id(&key_of('c'))), EnrolDone::CertificateInvalid);
    assert_eq!(story.certify('a', number_of('b'), account_id(&key_of('b'))), EnrolDone::CertificateInvalid);
    assert_eq!(devices_of(&story, 'a'), [device_of('a')]);
}

#[test]
fn what_is_refused_last_leaves_the_registration_verified() {
    let mut story = Play::new(quick_rules(), "a");
    story.verify('b', number_of('a'), Replace::Refuse);
    assert_eq!(story.certify('b', number_of('a'), account_id(&key_of('b'))), EnrolDone::NumberTaken);
    assert!(matches!(
        story.certify('b', number_of('a'), account_id(&key_of('a'))),
        EnrolDone::Registered { .. }
    ));
    assert_eq!(story.certify('b', number_of('a'), account_id(&key_of('a'))), EnrolDone::NotVerified);
}

#[test]
fn the_hello_of_the_session_that_registered_cannot_be_replayed() {
    let mut story = Play::new(quick_rules(), "");
    story.enrol('a', number_of('a'), Replace::Refuse);
    play(&mut story, &[(HelloAt('a', 1), "stale 1"), (HelloAt('a', 2), "epoch 1 handled 0 cursor 0 last 0")]);
}

#[test]
fn replace_takes_the_number_and_removes_the_devices() {
    let mut story = Play::new(quick_rules(), "ab");
    assert!(matches!(join(&mut story, 'c', 'a'), EnrolDone::Registered { .. }));
    play(
        &mut story,
        &[
            (Send('b', 1, 'a', "lost"), "accepted"),
            (Send('b', 2, 'c', "lost too"), "accepted"),
            (SendQuiet('b', 3, 'a', "quiet"), "accepted"),
            (Send('b', 4, 'a', "taken"), "accepted"),
            (Ack('a', 0, &[(3, 1)]), "cursor 0"),
            (Read('b', 0), "1 Delivered 4"),
            (Replace('x', 'a'), "Registered"),
            (HelloAt('a', 9), "unregistered"),
            (HelloAt('c', 9), "unregistered"),
            (Send('a', 1, 'b', "x"), "gone"),
            (Ack('a', 2, &[]), "gone"),
            (Nack('a', 1, 1), "gone"),
            (Confirm('a', 0), "gone"),
            (Send('b', 5, 'a', "x"), "UnknownDevice"),
            (Read('b', 1), "2 DeviceGone 1, 3 DeviceGone 2"),
            (Hello('x', 0, 0), "epoch 1 handled 0 cursor 0 last 0"),
        ],
    );
    assert_eq!(story.world.removed, [device_of('a'), device_of('c')]);
    assert_eq!(devices_of(&story, 'x'), [device_of('x')]);
}

#[test]
fn a_long_mailbox_of_a_removed_device_is_purged_by_sweeps() {
    let mut story = Play::new(quick_rules(), "ab");
    for seq in 1..=300 {
        assert_eq!(story.act(Send('b', seq, 'a', "x")), "accepted");
    }
    play(
        &mut story,
        &[
            (Replace('x', 'a'), "Registered"),
            (Read('b', 0), "1 DeviceGone 1+255"),
            (Sweep, ""),
            (Read('b', 0), "1 DeviceGone 1+255, 2 DeviceGone 257+43"),
        ],
    );
}

#[test]
fn what_a_removed_device_had_acknowledged_was_delivered_though_it_is_cleaned_later() {
    let mut story = Play::new(quick_rules(), "ab");
    for seq in 1..=300 {
        assert_eq!(story.act(Send('b', seq, 'a', "x")), "accepted");
    }
    play(
        &mut story,
        &[
            (Ack('a', 290, &[]), "cursor 290"),
            (Read('b', 0), "1 Delivered 1+255"),
            (Replace('x', 'a'), "Registered"),
            (Read('b', 1), "2 Delivered 257+33, 3 DeviceGone 291+9"),
        ],
    );
}

#[test]
fn a_device_that_comes_back_uses_no_number_twice() {
    let mut story = Play::new(quick_rules(), "ab");
    play(
        &mut story,
        &[
            (Send('a', 1, 'b', "x"), "accepted"),
            (Send('b', 1, 'a', "x"), "accepted"),
            (Replace('x', 'a'), "Registered"),
            (Replace('a', 'a'), "Registered"),
            (HelloAt('a', 1), "stale 2"),
            (Hello('a', 0, 0), "epoch 2 handled 1 cursor 1 last 1"),
            (Send('b', 2, 'a', "again"), "accepted"),
            (Read('a', 0), r#"2 "again""#),
            (Hello('x', 0, 0), "unregistered"),
        ],
    );
}
