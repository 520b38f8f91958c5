//! Devices that would come in by a commit of their own, and may not.

use super::external::{Cast, Stage, cast, join, set};
use super::{gather, goes_on, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::ctx::Ctx;
use crate::peer::mls::{Delta, sender};
use crate::peer::{Code, DeviceId, Talk};

pub(super) fn cases() -> Vec<Case> {
    let lies = LIES.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-036", "CNV-009", "CNV-033"], move |ctx| lie(ctx, row))
    });
    let others = [
        of_conversations(
            "CNV-023/3",
            "a device of an account that is not in it is NO_CONVERSATION",
            &["CNV-023", "CNV-033"],
            stranger,
        ),
        of_conversations(
            "CNV-023/4",
            "when the account's last device is removed its others cannot join by themselves",
            &["CNV-023", "CNV-033"],
            account_gone,
        ),
        of_conversations(
            "CNV-001/8",
            "a device that joins by itself in another epoch is STALE_EPOCH",
            &["CNV-001", "CNV-023", "CNV-033"],
            stale,
        ),
        of_conversations(
            "CNV-022/6",
            "a device that joins by itself with a Welcome is WELCOME_MISPLACED",
            &["CNV-022", "CNV-033"],
            with_welcome,
        ),
        of_conversations(
            "CNV-020/7",
            "a device that its account's list does not name cannot join by itself: OUTSIDER",
            &["CNV-020", "CNV-033"],
            unlisted,
        ),
    ];
    let senders = SENDERS.iter().map(|row| {
        of_conversations(row.id, row.title, &["CNV-017", "CNV-009", "CNV-033"], move |ctx| {
            other_sender(ctx, row)
        })
    });
    others.into_iter().chain(lies).chain(senders).collect()
}

/// It is refused, and the conversation is where it was.
fn refuses(
    ctx: &Ctx,
    stage: &mut Stage<'_>,
    id: &'static str,
    joiner: fn(&mut Stage<'_>) -> (u64, Code),
) -> Result<(), Halt> {
    let (client_seq, code) = joiner(stage);
    ctx.require(id, "it is refused", refused(&mut stage.second, client_seq, code));
    goes_on(ctx, id, &stage.talk, &mut stage.one, &mut [&mut stage.two])?;
    ctx.require(id, "and it gets nothing", stage.second.is_quiet());
    isolated(ctx, &mut stage.one, &mut stage.outsider)
}

fn stranger(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut outsider, .. } = set(ctx, &cast)?;
    let commit = talk.external(&Delta::of(&[cast.eve.id], &[])).octets();
    let client_seq = outsider.commit(talk.id, &commit, &[]);
    ctx.require("CNV-023", "it is refused", refused(&mut outsider, client_seq, Code::NO_CONVERSATION));
    goes_on(ctx, "CNV-023", &talk, &mut one, &mut [&mut two])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn account_gone(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut outsider, .. } = set(ctx, &cast)?;
    let change = two.changes(&talk, &[], &[cast.alice.id])?;
    ctx.control("the account's device is out", one.gets(&change.commit))?;
    for session in [&mut one, &mut second] {
        let commit = talk.external(&Delta::of(&[session.device.id], &[])).octets();
        let client_seq = session.commit(talk.id, &commit, &[]);
        let judged = refused(session, client_seq, Code::NO_CONVERSATION);
        ctx.require("CNV-023", "no device of it can come in", judged);
    }
    isolated(ctx, &mut two, &mut outsider)
}

fn stale(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let mut stage = set(ctx, &cast)?;
    for epoch in [0, 2] {
        let mut envelope = stage.talk.external(&Delta::of(&[cast.second.id], &[]));
        envelope.epoch = epoch;
        let client_seq = stage.second.commit(stage.talk.id, &envelope.octets(), &[]);
        let judged = refused(&mut stage.second, client_seq, Code::STALE_EPOCH);
        ctx.require("CNV-001", "another epoch is refused", judged);
    }
    goes_on(ctx, "CNV-001", &stage.talk, &mut stage.one, &mut [&mut stage.two])?;
    let change = join(&stage.talk, &mut stage.second)?;
    ctx.require("CNV-023", "in the current one it is taken", stage.second.gets(&change.own));
    isolated(ctx, &mut stage.one, &mut stage.outsider)
}

fn with_welcome(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    refuses(ctx, &mut set(ctx, &cast)?, "CNV-022", |stage| {
        let commit = stage.talk.external(&Delta::of(&[stage.second.device.id], &[])).octets();
        (stage.second.commit(stage.talk.id, &commit, b"a Welcome"), Code::WELCOME_MISPLACED)
    })
}

