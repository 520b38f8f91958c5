//! What a server reads of an MLS message, and what does not hold.

use super::{Circle, begin, four, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::mls::{Delta, Envelope, PRIVATE, PUBLIC, content, sender};
use crate::peer::octets::len_prefixed;
use crate::peer::{Code, Seen, Session, Talk};

pub(super) fn cases() -> Vec<Case> {
    let messages = MESSAGES.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-017", "CNV-033"], move |ctx| {
            bent(ctx, "CNV-017", row.title, |talk| {
                let mut envelope = talk.message_of(1);
                (row.bend)(&mut envelope);
                HandedIn::Message(envelope.octets())
            })
        })
    });
    let commits = COMMITS.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-017", "CNV-033"], move |ctx| {
            bent(ctx, "CNV-017", row.title, |talk| {
                let mut envelope = talk.commit_of(1, &Delta::of(&[], &[]));
                (row.bend)(&mut envelope);
                HandedIn::Commit(envelope.octets())
            })
        })
    });
    messages.chain(commits).chain(whole()).collect()
}

/// Where a message or commit ends.
fn whole() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-017/1",
            "a message that ends at any place before its end is ENVELOPE_INVALID",
            &["CNV-017", "CNV-033"],
            |ctx| cut(ctx, |talk| HandedIn::Message(brief(talk.message_of(1)))),
        ),
        of_conversations(
            "CNV-017/2",
            "a commit that ends at any place before its end is ENVELOPE_INVALID",
            &["CNV-017", "CNV-033"],
            |ctx| cut(ctx, |talk| HandedIn::Commit(brief(talk.commit_of(1, &Delta::of(&[], &[]))))),
        ),
        of_conversations(
            "CNV-017/3",
            "an octet behind a message is ENVELOPE_INVALID",
            &["CNV-017", "CNV-033"],
            |ctx| {
                let one_more = |talk: &Talk| HandedIn::Message([&talk.message()[..], &[0]].concat());
                bent(ctx, "CNV-017", "one octet too many", one_more)
            },
        ),
        of_conversations(
            "CNV-017/4",
            "an octet behind a commit is ENVELOPE_INVALID",
            &["CNV-017", "CNV-033"],
            |ctx| {
                let one_more = |talk: &Talk| HandedIn::Commit([&talk.commit(&[], &[])[..], &[0]].concat());
                bent(ctx, "CNV-017", "one octet too many", one_more)
            },
        ),
        of_conversations(
            "CNV-017/5",
            "a message whose group id has its length in too many octets is ENVELOPE_INVALID",
            &["CNV-017", "CNV-033"],
            |ctx| {
                bent(ctx, "CNV-017", "a length that is not the shortest", |talk| {
                    let octets = talk.message();
                    let (front, rest) = octets.split_at(4.min(octets.len()));
                    let rest = rest.get(1..).unwrap_or_default();
                    HandedIn::Message([front, &[0x40, 16], rest].concat())
                })
            },
        ),
        of_conversations(
            "CNV-017/6",
            "what is behind the envelope is not read: any ciphertext is taken",
            &["CNV-017", "CNV-033"],
            any_ciphertext,
        ),
    ]
}

/// What a case hands in.
pub(super) enum HandedIn {
    Message(Vec<u8>),
    Commit(Vec<u8>),
}

impl HandedIn {
    fn say(&self, session: &mut Session<'_>, talk: &Talk) -> u64 {
        match self {
            Self::Message(octets) => session.post(talk.id, octets),
            Self::Commit(octets) => session.commit(talk.id, octets, &[]),
        }
    }
}

/// A field of an envelope that is wrong.
struct Bent {
    id: &'static str,
    title: &'static str,
    bend: fn(&mut Envelope),
}

const MESSAGES: &[Bent] = &[
    Bent { id: "CNV-017/10", title: "a message of version 0", bend: |envelope| envelope.version = 0 },
    Bent { id: "CNV-017/11", title: "a message of version 2", bend: |envelope| envelope.version = 2 },
    Bent { id: "CNV-017/12", title: "a message of wire format 0", bend: |envelope| envelope.wire_format = 0 },
    Bent {
        id: "CNV-017/13",
        title: "a message that is a PublicMessage of a member",
        bend: |envelope| (envelope.wire_format, envelope.sender) = (PUBLIC, sender::MEMBER.to_vec()),
    },
    Bent {
        id: "CNV-017/14",
        title: "a message that is a Welcome",
        bend: |envelope| envelope.wire_format = 3,
    },
    Bent {
        id: "CNV-017/15",
        title: "a message that is a GroupInfo",
        bend: |envelope| envelope.wire_format = 4,
    },
    Bent {
        id: "CNV-017/16",
        title: "a message that is a KeyPackage",
        bend: |envelope| envelope.wire_format = 5,
    },
    Bent {
        id: "CNV-017/17",
        title: "a message of content type 0",
        bend: |envelope| envelope.content_type = 0,
    },
    Bent {
        id: "CNV-017/18",
        title: "a message that is a proposal",
        bend: |envelope| envelope.content_type = content::PROPOSAL,
    },
    Bent {
        id: "CNV-017/19",
        title: "a message that is a commit",
        bend: |envelope| envelope.content_type = content::COMMIT,
    },
    Bent {
        id: "CNV-017/20",
        title: "a message of content type 4",
        bend: |envelope| envelope.content_type = 4,
    },
    Bent {
        id: "CNV-017/21",
        title: "a message of another group",
        bend: |envelope| envelope.group_id.iter_mut().take(1).for_each(|octet| *octet ^= 1),
    },
    Bent { id: "CNV-017/22", title: "a message of no group", bend: |envelope| envelope.group_id.clear() },
    Bent {
        id: "CNV-017/23",
        title: "a message whose group id has an octet more",
        bend: |envelope| envelope.group_id.push(0),
    },
    Bent {
        id: "CNV-017/24",
        title: "a message whose group id has an octet less",
        bend: |envelope| envelope.group_id.truncate(15),
    },
];

