//! Records with two errors, of which the first in the reading order is told; and CLOSE for what is no error of grammar.

use super::{Row, Stranger, is_welcome, ping};
use crate::case::{Case, CaseResult};
use crate::cases::words::{anonymous, open, taken};
use crate::check::{Judged, Mismatch};
use crate::ctx::Ctx;
use crate::peer::octets::{extension, frame, wide_varint};
use crate::peer::say::{self, kind};
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Opening, Seen, closed_with};

const FRM_019: &[&str] = &["FRM-019", "FRM-018", "ERR-004"];

/// The records and their sound twins.
pub(super) const ROWS: &[Row] = &[
    Row {
        id: "FRM-019/1",
        title: "an unknown even type is told before a length that is not minimal",
        judges: FRM_019,
        sender: Stranger,
        sound: || frame(45, b"x"),
        broken: || vec![44, 0x40, 0x01, b'x'],
        code: Code::UNKNOWN_FRAME,
    },
    Row {
        id: "FRM-019/2",
        title: "an unknown even type is told before a body that runs past the record",
        judges: FRM_019,
        sender: Stranger,
        sound: || frame(45, b"x"),
        broken: || vec![44, 9, b'x'],
        code: Code::UNKNOWN_FRAME,
    },
    Row {
        id: "FRM-019/3",
        title: "a length above its maximum is told before the octets that are missing",
        judges: FRM_019,
        sender: Stranger,
        sound: || say::register_code("123456"),
        broken: || frame(kind::REGISTER_CODE, &[13, b'1']),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-019/4",
        title: "a varint that is not minimal is told before its bounds",
        judges: FRM_019,
        sender: Stranger,
        sound: || say::register_code("123456"),
        broken: || frame(kind::REGISTER_CODE, &wide_varint(13)),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-019/5",
        title: "a field is told before the extensions",
        judges: FRM_019,
        sender: Stranger,
        sound: || frame(kind::REGISTER_CODE, &[&[4][..], b"1234", &extension(3, b"x")].concat()),
        broken: || frame(kind::REGISTER_CODE, &[&[3][..], b"123", &extension(2, b"x")].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-019/6",
        title: "an extension's place is told before its type is looked up",
        judges: FRM_019,
        sender: Stranger,
        sound: || frame(kind::PING, &[&[7][..], &extension(3, b"a"), &extension(5, b"a")].concat()),
        broken: || frame(kind::PING, &[&[7][..], &extension(3, b"a"), &extension(2, b"a")].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-019/7",
        title: "an unknown even extension is told before a value that runs past the body",
        judges: FRM_019,
        sender: Stranger,
        sound: || frame(kind::PING, &[&[7][..], &extension(3, b"a")].concat()),
        broken: || frame(kind::PING, &[7, 2, 9, b'a']),
        code: Code::UNKNOWN_EXTENSION,
    },
    Row {
        id: "FRM-019/8",
        title: "of two wrong frames the first is told",
        judges: FRM_019,
        sender: Stranger,
        sound: || [ping(), frame(45, &[])].concat(),
        broken: || [frame(44, &[]), vec![0x00, 0x00]].concat(),
        code: Code::UNKNOWN_FRAME,
    },
];

/// Well-formed frames for which a session is closed, behind a PING, so that their place is not the first.
struct Placeless {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
    code: Code,
}

const PLACELESS: &[Placeless] = &[
    Placeless {
        id: "FRM-020/1",
        title: "a CLOSE for a frame of the wrong side tells no offset",
        octets: || frame(24, &[1]),
        code: Code::OUT_OF_STATE,
    },
    Placeless {
        id: "FRM-020/2",
        title: "a CLOSE for credit that is lowered tells no offset",
        octets: || say::credit(0, 0),
        code: Code::FLOW_CONTROL,
    },
];

/// The cases of CLOSE for what is no error of grammar.
pub(super) fn cases() -> Vec<Case> {
    let placeless = PLACELESS
        .iter()
        .map(|row| anonymous(row.id, row.title, &["FRM-020"], move |ctx| closed_without_place(ctx, row)));
    let flight = anonymous(
        "FRM-020/3",
        "a CLOSE for a frame that may not stand in the first flight tells no offset",
        &["FRM-020"],
        early_without_place,
    );
    placeless.chain([flight]).collect()
}

/// Whether that is CLOSE with this code and without a place.
fn is_placeless(code: Code, seen: &Seen) -> Judged {
    closed_with(code, seen)?;
    match seen {
        Seen::Close(Close { offset: None, .. }) => Ok(()),
        other => Err(Mismatch::new("CLOSE without the extension offset", format!("{other:?}"))),
    }
}

fn closed_without_place(ctx: &Ctx, row: &'static Placeless) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&ping(), &(row.octets)()]);
    let seen = session.closing();
    ctx.require("FRM-020", row.title, is_placeless(row.code, &seen));
    Ok(())
}

fn early_without_place(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let twin = Opening::new(ctx, &device).attempt()?;
    ctx.control("without the fault HELLO is welcomed", is_welcome(&twin.first))?;
    let opening = Opening::new(ctx, &device).with(|opening| opening.early = ping());
    let seen = opening.attempt()?.first;
    ctx.require("FRM-020", "no place is told", is_placeless(Code::EARLY_FORBIDDEN, &seen));
    Ok(())
}
