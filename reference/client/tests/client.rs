//! The client against real server sessions, through channels, under a clock that jumps.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test says what is missing by failing"
)]
#![expect(unreachable_pub, reason = "a test")]

mod world;

use core::time::Duration;

use pinnace_client::{
    Client, Content, Event, LinkState, MessageId, Outcome, RegisterAnswer, RegisterError, RegisterStep,
    SendError, SendOptions, StopReason, VoidError,
};
use pinnace_session::Replace;
use pinnace_session::server::{Answer, ServerGoaway};
use pinnace_wire::{
    ClientSeq, DeviceId, ErrorCode, FrameCode, GapReason, GoawayReason, MailboxSeq, Method, MlsSuite,
    NackReason, OneTimeCount, ReceiptStatus,
};
use world::home::Filed;
use world::{Order, World, until, until_home};

async fn send(client: &Client, to: DeviceId, payload: &[u8]) -> MessageId {
    client.send(to, payload.to_vec(), SendOptions::default()).await.unwrap()
}

/// Takes the next message of the inbox, waiting for it.
async fn next_payload(client: &Client) -> Vec<u8> {
    until(client, |state| state.untaken > 0).await;
    let (_, item) = client.first_item().unwrap().unwrap();
    client.take(Vec::new()).await.unwrap();
    let Content::Message { payload, .. } = item.content else { unreachable!("a message") };
    payload
}

fn code(code: ErrorCode) -> FrameCode {
    FrameCode::new(code as u64).unwrap()
}

fn seqs(values: impl IntoIterator<Item = u64>) -> Vec<ClientSeq> {
    values.into_iter().map(|value| ClientSeq::new(value).unwrap()).collect()
}

