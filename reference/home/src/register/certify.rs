//! REGISTER_DEVICE: a device with a verified number joins an account.

use alloc::vec::Vec;

use super::{Desk, Replace, Stage};
use crate::codec::Row;
use crate::outbox::emit;
use crate::row::{self, AccountOf, AccountRow, DeviceRecord, Effect};
use crate::{
    AccountId, DeviceId, E164, Fault, HelloCounter, Owner, Rules, Step, Table, View, device_id, key,
};
use pinnace_fault as fault;

/// A REGISTER_DEVICE. The caller has checked the certificate: signature, derived ids, the session's static key, expiry
/// (REG-014 to REG-017).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnrolRequest {
    /// The session's static key, which the certificate names.
    pub static_key: [u8; 32],
    /// The counter of the session's HELLO: the device's first one (REG-030).
    pub hello_counter: HelloCounter,
    /// The number of the registration.
    pub number: E164,
    /// The account that the certificate names.
    pub account: AccountId,
    /// When the certificate ends, in Unix seconds.
    pub not_after_s: u64,
    /// The certificate.
    pub certificate: Vec<u8>,
}

/// The answer to a REGISTER_DEVICE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnrolDone {
    /// The device is registered (REG-018).
    Registered {
        /// Its account.
        account: AccountId,
        /// The device.
        device: DeviceId,
    },
    /// The number is not verified, or the registration is over: CLOSE with OUT_OF_STATE (REG-013).
    NotVerified,
    /// The number belongs to another account (REG-020).
    NumberTaken,
    /// The account has as many devices as it may (REG-023).
    DeviceLimit,
    /// The device is another account's.
    CertificateInvalid,
}

/// Registers a device: binds the number, and sends the device to its account; both follow as effects.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn enrol<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &EnrolRequest,
) -> Result<Step<EnrolDone>, Fault<V::Error>> {
    let device = device_id(&request.static_key);
    let mut desk = Desk::open(view, request.number, device)?;
    let Some(row) = desk.registration(now_ms)?.filter(|row| row.stage == Stage::Verified) else {
        return Ok(Step::plain(EnrolDone::NotVerified));
    };
    if desk.is_of_another_account(device, request.account)? {
        return Ok(Step::plain(EnrolDone::CertificateInvalid));
    }
    let binding_key = key::row(desk.owner(), Table::Binding);
    let binding: Option<AccountOf> = row::get(desk.view, Table::Binding, &binding_key)?;
    let other = binding.map(|AccountOf(account)| account).filter(|account| *account != request.account);
    let is_asked_for = row.replace == Replace::Take && !fault::registration::REPLACE_IGNORED.is_on();
    if other.is_some() && !is_asked_for && !fault::registration::NUMBER_TAKEN_UNCHECKED.is_on() {
        return Ok(Step::plain(EnrolDone::NumberTaken));
    }
    if desk.is_full(rules, device, request.account)? {
        return Ok(Step::plain(EnrolDone::DeviceLimit));
    }
    desk.view.put(binding_key, AccountOf(request.account).encode());
    let registration_key = desk.registration_key();
    desk.view.delete(registration_key);
    let other = other.filter(|_| !fault::registration::REPLACED_STAY.is_on());
    let (account, evicted) = (request.account, other.map(|account| Effect::Evict { account }));
    let events = desk.emit_all(evicted.into_iter().chain([Effect::Join(record(request, now_ms))]));
    Ok(Step { answer: EnrolDone::Registered { account, device }, events })
}

fn record(request: &EnrolRequest, now_ms: u64) -> DeviceRecord {
    DeviceRecord {
        account: request.account,
        static_key: request.static_key,
        hello_counter: request.hello_counter,
        registered_s: now_ms / 1_000,
        not_after_s: request.not_after_s,
        certificate: request.certificate.clone(),
    }
}

impl<V: View> Desk<'_, V> {
    /// Whether the device belongs to another account. It is another owner: what is seen is advice, and the effects look
    /// again.
    fn is_of_another_account(&self, device: DeviceId, account: AccountId) -> Result<bool, Fault<V::Error>> {
        let key = key::row(Owner::Device(device), Table::Device);
        let known: Option<DeviceRecord> = row::peek(self.view, Table::Device, &key)?;
        Ok(known.is_some_and(|known| known.account != account))
    }

    /// Whether the account has no room for a further device: advice again.
    fn is_full(&self, rules: &Rules, device: DeviceId, account: AccountId) -> Result<bool, Fault<V::Error>> {
        let key = key::row(Owner::Account(account), Table::Account);
        let row: Option<AccountRow> = row::peek(self.view, Table::Account, &key)?;
        let devices = row.unwrap_or_default().devices;
        let is_member = devices.iter().any(|entry| entry.device == device);
        let count = u64::try_from(devices.len()).unwrap_or(u64::MAX);
        let is_full = rules.devices_per_account_max <= count;
        Ok(!is_member && is_full && !fault::registration::DEVICES_UNLIMITED.is_on())
    }

    fn emit_all(&mut self, effects: impl Iterator<Item = Effect>) -> Vec<crate::Event> {
        let owner = self.owner();
        let events =
            effects.map(|effect| emit(self.view, owner, &mut self.attempts.outbox_next, &effect)).collect();
        self.put_attempts();
        events
    }
}
