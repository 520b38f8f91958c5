//! A device: a home that `pinnace` registered, opened by the client library in a runtime of its own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use pinnace_client::identity::Published;
use pinnace_client::link::{Connect, Connecting, Network};
use pinnace_client::{
    Carrier, Client, Config, LinkState, Random, ServerAddress, State, Store, StoreError, SystemRandom,
};
use pinnace_session::Grease;
use pinnace_wire::DeviceId;
use tokio::runtime::{Builder, Runtime};

use super::{Failure, PATIENCE, Server, programs};

/// Where the device connects to. It may change while the client runs, as a name in the DNS may.
#[derive(Clone, Debug)]
pub struct Whereto(Arc<Mutex<ServerAddress>>);

impl Whereto {
    /// Begins with this address.
    #[must_use]
    pub fn new(address: ServerAddress) -> Self {
        Self(Arc::new(Mutex::new(address)))
    }

    /// The next connection goes to this address.
    pub fn set(&self, address: ServerAddress) {
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
#[derive(Debug)]
pub struct Device {
    home: PathBuf,
    /// Where it connects to.
    pub whereto: Whereto,
    /// Its client.
    pub client: Client,
    runtime: Runtime,
}

impl Device {
    /// Registers a device with the command, and starts its client.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn register(server: &Server, home: &Path, number: &str) -> Result<Self, Failure> {
        let address = server.address(Carrier::Tcp);
        let output = programs::command("pinnace")?
            .env_clear()
            .arg("--home")
            .arg(home)
            .args(["register", "--number", number, "--server", &address.to_string(), "--code-from"])
            .arg(&server.gateway_log)
            .output()
            .map_err(Failure::io("registration"))?;
        if !output.status.success() {
            return Err(Failure::Client(format!(
                "registration: {}",
                String::from_utf8_lossy(&output.stderr)
            )));
        }
        Self::open(home, Whereto::new(address))
    }

    /// Starts the client of a home.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn open(home: &Path, whereto: Whereto) -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(Failure::io("runtime of a device"))?;
        let config = Config {
            server: Some(whereto.now()),
            connect: Box::new(whereto.clone()),
            random: Box::new(Soon),
            // Octets are counted in some tests.
            grease: Grease::Withheld,
            ..Config::default()
        };
        let store = open_store(home)?;
        let client = runtime
            .block_on(async { Client::start(config, store) })
            .map_err(|error| Failure::Client(format!("start of a client: {error}")))?;
        Ok(Self { home: home.to_owned(), whereto, client, runtime })
    }

    /// Ends every task of the client wherever it stands, without a farewell.
    #[must_use]
    pub fn crash(self) -> Crashed {
        self.runtime.shutdown_background();
        Crashed { home: self.home, whereto: self.whereto }
    }

    /// Closes the session and ends the client.
    ///
    /// # Errors
    ///
    /// [`Failure::Stuck`].
    pub fn close(self) -> Result<Crashed, Failure> {
        self.run(self.client.close())?;
        Ok(self.crash())
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.client.device()
    }

    /// Does something in the runtime of the client, within the time that anything may take.
    ///
    /// # Errors
    ///
    /// [`Failure::Stuck`], with the client's state.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        let done = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await });
        done.map_err(|_| Failure::Stuck(format!("the end of this at {:?}", self.client.state().borrow())))
    }

    /// Runs something beside the client; a crash ends it, too.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Waits until this holds of the client's state.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn wait(&self, holds: impl FnMut(&State) -> bool) -> Result<(), Failure> {
        let mut state = self.client.state();
        let held = self.run(state.wait_for(holds))?.map(drop);
        held.map_err(|_| Failure::Client("a client ended".to_owned()))
    }

    /// Waits until the server knows that this client lives, and has what others need to write to it.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn wait_online(&self) -> Result<(), Failure> {
        self.wait(|state| state.link == LinkState::Online && state.published == Published::Keys)
    }
}

/// What a crash leaves of a device.
#[derive(Debug)]
pub struct Crashed {
    home: PathBuf,
    /// Where it will connect to.
    pub whereto: Whereto,
}

impl Crashed {
    /// Starts again from the store.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn restart(self) -> Result<Device, Failure> {
        Device::open(&self.home, self.whereto)
    }
}

/// Opens a store. What was under way when its last user crashed may hold it for a moment.
fn open_store(home: &Path) -> Result<Store, Failure> {
    let since = Instant::now();
    loop {
        match Store::open(home, &mut SystemRandom) {
            Err(StoreError::InUse) if since.elapsed() < PATIENCE => std::thread::yield_now(),
            opened => return opened.map_err(|error| Failure::Client(format!("store of a device: {error}"))),
        }
    }
}
