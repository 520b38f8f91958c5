//! The server is killed a hundred times under load, and the clients now and then: nothing is lost, doubled or reordered.

use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

use pinnace_client::{Carrier, Client, Content, Event, ItemNumber, Outcome, SendOptions};
use pinnace_wire::{DeviceId, ReceiptStatus};
use tokio::sync::broadcast::error::RecvError;

use crate::PATIENCE;
use crate::device::Device;
use crate::server::Server;

/// How often the server is killed.
const KILLS: u64 = 100;

/// Devices that write to one another.
const DEVICES: usize = 3;

/// Messages of a device that wait for their outcome at most, so that the load lasts as long as the kills.
const WINDOW: u64 = 4;

/// Messages of a device at most. Its store remembers as many outcomes.
const MESSAGES_MAX: u64 = 1000;

/// Outcomes between the start of a server and its end at most.
const OUTCOMES_MAX: u64 = 16;

/// One of how many kills takes a client along.
const CLIENT_CRASHES: u64 = 4;

/// A number from a number, well mixed (SplitMix64): one seed plays the whole test.
const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Chance.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, max: u64) -> u64 {
        self.0 = mix(self.0);
        self.0 % (max + 1)
    }
}

/// The n-th message of a device: to whom, and what. All that a device ever says follows from its place and the number.
fn message(sender: usize, number: u64) -> (usize, Vec<u8>) {
    let chance = mix(number.wrapping_mul(DEVICES as u64).wrapping_add(sender as u64));
    let receiver = (sender + 1 + usize::from(chance.is_multiple_of(2))) % DEVICES;
    let mut payload = format!("message {number} of {sender} to {receiver} ").into_bytes();
    let len = chance % 2000;
    payload.extend((0..len).map(|place| mix(chance ^ place).to_le_bytes()[0]));
    (receiver, payload)
}

/// What the applications of all devices know, whatever crashes under them.
#[derive(Default)]
struct Known {
    /// How many messages of each device have an outcome.
    settled: [u64; DEVICES],
    /// How many messages each device sent, once it has no more to say.
    said: [Option<u64>; DEVICES],
    /// What each device took, by its number in the inbox.
    taken: [BTreeMap<ItemNumber, (DeviceId, Vec<u8>)>; DEVICES],
}

#[derive(Default)]
struct World {
    ids: Vec<DeviceId>,
    known: Mutex<Known>,
    changed: Condvar,
    /// The last kill is done: nothing new is sent.
    is_over: AtomicBool,
}

impl World {
    fn tell(&self, what: impl FnOnce(&mut Known)) {
        what(&mut self.known.lock().unwrap());
        self.changed.notify_all();
    }

    #[track_caller]
    fn wait(&self, what: &str, holds: impl Fn(&Known) -> bool) {
        let known = self.known.lock().unwrap();
        let (known, wait) = self.changed.wait_timeout_while(known, PATIENCE, |known| !holds(known)).unwrap();
        assert!(!wait.timed_out(), "{what} does not come; settled: {:?}", known.settled);
    }

    fn outcomes(&self) -> u64 {
        self.known.lock().unwrap().settled.iter().sum()
    }
}

/// The application of a device: it says what it has to say, listens, and takes what comes.
fn run(world: &Arc<World>, place: usize, device: &Device) {
    device.spawn(speak(Arc::clone(world), place, device.client.clone()));
    device.spawn(listen(Arc::clone(world), place, device.client.clone()));
    device.spawn(take(Arc::clone(world), place, device.client.clone()));
}

async fn speak(world: Arc<World>, place: usize, client: Client) {
    let mut state = client.state();
    // The store tells how far an earlier life came.
    let mut numbered = client.store().kept().unwrap().numbered;
    while !world.is_over.load(Ordering::Relaxed) {
        if state.wait_for(|state| state.backlog < WINDOW).await.is_err() {
            return;
        }
        assert!(numbered < MESSAGES_MAX, "the kills take more messages than planned");
        let (receiver, payload) = message(place, numbered + 1);
        match client.send(world.ids[receiver], payload, SendOptions::default()).await {
            Ok(id) => numbered = id.0.value(),
            Err(_) => return,
        }
    }
    world.tell(|known| known.said[place] = Some(numbered));
}

async fn listen(world: Arc<World>, place: usize, client: Client) {
    let Ok(mut events) = client.events() else { return };
    // Listened to before the store is read, so that nothing falls between.
    let settled = client.store().kept().unwrap().settled;
    world.tell(|known| known.settled[place] = settled);
    loop {
        let heard = events.recv().await;
        if let Ok(Event::Outcome { id, outcome }) = heard {
            assert_eq!(outcome, Outcome::Accepted, "message {id} of {place}");
            world.tell(|known| known.settled[place] = known.settled[place].max(id.0.value()));
        } else if heard == Err(RecvError::Closed) {
            return;
        } else {
            // Something else moved, such as a receipt.
            world.tell(|_| ());
        }
    }
}

