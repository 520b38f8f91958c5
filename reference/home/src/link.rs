//! Linking: a device of an account takes in one that has no number of its own.

use alloc::vec::Vec;

use crate::codec::Row;
use crate::list::{DeviceList, Place, Roll};
use crate::row::{self, DeviceEntry, DeviceRecord, Effect, LinkRow};
use crate::seat::{Seat, seat};
use crate::{
    AccountId, DeviceId, Event, Fault, HelloCounter, Owner, Rows, Rules, Session, Step, Table, View,
    device_id, key,
};
use pinnace_fault as fault;

/// A LINK_OPEN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkOpenRequest {
    /// The session's static key.
    pub static_key: [u8; 32],
    /// The counter of the session's HELLO: the device's first one, once it is linked (REG-030).
    pub hello_counter: HelloCounter,
}

/// The answer to a LINK_OPEN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkOpenDone {
    /// The offer stands: for LINK_OFFER.
    Offered {
        /// For how long, in ms.
        expires_in_ms: u64,
    },
    /// The device was registered meanwhile: there is nothing to offer.
    Registered {
        /// Its account.
        account: AccountId,
    },
}

/// Files or renews the offer of an unregistered device (DEV-014, DEV-023).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn link_open<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: LinkOpenRequest,
) -> Result<Step<LinkOpenDone>, Fault<V::Error>> {
    let _ = run_began_ms(now_ms);
    let owner = Owner::Device(device_id(&request.static_key));
    let record: Option<DeviceRecord> = row::get(view, Table::Device, &key::row(owner, Table::Device))?;
    if let Some(record) = record {
        return Ok(Step::plain(LinkOpenDone::Registered { account: record.account }));
    }
    let link_key = key::row(owner, Table::Link);
    let known: Option<LinkRow> = row::get(view, Table::Link, &link_key)?;
    let expires_in_ms = rules.link_s.saturating_mul(1_000);
    let expires_ms = now_ms.saturating_add(expires_in_ms);
    let mut events = Vec::new();
    // A timer that is set stays where it is: the sweep sets the next one.
    let known = known.filter(|known| now_ms < known.timer_ms);
    let timer_ms = known.map_or(expires_ms, |known| known.timer_ms);
    if known.is_none() {
        view.put(key::timer(timer_ms, owner), Vec::new());
        events.push(Event::Wake(timer_ms));
    }
    let row = LinkRow { expires_ms, timer_ms, hello_counter: request.hello_counter };
    view.put(link_key, row.encode());
    Ok(Step { answer: LinkOpenDone::Offered { expires_in_ms }, events })
}

/// A device certificate that holds: its signature, its derived ids, its expiry (REG-014, REG-016, REG-017).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkedDevice {
    /// The static key that it names.
    pub static_key: [u8; 32],
    /// The account that it names.
    pub account: AccountId,
    /// When it ends, in Unix seconds.
    pub not_after_s: u64,
    /// The certificate.
    pub certificate: Vec<u8>,
}

/// A LINK_APPROVE whose certificate holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkApproveRequest {
    /// Who approves.
    pub session: Session,
    /// The new device.
    pub linked: LinkedDevice,
    /// The list that names it; none where it is not signed by the key that it names.
    pub list: Option<DeviceList>,
}

/// The answer to a LINK_APPROVE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkApproveDone {
    /// The device is linked, and this list is in force: for DEVICE_LIST.
    InForce(Vec<u8>),
    /// The certificate is another account's: CERTIFICATE_INVALID (DEV-020).
    CertificateInvalid,
    /// The list does not hold, or does not name the device: LIST_INVALID (DEV-021).
    ListInvalid,
    /// The list does not follow the one in force: LIST_STALE.
    ListStale,
    /// The account has as many devices as it may: DEVICE_LIMIT (DEV-022).
    DeviceLimit,
    /// The device has no offer that stands: LINK_OVER (DEV-015).
    LinkOver,
    /// A newer session took over: the approval is dropped (SES-016).
    Fenced,
    /// The approving device was removed.
    Gone,
}

