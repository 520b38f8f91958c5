//! Identity, device lists and KeyPackages: what a client publishes, and what it believes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test says what is missing by failing"
)]
#![expect(unreachable_pub, reason = "a test")]

mod world;

use pinnace_client::devices::{ListRefused, Offered, PackageRefused, Seen};
use pinnace_client::identity::{Published, Standing};
use pinnace_client::{Client, Event, LinkState, StopReason};
use pinnace_session::Resort;
use pinnace_session::device_list::{ListTerms, check_list, list_digest, sign_list};
use pinnace_wire::{AccountId, DeviceId, ErrorCode, ListVersion, MlsSuite, OneTimeCount, UnixS};
use world::home::{Filed, Order};
use world::{Dice, Disk, World, until, until_home};

const SUITE: Option<MlsSuite> = MlsSuite::new(1);

async fn published(client: &Client) {
    until(client, |state| state.published == Published::Keys).await;
}

/// Two registered devices of two accounts that published all they have.
async fn pair() -> (World, Client, Client) {
    let world = World::new();
    let (alice, _) = world.registered(1);
    let (bob, _) = world.registered(2);
    published(&alice).await;
    published(&bob).await;
    (world, alice, bob)
}

/// A list of this client's account, as its identity key signs it.
fn list(world: &World, client: &Client, version: u64, previous: [u8; 32], devices: &[DeviceId]) -> Vec<u8> {
    let terms = ListTerms {
        list_version: ListVersion::new(version).unwrap(),
        previous,
        issued_s: UnixS::new(7).unwrap(),
        devices,
    };
    sign_list(&client.keys().identity, world.config.realm, &terms).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_registered_device_publishes_its_list_and_its_key_packages() {
    let (world, alice, _bob) = pair().await;
    let account = alice.keys().account();
    let first = world.home().directory.lists[&account].clone();
    let held = check_list(world.config.realm, &first).unwrap();
    assert_eq!((held.list_version.value(), held.devices), (1, vec![alice.device()]));
    let stocks = world.home().directory.stocks(alice.device());
    let counts: Vec<(u64, u64)> =
        stocks.iter().map(|stock| (stock.suite.value(), stock.one_time_count.value())).collect();
    assert_eq!(counts, [(1, 32), (3, 32)]);
    assert!(stocks.iter().all(|stock| stock.last_resort == pinnace_wire::HasLastResort::Yes));
    assert_eq!(alice.store().kept().unwrap().device.standing, Standing::Registered);
}

#[tokio::test(start_paused = true)]
async fn a_later_session_publishes_nothing_anew() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    published(&alice).await;
    let heard = world.home().directory.heard.len();
    alice.close().await;
    let alice = world.client(disk.open(5), 5);
    published(&alice).await;
    assert_eq!(world.home().directory.heard.len(), heard);
}

#[tokio::test(start_paused = true)]
async fn a_stock_that_runs_low_is_filled() {
    let (world, alice, bob) = pair().await;
    for _ in 0..25 {
        bob.claim(alice.keys().account(), SUITE.unwrap()).await.unwrap();
    }
    let low = Filed::KeysLow { suite: SUITE.unwrap(), one_time_count: OneTimeCount::new(7).unwrap() };
    world.tell(|home| home.file(alice.device(), low));
    let count = |home: &world::Home| home.directory.stocks(alice.device())[0].one_time_count.value();
    until_home(&world, |home| count(home) == 32).await;
}

