//! What becomes of a client_seq: one outcome, for ever.

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, has_code, holds, is_error, open, untouched};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{people, register};
use crate::peer::octets::extension;
use crate::peer::say::{self, kind};
use crate::peer::seen::Refusal;
use crate::peer::{Code, Device, DeviceId, Seen, Session, closed_with};

/// An id that no device has.
const NOBODY: DeviceId = DeviceId([0xee; 16]);

/// A body that differs from `SEND 1 to alias 0, payload "first", class 1, expires_in_s 600`.
struct Conflict {
    id: &'static str,
    title: &'static str,
    octets: fn() -> Vec<u8>,
}

fn original() -> Vec<u8> {
    say::send_with(1, 0, b"first", &[say::class(1), say::expires_in_s(600)].concat())
}

const CONFLICTS: &[Conflict] = &[
    Conflict {
        id: "DLV-004/1",
        title: "another payload under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"fir5t", &[say::class(1), say::expires_in_s(600)].concat()),
    },
    Conflict {
        id: "DLV-004/2",
        title: "a longer payload under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"first!", &[say::class(1), say::expires_in_s(600)].concat()),
    },
    Conflict {
        id: "DLV-004/3",
        title: "another destination under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 1, b"first", &[say::class(1), say::expires_in_s(600)].concat()),
    },
    Conflict {
        id: "DLV-004/4",
        title: "another class under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"first", &say::expires_in_s(600)),
    },
    Conflict {
        id: "DLV-004/5",
        title: "another expiry under a used number is IDEMPOTENCY_CONFLICT",
        octets: || say::send_with(1, 0, b"first", &[say::class(1), say::expires_in_s(601)].concat()),
    },
    Conflict {
        id: "DLV-004/6",
        title: "no_receipt in addition under a used number is IDEMPOTENCY_CONFLICT",
        octets: || {
            say::send_with(
                1,
                0,
                b"first",
                &[say::class(1), say::expires_in_s(600), say::no_receipt()].concat(),
            )
        },
    },
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = CONFLICTS
        .iter()
        .map(|row| {
            case(row.id, row.title, &["DLV-004", "DLV-002", "ERR-001", "ERR-005", "ERR-006"], move |ctx| {
                conflict(ctx, row)
            })
        })
        .collect();
    cases.extend(repeated());
    cases.extend(ordered());
    cases.extend(refusals());
    cases
}

fn repeated() -> Vec<Case> {
    vec![
        case(
            "DLV-002/1",
            "one number three times in one record is one message",
            &["DLV-002", "DLV-003"],
            thrice,
        ),
        case(
            "DLV-003/1",
            "a SEND repeated in its session is accepted again and delivered once",
            &["DLV-003"],
            same_session,
        ),
        case(
            "DLV-003/2",
            "a SEND repeated after a lost ACCEPTED is accepted again and delivered once",
            &["DLV-003"],
            lost_outcome,
        ),
        case(
            "DLV-003/3",
            "a refused SEND repeated is refused again, though it could be delivered by now",
            &["DLV-003"],
            refused_again,
        ),
        case("DLV-003/4", "alias and unknown extensions are not of the body", &["DLV-003"], same_body),
        case(
            "DLV-003/5",
            "an early SEND repeated in the next first flight is accepted again and delivered once",
            &["DLV-003", "SES-041"],
            early_again,
        ),
        case(
            "DLV-004/7",
            "a SEND under a voided number is IDEMPOTENCY_CONFLICT and is not delivered",
            &["DLV-004", "DLV-020"],
            send_voided,
        ),
        case("DLV-006/1", "the last outcome_cache outcomes are kept", &["DLV-006", "DLV-007"], cache),
        case("DLV-018/1", "VOID of the next number is VOIDED", &["DLV-018", "SES-009"], void_next),
        case(
            "DLV-019/1",
            "VOID of a number that was accepted is ACCEPTED, and its message is delivered",
            &["DLV-019"],
            void_accepted,
        ),
        case("DLV-019/2", "VOID of a number that was refused is REFUSED", &["DLV-019"], void_refused),
        case("DLV-019/3", "VOID of a number that was voided is VOIDED", &["DLV-019"], void_voided),
        case(
            "DLV-020/1",
            "a VOID that overtakes its lost SEND keeps the message away",
            &["DLV-020"],
            void_first,
        ),
    ]
}

