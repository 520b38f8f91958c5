//! Numbers that are used again for another body.

use super::{Circle, begin, four, isolated, of_conversations};
use crate::case::{Case, CaseResult};
use crate::cases::words::is_error;
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::seen::{Entry, kind};
use crate::peer::{Code, Seen, Session, Talk, say, talk};

pub(super) fn cases() -> Vec<Case> {
    let judges = &["CNV-025", "ERR-005", "ERR-006", "CNV-033"];
    CONFLICTS
        .iter()
        .map(|row| of_conversations(row.id, row.title, judges, move |ctx| conflict(ctx, row)))
        .collect()
}

/// What a session hands in under one number, first and then.
struct Conflict {
    id: &'static str,
    title: &'static str,
    first: Handed,
    then: Handed,
}

/// A body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Handed {
    Message,
    OtherMessage,
    MessageOfClass,
    MessageThatExpires,
    MessageElsewhere,
    Commit,
    CommitOfOtherOctets,
    CommitWithWelcome,
    CommitWithOrigin,
    CommitElsewhere,
    Send,
}

/// What the bodies are made of: the same octets each time.
struct Bodies<'a> {
    talk: &'a Talk,
    elsewhere: &'a Talk,
    payload: Vec<u8>,
    other: Vec<u8>,
    commit: Vec<u8>,
    other_commit: Vec<u8>,
}

impl Handed {
    fn say(self, session: &mut Session<'_>, client_seq: u64, bodies: &Bodies<'_>) {
        let Bodies { talk, elsewhere, payload, other, commit, other_commit } = bodies;
        let none: &[u8] = &[];
        match self {
            Self::Message => session.post_again(client_seq, talk.id, payload, none),
            Self::OtherMessage => session.post_again(client_seq, talk.id, other, none),
            Self::MessageOfClass => session.post_again(client_seq, talk.id, payload, &say::class(1)),
            Self::MessageThatExpires => {
                session.post_again(client_seq, talk.id, payload, &say::expires_in_s(600));
            }
            Self::MessageElsewhere => session.post_again(client_seq, elsewhere.id, payload, none),
            Self::Commit => session.commit_again(client_seq, talk.id, (commit, none), none),
            Self::CommitOfOtherOctets => {
                session.commit_again(client_seq, talk.id, (other_commit, none), none)
            }
            Self::CommitWithWelcome => {
                session.commit_again(client_seq, talk.id, (commit, b"a Welcome"), none);
            }
            Self::CommitWithOrigin => {
                let origin = talk::origin(&talk.origin.octets());
                session.commit_again(client_seq, talk.id, (commit, none), &origin);
            }
            Self::CommitElsewhere => session.commit_again(client_seq, elsewhere.id, (commit, none), none),
            Self::Send => {
                let to = session.device.id;
                session.send_again(client_seq, to, payload, none);
            }
        }
    }

    const fn frame_type(self) -> u64 {
        match self {
            Self::Message
            | Self::OtherMessage
            | Self::MessageOfClass
            | Self::MessageThatExpires
            | Self::MessageElsewhere => talk::kind::POST,
            Self::Commit
            | Self::CommitOfOtherOctets
            | Self::CommitWithWelcome
            | Self::CommitWithOrigin
            | Self::CommitElsewhere => talk::kind::COMMIT,
            Self::Send => say::kind::SEND,
        }
    }
}

const CONFLICTS: &[Conflict] = &[
    Conflict {
        id: "CNV-025/1",
        title: "another message under a message's number",
        first: Handed::Message,
        then: Handed::OtherMessage,
    },
    Conflict {
        id: "CNV-025/2",
        title: "the same message with a class",
        first: Handed::Message,
        then: Handed::MessageOfClass,
    },
    Conflict {
        id: "CNV-025/3",
        title: "the same message with an expiry",
        first: Handed::Message,
        then: Handed::MessageThatExpires,
    },
    Conflict {
        id: "CNV-025/4",
        title: "the same message in another conversation",
        first: Handed::Message,
        then: Handed::MessageElsewhere,
    },
    Conflict {
        id: "CNV-025/5",
        title: "a commit under a message's number",
        first: Handed::Message,
        then: Handed::Commit,
    },
    Conflict {
        id: "CNV-025/6",
        title: "a SEND under a message's number",
        first: Handed::Message,
        then: Handed::Send,
    },
    Conflict {
        id: "CNV-025/7",
        title: "a message under a SEND's number",
        first: Handed::Send,
        then: Handed::Message,
    },
    Conflict {
        id: "CNV-025/8",
        title: "a commit under a SEND's number",
        first: Handed::Send,
        then: Handed::Commit,
    },
    Conflict {
        id: "CNV-025/9",
        title: "another commit under a commit's number",
        first: Handed::Commit,
        then: Handed::CommitOfOtherOctets,
    },
    Conflict {
        id: "CNV-025/10",
        title: "the same commit with a Welcome",
        first: Handed::Commit,
        then: Handed::CommitWithWelcome,
    },
    Conflict {
        id: "CNV-025/11",
        title: "the same commit with an origin",
        first: Handed::Commit,
        then: Handed::CommitWithOrigin,
    },
    Conflict {
        id: "CNV-025/12",
        title: "the same commit in another conversation",
        first: Handed::Commit,
        then: Handed::CommitElsewhere,
    },
    Conflict {
        id: "CNV-025/13",
        title: "a message under a commit's number",
        first: Handed::Commit,
        then: Handed::Message,
    },
    Conflict {
        id: "CNV-025/14",
        title: "a SEND under a commit's number",
        first: Handed::Commit,
        then: Handed::Send,
    },
];

fn conflict(ctx: &Ctx, row: &'static Conflict) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let elsewhere = Talk::group(ctx, &alice, "elsewhere");
    let begun = one.begins(&elsewhere, &[bob.id])?;
    ctx.control("there is another one", two.gets(&begun.welcome))?;
    let bodies = Bodies {
        talk: &talk,
        elsewhere: &elsewhere,
        payload: talk.message(),
        other: talk.message(),
        commit: talk.commit(&[], &[]),
        other_commit: talk.commit(&[], &[]),
    };
    let client_seq = alice.next_client_seq();
    row.first.say(&mut one, client_seq, &bodies);
    row.first.say(&mut one, client_seq, &bodies);
    let outcomes = one.outcomes(2);
    let expected = vec![Seen::Accepted(client_seq); 2];
    ctx.control("the first is accepted, and again", expect_eq(&expected, &outcomes))?;
    row.then.say(&mut one, client_seq, &bodies);
    let seen = one.outcome();
    let judged = is_error(Code::IDEMPOTENCY_CONFLICT, row.then.frame_type(), client_seq, &seen);
    ctx.require("CNV-025", row.title, judged.clone());
    ctx.require("ERR-005", "it names the frame", judged.clone());
    ctx.require("ERR-006", "its subject is the number", judged);
    for session in [&mut two, &mut three] {
        let first = match row.first {
            Handed::Message => Some(second(&talk, &bodies.payload, kind::MESSAGE)),
            Handed::Commit => Some(second(&talk, &bodies.commit, kind::COMMIT)),
            _ => None,
        };
        if let Some(first) = first {
            ctx.control("the first comes", session.gets(&first))?;
        }
        ctx.require("CNV-025", "nothing but the first comes", session.is_quiet());
    }
    isolated(ctx, &mut one, &mut outsider)
}

/// The second entry of a conversation, with this payload.
fn second(talk: &Talk, payload: &[u8], of_kind: u64) -> Entry {
    Entry::new(talk.id, 2, of_kind, payload)
}
