//! Devices talk: create, join, say, hear, add, remove, heal, come back.

mod world;

use pinnace_e2ee::{
    Device, Error, Event, Extension, Identity, Life, Mls as _, Path, Request, Standing, Suite,
};
use world::{ALL, DAY_S, NOW_S, Side, certificate, seed, side, together};

const GROUP: &[u8] = b"conversation id.";

#[test]
fn content_aad_sender_and_epoch_arrive_on_both_suites() {
    for suite in Suite::PROFILE {
        let (mut alice, mut bob) = (side(1, 1), side(2, 2));
        together(GROUP, suite, &mut alice, &mut [&mut bob]);
        let sealed = bob.say(GROUP, b"ahoy", b"to all");
        let message = alice.read(GROUP, &sealed);
        assert_eq!((message.content.as_slice(), message.aad.as_slice()), (&b"ahoy"[..], &b"to all"[..]));
        assert_eq!((message.sender.device().unwrap().device, message.epoch), (bob.id, 1));
        assert!(sealed.windows(6).any(|octets| octets == b"to all"), "the server reads the aad");
        assert!(!sealed.windows(4).any(|octets| octets == b"ahoy"));
        assert_eq!(alice.secret(GROUP), bob.secret(GROUP));
        let (at_alice, at_bob) =
            (alice.device.group(&alice.store, GROUP).unwrap(), bob.device.group(&bob.store, GROUP).unwrap());
        assert_eq!(at_alice.epoch_authenticator, at_bob.epoch_authenticator);
        assert_eq!((at_alice.roster, at_alice.suite), (at_bob.roster, suite));
    }
}

#[test]
fn nothing_is_said_before_the_server_has_taken_the_creation() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    let keys = bob.key_package(Suite::AES_128);
    let made = alice.create(GROUP, Suite::AES_128, &[&keys]);
    assert_eq!(made.epoch, 0);
    let early = alice.device.encrypt(&alice.store, GROUP, b"x", b"");
    assert!(matches!(early, Err(Error::Unconfirmed)));
    let again =
        pinnace_e2ee::Creation { group: GROUP, suite: Suite::AES_128, extensions: &[], add: &[], aad: b"" };
    assert!(matches!(alice.device.create(&alice.store, &again, NOW_S), Err(Error::GroupExists)));
    let committed = alice.confirm(GROUP);
    assert_eq!((committed.epoch, committed.aad.as_slice()), (1, &b"created"[..]));
    assert_eq!(
        committed.added.iter().map(|member| member.device().unwrap().device).collect::<Vec<_>>(),
        [bob.id]
    );
}

#[test]
fn loser_of_a_creation_joins_by_the_winners_welcome() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    let (of_alice, of_bob) = (alice.key_package(Suite::AES_128), bob.key_package(Suite::AES_128));
    let first = alice.create(GROUP, Suite::AES_128, &[&of_bob]);
    let _ = bob.create(GROUP, Suite::AES_128, &[&of_alice]);
    alice.confirm(GROUP);
    bob.join(&first);
    assert_eq!(bob.device.group(&bob.store, GROUP).unwrap().standing, Standing::Member);
    let sealed = alice.say(GROUP, b"we met", b"");
    assert_eq!(bob.read(GROUP, &sealed).content.as_slice(), b"we met");
}

#[test]
fn discarded_creation_leaves_nothing_behind() {
    let mut alice = side(1, 1);
    alice.create(GROUP, Suite::AES_128, &[]);
    alice.store.take(alice.device.discard(&alice.store, GROUP).unwrap());
    assert_eq!(alice.store.row_count(), 0);
    assert!(matches!(alice.device.group(&alice.store, GROUP), Err(Error::NoGroup)));
}

