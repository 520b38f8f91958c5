//! What a request is answered that makes no WebSocket, and how one ends that was made.

use super::websocket::{ask_with, open_socket, socket};
use crate::case::{Case, CaseResult, Need};
use crate::cases::words::{anonymous, holds, needing, taken, untouched};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::carrier::{Inbound, Opcode, WebSocket, upgrade_request};
use crate::peer::octets::frame;
use crate::peer::{Code, Device, closed_with};

const OFFER: &str = "Sec-WebSocket-Protocol: pinnace.1\r\n";
/// The longest record, in octets.
const RECORD_LEN_MAX: usize = 65_535;

/// A request that is refused, and the statuses that refuse it. The twin is an upgrade.
struct Refused {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    request: fn() -> String,
    statuses: &'static [u16],
}

const REFUSED: &[Refused] = &[
    Refused {
        id: "CAR-012/1",
        title: "an upgrade for another path is answered with 404",
        judges: &["CAR-012"],
        request: || upgrade_request("/other", OFFER),
        statuses: &[404],
    },
    Refused {
        id: "CAR-012/2",
        title: "a path that only begins as the right one is another path",
        judges: &["CAR-012"],
        request: || upgrade_request("/pinnace/", OFFER),
        statuses: &[404],
    },
    Refused {
        id: "CAR-012/3",
        title: "the path is judged before the upgrade and the subprotocol",
        judges: &["CAR-012"],
        request: || "GET / HTTP/1.1\r\nHost: pinnace.invalid\r\n\r\n".to_owned(),
        statuses: &[404],
    },
    Refused {
        id: "CAR-013/1",
        title: "a request that asks for no upgrade is answered with 400 or 426",
        judges: &["CAR-013"],
        request: || format!("GET /pinnace HTTP/1.1\r\nHost: pinnace.invalid\r\n{OFFER}\r\n"),
        statuses: &[400, 426],
    },
    Refused {
        id: "CAR-013/2",
        title: "an upgrade to WebSocket version 12 is answered with 400 or 426",
        judges: &["CAR-013"],
        request: || upgrade_request("/pinnace", OFFER).replace("Version: 13", "Version: 12"),
        statuses: &[400, 426],
    },
    Refused {
        id: "CAR-013/3",
        title: "an upgrade without a key is answered with 400 or 426",
        judges: &["CAR-013"],
        request: || upgrade_request("/pinnace", OFFER).replace("Sec-WebSocket-Key", "X-Other"),
        statuses: &[400, 426],
    },
    Refused {
        id: "CAR-014/1",
        title: "an upgrade without a subprotocol is answered with 400",
        judges: &["CAR-014"],
        request: || upgrade_request("/pinnace", ""),
        statuses: &[400],
    },
    Refused {
        id: "CAR-014/2",
        title: "an upgrade with other subprotocols only is answered with 400",
        judges: &["CAR-014"],
        request: || upgrade_request("/pinnace", "Sec-WebSocket-Protocol: chat, pinnace.2, pinnace.10\r\n"),
        statuses: &[400],
    },
];

/// A message that is too long, and the longest one that is not.
struct TooLong {
    id: &'static str,
    title: &'static str,
    send: fn(&mut WebSocket, &[u8]),
}

const TOO_LONG: &[TooLong] = &[
    TooLong {
        id: "CAR-015/1",
        title: "a message of 65,536 octets ends the connection with status 1009",
        send: |socket, message| socket.send_frame(Opcode::Binary, message),
    },
    TooLong {
        id: "CAR-015/2",
        title: "a message of 65,536 octets in two frames ends the connection with status 1009",
        send: |socket, message| {
            let (front, back) = message.split_at(message.len() / 2);
            let frames =
                [socket.frame(Opcode::Binary, 0x00, front), socket.frame(Opcode::Continuation, 0x80, back)];
            socket.send_raw(&frames.concat());
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let refused =
        REFUSED.iter().map(|row| anonymous(row.id, row.title, row.judges, move |ctx| refusal(ctx, row)));
    let too_long = TOO_LONG.iter().map(|row| {
        anonymous(row.id, row.title, &["CAR-015", "ERR-004"], move |ctx| too_long_message(ctx, row))
    });
    let others = [
        anonymous(
            "CAR-004/3",
            "what follows a question mark in the request is not judged",
            &["CAR-004"],
            query,
        ),
        anonymous(
            "CAR-016/1",
            "behind CLOSE a WebSocket is closed with status 1000",
            &["CAR-016", "SES-026"],
            normal_end,
        ),
    ];
    let all = refused.chain(too_long).chain(others);
    all.map(|case| needing(&[Need::WebSocket], case)).collect()
}

fn upgraded(asked: &WebSocket) -> Judged {
    expect_eq(&101, &asked.status())
}

fn refusal(ctx: &Ctx, row: &'static Refused) -> CaseResult {
    let twin = ask_with(ctx, &upgrade_request("/pinnace", OFFER))?;
    ctx.control("without the fault the upgrade goes through", upgraded(&twin))?;
    let mut asked = ask_with(ctx, &(row.request)())?;
    let main = row.judges.first().copied().unwrap_or_default();
    let status = asked.status();
    let expected = format!("a status of {:?}", row.statuses);
    ctx.require(main, row.title, holds(row.statuses.contains(&status).into(), &expected, status));
    let seen = asked.refused();
    ctx.require(main, "and the connection ends", expect_eq(&Inbound::Ended, &seen));
    Ok(())
}

fn query(ctx: &Ctx) -> CaseResult {
    let asked = ask_with(ctx, &upgrade_request("/pinnace?realm=00", OFFER))?;
    ctx.require("CAR-004", "the upgrade goes through", upgraded(&asked));
    Ok(())
}

fn too_long_message(ctx: &Ctx, row: &'static TooLong) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open_socket(ctx, &other)?;
    let mut session = open_socket(ctx, &device)?;
    // The longest record: one unknown odd frame that fills it, beside the tag of 16 octets.
    let body_len = RECORD_LEN_MAX.saturating_sub(16 + 1 + 4);
    session.say(&[&frame(45, &vec![0; body_len])]);
    taken(ctx, &mut session)?;
    (row.send)(socket(&mut session)?, &vec![0; RECORD_LEN_MAX.saturating_add(1)]);
    let seen = session.carrier().receive();
    ctx.require("CAR-015", row.title, expect_eq(&Inbound::Status(1009), &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn normal_end(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open_socket(ctx, &device)?;
    taken(ctx, &mut session)?;
    // A frame that only servers send.
    session.say(&[&frame(24, &[1])]);
    let close = session.hear();
    ctx.require("SES-026", "CLOSE comes", closed_with(Code::OUT_OF_STATE, &close));
    let seen = session.carrier().receive();
    let judged = match &seen {
        Inbound::Status(1000) => Ok(()),
        other => Err(Mismatch::new("status 1000, and no record before it", format!("{other:?}"))),
    };
    ctx.require("CAR-016", "and the status is 1000", judged.clone());
    ctx.require("SES-026", "as its last frame", judged);
    Ok(())
}
