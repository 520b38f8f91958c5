//! Device lists, links and KeyPackages on a disk.

use core::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex};

use pinnace_home::{
    AccountId, ClaimDone, ClaimRequest, Claimed, ClaimedPackage, Described, DeviceList, HelloCounter, Item,
    KeyPackage, KeysDone, KeysRequest, LinkApproveDone, LinkApproveRequest, LinkOpenDone, LinkOpenRequest,
    LinkedDevice, ListDone, ListRequest, ListVersion, MlsSuite, Rules, Session, StockState, account_id,
    key_package_ref, key_set_digest, list_digest,
};
use pinnace_store::{Embedded, Notice, Options, Store, export};

use crate::common::{block_on, device, hello, key, read_all, register, rules};

fn account(index: u64) -> AccountId {
    account_id(&key(index))
}

/// A list of the account of device 0.
fn list(version: u64, previous: Option<&DeviceList>, indexes: &[u64]) -> DeviceList {
    let mut devices: Vec<_> = indexes.iter().map(|index| device(*index)).collect();
    devices.sort();
    DeviceList {
        account: account(0),
        list_version: ListVersion::new(version).unwrap(),
        previous: previous.map_or([0; 32], |previous| list_digest(&previous.octets)),
        devices,
        octets: format!("list {version} {indexes:?}").into_bytes(),
    }
}

fn package(text: &str) -> KeyPackage {
    KeyPackage { suite: MlsSuite::AES128GCM, not_after_s: u64::MAX / 10_000, octets: text.into() }
}

async fn leave(store: &Embedded, session: Session, texts: &[&str]) -> KeysDone {
    let one_time = texts.iter().map(|text| package(text)).collect();
    store.keys_publish(KeysRequest { session, account: None, one_time, last_resort: None }).await.unwrap()
}

async fn claim(store: &Embedded, session: Session) -> ClaimDone {
    let request = ClaimRequest { session, account: account(0), suite: MlsSuite::AES128GCM };
    store.claim(request).await.unwrap()
}

fn one_time(list: &DeviceList, text: &str) -> ClaimDone {
    let key_package = ClaimedPackage::OneTime(text.into());
    ClaimDone::Claimed {
        list: list.octets.clone(),
        devices: vec![Claimed { device: device(0), key_package }],
    }
}

fn open(dir: &Path, notices: &Arc<Mutex<Vec<Notice>>>) -> Embedded {
    let notices = Arc::clone(notices);
    let notify: pinnace_store::NotifySink = Box::new(move |new| notices.lock().unwrap().extend(new));
    let rules = Rules { keys_low: 1, ..rules() };
    Embedded::open(dir, Options { rules, notify, ..Options::default() }).unwrap()
}

#[test]
fn a_key_package_leaves_once_also_across_restarts() {
    let scratch = tempfile::tempdir().unwrap();
    let notices = Arc::default();
    let first = list(1, None, &[0]);
    let store = open(scratch.path(), &notices);
    block_on(async {
        register(&store, 0).await.unwrap();
        register(&store, 1).await.unwrap();
        let own = hello(&store, 0, 1).await.unwrap().session;
        let other = hello(&store, 1, 1).await.unwrap().session;
        assert_eq!(claim(&store, other).await, ClaimDone::UnknownAccount);
        let published = store.list_publish(ListRequest { session: own, list: first.clone() }).await;
        assert_eq!(published, Ok(ListDone::InForce(first.octets.clone())));
        assert_eq!(store.list_query(account(0)).await, Ok(Some(first.octets.clone())));
        assert_eq!(store.list_query(account(1)).await, Ok(None));
        let _ = leave(&store, own, &["one", "two", "three"]).await;
        assert_eq!(claim(&store, other).await, one_time(&first, "one"));
    });
    store.close();
    let store = open(scratch.path(), &notices);
    block_on(async {
        let own = hello(&store, 0, 2).await.unwrap().session;
        let other = hello(&store, 1, 2).await.unwrap().session;
        let names = ["two", "three"].map(|text| key_package_ref(text.as_bytes()));
        let stock = StockState {
            suite: MlsSuite::AES128GCM,
            one_time_count: 2,
            set_digest: key_set_digest(names.to_vec()),
            has_last_resort: false,
        };
        assert_eq!(leave(&store, own, &["one"]).await, KeysDone::Stocked(vec![stock]));
        assert_eq!(claim(&store, other).await, one_time(&first, "two"));
        assert_eq!(store.list_query(account(0)).await, Ok(Some(first.octets.clone())));
        let items = read_all(&store, 0).await.unwrap();
        let [Item::KeysLow(low)] = items[..] else { panic!("{items:?}") };
        assert_eq!((low.suite, low.one_time_count), (MlsSuite::AES128GCM, 1));
    });
}