fn ordered() -> Vec<Case> {
    vec![
        case(
            "DLV-005/1",
            "a SEND ahead of the next number is SEQ_GAP with the expected number",
            &["DLV-005", "ERR-001", "ERR-005", "ERR-006"],
            gap,
        ),
        case(
            "DLV-005/2",
            "a VOID ahead of the next number is SEQ_GAP with the expected number",
            &["DLV-005", "ERR-005", "ERR-006"],
            void_gap,
        ),
        case(
            "DLV-005/3",
            "in one record a gap is refused and what closes it is taken",
            &["DLV-005", "DLV-014"],
            gap_in_record,
        ),
        case("DLV-005/4", "the highest number there is, is SEQ_GAP", &["DLV-005"], highest),
        case(
            "DLV-014/1",
            "accepted, refused and voided numbers are told in their order",
            &["DLV-014"],
            order,
        ),
        case("DLV-014/2", "a long row of SENDs is told in its order", &["DLV-014", "DLV-022"], long_row),
        case(
            "DLV-016/1",
            "a SEND over the rate is RATE, and its number is handled later",
            &["DLV-016", "DLV-017"],
            rate,
        ),
        case("DLV-045/1", "more SENDs than inflight_max are FLOW_CONTROL", &["DLV-045", "ERR-004"], inflight),
    ]
}

fn refusals() -> Vec<Case> {
    vec![
        case(
            "DLV-010/1",
            "a message to an unknown device is UNKNOWN_DEVICE",
            &["DLV-010", "ERR-001"],
            unknown_device,
        ),
        case("DLV-011/1", "a message beyond the mailbox's quota is MAILBOX_FULL", &["DLV-011"], mailbox_full),
        case("DLV-012/1", "a payload above payload_len_max is PAYLOAD_TOO_LARGE", &["DLV-012"], too_large),
        case(
            "DLV-013/1",
            "a class that is not registered is UNKNOWN_CLASS",
            &["DLV-013", "ERR-001"],
            unknown_class,
        ),
        case("DLV-015/1", "a refused number stays used", &["DLV-015", "DLV-004"], stays_used),
    ]
}

/// Sends again what was sent, and takes the outcome.
fn again(session: &mut Session<'_>, client_seq: u64, to: DeviceId, payload: &[u8]) -> Seen {
    session.send_again(client_seq, to, payload, &[]);
    session.outcome()
}

fn conflict(ctx: &Ctx, row: &'static Conflict) -> CaseResult {
    let [alice, bob, carol] = people(ctx, ["alice", "bob", "carol"])?;
    let (mut to_bob, mut to_carol) = (open(ctx, &bob)?, open(ctx, &carol)?);
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id), &say::bind(1, carol.id), &original(), &original()]);
    let outcomes = session.outcomes(2);
    ctx.control("the same body again is accepted again", expect_eq(&vec![Seen::Accepted(1); 2], &outcomes))?;
    ctx.control("and delivered", to_bob.hears(b"first"))?;
    session.say(&[&(row.octets)()]);
    let seen = session.outcome();
    ctx.require("DLV-004", row.title, has_code(Code::IDEMPOTENCY_CONFLICT, &seen));
    let judged = is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen);
    ctx.require("ERR-005", "it names SEND", judged.clone());
    ctx.require("ERR-006", "its subject is the number", judged);
    session.say(&[&say::send(2, 0, b"fence"), &say::send(3, 1, b"fence")]);
    let outcomes = session.outcomes(2);
    ctx.require(
        "ERR-001",
        "the session goes on",
        expect_eq(&vec![Seen::Accepted(2), Seen::Accepted(3)], &outcomes),
    );
    ctx.require("DLV-002", "nothing but the first body was delivered", to_bob.hears(b"fence"));
    ctx.require("DLV-002", "to nobody else either", to_carol.hears(b"fence"));
    Ok(())
}

