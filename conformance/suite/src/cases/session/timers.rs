//! Sessions that nobody confirms, and sessions on which nothing comes.

use core::time::Duration;

use crate::case::{Case, CaseResult, Need};
use crate::cases::words::{anonymous, needing, open, taken, wait_out};
use crate::ctx::Ctx;
use crate::peer::{Code, Confirm, Device, Opening, closed_with};

pub(super) fn cases() -> Vec<Case> {
    vec![
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
        needing(
            &[Need::Timer("idle_ms")],
            anonymous(
                "SES-019/2",
                "a session on which records come stays open beyond idle_ms",
                &["SES-019"],
                not_idle,
            ),
        ),
    ]
}

fn never_confirmed(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = Opening::new(ctx, &device).with(|opening| opening.confirm = Confirm::Later).open()?;
    wait_out(ctx, session.welcome().limit("confirm_ms"))?;
    let seen = session.hear();
    ctx.require("SES-013", "it is closed with IDLE", closed_with(Code::IDLE, &seen));
    Ok(())
}

fn not_idle(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    taken(ctx, &mut session)?;
    let idle_ms = session.welcome().limit("idle_ms");
    for _ in 0..3 {
        ctx.pause(Duration::from_millis(idle_ms / 2))?;
        session.say(&[]);
    }
    ctx.require("SES-019", "an empty record is one, too", session.is_alive());
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
