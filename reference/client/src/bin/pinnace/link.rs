//! `pinnace link`

use core::time::Duration;

use pinnace_client::devices::{DevicesError, LinkOffer, LinkStage};
use pinnace_client::{Client, LinkState, State};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::arguments::Common;
use super::failure::Failure;
use super::output::Output;
use super::{code, start};

pub(crate) async fn run(common: &Common, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    let state = start::connected(&client, deadline).await?;
    let outcome = match (state.link, state.link_stage) {
        // An earlier command was cut short after the device was approved.
        (LinkState::Online, Some(LinkStage::Waiting)) => become_linked(&client, common, output).await,
        (LinkState::Online, _) => {
            Err(Failure::refused(format!("this device is registered: {}", client.device())))
        }
        (_, _) => link(&client, common, output, deadline).await,
    };
    client.close().await;
    outcome
}

async fn link(client: &Client, common: &Common, output: Output, deadline: Instant) -> Result<(), Failure> {
    let LinkOffer { code, expires_in_ms } = match timeout_at(deadline, client.open_link()).await {
        Err(_) => return Err(Failure::no_answer("the server did not answer in time")),
        Ok(Err(DevicesError::Stopped)) => return Err(Failure::no_answer(DevicesError::Stopped)),
        Ok(offer) => offer?,
    };
    let over = Instant::now() + Duration::from_millis(expires_in_ms);
    let realm = client.store().kept()?.realm.ok_or_else(|| Failure::refused("the realm is not known"))?;
    let (text, fingerprint) = (code.text(realm), code.fingerprint(realm));
    let expires_in_s = expires_in_ms / 1000;
    output.line(
        &format!(
            "{}\n{text}\n\nOn a device of the account, within {expires_in_s} s: pinnace devices approve TEXT\nfingerprint: {fingerprint}",
            code::drawn(&text)
        ),
        &json!({ "link": {
            "code": text, "fingerprint": fingerprint, "device": client.device().to_string(),
            "expires_in_s": expires_in_s,
        } }),
    )?;
    let mut state = client.state();
    let is_known = |state: &State| matches!(state.link, LinkState::Online | LinkState::Stopped(_));
    let known =
        timeout_at(over, state.wait_for(is_known)).await.map(|state| state.map(|state| state.clone()));
    match known {
        Err(_) => Err(Failure::no_answer("nobody linked this device in time: run pinnace link again")),
        Ok(Err(_)) => Err(start::ended(client).await),
        Ok(Ok(state)) => match state.link {
            LinkState::Stopped(reason) => Err(start::stopped(reason, state.last_error.as_ref())),
            LinkState::Offline | LinkState::Connecting | LinkState::Unregistered | LinkState::Online => {
                become_linked(client, common, output).await
            }
        },
    }
}

/// Waits for the keys of the account, and until others find this device.
async fn become_linked(client: &Client, common: &Common, output: Output) -> Result<(), Failure> {
    let deadline = start::deadline(common);
    let mut state = client.state();
    let settled = |state: &State| {
        state.link_stage == Some(LinkStage::Linked) || matches!(state.link, LinkState::Stopped(_))
    };
    let linked =
        timeout_at(deadline, state.wait_for(settled)).await.map(|state| state.map(|state| state.clone()));
    match linked {
        Err(_) => {
            return Err(Failure::no_answer(
                "the device is approved, and the keys of the account have not come: \
                 run pinnace link again, and approve its code again",
            ));
        }
        Ok(Err(_)) => return Err(start::ended(client).await),
        Ok(Ok(state)) => {
            if let LinkState::Stopped(reason) = state.link {
                return Err(start::stopped(reason, state.last_error.as_ref()));
            }
        }
    }
    start::published(client, deadline).await?;
    let account = client.store().kept()?.keys.account().to_string();
    let device = client.device().to_string();
    output.line(
        &format!("linked as device {device} of account {account}"),
        &json!({ "linked": { "device": device, "account": account } }),
    )?;
    Ok(())
}
