//! `pinnace devices`

use std::io::{self, BufRead as _, Write as _};

use pinnace_client::Outcome;
use pinnace_client::devices::{DevicesError, LinkCode};
use pinnace_wire::DeviceId;
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::arguments::{Common, Devices, DevicesChange};
use super::failure::Failure;
use super::output::Output;
use super::{send, start};

pub(crate) async fn run(common: &Common, task: Devices, output: Output) -> Result<(), Failure> {
    match task.change {
        None | Some(DevicesChange::List) => list(common, output).await,
        Some(DevicesChange::Approve { code, yes }) => {
            let asking = if yes { Asking::No } else { Asking::Yes };
            approve(common, &code, asking, output).await
        }
        Some(DevicesChange::Remove { device }) => remove(common, device, output).await,
    }
}

/// Whether the person is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    Yes,
    No,
}

async fn list(common: &Common, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    start::online(&client, deadline).await?;
    let devices = timeout_at(deadline, client.devices()).await;
    let devices = devices.map_err(|_| late())?;
    let devices = devices.map_err(|_| Failure::no_answer("the session ended before the answer"))?;
    let account = client.store().kept()?.keys.account();
    let listed = in_time(deadline, client.account_devices(account)).await;
    let listed = match listed {
        Ok(list) => list.devices,
        // A server without the profile, or an account whose list is still to come.
        Err(_) if client.state().borrow().published == pinnace_client::identity::Published::Unserved => {
            Vec::new()
        }
        Err(failure) => return Err(failure),
    };
    for row in devices {
        let own = if row.device == client.device() { " (this one)" } else { "" };
        let is_listed = listed.contains(&row.device);
        let unlisted = if is_listed { "" } else { " (not in the device list)" };
        let (registered_s, not_after_s) = (row.registered_s.value(), row.not_after_s.value());
        output.line(
            &format!("{}{own}{unlisted}", row.device),
            &json!({ "device": {
                "device": row.device.to_string(), "registered_s": registered_s, "not_after_s": not_after_s,
                "own": row.device == client.device(), "listed": is_listed,
            } }),
        )?;
    }
    client.close().await;
    Ok(())
}

async fn approve(common: &Common, text: &str, asking: Asking, output: Output) -> Result<(), Failure> {
    let kept = start::store(common)?.kept()?;
    let realm = common.realm.or(kept.realm);
    let realm =
        realm.ok_or_else(|| Failure::refused("this device is not registered: run pinnace register"))?;
    let code = LinkCode::parse(realm, text).map_err(Failure::usage)?;
    let (device, fingerprint) = (code.device(), code.fingerprint(realm));
    output.note(&format!("device {device}\nfingerprint: {fingerprint}"));
    output
        .note("The new device will read and send as this account. Link only a device that is in your hand.");
    if asking == Asking::Yes {
        confirm("The new device shows the same fingerprint, and is to be linked? [y/N] ").await?;
    }
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    start::online(&client, deadline).await?;
    let outcome = async {
        let changed = in_time(deadline, client.approve(code)).await?;
        let id = changed.message.ok_or_else(|| Failure::refused(DevicesError::BadAnswer))?;
        match send::settled(&client, id, deadline).await? {
            Outcome::Accepted => {}
            outcome @ (Outcome::Refused(_) | Outcome::Voided | Outcome::Unknown(_)) => {
                return Err(Failure::refused(format!(
                    "the device is in the list, and its keys were not taken ({outcome:?}): approve it again"
                )));
            }
        }
        let version = changed.list.list_version.value();
        output.line(
            &format!("linked device {device}"),
            &json!({ "approved": {
                "device": device.to_string(), "fingerprint": fingerprint, "list_version": version,
            } }),
        )?;
        Ok(())
    };
    let outcome = outcome.await;
    client.close().await;
    outcome
}

async fn remove(common: &Common, device: DeviceId, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    start::online(&client, deadline).await?;
    let removed = in_time(deadline, client.remove_device(device)).await;
    client.close().await;
    let version = removed?.list.list_version.value();
    output.line(
        &format!("removed device {device}"),
        &json!({ "removed": { "device": device.to_string(), "list_version": version } }),
    )?;
    Ok(())
}

/// The answer, or that it did not come in time.
pub(crate) async fn in_time<T>(
    deadline: Instant,
    answer: impl Future<Output = Result<T, DevicesError>>,
) -> Result<T, Failure> {
    Ok(timeout_at(deadline, answer).await.map_err(|_| late())??)
}

fn late() -> Failure {
    Failure::no_answer("the server did not answer in time")
}

/// Asks the person; anything but yes is no.
async fn confirm(question: &'static str) -> Result<(), Failure> {
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        write!(io::stderr(), "{question}")?;
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = line.await.map_err(|_| Failure::refused("the terminal was lost"))??;
    match line.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::refused("not linked: it was not confirmed")),
    }
}
