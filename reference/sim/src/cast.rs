//! Who plays in every world: keys, registrations, fresh disks. Made once, since only its use is of interest.

use core::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;

use pinnace_client::{Keys, Store};
use pinnace_home::{
    self as home, CodeRequest, E164, EnrolRequest, HelloCounter, MethodDone, MethodRequest, RegisterRequest,
    Replace, Rules,
};
use pinnace_session::certificate::{EdgeTerms, sign_edge};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::{ServerConfig, ServerLimits};
use pinnace_session::{Grease, KeyLog, RealmId};
use pinnace_store::{Committer, Engine, Scene, Task};
use pinnace_wire::{DeviceId, ProfileId, UnixS};

use crate::circle::{self, MEMBERS, Person};
use crate::dice::Dice;
use crate::engine::SimEngine;
use crate::files::Files;
use crate::plan::Play;
use crate::platter::Platter;
use crate::stage::START_UNIX_MS;

/// Devices that can play.
pub(crate) const DEVICES_MAX: usize = 3;

/// A week, in seconds.
pub(crate) const WEEK_S: u64 = 604_800;

/// The seed of all keys.
const KEYS_SEED: u64 = 0x5eed;

/// Who plays.
#[derive(Debug)]
pub(crate) struct Cast {
    realm: RealmId,
    edge: StaticSecret,
    certificate: Vec<u8>,
    files: Files,
    players: Vec<Player>,
    /// The same for worlds of a circle.
    circle_files: Files,
    people: Vec<Person>,
}

/// A device before anything happened.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) id: DeviceId,
    platter: Platter,
}

impl Cast {
    /// The cast of every world; `None` if the real code does not even get so far.
    pub(crate) fn get() -> Option<&'static Self> {
        static CAST: OnceLock<Option<Cast>> = OnceLock::new();
        CAST.get_or_init(Self::make).as_ref()
    }

    fn make() -> Option<Self> {
        let root = SigningKey::from_seed(&[1; 32]);
        let realm = RealmId(root.verifying_key().to_bytes());
        let edge = StaticSecret::from_bytes([2; 32]);
        let start_s = START_UNIX_MS / 1_000;
        let terms = EdgeTerms {
            edge_key: *edge.public(),
            region: "",
            not_before_s: UnixS::new(start_s.saturating_sub(WEEK_S))?,
            not_after_s: UnixS::new(start_s.saturating_add(WEEK_S))?,
        };
        let certificate = sign_edge(&root, realm, &terms).ok()?;
        let mut dice = Dice::new(KEYS_SEED);
        let mut players = Vec::new();
        let files = Rc::new(RefCell::new(Files::default()));
        let engine = SimEngine::open(&files, u64::MAX, None).ok()?;
        for index in 0..DEVICES_MAX {
            let platter = Platter::default();
            let kept = Store::with_backend(platter.clone(), &mut dice).ok()?.kept().ok()?;
            register(&engine, realm, &kept.keys, index)?;
            players.push(Player { id: kept.keys.device_id(), platter: platter.copy() });
        }
        drop(engine);
        let files = files.borrow().clone();
        let circle_files = Rc::new(RefCell::new(Files::default()));
        let engine = SimEngine::open(&circle_files, u64::MAX, None).ok()?;
        let people =
            (0..MEMBERS).map(|index| circle::register(&engine, realm, index)).collect::<Option<_>>()?;
        drop(engine);
        let circle_files = circle_files.borrow().clone();
        Some(Self { realm, edge, certificate, files, players, circle_files, people })
    }

    pub(crate) const fn realm(&self) -> RealmId {
        self.realm
    }

    /// What the server's disk holds at the start.
    pub(crate) const fn files(&self, play: Play) -> &Files {
        match play {
            Play::Devices => &self.files,
            Play::Circle => &self.circle_files,
        }
    }

    pub(crate) fn person(&self, index: usize) -> Option<&Person> {
        self.people.get(index)
    }

    pub(crate) fn player(&self, index: usize) -> Option<&Player> {
        self.players.get(index)
    }

    pub(crate) fn server_config(&self, limits: ServerLimits, play: Play) -> ServerConfig {
        let profiles: &[u64] = match play {
            Play::Devices => &[1],
            Play::Circle => &[1, 3, 8],
        };
        ServerConfig {
            realm: self.realm,
            edge: self.edge.clone(),
            certificate: self.certificate.clone(),
            successor: None,
            agent: "sim".to_owned(),
            profiles: profiles.iter().filter_map(|profile| ProfileId::new(*profile)).collect(),
            limits,
            grease: Grease::Sent,
            key_log: KeyLog::Off,
        }
    }
}

impl Player {
    /// The device's disk, as it is before anything happened.
    pub(crate) fn platter(&self) -> Platter {
        self.platter.copy()
    }
}

/// Registers a device by the rules of the home.
fn register(engine: &SimEngine, realm: RealmId, keys: &Keys, index: usize) -> Option<()> {
    let number = E164::parse(&format!("+4912345678{index:02}"))?;
    let (device, static_key) = (keys.device_id(), keys.device.public().0);
    let request = RegisterRequest { device, number, replace: Replace::Refuse };
    run(engine, START_UNIX_MS, move |view, scene| home::register(view, scene.rules, scene.now_ms, &request))?;
    let digits = b"123456".to_vec();
    let request = MethodRequest { device, number, method: *Rules::default().methods.first()?, digits };
    let sent = run(engine, START_UNIX_MS, move |view, scene| {
        home::method(view, scene.rules, scene.now_ms, &request)
    })?;
    let MethodDone::Send { code, .. } = sent else { return None };
    let request = CodeRequest { device, number, code };
    let later_ms = START_UNIX_MS.saturating_add(1_000);
    run(engine, later_ms, move |view, scene| home::code(view, scene.rules, scene.now_ms, &request))?;
    let certificate = keys.certificate(realm, START_UNIX_MS / 1_000)?;
    let request = EnrolRequest {
        static_key,
        hello_counter: HelloCounter::new(1)?,
        number,
        account: keys.account(),
        not_after_s: (START_UNIX_MS / 1_000).saturating_add(WEEK_S),
        certificate,
    };
    run(engine, later_ms, move |view, scene| home::enrol(view, scene.rules, scene.now_ms, &request))?;
    Some(())
}

/// Runs one operation by the store's committer.
pub(crate) fn run<T: Send + 'static>(
    engine: &SimEngine,
    now_ms: u64,
    operation: impl FnMut(
        &mut pinnace_store::Overlay<'_, SimEngine>,
        &Scene<'_>,
    ) -> Result<home::Step<T>, pinnace_store::JobFault<SimEngine>>
    + Send
    + 'static,
) -> Option<T> {
    let (task, mut answer) = Task::new(operation);
    let mut committer = Committer::recover(engine, Rules::default(), now_ms).ok()?;
    let ran = committer.run(engine, vec![Box::new(task)], now_ms, |batch| engine.commit(&batch));
    ran.ok()?.answer();
    answer.try_recv().ok()??.ok()
}
