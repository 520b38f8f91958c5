//! The devices of every world, and their registration by the rules of the home.

use std::sync::{Arc, OnceLock};

use pinnace_home::memory::Committed;
use pinnace_home::{
    self as home, AccountId, ClientMark, CodeRequest, ConfirmRequest, DeviceId, DeviceList, E164,
    EnrolRequest, HelloCounter, HelloDone, HelloRequest, ListRequest, ListVersion, MailboxMark, MethodDone,
    MethodRequest, RegisterRequest, Replace, Resumed, Rules, Session,
};

use crate::store;

/// The time of every world, in Unix milliseconds. It stands still: what time does is not modelled.
pub(crate) const NOW_MS: u64 = 1_000_000_000_000;

/// Devices that can play.
const DEVICES_MAX: usize = 6;

/// How long codes and certificates hold, in seconds.
const WEEK_S: u64 = 604_800;

/// The static key of a device.
pub(crate) fn key(index: usize) -> [u8; 32] {
    [u8::try_from(index).unwrap_or(u8::MAX); 32]
}

/// The ids of the devices, by index.
fn ids() -> &'static [DeviceId] {
    static IDS: OnceLock<Vec<DeviceId>> = OnceLock::new();
    IDS.get_or_init(|| (0..DEVICES_MAX).map(|index| home::device_id(&key(index))).collect())
}

/// The id of a device.
pub(crate) fn id(index: usize) -> DeviceId {
    ids().get(index).copied().unwrap_or_else(|| home::device_id(&key(index)))
}

/// The index of the device with this id.
pub(crate) fn index(device: DeviceId) -> Option<usize> {
    ids().iter().position(|id| *id == device)
}

/// What a message says: its sender, and the number that it had there.
pub(crate) fn letter(message: &home::Message) -> Option<(usize, u64)> {
    Some((index(message.from)?, u64::from(*message.payload.first()?)))
}

/// The rows of a server with so many registered devices; `None` for more than can play.
pub(crate) fn rows(count: usize, rules: &Rules) -> Option<Arc<Committed>> {
    let mut rows = Committed::default();
    for index in 0..count {
        register(&mut rows, rules, index)?;
    }
    (count <= DEVICES_MAX).then(|| Arc::new(rows))
}

/// The account of a device; each has its own.
pub(crate) fn account(index: usize) -> AccountId {
    AccountId::new([u8::try_from(index).unwrap_or(u8::MAX); 16])
}

/// The same rows with a session of each device, the lists of their accounts in force. Gives the sessions.
pub(crate) fn with_lists(rows: &mut Committed, count: usize, rules: &Rules) -> Option<Vec<Session>> {
    let mut sessions = Vec::new();
    for index in 0..count {
        let request = HelloRequest {
            static_key: key(index),
            hello_counter: HelloCounter::new(2)?,
            settled: ClientMark::new(0)?,
            cursor: MailboxMark::NOTHING,
        };
        let done = store::run_alone(rows, rules, |view| home::hello(view, rules, NOW_MS, &request))?;
        let HelloDone::Registered(Resumed { session, .. }) = done else { return None };
        let mut confirm = ConfirmRequest { session, cursor: MailboxMark::NOTHING, ranges: Vec::new() };
        store::run_alone(rows, rules, |view| home::confirm(view, NOW_MS, &mut confirm))?;
        let list = DeviceList {
            account: account(index),
            list_version: ListVersion::new(1)?,
            previous: [0; 32],
            devices: vec![id(index)],
            // The shell has judged the list; the rules only keep it.
            octets: vec![1],
        };
        let request = ListRequest { session, list };
        store::run_alone(rows, rules, |view| home::list_publish(view, rules, &request))?;
        sessions.push(session);
    }
    Some(sessions)
}

fn register(rows: &mut Committed, rules: &Rules, index: usize) -> Option<()> {
    let (device, number) = (id(index), E164::parse(&format!("+4912345678{index:02}"))?);
    let before_ms = NOW_MS.saturating_sub(WEEK_S.saturating_mul(1_000));
    let request = RegisterRequest { device, number, replace: Replace::Refuse };
    store::run_alone(rows, rules, |view| home::register(view, rules, before_ms, &request))?;
    let digits = b"123456".to_vec();
    let request = MethodRequest { device, number, method: *rules.methods.first()?, digits };
    let sent = store::run_alone(rows, rules, |view| home::method(view, rules, before_ms, &request))?;
    let MethodDone::Send { code, .. } = sent else { return None };
    let later_ms = before_ms.saturating_add(rules.code_wait_ms);
    let request = CodeRequest { device, number, code };
    store::run_alone(rows, rules, |view| home::code(view, rules, later_ms, &request))?;
    let request = EnrolRequest {
        static_key: key(index),
        hello_counter: HelloCounter::new(1)?,
        number,
        account: account(index),
        not_after_s: NOW_MS / 1_000 + WEEK_S,
        // The shell has judged the certificate; the rules only keep it.
        certificate: vec![1],
    };
    store::run_alone(rows, rules, |view| home::enrol(view, rules, later_ms, &request))?;
    Some(())
}