/// Links a device: it joins the account, and the list is set, both or neither (DEV-016). The device hears of it by an
/// effect (DEV-017).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn link_approve<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &LinkApproveRequest,
) -> Result<Step<LinkApproveDone>, Fault<V::Error>> {
    let (account, row) = match seat(view, request.session)? {
        Seat::Taken(account, row) => (account, row),
        Seat::Fenced => return Ok(Step::plain(LinkApproveDone::Fenced)),
        Seat::Gone => return Ok(Step::plain(LinkApproveDone::Gone)),
    };
    let linked = &request.linked;
    let device = device_id(&linked.static_key);
    if linked.account != account && !fault::devices::LINK_ACCOUNT_UNCHECKED.is_on() {
        return Ok(Step::plain(LinkApproveDone::CertificateInvalid));
    }
    let mut roll = Roll::open(view, account, row)?;
    let Some(list) = request.list.as_ref().filter(|list| roll.may_say(rules, list, Some(device))) else {
        return Ok(Step::plain(LinkApproveDone::ListInvalid));
    };
    match roll.place(list) {
        // Its answer was lost.
        Place::InForce if roll.row.has(device) => {
            return Ok(Step::plain(LinkApproveDone::InForce(list.octets.clone())));
        }
        Place::InForce | Place::Elsewhere => return Ok(Step::plain(LinkApproveDone::ListStale)),
        Place::Next => {}
    }
    let count = u64::try_from(roll.row.devices.len()).unwrap_or(u64::MAX);
    if rules.devices_per_account_max <= count && !fault::devices::LINK_LIMIT_IGNORED.is_on() {
        return Ok(Step::plain(LinkApproveDone::DeviceLimit));
    }
    let is_free = !roll.row.has(device) || fault::devices::REGISTERED_LINKED.is_on();
    let offer = standing(roll.view, device, now_ms)?.filter(|_| is_free);
    let Some(offer) = offer.filter(|offer| !is_forgotten(rules, now_ms, *offer)) else {
        if fault::devices::REFUSED_LIST_SET.is_on() {
            roll.set(list)?;
            return Ok(Step { answer: LinkApproveDone::LinkOver, events: roll.close() });
        }
        return Ok(Step::plain(LinkApproveDone::LinkOver));
    };
    if !fault::devices::DEVICE_WITHOUT_LIST.is_on() {
        roll.set(list)?;
    }
    let record = DeviceRecord {
        account,
        static_key: linked.static_key,
        hello_counter: offer.hello_counter,
        registered_s: now_ms / 1_000,
        not_after_s: linked.not_after_s,
        certificate: linked.certificate.clone(),
    };
    if !fault::devices::LIST_WITHOUT_DEVICE.is_on() {
        let (registered_s, not_after_s) = (record.registered_s, record.not_after_s);
        roll.row.devices.push(DeviceEntry { device, registered_s, not_after_s });
        roll.emit(&Effect::Link(record));
    }
    Ok(Step { answer: LinkApproveDone::InForce(list.octets.clone()), events: roll.close() })
}

/// The offer of a device that is not registered, while it stands. It is another owner: what is seen is advice, and the
/// effect looks again.
fn standing<V: Rows>(view: &V, device: DeviceId, now_ms: u64) -> Result<Option<LinkRow>, Fault<V::Error>> {
    let owner = Owner::Device(device);
    let record: Option<DeviceRecord> = row::peek(view, Table::Device, &key::row(owner, Table::Device))?;
    let offer: Option<LinkRow> = row::peek(view, Table::Link, &key::row(owner, Table::Link))?;
    let is_imagined = offer.is_none() && fault::devices::UNASKED_LINKED.is_on()
        || record.is_some() && fault::devices::REGISTERED_LINKED.is_on();
    if is_imagined {
        let imagined = |hello_counter| LinkRow { expires_ms: u64::MAX, timer_ms: 0, hello_counter };
        return Ok(HelloCounter::new(1).map(imagined));
    }
    let is_over = |offer: &LinkRow| {
        let is_endless = offer.expires_ms != 0 && fault::devices::OVER_LINKED.is_on();
        offer.expires_ms <= now_ms && !is_endless
    };
    Ok(offer.filter(|offer| record.is_none() && !is_over(offer)))
}

/// When this run of a server saw its first offer or approval, in Unix milliseconds. Only a planted fault asks.
fn run_began_ms(now_ms: u64) -> u64 {
    use core::sync::atomic::{AtomicU64, Ordering};

    static BEGAN_MS: AtomicU64 = AtomicU64::new(u64::MAX);
    if !fault::devices::OFFER_FORGOTTEN.is_on() {
        return 0;
    }
    BEGAN_MS.fetch_min(now_ms, Ordering::Relaxed).min(now_ms)
}

/// Whether a planted fault forgets an offer: an earlier run of the server filed it.
fn is_forgotten(rules: &Rules, now_ms: u64, offer: LinkRow) -> bool {
    let filed_ms = offer.expires_ms.saturating_sub(rules.link_s.saturating_mul(1_000));
    filed_ms < run_began_ms(now_ms)
}

/// Uses up the offer of a device that is registered from now on. Gives the counter of the session that waits.
pub(crate) fn use_up<V: View>(
    view: &mut V,
    device: DeviceId,
) -> Result<Option<HelloCounter>, Fault<V::Error>> {
    let link_key = key::row(Owner::Device(device), Table::Link);
    let Some(offer) = row::get::<LinkRow, V>(view, Table::Link, &link_key)? else {
        return Ok(None);
    };
    if !fault::devices::OFFER_USED_TWICE.is_on() {
        view.put(link_key, LinkRow { expires_ms: 0, ..offer }.encode());
    }
    Ok(Some(offer.hello_counter))
}

/// Deletes an offer whose time has passed, or asks for the next sweep.
pub(crate) fn sweep_link<V: View>(
    view: &mut V,
    now_ms: u64,
    device: DeviceId,
) -> Result<Vec<Event>, Fault<V::Error>> {
    let owner = Owner::Device(device);
    let link_key = key::row(owner, Table::Link);
    let Some(offer) = row::get::<LinkRow, V>(view, Table::Link, &link_key)? else {
        return Ok(Vec::new());
    };
    if now_ms < offer.timer_ms {
        return Ok(Vec::new());
    }
    view.delete(key::timer(offer.timer_ms, owner));
    if offer.expires_ms <= now_ms {
        if !fault::devices::OVER_LINKED.is_on() {
            view.delete(link_key);
        }
        return Ok(Vec::new());
    }
    let timer_ms = offer.expires_ms;
    view.put(key::timer(timer_ms, owner), Vec::new());
    view.put(link_key, LinkRow { timer_ms, ..offer }.encode());
    Ok(Vec::from([Event::Wake(timer_ms)]))
}
