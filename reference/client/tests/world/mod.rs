//! A server in the same process: real server sessions over a home of a few maps, and what a test tells it to do wrong.
#![expect(clippy::expect_used, reason = "a test says what is missing by failing")]
#![expect(dead_code, reason = "each test file uses a part of the world")]

pub mod directory;
mod disk;
pub mod home;
mod net;
mod serve;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use pinnace_client::link::{Connect, Connecting, Link, LinkError, Network};
use pinnace_client::{Client, Config, Random, ServerAddress, State, Store};
use pinnace_session::certificate::{EdgeTerms, sign_edge};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::{Answer, ServerConfig, ServerLimits};
use pinnace_session::{Grease, KeyLog, RealmId};
use pinnace_wire::{NackReason, ProfileId, UnixS};
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

pub use disk::Disk;
pub use home::{Home, Order};

/// The server, shared by its connections and the test.
#[derive(Clone)]
pub struct World {
    pub config: Arc<ServerConfig>,
    home: Arc<Mutex<Home>>,
    /// Rung whenever the home changed.
    pub bell: Arc<Notify>,
}

impl World {
    pub fn new() -> Self {
        let root = SigningKey::from_seed(&[1; 32]);
        let realm = RealmId(root.verifying_key().to_bytes());
        let edge = StaticSecret::from_bytes([2; 32]);
        let terms = EdgeTerms {
            edge_key: *edge.public(),
            region: "",
            not_before_s: UnixS::new(now_s() - 60).unwrap(),
            not_after_s: UnixS::new(now_s() + 86_400).unwrap(),
        };
        let config = ServerConfig {
            realm,
            certificate: sign_edge(&root, realm, &terms).unwrap(),
            edge,
            successor: None,
            agent: "world".to_owned(),
            profiles: [1, 8].into_iter().filter_map(ProfileId::new).collect(),
            limits: ServerLimits::default(),
            grease: Grease::Sent,
            key_log: KeyLog::Off,
        };
        Self { config: Arc::new(config), home: Arc::default(), bell: Arc::default() }
    }

    pub fn home(&self) -> MutexGuard<'_, Home> {
        self.home.lock().unwrap()
    }

    /// Changes the home, and rings.
    pub fn tell(&self, change: impl FnOnce(&mut Home)) {
        change(&mut self.home());
        self.bell.notify_waiters();
    }

    /// The next SENDs are answered so, in place of being handled.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.tell(|home| home.script.extend(answers));
    }

    /// What every session is told.
    pub fn order(&self, order: Order) {
        self.tell(|home| home.orders.push(order));
    }

    pub fn address(&self) -> ServerAddress {
        let mut address: ServerAddress = "tcp://world:1".parse().unwrap();
        address.realm = Some(self.config.realm);
        address
    }

    /// A client over channels, on this store.
    pub fn client(&self, store: Store, seed: u64) -> Client {
        let config = Config {
            server: Some(self.address()),
            connect: Box::new(Pipe(self.clone())),
            random: Box::new(Dice(seed)),
            judge,
            ..Config::default()
        };
        Client::start(config, store).unwrap()
    }

    /// A registered client over channels on a new disk.
    pub fn registered(&self, seed: u64) -> (Client, Disk) {
        let disk = Disk::new();
        let store = disk.open(seed);
        let key = *store.kept().unwrap().keys.device.public();
        self.tell(|home| home.register(&key));
        (self.client(store, seed), disk)
    }

    /// A client over a real carrier.
    pub fn client_at(&self, address: ServerAddress, store: Store) -> Client {
        let server = Some(ServerAddress { realm: Some(self.config.realm), ..address });
        Client::start(Config { server, connect: Box::new(Network), ..Config::default() }, store).unwrap()
    }
}

/// Connects through channels.
pub struct Pipe(pub World);

impl Connect for Pipe {
    fn connect(&mut self, address: &ServerAddress) -> Connecting {
        let (world, address) = (self.0.clone(), address.to_string());
        Box::pin(async move {
            let refused = {
                let mut home = world.home();
                home.attempts.push(Instant::now());
                home.addresses.push(address);
                home.is_down
            };
            world.bell.notify_waiters();
            if refused {
                return Err(LinkError::Broken);
            }
            let (to_server, from_client) = mpsc::channel::<Vec<u8>>(1);
            let (to_client, incoming) = mpsc::channel(4);
            tokio::spawn(serve::serve(world, from_client, to_client));
            Ok(Link::new(incoming, to_server))
        })
    }
}

/// Random octets that a seed repeats. Not for keys of people.
pub struct Dice(pub u64);

impl Random for Dice {
    fn fill(&mut self, octets: &mut [u8]) {
        for octet in octets {
            *octet = self.roll().to_le_bytes()[7];
        }
    }
}

impl Dice {
    /// SplitMix64.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// Takes all but payloads that begin with [`BAD`].
fn judge(payload: &[u8]) -> Option<NackReason> {
    assert_ne!(payload.first(), Some(&POISON), "the application fails over this payload");
    if payload.first() == Some(&BAD) { Some(NackReason::MALFORMED) } else { None }
}

/// The first octet of a payload that makes no sense.
pub const BAD: u8 = 0xbd;

/// The first octet of a payload that ends the client's task.
pub const POISON: u8 = 0xde;

/// Waits until the state is as wanted.
pub async fn until(client: &Client, wanted: impl FnMut(&State) -> bool) -> State {
    in_time(async { client.state().wait_for(wanted).await.unwrap().clone() }).await
}

/// Waits until the home is as wanted.
pub async fn until_home(world: &World, mut wanted: impl FnMut(&Home) -> bool) {
    in_time(async {
        loop {
            let rung = world.bell.notified();
            tokio::pin!(rung);
            // Registered before looking, so that no ring is missed.
            rung.as_mut().enable();
            if wanted(&world.home()) {
                return;
            }
            rung.await;
        }
    })
    .await;
}

/// A day is long enough for every backoff, and passes at once where the clock is paused and nothing happens.
async fn in_time<T>(wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(core::time::Duration::from_secs(86_400), wanted)
        .await
        .expect("it happens within a day")
}

pub fn now_s() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Answers in order of a script, then nothing special.
pub type Script = VecDeque<Answer>;
