//! The first flight: what may stand in it, and what it does before the session is confirmed.

use super::welcomed;
use crate::case::{Case, CaseResult};
use crate::cases::words::{anonymous, case, holds, open};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::greeting::Pattern;
use crate::peer::octets::{frame, varint};
use crate::peer::say::Hello;
use crate::peer::{Code, Confirm, Device, Opening, Seen, Session, closed_with, say};

/// A first flight that is closed, and the one that is not.
struct Early {
    id: &'static str,
    title: &'static str,
    judges: &'static [&'static str],
    /// Whole first flight, HELLO included.
    flight: fn(Hello) -> Vec<u8>,
    code: Code,
}

const EARLY: &[Early] = &[
    Early {
        id: "SES-024/2",
        title: "a first flight that begins with PING is OUT_OF_STATE",
        judges: &["SES-024"],
        flight: |hello| [say::ping(1), hello.octets()].concat(),
        code: Code::OUT_OF_STATE,
    },
    Early {
        id: "SES-024/3",
        title: "an empty first flight is OUT_OF_STATE",
        judges: &["SES-024"],
        flight: |_| Vec::new(),
        code: Code::OUT_OF_STATE,
    },
    Early {
        id: "SES-024/4",
        title: "a first flight that begins with REGISTER is OUT_OF_STATE",
        judges: &["SES-024"],
        flight: |_| say::register("+9991234567"),
        code: Code::OUT_OF_STATE,
    },
    Early {
        id: "SES-024/5",
        title: "a second HELLO in the first flight is OUT_OF_STATE",
        judges: &["SES-024"],
        flight: |hello| {
            let later = Hello { hello_counter: hello.hello_counter.saturating_add(1), ..hello.clone() };
            [hello.octets(), later.octets()].concat()
        },
        code: Code::OUT_OF_STATE,
    },
    Early {
        id: "SES-004/1",
        title: "PING in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::ping(1)].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/2",
        title: "VOID in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::void(1)].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/3",
        title: "NACK in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::nack(1, 1)].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/4",
        title: "EPHEMERAL in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| {
            let bind = say::bind(0, crate::peer::DeviceId([9; 16]));
            [hello.octets(), bind, say::ephemeral(0, b"x")].concat()
        },
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/5",
        title: "CREDIT in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::credit(1 << 30, 1 << 40)].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/6",
        title: "CLOSE in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::close(0)].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/7",
        title: "REGISTER in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::register("+9991234567")].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-004/8",
        title: "DEVICES_QUERY in the first flight is EARLY_FORBIDDEN",
        judges: &["SES-004"],
        flight: |hello| [hello.octets(), say::devices_query(1)].concat(),
        code: Code::EARLY_FORBIDDEN,
    },
    Early {
        id: "SES-025/20",
        title: "a server's frame in the first flight is OUT_OF_STATE",
        judges: &["SES-025"],
        flight: |hello| [hello.octets(), frame(24, &[1])].concat(),
        code: Code::OUT_OF_STATE,
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = EARLY
        .iter()
        .map(|row| anonymous(row.id, row.title, row.judges, move |ctx| early(ctx, row)))
        .collect();
    cases.extend([
        case(
            "SES-003/1",
            "WELCOME comes first, before outcomes and the mailbox",
            &["SES-003", "SES-039", "SES-040", "SES-041"],
            welcome_first,
        ),
        case(
            "SES-003/2",
            "over XX the first transport record begins with WELCOME",
            &["SES-003", "SES-040"],
            welcome_over_xx,
        ),
        case(
            "SES-005/1",
            "a first flight of 17 SENDs is EARLY_FORBIDDEN",
            &["SES-005", "DLV-002"],
            too_many_early,
        ),
        case("SES-017/1", "an unconfirmed cursor of HELLO moves nothing", &["SES-017"], |ctx| {
            unconfirmed(ctx, &[])
        }),
        case("SES-017/2", "an unconfirmed early ACK moves nothing", &["SES-017"], |ctx| {
            unconfirmed(ctx, &say::ack(1))
        }),
        case("SES-035/1", "a HELLO cursor above mailbox_last is ACK_INVALID", &["SES-035"], cursor_ahead),
        case(
            "SES-035/2",
            "an early ACK above mailbox_last is ACK_INVALID",
            &["SES-035", "DLV-029"],
            early_ack_ahead,
        ),
        case(
            "SES-041/1",
            "sixteen early SENDs are accepted in their order",
            &["SES-041", "DLV-014"],
            early_sends,
        ),
    ]);
    cases
}

fn early(ctx: &Ctx, row: &'static Early) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let twin = Opening::new(ctx, &device).attempt()?;
    ctx.control("without the fault HELLO is welcomed", welcomed(&twin))?;
    let opening = Opening::new(ctx, &device);
    let flight = (row.flight)(opening.hello.clone());
    let seen = opening.with(|opening| opening.flight = Some(flight)).attempt()?.first;
    for requirement in row.judges {
        ctx.require(requirement, row.title, closed_with(row.code, &seen));
    }
    Ok(())
}

fn welcome_first(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    first.deliver(alice.id, b"waiting")?;
    first.say(&[&say::close(0)]);
    let opening = Opening::new(ctx, &alice);
    let send = say::send(alice.next_client_seq(), 0, b"early");
    let early = [say::bind(0, alice.id), send].concat();
    let mut session = opening.with(|opening| opening.early = early).attempt()?;
    ctx.require("SES-003", "WELCOME comes", welcomed(&session));
    ctx.require("SES-003", "as the first frame", is_first(&session));
    let is_inside = session.frames_in_handshake >= 1;
    ctx.require(
        "SES-039",
        "it is inside the second handshake message",
        holds(is_inside.into(), "WELCOME in the handshake message", session.frames_in_handshake),
    );
    let outcome = session.outcome();
    ctx.require("SES-041", "the early SEND has its outcome", expect_eq(&Seen::Accepted(2), &outcome));
    ctx.require("SES-040", "what waits comes without being asked", session.hears(b"waiting"));
    Ok(())
}

