//! Sessions: HELLO and WELCOME, first flight, confirmation, credit, aliases, life and end.

use super::words::{anonymous, case, holds, needing, open, taken, untouched, wait_out};
use crate::case::{Case, CaseResult, Halt, Need};
use crate::check::{Judged, Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::{extension, frame, varint};
use crate::peer::say::{self, Hello};
use crate::peer::seen::{Close, Payload};
use crate::peer::{Code, Confirm, Device, Opening, Seen, Session, closed_with};

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

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    cases
        .extend(EARLY.iter().map(|row| anonymous(row.id, row.title, row.judges, move |ctx| early(ctx, row))));
    cases.extend(
        FOREIGN
            .iter()
            .map(|row| anonymous(row.id, row.title, &["SES-025", "ERR-004"], move |ctx| foreign(ctx, row))),
    );
    cases.extend(opening_cases());
    cases.extend(open_cases());
    cases
}

fn opening_cases() -> Vec<Case> {
    vec![
        case(
            "SES-003/1",
            "WELCOME comes first, before outcomes and the mailbox",
            &["SES-003", "SES-039", "SES-040", "SES-041"],
            welcome_first,
        ),
        case(
            "SES-005/1",
            "a first flight of 17 SENDs is EARLY_FORBIDDEN",
            &["SES-005", "DLV-002"],
            too_many_early,
        ),
        case("SES-006/1", "a HELLO with the same counter is STALE_HELLO", &["SES-006", "ERR-002"], |ctx| {
            stale(ctx, 0)
        }),
        case("SES-006/2", "a HELLO with a lower counter is STALE_HELLO", &["SES-006", "ERR-002"], |ctx| {
            stale(ctx, 1)
        }),
        case("SES-006/3", "a HELLO over XX with the same counter is STALE_HELLO", &["SES-006"], stale_xx),
        case("SES-008/1", "session_epoch rises with every WELCOME", &["SES-008"], epochs),
        case("SES-009/1", "WELCOME tells the highest handled number", &["SES-009"], handled),
        case("SES-010/1", "WELCOME lists every number that was not accepted", &["SES-010"], exceptions),
        case("SES-010/2", "WELCOME lists nothing that is settled", &["SES-010"], settled),
        anonymous(
            "SES-011/1",
            "versions that the server does not speak are no downgrade",
            &["SES-011"],
            no_downgrade,
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
        needing(
            &[Need::Timer("confirm_ms")],
            anonymous(
                "SES-013/1",
                "a session that is not confirmed is closed with IDLE after confirm_ms",
                &["SES-013"],
                never_confirmed,
            ),
        ),
        needing(
            &[Need::Timer("idle_ms")],
            anonymous(
                "SES-019/1",
                "a session without a record for idle_ms is closed with IDLE",
                &["SES-019"],
                idle,
            ),
        ),
    ]
}

fn open_cases() -> Vec<Case> {
    vec![
        anonymous(
            "SES-024/6",
            "a HELLO in an open session is OUT_OF_STATE",
            &["SES-024", "ERR-004"],
            late_hello,
        ),
        anonymous("SES-018/1", "a PING is answered with its token", &["SES-018"], tokens),
        case("SES-020/1", "no item comes beyond the client's count", &["SES-020"], count_credit),
        case("SES-020/2", "no item comes beyond the client's octets", &["SES-020"], byte_credit),
        case(
            "SES-021/1",
            "SENDs beyond the server's credit are FLOW_CONTROL",
            &["SES-021", "ERR-004"],
            over_credit,
        ),
        anonymous(
            "SES-022/1",
            "a CREDIT that lowers the count is FLOW_CONTROL",
            &["SES-022", "ERR-004"],
            |ctx| lowered(ctx, -1, 0),
        ),
        anonymous(
            "SES-022/2",
            "a CREDIT that lowers the octets is FLOW_CONTROL",
            &["SES-022", "ERR-004"],
            |ctx| lowered(ctx, 0, -1),
        ),
        anonymous("SES-045/1", "WELCOME grants credit for a first flight", &["SES-045"], first_credit),
        case("SES-023/1", "credit is raised while SENDs are handled", &["SES-023"], raised),
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
        case(
            "SES-031/1",
            "a SEND on an alias that was not bound is ALIAS_UNBOUND",
            &["SES-031", "ERR-004"],
            |ctx| unbound(ctx, &say::send(1, 5, b"x")),
        ),
        case(
            "SES-031/2",
            "an EPHEMERAL on an alias that was not bound is ALIAS_UNBOUND",
            &["SES-031", "ERR-004"],
            |ctx| unbound(ctx, &say::ephemeral(5, b"x")),
        ),
        case(
            "SES-031/3",
            "an alias of an earlier session is not bound in the next",
            &["SES-031"],
            forgotten_alias,
        ),
        case(
            "SES-031/4",
            "an early SEND on an alias that was not bound is ALIAS_UNBOUND",
            &["SES-031"],
            early_unbound,
        ),
        case("SES-032/1", "a BIND of alias_max is LIMIT_EXCEEDED", &["SES-032", "ERR-004"], alias_max),
        case("SES-033/1", "a later BIND takes the alias over", &["SES-033", "DLV-046"], rebind),
        case("SES-034/1", "an alias is bound before DELIVER and RECEIPT use it", &["SES-034"], bound_first),
    ]
}

/// The first frame of a session that a case opened.
fn welcomed(session: &Session<'_>) -> Judged {
    match &session.first {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

fn early(ctx: &Ctx, row: &'static Early) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let twin = Opening::new(ctx, &device).attempt()?;
    ctx.control("without the fault HELLO is welcomed", welcomed(&twin))?;
    let opening = Opening::new(ctx, &device);
    let flight = (row.flight)(opening.hello.clone());
    let seen = opening.with(|opening| opening.flight = Some(flight)).attempt()?.closing_or_first();
    for requirement in row.judges {
        ctx.require(requirement, row.title, closed_with(row.code, &seen));
    }
    Ok(())
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

fn welcome_first(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    first.deliver(alice.id, b"waiting")?;
    first.say(&[&say::close(0)]);
    let opening = Opening::new(ctx, &alice);
    let send = say::send(alice.next_client_seq(), 0, b"early");
    let early = [say::bind(0, alice.id), send].concat();
    let mut session = opening.with(|opening| opening.early = early).attempt()?;
    ctx.require("SES-003", "the first frame is WELCOME", welcomed(&session));
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

fn too_many_early(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bob_session = open(ctx, &bob)?;
    let flight = |count: u64| -> Vec<u8> {
        let sends = (1..=count).flat_map(|client_seq| say::send(client_seq, 0, b"early"));
        say::bind(0, bob.id).into_iter().chain(sends).collect()
    };
    let session = Opening::new(ctx, &alice).with(|opening| opening.early = flight(17)).attempt()?;
    let seen = session.closing_or_first();
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

fn stale(ctx: &Ctx, below: u64) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    let stored = alice.hello_counter.get();
    let opening = Opening::new(ctx, &alice);
    let seen = opening
        .with(|opening| opening.hello.hello_counter = stored.saturating_sub(below).max(1))
        .attempt()?
        .closing_or_first();
    ctx.require("SES-006", "it is STALE_HELLO with the stored counter", is_stale(stored, &seen));
    ctx.require("ERR-002", "the error is carried by CLOSE", closed_with(Code::STALE_HELLO, &seen));
    alice.hello_counter.set(stored);
    let next = Opening::new(ctx, &alice).attempt()?;
    ctx.require("SES-006", "a counter above the told one is welcomed", welcomed(&next));
    Ok(())
}

fn is_stale(stored: u64, seen: &Seen) -> Judged {
    match seen {
        Seen::Close(Close { code: Code::STALE_HELLO, hello_counter: Some(told), .. }) if *told == stored => {
            Ok(())
        }
        other => Err(Mismatch::new(format!("CLOSE STALE_HELLO telling {stored}"), format!("{other:?}"))),
    }
}

fn stale_xx(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    taken(ctx, &mut session)?;
    let stored = alice.hello_counter.get();
    let opening = Opening::new(ctx, &alice).with(|opening| {
        opening.pattern = crate::peer::greeting::Pattern::Xx;
        opening.hello.hello_counter = stored;
    });
    let seen = opening.attempt()?.closing_or_first();
    ctx.require("SES-006", "the first transport record is CLOSE STALE_HELLO", is_stale(stored, &seen));
    Ok(())
}

fn epochs(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut last = 0;
    for _ in 0..3 {
        let session = open(ctx, &alice)?;
        let epoch = session.welcome().session_epoch;
        ctx.require(
            "SES-008",
            "it is above the one before",
            holds((epoch > last).into(), "a higher epoch", (last, epoch)),
        );
        last = epoch;
    }
    Ok(())
}

/// Numbers 1 accepted, 2 refused, 3 voided, 4 accepted.
fn mixed(ctx: &Ctx, alice: &Device) -> Result<(), Halt> {
    let mut session = open(ctx, alice)?;
    let first = session.welcome().handled;
    ctx.control("a fresh device has handled nothing", expect_eq(&0, &first))?;
    session.send(alice.id, b"one");
    session.send(crate::peer::DeviceId([0xee; 16]), b"two");
    session.say(&[&say::void(alice.next_client_seq())]);
    session.send(alice.id, b"four");
    let outcomes = session.outcomes(4);
    let expected =
        vec![Seen::Accepted(1), Seen::Refused(2, Code::UNKNOWN_DEVICE), Seen::Voided(3), Seen::Accepted(4)];
    ctx.control("four numbers have their outcomes", expect_eq(&expected, &outcomes))
}

fn handled(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    mixed(ctx, &alice)?;
    let session = open(ctx, &alice)?;
    ctx.require("SES-009", "refused and voided numbers count", expect_eq(&4, &session.welcome().handled));
    Ok(())
}

fn exceptions(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    mixed(ctx, &alice)?;
    let session = open(ctx, &alice)?;
    let expected = vec![(2, Code::UNKNOWN_DEVICE), (3, Code::NO_ERROR)];
    ctx.require(
        "SES-010",
        "the refused and the voided number, in rising order",
        expect_eq(&expected, &session.welcome().exceptions),
    );
    Ok(())
}

fn settled(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    mixed(ctx, &alice)?;
    alice.settled.set(2);
    let session = open(ctx, &alice)?;
    ctx.require(
        "SES-010",
        "what is above settled",
        expect_eq(&vec![(3, Code::NO_ERROR)], &session.welcome().exceptions),
    );
    alice.settled.set(4);
    let session = open(ctx, &alice)?;
    ctx.require(
        "SES-010",
        "nothing when all is settled",
        expect_eq(&Vec::new(), &session.welcome().exceptions),
    );
    Ok(())
}

fn no_downgrade(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let opening =
        Opening::new(ctx, &device).with(|opening| opening.hello.extensions = extension(2, &[1, 9, 200]));
    let session = opening.attempt()?;
    ctx.require("SES-011", "HELLO is welcomed", welcomed(&session));
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
    ctx.control("confirmed, the same acknowledgement is taken", is_receipt(0, &[(1, 1)], &receipt))
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
    twin.deliver(alice.id, b"one")?;
    let sound = Opening::new(ctx, &alice).with(|opening| opening.hello.cursor = 1).attempt()?;
    ctx.control("a cursor of mailbox_last is welcomed", welcomed(&sound))?;
    let session = Opening::new(ctx, &alice).with(|opening| opening.hello.cursor = 2).attempt()?;
    let seen = session.closing_or_first();
    ctx.require("SES-035", "a cursor above it is ACK_INVALID", closed_with(Code::ACK_INVALID, &seen));
    Ok(())
}

fn early_ack_ahead(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut twin = open(ctx, &alice)?;
    twin.deliver(alice.id, b"one")?;
    let session = Opening::new(ctx, &alice).with(|opening| opening.early = say::ack(2)).attempt()?;
    let seen = session.closing_or_first();
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

fn never_confirmed(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = Opening::new(ctx, &device).with(|opening| opening.confirm = Confirm::Later).open()?;
    wait_out(ctx, session.welcome().limit("confirm_ms"))?;
    let seen = session.hear();
    ctx.require("SES-013", "it is closed with IDLE", closed_with(Code::IDLE, &seen));
    Ok(())
}

fn idle(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    wait_out(ctx, session.welcome().limit("idle_ms"))?;
    let seen = session.closing();
    ctx.require("SES-019", "it is closed with IDLE", closed_with(Code::IDLE, &seen));
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

fn count_credit(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    for payload in [b"one".as_slice(), b"two", b"three"] {
        first.deliver(alice.id, payload)?;
    }
    let mut session = Opening::new(ctx, &alice).with(|opening| opening.hello.credit_count = 1).open()?;
    ctx.control("the first item comes", session.hears(b"one"))?;
    ctx.require("SES-020", "with a count of one, no second one comes", session.is_quiet());
    session.say(&[&say::credit(2, 1 << 32)]);
    ctx.require("SES-020", "with a count of two, the second one comes", session.hears(b"two"));
    ctx.require("SES-020", "and no third", session.is_quiet());
    Ok(())
}

fn byte_credit(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut first = open(ctx, &alice)?;
    for payload in [[b'a'; 100], [b'b'; 100]] {
        first.deliver(alice.id, &payload)?;
    }
    // A DELIVER body of 100 octets of payload is 104 octets: two numbers of one octet, a length of two.
    let mut session = Opening::new(ctx, &alice).with(|opening| opening.hello.credit_bytes = 150).open()?;
    ctx.control("the first item comes", session.hears(&[b'a'; 100]))?;
    ctx.require("SES-020", "with 150 octets, no second one comes", session.is_quiet());
    session.say(&[&say::credit(1 << 20, 208)]);
    ctx.require("SES-020", "with 208 octets, it comes", session.hears(&[b'b'; 100]));
    Ok(())
}

fn over_credit(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(alice.next_client_seq())]);
    let twin = session.outcome();
    ctx.control("a VOID within the credit is handled", expect_eq(&Seen::Voided(1), &twin))?;
    // One record: whatever the server grants on the way, it cannot have granted so much before it was sent.
    let count = session.welcome().credit_count.saturating_mul(4).min(15_000);
    let frames: Vec<u8> = (2..count.saturating_add(2)).flat_map(say::void).collect();
    session.say(&[&frames]);
    let seen = session.closing();
    ctx.require("SES-021", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn lowered(ctx: &Ctx, count: i64, octets: i64) -> CaseResult {
    let (other, device) = (Device::new(ctx, "other"), Device::new(ctx, "sender"));
    let mut bystander = open(ctx, &other)?;
    let mut session = open(ctx, &device)?;
    let (count_limit, bytes_limit) = crate::peer::device::AMPLE_CREDIT;
    session.say(&[&say::credit(count_limit, bytes_limit)]);
    taken(ctx, &mut session)?;
    session.say(&[&say::credit(
        count_limit.saturating_add_signed(count),
        bytes_limit.saturating_add_signed(octets),
    )]);
    let seen = session.closing();
    ctx.require("SES-022", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn first_credit(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let welcome = open(ctx, &device)?.welcome();
    let granted = (welcome.credit_count, welcome.credit_bytes);
    let is_enough = granted.0 >= 16 && granted.1 >= 65_535;
    ctx.require(
        "SES-045",
        "16 frames and 65,535 octets",
        holds(is_enough.into(), "at least 16 and 65,535", granted),
    );
    Ok(())
}

fn raised(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let (initial, _) = session.credit;
    if initial > 4096 {
        return Err(Halt::NotTestable {
            why: format!("the initial credit is {initial}: too much to use up"),
        });
    }
    let batch = 64.min(session.welcome().limit("inflight_max"));
    let mut sent = 0;
    while sent < initial && session.credit.0 == initial {
        let count = batch.min(initial.saturating_sub(sent));
        let voids: Vec<u8> = (0..count).flat_map(|_| say::void(alice.next_client_seq())).collect();
        session.say(&[&voids]);
        let outcomes = session.outcomes(usize::try_from(count).unwrap_or_default());
        let last = outcomes.last().cloned().unwrap_or(Seen::Nothing);
        sent = sent.saturating_add(count);
        ctx.control("the VOIDs are handled", expect_eq(&Seen::Voided(sent), &last))?;
    }
    let quiet = session.is_alive();
    ctx.control("the session goes on", quiet)?;
    let (raised, _) = session.credit;
    ctx.require(
        "SES-023",
        "before the credit is used up it is higher than at first",
        holds((raised > initial).into(), "a higher count", (initial, raised)),
    );
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

fn unbound(ctx: &Ctx, octets: &[u8]) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(4, bob.id)]);
    taken(ctx, &mut session)?;
    session.say(&[octets]);
    let seen = session.closing();
    ctx.require("SES-031", "the session is closed", closed_with(Code::ALIAS_UNBOUND, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn forgotten_alias(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"bound")?;
    let mut next = open(ctx, &alice)?;
    next.say(&[&say::send(alice.next_client_seq(), 0, b"x")]);
    let seen = next.closing();
    ctx.require("SES-031", "the next session is closed", closed_with(Code::ALIAS_UNBOUND, &seen));
    Ok(())
}

fn early_unbound(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let sound = [say::bind(3, alice.id), say::send(1, 3, b"x")].concat();
    let mut twin = Opening::new(ctx, &alice).with(|opening| opening.early = sound).open()?;
    let outcome = twin.outcome();
    ctx.control("bound first it is accepted", expect_eq(&Seen::Accepted(1), &outcome))?;
    let early = [say::bind(3, alice.id), say::send(2, 4, b"x")].concat();
    let seen = Opening::new(ctx, &alice).with(|opening| opening.early = early).attempt()?.closing_or_first();
    ctx.require("SES-031", "the session is closed", closed_with(Code::ALIAS_UNBOUND, &seen));
    Ok(())
}

fn alias_max(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let max = session.welcome().limit("alias_max");
    if max > 16_383 {
        return Err(Halt::NotTestable {
            why: "alias_max is the highest alias that the grammar knows".to_owned(),
        });
    }
    session.say(&[&say::bind(max.saturating_sub(1), alice.id)]);
    taken(ctx, &mut session)?;
    session.say(&[&say::bind(max, alice.id)]);
    let seen = session.closing();
    ctx.require("SES-032", "the session is closed", closed_with(Code::LIMIT_EXCEEDED, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn rebind(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol] = people(ctx, ["alice", "bob", "carol"])?;
    let (mut to_bob, mut to_carol) = (open(ctx, &bob)?, open(ctx, &carol)?);
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(7, bob.id), &say::send(1, 7, b"to bob")]);
    session.say(&[&say::bind(7, carol.id), &say::send(2, 7, b"to carol")]);
    let outcomes = session.outcomes(2);
    ctx.control("both are accepted", expect_eq(&vec![Seen::Accepted(1), Seen::Accepted(2)], &outcomes))?;
    ctx.require("SES-033", "the second goes to the later device", to_carol.hears(b"to carol"));
    ctx.require("DLV-046", "the first goes to the earlier one", to_bob.hears(b"to bob"));
    session.send(bob.id, b"fence");
    ctx.require("DLV-046", "which does not get the second", to_bob.hears(b"fence"));
    Ok(())
}

fn bound_first(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &alice)?;
    let mut receiver = open(ctx, &bob)?;
    sender.deliver(bob.id, b"hello")?;
    let item = receiver.item();
    let expected = Seen::Deliver {
        mailbox_seq: 1,
        from: Some(alice.id),
        payload: Payload::from(b"hello".as_slice()),
        class: None,
    };
    ctx.require("SES-034", "DELIVER's alias is the sender's", expect_eq(&expected, &item));
    receiver.ack(1);
    let receipt = sender.item();
    let expected = Seen::Receipt { mailbox_seq: 1, of: Some(bob.id), status: 0, ranges: vec![(1, 1)] };
    ctx.require("SES-034", "RECEIPT's alias is the receiver's", expect_eq(&expected, &receipt));
    Ok(())
}
