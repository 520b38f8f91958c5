//! Opens the home and starts the client; waits for the server within the time that the command has.

use std::env;
use std::path::PathBuf;

use pinnace_client::identity::{Published, Standing};
use pinnace_client::{
    Client, Config, LastError, LinkState, State, StopReason, Stopped, Store, SystemRandom, plain,
};
use pinnace_session::CloseReason;
use tokio::time::{Instant, timeout_at};

use super::arguments::Common;
use super::debug;
use super::failure::Failure;

/// The home directory of this command.
pub(crate) fn home(common: &Common) -> Result<PathBuf, Failure> {
    if let Some(home) = &common.home {
        return Ok(home.clone());
    }
    let from = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")));
    data.map(|data| data.join("pinnace"))
        .ok_or_else(|| Failure::usage("no home directory: name one with --home"))
}

/// Opens the store of the home.
pub(crate) fn store(common: &Common) -> Result<Store, Failure> {
    Ok(Store::open(&home(common)?, &mut SystemRandom)?)
}

/// Starts the client of the home.
pub(crate) fn client(common: &Common) -> Result<Client, Failure> {
    let config = Config {
        server: common.server.clone(),
        realm: common.realm,
        observe: debug::observer(common)?,
        judge: plain::judge,
        ..Config::default()
    };
    Ok(Client::start(config, store(common)?)?)
}

/// When the command gives up.
pub(crate) fn deadline(common: &Common) -> Instant {
    Instant::now() + common.timeout
}

/// Waits until the server answered with WELCOME, whether it knows the device or not.
pub(crate) async fn connected(client: &Client, deadline: Instant) -> Result<State, Failure> {
    let mut state = client.state();
    let settled = |state: &State| match state.link {
        LinkState::Online | LinkState::Unregistered | LinkState::Stopped(_) => true,
        // Waiting does not help against a server that is another realm's.
        LinkState::Offline | LinkState::Connecting => is_untrusted(state),
    };
    let found =
        timeout_at(deadline, state.wait_for(settled)).await.map(|state| state.map(|state| state.clone()));
    match found {
        Err(_) | Ok(Err(_)) => Err(Failure::unreachable(client.state().borrow().last_error.as_ref())),
        Ok(Ok(state)) => match state.link {
            LinkState::Online | LinkState::Unregistered => Ok(state),
            LinkState::Stopped(reason) => Err(stopped(reason, state.last_error.as_ref())),
            LinkState::Offline | LinkState::Connecting => {
                Err(Failure::unreachable(state.last_error.as_ref()))
            }
        },
    }
}

/// Waits until the server welcomes the device.
pub(crate) async fn online(client: &Client, deadline: Instant) -> Result<State, Failure> {
    let state = connected(client, deadline).await?;
    match state.link {
        LinkState::Online => Ok(state),
        LinkState::Unregistered | LinkState::Offline | LinkState::Connecting | LinkState::Stopped(_) => {
            Err(unregistered(&state))
        }
    }
}

/// The server does not know the device.
pub(crate) fn unregistered(state: &State) -> Failure {
    match state.standing {
        Standing::Gone => Failure::refused(
            "this device was removed from its account; what it has stays: run pinnace link or pinnace register",
        ),
        Standing::New | Standing::Registered => {
            Failure::refused("this device is not registered: run pinnace register, or pinnace link")
        }
    }
}

/// Waits until others find this device at the server: its list and its KeyPackages are there.
pub(crate) async fn published(client: &Client, deadline: Instant) -> Result<(), Failure> {
    let mut state = client.state();
    let settled = |state: &State| match state.published {
        Published::Unserved | Published::Keys | Published::Refused => true,
        Published::Unknown | Published::List => matches!(state.link, LinkState::Stopped(_)),
    };
    let found =
        timeout_at(deadline, state.wait_for(settled)).await.map(|state| state.map(|state| state.clone()));
    match found {
        Err(_) => Err(Failure::no_answer(
            "the device list and the KeyPackages were not published in time: the next command goes on",
        )),
        Ok(Err(_)) => Err(ended(client).await),
        Ok(Ok(state)) => match (state.link, state.published) {
            (LinkState::Stopped(reason), _) => Err(stopped(reason, state.last_error.as_ref())),
            (_, Published::Refused) => {
                Err(Failure::refused("the server refused the device list or the KeyPackages of this device"))
            }
            (_, Published::Unknown | Published::Unserved | Published::List | Published::Keys) => Ok(()),
        },
    }
}

/// Why a client that does not answer any more ended.
pub(crate) async fn ended(client: &Client) -> Failure {
    let mut state = client.state();
    // The engine says why before it is gone.
    let ended = state.wait_for(|state| matches!(state.link, LinkState::Stopped(_))).await;
    match ended.map(|state| (state.link, state.last_error.clone())) {
        Ok((LinkState::Stopped(reason), error)) => stopped(reason, error.as_ref()),
        Ok(_) | Err(_) => Failure::refused(Stopped),
    }
}

/// Why a client that stopped cannot go on.
pub(crate) fn stopped(reason: StopReason, error: Option<&LastError>) -> Failure {
    match reason {
        StopReason::TakenOver => Failure::refused("another session of this device took over"),
        StopReason::DeviceGone => Failure::refused("this device was removed from its account"),
        StopReason::Downgrade => Failure::refused("somebody interferes with the connection: DOWNGRADE"),
        StopReason::EdgeUntrusted => Failure::refused("the server's certificate was refused: EDGE_UNTRUSTED"),
        StopReason::Store | StopReason::Closed => {
            Failure::refused(error.map_or_else(|| "the client was closed".to_owned(), ToString::to_string))
        }
    }
}

/// The server does not prove the realm: its certificate does not hold, or, where it takes itself for another realm's, its
/// handshake does not open.
const fn is_untrusted(state: &State) -> bool {
    matches!(
        state.last_error,
        Some(LastError::Session(
            CloseReason::Untrusted | CloseReason::Unreadable | CloseReason::BrokenHandshake
        ))
    )
}