/// Whether nothing came before WELCOME, not even what a client takes in silence.
fn is_first(session: &Session<'_>) -> Judged {
    expect_eq(&Some("WELCOME"), &session.first_name.as_deref())
}

fn welcome_over_xx(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    open(ctx, &alice)?.deliver(alice.id, b"waiting")?;
    let opening = Opening::new(ctx, &alice).with(|opening| opening.pattern = Pattern::Xx);
    let mut session = opening.attempt()?;
    ctx.require("SES-003", "WELCOME comes", welcomed(&session));
    ctx.require("SES-003", "as the first frame", is_first(&session));
    ctx.require("SES-003", "of a registered device", expect_eq(&1, &session.welcome().standing));
    ctx.require("SES-040", "what waits comes without being asked", session.hears(b"waiting"));
    Ok(())
}

fn too_many_early(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bob_session = open(ctx, &bob)?;
    let flight = |count: u64| -> Vec<u8> {
        let sends = (1..=count).flat_map(|client_seq| say::send(client_seq, 0, b"early"));
        say::bind(0, bob.id).into_iter().chain(sends).collect()
    };
    let session = Opening::new(ctx, &alice).with(|opening| opening.early = flight(17)).attempt()?;
    let seen = session.first;
    ctx.require("SES-005", "seventeen SENDs close the session", closed_with(Code::EARLY_FORBIDDEN, &seen));
    let mut twin = Opening::new(ctx, &alice).with(|opening| opening.early = flight(16)).open()?;
    let outcomes = twin.outcomes(16);
    let expected: Vec<Seen> = (1..=16).map(Seen::Accepted).collect();
    ctx.control("sixteen are accepted", expect_eq(&expected, &outcomes))?;
    let numbers: Vec<Option<u64>> = bob_session.items(16).iter().map(Seen::mailbox_seq).collect();
    let expected: Vec<Option<u64>> = (1..=16).map(Some).collect();
    ctx.require("DLV-002", "none of the seventeen was handled", expect_eq(&expected, &numbers));
    Ok(())
}

/// A waiting item, acknowledged only in a session that is never confirmed.
fn unconfirmed(ctx: &Ctx, early: &[u8]) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    sender.deliver(bob.id, b"kept")?;
    let opening = Opening::new(ctx, &bob).with(|opening| {
        opening.confirm = Confirm::Later;
        opening.early = early.to_vec();
        opening.hello.cursor = u64::from(early.is_empty());
    });
    let dropped = opening.open()?;
    drop(dropped);
    let mut next = open(ctx, &bob)?;
    ctx.require("SES-017", "the stored cursor did not move", expect_eq(&0, &next.welcome().cursor));
    ctx.require("SES-017", "the item is offered", next.hears(b"kept"));
    ctx.require("SES-017", "no receipt was filed", sender.is_quiet());
    next.ack(1);
    let receipt = sender.item();
    ctx.require(
        "SES-017",
        "confirmed, the same acknowledgement is taken",
        is_receipt(0, &[(1, 1)], &receipt),
    );
    Ok(())
}

/// Whether that is a RECEIPT of this status for these numbers.
fn is_receipt(status: u64, ranges: &[(u64, u64)], seen: &Seen) -> Judged {
    match seen {
        Seen::Receipt { status: s, ranges: r, .. } if *s == status && r == ranges => Ok(()),
        other => {
            Err(Mismatch::new(format!("RECEIPT of status {status} for {ranges:?}"), format!("{other:?}")))
        }
    }
}

fn cursor_ahead(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut twin = open(ctx, &alice)?;
    // Without a receipt, which a message to oneself would file when its cursor is confirmed.
    let one = twin.send_with(alice.id, b"one", &say::no_receipt());
    let outcome = twin.outcome();
    ctx.control("a message is accepted", expect_eq(&Seen::Accepted(one), &outcome))?;
    let sound = Opening::new(ctx, &alice).with(|opening| opening.hello.cursor = 1).attempt()?;
    ctx.control("a cursor of mailbox_last is welcomed", welcomed(&sound))?;
    let session = Opening::new(ctx, &alice).with(|opening| opening.hello.cursor = 2).attempt()?;
    let seen = session.first;
    ctx.require("SES-035", "a cursor above it is ACK_INVALID", closed_with(Code::ACK_INVALID, &seen));
    Ok(())
}

fn early_ack_ahead(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut twin = open(ctx, &alice)?;
    twin.deliver(alice.id, b"one")?;
    let session = Opening::new(ctx, &alice).with(|opening| opening.early = say::ack(2)).attempt()?;
    let seen = session.first;
    ctx.require("SES-035", "the session is closed", closed_with(Code::ACK_INVALID, &seen));
    ctx.require("DLV-029", "with ACK_INVALID", closed_with(Code::ACK_INVALID, &seen));
    Ok(())
}

fn early_sends(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let sends = (1..=16).flat_map(|client_seq| say::send(client_seq, 0, &varint(client_seq)));
    let early: Vec<u8> = say::bind(0, alice.id).into_iter().chain(sends).collect();
    let mut session = Opening::new(ctx, &alice).with(|opening| opening.early = early).open()?;
    let outcomes = session.outcomes(16);
    let expected: Vec<Seen> = (1..=16).map(Seen::Accepted).collect();
    ctx.require("SES-041", "every one has its outcome", expect_eq(&expected, &outcomes));
    ctx.require("DLV-014", "in their order", expect_eq(&expected, &outcomes));
    Ok(())
}
