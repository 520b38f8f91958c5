//! Words that the chapters share.

use crate::ctx::Ctx;
use crate::peer::seen::Refusal;
use core::time::Duration;

use crate::case::{Case, CaseResult, Halt, Level, Need};
use crate::check::{Judged, Mismatch};
use crate::peer::{Code, Device, Opening, Seen, Session};

/// A case of profile core whose devices are registered.
pub(super) fn case(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    run: impl Fn(&Ctx) -> CaseResult + Send + Sync + 'static,
) -> Case {
    Case { needs: &[Need::Code], ..anonymous(id, title, requirements, run) }
}

/// A case of profile core that registers nobody.
pub(super) fn anonymous(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    run: impl Fn(&Ctx) -> CaseResult + Send + Sync + 'static,
) -> Case {
    let run = Box::new(run);
    Case { id, title, requirements, profile: "core", level: Level::Must, needs: &[], run }
}

/// A case of profile devices.
pub(super) fn of_devices(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    run: impl Fn(&Ctx) -> CaseResult + Send + Sync + 'static,
) -> Case {
    Case { profile: "devices", ..case(id, title, requirements, run) }
}

/// The same case with other needs.
pub(super) fn needing(needs: &'static [Need], case: Case) -> Case {
    Case { needs, ..case }
}

/// An open session of a device, confirmed.
pub(super) fn open<'a>(ctx: &'a Ctx, device: &'a Device) -> Result<Session<'a>, Halt> {
    Opening::new(ctx, device).open()
}

/// The control of a negative case where the twin is a frame that the session takes.
pub(super) fn taken(ctx: &Ctx, session: &mut Session<'_>) -> Result<(), Halt> {
    ctx.control("without the fault the session goes on", session.is_alive())
}

/// The other session of a negative case: it lives on, and nothing came in it.
pub(super) fn untouched(ctx: &Ctx, session: &mut Session<'_>) {
    ctx.require("ERR-004", "another session lives on and hears nothing of it", session.is_quiet());
}

/// Whether that is ERROR with this code for this frame.
pub(super) fn is_error(code: Code, frame_type: u64, subject: u64, seen: &Seen) -> Judged {
    match seen {
        Seen::Error(Refusal { code: c, frame_type: f, subject: s, .. })
            if (*c, *f, *s) == (code, frame_type, subject) =>
        {
            Ok(())
        }
        other => Err(Mismatch::new(
            format!("ERROR {code:?} of frame type {frame_type}, subject {subject}"),
            format!("{other:?}"),
        )),
    }
}

/// Whether that is ERROR with this code, whatever else it tells.
pub(super) fn has_code(code: Code, seen: &Seen) -> Judged {
    match seen {
        Seen::Error(Refusal { code: heard, .. }) if *heard == code => Ok(()),
        other => Err(Mismatch::new(format!("ERROR {code:?}"), format!("{other:?}"))),
    }
}

/// A statement that holds or not, in words.
pub(super) fn holds(is_so: Holds, expected: &str, seen: impl core::fmt::Debug) -> Judged {
    match is_so {
        Holds::Yes => Ok(()),
        Holds::No => Err(Mismatch::new(expected, format!("{seen:?}"))),
    }
}

/// Whether a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
}

impl From<bool> for Holds {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

/// Lets a limit of the target pass, in milliseconds, and a bit more for its clock.
pub(super) fn wait_out(ctx: &Ctx, limit_ms: u64) -> Result<(), Halt> {
    ctx.pause(Duration::from_millis(limit_ms.saturating_add(limit_ms / 8).saturating_add(30)))
}

/// The longest wait that a run without `--slow` pays for piece by piece.
const PIECES_MAX: Duration = Duration::from_secs(3);

/// Lets time pass while sessions are kept from falling idle.
pub(super) fn outlast(ctx: &Ctx, wait: Duration, sessions: &mut [&mut Session<'_>]) -> Result<(), Halt> {
    // A piece above a second is what a run without patience refuses.
    let piece = if wait > PIECES_MAX { Duration::from_secs(2) } else { Duration::from_millis(200) };
    let end = ctx.now().saturating_add(wait);
    while ctx.now() < end {
        ctx.pause(piece)?;
        for session in &mut *sessions {
            let name = &session.device.name;
            ctx.control(&format!("the session of {name} is open"), session.is_alive())?;
        }
    }
    Ok(())
}

/// How many messages a row may have that is sent at once to one device: as many as wanted, within the window
/// and the mailbox that WELCOME tells (LIM-005). Half of the first credit has been granted anew when a row has its outcomes.
pub(super) fn row_len(session: &Session<'_>, wanted: u64) -> u64 {
    let welcome = session.welcome();
    let bounds =
        [welcome.limit("inflight_max"), welcome.limit("mailbox_items_max"), welcome.limit("send_burst")];
    bounds.into_iter().chain([welcome.credit_count.div_ceil(2)]).fold(wanted, u64::min)
}

/// A limit as the target file declares it, else its default.
pub(super) fn declared(ctx: &Ctx, name: &str) -> u64 {
    let default = || pinnace_spec::limits().ok().and_then(|limits| limits.named(name)).map(|l| l.default);
    ctx.endpoint().timers.get(name).copied().or_else(default).unwrap_or(u64::MAX)
}
