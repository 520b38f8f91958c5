//! Profile conversations: creation, order, rosters, entries.

mod alias;
mod apart;
mod bounds;
mod commit;
mod conflict;
mod create;
mod data;
mod delta;
mod early;
mod envelope;
mod epochs;
mod external;
mod external_refused;
mod form;
mod kept;
mod leave;
mod log;
mod mailbox;
mod order;
mod origin;
mod race;
mod raw;
mod removal;
mod repeat;
mod room;
mod stage;
mod stage_dropped;
mod whisper;

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::case;
use crate::check::{Judged, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::directory::{InForce, in_force};
use crate::peer::seen::Payload;
use crate::peer::{Code, Device, Opening, Seen, Session, Talk, ask};

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    [
        create::cases(),
        origin::cases(),
        commit::cases(),
        race::cases(),
        log::cases(),
        raw::cases(),
        mailbox::cases(),
        epochs::cases(),
        removal::cases(),
        leave::cases(),
        envelope::cases(),
        data::cases(),
        delta::cases(),
        room::cases(),
        stage::cases(),
        stage_dropped::cases(),
        repeat::cases(),
        conflict::cases(),
        whisper::cases(),
        alias::cases(),
        early::cases(),
        apart::cases(),
        kept::cases(),
        bounds::cases(),
        form::cases(),
        order::cases(),
        external::cases(),
        external_refused::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A case of profile conversations.
fn of_conversations(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    run: impl Fn(&Ctx) -> CaseResult + Send + Sync + 'static,
) -> Case {
    Case { profile: "conversations", ..case(id, title, requirements, run) }
}

/// Opens a session of each device, and puts the list of its account into force, with all devices of the account that are given.
fn gather<'a, const N: usize>(
    ctx: &'a Ctx,
    devices: [&'a Device; N],
) -> Result<([Session<'a>; N], Vec<InForce>), Halt> {
    let mut sessions = Vec::with_capacity(N);
    for device in devices {
        sessions.push(Opening::new(ctx, device).open()?);
    }
    let mut asked = Vec::new();
    for (at, (session, device)) in sessions.iter_mut().zip(devices).enumerate() {
        let is_same = |other: &&&Device| other.account == device.account;
        if devices.iter().take(at).any(|other| is_same(&other)) {
            continue;
        }
        let own: Vec<&Device> = devices.iter().filter(is_same).copied().collect();
        let list = InForce::first(ctx, device, &own);
        let request = session.next_request();
        session.say(&[&ask::device_list_publish(request, &list.octets)]);
        asked.push((at, request, list));
    }
    let mut lists = Vec::new();
    for (at, request, list) in asked {
        let seen = sessions.get_mut(at).map_or(Seen::Nothing, |session| session.next_where(Seen::is_answer));
        if seen != in_force(request, &list.octets) {
            return Err(Halt::Broken { reason: format!("a device list was answered by {seen:?}") });
        }
        lists.push(list);
    }
    let sessions =
        sessions.try_into().map_err(|_| Halt::Harness { fault: "a session a device".to_owned() })?;
    Ok((sessions, lists))
}

/// A group in which all have read that it began, and a device of no part in it.
struct Circle<'a, const N: usize> {
    talk: Talk,
    members: [Session<'a>; N],
    outsider: Session<'a>,
    /// The lists in force: of the first device's account first, the outsider's last.
    lists: Vec<InForce>,
}

/// Begins a group: the first of the devices creates it, the last one stays outside.
fn begin<'a, const N: usize, const M: usize>(
    ctx: &'a Ctx,
    devices: [&'a Device; N],
) -> Result<Circle<'a, M>, Halt> {
    let (sessions, lists) = gather(ctx, devices)?;
    let mut members: Vec<Session<'a>> = sessions.into();
    let fault = || Halt::Harness { fault: "one device is outside, all others are members".to_owned() };
    let outsider = members.pop().ok_or_else(fault)?;
    let mut members: [Session<'a>; M] = members.try_into().map_err(|_| fault())?;
    let (creator, others) = members.split_first_mut().ok_or_else(fault)?;
    let talk = Talk::group(ctx, creator.device, "group");
    let added: Vec<_> = others.iter().map(|session| session.device.id).collect();
    let change = creator.begins(&talk, &added)?;
    ctx.control("the creator gets its place", creator.gets(&change.own))?;
    for other in others {
        ctx.control("each other gets the Welcome", other.gets(&change.welcome))?;
    }
    Ok(Circle { talk, members, outsider, lists })
}

/// Three devices in a group, and one outside.
fn four(ctx: &Ctx) -> Result<[Device; 4], Halt> {
    people(ctx, ["alice", "bob", "carol", "eve"])
}

/// The control of isolation: a device of no part in it heard nothing, and nothing lies in its mailbox below a message that is
/// sent to it now.
fn isolated(ctx: &Ctx, sender: &mut Session<'_>, outsider: &mut Session<'_>) -> Result<(), Halt> {
    ctx.require("CNV-033", "a device of no part in it hears nothing", outsider.is_quiet());
    sender.deliver(outsider.device.id, b"fence")?;
    let expected = Seen::Deliver {
        mailbox_seq: 1,
        from: Some(sender.device.id),
        payload: Payload::from(b"fence".as_slice()),
        class: None,
    };
    ctx.require("CNV-033", "and nothing was left for it", expect_eq(&expected, &outsider.item()));
    Ok(())
}

/// Whether the next outcome refuses this number with this code.
fn refused(session: &mut Session<'_>, client_seq: u64, code: Code) -> Judged {
    expect_eq(&Seen::Refused(client_seq, code), &session.outcome())
}

/// The twin of a refusal: the conversation is where it was, since a message that is taken now has the next number, and reaches
/// the members, who got nothing before it.
fn goes_on(
    ctx: &Ctx,
    id: &'static str,
    talk: &Talk,
    sender: &mut Session<'_>,
    others: &mut [&mut Session<'_>],
) -> Result<(), Halt> {
    let said = sender.says(talk)?;
    ctx.require(
        id,
        "the conversation is where it was: the sender's place is the next",
        sender.gets(&said.own),
    );
    for other in others {
        let what = format!("{} gets the next message, and nothing before it", other.device.name);
        ctx.require(id, &what, other.gets(&said.message));
    }
    Ok(())
}
