//! Frames that a session may not hold, and how it ends.

use crate::case::{Case, CaseResult};
use crate::cases::words::{anonymous, case, open, taken, untouched};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::{frame, varint};
use crate::peer::{Code, Device, Seen, closed_with, say};

/// A frame that only servers send.
struct Foreign {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
}

const FOREIGN: &[Foreign] = &[
    Foreign {
        id: "SES-025/1",
        title: "WELCOME from a client is OUT_OF_STATE",
        octets: || frame(4, &[1, 0, 0, 0, 0, 16, 16, 0]),
    },
    Foreign {
        id: "SES-025/2",
        title: "GOAWAY from a client is OUT_OF_STATE",
        octets: || frame(14, &[1, 0, 0]),
    },
    Foreign {
        id: "SES-025/3",
        title: "ERROR from a client is OUT_OF_STATE",
        octets: || frame(18, &[6, 20, 1, 0]),
    },
    Foreign { id: "SES-025/4", title: "ACCEPTED from a client is OUT_OF_STATE", octets: || frame(24, &[1]) },
    Foreign {
        id: "SES-025/5",
        title: "REFUSED from a client is OUT_OF_STATE",
        octets: || frame(26, &[1, 1]),
    },
    Foreign { id: "SES-025/6", title: "VOIDED from a client is OUT_OF_STATE", octets: || frame(28, &[1]) },
    Foreign {
        id: "SES-025/7",
        title: "DELIVER from a client is OUT_OF_STATE",
        octets: || frame(32, &[1, 0, 1, 120]),
    },
    Foreign {
        id: "SES-025/8",
        title: "RECEIPT from a client is OUT_OF_STATE",
        octets: || frame(34, &[1, 0, 0, 1, 1, 1]),
    },
    Foreign { id: "SES-025/9", title: "GAP from a client is OUT_OF_STATE", octets: || frame(36, &[1, 1, 0]) },
    Foreign {
        id: "SES-025/10",
        title: "RATE from a client is OUT_OF_STATE",
        octets: || frame(42, &[20, 1, 1]),
    },
    Foreign {
        id: "SES-025/11",
        title: "REGISTRATION from a client is OUT_OF_STATE",
        octets: || frame(54, &[1, 0, 6, 0, 5, 0]),
    },
    Foreign {
        id: "SES-025/12",
        title: "REGISTERED from a client is OUT_OF_STATE",
        octets: || frame(56, &[7; 32]),
    },
    Foreign {
        id: "SES-025/13",
        title: "DEVICES from a client is OUT_OF_STATE",
        octets: || frame(60, &[1, 0]),
    },
    Foreign {
        id: "SES-025/14",
        title: "CERTIFICATE from a client is OUT_OF_STATE",
        octets: || {
            frame(6, &[&varint(108)[..], &[1], &[2; 32], &[3; 8], &[0], &[1, 1], &[4; 64], &[]].concat())
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = FOREIGN
        .iter()
        .map(|row| anonymous(row.id, row.title, &["SES-025", "ERR-004"], move |ctx| foreign(ctx, row)))
        .collect();
    cases.extend([
        anonymous(
            "SES-024/6",
            "a HELLO in an open session is OUT_OF_STATE",
            &["SES-024", "ERR-004"],
            late_hello,
        ),
        case(
            "SES-024/7",
            "a HELLO in an open session of a registered device is OUT_OF_STATE",
            &["SES-024", "ERR-004"],
            late_hello_of_member,
        ),
        anonymous("SES-018/1", "a PING is answered with its token", &["SES-018"], tokens),
        anonymous(
            "SES-024/1",
            "a BIND before registration is OUT_OF_STATE",
            &["SES-024", "ERR-002"],
            bind_unregistered,
        ),
        anonymous("SES-026/1", "nothing follows the server's CLOSE", &["SES-026"], close_is_last),
        anonymous(
            "SES-026/2",
            "frames behind a client's CLOSE are ignored",
            &["SES-026", "SES-027"],
            behind_close,
        ),
        anonymous(
            "SES-027/1",
            "a client's CLOSE ends the connection",
            &["SES-027", "ERR-004"],
            client_closes,
        ),
        anonymous(
            "SES-027/2",
            "a client's CLOSE of an unknown code ends the connection",
            &["SES-027", "ERR-003"],
            unknown_close,
        ),
    ]);
    cases
}

fn foreign(ctx: &Ctx, row: &'static Foreign) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&(row.octets)()]);
    let seen = session.closing();
    ctx.require("SES-025", row.title, closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn late_hello(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&device.next_hello().octets()]);
    let seen = session.closing();
    ctx.require("SES-024", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn late_hello_of_member(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    session.say(&[&alice.next_hello().octets()]);
    let seen = session.closing();
    ctx.require("SES-024", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn tokens(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let tokens = [0, 63, 64, 16_384, 1_073_741_824, 4_611_686_018_427_387_903];
    let frames: Vec<Vec<u8>> = tokens.iter().map(|token| say::ping(*token)).collect();
    session.say(&[&frames.concat()]);
    let heard: Vec<Seen> = tokens.iter().map(|_| session.hear()).collect();
    let expected: Vec<Seen> = tokens.iter().map(|token| Seen::Pong { token: *token }).collect();
    ctx.require("SES-018", "every token comes back, in order", expect_eq(&expected, &heard));
    Ok(())
}

fn bind_unregistered(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&say::bind(0, device.id)]);
    let seen = session.closing();
    ctx.require("SES-024", "the session is closed", closed_with(Code::OUT_OF_STATE, &seen));
    ctx.require("ERR-002", "by CLOSE", closed_with(Code::OUT_OF_STATE, &seen));
    Ok(())
}

fn close_is_last(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::ping(1), &frame(0, &[]), &say::ping(2)]);
    let heard = session.hear();
    ctx.control("the session answers before", expect_eq(&Seen::Pong { token: 1 }, &heard))?;
    let close = session.closing();
    ctx.control("the fault closes it", closed_with(Code::MALFORMED, &close))?;
    let end = session.hear();
    ctx.require("SES-026", "the connection ends behind CLOSE", expect_eq(&Seen::Ended, &end));
    ctx.require("SES-026", "no frame stands behind it", expect_eq(&0, &session.behind_close_count));
    Ok(())
}

fn behind_close(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&say::close(0), &say::ping(1)]);
    let seen = session.hear();
    ctx.require("SES-026", "the PING is not answered", expect_eq(&Seen::Ended, &seen));
    ctx.require("SES-027", "the connection ends", expect_eq(&Seen::Ended, &seen));
    Ok(())
}

fn client_closes(ctx: &Ctx) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&say::close(0)]);
    let seen = session.hear();
    ctx.require("SES-027", "the connection ends", expect_eq(&Seen::Ended, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn unknown_close(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    session.say(&[&say::close(99)]);
    let seen = session.hear();
    ctx.require("SES-027", "the connection ends", expect_eq(&Seen::Ended, &seen));
    ctx.require("ERR-003", "an unknown code is taken as its range says", expect_eq(&Seen::Ended, &seen));
    Ok(())
}
