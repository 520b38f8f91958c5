//! `pinnace safety`

use pinnace_client::devices::{SafetyNumber, Scanned};
use pinnace_client::store::{DeviceWrite, Write};
use serde_json::json;

use super::arguments::{Common, Safety};
use super::devices::in_time;
use super::failure::Failure;
use super::output::Output;
use super::{code, start};

pub(crate) async fn run(common: &Common, task: Safety, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let outcome = show(&client, common, &task, output).await;
    client.close().await;
    outcome
}

async fn show(
    client: &pinnace_client::Client,
    common: &Common,
    task: &Safety,
    output: Output,
) -> Result<(), Failure> {
    let account = task.account;
    let kept = client.store().kept()?;
    if kept.keys.account() == account {
        return Err(Failure::usage("that is the own account"));
    }
    if task.forget {
        client.keep(Write::Device(DeviceWrite::Unpin(account))).await?;
        output.line(
            &format!("forgot what was seen of account {account}"),
            &json!({ "forgotten": { "account": account.to_string() } }),
        )?;
        return Ok(());
    }
    let deadline = start::deadline(common);
    start::online(client, deadline).await?;
    let theirs = in_time(deadline, client.account_devices(account)).await?;
    let realm = client.store().kept()?.realm.ok_or_else(|| Failure::refused("the realm is not known"))?;
    let own = kept.keys.identity.verifying_key().to_bytes();
    let number = SafetyNumber::new(realm, &own, &theirs.identity_key);
    if let Some(text) = &task.scanned {
        match number.compare(text) {
            Scanned::Same => client.note_compared(account).await?,
            Scanned::Malformed => {
                return Err(Failure::usage("that is not the whole text of a safety number"));
            }
            Scanned::Different => {
                return Err(Failure::refused(
                    "the safety numbers DIFFER: another account was scanned, or somebody stands between you",
                ));
            }
        }
    }
    let pin = client.store().pin(account)?;
    let is_compared = pin.as_ref().is_some_and(|pin| pin.is_compared);
    let is_chained = pin.is_none_or(|pin| pin.is_chained);
    let text = number.text();
    let compared = if is_compared { "compared: it is the same on both sides" } else { "not compared yet" };
    let skipped = if is_chained { "" } else { "\nsome versions of the device list were not seen" };
    output.line(
        &format!("{}\n{text}\n\n{number}\n{compared}{skipped}", code::drawn(&text)),
        &json!({ "safety": {
            "account": account.to_string(), "number": number.digits(), "code": text, "compared": is_compared,
            "chained": is_chained,
        } }),
    )?;
    Ok(())
}
