//! The preface, and the first records that are refused in the clear.

use super::{control_opens, cut, fresh, is_welcomed, put};
use crate::case::{Case, CaseResult};
use crate::cases::words::anonymous;
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::greeting::{Answer, Reject, reject, send_clear};
use crate::peer::{Device, Opening, say};

/// A first record that is refused in the clear.
struct Refused {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    /// Bends the octets of a sound XX opening.
    bend: fn(Vec<u8>) -> Vec<u8>,
    reason: u8,
}

const REFUSED: &[Refused] = &[
    Refused {
        id: "CHN-001/1",
        title: "another first octet is BAD_PREFACE",
        judges: &["CHN-001", "INV-004"],
        bend: |octets| put(octets, 0, 0x51),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "INV-001/1",
        title: "another fourth octet is BAD_PREFACE",
        judges: &["INV-001", "CHN-001"],
        bend: |octets| put(octets, 3, 0x46),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/2",
        title: "a record that ends within the magic is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 3),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/3",
        title: "a record that ends before the token length is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 7),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/4",
        title: "a route token longer than the record is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| put(octets, 7, 64),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/5",
        title: "a route token of 65 octets is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| [put(cut(octets, 8), 7, 65), vec![0; 65 + 32]].concat(),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/6",
        title: "an HTTP request is BAD_PREFACE",
        judges: &["CHN-001", "INV-001"],
        bend: |_| b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/7",
        title: "a record that ends behind the version is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 5),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "CHN-001/8",
        title: "a record that ends behind the suite is BAD_PREFACE",
        judges: &["CHN-001"],
        bend: |octets| cut(octets, 6),
        reason: reject::BAD_PREFACE,
    },
    Refused {
        id: "INV-002/2",
        title: "a later version alone in its record is UNSUPPORTED_VERSION",
        judges: &["INV-002", "CHN-002"],
        bend: |octets| put(cut(octets, 5), 4, 2),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "CHN-002/1",
        title: "version 2 is UNSUPPORTED_VERSION",
        judges: &["CHN-002", "INV-004"],
        bend: |octets| put(octets, 4, 2),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "CHN-002/2",
        title: "version 0 is UNSUPPORTED_VERSION",
        judges: &["CHN-002"],
        bend: |octets| put(octets, 4, 0),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "INV-002/1",
        title: "a later version is told by the fifth octet, whatever stands behind it",
        judges: &["INV-002", "CHN-002"],
        bend: |octets| [put(cut(octets, 5), 4, 255), vec![0xff; 90]].concat(),
        reason: reject::UNSUPPORTED_VERSION,
    },
    Refused {
        id: "CHN-003/1",
        title: "suite 2 is UNSUPPORTED_SUITE",
        judges: &["CHN-003", "INV-004"],
        bend: |octets| put(octets, 5, 2),
        reason: reject::UNSUPPORTED_SUITE,
    },
    Refused {
        id: "CHN-003/2",
        title: "suite 0 is UNSUPPORTED_SUITE",
        judges: &["CHN-003"],
        bend: |octets| put(octets, 5, 0),
        reason: reject::UNSUPPORTED_SUITE,
    },
    Refused {
        id: "CHN-004/1",
        title: "pattern 3 is UNSUPPORTED_PATTERN",
        judges: &["CHN-004", "INV-004"],
        bend: |octets| put(octets, 6, 3),
        reason: reject::UNSUPPORTED_PATTERN,
    },
    Refused {
        id: "CHN-004/2",
        title: "pattern 0 is UNSUPPORTED_PATTERN",
        judges: &["CHN-004"],
        bend: |octets| put(octets, 6, 0),
        reason: reject::UNSUPPORTED_PATTERN,
    },
    Refused {
        id: "CHN-020/1",
        title: "a first XX message of 31 octets is BAD_HANDSHAKE",
        judges: &["CHN-020"],
        bend: |octets| cut(octets, 8 + 31),
        reason: reject::BAD_HANDSHAKE,
    },
    Refused {
        id: "CHN-020/2",
        title: "an empty first XX message is BAD_HANDSHAKE",
        judges: &["CHN-020"],
        bend: |octets| cut(octets, 8),
        reason: reject::BAD_HANDSHAKE,
    },
    Refused {
        id: "CHN-020/3",
        title: "a first XX message with a payload is BAD_HANDSHAKE",
        judges: &["CHN-020"],
        bend: |octets| [octets, say::ping(1)].concat(),
        reason: reject::BAD_HANDSHAKE,
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = REFUSED
        .iter()
        .map(|row| anonymous(row.id, row.title, row.judges, move |ctx| refused(ctx, row)))
        .collect();
    cases.extend([anonymous(
        "CHN-016/1",
        "a route token that was never issued is accepted",
        &["CHN-016"],
        tokens,
    )]);
    cases
}

fn refused(ctx: &Ctx, row: &'static Refused) -> CaseResult {
    control_opens(ctx)?;
    let device = Device::new(ctx, "sender");
    let mut handshaking = fresh(ctx, &device)?;
    let record = (row.bend)(handshaking.first()?);
    send_clear(&mut handshaking.carrier, &record, "a first record, bad on purpose");
    let answer = Answer::receive(&mut handshaking.carrier);
    let end = Answer::receive(&mut handshaking.carrier);
    for requirement in row.judges {
        ctx.require(requirement, row.title, is_reject(row.reason, &answer));
    }
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, "the connection ends after REJECT", expect_eq(&Answer::Ended, &end));
    Ok(())
}

fn is_reject(reason: u8, answer: &Answer) -> Judged {
    match answer {
        Answer::Reject(Reject { reason: heard, highest_version, .. })
            if *heard == reason && (reason != reject::UNSUPPORTED_VERSION || *highest_version == 1) =>
        {
            Ok(())
        }
        other => Err(Mismatch::new(format!("REJECT of reason {reason}"), format!("{other:?}"))),
    }
}

fn tokens(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    for len in [1, 64] {
        let token = vec![0xa5; len];
        let opened = Opening::new(ctx, &device).with(|opening| opening.route_token = token).attempt();
        let what = format!("{len} octets of route token are accepted");
        let judged = match &opened {
            Ok(session) => is_welcomed(session),
            Err(halt) => Err(Mismatch::new("WELCOME", halt.to_string())),
        };
        ctx.require("CHN-016", &what, judged);
    }
    Ok(())
}
