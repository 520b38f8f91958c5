//! Devices that leave with their account, and lists that are put into force.

use super::{Circle, begin, four, isolated, of_conversations, refused};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::open;
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::{register, stage, verify};
use crate::peer::directory::{InForce, in_force, link, offer, relist};
use crate::peer::mls::Delta;
use crate::peer::{Code, Device, Opening, Seen, Talk, ask, say};

pub(super) fn cases() -> Vec<Case> {
    [leaves(), lists()].into_iter().flatten().collect()
}

fn leaves() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-028/1",
            "a device that its account's list leaves out is in no conversation any more",
            &["CNV-028", "CNV-029", "CNV-033"],
            left_by_list,
        ),
        of_conversations(
            "CNV-028/2",
            "a device that lost its number is in no conversation any more",
            &["CNV-028", "CNV-033"],
            lost_number,
        ),
        of_conversations(
            "CNV-028/3",
            "the commit that removes a device from the group may name it after it left",
            &["CNV-028", "CNV-019", "CNV-033"],
            named_after,
        ),
        of_conversations(
            "CNV-028/4",
            "a device that left is out of all conversations at once",
            &["CNV-028", "CNV-033"],
            out_of_all,
        ),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        of_conversations(
            "CNV-018/21",
            "a device that left, added and removed by one commit, is ENVELOPE_INVALID",
            &["CNV-018", "CNV-009", "CNV-033"],
            meeting,
        ),
        of_conversations(
            "CNV-029/1",
            "a device list that is put into force comes to every device, the publisher's too",
            &["CNV-029", "CNV-006", "CNV-033"],
            listed,
        ),
        of_conversations(
            "CNV-029/2",
            "a list that approves a device comes before the commit that adds it",
            &["CNV-029", "CNV-008", "CNV-039", "CNV-033"],
            linked,
        ),
        of_conversations(
            "CNV-029/3",
            "a device list comes in every conversation of the account, and in no other",
            &["CNV-029", "CNV-033"],
            listed_in_all,
        ),
        of_conversations(
            "CNV-029/4",
            "a list that was in force already, or was refused, comes to nobody",
            &["CNV-029", "CNV-033"],
            not_listed,
        ),
    ]
}

/// Alice with two devices, bob, eve.
fn siblings(ctx: &Ctx) -> Result<[Device; 4], Halt> {
    let [alice, bob, eve] = ["alice", "bob", "eve"].map(|name| Device::new(ctx, name));
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&alice, &second, &bob, &eve])?;
    Ok([alice, second, bob, eve])
}

fn left_by_list(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let list = relist(ctx, &mut one, &before, &[&alice])?;
    let entry = talk.listed(&list.octets);
    ctx.require("CNV-029", "the others hear of the list", three.gets(&entry));
    ctx.require("CNV-029", "its publisher, too", one.gets(&entry));
    two.closing();
    let said = three.says(&talk)?;
    ctx.require("CNV-028", "a message goes to those that are left", one.gets(&said.message));
    register(ctx, &[&second])?;
    second.cursor.set(0);
    let mut back = Opening::new(ctx, &second).with(|opening| opening.hello.cursor = 0).open()?;
    ctx.require("CNV-028", "nothing reaches it when it registers again", back.is_quiet());
    second.client_seq.set(back.welcome().handled);
    let client_seq = back.post(talk.id, &talk.message());
    let judged = refused(&mut back, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-028", "and it may not write", judged);
    isolated(ctx, &mut one, &mut outsider)
}

/// Takes the number of a device over with another of an account of its own.
fn replaces(ctx: &Ctx, of: &Device) -> Result<Device, Halt> {
    let thief = Device { e164: of.e164.clone(), ..Device::new(ctx, "thief") };
    let session = Opening::new(ctx, &thief).open()?;
    let mut sessions = [session];
    verify(ctx, &mut sessions)?;
    let [mut session] = sessions;
    let certificate = thief.certificate().signed(&thief.identity, &ctx.endpoint().realm);
    session.say(&[&say::register_device(&certificate)]);
    let first = session.hear();
    if matches!(first, Seen::Error(_)) {
        session.say(&[&say::register_replacing(&thief.e164)]);
        let choosing = stage(&mut session, 1)?;
        let method = crate::peer::account::offered_method(ctx, &choosing)?;
        session.say(&[&say::register_method(method)]);
        let out = stage(&mut session, 2)?;
        let code = ctx.code(&thief.e164)?;
        crate::peer::account::wait_for_code(ctx, out.code_wait_ms)?;
        session.say(&[&say::register_code(&code)]);
        stage(&mut session, 3)?;
        session.say(&[&say::register_device(&certificate)]);
        let seen = session.hear();
        let expected = Seen::Registered { account: thief.account, device: thief.id };
        ctx.control("the number is taken over", expect_eq(&expected, &seen))?;
    }
    drop(session);
    Ok(thief)
}

fn lost_number(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, .. } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let thief = replaces(ctx, &carol)?;
    three.closing();
    let said = one.says(&talk)?;
    ctx.require("CNV-028", "a message goes to the others", two.gets(&said.message));
    let mut session = open(ctx, &thief)?;
    ctx.require("CNV-028", "nothing of it to who has the number now", session.is_quiet());
    let client_seq = session.post(talk.id, &talk.message());
    let judged = refused(&mut session, client_seq, Code::NO_CONVERSATION);
    ctx.require("CNV-028", "who may not write either", judged);
    isolated(ctx, &mut one, &mut outsider)
}

