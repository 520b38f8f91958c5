//! `pinnace status`

use pinnace_client::identity::Standing;
use serde_json::json;

use super::arguments::Common;
use super::failure::Failure;
use super::output::Output;
use super::start;

pub(crate) fn status(common: &Common, output: Output) -> Result<(), Failure> {
    let kept = start::store(common)?.kept()?;
    let (device, account) = (kept.keys.device_id().to_string(), kept.keys.account().to_string());
    let server = kept.server.map(|server| server.to_string());
    let backlog = kept.numbered.saturating_sub(kept.settled);
    let untaken = kept.filed.saturating_sub(kept.taken);
    let standing = match kept.device.standing {
        Standing::New => "not registered",
        Standing::Registered => "registered",
        Standing::Gone => "removed from its account",
    };
    let text = [
        format!("device   {device}"),
        format!("account  {account}"),
        format!("number   {}", kept.e164.as_deref().unwrap_or("none")),
        format!("standing {standing}"),
        format!("server   {}", server.as_deref().unwrap_or("none")),
        format!("sent     {} of {}", kept.settled, kept.numbered),
        format!("unread   {untaken}"),
        format!("mailbox  {}", kept.intake.cursor()),
    ];
    output.line(
        &text.join("\n"),
        &json!({ "status": {
            "device": device, "account": account, "number": kept.e164, "server": server, "backlog": backlog,
            "standing": standing, "numbered": kept.numbered, "untaken": untaken, "cursor": kept.intake.cursor().value(),
        } }),
    )?;
    Ok(())
}