fn thrice(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let send = say::send(1, 0, b"once");
    session.say(&[&say::bind(0, bob.id), &send, &send, &send, &say::send(2, 0, b"fence")]);
    let outcomes = session.outcomes(4);
    let expected = vec![Seen::Accepted(1), Seen::Accepted(1), Seen::Accepted(1), Seen::Accepted(2)];
    ctx.require("DLV-003", "each is answered with the one outcome", expect_eq(&expected, &outcomes));
    ctx.require("DLV-002", "the message comes", receiver.hears(b"once"));
    ctx.require("DLV-002", "once", receiver.hears(b"fence"));
    Ok(())
}

fn same_session(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let client_seq = session.deliver(bob.id, b"once")?;
    let seen = again(&mut session, client_seq, bob.id, b"once");
    ctx.require("DLV-003", "it is accepted again", expect_eq(&Seen::Accepted(client_seq), &seen));
    session.deliver(bob.id, b"fence")?;
    ctx.control("the message comes", receiver.hears(b"once"))?;
    ctx.require("DLV-003", "once", receiver.hears(b"fence"));
    Ok(())
}

fn lost_outcome(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut lost = open(ctx, &alice)?;
    let client_seq = lost.send(bob.id, b"once");
    // The message is there, and the connection is gone before its outcome was read.
    ctx.control("the message comes", receiver.hears(b"once"))?;
    drop(lost);
    let mut session = open(ctx, &alice)?;
    ctx.require(
        "DLV-003",
        "WELCOME tells that it is handled",
        expect_eq(&client_seq, &session.welcome().handled),
    );
    let seen = again(&mut session, client_seq, bob.id, b"once");
    ctx.require("DLV-003", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    session.deliver(bob.id, b"fence")?;
    ctx.require("DLV-003", "and not delivered again", receiver.hears(b"fence"));
    Ok(())
}

fn refused_again(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let bob = Device::new(ctx, "bob");
    let mut session = open(ctx, &alice)?;
    let client_seq = session.send(bob.id, b"too early");
    let seen = session.outcome();
    let refused = Seen::Refused(client_seq, Code::UNKNOWN_DEVICE);
    ctx.control("to an unknown device it is refused", expect_eq(&refused, &seen))?;
    register(ctx, &[&bob])?;
    let seen = again(&mut session, client_seq, bob.id, b"too early");
    ctx.require("DLV-003", "it is refused again", expect_eq(&refused, &seen));
    session.deliver(bob.id, b"fence")?;
    let mut receiver = open(ctx, &bob)?;
    ctx.require("DLV-003", "and not delivered", receiver.hears(b"fence"));
    Ok(())
}

fn same_body(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id), &say::bind(9, bob.id), &say::send(1, 0, b"body")]);
    session.say(&[&say::send(1, 9, b"body"), &say::send_with(1, 0, b"body", &extension(33, b"noise"))]);
    let outcomes = session.outcomes(3);
    ctx.require(
        "DLV-003",
        "all three are the same message",
        expect_eq(&vec![Seen::Accepted(1); 3], &outcomes),
    );
    Ok(())
}

fn early_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let early = [say::bind(0, bob.id), say::send(1, 0, b"once")].concat();
    for _ in 0..2 {
        let opening = crate::peer::Opening::new(ctx, &alice).with(|opening| opening.early.clone_from(&early));
        let mut session = opening.open()?;
        let outcome = session.outcome();
        ctx.require("SES-041", "the early SEND is accepted", expect_eq(&Seen::Accepted(1), &outcome));
    }
    alice.client_seq.set(1);
    open(ctx, &alice)?.deliver(bob.id, b"fence")?;
    ctx.control("the message comes", receiver.hears(b"once"))?;
    ctx.require("DLV-003", "once", receiver.hears(b"fence"));
    Ok(())
}

