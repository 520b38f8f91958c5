//! Accounts: who has a number, and which devices.

use super::{registered, usurper};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{case, has_code, open};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::{offered_method, people, register, stage, verify, wait_for_code};
use crate::peer::{Code, Device, Opening, Seen, closed_with, say};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("REG-020/1", "another account's number is NUMBER_TAKEN", &["REG-020", "ERR-001"], number_taken),
        case(
            "REG-021/1",
            "with replace the number moves and the old devices are gone",
            &["REG-021", "REG-022", "DLV-009"],
            replace,
        ),
        case(
            "REG-021/2",
            "a message to a device that was removed is UNKNOWN_DEVICE",
            &["REG-021", "DLV-010"],
            gone_device,
        ),
        case(
            "REG-023/1",
            "a device beyond devices_per_account_max is DEVICE_LIMIT",
            &["REG-023"],
            device_limit,
        ),
        case("REG-026/1", "DEVICES_QUERY tells the own device under the same request", &["REG-026"], devices),
        case(
            "REG-028/1",
            "a second device of the identity joins the account",
            &["REG-028", "REG-026"],
            sibling,
        ),
    ]
}

fn number_taken(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let mallory = usurper(ctx, &alice);
    let mut session = [open(ctx, &mallory)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&mallory.certificate().signed(&mallory.identity, &realm))]);
    let seen = session.hear();
    ctx.require("REG-020", "it is NUMBER_TAKEN", has_code(Code::NUMBER_TAKEN, &seen));
    ctx.require("ERR-001", "the session goes on", session.is_quiet());
    let next = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-020", "the owner stays registered", registered(&next));
    Ok(())
}

/// Registers `mallory` in place of whoever has the number.
fn take_number(ctx: &Ctx, mallory: &Device) -> Result<Seen, Halt> {
    let mut session = open(ctx, mallory)?;
    session.say(&[&say::register_replacing(&mallory.e164)]);
    let choosing = stage(&mut session, 1)?;
    session.say(&[&say::register_method(offered_method(ctx, &choosing)?)]);
    let out = stage(&mut session, 2)?;
    let code = ctx.code(&mallory.e164)?;
    wait_for_code(ctx, out.code_wait_ms)?;
    session.say(&[&say::register_code(&code)]);
    stage(&mut session, 3)?;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&mallory.certificate().signed(&mallory.identity, &realm))]);
    Ok(session.hear())
}

fn replace(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &bob)?;
    let mut old = open(ctx, &alice)?;
    sender.deliver(alice.id, b"never taken")?;
    ctx.control("the old device has the message on offer", old.hears(b"never taken"))?;
    let mallory = usurper(ctx, &alice);
    let seen = take_number(ctx, &mallory)?;
    let expected = Seen::Registered { account: mallory.account, device: mallory.id };
    ctx.require("REG-021", "the new account gets the number", expect_eq(&expected, &seen));
    let close = old.closing();
    ctx.require("REG-022", "the old device's session is closed", closed_with(Code::DEVICE_GONE, &close));
    let receipt = sender.item();
    let judged = match &receipt {
        Seen::Receipt { status: 4, ranges, .. } if *ranges == [(1, 1)] => Ok(()),
        other => Err(Mismatch::new("RECEIPT of status device_gone for 1", format!("{other:?}"))),
    };
    ctx.require("DLV-009", "the sender is told why its message was not delivered", judged);
    let again = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-021", "the old device is unknown", expect_eq(&0, &again.welcome().standing));
    Ok(())
}

fn gone_device(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let mut sender = open(ctx, &bob)?;
    sender.deliver(alice.id, b"while it is there")?;
    let mallory = usurper(ctx, &alice);
    let seen = take_number(ctx, &mallory)?;
    let expected = Seen::Registered { account: mallory.account, device: mallory.id };
    ctx.require("REG-021", "the new account gets the number", expect_eq(&expected, &seen));
    let client_seq = sender.send(alice.id, b"to nobody");
    let outcome = sender.outcome();
    ctx.require(
        "DLV-010",
        "it is UNKNOWN_DEVICE",
        expect_eq(&Seen::Refused(client_seq, Code::UNKNOWN_DEVICE), &outcome),
    );
    Ok(())
}

fn device_limit(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let session = open(ctx, &alice)?;
    let max = session.welcome().limit("devices_per_account_max");
    if max > 16 {
        return Err(Halt::NotTestable {
            why: format!("an account may have {max} devices: too many to register"),
        });
    }
    let siblings: Vec<Device> =
        (1..max).map(|index| Device::sibling(ctx, &format!("sibling {index}"), &alice)).collect();
    register(ctx, &siblings.iter().collect::<Vec<_>>())?;
    let one_more = Device::sibling(ctx, "one more", &alice);
    let mut session = [open(ctx, &one_more)?];
    verify(ctx, &mut session)?;
    let [mut session] = session;
    let realm = ctx.endpoint().realm;
    session.say(&[&say::register_device(&one_more.certificate().signed(&one_more.identity, &realm))]);
    let seen = session.hear();
    ctx.require("REG-023", "it is DEVICE_LIMIT", has_code(Code::DEVICE_LIMIT, &seen));
    Ok(())
}

fn devices(ctx: &Ctx) -> CaseResult {
    let [alice, bob] = people(ctx, ["alice", "bob"])?;
    let _other_account = bob;
    let mut session = open(ctx, &alice)?;
    session.say(&[&say::devices_query(4_000_000_000)]);
    let seen = session.hear();
    let expected = Seen::Devices { request: 4_000_000_000, devices: vec![alice.id] };
    ctx.require("REG-026", "the own account's devices, nobody else's", expect_eq(&expected, &seen));
    Ok(())
}

fn sibling(ctx: &Ctx) -> CaseResult {
    let [alice] = people(ctx, ["alice"])?;
    let second = Device::sibling(ctx, "second", &alice);
    register(ctx, &[&second])?;
    let mut session = open(ctx, &second)?;
    ctx.require("REG-028", "it is registered", registered(&session));
    session.say(&[&say::devices_query(1)]);
    let seen = session.hear();
    let mut expected = vec![alice.id, second.id];
    expected.sort_unstable();
    let mut listed = match &seen {
        Seen::Devices { devices, .. } => devices.clone(),
        _ => Vec::new(),
    };
    listed.sort_unstable();
    ctx.require("REG-026", "both are devices of the account", expect_eq(&expected, &listed));
    ctx.require("REG-028", "it stands beside the first one", expect_eq(&expected, &listed));
    let first = Opening::new(ctx, &alice).attempt()?;
    ctx.require("REG-028", "the first one stays", registered(&first));
    Ok(())
}