#[test]
fn an_offer_outlives_a_restart_and_its_approval_is_told() {
    let scratch = tempfile::tempdir().unwrap();
    let notices = Arc::default();
    let store = open(scratch.path(), &notices);
    block_on(async {
        register(&store, 0).await.unwrap();
        let (static_key, hello_counter) = (key(7), HelloCounter::new(3).unwrap());
        let opened = store.link_open(LinkOpenRequest { static_key, hello_counter }).await;
        assert_eq!(opened, Ok(LinkOpenDone::Offered { expires_in_ms: 300_000 }));
    });
    store.close();
    let store = open(scratch.path(), &notices);
    block_on(async {
        let session = hello(&store, 0, 2).await.unwrap().session;
        let first = list(1, None, &[0, 7]);
        let linked =
            LinkedDevice { static_key: key(7), account: account(0), not_after_s: 1, certificate: vec![1] };
        let request = LinkApproveRequest { session, linked, list: Some(first.clone()) };
        assert_eq!(store.link_approve(request).await, Ok(LinkApproveDone::InForce(first.octets.clone())));
        assert_eq!(*notices.lock().unwrap(), [Notice::Linked { device: device(7), account: account(0) }]);
        assert!(hello(&store, 7, 2).await.is_err(), "the counter of the session that waited");
        let _ = hello(&store, 7, 3).await.unwrap();
        let second = list(2, Some(&first), &[0]);
        let published = store.list_publish(ListRequest { session, list: second.clone() }).await;
        assert_eq!(published, Ok(ListDone::InForce(second.octets)));
        assert_eq!(notices.lock().unwrap().last(), Some(&Notice::Removed { device: device(7) }));
        assert!(hello(&store, 7, 4).await.is_err());
    });
}

#[test]
fn lists_and_stocks_are_exported() {
    let scratch = tempfile::tempdir().unwrap();
    let first = list(1, None, &[0]);
    let store = open(scratch.path(), &Arc::default());
    block_on(async {
        register(&store, 0).await.unwrap();
        let session = hello(&store, 0, 1).await.unwrap().session;
        let _ = store.list_publish(ListRequest { session, list: first.clone() }).await.unwrap();
        let (one_time, last_resort) = (vec![package("one")], Some(package("last")));
        let _ =
            store.keys_publish(KeysRequest { session, account: None, one_time, last_resort }).await.unwrap();
    });
    store.close();
    let mut rows = Vec::new();
    let _ = export(scratch.path(), |row| {
        rows.push(row.unwrap());
        ControlFlow::<()>::Continue(())
    });
    let list = Described::List {
        account: account(0),
        list_version: ListVersion::FIRST,
        devices: vec![device(0)],
        octets: first.octets,
    };
    let stock = Described::Stock {
        account: account(0),
        device: device(0),
        suite: MlsSuite::AES128GCM,
        one_time_count: 1,
        has_last_resort: true,
    };
    assert!(rows.contains(&list) && rows.contains(&stock), "{rows:?}");
}