fn send_voided(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(1)]);
    let seen = session.outcome();
    ctx.control("the number is voided", expect_eq(&Seen::Voided(1), &seen))?;
    let seen = again(&mut session, 1, bob.id, b"never");
    ctx.require(
        "DLV-004",
        "a SEND under it is a conflict",
        is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen),
    );
    alice.client_seq.set(1);
    session.deliver(bob.id, b"fence")?;
    ctx.require("DLV-020", "its message is not delivered", receiver.hears(b"fence"));
    Ok(())
}

/// Voids so many numbers, window by window.
fn void_many(session: &mut Session<'_>, count: u64) -> Result<(), Halt> {
    let mut left = count;
    while left > 0 {
        let batch = left.min(64);
        let frames: Vec<u8> = (0..batch).flat_map(|_| say::void(session.device.next_client_seq())).collect();
        session.say(&[&frames]);
        let outcomes = session.outcomes(usize::try_from(batch).unwrap_or_default());
        if outcomes.last() != Some(&Seen::Voided(session.device.client_seq.get())) {
            return Err(Halt::Broken { reason: format!("a row of VOIDs ended with {:?}", outcomes.last()) });
        }
        left = left.saturating_sub(batch);
    }
    Ok(())
}

fn cache(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let kept = session.welcome().limit("outcome_cache");
    if kept > 600 {
        return Err(Halt::NotTestable { why: format!("{kept} outcomes are kept: too many to fill") });
    }
    void_many(&mut session, kept.saturating_add(20))?;
    let handled = alice.client_seq.get();
    let oldest = handled.saturating_sub(kept).saturating_add(1);
    session.say(&[&say::void(oldest), &say::void(handled)]);
    let outcomes = session.outcomes(2);
    let expected = vec![Seen::Voided(oldest), Seen::Voided(handled)];
    ctx.require(
        "DLV-006",
        "the oldest of them and the newest are told again",
        expect_eq(&expected, &outcomes),
    );
    session.say(&[&say::void(1)]);
    let seen = session.outcome();
    let judged = if seen == Seen::Voided(1) {
        Ok(())
    } else {
        is_error(Code::OUTCOME_FORGOTTEN, kind::VOID, 1, &seen)
    };
    ctx.require("DLV-007", "one below them is OUTCOME_FORGOTTEN, unless it is kept too", judged);
    Ok(())
}

fn void_next(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(1)]);
    let seen = session.outcome();
    ctx.require("DLV-018", "it is VOIDED", expect_eq(&Seen::Voided(1), &seen));
    let next = open(ctx, &alice)?;
    ctx.require("SES-009", "and handled", expect_eq(&1, &next.welcome().handled));
    Ok(())
}

fn void_accepted(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id), &say::send(1, 0, b"stands"), &say::void(1)]);
    let outcomes = session.outcomes(2);
    ctx.require("DLV-019", "the outcome stands", expect_eq(&vec![Seen::Accepted(1); 2], &outcomes));
    ctx.require("DLV-019", "and the message is delivered", receiver.hears(b"stands"));
    Ok(())
}

fn void_refused(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, NOBODY), &say::send(1, 0, b"x"), &say::void(1)]);
    let outcomes = session.outcomes(2);
    let refused = Seen::Refused(1, Code::UNKNOWN_DEVICE);
    ctx.require("DLV-019", "the outcome stands", expect_eq(&vec![refused.clone(), refused], &outcomes));
    Ok(())
}

fn void_voided(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(1), &say::void(1)]);
    let outcomes = session.outcomes(2);
    ctx.require("DLV-019", "the outcome stands", expect_eq(&vec![Seen::Voided(1); 2], &outcomes));
    Ok(())
}