async fn take(world: Arc<World>, place: usize, client: Client) {
    let mut state = client.state();
    loop {
        while let Some((number, item)) = client.first_item().unwrap() {
            let Content::Message { source, payload, .. } = item.content else {
                panic!("something was lost: {item:?}")
            };
            // A crash before `take` shows the same item again, and nothing else under its number.
            world.tell(|known| {
                let heard = (source, payload);
                let earlier = known.taken[place].insert(number, heard.clone());
                assert!(earlier.is_none_or(|earlier| earlier == heard), "item {number} of {place} changed");
            });
            if client.take(Vec::new()).await.is_err() {
                return;
            }
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

#[test]
fn a_hundred_kills_lose_nothing_double_nothing_and_keep_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("server"));
    let mut devices: Vec<Device> = (0..DEVICES)
        .map(|place| {
            let home = folder.path().join(place.to_string());
            Device::register(&server, &home, &format!("+4670000000{place}"))
        })
        .collect();
    let world = Arc::new(World { ids: devices.iter().map(Device::id).collect(), ..World::default() });
    for (place, device) in devices.iter().enumerate() {
        run(&world, place, device);
    }
    // Another seed kills at other moments; what runs beside the test moves them, too.
    let seed = std::env::var("JOURNEY_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut dice = Dice(seed);
    for kill in 1..=KILLS {
        let until = world.outcomes() + dice.up_to(OUTCOMES_MAX);
        world.wait(&format!("kill {kill}"), |known| known.settled.iter().sum::<u64>() >= until);
        let crashed = (dice.up_to(CLIENT_CRASHES - 1) == 0).then(|| {
            let place = usize::try_from(dice.up_to(DEVICES as u64 - 1)).unwrap();
            (place, devices.remove(place).crash())
        });
        server.kill_and_restart();
        if let Some((place, crashed)) = crashed {
            let device = crashed.restart();
            run(&world, place, &device);
            devices.insert(place, device);
        }
        follow(&server, &devices);
    }
    world.is_over.store(true, Ordering::Relaxed);
    check(&world, &devices);
}

/// The devices find the server again: it listens elsewhere after each start. One of them uses the other carrier.
fn follow(server: &Server, devices: &[Device]) {
    for (place, device) in devices.iter().enumerate() {
        let carrier = if place == 0 { Carrier::WebSocket } else { Carrier::Tcp };
        device.whereto.set(server.address(carrier));
    }
}

/// Everything that was said was accepted, and is where it belongs: once, in order, and nothing beside it.
fn check(world: &World, devices: &[Device]) {
    world.wait("the last outcome", |known| {
        known.said.iter().zip(known.settled).all(|(said, settled)| *said == Some(settled))
    });
    let counts = world.known.lock().unwrap().settled;
    for (device, count) in devices.iter().zip(counts) {
        for seq in 1..=count {
            let record = device.client.store().message(seq).unwrap().expect("its outcome is remembered");
            assert_eq!(record.outcome, Some(Outcome::Accepted), "message {seq}");
        }
    }
    world.wait("the last receipt", |_| {
        devices.iter().zip(counts).all(|(device, count)| (1..=count).all(|seq| is_delivered(device, seq)))
    });
    for receiver in 0..DEVICES {
        let said: Vec<_> = (0..DEVICES).map(|sender| said(sender, counts[sender], receiver)).collect();
        let count: usize = said.iter().map(Vec::len).sum();
        world.wait(&format!("item {count} of {receiver}"), |known| known.taken[receiver].len() >= count);
        let known = world.known.lock().unwrap();
        let taken = &known.taken[receiver];
        assert!(taken.keys().copied().eq(1..=count as u64), "{} items for {count} messages", taken.len());
        for (sender, said) in said.iter().enumerate() {
            let heard = taken.values().filter(|(source, _)| *source == world.ids[sender]);
            assert!(heard.map(|(_, payload)| payload).eq(said), "from {sender} to {receiver}");
        }
    }
}

/// Whether the device was told that its message is durable at the receiver.
fn is_delivered(device: &Device, seq: u64) -> bool {
    let record = device.client.store().message(seq).unwrap().expect("its outcome is remembered");
    record.receipt == Some(ReceiptStatus::DELIVERED)
}

/// What a device said to another one, in order, with its first `count` messages.
fn said(sender: usize, count: u64, receiver: usize) -> Vec<Vec<u8>> {
    let all = (1..=count).map(|number| message(sender, number));
    all.filter(|(to, _)| *to == receiver).map(|(_, payload)| payload).collect()
}