#[test]
fn loser_of_a_commit_race_follows_the_winner() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    together(GROUP, Suite::CHACHA_20, &mut alice, &mut [&mut bob]);
    let (by_alice, by_bob) = (alice.renew(GROUP), bob.renew(GROUP));
    let second = bob.device.commit(&bob.store, GROUP, &Request::default(), NOW_S);
    assert!(matches!(second, Err(Error::CommitPending)));
    alice.confirm(GROUP);
    assert!(matches!(bob.hear(GROUP, &by_alice.commit), Ok(Event::Committed(_))));
    assert!(!bob.device.group(&bob.store, GROUP).unwrap().is_commit_pending);
    assert!(matches!(bob.device.confirm(&bob.store, GROUP), Err(Error::NoCommitPending)));
    let late = alice.hear(GROUP, &by_bob.commit);
    assert!(matches!(late, Err(Error::Epoch { message: 1, group: 2 })), "{late:?}");
    assert_eq!(alice.secret(GROUP), bob.secret(GROUP));
}

#[test]
fn discarded_commit_leaves_the_epoch_and_another_can_be_made() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let refused = alice.renew(GROUP);
    alice.store.take(alice.device.discard(&alice.store, GROUP).unwrap());
    assert!(matches!(alice.device.discard(&alice.store, GROUP), Err(Error::NoCommitPending)));
    let taken = alice.renew(GROUP);
    assert_ne!(refused.commit, taken.commit);
    alice.confirm(GROUP);
    assert!(matches!(bob.hear(GROUP, &taken.commit), Ok(Event::Committed(_))));
}

#[test]
fn members_come_and_go() {
    let (mut alice, mut bob, mut carol) = (side(1, 1), side(2, 2), side(3, 3));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let keys = carol.key_package(Suite::AES_128);
    let request = Request { add: &[&keys], path: Path::WhenNeeded, aad: b"+carol", ..Request::default() };
    let made = alice.commit(GROUP, &request);
    alice.confirm(GROUP);
    let Event::Committed(committed) = bob.hear(GROUP, &made.commit).unwrap() else { panic!("a commit") };
    assert_eq!(
        (committed.added[0].device().unwrap().device, committed.aad.as_slice()),
        (carol.id, &b"+carol"[..])
    );
    carol.join(&made);

    let made = bob.commit(GROUP, &Request { remove: &[carol.id], aad: b"-carol", ..Request::default() });
    assert_eq!(bob.confirm(GROUP).removed[0].device().unwrap().device, carol.id);
    assert!(matches!(alice.hear(GROUP, &made.commit), Ok(Event::Committed(_))));
    let Event::Removed(removal) = carol.hear(GROUP, &made.commit).unwrap() else { panic!("a removal") };
    assert_eq!((removal.committer.device().unwrap().device, removal.epoch), (bob.id, 3));
    assert_eq!(carol.store.row_count(), 0, "no key of the group is left");
    let sealed = alice.say(GROUP, b"among us", b"");
    assert!(matches!(carol.hear(GROUP, &sealed), Err(Error::NoGroup)));
    assert_eq!(bob.read(GROUP, &sealed).content.as_slice(), b"among us");
    let nobody = Request { remove: &[carol.id], ..Request::default() };
    assert!(matches!(alice.device.commit(&alice.store, GROUP, &nobody, NOW_S), Err(Error::NoSuchMember)));
}

#[test]
fn second_device_joins_by_a_commit_of_its_own_and_comes_back_after_a_loss() {
    let (mut alice, mut bob, mut laptop) = (side(1, 1), side(2, 2), side(1, 3));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    for (epoch, leaves) in [(2, vec![]), (3, vec![laptop.id])] {
        let info = alice.device.group_info(&alice.store, GROUP).unwrap();
        let join = laptop.device.external_join(&laptop.store, &info, b"me too", NOW_S).unwrap();
        let made = laptop.store.take(join);
        assert!(matches!(laptop.device.encrypt(&laptop.store, GROUP, b"", b""), Err(Error::Unconfirmed)));
        for side in [&mut alice, &mut bob] {
            let Event::Committed(committed) = side.hear(GROUP, &made.commit).unwrap() else {
                panic!("a commit")
            };
            assert_eq!((committed.external, committed.aad.as_slice()), (true, &b"me too"[..]));
            assert_eq!(committed.committer.device().unwrap().device, laptop.id);
            let removed = committed.removed.iter().map(|member| member.device().unwrap().device);
            assert_eq!(removed.collect::<Vec<_>>(), leaves);
        }
        let joined = laptop.store.take(laptop.device.confirm(&laptop.store, GROUP).unwrap());
        assert_eq!(joined, Event::Joined { epoch });
        let sealed = laptop.say(GROUP, b"here", b"");
        assert_eq!(bob.read(GROUP, &sealed).content.as_slice(), b"here");
        laptop.store = pinnace_e2ee::Memory::default();
    }
}