fn void_first(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[
        &say::bind(0, bob.id),
        &say::void(1),
        &say::send(1, 0, b"late"),
        &say::send(2, 0, b"fence"),
    ]);
    let outcomes = session.outcomes(3);
    let last = outcomes.last().cloned().unwrap_or(Seen::Nothing);
    ctx.control("the next number is accepted", expect_eq(&Seen::Accepted(2), &last))?;
    ctx.require("DLV-020", "the voided message does not come", receiver.hears(b"fence"));
    Ok(())
}

/// Whether that is SEQ_GAP for this frame and number.
fn is_gap(frame_type: u64, subject: u64, expected: u64, seen: &Seen) -> Result<(), Mismatch> {
    match seen {
        Seen::Error(Refusal {
            code: Code::SEQ_GAP, frame_type: f, subject: s, expected: Some(e), ..
        }) if (*f, *s, *e) == (frame_type, subject, expected) => Ok(()),
        other => Err(Mismatch::new(
            format!("ERROR SEQ_GAP of frame type {frame_type}, subject {subject}, expected {expected}"),
            format!("{other:?}"),
        )),
    }
}

fn gap(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let seen = again(&mut session, 3, alice.id, b"three");
    ctx.require("DLV-005", "3 after 1 is SEQ_GAP, expected 2", is_gap(kind::SEND, 3, 2, &seen));
    ctx.require("ERR-005", "it names SEND", is_gap(kind::SEND, 3, 2, &seen));
    ctx.require("ERR-006", "its subject is the number", is_gap(kind::SEND, 3, 2, &seen));
    let two = again(&mut session, 2, alice.id, b"two");
    let three = again(&mut session, 3, alice.id, b"three");
    ctx.require(
        "ERR-001",
        "the session goes on from the expected number",
        expect_eq(&[Seen::Accepted(2), Seen::Accepted(3)], &[two, three]),
    );
    Ok(())
}

fn void_gap(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::void(2)]);
    let seen = session.outcome();
    ctx.require("DLV-005", "2 at first is SEQ_GAP, expected 1", is_gap(kind::VOID, 2, 1, &seen));
    ctx.require("ERR-005", "it names VOID", is_gap(kind::VOID, 2, 1, &seen));
    ctx.require("ERR-006", "its subject is the number", is_gap(kind::VOID, 2, 1, &seen));
    Ok(())
}

fn gap_in_record(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let send = |client_seq| say::send(client_seq, 0, b"x");
    session.say(&[&say::bind(0, alice.id), &send(1), &send(3), &send(2)]);
    let outcomes = session.outcomes(3);
    let [one, hole, two] =
        <[Seen; 3]>::try_from(outcomes).unwrap_or([Seen::Nothing, Seen::Nothing, Seen::Nothing]);
    ctx.require("DLV-005", "3 after 1 is SEQ_GAP", is_gap(kind::SEND, 3, 2, &hole));
    ctx.require(
        "DLV-014",
        "1 and 2 are accepted around it",
        expect_eq(&[Seen::Accepted(1), Seen::Accepted(2)], &[one, two]),
    );
    Ok(())
}

fn highest(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let top = 4_611_686_018_427_387_903;
    let seen = again(&mut session, top, alice.id, b"x");
    ctx.require("DLV-005", "it is ahead like any other", is_gap(kind::SEND, top, 2, &seen));
    Ok(())
}

fn order(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let bind = [say::bind(0, alice.id), say::bind(1, NOBODY)].concat();
    let frames: Vec<u8> = (1..=30)
        .flat_map(|client_seq| match client_seq % 3 {
            0 => say::void(client_seq),
            1 => say::send(client_seq, 0, b"to myself"),
            _ => say::send(client_seq, 1, b"to nobody"),
        })
        .collect();
    session.say(&[&bind, &frames]);
    let outcomes = session.outcomes(30);
    let expected: Vec<Seen> = (1..=30)
        .map(|client_seq| match client_seq % 3 {
            0 => Seen::Voided(client_seq),
            1 => Seen::Accepted(client_seq),
            _ => Seen::Refused(client_seq, Code::UNKNOWN_DEVICE),
        })
        .collect();
    ctx.require("DLV-014", "thirty outcomes, one after the other", expect_eq(&expected, &outcomes));
    Ok(())
}