#[tokio::test(start_paused = true)]
async fn no_crash_publishes_a_key_package_without_its_private_part() {
    let mut crashes = 0;
    for run in 0..40 {
        let world = World::new();
        let disk = Disk::new();
        let key = *disk.open(run).kept().unwrap().keys.device.public();
        world.tell(|home| home.register(&key));
        let (mut disk, mut dice) = (disk, Dice(run * 31 + 1));
        disk.fail_in(dice.roll() % 90);
        loop {
            let Ok(store) = disk.try_open(run) else {
                disk = disk.restarted(&mut dice);
                continue;
            };
            if store.kept().is_err() {
                drop(store);
                disk = disk.restarted(&mut dice);
                continue;
            }
            let client = world.client(store, run + 1000);
            let end = until(&client, |state| {
                state.published == Published::Keys || state.link == LinkState::Stopped(StopReason::Store)
            });
            let is_done = end.await.published == Published::Keys;
            if is_done {
                // Whatever the server ever heard has its private part on the disk, whenever the power fails.
                let store = disk.restarted(&mut dice).open(run);
                let kept = store.kept().unwrap().device.packages;
                for octets in &world.home().directory.heard {
                    let reference = pinnace_client::identity::reference(octets);
                    let package = kept.iter().find(|package| package.reference == reference).unwrap();
                    let row = [&[3], package.mls_reference.as_slice()].concat();
                    assert!(store.row(&row).unwrap().is_some(), "run {run}");
                }
                break;
            }
            crashes += 1;
            drop(client);
            disk = disk.restarted(&mut dice);
            if crashes % 3 != 0 {
                disk.fail_in(dice.roll() % 120);
            }
        }
    }
    assert!(crashes > 10, "{crashes}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_publishes_the_same_key_packages_again() {
    let world = World::new();
    world.tell(|home| home.directory.drops = true);
    let (alice, _disk) = world.registered(1);
    // A query, a publication of the list, one of KeyPackages: each is done, and none is answered.
    until_home(&world, |home| home.attempts.len() > 3).await;
    world.tell(|home| home.directory.drops = false);
    published(&alice).await;
    let stocks = world.home().directory.stocks(alice.device());
    assert!(stocks.iter().all(|stock| stock.one_time_count.value() == 32));
    let account = alice.keys().account();
    let list = world.home().directory.lists[&account].clone();
    assert_eq!(check_list(world.config.realm, &list).unwrap().list_version.value(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_claim_brings_a_key_package_of_each_device_that_holds() {
    let (_world, alice, bob) = pair().await;
    let claimed = bob.claim(alice.keys().account(), SUITE.unwrap()).await.unwrap();
    assert_eq!((claimed.list.seen, claimed.list.devices), (Seen::First, vec![alice.device()]));
    assert_eq!(claimed.devices[0].device, alice.device());
    assert!(matches!(&claimed.devices[0].offered, Offered::Package { resort: Resort::OneTime, .. }));
    // Of an account with the asking device alone there is nothing but the list.
    let own = bob.claim(bob.keys().account(), SUITE.unwrap()).await.unwrap();
    assert_eq!(own.devices, []);
}

#[tokio::test(start_paused = true)]
async fn a_claimed_key_package_is_held_against_the_list() {
    let (world, alice, bob) = pair().await;
    let account = alice.keys().account();
    let of = |device: DeviceId, suite: u64| world.home().directory.stocks[&(device, suite)].clone();
    let (good, last) = of(alice.device(), 1);
    let mut broken = good[0].clone();
    *broken.last_mut().unwrap() ^= 1;
    let others = of(bob.device(), 1).0[0].clone();
    let other_suite = of(alice.device(), 3).0[0].clone();
    let bad = vec![broken, others, other_suite, last.unwrap(), vec![1, 2, 3]];
    world.tell(|home| home.directory.bad_packages = bad);
    let mut refused = Vec::new();
    for _ in 0..5 {
        let claimed = bob.claim(account, SUITE.unwrap()).await.unwrap();
        let Offered::Refused(why) = claimed.devices[0].offered else { unreachable!("{claimed:?}") };
        refused.push(why);
    }
    assert!(matches!(refused[0], PackageRefused::Broken(_)));
    let rest = [PackageRefused::OtherAccount, PackageRefused::OtherSuite, PackageRefused::OtherResort];
    assert_eq!(refused[1..4], rest);
    assert!(matches!(refused[4], PackageRefused::Broken(_)));
}

#[tokio::test(start_paused = true)]
async fn a_device_without_stock_is_told_apart() {
    let (world, alice, bob) = pair().await;
    world.tell(|home| home.directory.stocks.clear());
    let claimed = bob.claim(alice.keys().account(), SUITE.unwrap()).await.unwrap();
    assert_eq!(claimed.devices[0].offered, Offered::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_not_believed_is_told_and_not_used() {
    let (world, alice, bob) = pair().await;
    let account = alice.keys().account();
    let mut events = bob.events().unwrap();
    let first = world.home().directory.lists[&account].clone();
    assert_eq!(bob.account_devices(account).await.unwrap().seen, Seen::First);
    assert_eq!(bob.account_devices(account).await.unwrap().seen, Seen::Same);
    let other = DeviceId::new([0xee; 16]);
    let mut unsigned = first.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    let second = list(&world, &alice, 2, list_digest(&first), &[alice.device()]);
    let lies = vec![
        unsigned,
        world.home().directory.lists[&bob.keys().account()].clone(),
        list(&world, &alice, 1, [0; 32], &[other]),
        list(&world, &alice, 2, [9; 32], &[other]),
        second,
        first,
    ];
    world.tell(|home| home.directory.lies = lies);
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(bob.account_devices(account).await);
    }
    let version = |value| ListVersion::new(value).unwrap();
    let refused: Vec<Option<ListRefused>> = answers
        .iter()
        .map(|answer| match answer {
            Err(pinnace_client::devices::DevicesError::List(why)) => Some(*why),
            Ok(_) | Err(_) => None,
        })
        .collect();
    assert!(matches!(refused[0], Some(ListRefused::Broken(_))), "{refused:?}");
    assert_eq!(refused[1], Some(ListRefused::OtherAccount { found: bob.keys().account() }));
    assert_eq!(refused[2], Some(ListRefused::Forked { told: version(1) }));
    assert_eq!(refused[3], Some(ListRefused::Forked { told: version(2) }));
    assert_eq!(answers[4].as_ref().unwrap().seen, Seen::Next);
    assert_eq!(refused[5], Some(ListRefused::Fallen { seen: version(2), told: version(1) }));
    let mut told = 0;
    while let Ok(event) = events.try_recv() {
        if matches!(event, Event::DevicesRefused { account: of, .. } if of == account) {
            told += 1;
        }
    }
    assert_eq!(told, 5);
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_of_an_account_outlives_the_process() {
    let world = World::new();
    let (alice, _) = world.registered(1);
    let (bob, disk) = world.registered(2);
    published(&alice).await;
    published(&bob).await;
    let account = alice.keys().account();
    bob.account_devices(account).await.unwrap();
    bob.close().await;
    let bob = world.client(disk.open(9), 9);
    published(&bob).await;
    let fork = list(&world, &alice, 1, [0; 32], &[DeviceId::new([0xee; 16])]);
    world.tell(|home| home.directory.lies = vec![fork]);
    assert!(bob.account_devices(account).await.is_err());
    assert_eq!(bob.account_devices(account).await.unwrap().seen, Seen::Same);
}

#[tokio::test(start_paused = true)]
async fn an_account_without_a_list_is_told_apart() {
    let (_world, _alice, bob) = pair().await;
    let answer = bob.account_devices(AccountId::new([5; 16])).await;
    assert_eq!(answer.unwrap_err().code(), Some(ErrorCode::UnknownAccount));
}

#[tokio::test(start_paused = true)]
async fn a_removed_device_knows_so_and_keeps_what_it_has() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    published(&alice).await;
    world.order(Order::Close(ErrorCode::DeviceGone));
    let state = until(&alice, |state| state.link == LinkState::Stopped(StopReason::DeviceGone)).await;
    assert_eq!(state.standing, Standing::Gone);
    alice.close().await;
    // Later starts know it, too, and so does one that hears of it only by not being known.
    world.tell(|home| home.devices.clear());
    let alice = world.client(disk.open(3), 3);
    let state = until(&alice, |state| state.link == LinkState::Unregistered).await;
    assert_eq!(state.standing, Standing::Gone);
    let packages = alice.store().kept().unwrap().device.packages;
    assert_eq!(packages.len(), 66);
}
