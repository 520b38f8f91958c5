//! Devices that use a store.

use core::error::Error;

use pinnace_home::{
    AckDone, AckRequest, ClientMark, ClientSeq, CodeRequest, DeviceId, E164, EnrolRequest, HelloCounter,
    HelloDone, HelloRequest, Item, MailboxMark, MethodRequest, ReadRequest, Receipts, RegisterRequest,
    Replace, Resumed, Rules, SendRequest, Session, account_id, device_id,
};
use pinnace_store::{Embedded, Store, StoreError};

pub(crate) type Fallible<T> = Result<T, Box<dyn Error>>;

/// Limits that hold up no test.
pub(crate) fn rules() -> Rules {
    Rules {
        code_wait_ms: 0,
        method_wait_ms: 0,
        send_rate_per_s: 10_000_000,
        send_burst: 10_000_000,
        outcome_cache: 4_096,
        inflight_max: 4_096,
        ..Rules::default()
    }
}

/// Runs a future on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

pub(crate) fn key(index: u64) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&index.to_be_bytes());
    key
}

pub(crate) fn device(index: u64) -> DeviceId {
    device_id(&key(index))
}

/// Registers the device with this index.
pub(crate) async fn register(store: &Embedded, index: u64) -> Fallible<()> {
    let (static_key, device) = (key(index), device(index));
    let number = E164::parse(&format!("+4915{:08}", 10_000_000 + index)).ok_or("number")?;
    let digits = b"123456".to_vec();
    store.register(RegisterRequest { device, number, replace: Replace::Refuse }).await?;
    let _ = store.method(MethodRequest { device, number, method: 3, digits: digits.clone() }).await?;
    store.code(CodeRequest { device, number, code: digits }).await?;
    store
        .enrol(EnrolRequest {
            static_key,
            hello_counter: HelloCounter::new(1).ok_or("counter")?,
            number,
            account: account_id(&static_key),
            not_after_s: 1,
            certificate: vec![1],
        })
        .await?;
    Ok(())
}

/// Opens a session of a registered device. Its registration took the counter before the first.
pub(crate) async fn hello(store: &Embedded, index: u64, counter: u64) -> Fallible<Resumed> {
    let hello_counter = HelloCounter::new(counter + 1).ok_or("counter")?;
    let request = HelloRequest {
        static_key: key(index),
        hello_counter,
        settled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
    };
    match store.hello(request).await? {
        HelloDone::Registered(resumed) => Ok(resumed),
        HelloDone::Unregistered { .. } => Err("unregistered".into()),
        HelloDone::Stale { .. } | HelloDone::CursorInvalid { .. } => Err("the hello was refused".into()),
    }
}

/// A message whose payload tells its number.
pub(crate) fn message(session: Session, seq: u64, to: u64, len: usize) -> SendRequest {
    let mut payload = seq.to_be_bytes().to_vec();
    payload.resize(len.max(8), 0xa5);
    let client_seq = ClientSeq::new(seq).unwrap();
    SendRequest {
        session,
        client_seq,
        to: device(to),
        class: None,
        expires_in_s: None,
        receipts: Receipts::Wanted,
        payload,
    }
}

pub(crate) async fn ack(store: &Embedded, session: Session, cursor: u64) -> Result<AckDone, StoreError> {
    store.ack(AckRequest { session, cursor: MailboxMark::new(cursor).unwrap(), ranges: Vec::new() }).await
}

/// All that lies in a mailbox.
pub(crate) async fn read_all(store: &Embedded, index: u64) -> Result<Vec<Item>, StoreError> {
    let (mut all, mut after) = (Vec::new(), MailboxMark::NOTHING);
    loop {
        let page = store
            .read(ReadRequest { device: device(index), after, items_max: 256, bytes_max: 1 << 20 })
            .await?;
        let Some(last) = page.items.last() else { return Ok(all) };
        after = last.mailbox_seq().mark();
        all.extend(page.items);
    }
}

/// The numbers that messages carry, in the order of the mailbox.
pub(crate) fn carried(items: &[Item]) -> Vec<u64> {
    let messages = items.iter().filter_map(|item| match item {
        Item::Message(message) => {
            message.payload.first_chunk::<8>().map(|octets| u64::from_be_bytes(*octets))
        }
        Item::Receipt(_) | Item::KeysLow(_) | Item::Entry(_) | Item::Gap(_) => None,
    });
    messages.collect()
}

/// The numbers that receipts tell of, in the order of the mailbox.
pub(crate) fn told(items: &[Item]) -> Vec<u64> {
    let runs = items.iter().flat_map(|item| match item {
        Item::Receipt(receipt) => receipt.ranges.clone(),
        Item::Message(_) | Item::KeysLow(_) | Item::Entry(_) | Item::Gap(_) => Vec::new(),
    });
    runs.flat_map(|run| run.first.value()..run.first.value() + run.count).collect()
}
