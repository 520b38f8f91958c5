//! A device: a home that `pinnace` registered, opened by the client library in a runtime of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use pinnace_client::link::{Connect, Connecting, Network};
use pinnace_client::{
    Carrier, Client, Config, Content, LinkState, MessageId, Outcome, Random, SendOptions, ServerAddress,
    State, Store, StoreError, SystemRandom,
};
use pinnace_session::{Grease, ReceiptWish};
use pinnace_wire::DeviceId;
use tokio::runtime::{Builder, Runtime};

use crate::server::Server;
use crate::{PATIENCE, programs};

/// Where the device connects to. It may change while the client runs, as a name in the DNS may.
#[derive(Clone)]
pub(crate) struct Whereto(Arc<Mutex<ServerAddress>>);

impl Whereto {
    pub(crate) fn new(address: ServerAddress) -> Self {
        Self(Arc::new(Mutex::new(address)))
    }

    pub(crate) fn set(&self, address: ServerAddress) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    fn now(&self) -> ServerAddress {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Connect for Whereto {
    fn connect(&mut self, _address: &ServerAddress) -> Connecting {
        Network.connect(&self.now())
    }
}

/// Keys and handshakes as always, but a wait that is drawn is short: nobody else comes back at the same time.
struct Soon;

impl Random for Soon {
    fn fill(&mut self, octets: &mut [u8]) {
        SystemRandom.fill(octets);
    }

    fn up_to(&mut self, max: u64) -> u64 {
        const SOON_MS: u64 = 20;
        max.min(SOON_MS)
    }
}

/// A device whose client runs.
pub(crate) struct Device {
    home: PathBuf,
    pub(crate) whereto: Whereto,
    pub(crate) client: Client,
    runtime: Runtime,
}

impl Device {
    /// Registers a device with the command, and starts its client.
    pub(crate) fn register(server: &Server, home: &Path, number: &str) -> Self {
        let address = server.address(Carrier::Tcp);
        let output = programs::command("pinnace")
            .env_clear()
            .arg("--home")
            .arg(home)
            .args(["register", "--number", number, "--server", &address.to_string(), "--code-from"])
            .arg(&server.gateway_log)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self::open(home, Whereto::new(address))
    }

    /// Starts the client of a home.
    pub(crate) fn open(home: &Path, whereto: Whereto) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let config = Config {
            server: Some(whereto.now()),
            connect: Box::new(whereto.clone()),
            random: Box::new(Soon),
            // Octets are counted here.
            grease: Grease::Withheld,
            ..Config::default()
        };
        let client = runtime.block_on(async { Client::start(config, open_store(home)) }).unwrap();
        Self { home: home.to_owned(), whereto, client, runtime }
    }

    /// Ends every task of the client wherever it stands, without a farewell.
    pub(crate) fn crash(self) -> Crashed {
        self.runtime.shutdown_background();
        Crashed { home: self.home, whereto: self.whereto }
    }

    /// Closes the session and ends the client.
    pub(crate) fn close(self) -> Crashed {
        self.run(self.client.close());
        self.crash()
    }

    pub(crate) fn id(&self) -> DeviceId {
        self.client.device()
    }

    /// Does something in the runtime of the client, within the time that anything may take.
    #[track_caller]
    pub(crate) fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime
            .block_on(async { tokio::time::timeout(PATIENCE, work).await })
            .unwrap_or_else(|_| panic!("this does not end: {:?}", self.client.state().borrow()))
    }

    /// Runs something beside the client; a crash ends it, too.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Sends a message, and asks for no receipt; gives its number once it is durable here.
    #[track_caller]
    pub(crate) fn send(&self, to: DeviceId, payload: &[u8]) -> MessageId {
        let options = SendOptions { receipt: ReceiptWish::Unwanted, ..SendOptions::default() };
        self.run(self.client.send(to, payload.to_vec(), options)).unwrap()
    }

    #[track_caller]
    pub(crate) fn outcome(&self, id: MessageId) -> Outcome {
        self.run(self.client.outcome(id)).unwrap()
    }

    /// Waits until this holds of the client's state.
    #[track_caller]
    pub(crate) fn wait(&self, holds: impl FnMut(&State) -> bool) {
        let mut state = self.client.state();
        drop(self.run(state.wait_for(holds)).unwrap());
    }

    /// Waits until the server knows that this client lives.
    #[track_caller]
    pub(crate) fn wait_online(&self) {
        self.wait(|state| state.link == LinkState::Online);
    }

    /// Waits until the inbox holds so many items, and gives the payloads of all.
    #[track_caller]
    pub(crate) fn payloads(&self, count: u64) -> Vec<Vec<u8>> {
        self.wait(|state| state.untaken >= count);
        payloads(self.client.store())
    }
}

/// What a crash leaves of a device.
pub(crate) struct Crashed {
    home: PathBuf,
    pub(crate) whereto: Whereto,
}

impl Crashed {
    /// Starts again from the store.
    pub(crate) fn restart(self) -> Device {
        Device::open(&self.home, self.whereto)
    }
}

/// The payloads of an inbox, in the order in which they became durable.
pub(crate) fn payloads(store: &Store) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut number = 0;
    while let Some((next, item)) = store.item_after(number).unwrap() {
        number = next;
        match item.content {
            Content::Message { payload, .. } => found.push(payload),
            Content::Gap { .. } => panic!("something was lost: {item:?}"),
        }
    }
    found
}

/// Opens a store. What was under way when its last user crashed may hold it for a moment.
fn open_store(home: &Path) -> Store {
    let since = Instant::now();
    loop {
        match Store::open(home, &mut SystemRandom) {
            Err(StoreError::InUse) if since.elapsed() < PATIENCE => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}
