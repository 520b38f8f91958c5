//! Registration of a device under a telephone number.
//!
//! Everything here belongs to the number: a registration to number and device, so that nobody disturbs another's; the
//! count of wrong codes to the number alone, so that nobody guesses on (REG-010).

mod certify;
mod code;
mod method;
mod start;
mod sweep;

pub use certify::{EnrolDone, EnrolRequest, enrol};
pub use code::{CodeDone, CodeRequest, code};
pub use method::{MethodDone, MethodRequest, RetractRequest, method, retract};
pub use start::{RegisterDone, RegisterRequest, register};
pub(crate) use sweep::sweep_number;

use alloc::vec::Vec;

use pinnace_fault as fault;

use crate::codec::Row;
use crate::rate::WAIT_MAX_MS;
use crate::row::{self, AttemptsRow, RegistrationRow};
use crate::{DeviceId, E164, Fault, Owner, Rules, Table, View, key};

/// How far a registration has come: the registry `registration_stage`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// No code is out.
    Choosing,
    /// A code is out.
    Waiting,
    /// The number is verified; the certificate is awaited.
    Verified,
}

/// What happens if the number belongs to another account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replace {
    /// The registration is refused (REG-020).
    Refuse,
    /// The number moves, and the other account's devices are removed (REG-021).
    Take,
}

/// A method that is offered, and when it may be asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MethodOffer {
    /// The value of the registry `method`.
    pub method: u64,
    /// From when on, in milliseconds from now.
    pub wait_ms: u64,
}

/// The state of a registration, as REGISTRATION tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegistrationState {
    /// How far it has come.
    pub stage: Stage,
    /// What is offered, best first; none once the number is verified.
    pub methods: Vec<MethodOffer>,
    /// Digits of the code that is out; 0: none.
    pub code_len: u8,
    /// From when on a code is checked, in milliseconds from now.
    pub code_wait_ms: u64,
    /// Wrong codes that are left to the number.
    pub attempts_left: u64,
    /// When the registration ends, in milliseconds from now; at most an hour is told.
    pub expires_in_ms: u64,
}

/// One device's registration under one number, with the number's counters.
struct Desk<'v, V: View> {
    view: &'v mut V,
    number: E164,
    device: DeviceId,
    attempts: AttemptsRow,
}

impl<'v, V: View> Desk<'v, V> {
    fn open(view: &'v mut V, number: E164, device: DeviceId) -> Result<Self, Fault<V::Error>> {
        let attempts = row::get(view, Table::Attempts, &key::row(Owner::Number(number), Table::Attempts))?;
        Ok(Self { view, number, device, attempts: attempts.unwrap_or_default() })
    }

    const fn owner(&self) -> Owner {
        Owner::Number(self.number)
    }

    fn registration_key(&self) -> Vec<u8> {
        key::row_with(self.owner(), Table::Registration, self.device.as_bytes())
    }

    /// The device's registration, unless it is over.
    fn registration(&self, now_ms: u64) -> Result<Option<RegistrationRow>, Fault<V::Error>> {
        let row: Option<RegistrationRow> =
            row::get(self.view, Table::Registration, &self.registration_key())?;
        Ok(row.filter(|row| now_ms < row.expires_ms || fault::registration::REGISTRATION_ENDLESS.is_on()))
    }

    /// The same, where its number has attempts left; a verified number needs none (REG-012).
    fn open_registration(
        &self,
        rules: &Rules,
        now_ms: u64,
    ) -> Result<Option<RegistrationRow>, Fault<V::Error>> {
        let has_attempts =
            self.over_for_ms(rules, now_ms) == 0 || fault::registration::USED_UP_IGNORED.is_on();
        Ok(self.registration(now_ms)?.filter(|row| has_attempts || row.stage == Stage::Verified))
    }

    fn put_registration(&mut self, row: &RegistrationRow) {
        let key = self.registration_key();
        self.view.put(key, row.encode());
    }

    fn put_attempts(&mut self) {
        let key = key::row(self.owner(), Table::Attempts);
        self.view.put(key, self.attempts.encode());
    }

    /// Wrong codes that are left to the number now.
    fn attempts_left(&self, rules: &Rules, now_ms: u64) -> u64 {
        rules.code_attempts_max.saturating_sub(self.wrong_count(rules, now_ms))
    }

    /// Wrong codes within the last `registration_s`, counted from the first of them.
    fn wrong_count(&self, rules: &Rules, now_ms: u64) -> u64 {
        if self.attempts_end_ms(rules) <= now_ms { 0 } else { self.attempts.wrong_count }
    }

    const fn attempts_end_ms(&self, rules: &Rules) -> u64 {
        self.attempts.since_ms.saturating_add(rules.registration_ms())
    }

    fn count_wrong(&mut self, rules: &Rules, now_ms: u64) {
        self.attempts.wrong_count = self.wrong_count(rules, now_ms);
        if self.attempts.wrong_count == 0 {
            self.attempts.since_ms = now_ms;
        }
        self.attempts.wrong_count = self.attempts.wrong_count.saturating_add(1);
    }

    /// How long a registration that is over keeps its number busy: until wrong codes are forgotten.
    fn over_for_ms(&self, rules: &Rules, now_ms: u64) -> u64 {
        if self.attempts_left(rules, now_ms) == 0 { wait(self.attempts_end_ms(rules), now_ms) } else { 0 }
    }

    fn state(&self, rules: &Rules, now_ms: u64, row: &RegistrationRow) -> RegistrationState {
        let methods = match row.stage {
            Stage::Choosing | Stage::Waiting => method::offers(rules, now_ms, &self.attempts, row),
            Stage::Verified => Vec::new(),
        };
        let (code_len, code_wait_ms) = match row.stage {
            Stage::Waiting => {
                (u8::try_from(row.code.len()).unwrap_or(u8::MAX), wait(row.check_from_ms, now_ms))
            }
            Stage::Choosing | Stage::Verified => (0, 0),
        };
        let attempts_left = self.attempts_left(rules, now_ms);
        let expires_in_ms = wait(row.expires_ms, now_ms);
        RegistrationState { stage: row.stage, methods, code_len, code_wait_ms, attempts_left, expires_in_ms }
    }
}

/// Milliseconds from now to then, as the wire can tell them.
fn wait(then_ms: u64, now_ms: u64) -> u64 {
    then_ms.saturating_sub(now_ms).min(WAIT_MAX_MS)
}
