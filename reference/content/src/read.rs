//! From octets without padding to a content: every bound is checked here, once.

use pinnace_wire::{AccountId, ConversationId};
use prost::Message as _;

use crate::bounds::{ITEMS_MAX, LEN_MAX, NAME_LEN_MAX, TEXT_LEN_MAX};
use crate::content::{Content, ContentId, Reference};
use crate::error::ContentError;
use crate::kind::{
    Call, CallStep, HangupReason, Kind, Media, Mention, Policy, Rank, Receipt, ReceiptKind, Role, Text,
    Typing,
};
use crate::{proto, scan};

/// The version of the structure.
pub(crate) const VERSION: u32 = 1;

type Read<T> = Result<T, ContentError>;

pub(crate) fn content(octets: &[u8]) -> Read<Content> {
    if octets.len() >= LEN_MAX {
        return Err(ContentError::Length { len: octets.len() });
    }
    let read = proto::Content::decode(octets).map_err(|_| ContentError::Malformed)?;
    if read.version != VERSION {
        return Err(ContentError::Version { version: read.version });
    }
    let field = scan::kind(octets)?;
    let kind = match read.kind {
        Some(known) => kind(known)?,
        None => Kind::Unknown { field, octets: octets.to_vec() },
    };
    Ok(Content {
        id: id("id", &read.id)?,
        sent_ms: read.sent_ms,
        reply_to: read.reply_to.map(|target| reference("reply_to", &target)).transpose()?,
        disappear_s: read.disappear_s,
        view_once: read.view_once,
        kind,
    })
}

fn kind(kind: proto::content::Kind) -> Read<Kind> {
    use proto::content::Kind as Found;
    Ok(match kind {
        Found::Text(found) => Kind::Text(text(found)?),
        Found::Media(found) => Kind::Media(Box::new(media(found)?)),
        Found::Reaction(found) => {
            let target = found.target.ok_or(ContentError::OutOfRange { field: "target" })?;
            Kind::Reaction { target: reference("target", &target)?, sign: name("sign", found.sign)? }
        }
        Found::Edit(found) => {
            let words = found.text.ok_or(ContentError::OutOfRange { field: "text" })?;
            Kind::Edit { target: id("target", &found.target)?, text: text(words)? }
        }
        Found::Delete(found) => Kind::Delete { targets: ids("targets", &found.targets)? },
        Found::Timer(found) => Kind::Timer { seconds: found.seconds },
        Found::Receipt(found) => Kind::Receipt(receipt(&found)?),
        Found::Typing(found) => Kind::Typing(typing(&found)),
        Found::Call(found) => Kind::Call(call(found)?),
        Found::Policy(found) => Kind::Policy(Box::new(policy(found)?)),
        Found::Leave(proto::Leave {}) => Kind::Leave,
        Found::Introduction(found) => Kind::Introduction {
            conversation: ConversationId::new(array("conversation", &found.conversation)?),
            group_info: found.group_info,
        },
    })
}

fn text(found: proto::Text) -> Read<Text> {
    if found.body.is_empty() {
        return Err(ContentError::OutOfRange { field: "body" });
    }
    let body = long("body", found.body)?;
    let mentions = few("mentions", &found.mentions)?.iter().map(|mention| {
        let (start, end) = (mention.start as usize, mention.start.checked_add(mention.len));
        let is_part =
            end.is_some_and(|end| body.get(start..end as usize).is_some_and(|part| !part.is_empty()));
        if !is_part {
            return Err(ContentError::OutOfRange { field: "mentions" });
        }
        let account = account("account", &mention.account)?;
        Ok(Mention { account, start: mention.start, len: mention.len })
    });
    let mentions = mentions.collect::<Read<_>>()?;
    Ok(Text { body, mentions })
}

fn media(found: proto::Media) -> Read<Media> {
    if found.locator.is_empty() {
        return Err(ContentError::OutOfRange { field: "locator" });
    }
    if found.preview.len() > TEXT_LEN_MAX {
        return Err(ContentError::OutOfRange { field: "preview" });
    }
    Ok(Media {
        locator: name("locator", found.locator)?,
        key: array("key", &found.key)?,
        digest: array("digest", &found.digest)?,
        len: found.len,
        media_type: name("media_type", found.media_type)?,
        name: name("name", found.name)?,
        caption: long("caption", found.caption)?,
        size: (found.width, found.height),
        plays_ms: found.plays_ms,
        preview: found.preview,
        is_voice: found.is_voice,
    })
}