fn long_row(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut receiver = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::bind(0, bob.id)]);
    for client_seq in 1..=100_u64 {
        session.say(&[&say::send(client_seq, 0, &client_seq.to_be_bytes())]);
    }
    let outcomes = session.outcomes(100);
    let expected: Vec<Seen> = (1..=100).map(Seen::Accepted).collect();
    ctx.require("DLV-014", "the outcomes rise", expect_eq(&expected, &outcomes));
    let numbers: Vec<Option<u64>> = receiver.items(100).iter().map(sent_number).collect();
    let expected: Vec<Option<u64>> = (1..=100).map(Some).collect();
    ctx.require("DLV-022", "and so do the messages", expect_eq(&expected, &numbers));
    Ok(())
}

/// The number that a message of `long_row` carries.
fn sent_number(seen: &Seen) -> Option<u64> {
    match seen {
        Seen::Deliver { payload, .. } => payload.0.first_chunk().map(|eight| u64::from_be_bytes(*eight)),
        _ => None,
    }
}

fn rate(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let welcome = session.welcome();
    let (burst, per_s) = (welcome.limit("send_burst"), welcome.limit("send_rate_per_s"));
    if burst > 1000 || per_s > 1000 {
        return Err(Halt::NotTestable {
            why: format!("{burst} SENDs at once and {per_s} a second are too many to send"),
        });
    }
    session.say(&[&say::bind(0, NOBODY)]);
    let began = ctx.now();
    let mut limited = None;
    while limited.is_none() {
        let allowed = u128::from(burst).saturating_add(
            (ctx.now().saturating_sub(began).as_millis().saturating_mul(u128::from(per_s))) / 1000,
        );
        if u128::from(alice.client_seq.get()) > allowed.saturating_mul(2).saturating_add(300) {
            ctx.require("DLV-017", "twice the burst is over the rate", Err(Mismatch::new("RATE", "no RATE")));
            ctx.require("DLV-016", "RATE comes", Err(Mismatch::new("RATE", "no RATE")));
            return Ok(());
        }
        let frames: Vec<u8> = (0..64).flat_map(|_| say::send(alice.next_client_seq(), 0, b"x")).collect();
        session.say(&[&frames]);
        limited = session.outcomes(64).into_iter().find(|seen| !matches!(seen, Seen::Refused(..)));
    }
    let seen = limited.unwrap_or(Seen::Nothing);
    let Seen::Rate { frame_type: kind::SEND, subject, retry_after_ms } = seen else {
        ctx.require(
            "DLV-017",
            "the first that is not handled is RATE",
            Err(Mismatch::new("RATE of SEND", format!("{seen:?}"))),
        );
        ctx.require("DLV-016", "RATE comes", Err(Mismatch::new("RATE of SEND", format!("{seen:?}"))));
        return Ok(());
    };
    ctx.require(
        "DLV-017",
        "beyond the burst comes RATE",
        holds(
            (subject > burst.min(subject) || subject >= burst).into(),
            "a number beyond the burst",
            subject,
        ),
    );
    ctx.pause(core::time::Duration::from_millis(retry_after_ms.saturating_add(20)))?;
    let seen = again(&mut session, subject, NOBODY, b"x");
    ctx.require(
        "DLV-016",
        "after the told wait the same number is handled",
        expect_eq(&Seen::Refused(subject, Code::UNKNOWN_DEVICE), &seen),
    );
    Ok(())
}