fn unlisted(ctx: &Ctx) -> CaseResult {
    let cast = cast(ctx)?;
    let Cast { alice, second, bob, eve, .. } = &cast;
    let ([mut one, mut two, mut outsider], _) = gather(ctx, [alice, bob, eve])?;
    let mut session = crate::cases::words::open(ctx, second)?;
    let talk = Talk::group(ctx, alice, "group");
    let begun = one.begins(&talk, &[bob.id])?;
    ctx.control("it begins", one.gets(&begun.own).and_then(|()| two.gets(&begun.welcome)))?;
    let commit = talk.external(&Delta::of(&[second.id], &[])).octets();
    let client_seq = session.commit(talk.id, &commit, &[]);
    ctx.require("CNV-020", "it is refused", refused(&mut session, client_seq, Code::OUTSIDER));
    goes_on(ctx, "CNV-020", &talk, &mut one, &mut [&mut two])?;
    isolated(ctx, &mut one, &mut outsider)
}

/// A commit by which the second device would join, whose delta says something else.
struct Lie {
    id: &'static str,
    title: &'static str,
    delta: fn(&Cast) -> Delta,
}

const NOBODY: DeviceId = DeviceId([0xee; 16]);

const LIES: &[Lie] = &[
    Lie { id: "CNV-036/1", title: "who joins by itself and adds nobody", delta: |_| Delta::of(&[], &[]) },
    Lie {
        id: "CNV-036/2",
        title: "who joins by itself and adds another device in its place",
        delta: |cast| Delta::of(&[cast.third.id], &[]),
    },
    Lie {
        id: "CNV-036/3",
        title: "who joins by itself and adds another device beside itself",
        delta: |cast| Delta::of(&[cast.second.id, cast.third.id], &[]),
    },
    Lie {
        id: "CNV-036/4",
        title: "who joins by itself and adds one that nobody has",
        delta: |cast| Delta::of(&[cast.second.id, NOBODY], &[]),
    },
    Lie {
        id: "CNV-036/5",
        title: "who joins by itself and removes a device of its account",
        delta: |cast| Delta::of(&[cast.second.id], &[cast.alice.id]),
    },
    Lie {
        id: "CNV-036/6",
        title: "who joins by itself and removes another account's device",
        delta: |cast| Delta::of(&[cast.second.id], &[cast.bob.id]),
    },
];

fn lie(ctx: &Ctx, row: &'static Lie) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut third, mut outsider } = set(ctx, &cast)?;
    let commit = talk.external(&(row.delta)(&cast)).octets();
    let client_seq = second.commit(talk.id, &commit, &[]);
    let judged = refused(&mut second, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-036", "it is ENVELOPE_INVALID", judged);
    // The same from the account that is not in it, and where no conversation is.
    let client_seq = outsider.commit(talk.id, &commit, &[]);
    let judged = refused(&mut outsider, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-036", "whoever hands it in", judged);
    goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two])?;
    for session in [&mut second, &mut third] {
        ctx.require("CNV-009", "nobody came in", session.is_quiet());
    }
    isolated(ctx, &mut one, &mut outsider)
}

/// A PublicMessage whose sender is none that joins, sound in all else.
struct OtherSender {
    id: &'static str,
    title: &'static str,
    sender: &'static [u8],
}

const SENDERS: &[OtherSender] = &[
    OtherSender {
        id: "CNV-017/40",
        title: "who would join by a PublicMessage of a member is ENVELOPE_INVALID",
        sender: sender::MEMBER,
    },
    OtherSender {
        id: "CNV-017/41",
        title: "who would join by a PublicMessage of an external sender is ENVELOPE_INVALID",
        sender: sender::EXTERNAL,
    },
    OtherSender {
        id: "CNV-017/42",
        title: "who would join by a PublicMessage of a new member's proposal is ENVELOPE_INVALID",
        sender: sender::NEW_MEMBER_PROPOSAL,
    },
    OtherSender {
        id: "CNV-017/43",
        title: "who would join by a PublicMessage of a sender of no type is ENVELOPE_INVALID",
        sender: &[5],
    },
];

fn other_sender(ctx: &Ctx, row: &'static OtherSender) -> CaseResult {
    let cast = cast(ctx)?;
    let Stage { talk, mut one, mut two, mut second, mut outsider, .. } = set(ctx, &cast)?;
    let mut envelope = talk.external(&Delta::of(&[cast.second.id], &[]));
    envelope.sender = row.sender.to_vec();
    let client_seq = second.commit(talk.id, &envelope.octets(), &[]);
    let judged = refused(&mut second, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-017", "it is refused", judged);
    goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut two])?;
    ctx.require("CNV-009", "and is not in it", second.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}
