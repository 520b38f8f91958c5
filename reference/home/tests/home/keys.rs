//! The key directory.

use pinnace_home::memory::Crashed;
use pinnace_home::{
    ClaimDone, ClaimedPackage, KeyPackage, KeysDone, Rules, StockState, Table, key_package_ref,
    key_set_digest,
};

use crate::directory::{OTHER_SUITE, SUITE, claim_words, list, package, stock_words};
use crate::script::{Do::*, Play, device_of, play, quick_rules};

fn rules() -> Rules {
    Rules { key_packages_max: 4, keys_low: 1, claims_per_target_per_h: 3, ..quick_rules() }
}

/// Two devices of one listed account, and one of another.
fn story() -> Play {
    let mut story = Play::new(rules(), "az");
    story.join('b', 'a');
    let _ = story.first_list('a', "ab");
    story
}

fn day_from_now(story: &Play) -> u64 {
    story.world.now_ms / 1_000 + 86_400
}

#[test]
fn a_stock_is_told_with_the_digest_of_its_names() {
    let mut story = story();
    assert_eq!(story.try_keys('a', &[], None), Ok(KeysDone::Stocked(Vec::new())));
    assert_eq!(story.keys('a', &["one", "two"]), "1: 2");
    let names = ["two", "one"].map(|text| key_package_ref(text.as_bytes()));
    let stock = StockState {
        suite: SUITE,
        one_time_count: 2,
        set_digest: key_set_digest(names.to_vec()),
        has_last_resort: false,
    };
    assert_eq!(story.try_keys('a', &[], None), Ok(KeysDone::Stocked(vec![stock])));
}

#[test]
fn key_packages_of_another_account_are_not_taken() {
    let mut story = story();
    let one = package("one", day_from_now(&story));
    let rows = story.world.rows().clone();
    assert_eq!(story.keys_of('a', 'z', vec![one.clone()]), KeysDone::Invalid);
    assert_eq!(story.world.rows(), &rows);
    assert_eq!(stock_words(story.keys_of('a', 'a', vec![one])), "1: 1");
}

#[test]
fn suites_have_stocks_of_their_own() {
    let mut story = story();
    let end_s = day_from_now(&story);
    let other = |text| KeyPackage { suite: OTHER_SUITE, ..package(text, end_s) };
    let packages = [package("one", end_s), other("uno"), other("due")];
    let done = story.try_keys('a', &packages, Some(other("ultimo"))).unwrap();
    assert_eq!(stock_words(done), "1: 1, 3: 2 and last");
    assert_eq!(claim_words(story.try_claim('z', 'a', OTHER_SUITE).unwrap()), "a uno, b none");
    assert_eq!(story.keys('a', &[]), "1: 1, 3: 1 and last");
}

#[test]
fn a_key_package_that_is_stored_or_was_taken_changes_nothing() {
    let mut story = story();
    assert_eq!(story.keys('a', &["one", "two", "one"]), "1: 2");
    let rows = story.world.rows().clone();
    assert_eq!(story.keys('a', &["two", "one"]), "1: 2");
    assert_eq!(story.world.rows(), &rows);
    assert_eq!(story.claim('z', 'a'), "a one, b none");
    assert_eq!(story.keys('a', &["one"]), "1: 1");
    assert_eq!(story.claim('z', 'a'), "a two, b none");
    assert_eq!(story.claim('z', 'a'), "a none, b none");
}

#[test]
fn a_stock_is_never_above_its_limit() {
    let mut story = story();
    assert_eq!(story.keys('a', &["1", "2", "3"]), "1: 3");
    let rows = story.world.rows().clone();
    assert_eq!(story.keys('a', &["4", "5"]), "full");
    assert_eq!(story.world.rows(), &rows);
    // What is stored already, or was taken, does not count.
    assert_eq!(story.keys('a', &["1", "2", "3", "4"]), "1: 4");
    assert_eq!(story.keys('a', &["5"]), "full");
    assert_eq!(story.claim('z', 'a'), "a 1, b none");
    assert_eq!(story.keys('a', &["1", "5"]), "1: 4");
    // What has lived its time makes room.
    story.world.now_ms += 86_400_000;
    assert_eq!(story.keys('a', &["6"]), "1: 1");
}

#[test]
fn a_frame_is_stored_whole_or_not() {
    let mut story = story();
    let end_s = day_from_now(&story);
    let other = KeyPackage { suite: OTHER_SUITE, ..package("uno", end_s) };
    let mut packages: Vec<KeyPackage> = ["1", "2", "3", "4", "5"].map(|text| package(text, end_s)).into();
    packages.insert(0, other);
    assert_eq!(story.try_keys('a', &packages, Some(package("last", end_s))), Ok(KeysDone::Full));
    assert_eq!(story.keys('a', &[]), "");
}

