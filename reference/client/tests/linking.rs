//! A new device becomes one of an account, and leaves it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test says what is missing by failing"
)]
#![expect(unreachable_pub, reason = "a test")]

mod world;

use core::mem::discriminant;

use pinnace_client::devices::{DevicesError, LinkCode, LinkStage};
use pinnace_client::identity::{Published, Standing};
use pinnace_client::{Client, LinkState};
use pinnace_session::device_list::check_list;
use pinnace_session::noise::PublicKey;
use pinnace_session::server::Request;
use pinnace_wire::{DeviceId, ErrorCode};
use world::home::{Filed, Order};
use world::{Disk, World, until};

async fn published(client: &Client) {
    until(client, |state| state.published == Published::Keys).await;
}

/// A registered device that published all it has, and a new one that shows its code.
async fn stage() -> (World, Client, Client, Disk, LinkCode) {
    let world = World::new();
    let (old, _) = world.registered(1);
    published(&old).await;
    let disk = Disk::new();
    let new = world.client(disk.open(2), 2);
    until(&new, |state| state.link == LinkState::Unregistered).await;
    let offer = new.open_link().await.unwrap();
    assert_eq!(offer.code.device(), new.device());
    (world, old, new, disk, offer.code)
}

fn devices(world: &World, client: &Client) -> Vec<DeviceId> {
    let account = client.store().kept().unwrap().keys.account();
    let list = world.home().directory.lists[&account].clone();
    check_list(world.config.realm, &list).unwrap().devices
}

fn sorted(mut devices: Vec<DeviceId>) -> Vec<DeviceId> {
    devices.sort_unstable();
    devices
}

#[tokio::test(start_paused = true)]
async fn a_new_device_becomes_one_of_the_account() {
    let (world, old, new, _disk, code) = stage().await;
    let changed = old.approve(code).await.unwrap();
    assert_eq!(changed.list.devices, sorted(vec![old.device(), new.device()]));
    published(&new).await;
    let kept = new.store().kept().unwrap();
    assert_eq!(kept.keys.account(), old.keys().account());
    assert_eq!(kept.device.link.unwrap().stage, LinkStage::Linked);
    assert_eq!(kept.device.standing, Standing::Registered);
    // What it got is no message of the application's.
    assert_eq!(new.first_item().unwrap(), None);
    // The new device is one like any other: it takes in a third one.
    let disk = Disk::new();
    let third = world.client(disk.open(3), 3);
    until(&third, |state| state.link == LinkState::Unregistered).await;
    let code = third.open_link().await.unwrap().code;
    new.approve(code).await.unwrap();
    published(&third).await;
    assert_eq!(devices(&world, &old).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_waits_for_its_grant_says_nothing_for_the_account() {
    let (world, old, new, _disk, code) = stage().await;
    // Taken in by the server, but no grant comes: only what somebody else says.
    let answer = discriminant(&Request::OpenLink);
    world.tell(|home| {
        home.directory.linked.insert(new.device(), old.keys().account());
        home.admit();
    });
    until(&new, |state| state.link == LinkState::Online).await;
    let mut forged = vec![3];
    forged.extend([7; 300]);
    for payload in [forged, vec![3], b"\0hello".to_vec()] {
        let filed = Filed::Message { source: DeviceId::new([0xaa; 16]), payload };
        world.tell(|home| home.file(new.device(), filed));
    }
    until(&new, |state| state.cursor.value() == 3).await;
    assert_eq!(new.state().borrow().link_stage, Some(LinkStage::Waiting));
    let asked: Vec<_> =
        world.home().requests.iter().filter(|(device, _)| *device == new.device()).map(|it| it.1).collect();
    assert_eq!(asked, [answer]);
    // The approval comes after all.
    world.tell(|home| {
        home.directory.offers.insert(new.device());
    });
    old.approve(code).await.unwrap();
    published(&new).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_device_that_ends_at_any_time_goes_on_with_the_same_code() {
    let (world, old, new, disk, code) = stage().await;
    new.close().await;
    let new = world.client(disk.open(4), 4);
    until(&new, |state| state.link == LinkState::Unregistered).await;
    assert_eq!(new.open_link().await.unwrap().code, code);
    // It is away while it is approved.
    new.close().await;
    old.approve(code).await.unwrap();
    let new = world.client(disk.open(5), 5);
    published(&new).await;
    assert_eq!(new.store().kept().unwrap().keys.account(), old.keys().account());
    assert_eq!(new.open_link().await, Err(DevicesError::Registered));
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_was_cut_short_is_finished_by_the_next() {
    let (world, old, new, _disk, code) = stage().await;
    // LINK_APPROVE is done, its answer is lost, and so the grant is never sent.
    let account = old.keys().account();
    let before = world.home().directory.lists[&account].clone();
    world.tell(|home| home.directory.drops_at_approve = true);
    assert_eq!(old.approve(code.clone()).await, Err(DevicesError::Stopped));
    assert_eq!(devices(&world, &old).len(), 2, "the server took the approval");
    until(&new, |state| state.link == LinkState::Online).await;
    assert_eq!(new.state().borrow().link_stage, Some(LinkStage::Waiting));
    published(&old).await;
    old.approve(code.clone()).await.unwrap();
    published(&new).await;
    assert_ne!(world.home().directory.lists[&account], before);
    // Asked once more there is nothing to approve; what goes again does no harm.
    let approvals = |world: &World| {
        let approve = discriminant(&Request::ApproveLink { certificate: Vec::new(), list: Vec::new() });
        world.home().requests.iter().filter(|it| it.1 == approve).count()
    };
    let count = approvals(&world);
    let again = old.approve(code).await.unwrap();
    old.outcome(again.message.unwrap()).await.unwrap();
    assert_eq!(approvals(&world), count);
    until(&new, |state| state.cursor.value() >= 2).await;
    assert_eq!(new.first_item().unwrap(), None);
    assert_eq!(devices(&world, &old).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_did_not_ask_is_not_linked() {
    let (_world, old, _new, _disk, code) = stage().await;
    let other = LinkCode { noise_key: PublicKey([9; 32]), ..code.clone() };
    assert_eq!(old.approve(other).await.unwrap_err().code(), Some(ErrorCode::LinkOver));
    let own = LinkCode { noise_key: *old.keys().device.public(), ..code };
    assert_eq!(old.approve(own).await, Err(DevicesError::OwnCode));
}

#[tokio::test(start_paused = true)]
async fn a_removed_device_is_out_and_the_last_one_stays() {
    let (world, old, new, _disk, code) = stage().await;
    old.approve(code).await.unwrap();
    published(&new).await;
    // The new one changes the list meanwhile: the old one follows what is in force.
    let removed = new.remove_device(new.device()).await.unwrap();
    assert_eq!(removed.list.devices, [old.device()]);
    world.order(Order::Close(ErrorCode::Replaced));
    let state = until(&new, |state| state.link == LinkState::Unregistered).await;
    assert_eq!((state.standing, state.link_stage), (Standing::Gone, Some(LinkStage::Linked)));
    published(&old).await;
    assert_eq!(old.remove_device(new.device()).await, Err(DevicesError::NoSuchDevice));
    assert_eq!(old.remove_device(old.device()).await, Err(DevicesError::ListLen));
}