fn inflight(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    session.deliver(alice.id, b"one")?;
    let count = session.welcome().limit("inflight_max").saturating_mul(4).min(8000);
    let frames: Vec<u8> =
        (2..count.saturating_add(2)).flat_map(|client_seq| say::send(client_seq, 0, b"x")).collect();
    session.say(&[&frames]);
    let seen = session.closing();
    ctx.require("DLV-045", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

fn unknown_device(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let client_seq = session.send(NOBODY, b"to nobody");
    let seen = session.outcome();
    ctx.require(
        "DLV-010",
        "it is refused",
        expect_eq(&Seen::Refused(client_seq, Code::UNKNOWN_DEVICE), &seen),
    );
    let next = session.send(alice.id, b"to myself");
    let seen = session.outcome();
    ctx.require("ERR-001", "the session goes on", expect_eq(&Seen::Accepted(next), &seen));
    Ok(())
}

fn mailbox_full(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut session = open(ctx, &alice)?;
    let welcome = session.welcome();
    let (items, octets) = (welcome.limit("mailbox_items_max"), welcome.limit("mailbox_bytes_max"));
    let payload = vec![b'x'; usize::try_from(octets.min(60_000)).unwrap_or_default()];
    let (count, payload) = if items <= 512 { (items, &b"x"[..]) } else { (octets / 60_000, &payload[..]) };
    if count > 512 {
        return Err(Halt::NotTestable { why: format!("a mailbox holds {items} items and {octets} octets") });
    }
    for _ in 0..count {
        session.deliver(bob.id, payload)?;
    }
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        session.send(bob.id, payload);
        outcomes.push(session.outcome());
    }
    let last = outcomes.pop().unwrap_or(Seen::Nothing);
    let expected = Seen::Refused(alice.client_seq.get(), Code::MAILBOX_FULL);
    ctx.require("DLV-011", "one beyond the quota is MAILBOX_FULL", expect_eq(&expected, &last));
    Ok(())
}

fn too_large(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let max = session.welcome().limit("payload_len_max");
    if max >= 61_440 {
        return Err(Halt::NotTestable {
            why: "payload_len_max is the longest that the grammar knows".to_owned(),
        });
    }
    let max = usize::try_from(max).unwrap_or_default();
    session.deliver(alice.id, &vec![b'x'; max])?;
    let client_seq = session.send(alice.id, &vec![b'x'; max.saturating_add(1)]);
    let seen = session.outcome();
    ctx.require(
        "DLV-012",
        "one octet more is refused",
        expect_eq(&Seen::Refused(client_seq, Code::PAYLOAD_TOO_LARGE), &seen),
    );
    Ok(())
}

fn unknown_class(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    let known = session.send_with(alice.id, b"call", &say::class(1));
    let seen = session.outcome();
    ctx.control("a known class is accepted", expect_eq(&Seen::Accepted(known), &seen))?;
    for class in [2, 33, 4_611_686_018_427_387_903] {
        let client_seq = session.send_with(alice.id, b"x", &say::class(class));
        let seen = session.outcome();
        ctx.require(
            "DLV-013",
            "it is refused",
            expect_eq(&Seen::Refused(client_seq, Code::UNKNOWN_CLASS), &seen),
        );
    }
    let next = session.send(alice.id, b"normal");
    let seen = session.outcome();
    ctx.require("ERR-001", "the session goes on", expect_eq(&Seen::Accepted(next), &seen));
    Ok(())
}

fn stays_used(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mut session = open(ctx, &alice)?;
    session.send(NOBODY, b"to nobody");
    let seen = session.outcome();
    ctx.control("1 is refused", expect_eq(&Seen::Refused(1, Code::UNKNOWN_DEVICE), &seen))?;
    let seen = again(&mut session, 1, alice.id, b"to myself");
    ctx.require(
        "DLV-004",
        "another body under it is a conflict",
        is_error(Code::IDEMPOTENCY_CONFLICT, kind::SEND, 1, &seen),
    );
    let next = session.send(alice.id, b"to myself");
    let seen = session.outcome();
    ctx.require("DLV-015", "the next number is 2", expect_eq(&Seen::Accepted(next), &seen));
    let session = open(ctx, &alice)?;
    ctx.require("DLV-015", "both are handled", expect_eq(&2, &session.welcome().handled));
    Ok(())
}
