//! What goes in a first flight, and what does not.

use super::{Circle, begin, four, isolated, of_conversations};
use crate::case::{Case, CaseResult};
use crate::cases::words::{holds, open};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::talk::{self, part};
use crate::peer::{Code, Confirm, Opening, Seen, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_conversations(
            "LIM-004/20",
            "WELCOME names the profile conversations, and that of devices, whose lists it needs",
            &["LIM-004"],
            told,
        ),
        of_conversations(
            "CNV-047/1",
            "a message of the first flight is accepted and delivered",
            &["CNV-047", "CNV-010", "CNV-033"],
            early_post,
        ),
        of_conversations(
            "CNV-047/2",
            "a message of a first flight that is handed in again comes once",
            &["CNV-047", "CNV-024", "CNV-033"],
            early_again,
        ),
        of_conversations(
            "CNV-047/3",
            "a message of the first flight is delivered though its session is never confirmed",
            &["CNV-047", "CNV-033"],
            early_unconfirmed,
        ),
        of_conversations(
            "CNV-047/4",
            "a first flight with too many POSTs, SENDs among them, is EARLY_FORBIDDEN",
            &["SES-005", "CNV-047"],
            early_too_many,
        ),
        of_conversations(
            "SES-004/20",
            "COMMIT, STAGE and WHISPER in a first flight are EARLY_FORBIDDEN, and nobody hears of them",
            &["SES-004", "CNV-009", "CNV-033"],
            early_forbidden,
        ),
    ]
}

fn told(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let welcome = open(ctx, &alice)?.welcome();
    let is_told = [1, 3, 8].iter().all(|profile| welcome.profiles.contains(profile));
    ctx.require("LIM-004", "all three are told", holds(is_told.into(), "1, 3 and 8", &welcome.profiles));
    Ok(())
}

fn early_post(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [_one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (payload, client_seq) = (talk.message(), alice.next_client_seq());
    let early = [talk::bind(3, talk.id), talk::post(client_seq, 3, &payload, &[])].concat();
    alice.cursor.set(1);
    let mut one = Opening::new(ctx, &alice).with(|opening| opening.early = early).open()?;
    let seen = one.outcome();
    ctx.require("CNV-047", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    let said = talk.said(client_seq, &payload);
    for session in [&mut two, &mut three] {
        ctx.require("CNV-010", "it comes", session.gets(&said.message));
    }
    ctx.require("CNV-047", "its place comes", one.gets(&said.own));
    let next = talk.message();
    let client_seq = alice.next_client_seq();
    one.say(&[&talk::post(client_seq, 3, &next, &[])]);
    let seen = one.outcome();
    ctx.require("CNV-047", "its alias stays bound", expect_eq(&Seen::Accepted(client_seq), &seen));
    isolated(ctx, &mut one, &mut outsider)
}

fn early_again(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [_one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (payload, client_seq) = (talk.message(), alice.next_client_seq());
    let early = [talk::bind(3, talk.id), talk::post(client_seq, 3, &payload, &[])].concat();
    alice.cursor.set(1);
    for _ in 0..2 {
        let opening = Opening::new(ctx, &alice).with(|opening| opening.early.clone_from(&early));
        let mut one = opening.open()?;
        let seen = one.outcome();
        ctx.require("CNV-047", "it is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    }
    let said = talk.said(client_seq, &payload);
    for session in [&mut two, &mut three] {
        ctx.require("CNV-024", "it comes", session.gets(&said.message));
    }
    let mut one = open(ctx, &alice)?;
    ctx.control("its place comes", one.gets(&said.own))?;
    super::goes_on(ctx, "CNV-024", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn early_unconfirmed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [_one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let (payload, client_seq) = (talk.message(), alice.next_client_seq());
    let early = [talk::bind(3, talk.id), talk::post(client_seq, 3, &payload, &[])].concat();
    let opening = Opening::new(ctx, &alice).with(|opening| {
        opening.early = early;
        opening.confirm = Confirm::Later;
    });
    let session = opening.open()?;
    let said = talk.said(client_seq, &payload);
    ctx.require("CNV-047", "it comes", two.gets(&said.message));
    drop(session);
    isolated(ctx, &mut two, &mut outsider)
}

fn early_too_many(ctx: &Ctx) -> CaseResult {
    let limits = pinnace_spec::limits().ok().and_then(|limits| limits.named("early_send_max"));
    let max = limits.map_or(0, |limit| limit.default);
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [_one, mut two, _three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let begins = alice.client_seq.get().saturating_add(1);
    let payload = talk.message();
    for count in [max, max.saturating_add(1)] {
        let one = |at: u64| {
            let client_seq = begins.saturating_add(at);
            if at.is_multiple_of(2) {
                talk::post(client_seq, 0, &payload, &[])
            } else {
                say::send(client_seq, 0, b"x")
            }
        };
        let early = [talk::bind(0, talk.id), say::bind(0, alice.id)].into_iter().chain((0..count).map(one));
        let early: Vec<u8> = early.flatten().collect();
        let seen = Opening::new(ctx, &alice).with(|opening| opening.early = early).attempt()?.first;
        if count > max {
            let judged = closed_with(Code::EARLY_FORBIDDEN, &seen);
            ctx.require("SES-005", &format!("{count} where {max} is the most"), judged);
        } else {
            let is_welcomed = matches!(seen, Seen::Welcome(_));
            ctx.require("CNV-047", "as many as may be are taken", expect_eq(&true, &is_welcomed));
        }
    }
    let count = usize::try_from(max.div_ceil(2)).unwrap_or_default();
    let messages = two.items(count);
    let is_entry = |seen: &Seen| matches!(seen, Seen::Entry { entry, .. } if entry.payload.0 == payload);
    let came = messages.iter().filter(|seen| is_entry(seen)).count();
    ctx.require("CNV-047", "each message comes", expect_eq(&count, &came));
    ctx.require("SES-005", "once", two.is_quiet());
    ctx.require("CNV-047", "a device of no part in it hears nothing", outsider.is_quiet());
    Ok(())
}

fn early_forbidden(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [_one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let client_seq = alice.client_seq.get().saturating_add(1);
    let commit = talk.commit(&[], &[]);
    for frame in [
        talk::commit(client_seq, 3, (&commit, &[]), &[]),
        talk::stage(client_seq, part::COMMIT, 0, &commit),
        talk::whisper(3, b"typing"),
    ] {
        let early = [talk::bind(3, talk.id), frame].concat();
        let seen = Opening::new(ctx, &alice).with(|opening| opening.early = early).attempt()?.first;
        ctx.require("SES-004", "the session is closed", closed_with(Code::EARLY_FORBIDDEN, &seen));
    }
    let mut one = open(ctx, &alice)?;
    one.item();
    super::goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
