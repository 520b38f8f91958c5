//! Stocks that are full.

use super::stock::alone;
use super::{between, has, made, made_last, told, told_last};
use crate::case::{Case, CaseResult, Halt};
use crate::cases::words::{is_error, of_devices};
use crate::check::expect_eq;
use crate::ctx::Ctx;
use crate::peer::directory::{claim, stock, stock_last, stocks};
use crate::peer::{Code, Session, ask};

pub(super) fn cases() -> Vec<Case> {
    vec![
        of_devices(
            "KEY-010/1",
            "key_packages_max less one, as many, and one more",
            &["KEY-010"],
            to_the_brim,
        ),
        of_devices("KEY-010/2", "a frame that goes beyond is refused whole", &["KEY-010"], refused_whole),
        of_devices("KEY-010/3", "what is stored or taken does not count", &["KEY-010", "KEY-002"], uncounted),
        of_devices("KEY-010/4", "each suite has a stock of its own", &["KEY-010"], other_suite),
    ]
}

/// What a suite may have, where a case can make as many.
fn most(session: &Session<'_>) -> Result<u64, Halt> {
    let max = session.welcome().limit("key_packages_max");
    if max > 200 {
        return Err(Halt::NotTestable {
            why: format!("a device may have {max} KeyPackages: too many to make"),
        });
    }
    Ok(max)
}

fn full(ctx: &Ctx, session: &mut Session<'_>, octets: &[u8], request: u64, what: &str) {
    let seen = session.ask(octets);
    ctx.require("KEY-010", what, is_error(Code::KEYS_FULL, ask::kind::KEYS_PUBLISH, request, &seen));
}

fn to_the_brim(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let max = most(session)?;
        let (all, more) = (made(ctx, session, 1, "one", max), made(ctx, session, 1, "more", 1));
        let (last, most) = all.split_last().ok_or(Halt::NoAnswer)?;
        let heard = if most.is_empty() { stocks(session)? } else { stock(session, most)? };
        let expected = if most.is_empty() { Vec::new() } else { vec![told(1, most)] };
        ctx.require("KEY-010", "one less is taken", expect_eq(&expected, &heard));
        let heard = stock(session, core::slice::from_ref(last))?;
        ctx.require("KEY-010", "as many are taken", expect_eq(&vec![told(1, &all)], &heard));
        full(ctx, session, &ask::keys_publish(900, &more), 900, "one more is KEYS_FULL");
        ctx.require("KEY-010", "the stock stays", has(session, &[told(1, &all)]));
        Ok(())
    })
}

fn refused_whole(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let max = most(session)?;
        let all = made(ctx, session, 1, "one", max.saturating_sub(1));
        let mut before = if all.is_empty() { Vec::new() } else { stock(session, &all)? };
        let mut more = made(ctx, session, 1, "more", 2);
        more.extend(made(ctx, session, 3, "more", 1));
        full(ctx, session, &ask::keys_publish(900, &more), 900, "two more are KEYS_FULL");
        ctx.require("KEY-010", "none of the frame is stored", has(session, &before));
        let last = made_last(ctx, session, 1, "last");
        let octets = ask::keys_publish_last(901, more.get(..2).unwrap_or_default(), &last);
        full(ctx, session, &octets, 901, "nor with a last resort");
        ctx.require("KEY-010", "which is not stored either", has(session, &before));
        before = stock(session, more.get(..1).unwrap_or_default())?;
        ctx.require("KEY-010", "one of them is taken", has(session, &before));
        Ok(())
    })
}

fn uncounted(ctx: &Ctx) -> CaseResult {
    between(ctx, |target, claimer| {
        let max = most(target)?;
        let all = made(ctx, target, 1, "one", max);
        let expected = stock(target, &all)?;
        let heard = stock(target, &all)?;
        ctx.require("KEY-010", "what is stored does not count", expect_eq(&expected, &heard));
        ctx.require("KEY-002", "and changes nothing", expect_eq(&expected, &heard));
        let heard = stock_last(target, &made_last(ctx, target, 1, "last"))?;
        ctx.require("KEY-010", "nor does a last resort", expect_eq(&vec![told_last(1, &all)], &heard));
        let got: Vec<Vec<u8>> = claim(claimer, target.device.account, 1)?.key_packages().collect();
        let mut frame = got.clone();
        frame.extend(made(ctx, target, 1, "more", 1));
        let left: Vec<Vec<u8>> = all
            .iter()
            .chain(frame.get(1..).unwrap_or_default())
            .filter(|octets| !got.contains(octets))
            .cloned()
            .collect();
        let heard = stock(target, &frame)?;
        ctx.require("KEY-010", "nor what was taken", expect_eq(&vec![told_last(1, &left)], &heard));
        Ok(())
    })
}

fn other_suite(ctx: &Ctx) -> CaseResult {
    alone(ctx, |session| {
        let max = most(session)?;
        let (one, three) = (made(ctx, session, 1, "one", max), made(ctx, session, 3, "one", 2));
        stock(session, &one)?;
        let heard = stock(session, &three)?;
        ctx.require("KEY-010", "both are there", expect_eq(&vec![told(1, &one), told(3, &three)], &heard));
        Ok(())
    })
}
