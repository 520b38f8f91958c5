//! `pinnace group`: conversations, and who is in them.

use pinnace_client::conversation::{ConversationInfo, Stage};
use pinnace_client::{Client, LinkState};
use pinnace_wire::{ConversationId, ConversationKind};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::arguments::{Common, GroupTask};
use super::failure::Failure;
use super::output::{Output, printable};
use super::said;
use super::say::{LABEL, hex};
use super::start;

pub(crate) async fn run(common: &Common, task: GroupTask, output: Output) -> Result<(), Failure> {
    let client = start::client(common)?;
    let deadline = start::deadline(common);
    let outcome = act(&client, task, output, deadline).await;
    client.close().await;
    outcome
}

async fn act(client: &Client, task: GroupTask, output: Output, deadline: Instant) -> Result<(), Failure> {
    match task {
        GroupTask::List => {
            for info in client.conversations().await? {
                show(&info, client, output)?;
            }
            return Ok(());
        }
        GroupTask::History { conversation, count } => {
            for said in client.history(conversation, count).await? {
                said::show(&said, client.keys().account(), output)?;
            }
            return Ok(());
        }
        GroupTask::Create { .. }
        | GroupTask::Add { .. }
        | GroupTask::Remove { .. }
        | GroupTask::Leave { .. } => {}
    }
    start::online(client, deadline).await?;
    let late = |_| Failure::no_answer("the server did not answer in time");
    let id = timeout_at(deadline, change(client, task)).await.map_err(late)??;
    let info = timeout_at(deadline, rest(client, id)).await.map_err(|_| {
        Failure::no_answer(format!("conversation {} is being changed: the next command goes on", hex(id)))
    })??;
    show(&info, client, output)
}

async fn change(client: &Client, task: GroupTask) -> Result<ConversationId, Failure> {
    match task {
        GroupTask::Create { name, accounts } => Ok(client.create_group(&name, &accounts).await?),
        GroupTask::Add { conversation, accounts } => {
            client.add_members(conversation, &accounts).await?;
            Ok(conversation)
        }
        GroupTask::Remove { conversation, accounts } => {
            client.remove_members(conversation, accounts).await?;
            Ok(conversation)
        }
        GroupTask::Leave { conversation } => {
            client.leave_group(conversation).await?;
            Ok(conversation)
        }
        GroupTask::List | GroupTask::History { .. } => Err(Failure::usage("this changes nothing")),
    }
}

/// Waits until nothing of a conversation is under way, neither a change nor what was said.
async fn rest(client: &Client, id: ConversationId) -> Result<ConversationInfo, Failure> {
    let mut state = client.state();
    loop {
        let link = state.borrow_and_update().clone();
        let info = client.conversation(id).await?;
        if !info.is_changing && link.backlog == 0 {
            return Ok(info);
        }
        if let LinkState::Stopped(reason) = link.link {
            return Err(start::stopped(reason, link.last_error.as_ref()));
        }
        state.changed().await.map_err(|_| Failure::refused("the client was closed"))?;
    }
}

fn show(info: &ConversationInfo, client: &Client, output: Output) -> Result<(), Failure> {
    let own = client.keys().account();
    let kind = match info.origin.kind {
        ConversationKind::OwnDevices => "own devices",
        ConversationKind::Direct => "direct",
        ConversationKind::Group => "group",
    };
    let stage = stage(info.stage);
    let name = match info.other_than(own) {
        Some(other) => format!("with {other}"),
        None => printable(&info.name),
    };
    let members: Vec<Value> = info
        .members
        .iter()
        .map(|member| {
            let devices: Vec<String> = member.devices.iter().map(ToString::to_string).collect();
            json!({ "account": member.account.to_string(), "devices": devices, "own": member.account == own })
        })
        .collect();
    let mut text = format!("{}  {kind}  {stage}  {name}", hex(info.id));
    for member in &info.members {
        let is_own = if member.account == own { " (this account)" } else { "" };
        text.push_str(&format!("\n    {}  {} device(s){is_own}", member.account, member.devices.len()));
    }
    output.line(
        &text,
        &json!({
            "conversation": {
                "id": hex(info.id), "kind": kind, "stage": stage, "name": info.name, "epoch": info.epoch,
                "members": members, "disappear_s": info.disappear_s, "said": info.said_count,
            },
            "label": LABEL,
        }),
    )?;
    Ok(())
}

const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Creating => "creating",
        Stage::Member => "member",
        Stage::AwaitsWelcome => "awaits welcome",
        Stage::Joining => "joining",
        Stage::Left => "left",
        Stage::Broken => "broken",
        Stage::Behind => "behind",
    }
}
