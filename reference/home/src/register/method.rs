//! REGISTER_METHOD: a code is sent.

use alloc::vec::Vec;

use super::{Desk, MethodOffer, RegistrationState, Stage, wait};
use crate::row::{AttemptsRow, RegistrationRow};
use crate::{DeviceId, E164, Fault, Rules, Step, View};
use pinnace_fault as fault;

/// A REGISTER_METHOD, and the digits that chance gave.
#[derive(Clone, PartialEq, Eq)]
pub struct MethodRequest {
    /// The device that the session's static key would be.
    pub device: DeviceId,
    /// The number of its registration.
    pub number: E164,
    /// The method that was chosen.
    pub method: u64,
    /// Random ASCII digits, `code_len` of them: the code, if one is sent.
    pub digits: Vec<u8>,
}

/// The answer to a REGISTER_METHOD.
#[derive(Clone, PartialEq, Eq)]
pub enum MethodDone {
    /// Hand the code to the gateway, then tell the state (REG-007).
    Send {
        /// The state, stage waiting.
        state: RegistrationState,
        /// The code.
        code: Vec<u8>,
    },
    /// The method was not offered (REG-005), or the number is verified already.
    Unavailable,
    /// The method's wait is not over (REG-006).
    TooSoon {
        /// When it will be, in ms.
        retry_after_ms: u64,
    },
    /// There is no registration any more (REG-009).
    Over {
        /// When another one may start, in ms.
        retry_after_ms: u64,
    },
}

/// When a method may be asked for, in Unix milliseconds: the first of the ladder at once, the others later, and none too
/// soon after the last code that was sent to the number.
fn open_from_ms(rules: &Rules, attempts: &AttemptsRow, row: &RegistrationRow, rung: usize) -> u64 {
    let first_ms =
        if rung == 0 { row.started_ms } else { row.started_ms.saturating_add(rules.method_wait_ms) };
    if attempts.sent_ms == 0 {
        first_ms
    } else {
        first_ms.max(attempts.sent_ms.saturating_add(rules.method_wait_ms))
    }
}

/// The ladder, with what is left of each wait.
pub(super) fn offers(
    rules: &Rules,
    now_ms: u64,
    attempts: &AttemptsRow,
    row: &RegistrationRow,
) -> Vec<MethodOffer> {
    if fault::registration::METHODS_MISSING.is_on() {
        return Vec::new();
    }
    let offer = |(rung, method): (usize, &u64)| {
        let wait_ms = wait(open_from_ms(rules, attempts, row, rung), now_ms);
        MethodOffer { method: *method, wait_ms }
    };
    rules.methods.iter().enumerate().map(offer).collect()
}

/// Sends a code, in place of an earlier one. If the gateway does not take it, [`retract`] undoes that.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn method<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &MethodRequest,
) -> Result<Step<MethodDone>, Fault<V::Error>> {
    let mut desk = Desk::open(view, request.number, request.device)?;
    let Some(mut row) = desk.open_registration(rules, now_ms)? else {
        return Ok(Step::plain(MethodDone::Over { retry_after_ms: desk.over_for_ms(rules, now_ms) }));
    };
    let rung = rules.methods.iter().position(|method| *method == request.method);
    let rung = rung.or_else(|| fault::registration::METHOD_UNLISTED_TAKEN.is_on().then_some(0));
    // A verified number offers no methods any more.
    let Some(rung) = rung.filter(|_| row.stage != Stage::Verified) else {
        return Ok(Step::plain(MethodDone::Unavailable));
    };
    let retry_after_ms = wait(open_from_ms(rules, &desk.attempts, &row, rung), now_ms);
    if retry_after_ms != 0 && !fault::registration::METHOD_WAIT_IGNORED.is_on() {
        return Ok(Step::plain(MethodDone::TooSoon { retry_after_ms }));
    }
    row.stage = Stage::Waiting;
    row.check_from_ms = now_ms.saturating_add(rules.code_wait_ms);
    let first = row.code.clone();
    row.code.clone_from(&request.digits);
    desk.attempts.sent_ms = now_ms;
    desk.put_attempts();
    if fault::registration::FIRST_CODE_STAYS.is_on() && !first.is_empty() {
        desk.put_registration(&RegistrationRow { code: first, ..row.clone() });
    } else {
        desk.put_registration(&row);
    }
    let state = desk.state(rules, now_ms, &row);
    Ok(Step::plain(MethodDone::Send { state, code: row.code }))
}

/// A code that the gateway did not take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetractRequest {
    /// The device that the session's static key would be.
    pub device: DeviceId,
    /// The number of its registration.
    pub number: E164,
}

/// Takes back a code that never went out: no code is out then, and no wait begins.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn retract<V: View>(
    view: &mut V,
    now_ms: u64,
    request: RetractRequest,
) -> Result<Step<()>, Fault<V::Error>> {
    let mut desk = Desk::open(view, request.number, request.device)?;
    if let Some(mut row) = desk.registration(now_ms)?.filter(|row| row.stage == Stage::Waiting) {
        row.stage = Stage::Choosing;
        row.check_from_ms = 0;
        row.code.clear();
        desk.attempts.sent_ms = 0;
        desk.put_attempts();
        desk.put_registration(&row);
    }
    Ok(Step::plain(()))
}