fn receipt(found: &proto::Receipt) -> Read<Receipt> {
    let kind = match proto::receipt::Kind::try_from(found.kind) {
        Ok(proto::receipt::Kind::Read) => ReceiptKind::Read,
        Ok(proto::receipt::Kind::Played) => ReceiptKind::Played,
        Ok(proto::receipt::Kind::Received) | Err(_) => ReceiptKind::Received,
    };
    Ok(Receipt { kind, author: account("author", &found.author)?, ids: ids("ids", &found.ids)? })
}

fn typing(found: &proto::Typing) -> Typing {
    match proto::typing::State::try_from(found.state) {
        Ok(proto::typing::State::Stopped) => Typing::Stopped,
        Ok(proto::typing::State::Speaks) => Typing::Speaks,
        Ok(proto::typing::State::Writes) | Err(_) => Typing::Writes,
    }
}

fn call(found: proto::Call) -> Read<Call> {
    use proto::call::Step;
    let step = match found.step {
        None => None,
        Some(Step::Offer(offer)) => Some(CallStep::Offer(blob("offer", offer)?)),
        Some(Step::Answer(answer)) => Some(CallStep::Answer(blob("answer", answer)?)),
        Some(Step::Candidate(candidate)) => Some(CallStep::Candidate(blob("candidate", candidate)?)),
        Some(Step::Ringing(proto::Ringing {})) => Some(CallStep::Ringing),
        Some(Step::Hangup(hangup)) => Some(CallStep::Hangup(hangup_reason(&hangup))),
    };
    Ok(Call { call: array("call", &found.call)?, step, is_video: found.is_video })
}

fn hangup_reason(found: &proto::Hangup) -> HangupReason {
    use proto::hangup::Reason;
    match Reason::try_from(found.reason) {
        Ok(Reason::Declined) => HangupReason::Declined,
        Ok(Reason::Busy) => HangupReason::Busy,
        Ok(Reason::Failed) => HangupReason::Failed,
        Ok(Reason::Elsewhere) => HangupReason::Elsewhere,
        Ok(Reason::Ended) | Err(_) => HangupReason::Ended,
    }
}

fn policy(found: proto::Policy) -> Read<Policy> {
    if found.revision == 0 {
        return Err(ContentError::OutOfRange { field: "revision" });
    }
    let roles = few("roles", &found.roles)?.iter().map(|role| {
        let rank = match proto::role::Rank::try_from(role.rank) {
            Ok(proto::role::Rank::Admin) => Rank::Admin,
            Ok(proto::role::Rank::Owner) => Rank::Owner,
            Ok(proto::role::Rank::Member) | Err(_) => Rank::Member,
        };
        Ok(Role { account: account("account", &role.account)?, rank })
    });
    let roles = roles.collect::<Read<_>>()?;
    let bans = few("bans", &found.bans)?.iter().map(|ban| account("bans", ban)).collect::<Read<_>>()?;
    let link_digest = match found.link_digest.as_slice() {
        [] => None,
        digest => Some(array("link_digest", digest)?),
    };
    Ok(Policy {
        revision: found.revision,
        name: name("name", found.name)?,
        roles,
        announce_only: found.announce_only,
        bans,
        link_digest,
        asks_first: found.asks_first,
    })
}

fn array<const N: usize>(field: &'static str, octets: &[u8]) -> Read<[u8; N]> {
    octets.try_into().map_err(|_| ContentError::OutOfRange { field })
}

fn account(field: &'static str, octets: &[u8]) -> Read<AccountId> {
    array(field, octets).map(AccountId::new)
}

fn id(field: &'static str, octets: &[u8]) -> Read<ContentId> {
    array(field, octets).map(ContentId)
}

fn ids(field: &'static str, found: &[Vec<u8>]) -> Read<Vec<ContentId>> {
    if found.is_empty() {
        return Err(ContentError::OutOfRange { field });
    }
    few(field, found)?.iter().map(|octets| id(field, octets)).collect()
}

fn reference(field: &'static str, found: &proto::Reference) -> Read<Reference> {
    Ok(Reference { author: account(field, &found.author)?, id: id(field, &found.id)? })
}

fn few<'a, T>(field: &'static str, items: &'a [T]) -> Read<&'a [T]> {
    if items.len() > ITEMS_MAX { Err(ContentError::OutOfRange { field }) } else { Ok(items) }
}

fn name(field: &'static str, found: String) -> Read<String> {
    if found.len() > NAME_LEN_MAX { Err(ContentError::OutOfRange { field }) } else { Ok(found) }
}

fn long(field: &'static str, found: String) -> Read<String> {
    if found.len() > TEXT_LEN_MAX { Err(ContentError::OutOfRange { field }) } else { Ok(found) }
}

fn blob(field: &'static str, found: Vec<u8>) -> Read<Vec<u8>> {
    if found.is_empty() || found.len() > TEXT_LEN_MAX {
        return Err(ContentError::OutOfRange { field });
    }
    Ok(found)
}