#[test]
fn the_last_resort_stays_and_is_replaced() {
    let mut story = story();
    let end_s = day_from_now(&story);
    let done = story.try_keys('a', &[package("one", end_s)], Some(package("last", end_s)));
    assert_eq!(stock_words(done.unwrap()), "1: 1 and last");
    assert_eq!(story.claim('z', 'a'), "a one, b none");
    assert_eq!(story.claim('z', 'a'), "a last last, b none");
    assert_eq!(story.claim('b', 'a'), "a last last");
    let rows = story.world.rows().clone();
    let _ = story.try_keys('a', &[], Some(package("last", end_s)));
    assert_eq!(story.world.rows(), &rows);
    let done = story.try_keys('a', &[], Some(package("very last", end_s + 1)));
    assert_eq!(stock_words(done.unwrap()), "1: 0 and last");
    assert_eq!(story.claim('b', 'a'), "a last very last");
    assert_eq!(story.world.rows_in_table(Table::KeyPackage), 1);
    story.world.now_ms += 86_400_000;
    assert_eq!(story.claim('b', 'a'), "a last very last");
    story.world.now_ms += 1_000;
    assert_eq!(story.claim('b', 'a'), "a none");
}

#[test]
fn a_claim_takes_one_of_each_listed_device_but_the_asking_one() {
    let mut story = story();
    story.keys('a', &["a1", "a2"]);
    story.keys('b', &["b1", "b2"]);
    let Ok(ClaimDone::Claimed { list, devices }) = story.try_claim('z', 'a', SUITE) else {
        panic!("a claim")
    };
    assert_eq!(Some(list), story.list_of('a'));
    let mut expected = vec![(device_of('a'), "a1"), (device_of('b'), "b1")];
    expected.sort();
    let given: Vec<_> = devices
        .iter()
        .map(|claimed| match &claimed.key_package {
            ClaimedPackage::OneTime(octets) => (claimed.device, core::str::from_utf8(octets).unwrap()),
            other @ (ClaimedPackage::LastResort(_) | ClaimedPackage::None) => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(given, expected, "in the order of the list");
    assert_eq!(story.claim('a', 'a'), "b b2");
    assert_eq!(story.claim('a', 'a'), "b none");
    assert_eq!(story.keys('a', &[]), "1: 1");
}

#[test]
fn a_device_that_is_not_listed_gives_nothing() {
    let mut story = story();
    story.join('c', 'a');
    assert_eq!(story.keys('c', &["c1"]), "1: 1");
    assert_eq!(story.claim('z', 'a'), "a none, b none");
}

#[test]
fn an_account_alone_with_its_list_claims_nothing() {
    let mut story = story();
    let _ = story.first_list('z', "z");
    assert_eq!(story.claim('z', 'z'), "");
}

#[test]
fn an_account_without_a_list_is_unknown_and_costs_nothing() {
    let mut story = story();
    for _ in 0..9 {
        assert_eq!(story.claim('a', 'z'), "unknown");
        assert_eq!(story.claim('a', 'y'), "unknown");
    }
    let _ = story.first_list('z', "z");
    assert_eq!(story.claim('a', 'z'), "z none");
}

#[test]
fn claims_of_one_account_at_another_have_a_budget() {
    let mut story = story();
    story.keys('a', &["1", "2", "3", "4"]);
    assert_eq!(story.claim('z', 'a'), "a 1, b none");
    assert_eq!(story.claim('z', 'a'), "a 2, b none");
    assert_eq!(story.claim('z', 'a'), "a 3, b none");
    let rows = story.world.rows().clone();
    assert_eq!(story.claim('z', 'a'), "rate 1200000");
    assert_eq!(story.world.rows(), &rows, "nothing was taken");
    // The own account is free, and each pair has a budget of its own.
    for _ in 0..5 {
        story.claim('b', 'a');
    }
    let _ = story.first_list('z', "z");
    assert_eq!(story.claim('a', 'z'), "z none");
    story.world.now_ms += 1_200_000;
    assert_eq!(story.claim('z', 'a'), "a none, b none");
    assert_eq!(story.claim('z', 'a'), "rate 1200000");
}

#[test]
fn keys_low_is_filed_once_until_the_stock_is_above_it_again() {
    let mut story = story();
    story.keys('a', &["1", "2", "3"]);
    play(&mut story, &[(Read('a', 0), "")]);
    story.claim('z', 'a');
    play(&mut story, &[(Read('a', 0), "")]);
    story.claim('z', 'a');
    play(&mut story, &[(Read('a', 0), "1 keys low 1 of suite 1")]);
    story.claim('z', 'a');
    play(&mut story, &[(Read('a', 0), "1 keys low 1 of suite 1")]);
    // One is not above it.
    assert_eq!(story.keys('a', &["4"]), "1: 1");
    story.claim('b', 'a');
    play(&mut story, &[(Read('a', 1), "")]);
    assert_eq!(story.keys('a', &["5", "6"]), "1: 2");
    story.claim('b', 'a');
    play(
        &mut story,
        &[(Read('a', 1), "2 keys low 1 of suite 1"), (Ack('a', 2, &[]), "cursor 2"), (Read('a', 0), "")],
    );
}

#[test]
fn keys_low_is_an_item_without_receipt_beyond_quotas_that_expires() {
    let mut story = Play::new(Rules { mailbox_items_max: 1, retention_s: 10, ..rules() }, "az");
    let _ = story.first_list('a', "a");
    play(&mut story, &[(Send('z', 1, 'a', "full"), "accepted"), (Send('z', 2, 'a', "x"), "MailboxFull")]);
    story.keys('a', &["1"]);
    story.claim('z', 'a');
    play(
        &mut story,
        &[
            (Read('a', 0), "1 \"full\", 2 keys low 0 of suite 1"),
            (Nack('a', 2, 1), "ended"),
            (Read('a', 1), "2 gap Rejected of 1"),
            (Read('z', 0), ""),
        ],
    );
    story.keys('a', &["2", "3"]);
    story.claim('z', 'a');
    play(
        &mut story,
        &[
            (Read('a', 2), "3 keys low 1 of suite 1"),
            (Wait(10_000), ""),
            (Read('a', 2), "3 gap Expired of 1"),
        ],
    );
    story.world.sweep();
    play(&mut story, &[(Read('a', 2), "3 gap Expired of 1"), (Read('z', 0), "1 Expired 1")]);
}

#[test]
fn what_has_lived_its_time_is_gone_and_so_is_what_was_kept_of_it() {
    let mut story = story();
    let end_s = day_from_now(&story);
    let done =
        story.try_keys('a', &[package("1", end_s), package("2", end_s + 1)], Some(package("last", end_s)));
    assert_eq!(stock_words(done.unwrap()), "1: 2 and last");
    story.keys('b', &["b1"]);
    assert_eq!(story.claim('z', 'a'), "a 1, b b1");
    story.world.now_ms = (end_s - 1) * 1_000 + 999;
    story.world.sweep();
    assert_eq!(story.keys('a', &[]), "1: 1 and last");
    story.world.now_ms += 1;
    // The time is over, whether or not a sweep has come by.
    assert_eq!(story.keys('a', &[]), "1: 1");
    story.world.sweep();
    assert_eq!(story.world.rows_in_table(Table::KeyPackage), 1);
    assert_eq!(story.world.rows_in_table(Table::Taken), 0);
    assert_eq!(story.world.rows_in_table(Table::Budget), 0);
    story.world.now_ms += 1_000;
    story.world.sweep();
    assert_eq!(story.claim('b', 'a'), "a none");
    for table in [Table::KeyPackage, Table::Upkeep] {
        assert_eq!(story.world.rows_in_table(table), 0, "{table:?}");
    }
    // Two mailboxes hold a KEYS_LOW each: nobody else wants to be swept.
    assert_eq!(story.world.rows_in_table(Table::Timer), 2);
}

#[test]
fn older_sessions_and_removed_devices_leave_and_take_nothing() {
    let mut story = story();
    story.keys('b', &["b1"]);
    assert_eq!(story.act(Hello('a', 0, 0)), "epoch 2 handled 0 cursor 0 last 0");
    story.with_stale_session('a', |story| {
        assert_eq!(story.keys('a', &["1"]), "fenced");
        assert_eq!(story.claim('a', 'a'), "fenced");
    });
    let first = list('a', 1, &[], "ab");
    let _ = story.publish('a', &list('a', 2, &first.octets, "a"));
    assert_eq!(story.keys('b', &["b2"]), "gone");
    assert_eq!(story.claim('b', 'a'), "gone");
    assert_eq!(story.claim('z', 'a'), "a none");
}

#[test]
fn a_crash_at_any_step_gives_nothing_twice_and_tells_once() {
    for crash_after in 0..10 {
        let mut story = story();
        story.keys('a', &["1", "2"]);
        story.world.crash_after = Some(crash_after);
        let first = story.try_claim('z', 'a', SUITE);
        let told = first.clone().map(claim_words);
        assert!(told == Err(Crashed) || told == Ok("a 1, b none".into()), "{told:?}");
        let is_taken = story.world.rows_in_table(Table::Taken) == 1;
        assert_eq!(is_taken, crash_after > 0);
        story.world.crash_after = None;
        assert_eq!(story.claim('z', 'a'), if is_taken { "a 2, b none" } else { "a 1, b none" });
        assert_eq!(story.act(Read('a', 0)), "1 keys low 1 of suite 1", "{crash_after}");
        assert_eq!(story.world.rows_in_table(Table::Outbox), 0);
    }
}

#[test]
fn a_crash_stores_all_of_a_frame_or_nothing() {
    for crash_after in 0..2 {
        let mut story = story();
        let end_s = day_from_now(&story);
        story.world.crash_after = Some(crash_after);
        let packages = [package("1", end_s), package("2", end_s)];
        let done = story.try_keys('a', &packages, Some(package("last", end_s)));
        assert_eq!(done.is_ok(), crash_after > 0);
        story.world.crash_after = None;
        assert_eq!(story.keys('a', &[]), if done.is_ok() { "1: 2 and last" } else { "" });
        let done = story.try_keys('a', &packages, Some(package("last", end_s)));
        assert_eq!(stock_words(done.unwrap()), "1: 2 and last");
    }
}
