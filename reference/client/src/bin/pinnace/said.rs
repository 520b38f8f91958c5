//! Something that was said in a conversation, as a line.

use pinnace_client::conversation::{Fate, Gone, SaidInfo};
use pinnace_content::{Content, Kind, ReceiptKind};
use pinnace_wire::AccountId;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, printable};
use super::say::{LABEL, hex};

pub(crate) fn show(said: &SaidInfo, own: AccountId, output: Output) -> Result<(), Failure> {
    output.line(&line(said, own), &as_json(said))?;
    Ok(())
}

/// For a person: who, and what.
pub(crate) fn line(said: &SaidInfo, own: AccountId) -> String {
    let who = if said.author == own { "you".to_owned() } else { said.author.to_string() };
    let what = match (&said.content, said.gone) {
        (Some(content), _) => words(content, said.edited.as_deref()),
        (None, Gone::Deleted) => "-- deleted".to_owned(),
        (None, Gone::Expired) => "-- disappeared".to_owned(),
        (None, Gone::Viewed) => "-- seen once".to_owned(),
        (None, Gone::No) => "-- cannot be shown".to_owned(),
    };
    let fate = match said.fate {
        Fate::Waits | Fate::Numbered => " (on its way)",
        Fate::Refused => " (refused)",
        Fate::Heard | Fate::Placed => "",
    };
    format!("{} {who}: {what}{fate}", short(&hex(said.conversation)))
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

fn words(content: &Content, edited: Option<&str>) -> String {
    let answers =
        content.reply_to.map_or_else(String::new, |reply| format!("(to {}) ", short(&reply.id.to_string())));
    let what = match &content.kind {
        Kind::Text(text) => printable(edited.unwrap_or(&text.body)),
        Kind::Media(media) => format!("-- media {} {}", printable(&media.name), printable(&media.caption)),
        Kind::Reaction { target, sign } => {
            format!("-- {} on {}", printable(sign), short(&target.id.to_string()))
        }
        Kind::Edit { target, text } => {
            format!("-- {} says now: {}", short(&target.to_string()), printable(&text.body))
        }
        Kind::Delete { targets } => format!("-- deletes {}", targets.len()),
        Kind::Timer { seconds: 0 } => "-- what is said stays".to_owned(),
        Kind::Timer { seconds } => format!("-- what is said disappears after {seconds} s"),
        Kind::Receipt(receipt) => format!("-- {} {}", receipt_word(receipt.kind), receipt.ids.len()),
        Kind::Typing(_) => "-- writes".to_owned(),
        Kind::Call(_) => "-- a call".to_owned(),
        Kind::Policy(policy) => format!("-- the group is {}", printable(&policy.name)),
        Kind::Introduction { .. } => "-- an introduction".to_owned(),
        Kind::Leave => "-- wants to leave".to_owned(),
        Kind::Unknown { .. } => "-- says what this version cannot show".to_owned(),
    };
    format!("{answers}{what}")
}

const fn receipt_word(kind: ReceiptKind) -> &'static str {
    match kind {
        ReceiptKind::Received => "received",
        ReceiptKind::Read => "read",
        ReceiptKind::Played => "played",
    }
}

/// For a program.
pub(crate) fn as_json(said: &SaidInfo) -> Value {
    let (kind, text) = said.content.as_ref().map_or(("gone", None), |content| kind(&content.kind));
    let marks: Vec<Value> = said
        .marks
        .iter()
        .map(|mark| {
            json!({
                "account": mark.account.to_string(), "sign": mark.sign, "receipt": mark.receipt.map(receipt_word),
            })
        })
        .collect();
    let content = said.content.as_ref();
    let reply_to = content.and_then(|content| content.reply_to);
    json!({
        "said": {
            "conversation": hex(said.conversation), "order": said.order, "seq": said.seq,
            "author": said.author.to_string(), "device": said.device.to_string(), "at_ms": said.at_ms,
            "id": content.map(|content| content.id.to_string()), "kind": kind, "text": said.edited.as_deref().or(text),
            "reply_to": reply_to.map(|reply| format!("{}:{}", reply.author, reply.id)),
            "disappear_s": content.map(|content| content.disappear_s), "marks": marks,
        },
        "label": LABEL,
    })
}

fn kind(kind: &Kind) -> (&'static str, Option<&str>) {
    match kind {
        Kind::Text(text) => ("text", Some(&text.body)),
        Kind::Media(media) => ("media", Some(&media.caption)),
        Kind::Reaction { sign, .. } => ("reaction", Some(sign)),
        Kind::Edit { text, .. } => ("edit", Some(&text.body)),
        Kind::Delete { .. } => ("delete", None),
        Kind::Timer { .. } => ("timer", None),
        Kind::Receipt(receipt) => ("receipt", Some(receipt_word(receipt.kind))),
        Kind::Typing(_) => ("typing", None),
        Kind::Call(_) => ("call", None),
        Kind::Policy(policy) => ("policy", Some(&policy.name)),
        Kind::Introduction { .. } => ("introduction", None),
        Kind::Leave => ("leave", None),
        Kind::Unknown { .. } => ("unknown", None),
    }
}