#[test]
fn last_resort_serves_twice_and_a_one_time_key_package_once() {
    let mut bob = side(9, 9);
    let life = Life { now_s: NOW_S, for_s: 90 * DAY_S };
    let last = bob.store.take(bob.device.last_resort(Suite::AES_128, life).unwrap());
    let once = bob.key_package(Suite::AES_128);
    for (number, group) in [(1, b"one"), (2, b"two")] {
        let mut alice = side(number, number);
        let made = alice.create(group, Suite::AES_128, &[&last.octets]);
        bob.join(&made);
    }
    let mut alice = side(3, 3);
    let made = [b"3", b"4"].map(|group| alice.create(group, Suite::AES_128, &[&once]));
    bob.join(&made[0]);
    let again = bob.device.join(&bob.store, made[1].welcome.as_ref().unwrap());
    assert!(matches!(again, Err(Error::NotForUs)));
    bob.store.take(bob.device.forget_key_package(&last.reference));
    let mut carol = side(4, 4);
    let made = carol.create(b"five", Suite::AES_128, &[&last.octets]);
    assert!(matches!(bob.device.join(&bob.store, made.welcome.as_ref().unwrap()), Err(Error::NotForUs)));
}

#[test]
fn messages_are_read_in_any_order_and_once() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let sealed: Vec<_> = (0..5_u8).map(|number| bob.say(GROUP, &[number], b"")).collect();
    for number in [3_u8, 0, 4, 1, 2] {
        let message = alice.read(GROUP, &sealed[usize::from(number)]);
        assert_eq!(message.content.as_slice(), [number]);
    }
    assert!(matches!(alice.hear(GROUP, &sealed[0]), Err(Error::KeyUsed)));
    assert!(matches!(bob.hear(GROUP, &sealed[0]), Err(Error::OwnMessage)));
    let mut bent = bob.say(GROUP, b"whole", b"");
    *bent.last_mut().unwrap() ^= 1;
    assert!(matches!(alice.hear(GROUP, &bent), Err(Error::Refused(_))));
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(alice.read(GROUP, &bent).content.as_slice(), b"whole", "a forgery uses no key up");
}

#[test]
fn past_epochs_are_read_within_the_window_and_not_beyond() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    alice.device = alice.device.with_epoch_window(2);
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let mut sealed = Vec::new();
    let mut rows = Vec::new();
    for _ in 0..4 {
        sealed.push(bob.say(GROUP, b"late", b""));
        let made = bob.renew(GROUP);
        bob.confirm(GROUP);
        alice.hear(GROUP, &made.commit).unwrap();
        rows.push(alice.store.row_count());
    }
    assert_eq!(rows[1..], [rows[1]; 3], "the store does not grow");
    assert!(matches!(alice.hear(GROUP, &sealed[1]), Err(Error::BeyondWindow { message: 2, group: 5 })));
    assert_eq!(alice.read(GROUP, &sealed[2]).epoch, 3);
    assert_eq!(alice.read(GROUP, &sealed[3]).epoch, 4);
    assert!(matches!(alice.hear(GROUP, &sealed[2]), Err(Error::KeyUsed)), "a past key is used once, too");
    let ahead = alice.renew(GROUP);
    let epoch_six = {
        alice.confirm(GROUP);
        alice.say(GROUP, b"soon", b"")
    };
    assert!(matches!(bob.hear(GROUP, &epoch_six), Err(Error::Epoch { message: 6, group: 5 })));
    bob.hear(GROUP, &ahead.commit).unwrap();
    assert_eq!(bob.read(GROUP, &epoch_six).content.as_slice(), b"soon");
}

