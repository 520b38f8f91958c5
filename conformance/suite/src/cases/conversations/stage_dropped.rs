//! Pieces that do not follow, that are too many, or that are dropped.

use super::stage::staged;
use super::{Circle, begin, four, isolated, of_conversations};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{is_error, open, untouched};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::seen::kind;
use crate::peer::talk::{self, part};
use crate::peer::{Code, Seen, Session, Talk, closed_with};

pub(super) fn cases() -> Vec<Case> {
    let invalid = INVALID.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-032", "CNV-033"], move |ctx| invalid(ctx, row))
    });
    let dropped = DROPPED.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-053", "CNV-033"], move |ctx| dropped(ctx, row))
    });
    let others = [
        of_conversations(
            "CNV-032/4",
            "pieces of stage_len_max octets are taken, one octet more is STAGE_INVALID",
            &["CNV-032", "CNV-054", "CNV-033"],
            at_the_cap,
        ),
        of_conversations(
            "CNV-032/5",
            "pieces of commit and Welcome count together against stage_len_max",
            &["CNV-032", "CNV-033"],
            together,
        ),
        of_conversations(
            "CNV-053/4",
            "the end of the session drops what was staged",
            &["CNV-053", "CNV-033"],
            session_ends,
        ),
        of_conversations(
            "SES-021/3",
            "pieces beyond the server's credit are FLOW_CONTROL",
            &["SES-021", "ERR-004"],
            beyond_credit,
        ),
    ];
    invalid.chain(dropped).chain(others).collect()
}

/// A piece that does not follow those before it.
struct Invalid {
    id: &'static str,
    title: &'static str,
    /// Part, offset and octets of a piece, behind ten octets of a commit that are staged.
    piece: (u8, u64, &'static [u8]),
}

const INVALID: &[Invalid] = &[
    Invalid {
        id: "CNV-032/1",
        title: "a piece behind a hole is STAGE_INVALID",
        piece: (part::COMMIT, 11, b"x"),
    },
    Invalid {
        id: "CNV-032/2",
        title: "a piece that overlaps is STAGE_INVALID",
        piece: (part::COMMIT, 9, b"x"),
    },
    Invalid {
        id: "CNV-032/3",
        title: "a piece that begins again is STAGE_INVALID",
        piece: (part::COMMIT, 0, b"x"),
    },
    Invalid {
        id: "CNV-032/6",
        title: "a first piece of a Welcome behind a hole is STAGE_INVALID",
        piece: (part::WELCOME, 10, b"x"),
    },
    Invalid {
        id: "CNV-032/7",
        title: "a piece at the highest offset is STAGE_INVALID",
        piece: (part::COMMIT, (1 << 62) - 1, b"x"),
    },
];

fn invalid(ctx: &Ctx, row: &'static Invalid) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::stage(client_seq, part::COMMIT, 0, &[9; 10])]);
    ctx.control("the piece before it is taken", one.is_quiet())?;
    let (which, offset, octets) = row.piece;
    one.say(&[&talk::stage(client_seq, which, offset, octets)]);
    let seen = one.next_where(|seen| matches!(seen, Seen::Error(_)));
    let judged = is_error(Code::STAGE_INVALID, talk::kind::STAGE, client_seq, &seen);
    ctx.require("CNV-032", "it is refused", judged);
    own_octets_alone(ctx, "CNV-032", &talk, &mut one, client_seq)?;
    for session in [&mut two, &mut three] {
        let is_first = matches!(session.item(), Seen::Entry { entry, .. } if entry.kind == kind::COMMIT);
        ctx.require("CNV-032", "the commit is the next that comes", expect_eq(&true, &is_first));
    }
    isolated(ctx, &mut one, &mut outsider)
}

/// A COMMIT of this number is judged by its own octets alone.
fn own_octets_alone(
    ctx: &Ctx,
    id: &'static str,
    talk: &Talk,
    session: &mut Session<'_>,
    client_seq: u64,
) -> Result<(), Halt> {
    session.commit_again(client_seq, talk.id, (&talk.commit(&[], &[]), &[]), &[]);
    let seen = session.outcome();
    let judged = expect_eq(&Seen::Accepted(client_seq), &seen);
    ctx.require(id, "a COMMIT of its number is judged by its own octets", judged);
    Ok(())
}

/// What drops the pieces of a number.
struct Dropped {
    id: &'static str,
    title: &'static str,
    drop: fn(&Talk, &mut Session<'_>, u64),
}

const DROPPED: &[Dropped] = &[
    Dropped {
        id: "CNV-053/1",
        title: "a piece of another number drops what was staged",
        drop: |_, session, client_seq| {
            session.say(&[&talk::stage(client_seq.saturating_add(5), part::COMMIT, 0, b"x")]);
        },
    },
    Dropped {
        id: "CNV-053/2",
        title: "a COMMIT of another number drops what was staged",
        drop: |talk, session, client_seq| {
            // It is out of turn, and so has no outcome but an error: what was staged is dropped all the same.
            let commit = talk.commit(&[], &[]);
            session.commit_again(client_seq.saturating_add(1), talk.id, (&commit, &[]), &[]);
            session.outcome();
        },
    },
    Dropped {
        id: "CNV-053/3",
        title: "the COMMIT itself drops what was staged, though it is refused",
        drop: |talk, session, client_seq| {
            session.commit_again(client_seq, talk.id, (b"x", &[]), &[]);
            session.outcome();
        },
    },
];

fn dropped(ctx: &Ctx, row: &'static Dropped) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::stage(client_seq, part::COMMIT, 0, &[9; 10])]);
    ctx.control("the piece is taken", one.is_quiet())?;
    (row.drop)(&talk, &mut one, client_seq);
    // The number is used where its COMMIT was refused.
    let next = if row.id == "CNV-053/3" { alice.next_client_seq() } else { client_seq };
    own_octets_alone(ctx, "CNV-053", &talk, &mut one, next)?;
    let is_first = matches!(two.item(), Seen::Entry { entry, .. } if entry.kind == kind::COMMIT);
    ctx.require("CNV-053", "it comes to the others", expect_eq(&true, &is_first));
    isolated(ctx, &mut one, &mut outsider)
}

fn session_ends(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::stage(client_seq, part::COMMIT, 0, &[9; 10])]);
    ctx.control("the piece is taken", one.is_alive())?;
    let mut one = open(ctx, &alice)?;
    own_octets_alone(ctx, "CNV-053", &talk, &mut one, client_seq)?;
    let is_first = matches!(two.item(), Seen::Entry { entry, .. } if entry.kind == kind::COMMIT);
    ctx.require("CNV-053", "it comes to the others", expect_eq(&true, &is_first));
    isolated(ctx, &mut one, &mut outsider)
}

