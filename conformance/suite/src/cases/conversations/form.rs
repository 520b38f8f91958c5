//! Frames of the profile whose grammar is broken, whatever they mean.

use super::{Circle, begin, four, of_conversations};
use crate::case::{Case, CaseResult};
use crate::cases::words::{open, taken, untouched};
use crate::ctx::Ctx;
use crate::peer::conversation::Origin;
use crate::peer::octets::{extension, frame, len_prefixed, varint, varints};
use crate::peer::talk::{self, part};
use crate::peer::{Code, Talk, closed_with};

pub(super) fn cases() -> Vec<Case> {
    FORMLESS
        .iter()
        .map(|row| of_conversations(row.id, row.title, row.judges, move |ctx| formless(ctx, row)))
        .collect()
}

/// A frame of bad form, in a session in which alias 0 is the conversation and its next number is 2.
struct Formless {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    code: Code,
    octets: fn(&Talk) -> Vec<u8>,
}

/// A COMMIT with an origin, bent as octets.
fn with_origin(talk: &Talk, bend: impl FnOnce(Origin) -> Vec<u8>) -> Vec<u8> {
    let commit = talk.commit(&[], &[]);
    talk::commit(2, 0, (&commit, &[]), &talk::origin(&bend(talk.origin.clone())))
}

const FORMLESS: &[Formless] = &[
    Formless {
        id: "FRM-021/30",
        title: "an origin of kind 4 is MALFORMED, not ORIGIN_INVALID",
        judges: &["FRM-021", "ERR-004"],
        code: Code::MALFORMED,
        octets: |talk| with_origin(talk, |origin| Origin { kind: 4, ..origin }.octets()),
    },
    Formless {
        id: "FRM-021/31",
        title: "a STAGE of part 2 is MALFORMED, not STAGE_INVALID",
        judges: &["FRM-021", "ERR-004"],
        code: Code::MALFORMED,
        octets: |_| talk::stage(2, 2, 0, b"x"),
    },
    Formless {
        id: "FRM-021/32",
        title: "an origin of version 2 is MALFORMED, not ORIGIN_INVALID",
        judges: &["FRM-021", "ERR-004"],
        code: Code::MALFORMED,
        octets: |talk| with_origin(talk, |origin| Origin { version: 2, ..origin }.octets()),
    },
    Formless {
        id: "FRM-005/30",
        title: "an octet behind an origin is MALFORMED, not ORIGIN_INVALID",
        judges: &["FRM-005", "ERR-004"],
        code: Code::MALFORMED,
        octets: |talk| with_origin(talk, |origin| [&origin.octets()[..], &[0]].concat()),
    },
    Formless {
        id: "FRM-004/30",
        title: "an origin that ends before its generation is MALFORMED, not ORIGIN_INVALID",
        judges: &["FRM-004", "ERR-004"],
        code: Code::MALFORMED,
        octets: |talk| {
            with_origin(talk, |origin| origin.octets().get(..34).map(<[u8]>::to_vec).unwrap_or_default())
        },
    },
    Formless {
        id: "FRM-011/50",
        title: "a message of no octet is MALFORMED, not ENVELOPE_INVALID",
        judges: &["FRM-011", "ERR-004"],
        code: Code::MALFORMED,
        octets: |_| talk::post(2, 0, &[], &[]),
    },
    Formless {
        id: "FRM-011/51",
        title: "a message of 61,441 octets is LIMIT_EXCEEDED, not PAYLOAD_TOO_LARGE",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| talk::post(2, 0, &[7; 61_441], &[]),
    },
    Formless {
        id: "FRM-011/52",
        title: "a commit of 57,345 octets is LIMIT_EXCEEDED",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| talk::commit(2, 0, (&[7; 57_345], &[]), &[]),
    },
    Formless {
        id: "FRM-011/53",
        title: "a piece of 61,441 octets is LIMIT_EXCEEDED, not STAGE_INVALID",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| talk::stage(2, part::COMMIT, 0, &[7; 61_441]),
    },
    Formless {
        id: "FRM-011/54",
        title: "a whisper of 4,097 octets is LIMIT_EXCEEDED",
        judges: &["FRM-011", "ERR-004"],
        code: Code::LIMIT_EXCEEDED,
        octets: |_| talk::whisper(0, &[7; 4_097]),
    },
    Formless {
        id: "FRM-009/30",
        title: "an even extension of POST that nobody knows is UNKNOWN_EXTENSION",
        judges: &["FRM-009", "ERR-004"],
        code: Code::UNKNOWN_EXTENSION,
        octets: |talk| talk::post(2, 0, &talk.message(), &extension(4, &[])),
    },
    Formless {
        id: "FRM-005/31",
        title: "an octet behind the fields of BIND_CONVERSATION is MALFORMED",
        judges: &["FRM-005", "ERR-004"],
        code: Code::MALFORMED,
        octets: |talk| frame(talk::kind::BIND_CONVERSATION, &[&varint(1)[..], &talk.id.0, &[9]].concat()),
    },
    Formless {
        id: "FRM-004/31",
        title: "a COMMIT that ends before its Welcome's length is MALFORMED",
        judges: &["FRM-004", "ERR-004"],
        code: Code::MALFORMED,
        octets: |talk| {
            let body = [varints(&[2, 0]), len_prefixed(&talk.commit(&[], &[]))];
            frame(talk::kind::COMMIT, &body.concat())
        },
    },
];

fn formless(ctx: &Ctx, row: &'static Formless) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    taken(ctx, &mut one)?;
    one.say(&[&(row.octets)(&talk)]);
    let close = one.closing();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, closed_with(row.code, &close));
    for session in [&mut two, &mut three] {
        ctx.require(main, "the members hear nothing of it", session.is_quiet());
    }
    untouched(ctx, &mut outsider);
    let mut again = open(ctx, &alice)?;
    let said = again.says(&talk)?;
    ctx.require(main, "the conversation is where it was", two.gets(&said.message));
    Ok(())
}