#[test]
fn lengths_are_padded_to_steps() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let mut lens: Vec<_> = (0..32_usize).map(|len| alice.say(GROUP, &vec![0; len], b"").len()).collect();
    lens.dedup();
    assert!(lens.len() <= 2, "{lens:?}");
}

#[test]
fn context_extension_is_there_for_all_and_a_commit_can_change_it() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    let keys = bob.key_package(Suite::AES_128);
    let origin = [Extension { id: 0xF100, data: b"origin".to_vec() }];
    let creation = pinnace_e2ee::Creation {
        group: GROUP,
        suite: Suite::AES_128,
        extensions: &origin,
        add: &[&keys],
        aad: b"",
    };
    let made = alice.store.take(alice.device.create(&alice.store, &creation, NOW_S).unwrap());
    alice.confirm(GROUP);
    bob.join(&made);
    assert_eq!(bob.device.group(&bob.store, GROUP).unwrap().extensions, origin);
    let other = [Extension { id: 0xF100, data: b"other".to_vec() }];
    let made = alice.commit(GROUP, &Request { extensions: Some(&other), ..Request::default() });
    alice.confirm(GROUP);
    bob.hear(GROUP, &made.commit).unwrap();
    assert_eq!(bob.device.group(&bob.store, GROUP).unwrap().extensions, other);
}

#[test]
fn renewed_certificate_rides_in_the_next_commit() {
    let (mut alice, mut bob) = (side(1, 1), side(2, 2));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let later_s = NOW_S + 700 * DAY_S;
    alice.device = Device::new(Identity::new(&certificate(1, 1, later_s), &seed(1)), ALL).unwrap();
    let made = alice.commit(GROUP, &Request { path: Path::WhenNeeded, ..Request::default() });
    alice.confirm(GROUP);
    let Event::Committed(committed) = bob.hear(GROUP, &made.commit).unwrap() else { panic!("a commit") };
    assert_eq!(committed.committer.device().unwrap().not_after_s, later_s);
    let sealed = alice.say(GROUP, b"still me", b"");
    assert_eq!(bob.read(GROUP, &sealed).sender.device().unwrap().not_after_s, later_s);
}

#[test]
fn who_is_offline_for_long_still_follows() {
    // Everything is over by now: certificates, KeyPackages. What members agreed on stands.
    let (mut alice, mut bob, mut carol) = (side(1, 1), side(2, 2), side(3, 3));
    together(GROUP, Suite::AES_128, &mut alice, &mut [&mut bob]);
    let much_later_s = NOW_S + 400 * DAY_S;
    let keys = {
        let identity = Identity::new(&certificate(3, 3, much_later_s + DAY_S), &seed(3));
        carol.device = Device::new(identity, ALL).unwrap();
        let life = Life { now_s: much_later_s, for_s: DAY_S };
        carol.store.take(carol.device.key_packages(Suite::AES_128, 1, life).unwrap()).remove(0).octets
    };
    let request = Request { add: &[&keys], ..Request::default() };
    let made = alice.store.take(alice.device.commit(&alice.store, GROUP, &request, much_later_s).unwrap());
    alice.confirm(GROUP);
    bob.hear(GROUP, &made.commit).unwrap();
    carol.join(&made);
    let info = alice.device.group_info(&alice.store, GROUP).unwrap();
    let mut tablet = Side { store: pinnace_e2ee::Memory::default(), ..side(3, 4) };
    let identity = Identity::new(&certificate(3, 4, much_later_s), &seed(4));
    tablet.device = Device::new(identity, ALL).unwrap();
    assert!(tablet.device.external_join(&tablet.store, &info, b"", much_later_s).is_ok());
}