/// How many octets may be staged here, if that is few enough to try.
fn cap(session: &Session<'_>) -> Result<usize, Halt> {
    let max = session.welcome().limit("stage_len_max");
    match usize::try_from(max) {
        Ok(max) if max <= 2 << 20 => Ok(max),
        _ => Err(Halt::NotTestable { why: format!("{max} octets are too many to stage") }),
    }
}

fn at_the_cap(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let max = cap(&one)?;
    let client_seq = alice.next_client_seq();
    let filler = vec![7; max];
    staged(&mut one, client_seq, part::WELCOME, &filler, 1);
    ctx.require("CNV-054", "one octet less is taken", one.is_quiet());
    let offset = u64::try_from(max).unwrap_or(u64::MAX);
    one.say(&[&talk::stage(client_seq, part::WELCOME, offset.saturating_sub(1), b"x")]);
    ctx.require("CNV-054", "as many are taken", one.is_quiet());
    one.say(&[&talk::stage(client_seq, part::WELCOME, offset, b"x")]);
    let seen = one.next_where(|seen| matches!(seen, Seen::Error(_)));
    let judged = is_error(Code::STAGE_INVALID, talk::kind::STAGE, client_seq, &seen);
    ctx.require("CNV-032", "one more is refused", judged);
    // Nothing of the Welcome is left: it would be misplaced.
    own_octets_alone(ctx, "CNV-032", &talk, &mut one, client_seq)?;
    for session in [&mut two, &mut three] {
        let is_first = matches!(session.item(), Seen::Entry { entry, .. } if entry.kind == kind::COMMIT);
        ctx.require("CNV-032", "the commit is the next that comes", expect_eq(&true, &is_first));
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn together(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, _two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let max = cap(&one)?;
    let client_seq = alice.next_client_seq();
    let filler = vec![7; max];
    staged(&mut one, client_seq, part::WELCOME, &filler, 10);
    one.say(&[&talk::stage(client_seq, part::COMMIT, 0, &[1; 10])]);
    ctx.control("together they fill it", one.is_quiet())?;
    one.say(&[&talk::stage(client_seq, part::COMMIT, 10, &[1])]);
    let seen = one.next_where(|seen| matches!(seen, Seen::Error(_)));
    let judged = is_error(Code::STAGE_INVALID, talk::kind::STAGE, client_seq, &seen);
    ctx.require("CNV-032", "one octet more is refused, of either part", judged);
    own_octets_alone(ctx, "CNV-032", &talk, &mut one, client_seq)?;
    isolated(ctx, &mut one, &mut outsider)
}

/// Pieces have no outcome, and so no window: it is the credit that they exceed.
fn beyond_credit(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut bystander = open(ctx, &bob)?;
    let mut session = open(ctx, &alice)?;
    let (granted, _) = session.credit;
    if granted > 2_048 {
        return Err(Halt::NotTestable {
            why: format!("the credit is {granted}: twice that fills more than a record"),
        });
    }
    let client_seq = alice.next_client_seq();
    session.say(&[&talk::stage(client_seq, part::COMMIT, 0, b"x")]);
    ctx.control("a piece within the credit is taken", session.is_alive())?;
    let pieces: Vec<u8> = (1..granted.saturating_mul(2).saturating_add(1))
        .flat_map(|offset| talk::stage(client_seq, part::COMMIT, offset, b"x"))
        .collect();
    session.say(&[&pieces]);
    let seen = session.closing();
    ctx.require("SES-021", "the session is closed with FLOW_CONTROL", closed_with(Code::FLOW_CONTROL, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}
