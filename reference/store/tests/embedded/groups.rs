//! Groups of operations, and what sessions are told.

use std::sync::mpsc::channel;

use futures_util::future::join_all;
use pinnace_home::{
    AckDone, AckRequest, Item, MailboxMark, MailboxSeq, Outcome, Receipts, SendDone, SendRequest, SeqRange,
    Session,
};
use pinnace_store::{Embedded, Notice, Options, Store};

use crate::common::{ack, block_on, carried, device, hello, message, read_all, register, rules, told};

/// Sessions of device 0, which sends, and of device 1, which takes.
async fn sender_and_taker(store: &Embedded) -> (Session, Session) {
    register(store, 0).await.unwrap();
    register(store, 1).await.unwrap();
    (hello(store, 0, 1).await.unwrap().session, hello(store, 1, 1).await.unwrap().session)
}

#[test]
fn operations_share_an_fsync_and_keep_their_order() {
    let scratch = tempfile::tempdir().unwrap();
    let store = Embedded::open(scratch.path(), Options { rules: rules(), ..Options::default() }).unwrap();
    block_on(async {
        register(&store, 0).await.unwrap();
        register(&store, 1).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        let before = store.metrics();
        let answers = join_all((1..=2_000).map(|seq| store.send(message(session, seq, 1, 100)))).await;
        assert!(answers.iter().all(|answer| *answer == Ok(SendDone::Outcome(Outcome::Accepted))));
        let after = store.metrics();
        assert_eq!(after.operations - before.operations, 2_000);
        assert_eq!(after.items_filed - before.items_filed, 2_000);
        assert!(after.commits - before.commits < 1_000, "{after:?}");
        assert_eq!(after.queue_len, 0);
        let expected: Vec<u64> = (1..=2_000).collect();
        assert_eq!(carried(&read_all(&store, 1).await.unwrap()), expected);
    });
}

#[test]
fn operations_are_called_in_order_even_if_nobody_waits() {
    let scratch = tempfile::tempdir().unwrap();
    let store = Embedded::open(scratch.path(), Options { rules: rules(), ..Options::default() }).unwrap();
    block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        drop(store.send(message(session, 1, 0, 8)));
        let third = store.send(message(session, 3, 0, 8));
        let second = store.send(message(session, 2, 0, 8));
        assert!(matches!(third.await, Ok(SendDone::Gap { .. })));
        assert_eq!(second.await, Ok(SendDone::Outcome(Outcome::Accepted)));
        assert_eq!(carried(&read_all(&store, 0).await.unwrap()), [1, 2]);
    });
}

#[test]
fn notices_bring_each_item_once_before_its_answer() {
    let scratch = tempfile::tempdir().unwrap();
    let (sender, notices) = channel();
    let notify = Box::new(move |batch: Vec<Notice>| sender.send(batch).unwrap());
    let store =
        Embedded::open(scratch.path(), Options { rules: rules(), notify, ..Options::default() }).unwrap();
    block_on(async {
        let (session, taker) = sender_and_taker(&store).await;
        for seq in 1..=20 {
            store.send(message(session, seq, 1, 8)).await.unwrap();
            let filed = notices.try_recv().unwrap();
            let items = read_all(&store, 1).await.unwrap();
            assert_eq!(filed, [Notice::Filed { device: device(1), item: items.last().unwrap().clone() }]);
        }
        ack(&store, taker, 20).await.unwrap();
        let notices = notices.try_recv().unwrap();
        let [Notice::Filed { device: sender, item: Item::Receipt(receipt) }] = notices.as_slice() else {
            panic!("not one receipt: {notices:?}");
        };
        assert_eq!((*sender, receipt.ranges[0].count), (device(0), 20));
    });
}

#[test]
fn a_long_ack_is_finished_behind_its_answer() {
    let scratch = tempfile::tempdir().unwrap();
    let store = Embedded::open(scratch.path(), Options { rules: rules(), ..Options::default() }).unwrap();
    block_on(async {
        let (session, taker) = sender_and_taker(&store).await;
        join_all((1..=1_500).map(|seq| store.send(message(session, seq, 1, 8)))).await;
        ack(&store, taker, 1_500).await.unwrap();
        assert_eq!(read_all(&store, 1).await.unwrap(), []);
        loop {
            let receipts = told(&read_all(&store, 0).await.unwrap());
            if receipts.len() == 1_500 {
                assert_eq!(receipts, (1..=1_500).collect::<Vec<u64>>());
                break;
            }
        }
    });
}

#[test]
fn a_long_range_is_finished_behind_its_first_transaction() {
    let scratch = tempfile::tempdir().unwrap();
    let store = Embedded::open(scratch.path(), Options { rules: rules(), ..Options::default() }).unwrap();
    block_on(async {
        let (session, taker) = sender_and_taker(&store).await;
        join_all((1..=1_500).map(|seq| store.send(message(session, seq, 1, 8)))).await;
        let ranges = vec![SeqRange { first: MailboxSeq::new(2).unwrap(), count: 1_499 }];
        store.ack(AckRequest { session: taker, cursor: MailboxMark::NOTHING, ranges }).await.unwrap();
        assert_eq!(told(&read_all(&store, 0).await.unwrap()), (2..=1_500).collect::<Vec<u64>>());
        assert_eq!(carried(&read_all(&store, 1).await.unwrap()), [1]);
    });
}

#[test]
fn an_ack_that_comes_before_a_message_shares_its_fsync() {
    let scratch = tempfile::tempdir().unwrap();
    let store = Embedded::open(scratch.path(), Options { rules: rules(), ..Options::default() }).unwrap();
    block_on(async {
        let (session, taker) = sender_and_taker(&store).await;
        let unread = |seq| SendRequest { receipts: Receipts::Unwanted, ..message(session, seq, 1, 8) };
        store.send(unread(1)).await.unwrap();
        let mut shared_count = 0;
        for seq in 2..=50 {
            let before = store.metrics();
            let cursor = MailboxMark::new(seq - 1).unwrap();
            let acked = store.ack(AckRequest { session: taker, cursor, ranges: Vec::new() });
            // Once it was run, nothing but the wait for others keeps it from a commit of its own.
            while store.metrics().operations == before.operations {
                std::thread::yield_now();
            }
            let (acked, sent) = futures_util::future::join(acked, store.send(unread(seq))).await;
            assert!(matches!(acked, Ok(AckDone::Moved { .. })) && sent.is_ok());
            shared_count += usize::from(store.metrics().commits == before.commits + 1);
        }
        // A machine that stops this thread between both may keep some apart.
        assert!(shared_count > 25, "{shared_count} of 49");
        // Alone it is not forgotten.
        ack(&store, taker, 50).await.unwrap();
    });
}