async fn online(client: &Client) {
    until(client, |state| state.link == LinkState::Online).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_is_accepted_and_arrives_once() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let (bob, _disk) = world.registered(2);
    let id = send(&alice, bob.device(), b"ahoy").await;
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    assert_eq!(next_payload(&bob).await, b"ahoy");
    // The server hears of it only after the item is durable.
    until_home(&world, |home| {
        home.devices[&bob.device()].acked.as_ref().is_some_and(|it| it.cursor.value() == 1)
    })
    .await;
    bob.close().await;
    assert_eq!(bob.state().borrow().link, LinkState::Stopped(StopReason::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_device_registers_and_is_welcome() {
    let world = World::new();
    let disk = world::Disk::new();
    let client = world.client(disk.open(3), 3);
    until(&client, |state| state.link == LinkState::Unregistered).await;
    let number = "+46700000001".to_owned();
    let step = RegisterStep::Number { e164: number.clone(), replace: Replace::Unwanted };
    assert!(matches!(client.register(step).await, Ok(RegisterAnswer::State(_))));
    assert!(matches!(client.register(RegisterStep::Method(Method::SMS)).await, Ok(RegisterAnswer::State(_))));
    let wrong = client.register(RegisterStep::Code("000000".to_owned())).await;
    assert_eq!(wrong, Err(RegisterError::Failed { code: code(ErrorCode::CodeWrong), retry_after_ms: None }));
    assert!(client.register(RegisterStep::Code("123456".to_owned())).await.is_ok());
    let answer = client.register(RegisterStep::Device { e164: number.clone() }).await;
    let device = client.device();
    assert_eq!(answer, Ok(RegisterAnswer::Registered { account: client.keys().account(), device }));
    online(&client).await;
    assert_eq!(client.store().kept().unwrap().e164, Some(number));
    let again = client.register(RegisterStep::Method(Method::SMS)).await;
    assert_eq!(again, Err(RegisterError::AlreadyRegistered));
}

#[tokio::test(start_paused = true)]
async fn refused_and_accepted_outcomes_are_told_in_order() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let mut events = alice.events().unwrap();
    world.answer_next([Answer::Refused(code(ErrorCode::MailboxFull))]);
    for payload in [b"a", b"b"] {
        send(&alice, alice.device(), payload).await;
    }
    let stranger = send(&alice, DeviceId::new([9; 16]), b"c").await;
    let unknown = Outcome::Refused(code(ErrorCode::UnknownDevice));
    assert_eq!(alice.outcome(stranger).await, Ok(unknown));
    let mut told = Vec::new();
    while told.len() < 3 {
        if let Event::Outcome { id, outcome } = events.recv().await.unwrap() {
            told.push((id.0.value(), outcome));
        }
    }
    let full = Outcome::Refused(code(ErrorCode::MailboxFull));
    assert_eq!(told, [(1, full), (2, Outcome::Accepted), (3, unknown)]);
}

#[tokio::test(start_paused = true)]
async fn rate_sends_the_same_numbers_again_in_order() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    online(&alice).await;
    world.answer_next([Answer::Rate { retry_after_ms: 400 }]);
    let before = tokio::time::Instant::now();
    let ids = tokio::join!(
        send(&alice, alice.device(), b"1"),
        send(&alice, alice.device(), b"2"),
        send(&alice, alice.device(), b"3")
    );
    assert_eq!(alice.outcome(ids.2).await, Ok(Outcome::Accepted));
    assert!(before.elapsed() >= Duration::from_millis(400));
    assert_eq!(world.home().payloads(alice.device()), [b"1", b"2", b"3"]);
    let heard = world.home().heard.clone();
    assert_eq!(&heard[heard.len() - 3..], seqs([1, 2, 3]));
}

#[tokio::test(start_paused = true)]
async fn an_application_send_takes_a_waiting_resend_along() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    // What a session publishes at its start is through, so that the answer is heard before the second message.
    until(&alice, |state| state.published == pinnace_client::identity::Published::Keys).await;
    world.answer_next([Answer::Unavailable { retry_after_ms: 3_000_000 }]);
    let before = tokio::time::Instant::now();
    let first = send(&alice, alice.device(), b"1").await;
    until_home(&world, |home| home.heard.len() == 1).await;
    let second = send(&alice, alice.device(), b"2").await;
    assert_eq!(alice.outcome(first).await, Ok(Outcome::Accepted));
    assert_eq!(alice.outcome(second).await, Ok(Outcome::Accepted));
    assert!(before.elapsed() < Duration::from_secs(60), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_application_send_takes_a_waiting_reconnect_along() {
    let world = World::new();
    world.tell(|home| home.is_down = true);
    let (alice, _disk) = world.registered(1);
    until_home(&world, |home| home.attempts.len() == 12).await;
    world.tell(|home| home.is_down = false);
    let before = tokio::time::Instant::now();
    let id = send(&alice, alice.device(), b"1").await;
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    // No later than the base of the backoff after the attempt before.
    assert!(before.elapsed() <= Duration::from_millis(500), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn reconnects_wait_a_random_time_below_a_doubling_ceiling() {
    let world = World::new();
    world.tell(|home| home.is_down = true);
    let (_alice, _disk) = world.registered(1);
    until_home(&world, |home| home.attempts.len() == 16).await;
    let attempts = world.home().attempts.clone();
    let waits: Vec<u64> = attempts.windows(2).map(|pair| (pair[1] - pair[0]).as_millis() as u64).collect();
    for (failures, wait_ms) in (0..).zip(&waits) {
        // One millisecond more: timers have that grain.
        assert!(*wait_ms <= (500_u64 << failures).min(300_000) + 1, "{waits:?}");
    }
    assert!(waits.iter().max().unwrap() > &10_000, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_takeover_only_a_wake_reconnects() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    online(&alice).await;
    world.order(Order::Close(ErrorCode::TakenOver));
    until(&alice, |state| state.link == LinkState::Stopped(StopReason::TakenOver)).await;
    let id = send(&alice, alice.device(), b"kept").await;
    tokio::time::advance(Duration::from_secs(86_400)).await;
    assert_eq!(world.home().attempts.len(), 1);
    alice.wake().await.unwrap();
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    assert_eq!(world.home().attempts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn goaway_moves_the_client_within_the_window() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    online(&alice).await;
    let epoch = alice.state().borrow().session_epoch;
    let before = tokio::time::Instant::now();
    world.order(Order::Goaway(ServerGoaway {
        reason: GoawayReason::RESTART,
        drain_ms: 5_000,
        window_ms: 60_000,
        alternates: vec!["quic://best:1".to_owned(), "tcp://second:7".to_owned(), "tcp://third:7".to_owned()],
    }));
    until(&alice, |state| state.session_epoch.is_some_and(|it| Some(it) != epoch)).await;
    assert!(before.elapsed() <= Duration::from_millis(60_001), "{:?}", before.elapsed());
    assert_eq!(world.home().addresses.len(), 2);
    // The best place of a form that this client knows.
    assert_eq!(world.home().addresses[1], "tcp://second:7/");
}

#[tokio::test(start_paused = true)]
async fn a_draining_session_takes_no_new_message() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    online(&alice).await;
    world.order(Order::Goaway(ServerGoaway {
        reason: GoawayReason::RESTART,
        drain_ms: 3_600_000,
        window_ms: 3_600_000,
        alternates: Vec::new(),
    }));
    // The answer to a query comes behind GOAWAY.
    while !world.home().has_obeyed {
        alice.devices().await.unwrap();
    }
    alice.devices().await.unwrap();
    let id = send(&alice, alice.device(), b"1").await;
    alice.devices().await.unwrap();
    assert_eq!(world.home().heard, []);
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    assert_eq!(world.home().attempts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused_for_good_and_not_filed() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    for payload in [&[world::BAD, 1], b"ok"] {
        send(&alice, alice.device(), payload).await;
    }
    assert_eq!(next_payload(&alice).await, b"ok");
    until_home(&world, |home| !home.nacks.is_empty()).await;
    assert_eq!(world.home().nacks, [(MailboxSeq::FIRST, NackReason::MALFORMED)]);
    until_home(&world, |home| {
        home.devices[&alice.device()].acked.as_ref().is_some_and(|it| it.cursor.value() == 2)
    })
    .await;
}

/// Spec: DLV-054.
#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_not_acknowledged_though_the_connection_ends_first() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    world.tell(|home| home.drops_at_nack = true);
    for payload in [&[world::BAD, 1], b"ok"] {
        send(&alice, alice.device(), payload).await;
    }
    until_home(&world, |home| home.acked_up_to(alice.device()) == 2).await;
    assert!(!world.home().drops_at_nack, "the first NACK was lost");
    assert_eq!(world.home().nacks, [(MailboxSeq::FIRST, NackReason::MALFORMED)]);
}

/// Spec: DLV-054.
#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_not_acknowledged_though_the_device_crashes_first() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    let device = alice.device();
    world.tell(|home| home.drops_at_nack = true);
    for payload in [&[world::BAD, 1], b"ok"] {
        send(&alice, device, payload).await;
    }
    until_home(&world, |home| !home.drops_at_nack).await;
    world.tell(|home| home.is_down = true);
    let survivor = disk.restarted(&mut world::Dice(0));
    drop(alice);
    world.tell(|home| home.is_down = false);
    let alice = world.client(survivor.open(1), 9);
    alice.wake().await.unwrap();
    until_home(&world, |home| home.acked_up_to(device) == 2).await;
    assert_eq!(world.home().nacks, [(MailboxSeq::FIRST, NackReason::MALFORMED)]);
}

/// Spec: DLV-055.
#[tokio::test(start_paused = true)]
async fn a_session_counts_though_its_first_item_ends_the_client() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    let device = alice.device();
    alice.close().await;
    world.tell(|home| {
        let poison = Filed::Message { source: device, payload: vec![world::POISON] };
        let device = home.devices.get_mut(&device).unwrap();
        device.mailbox.push(poison);
        device.confirmed = 0;
    });
    for starts in 1..=2 {
        let survivor = disk.restarted(&mut world::Dice(0));
        let _fails = world.client(survivor.open(1), 9 + starts);
        until_home(&world, |home| home.devices[&device].confirmed == starts).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lost_its_state_is_given_what_waits() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    let device = alice.device();
    for payload in [b"1", b"2", b"3"] {
        send(&alice, device, payload).await;
        assert_eq!(next_payload(&alice).await, payload);
    }
    alice.close().await;
    let survivor = disk.restarted(&mut world::Dice(0));
    world.tell(|home| {
        *home.devices.get_mut(&device).unwrap() = Default::default();
        home.heard.clear();
        home.is_down = true;
    });
    let alice = world.client(survivor.open(1), 9);
    let mut events = alice.events().unwrap();
    for payload in [b"4", b"5"] {
        send(&alice, device, payload).await;
    }
    world.tell(|home| home.is_down = false);
    alice.wake().await.unwrap();
    for payload in [b"4", b"5"] {
        assert_eq!(next_payload(&alice).await, payload);
    }
    assert_eq!(world.home().payloads(device), [b"4", b"5"]);
    while events.recv().await.unwrap() != (Event::Renumbered { shift: 3 }) {}
    assert_eq!(alice.store().kept().unwrap().numbered, 2);
}

#[tokio::test(start_paused = true)]
async fn a_stale_counter_is_raised_and_tried_at_once() {
    let world = World::new();
    let disk = world::Disk::new();
    let store = disk.open(1);
    let key = *store.kept().unwrap().keys.device.public();
    world.tell(|home| {
        home.register(&key);
        home.devices.get_mut(&pinnace_session::device_id(&key)).unwrap().counter = 77;
    });
    let client = world.client(store, 1);
    online(&client).await;
    assert_eq!(world.home().attempts.len(), 2);
    // Two numbers a session: the second is for a HELLO after RETRY.
    assert_eq!(client.store().kept().unwrap().hello_counter, 79);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_lost_its_numbers_goes_on_after_the_servers() {
    let world = World::new();
    let disk = world::Disk::new();
    let store = disk.open(1);
    let key = *store.kept().unwrap().keys.device.public();
    world.tell(|home| {
        home.register(&key);
        home.devices.get_mut(&pinnace_session::device_id(&key)).unwrap().outcomes = vec![Ok(()); 41];
    });
    let client = world.client(store, 1);
    online(&client).await;
    assert_eq!(send(&client, client.device(), b"x").await.0.value(), 42);
}

#[tokio::test(start_paused = true)]
async fn messages_sent_while_offline_ride_in_the_first_flight() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    online(&alice).await;
    alice.close().await;
    drop(alice);
    world.tell(|home| home.is_down = true);
    let alice = world.client(disk.restarted(&mut world::Dice(0)).open(1), 5);
    for payload in 0..40_u8 {
        send(&alice, alice.device(), &[payload]).await;
    }
    assert_eq!(alice.state().borrow().backlog, 40);
    world.tell(|home| home.is_down = false);
    alice.wake().await.unwrap();
    until(&alice, |state| state.backlog == 0).await;
    assert_eq!(
        world.home().payloads(alice.device()),
        (0..40).map(|payload| vec![payload]).collect::<Vec<_>>()
    );
}

#[tokio::test(start_paused = true)]
async fn welcome_settles_without_sending_again() {
    let world = World::new();
    let (alice, disk) = world.registered(1);
    online(&alice).await;
    // The first answer is lost with the connection, the outcome stands at the server.
    let id = send(&alice, alice.device(), b"1").await;
    until_home(&world, |home| home.heard.len() == 1).await;
    let survivor = disk.restarted(&mut world::Dice(0));
    drop(alice);
    let alice = world.client(survivor.open(1), 6);
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    assert_eq!(world.home().payloads(alice.device()), [b"1"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_withdrawn_before_it_is_sent() {
    let world = World::new();
    world.tell(|home| home.is_down = true);
    let (alice, _disk) = world.registered(1);
    let kept = send(&alice, alice.device(), b"1").await;
    let withdrawn = send(&alice, alice.device(), b"2").await;
    assert_eq!(alice.void(withdrawn).await, Ok(()));
    world.tell(|home| home.is_down = false);
    alice.wake().await.unwrap();
    assert_eq!(alice.outcome(kept).await, Ok(Outcome::Accepted));
    assert_eq!(alice.outcome(withdrawn).await, Ok(Outcome::Voided));
    assert_eq!(alice.void(kept).await, Err(VoidError::Settled));
    assert_eq!(world.home().payloads(alice.device()), [b"1"]);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_is_told_and_kept_and_no_item() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let (bob, _disk) = world.registered(2);
    let mut events = alice.events().unwrap();
    let id = send(&alice, bob.device(), b"1").await;
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    let receipt = |status| Filed::Receipt { device: bob.device(), seq: id.0, status };
    world.tell(|home| home.file(alice.device(), receipt(ReceiptStatus::DELIVERED)));
    while !matches!(events.recv().await.unwrap(), Event::Receipt { device, .. } if device == bob.device()) {}
    let record = alice.store().message(1).unwrap().unwrap();
    assert_eq!(record.receipt.map(|status| status.value()), Some(0));
    assert_eq!(alice.state().borrow().untaken, 0);
}

#[tokio::test(start_paused = true)]
async fn few_keys_are_told_and_acknowledged_and_no_item() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let mut events = alice.events().unwrap();
    let (suite, one_time_count) = (MlsSuite::CHACHA20POLY1305, OneTimeCount::new(9).unwrap());
    world.tell(|home| home.file(alice.device(), Filed::KeysLow { suite, one_time_count }));
    let told = Event::KeysLow { suite, one_time_count: 9 };
    while events.recv().await.unwrap() != told {}
    until_home(&world, |home| home.acked_up_to(alice.device()) == 1).await;
    assert_eq!(alice.state().borrow().untaken, 0);
}

/// Spec: EXT-005.
#[tokio::test(start_paused = true)]
async fn a_receipt_of_unknown_status_is_acknowledged_and_not_told() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let (bob, _disk) = world.registered(2);
    let mut events = alice.events().unwrap();
    let id = send(&alice, bob.device(), b"1").await;
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
    for status in [ReceiptStatus::new(95).unwrap(), ReceiptStatus::DELIVERED] {
        let receipt = Filed::Receipt { device: bob.device(), seq: id.0, status };
        world.tell(|home| home.file(alice.device(), receipt));
    }
    until_home(&world, |home| home.acked_up_to(alice.device()) == 2).await;
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::Receipt { status, .. } = event {
            told.push(status);
        }
    }
    assert_eq!(told, [ReceiptStatus::DELIVERED]);
}

/// Spec: DLV-050.
#[tokio::test(start_paused = true)]
async fn a_gap_of_unknown_reason_is_acknowledged() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let reason = GapReason::new(95).unwrap();
    world.tell(|home| home.file(alice.device(), Filed::Gap { reason }));
    until_home(&world, |home| home.acked_up_to(alice.device()) == 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_application_may_send_from_within_its_handler() {
    const COUNT: usize = 600;
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let (bob, _disk) = world.registered(2);
    let echo = {
        let bob = bob.clone();
        let to = alice.device();
        tokio::spawn(async move {
            for _ in 0..COUNT {
                let payload = next_payload(&bob).await;
                send(&bob, to, &payload).await;
            }
        })
    };
    for number in 0..COUNT as u32 {
        send(&alice, bob.device(), &number.to_be_bytes()).await;
    }
    for number in 0..COUNT as u32 {
        assert_eq!(next_payload(&alice).await, number.to_be_bytes());
    }
    echo.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_the_server_cannot_take_is_refused_before_it_has_a_number() {
    let world = World::new();
    let (alice, _disk) = world.registered(1);
    let to = alice.device();
    assert_eq!(alice.send(to, Vec::new(), SendOptions::default()).await, Err(SendError::Empty));
    let long = alice.send(to, vec![0; 61_441], SendOptions::default()).await;
    assert_eq!(long, Err(SendError::TooLong { len_max: 61_440 }));
    let id = alice.send(to, vec![0; 61_440], SendOptions::default()).await.unwrap();
    assert_eq!(id.0.value(), 1);
    assert_eq!(alice.outcome(id).await, Ok(Outcome::Accepted));
}
