//! Every planted bug is found, by a property that is about it.
#![expect(clippy::panic, clippy::print_stdout, reason = "a test says what is missing by failing")]

use pinnace_sim::{Bug, Keep, Property, run};

/// Seeds that are tried before a bug counts as not found.
const SEEDS_MAX: u64 = 500;

/// Where the search for [`RARE`] begins: it takes a commit that fails at the right time.
const RARE_FROM: u64 = 1_200;

#[track_caller]
fn check(bugs: &[(Bug, &[Property])]) {
    check_from(1, bugs);
}

#[track_caller]
fn check_from(first: u64, bugs: &[(Bug, &[Property])]) {
    for (bug, properties) in bugs {
        let found = (first..first.saturating_add(SEEDS_MAX))
            .find_map(|seed| run(seed, Some(*bug), Keep::Digest).violation.map(|it| (seed, it)));
        let Some((seed, violation)) = found else { panic!("{bug:?} was not found") };
        println!("{bug:?}: seed {seed}: {violation}");
        assert!(properties.contains(&violation.property), "{bug:?} was found by {violation}");
    }
}

#[test]
fn every_bug_has_its_properties() {
    let listed: Vec<Bug> = [SERVER_DISK, SERVER_RULES, MAILBOX, CLIENT, RARE]
        .iter()
        .flat_map(|bugs| bugs.iter().map(|(bug, _)| *bug))
        .collect();
    assert_eq!(listed.len(), Bug::ALL.len());
    assert!(Bug::ALL.iter().all(|bug| listed.contains(bug)));
}

type Found = (Bug, &'static [Property]);

/// What a server that lost the end of its journal is found by: it knows less than it told.
const KNOWS_LESS: &[Property] =
    &[Property::AcceptedIsKept, Property::HelloOnce, Property::AckAfterDurable, Property::NumberNamesOneItem];

/// What effects that nobody applied are found by: themselves, or what they should have done.
const LEFT_BEHIND: &[Property] =
    &[Property::NothingLeft, Property::CalmDelivers, Property::ReceiptTrue, Property::AcceptedIsKept];

const SERVER_DISK: &[Found] = &[
    (Bug::AckBeforeFsync, KNOWS_LESS),
    (Bug::NoDirectorySync, KNOWS_LESS),
    (Bug::OutcomesForgottenAtRestart, &[Property::OneOutcome, Property::AcceptedIsKept]),
    (Bug::MailboxNumberReused, &[Property::NumberNamesOneItem, Property::AcceptedIsKept]),
    (Bug::EffectsNotReplayed, LEFT_BEHIND),
    (Bug::EffectMarkNotKept, &[Property::TakenOnce, Property::ReceiptTrue]),
];

const SERVER_RULES: &[Found] = &[
    (Bug::NoDedup, &[Property::TakenOnce, Property::OneOutcome]),
    (Bug::OutcomeCacheBelowInflight, &[Property::OneOutcome, Property::AcceptedIsKept]),
    (Bug::TakeoverWithoutFence, &[Property::FenceHolds]),
    (Bug::ReplayTaken, &[Property::HelloOnce]),
    (Bug::ReceiptDropped, &[Property::ReceiptTrue]),
];

const MAILBOX: &[Found] = &[
    (Bug::AckTakesOneMore, &[Property::AckAfterDurable]),
    (Bug::CursorMovedByHello, &[Property::AckAfterDurable, Property::ReceiptTrue]),
    (Bug::GapNotSent, &[Property::CalmDelivers]),
    (Bug::NackDropped, &[Property::RejectedIsTold, Property::ReceiptTrue]),
    (Bug::TrayEmptiedEarly, &[Property::CalmDelivers]),
    (Bug::ClockExpiresEverything, &[Property::ExpiryInTime]),
];

const CLIENT: &[Found] = &[
    (Bug::OutboxOrderForgotten, &[Property::OrderPerSender, Property::ReceiptTrue]),
    (Bug::ClientSpeaksFirst, &[Property::AckAfterDurable]),
    // The engine of the client's store asserts what a disk promised.
    (Bug::ClientDiskLies, DISK_LIES),
    (Bug::HelloCounterNotKept, &[Property::HelloOnce]),
];

/// What a disk that lies is found by: anything that was to be durable.
const DISK_LIES: &[Property] = &[
    Property::AckAfterDurable,
    Property::StoreOpens,
    Property::NothingPanics,
    Property::CalmDelivers,
    Property::HelloOnce,
];

const RARE: &[Found] = &[(Bug::AckOvertakesNack, &[Property::RejectedIsTold, Property::ReceiptTrue])];

#[test]
fn bugs_that_are_rare_are_found() {
    check_from(RARE_FROM, RARE);
}

#[test]
fn bugs_of_the_servers_disk_are_found() {
    check(SERVER_DISK);
}

#[test]
fn bugs_of_the_servers_rules_are_found() {
    check(SERVER_RULES);
}

#[test]
fn bugs_of_the_mailbox_are_found() {
    check(MAILBOX);
}

#[test]
fn bugs_of_the_client_are_found() {
    check(CLIENT);
}
