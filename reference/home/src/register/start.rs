//! REGISTER: a registration starts.

use alloc::vec::Vec;

use pinnace_fault as fault;

use super::{Desk, RegistrationState, Replace, Stage};
use crate::rate::Rate;
use crate::row::{self, AccountOf, RegistrationRow};
use crate::{DeviceId, E164, Event, Fault, Rules, Step, Table, View, key};

/// A REGISTER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RegisterRequest {
    /// The device that the session's static key would be.
    pub device: DeviceId,
    /// The number.
    pub number: E164,
    /// What happens if it belongs to another account.
    pub replace: Replace,
}

/// The answer to a REGISTER.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RegisterDone {
    /// The registration started. Whether the number is taken does not show (REG-024).
    Started(RegistrationState),
    /// Too many registrations of this number (REG-025).
    Rate {
        /// When to try again, 1 to 3,600,000 ms.
        retry_after_ms: u64,
    },
    /// The number's attempts are used up: REGISTRATION_OVER (REG-009, REG-010).
    Over {
        /// When they are forgotten, in ms.
        retry_after_ms: u64,
    },
}

const HOUR_MS: u64 = 3_600_000;

/// Starts a registration, in place of an earlier one of this device for this number.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn register<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &RegisterRequest,
) -> Result<Step<RegisterDone>, Fault<V::Error>> {
    let mut desk = Desk::open(view, request.number, request.device)?;
    let per_hour = rules.registrations_per_number_per_h;
    match Rate::new(per_hour, HOUR_MS, per_hour).take(desk.attempts.rate_full_ns, now_ms) {
        Ok(full_ns) => desk.attempts.rate_full_ns = full_ns,
        Err(_) if fault::registration::REGISTER_UNLIMITED.is_on() => {}
        Err(retry_after_ms) => return Ok(Step::plain(RegisterDone::Rate { retry_after_ms })),
    }
    if fault::registration::ATTEMPTS_PER_REGISTRATION.is_on() {
        desk.attempts.wrong_count = 0;
    }
    let over_for_ms = desk.over_for_ms(rules, now_ms);
    if over_for_ms != 0 {
        return Ok(Step::plain(RegisterDone::Over { retry_after_ms: over_for_ms }));
    }
    let expires_ms = now_ms.saturating_add(rules.registration_ms());
    let row = RegistrationRow {
        stage: Stage::Choosing,
        replace: request.replace,
        started_ms: now_ms,
        expires_ms,
        check_from_ms: 0,
        code: Vec::new(),
    };
    desk.put_registration(&row);
    let wake = desk.wake_at(expires_ms);
    desk.put_attempts();
    let mut state = desk.state(rules, now_ms, &row);
    if fault::registration::TAKEN_NUMBER_SHOWS.is_on() && desk.is_taken()? {
        state.methods.truncate(1);
    }
    Ok(Step { answer: RegisterDone::Started(state), events: wake.into_iter().collect() })
}

impl<V: View> Desk<'_, V> {
    /// Whether the number belongs to an account: nothing may depend on it before the number is verified (REG-024).
    fn is_taken(&self) -> Result<bool, Fault<V::Error>> {
        let binding_key = key::row(self.owner(), Table::Binding);
        Ok(row::get::<AccountOf, V>(self.view, Table::Binding, &binding_key)?.is_some())
    }

    /// Asks for a sweep of the number, unless one is wanted already: it will ask for the next.
    pub(super) fn wake_at(&mut self, at_ms: u64) -> Option<Event> {
        if self.attempts.timer_ms != 0 {
            return None;
        }
        self.attempts.timer_ms = at_ms.max(1);
        let key = key::timer(self.attempts.timer_ms, self.owner());
        self.view.put(key, Vec::new());
        Some(Event::Wake(self.attempts.timer_ms))
    }
}
