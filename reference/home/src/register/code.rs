//! REGISTER_CODE: a code is checked.

use alloc::vec::Vec;

use pinnace_fault as fault;
use subtle::ConstantTimeEq;

use super::{Desk, RegistrationState, Stage, wait};
use crate::{DeviceId, E164, Fault, Rules, Step, View};

/// A REGISTER_CODE.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeRequest {
    /// The device that the session's static key would be.
    pub device: DeviceId,
    /// The number of its registration.
    pub number: E164,
    /// What the person typed.
    pub code: Vec<u8>,
}

/// The answer to a REGISTER_CODE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CodeDone {
    /// The number is verified (REG-012).
    Verified(RegistrationState),
    /// The code is wrong; the state has one attempt less (REG-008).
    Wrong(RegistrationState),
    /// No code is out, or it may not be checked yet; no attempt was used (REG-011).
    TooSoon {
        /// When it may, in ms.
        retry_after_ms: u64,
    },
    /// The registration expired, or the number's attempts are used up (REG-009).
    Over {
        /// When another one may start, in ms.
        retry_after_ms: u64,
    },
}

/// Checks a code. How long that takes does not depend on which digits are right.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn code<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &CodeRequest,
) -> Result<Step<CodeDone>, Fault<V::Error>> {
    let mut desk = Desk::open(view, request.number, request.device)?;
    let Some(mut row) = desk.open_registration(rules, now_ms)? else {
        return Ok(Step::plain(CodeDone::Over { retry_after_ms: desk.over_for_ms(rules, now_ms) }));
    };
    match row.stage {
        Stage::Choosing => return Ok(Step::plain(CodeDone::TooSoon { retry_after_ms: rules.code_wait_ms })),
        Stage::Verified if fault::registration::VERIFIED_ONCE.is_on() => {
            return Ok(Step::plain(CodeDone::Over { retry_after_ms: 0 }));
        }
        Stage::Verified => return Ok(Step::plain(CodeDone::Verified(desk.state(rules, now_ms, &row)))),
        Stage::Waiting => {}
    }
    let retry_after_ms = wait(row.check_from_ms, now_ms);
    if retry_after_ms != 0 && !fault::registration::CODE_WAIT_IGNORED.is_on() {
        if fault::registration::EARLY_CODE_COUNTED.is_on() {
            desk.count_wrong(rules, now_ms);
            desk.put_attempts();
        }
        return Ok(Step::plain(CodeDone::TooSoon { retry_after_ms }));
    }
    if bool::from(row.code.ct_eq(&request.code)) || fault::registration::CODE_UNCHECKED.is_on() {
        if fault::registration::RIGHT_CODE_UNHEARD.is_on() {
            return Ok(Step::plain(CodeDone::Verified(desk.state(rules, now_ms, &row))));
        }
        row.stage = Stage::Verified;
        row.code.clear();
        if !fault::registration::ATTEMPTS_KEPT_AFTER_SUCCESS.is_on() {
            desk.attempts.wrong_count = 0;
        }
        desk.put_attempts();
        desk.put_registration(&row);
        return Ok(Step::plain(CodeDone::Verified(desk.state(rules, now_ms, &row))));
    }
    if !fault::registration::WRONG_CODE_FREE.is_on() {
        desk.count_wrong(rules, now_ms);
    }
    if fault::registration::WRONG_CODE_DEAR.is_on() {
        desk.count_wrong(rules, now_ms);
    }
    desk.put_attempts();
    row.check_from_ms = now_ms.saturating_add(rules.code_wait_ms);
    desk.put_registration(&row);
    Ok(Step::plain(CodeDone::Wrong(desk.state(rules, now_ms, &row))))
}
