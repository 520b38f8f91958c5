//! Aliases.

use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, open, taken, untouched};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::seen::Payload;
use crate::peer::{Code, Opening, Seen, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
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
    let seen = Opening::new(ctx, &alice).with(|opening| opening.early = early).attempt()?.first;
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
    alice.client_seq.set(2);
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
