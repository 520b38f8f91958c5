//! Power that fails at any step of the disk, and connections that break at any record, neither lose nor double a message.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test says what is missing by failing"
)]
#![expect(unreachable_pub, reason = "a test")]

mod world;

use pinnace_client::{Client, Content, LinkState, SendOptions, StopReason, Store};
use world::{Dice, Disk, World};

/// Messages of a run.
const COUNT: u64 = 30;

/// Histories that are played.
const RUNS: u64 = 60;

/// A device whose power fails again and again.
struct Device {
    world: World,
    client: Client,
    disk: Disk,
    dice: Dice,
    crashes: u32,
    /// The last number that the application was promised.
    promised: u64,
    /// Tells the bodies apart that the application gave under one number.
    attempts: u64,
}

impl Device {
    fn new(world: &World, seed: u64) -> Self {
        let (client, disk) = world.registered(seed);
        let mut device = Self {
            world: world.clone(),
            client,
            disk,
            dice: Dice(seed * 977),
            crashes: 0,
            promised: 0,
            attempts: 0,
        };
        device.arm();
        device
    }

    /// The power fails after some steps; not for ever, so that a run ends.
    fn arm(&mut self) {
        if self.crashes < 12 {
            let steps = self.dice.roll() % 120;
            self.disk.fail_in(steps);
        }
    }

    /// The power comes back. Starting may be cut short, too.
    fn restart(&mut self) {
        loop {
            self.crashes += 1;
            self.disk = self.disk.restarted(&mut self.dice);
            self.arm();
            let seed = self.dice.roll();
            let Ok(store) = self.disk.try_open(seed) else { continue };
            if store.kept().is_err() {
                assert!(self.disk.has_failed(), "the store does not read, and the power is on");
                continue;
            }
            let numbered = store.kept().map_or(self.promised, |kept| kept.numbered);
            assert!(numbered >= self.promised, "a number that was promised is gone");
            self.client = self.world.client(store, seed);
            return;
        }
    }

    fn is_down(&self) -> bool {
        self.client.state().borrow().link == LinkState::Stopped(StopReason::Store)
    }

    fn store(&self) -> &Store {
        self.client.store()
    }
}

/// Sends what was not numbered; gives whether all is numbered and has an outcome.
async fn speak(alice: &mut Device, to: pinnace_wire::DeviceId) -> bool {
    if alice.is_down() {
        alice.restart();
    }
    let Ok(kept) = alice.store().kept() else { return false };
    if kept.numbered == COUNT {
        return alice.client.state().borrow().backlog == 0;
    }
    // The number tells what was sent: after a failure nobody needs to guess.
    alice.attempts += 1;
    let payload = [kept.numbered.to_be_bytes(), alice.attempts.to_be_bytes()].concat();
    if let Ok(id) = alice.client.send(to, payload, SendOptions::default()).await {
        alice.promised = id.0.value();
    }
    false
}

fn heard(bob: &Device) -> Vec<u64> {
    let mut heard = Vec::new();
    let mut number = 0;
    while let Ok(Some((next, item))) = bob.store().item_after(number) {
        number = next;
        let Content::Message { payload, .. } = item.content else { unreachable!("only messages are sent") };
        heard.push(number_of(&payload));
    }
    heard
}

fn number_of(payload: &[u8]) -> u64 {
    u64::from_be_bytes(*payload.first_chunk().unwrap())
}

#[tokio::test(start_paused = true)]
async fn no_crash_loses_or_doubles_a_message() {
    for run in 1..=RUNS {
        let world = World::new();
        let mut dice = Dice(run);
        let (mut alice, mut bob) = (Device::new(&world, run * 2), Device::new(&world, run * 2 + 1));
        let to = bob.client.device();
        assert_ne!(to, alice.client.device());
        let mut rounds = 0;
        loop {
            rounds += 1;
            assert!(rounds < 20_000, "run {run} does not end");
            // Connections break now and then, in both directions, and in the end they hold.
            let drop_after = (rounds < 200).then(|| 1 + dice.roll() as usize % 12);
            world.tell(|home| home.drop_after = drop_after);
            let spoken = speak(&mut alice, to).await;
            if bob.is_down() {
                bob.restart();
            }
            if spoken && heard(&bob).len() as u64 >= COUNT && !bob.is_down() {
                break;
            }
            tokio::time::sleep(core::time::Duration::from_millis(dice.roll() % 400)).await;
        }
        assert_eq!(heard(&bob), (0..COUNT).collect::<Vec<_>>(), "run {run}");
        // What the server has is what stands under the number, also where a number was given again after a crash.
        for (seq, payload) in (1..).zip(world.home().payloads(to)) {
            assert_eq!(alice.store().message(seq).unwrap().unwrap().payload, payload, "run {run}");
        }
        assert!(alice.crashes + bob.crashes > 2, "run {run} saw no crash");
        // Each HELLO had a counter above all before it, also after a crash (SES-043).
        let stale: u64 = world.home().devices.values().map(|device| device.stale).sum();
        assert_eq!(stale, 0, "run {run}");
    }
}
