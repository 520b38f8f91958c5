//! A store that was written once: its files, and which octet belongs to which commit.

use core::future::Future;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pinnace_home::{
    ClientMark, ClientSeq, CodeRequest, E164, EnrolRequest, HelloCounter, HelloDone, HelloRequest, Item,
    MailboxMark, MethodRequest, ReadRequest, Receipts, RegisterRequest, Replace, Resumed, Rules, SendDone,
    SendRequest, Session, account_id, device_id,
};
use pinnace_store::{Clock, Embedded, OpenError, Options, Store, StoreError};
use tempfile::TempDir;

/// Messages of the store, each committed by itself.
pub(crate) const MESSAGES: u64 = 12;

/// The first of them lie in a table as well as in the journal.
const MESSAGES_IN_TABLE: u64 = 5;

const KEY: [u8; 32] = [7; 32];

/// A file without the octets that the engine has reserved but not written.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    pub(crate) octets: Vec<u8>,
    /// The length with what is reserved.
    pub(crate) len: u64,
}

pub(crate) type Files = BTreeMap<PathBuf, Contents>;

/// What a store left when it was closed.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) files: Files,
    pub(crate) journal: PathBuf,
    pub(crate) steps: Vec<Step>,
}

/// A commit, once it was durable.
#[derive(Debug)]
pub(crate) struct Step {
    /// Where it ends in the journal.
    pub(crate) end: usize,
    /// What the mark said.
    pub(crate) mark: Contents,
    /// How many messages there were.
    pub(crate) messages: u64,
}

impl Written {
    /// The store that all runs begin with.
    pub(crate) fn once() -> &'static Self {
        static WRITTEN: OnceLock<Written> = OnceLock::new();
        WRITTEN.get_or_init(Self::write)
    }

    fn write() -> Self {
        let scratch = scratch();
        let dir = scratch.path();
        let mut steps = Vec::new();
        let mut note = |messages| {
            let files = files(dir);
            let (end, mark) = (journal(&files).1.octets.len(), files[Path::new(MARK)].clone());
            steps.push(Step { end, mark, messages });
        };
        let store = open(dir).expect("a new store");
        note(0);
        let store = block_on(async {
            let mut store = store;
            register(&store, &mut note).await.expect("a registration");
            let mut session = hello(&store, 1).await.session;
            note(0);
            for seq in 1..=MESSAGES {
                send(&store, session, seq).await.expect("a message");
                note(seq);
                if seq == MESSAGES_IN_TABLE {
                    store.close();
                    bring_into_table(dir);
                    store = open(dir).expect("what was closed");
                    session = hello(&store, 2).await.session;
                    note(seq);
                }
            }
            store
        });
        store.close();
        let files = files(dir);
        let journal = journal(&files).0.clone();
        Self { files, journal, steps }
    }

    /// What a crash leaves that cuts the journal there: the last commit that was durable.
    pub(crate) fn step(&self, at: usize) -> &Step {
        self.steps.iter().rev().find(|step| step.end <= at).unwrap_or(&self.steps[0])
    }
}

/// The file that says how many commits are durable.
pub(crate) const MARK: &str = "MARK";

fn bring_into_table(dir: &Path) {
    let database = fjall::Database::builder(dir.join("db")).open().expect("the engine");
    let rows = database.keyspace("rows", fjall::KeyspaceCreateOptions::default).expect("the rows");
    rows.rotate_memtable_and_wait().expect("a table");
}

fn journal(files: &Files) -> (&PathBuf, &Contents) {
    let mut journals = files.iter().filter(|(path, _)| path.extension().is_some_and(|name| name == "jnl"));
    journals.next().expect("a journal")
}

/// A directory of its own, in memory where the system offers that.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    tempfile::tempdir_in(parent).expect("a directory")
}

fn files(dir: &Path) -> Files {
    let (mut found, mut to_do) = (Files::new(), vec![dir.to_path_buf()]);
    while let Some(folder) = to_do.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                to_do.push(path);
            } else {
                let mut octets = fs::read(&path).expect("a file");
                let len = octets.len() as u64;
                let used = octets.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
                octets.truncate(used);
                let name = path.strip_prefix(dir).expect("a path below it").to_path_buf();
                found.insert(name, Contents { octets, len });
            }
        }
    }
    found
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

pub(crate) fn open(dir: &Path) -> Result<Embedded, OpenError> {
    let rules = Rules { code_wait_ms: 0, method_wait_ms: 0, ..Rules::default() };
    Embedded::open(dir, Options { rules, clock: Clock::new(|| 1_000_000_000_000), ..Options::default() })
}

async fn register(store: &Embedded, note: &mut impl FnMut(u64)) -> Result<(), StoreError> {
    let (device, number) = (device_id(&KEY), E164::parse("+4915110000000").expect("a number"));
    let digits = b"123456".to_vec();
    store.register(RegisterRequest { device, number, replace: Replace::Refuse }).await?;
    note(0);
    store.method(MethodRequest { device, number, method: 3, digits: digits.clone() }).await?;
    note(0);
    store.code(CodeRequest { device, number, code: digits }).await?;
    note(0);
    let request = EnrolRequest {
        static_key: KEY,
        hello_counter: HelloCounter::new(1).expect("a counter"),
        number,
        account: account_id(&KEY),
        not_after_s: 1,
        certificate: vec![1],
    };
    store.enrol(request).await?;
    note(0);
    Ok(())
}

/// A session; `None` where nothing is left of the device, or a row is damaged and says so.
pub(crate) async fn try_hello(store: &Embedded, counter: u64) -> Option<Resumed> {
    let request = HelloRequest {
        static_key: KEY,
        hello_counter: HelloCounter::new(counter + 1).expect("a counter"),
        settled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
    };
    match store.hello(request).await {
        Ok(HelloDone::Registered(resumed)) => Some(resumed),
        Ok(HelloDone::Unregistered { .. }) | Err(StoreError::Corrupt(_) | StoreError::Unavailable) => None,
        Ok(other) => panic!("{other:?}"),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) async fn hello(store: &Embedded, counter: u64) -> Resumed {
    try_hello(store, counter).await.expect("a registered device")
}

pub(crate) fn handled(resumed: &Resumed) -> u64 {
    resumed.handled.value()
}

pub(crate) async fn send(store: &Embedded, session: Session, seq: u64) -> Result<SendDone, StoreError> {
    let mut payload = seq.to_be_bytes().to_vec();
    payload.resize(48, 0xa5);
    let request = SendRequest {
        session,
        client_seq: ClientSeq::new(seq).expect("a number"),
        to: session.device,
        class: None,
        expires_in_s: None,
        receipts: Receipts::Wanted,
        payload,
    };
    store.send(request).await
}

/// All that lies in the mailbox.
///
/// # Errors
/// The store's.
pub(crate) async fn items(store: &Embedded) -> Result<Vec<Item>, StoreError> {
    let request = ReadRequest {
        device: device_id(&KEY),
        after: MailboxMark::NOTHING,
        items_max: 1_000,
        bytes_max: 1 << 20,
    };
    store.read(request).await.map(|page| page.items)
}
