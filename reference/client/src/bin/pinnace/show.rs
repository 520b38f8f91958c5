//! `pinnace devices` and `pinnace status`

use serde_json::json;
use tokio::time::timeout_at;

use super::arguments::Common;
use super::failure::Failure;
use super::output::Output;
use super::start;

pub(crate) async fn devices(common: &Common, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    start::online(&client, deadline).await?;
    let devices = timeout_at(deadline, client.devices()).await;
    let devices = devices.map_err(|_| Failure::no_answer("the server did not answer in time"))?;
    let devices = devices.map_err(|_| Failure::no_answer("the session ended before the answer"))?;
    for row in devices {
        let own = if row.device == client.device() { " (this one)" } else { "" };
        let (registered_s, not_after_s) = (row.registered_s.value(), row.not_after_s.value());
        output.line(
            &format!("{}{own}", row.device),
            &json!({ "device": {
                "device": row.device.to_string(), "registered_s": registered_s, "not_after_s": not_after_s,
                "own": row.device == client.device(),
            } }),
        )?;
    }
    client.close().await;
    Ok(())
}

pub(crate) fn status(common: &Common, output: Output) -> Result<(), Failure> {
    let kept = start::store(common)?.kept()?;
    let (device, account) = (kept.keys.device_id().to_string(), kept.keys.account().to_string());
    let server = kept.server.map(|server| server.to_string());
    let backlog = kept.numbered.saturating_sub(kept.settled);
    let untaken = kept.filed.saturating_sub(kept.taken);
    let text = [
        format!("device   {device}"),
        format!("account  {account}"),
        format!("number   {}", kept.e164.as_deref().unwrap_or("not registered")),
        format!("server   {}", server.as_deref().unwrap_or("none")),
        format!("sent     {} of {}", kept.settled, kept.numbered),
        format!("unread   {untaken}"),
        format!("mailbox  {}", kept.intake.cursor()),
    ];
    output.line(
        &text.join("\n"),
        &json!({ "status": {
            "device": device, "account": account, "number": kept.e164, "server": server, "backlog": backlog,
            "numbered": kept.numbered, "untaken": untaken, "cursor": kept.intake.cursor().value(),
        } }),
    )?;
    Ok(())
}