fn named_after(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let list = relist(ctx, &mut one, &before, &[&alice])?;
    let entry = talk.listed(&list.octets);
    two.closing();
    let change = three.changes(&talk, &[], &[second.id])?;
    ctx.require("CNV-028", "the list comes first", one.gets(&entry));
    ctx.require("CNV-028", "then the commit that was taken", one.gets(&change.commit));
    let client_seq = three.commit(talk.id, &talk.commit(&[], &[second.id]), &[]);
    let judged = refused(&mut three, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-019", "it is named once, not for ever", judged);
    isolated(ctx, &mut one, &mut outsider)
}

fn out_of_all(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    let mut talks = vec![talk];
    for label in ["other", "third"] {
        let talk = Talk::group(ctx, &alice, label);
        let begun = one.begins(&talk, &[second.id, bob.id])?;
        ctx.control("it begins", three.gets(&begun.welcome))?;
        talks.push(talk);
    }
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    relist(ctx, &mut one, &before, &[&alice])?;
    two.closing();
    for talk in &talks {
        // It is in the roster no more, so that it can be removed, once, as one that left.
        let client_seq = three.commit(talk.id, &talk.commit(&[], &[second.id]), &[]);
        let seen = three.outcome();
        ctx.require("CNV-028", "it left this one, too", expect_eq(&Seen::Accepted(client_seq), &seen));
        let client_seq =
            three.commit(talk.id, &talk.commit_of(2, &Delta::of(&[], &[second.id])).octets(), &[]);
        let judged = refused(&mut three, client_seq, Code::ENVELOPE_INVALID);
        ctx.require("CNV-028", "and is not in it", judged);
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn listed(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    let mut list = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    for _ in 0..2 {
        list = relist(ctx, &mut two, &list, &[&alice, &second])?;
        let entry = talk.listed(&list.octets);
        let said = three.says(&talk)?;
        for session in [&mut one, &mut two, &mut three] {
            ctx.require("CNV-029", "each gets the list", session.gets(&entry));
        }
        ctx.require("CNV-006", "what follows has the next number", one.gets(&said.message));
        ctx.require("CNV-006", "at the publisher, too", two.gets(&said.message));
        ctx.require("CNV-006", "and at the sender", three.gets(&said.own));
    }
    isolated(ctx, &mut one, &mut outsider)
}

fn linked(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let fresh = Device::sibling(ctx, "fresh", &alice);
    let mut waiting = open(ctx, &fresh)?;
    offer(&mut waiting)?;
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let list = before.next(ctx, &alice, &[&alice, &fresh]);
    link(ctx, &mut one, &fresh, &list)?;
    waiting.closing();
    let mut waiting = open(ctx, &fresh)?;
    let entry = talk.listed(&list.octets);
    let change = two.changes(&talk, &[fresh.id], &[])?;
    for session in [&mut one, &mut three] {
        let judged = session.gets(&entry);
        ctx.require("CNV-029", "the list comes", judged.clone());
        ctx.require("CNV-039", "before the commit", judged.and_then(|()| session.gets(&change.commit)));
    }
    ctx.require("CNV-029", "also to who adds the device", two.gets(&entry));
    ctx.require("CNV-008", "which gets the Welcome", waiting.gets(&change.welcome));
    ctx.require("CNV-029", "and no list of before", waiting.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn listed_in_all(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let with_bob = Talk::group(ctx, &alice, "with bob");
    let begun = one.begins(&with_bob, &[bob.id])?;
    ctx.control("bob is in a second one", two.gets(&begun.welcome))?;
    let without = Talk::group(ctx, &bob, "without alice");
    let begun = two.begins(&without, &[carol.id])?;
    ctx.control("carol in one without alice", three.gets(&begun.welcome))?;
    ctx.control("bob, too", two.gets(&begun.own))?;
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let list = relist(ctx, &mut one, &before, &[&alice])?;
    let entries = [talk.listed(&list.octets), with_bob.listed(&list.octets)];
    let heard: Vec<Seen> = two.items(2);
    let is_there = |wanted: &crate::peer::seen::Entry| {
        heard.iter().any(|seen| matches!(seen, Seen::Entry { entry, .. } if **entry == *wanted))
    };
    let is_so = entries.iter().all(is_there);
    ctx.require("CNV-029", "bob gets it in both", expect_eq(&true, &is_so));
    ctx.require("CNV-029", "and not in the third", two.is_quiet());
    let [first, _] = &entries;
    ctx.require("CNV-029", "carol gets it in the one", three.gets(first));
    ctx.require("CNV-029", "and no other", three.is_quiet());
    isolated(ctx, &mut one, &mut outsider)
}

fn not_listed(ctx: &Ctx) -> CaseResult {
    let [alice, bob, carol, eve] = four(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &bob, &carol, &eve])?;
    let list = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let seen = one.ask(&ask::device_list_publish(900, &list.octets));
    ctx.control("it is in force already", expect_eq(&in_force(900, &list.octets), &seen))?;
    let next: InForce = list.next(ctx, &alice, &[&alice]);
    let mut false_list = next.octets;
    if let Some(octet) = false_list.last_mut() {
        *octet ^= 1;
    }
    let seen = one.ask(&ask::device_list_publish(901, &false_list));
    let is_refused = matches!(seen, Seen::Error(_));
    ctx.control("a false one is refused", expect_eq(&true, &is_refused))?;
    super::goes_on(ctx, "CNV-029", &talk, &mut one, &mut [&mut two, &mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}

fn meeting(ctx: &Ctx) -> CaseResult {
    let [alice, second, bob, eve] = siblings(ctx)?;
    let Circle { talk, members: [mut one, mut two, mut three], mut outsider, lists } =
        begin(ctx, [&alice, &second, &bob, &eve])?;
    let before = lists.into_iter().next().ok_or(Halt::NoAnswer)?;
    let list = relist(ctx, &mut one, &before, &[&alice])?;
    let entry = talk.listed(&list.octets);
    ctx.control("the list comes", one.gets(&entry).and_then(|()| three.gets(&entry)))?;
    two.closing();
    // It may be removed, for it left; and it is not in the roster. What is wrong is that both lists name it.
    let commit = talk.commit(&[second.id], &[second.id]);
    let client_seq = three.commit(talk.id, &commit, &talk.welcome());
    let judged = refused(&mut three, client_seq, Code::ENVELOPE_INVALID);
    ctx.require("CNV-018", "it is refused for its form", judged);
    super::goes_on(ctx, "CNV-009", &talk, &mut one, &mut [&mut three])?;
    isolated(ctx, &mut one, &mut outsider)
}
