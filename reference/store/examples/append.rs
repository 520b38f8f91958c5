//! Prints how many messages a second a store makes durable: one sender with a queue of 256, and many senders with one
//! message each under way.
//!
//! `cargo run --release -p pinnace-store --example append [messages]`
#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use core::error::Error;
use std::time::Instant;

use futures_util::stream::{FuturesUnordered, StreamExt};
use pinnace_home::{
    ClientMark, ClientSeq, CodeRequest, DeviceId, E164, EnrolRequest, HelloCounter, HelloDone, HelloRequest,
    MailboxMark, MethodRequest, Outcome, ReadRequest, Receipts, RegisterRequest, Replace, Rules, SendDone,
    SendRequest, Session, account_id, device_id,
};
use pinnace_store::{Embedded, Options, Store};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Messages under way at one time.
const DEPTH: usize = 256;

fn rules() -> Rules {
    Rules {
        code_wait_ms: 0,
        method_wait_ms: 0,
        send_rate_per_s: 10_000_000,
        send_burst: 10_000_000,
        mailbox_items_max: 10_000_000,
        mailbox_bytes_max: 1 << 40,
        ..Rules::default()
    }
}

/// Registers the device with this key and opens a session of it.
async fn open_session(store: &Embedded, index: u64) -> Fallible<Session> {
    let mut static_key = [0; 32];
    static_key[..8].copy_from_slice(&index.to_be_bytes());
    let device = device_id(&static_key);
    let number = E164::parse(&format!("+4915{:08}", 10_000_000 + index)).ok_or("number")?;
    let digits = b"123456".to_vec();
    store.register(RegisterRequest { device, number, replace: Replace::Refuse }).await?;
    let _ = store.method(MethodRequest { device, number, method: 3, digits: digits.clone() }).await?;
    store.code(CodeRequest { device, number, code: digits }).await?;
    let account = account_id(&static_key);
    store
        .enrol(EnrolRequest {
            static_key,
            hello_counter: HelloCounter::new(1).ok_or("counter")?,
            number,
            account,
            not_after_s: u64::MAX,
            certificate: Vec::new(),
        })
        .await?;
    let hello_counter = HelloCounter::new(2).ok_or("counter")?;
    match store
        .hello(HelloRequest {
            static_key,
            hello_counter,
            settled: ClientMark::NOTHING,
            cursor: MailboxMark::NOTHING,
        })
        .await?
    {
        HelloDone::Registered(resumed) => Ok(resumed.session),
        HelloDone::Unregistered { .. } | HelloDone::Stale { .. } | HelloDone::CursorInvalid { .. } => {
            Err("the session did not open".into())
        }
    }
}

fn message(session: Session, seq: u64, to: DeviceId) -> Fallible<SendRequest> {
    let client_seq = ClientSeq::new(seq).ok_or("client_seq")?;
    Ok(SendRequest {
        session,
        client_seq,
        to,
        class: None,
        expires_in_s: None,
        receipts: Receipts::Wanted,
        payload: vec![42; 200],
    })
}

/// Sends from all senders in turn, never more than [`DEPTH`] under way.
async fn run(store: &Embedded, senders: &[Session], to: &[DeviceId], name: &str, count: u64) -> Fallible<()> {
    let before = store.metrics();
    let started = Instant::now();
    let mut under_way = FuturesUnordered::new();
    let mut longest_us = 0;
    for index in 0..count {
        if under_way.len() == DEPTH {
            let (sent_at, done): (Instant, _) = under_way.next().await.ok_or("nothing under way")?;
            longest_us = longest_us.max(sent_at.elapsed().as_micros());
            accepted(done?)?;
        }
        let round = index / u64::try_from(senders.len())?;
        let place = usize::try_from(index)? % senders.len();
        let (sender, to) =
            (senders.get(place).ok_or("sender")?, to.get(place % to.len()).ok_or("destination")?);
        let request = message(*sender, round + 1, *to)?;
        let (sent_at, answer) = (Instant::now(), store.send(request));
        under_way.push(async move { (sent_at, answer.await) });
    }
    while let Some((_, done)) = under_way.next().await {
        accepted(done?)?;
    }
    let (elapsed, after) = (started.elapsed().as_secs_f64(), store.metrics());
    let commits = after.commits - before.commits;
    println!(
        "{name}: {:.0} messages/s durable, {:.3} fsyncs a message, {:.2} rows a message, longest answer {} ms",
        count as f64 / elapsed,
        commits as f64 / count as f64,
        (after.rows - before.rows) as f64 / count as f64,
        longest_us / 1_000,
    );
    Ok(())
}

fn accepted(done: SendDone) -> Fallible<()> {
    if done == SendDone::Outcome(Outcome::Accepted) { Ok(()) } else { Err(format!("{done:?}").into()) }
}

async fn bench(store: &Embedded, count: u64) -> Fallible<()> {
    let one = open_session(store, 0).await?;
    let two = open_session(store, 1).await?;
    run(store, &[one], &[two.device], "one sender, 256 under way", count).await?;
    let mut many = Vec::new();
    for index in 2..1_026 {
        many.push(open_session(store, index).await?);
    }
    let devices: Vec<DeviceId> = many.iter().rev().map(|session| session.device).collect();
    run(store, &many, &devices, "1024 senders, 256 under way", count).await?;
    let started = Instant::now();
    let (mut after, mut read) = (MailboxMark::NOTHING, 0_u64);
    loop {
        let page =
            store.read(ReadRequest { device: two.device, after, items_max: 256, bytes_max: 1 << 20 }).await?;
        let Some(last) = page.items.last() else { break };
        after = MailboxMark::new(last.mailbox_seq().value()).ok_or("mark")?;
        read += page.items.len() as u64;
    }
    println!("read back: {:.0} messages/s", read as f64 / started.elapsed().as_secs_f64());
    Ok(())
}

fn main() -> Fallible<()> {
    let count = std::env::args().nth(1).map_or(Ok(100_000), |count| count.parse())?;
    let scratch = tempfile::tempdir_in(".")?;
    let store =
        Embedded::open(&scratch.path().join("data"), Options { rules: rules(), ..Options::default() })?;
    tokio::runtime::Builder::new_current_thread().build()?.block_on(bench(&store, count))
}
