//! Who is there: devices and their accounts, as the server gets to know them.

use super::scene::Scene;
use super::seat::Seat;
use crate::ctx::Ctx;
use crate::hex;
use crate::interop::adapter::{Adapter, Identity, text};
use crate::interop::fault::{Fault, expect};
use crate::interop::matrix::Cell;
use crate::peer::account::register;
use crate::peer::directory::{InForce, claim, enlist, link, offer, stock, stock_last};
use crate::peer::{Code, Device, Seen, closed_with};
use serde_json::json;

/// How many one-time KeyPackages a device leaves at the server at first.
const STOCK: usize = 2;

/// One device a seat; those of one account share its identity key.
pub(super) fn devices(ctx: &Ctx, accounts: &[usize]) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    for (seat, account) in accounts.iter().enumerate() {
        let name = format!("device {seat}");
        let elder = accounts.iter().position(|other| other == account).and_then(|elder| devices.get(elder));
        let device = elder.map_or_else(|| Device::new(ctx, &name), |of| Device::sibling(ctx, &name, of));
        devices.push(device);
    }
    devices
}

/// Starts the adapter of a device.
pub(super) fn adapter(ctx: &Ctx, cell: &Cell<'_>, seat: usize, device: &Device) -> Result<Adapter, Fault> {
    let realm = ctx.endpoint().realm;
    let identity = Identity {
        certificate: device.certificate().signed(&device.identity, &realm),
        seed: device.signature.to_bytes(),
        public: device.signature.verifying_key().to_bytes(),
        realm,
    };
    Adapter::start(cell.make(seat)?, seat.saturating_add(1), &identity)
}

/// How often a KeyPackage can be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    OneTime,
    LastResort,
}

/// A KeyPackage that a claim got.
pub(super) struct Claimed {
    pub(super) octets: Vec<u8>,
    pub(super) is_last_resort: bool,
}

impl Scene<'_> {
    /// Registers the first device of each account, publishes its list and its KeyPackages.
    pub(super) fn register(&mut self) -> Result<(), Fault> {
        let firsts: Vec<usize> =
            (0..self.seats.len()).filter(|seat| self.eldest(*seat) == Some(*seat)).collect();
        let devices: Vec<&Device> =
            firsts.iter().filter_map(|seat| self.seats.get(*seat)).map(|seat| seat.device).collect();
        register(self.ctx, &devices)?;
        for seat in firsts {
            self.come(seat)?;
            let ctx = self.ctx;
            let session = self.seat(seat)?.session()?;
            let device = session.device;
            let list = enlist(ctx, session, &[device])?;
            self.lists.insert(seat, (list, vec![device]));
            self.publish(seat, STOCK)?;
        }
        Ok(())
    }

    /// The first seat of this seat's account.
    pub(super) fn eldest(&self, seat: usize) -> Option<usize> {
        let account = self.seats.get(seat)?.device.account;
        self.seats.iter().position(|other| other.device.account == account)
    }

    /// A new device of an account is linked by its first one, and publishes KeyPackages. The conversation hears of the list.
    pub(super) fn link(&mut self, fresh: usize) -> Result<(), Fault> {
        let elder = self.eldest(fresh).unwrap_or_default();
        let ctx = self.ctx;
        self.come(fresh)?;
        offer(self.seat(fresh)?.session()?)?;
        let device = self.seat(fresh)?.device;
        let Some((list, mut devices)) = self.lists.remove(&elder) else {
            return Err(Fault::device("account", "link", "it has no list".to_owned()));
        };
        devices.push(device);
        let session = self.seat(elder)?.session()?;
        let next: InForce = list.next(ctx, session.device, &devices);
        link(ctx, session, device, &next)?;
        self.file_list(elder, &next.octets)?;
        self.lists.insert(elder, (next, devices));
        let session = self.seat(fresh)?.session()?;
        let registered = Seen::Registered { account: device.account, device: device.id };
        expect("what a linked device hears", &registered, &session.hear())?;
        let closed = closed_with(Code::REPLACED, &session.closing());
        closed.map_err(|other| Fault::device("the server", "link", format!("{} came", other.seen)))?;
        self.come(fresh)?;
        self.publish(fresh, STOCK)
    }

    /// Publishes fresh one-time KeyPackages and one of last resort.
    fn publish(&mut self, seat: usize, count: usize) -> Result<(), Fault> {
        let suite = self.suite;
        let one_time: Vec<Vec<u8>> = (0..count)
            .map(|_| key_package(self.seat(seat)?, suite, Sort::OneTime))
            .collect::<Result<_, _>>()?;
        let last_resort = key_package(self.seat(seat)?, suite, Sort::LastResort)?;
        let session = self.seat(seat)?.session()?;
        stock(session, &one_time)?;
        let stocks = stock_last(session, &last_resort)?;
        let told: Vec<_> =
            stocks.iter().map(|stock| (stock.suite, stock.one_time_count, stock.last_resort)).collect();
        expect("the stock", &vec![(suite.into(), u64::try_from(count).unwrap_or(u64::MAX), 1)], &told)
    }

    /// One KeyPackage for each of these seats, claimed by one session.
    pub(super) fn claim(&mut self, by: usize, for_whom: &[usize]) -> Result<Vec<Claimed>, Fault> {
        let suite = self.suite;
        let mut eldest: Vec<usize> = for_whom.iter().filter_map(|seat| self.eldest(*seat)).collect();
        eldest.sort_unstable();
        eldest.dedup();
        let mut got = Vec::new();
        for account in eldest {
            let list = self.lists.get(&account).map(|(list, _)| list.octets.clone()).unwrap_or_default();
            let account = self.seat(account)?.device.account;
            let claim = claim(self.seat(by)?.session()?, account, suite)?;
            expect("the list of a claim", &list, &claim.list)?;
            got.extend(claim.got);
        }
        let of = |seat: &usize| {
            let device = self.seats.get(*seat).map(|seat| seat.device.id);
            let found = got.iter().find(|got| Some(got.device) == device && !got.key_package.0.is_empty());
            let found = found
                .ok_or_else(|| Fault::device("the server", "claim", format!("nothing for device {seat}")))?;
            Ok(Claimed { octets: found.key_package.0.clone(), is_last_resort: found.is_last_resort })
        };
        for_whom.iter().map(of).collect()
    }
}

fn key_package(seat: &mut Seat<'_>, suite: u16, sort: Sort) -> Result<Vec<u8>, Fault> {
    let is_last_resort = sort == Sort::LastResort;
    let request = json!({ "do": "key_package", "suite": suite, "last_resort": is_last_resort });
    let answer = seat.adapter.ask(request)?;
    hex::decode(&text(&answer, "key_package")?)
        .map_err(|error| Fault::device(&seat.adapter.name, "key_package", error.to_string()))
}
