//! From a content to its octets, without padding.

use prost::Message as _;

use crate::content::{Content, ContentId, Reference};
use crate::kind::{
    Call, CallStep, HangupReason, Kind, Media, Policy, Rank, Receipt, ReceiptKind, Text, Typing,
};
use crate::proto;
use crate::read::VERSION;

pub(crate) fn content(content: &Content) -> Vec<u8> {
    let kind = match kind(&content.kind) {
        Ok(kind) => kind,
        // What came of another's hand is passed on as it came.
        Err(octets) => return octets.to_vec(),
    };
    proto::Content {
        version: VERSION,
        id: content.id.0.to_vec(),
        sent_ms: content.sent_ms,
        reply_to: content.reply_to.as_ref().map(reference),
        disappear_s: content.disappear_s,
        view_once: content.view_once,
        kind: Some(kind),
    }
    .encode_to_vec()
}

fn kind(kind: &Kind) -> Result<proto::content::Kind, &[u8]> {
    use proto::content::Kind as Written;
    Ok(match kind {
        Kind::Text(found) => Written::Text(text(found)),
        Kind::Media(found) => Written::Media(media(found)),
        Kind::Reaction { target, sign } => {
            Written::Reaction(proto::Reaction { target: Some(reference(target)), sign: sign.clone() })
        }
        Kind::Edit { target, text: words } => {
            Written::Edit(proto::Edit { target: target.0.to_vec(), text: Some(text(words)) })
        }
        Kind::Delete { targets } => Written::Delete(proto::Delete { targets: ids(targets) }),
        Kind::Timer { seconds } => Written::Timer(proto::Timer { seconds: *seconds }),
        Kind::Receipt(found) => Written::Receipt(receipt(found)),
        Kind::Typing(found) => Written::Typing(typing(*found)),
        Kind::Call(found) => Written::Call(call(found)),
        Kind::Policy(found) => Written::Policy(policy(found)),
        Kind::Introduction { conversation, group_info } => Written::Introduction(proto::Introduction {
            conversation: conversation.as_bytes().to_vec(),
            group_info: group_info.clone(),
        }),
        Kind::Leave => Written::Leave(proto::Leave {}),
        Kind::Unknown { field: _, octets } => return Err(octets),
    })
}

fn text(text: &Text) -> proto::Text {
    let mentions = text.mentions.iter().map(|mention| proto::Mention {
        account: mention.account.as_bytes().to_vec(),
        start: mention.start,
        len: mention.len,
    });
    proto::Text { body: text.body.clone(), mentions: mentions.collect() }
}

fn media(media: &Media) -> proto::Media {
    proto::Media {
        locator: media.locator.clone(),
        key: media.key.to_vec(),
        digest: media.digest.to_vec(),
        len: media.len,
        media_type: media.media_type.clone(),
        name: media.name.clone(),
        caption: media.caption.clone(),
        width: media.size.0,
        height: media.size.1,
        plays_ms: media.plays_ms,
        preview: media.preview.clone(),
        is_voice: media.is_voice,
    }
}

fn receipt(receipt: &Receipt) -> proto::Receipt {
    let kind = match receipt.kind {
        ReceiptKind::Received => proto::receipt::Kind::Received,
        ReceiptKind::Read => proto::receipt::Kind::Read,
        ReceiptKind::Played => proto::receipt::Kind::Played,
    };
    proto::Receipt { kind: kind.into(), author: receipt.author.as_bytes().to_vec(), ids: ids(&receipt.ids) }
}

fn typing(typing: Typing) -> proto::Typing {
    let state = match typing {
        Typing::Stopped => proto::typing::State::Stopped,
        Typing::Writes => proto::typing::State::Writes,
        Typing::Speaks => proto::typing::State::Speaks,
    };
    proto::Typing { state: state.into() }
}

fn call(call: &Call) -> proto::Call {
    use proto::call::Step;
    let step = call.step.as_ref().map(|step| match step {
        CallStep::Offer(offer) => Step::Offer(offer.clone()),
        CallStep::Answer(answer) => Step::Answer(answer.clone()),
        CallStep::Candidate(candidate) => Step::Candidate(candidate.clone()),
        CallStep::Ringing => Step::Ringing(proto::Ringing {}),
        CallStep::Hangup(reason) => Step::Hangup(proto::Hangup { reason: hangup_reason(*reason).into() }),
    });
    proto::Call { call: call.call.to_vec(), step, is_video: call.is_video }
}

const fn hangup_reason(reason: HangupReason) -> proto::hangup::Reason {
    match reason {
        HangupReason::Ended => proto::hangup::Reason::Ended,
        HangupReason::Declined => proto::hangup::Reason::Declined,
        HangupReason::Busy => proto::hangup::Reason::Busy,
        HangupReason::Failed => proto::hangup::Reason::Failed,
        HangupReason::Elsewhere => proto::hangup::Reason::Elsewhere,
    }
}

fn policy(policy: &Policy) -> proto::Policy {
    let roles = policy.roles.iter().map(|role| {
        let rank = match role.rank {
            Rank::Member => proto::role::Rank::Member,
            Rank::Admin => proto::role::Rank::Admin,
            Rank::Owner => proto::role::Rank::Owner,
        };
        proto::Role { account: role.account.as_bytes().to_vec(), rank: rank.into() }
    });
    proto::Policy {
        revision: policy.revision,
        name: policy.name.clone(),
        roles: roles.collect(),
        announce_only: policy.announce_only,
        bans: policy.bans.iter().map(|ban| ban.as_bytes().to_vec()).collect(),
        link_digest: policy.link_digest.map_or_else(Vec::new, |digest| digest.to_vec()),
        asks_first: policy.asks_first,
    }
}

fn reference(reference: &Reference) -> proto::Reference {
    proto::Reference { author: reference.author.as_bytes().to_vec(), id: reference.id.0.to_vec() }
}

fn ids(ids: &[ContentId]) -> Vec<Vec<u8>> {
    ids.iter().map(|id| id.0.to_vec()).collect()
}