const COMMITS: &[Bent] = &[
    Bent { id: "CNV-017/30", title: "a commit of version 0", bend: |envelope| envelope.version = 0 },
    Bent { id: "CNV-017/31", title: "a commit of version 2", bend: |envelope| envelope.version = 2 },
    Bent { id: "CNV-017/32", title: "a commit of wire format 0", bend: |envelope| envelope.wire_format = 0 },
    Bent {
        id: "CNV-017/33",
        title: "a commit that is a PublicMessage of a member",
        bend: |envelope| (envelope.wire_format, envelope.sender) = (PUBLIC, sender::MEMBER.to_vec()),
    },
    Bent {
        id: "CNV-017/34",
        title: "a commit that is a PublicMessage of an external sender",
        bend: |envelope| (envelope.wire_format, envelope.sender) = (PUBLIC, sender::EXTERNAL.to_vec()),
    },
    Bent {
        id: "CNV-017/35",
        title: "a commit that is a PublicMessage of a new member's proposal",
        bend: |envelope| {
            (envelope.wire_format, envelope.sender) = (PUBLIC, sender::NEW_MEMBER_PROPOSAL.to_vec());
        },
    },
    Bent { id: "CNV-017/36", title: "a commit that is a Welcome", bend: |envelope| envelope.wire_format = 3 },
    Bent {
        id: "CNV-017/37",
        title: "a commit that is a message",
        bend: |envelope| envelope.content_type = content::APPLICATION,
    },
    Bent {
        id: "CNV-017/38",
        title: "a commit that is a proposal",
        bend: |envelope| envelope.content_type = content::PROPOSAL,
    },
    Bent {
        id: "CNV-017/39",
        title: "a commit of another group",
        bend: |envelope| envelope.group_id.iter_mut().take(1).for_each(|octet| *octet ^= 1),
    },
];

/// What does not hold is refused and leaves no trace; the same that holds is taken.
pub(super) fn bent(
    ctx: &Ctx,
    id: &'static str,
    title: &str,
    made: impl FnOnce(&Talk) -> HandedIn,
) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = made(&talk).say(&mut one, &talk);
    ctx.require(id, &format!("{title} is refused"), refused(&mut one, client_seq, Code::ENVELOPE_INVALID));
    goes_on(ctx, id, &talk, &mut one, &mut [&mut two, &mut three])?;
    let change = one.changes(&talk, &[], &[])?;
    ctx.require(id, "and a commit of the same epoch is taken", one.gets(&change.own));
    isolated(ctx, &mut one, &mut outsider)
}

/// An envelope of few octets, so that its parts are fewer than a server's burst.
fn brief(mut envelope: Envelope) -> Vec<u8> {
    envelope.encrypted_sender_data.truncate(3);
    envelope.ciphertext.truncate(3);
    envelope.octets()
}

/// Every part of it that begins at its first octet is refused.
fn cut(ctx: &Ctx, made: fn(&Talk) -> HandedIn) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let whole = made(&talk);
    let (HandedIn::Message(octets) | HandedIn::Commit(octets)) = &whole;
    let fronts: Vec<&[u8]> = (1..octets.len()).filter_map(|len| octets.get(..len)).collect();
    // Fewer at once than a session may have under way.
    for some in fronts.chunks(48) {
        let mut expected = Vec::new();
        for front in some {
            let part = match &whole {
                HandedIn::Message(_) => HandedIn::Message(front.to_vec()),
                HandedIn::Commit(_) => HandedIn::Commit(front.to_vec()),
            };
            expected.push(Seen::Refused(part.say(&mut one, &talk), Code::ENVELOPE_INVALID));
        }
        let seen = one.outcomes(some.len());
        ctx.require("CNV-017", "each is refused", expect_eq(&expected, &seen));
    }
    let client_seq = whole.say(&mut one, &talk);
    let seen = one.outcome();
    ctx.control("whole it is taken", expect_eq(&Seen::Accepted(client_seq), &seen))?;
    let number = |session: &mut Session<'_>| match session.item() {
        Seen::Entry { entry, .. } => Some(entry.conversation_seq),
        _ => None,
    };
    for session in [&mut one, &mut two, &mut three] {
        let judged: Judged = expect_eq(&Some(2), &number(session));
        ctx.require("CNV-017", "and is the first that anybody hears of", judged);
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn any_ciphertext(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let plain = talk.message_of(1);
    let envelopes = [
        Envelope { ciphertext: Vec::new(), ..plain.clone() },
        Envelope { encrypted_sender_data: Vec::new(), ..plain.clone() },
        Envelope { ciphertext: vec![0xff; 700], wire_format: PRIVATE, ..plain },
    ];
    for envelope in envelopes {
        let payload = envelope.octets();
        if !payload.ends_with(&len_prefixed(&envelope.ciphertext)) {
            return Err(Halt::Harness { fault: "the ciphertext is the last field".to_owned() });
        }
        let client_seq = one.post(talk.id, &payload);
        let seen = one.outcome();
        ctx.require("CNV-017", "it is taken", expect_eq(&Seen::Accepted(client_seq), &seen));
        let said = talk.said(client_seq, &payload);
        ctx.require("CNV-017", "and delivered as it is", two.gets(&said.message));
    }
    isolated(ctx, &mut one, &mut outsider)
}
