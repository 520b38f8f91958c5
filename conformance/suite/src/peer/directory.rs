//! What devices do with lists, links and the key directory, in the parts of a case that have to go well.

use super::ask;
use super::device::Device;
use super::ids::{AccountId, DeviceId};
use super::list::DeviceList;
use super::seen::{Payload, Seen, Stock};
use super::session::Session;
use crate::case::Halt;
use crate::ctx::Ctx;

/// A device list that a server took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its fields.
    pub list: DeviceList,
    /// Its octets, which the next one is chained to.
    pub octets: Vec<u8>,
}

impl InForce {
    /// The first list of an account, not published yet.
    #[must_use]
    pub fn first(ctx: &Ctx, of: &Device, devices: &[&Device]) -> Self {
        Self::of(ctx, of, DeviceList::first(of, devices))
    }

    /// The list that follows this one, not published yet.
    #[must_use]
    pub fn next(&self, ctx: &Ctx, of: &Device, devices: &[&Device]) -> Self {
        Self::of(ctx, of, self.list.next(&self.octets, devices))
    }

    fn of(ctx: &Ctx, of: &Device, list: DeviceList) -> Self {
        let octets = list.signed(&of.identity, &ctx.endpoint().realm);
        Self { list, octets }
    }
}

/// Publishes the first list of an account.
///
/// # Errors
/// [`Halt::Broken`] when it is not taken.
pub fn enlist(ctx: &Ctx, session: &mut Session<'_>, devices: &[&Device]) -> Result<InForce, Halt> {
    let list = InForce::first(ctx, session.device, devices);
    publish(session, &list)?;
    Ok(list)
}

/// Publishes the list that follows.
///
/// # Errors
/// [`Halt::Broken`] when it is not taken.
pub fn relist(
    ctx: &Ctx,
    session: &mut Session<'_>,
    before: &InForce,
    devices: &[&Device],
) -> Result<InForce, Halt> {
    let list = before.next(ctx, session.device, devices);
    publish(session, &list)?;
    Ok(list)
}

fn publish(session: &mut Session<'_>, list: &InForce) -> Result<(), Halt> {
    let request = session.next_request();
    let seen = session.ask(&ask::device_list_publish(request, &list.octets));
    if seen == in_force(request, &list.octets) { Ok(()) } else { Err(unexpected("DEVICE_LIST", &seen)) }
}

/// DEVICE_LIST with these octets.
#[must_use]
pub fn in_force(request: u64, list: &[u8]) -> Seen {
    Seen::DeviceList { request, list: Payload::from(list) }
}

/// Publishes one-time KeyPackages, as many frames as they need.
///
/// # Errors
/// [`Halt::Broken`] when they are not taken.
pub fn stock(session: &mut Session<'_>, key_packages: &[Vec<u8>]) -> Result<Vec<Stock>, Halt> {
    let mut stocks = Vec::new();
    for some in key_packages.chunks(16) {
        let request = session.next_request();
        let seen = session.ask(&ask::keys_publish(request, some));
        stocks = stocks_of(request, seen)?;
    }
    Ok(stocks)
}

/// Publishes a KeyPackage of last resort.
///
/// # Errors
/// [`Halt::Broken`] when it is not taken.
pub fn stock_last(session: &mut Session<'_>, last_resort: &[u8]) -> Result<Vec<Stock>, Halt> {
    let request = session.next_request();
    let seen = session.ask(&ask::keys_publish_last(request, &[], last_resort));
    stocks_of(request, seen)
}

/// What the server has of this device.
///
/// # Errors
/// [`Halt::Broken`] when it does not tell.
pub fn stocks(session: &mut Session<'_>) -> Result<Vec<Stock>, Halt> {
    let request = session.next_request();
    let seen = session.ask(&ask::keys_publish(request, &[]));
    stocks_of(request, seen)
}

fn stocks_of(request: u64, seen: Seen) -> Result<Vec<Stock>, Halt> {
    match seen {
        Seen::Keys { request: heard, stocks } if heard == request => Ok(stocks),
        other => Err(unexpected("KEYS", &other)),
    }
}

/// The list in force of an account.
///
/// # Errors
/// [`Halt::Broken`] when it does not come.
pub fn list_of(session: &mut Session<'_>, account: AccountId) -> Result<Vec<u8>, Halt> {
    let request = session.next_request();
    match session.ask(&ask::device_list_query(request, account)) {
        Seen::DeviceList { request: heard, list } if heard == request => Ok(list.0),
        other => Err(unexpected("DEVICE_LIST", &other)),
    }
}

/// What a claim got of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under CLAIMED")]
pub struct Got {
    pub device: DeviceId,
    pub left: u64,
    pub key_package: Payload,
    pub is_last_resort: bool,
}

/// The answer to a CLAIM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The list that came first.
    pub list: Vec<u8>,
    /// What came behind it.
    pub got: Vec<Got>,
}

impl Claim {
    /// The KeyPackages, those of devices that had none left out.
    pub fn key_packages(&self) -> impl Iterator<Item = Vec<u8>> {
        self.got.iter().map(|got| got.key_package.0.clone()).filter(|octets| !octets.is_empty())
    }
}

/// Claims at an account.
///
/// # Errors
/// [`Halt::Broken`] when the answer is another one than DEVICE_LIST and CLAIMEDs.
pub fn claim(session: &mut Session<'_>, account: AccountId, suite: u16) -> Result<Claim, Halt> {
    let request = session.next_request();
    session.say(&[&ask::claim(request, account, suite)]);
    hear_claim(session, request)
}

/// The answer to a CLAIM that was said before.
///
/// # Errors
/// As [`claim`].
pub fn hear_claim(session: &mut Session<'_>, request: u64) -> Result<Claim, Halt> {
    let list = match session.next_where(Seen::is_answer) {
        Seen::DeviceList { request: heard, list } if heard == request => list.0,
        other => return Err(unexpected("DEVICE_LIST", &other)),
    };
    let own = session.device.id;
    let wanted = devices_of(&list).iter().filter(|device| **device != own).count();
    let mut got = Vec::new();
    while got.len() < wanted {
        match session.next_where(Seen::is_answer) {
            Seen::Claimed { request: heard, device, left, key_package, is_last_resort }
                if heard == request =>
            {
                got.push(Got { device, left, key_package, is_last_resort });
            }
            other => return Err(unexpected("CLAIMED", &other)),
        }
    }
    Ok(Claim { list, got })
}

/// The devices that a list names.
#[must_use]
pub fn devices_of(list: &[u8]) -> Vec<DeviceId> {
    use pinnace_oracle::Value;
    let fields = pinnace_oracle::decode_structure("signed_device_list", list).unwrap_or_default();
    let devices = fields.into_iter().find(|field| field.name == "devices").map(|field| field.value);
    let Some(Value::List(items)) = devices else { return Vec::new() };
    let ids = items.into_iter().flatten().filter_map(|field| match field.value {
        Value::Octets(octets) => octets.first_chunk().copied().map(DeviceId),
        _ => None,
    });
    ids.collect()
}

/// Opens a device to be linked.
///
/// # Errors
/// [`Halt::Broken`] when no offer comes.
pub fn offer(session: &mut Session<'_>) -> Result<u64, Halt> {
    let request = session.next_request();
    match session.ask(&ask::link_open(request)) {
        Seen::LinkOffer { request: heard, expires_in_ms } if heard == request => Ok(expires_in_ms),
        other => Err(unexpected("LINK_OFFER", &other)),
    }
}

/// Approves a device, of which the approver made the certificate.
#[must_use]
pub fn approve(ctx: &Ctx, session: &mut Session<'_>, device: &Device, list: &InForce) -> (u64, Seen) {
    let certificate = device.certificate().signed(&device.identity, &ctx.endpoint().realm);
    let request = session.next_request();
    let seen = session.ask(&ask::link_approve(request, &certificate, &list.octets));
    (request, seen)
}

/// Approves a device that opened itself to it, where that has to go well.
///
/// # Errors
/// [`Halt::Broken`] when the approval is not taken.
pub fn link(ctx: &Ctx, session: &mut Session<'_>, device: &Device, list: &InForce) -> Result<(), Halt> {
    let (request, seen) = approve(ctx, session, device, list);
    if seen == in_force(request, &list.octets) { Ok(()) } else { Err(unexpected("DEVICE_LIST", &seen)) }
}

fn unexpected(wanted: &str, seen: &Seen) -> Halt {
    match seen {
        Seen::Nothing => Halt::NoAnswer,
        other => Halt::Broken { reason: format!("{wanted} was awaited, {other:?} came") },
    }
}
