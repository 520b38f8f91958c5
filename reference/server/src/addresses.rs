//! What one address may have: connections at once, handshakes a second.

use core::net::{IpAddr, Ipv6Addr};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pinnace_session::Now;

/// Entries above which those that hold nothing are looked for and forgotten.
const SWEEP_FROM: usize = 1024;

/// The tallies of all addresses. An entry lives as long as it limits something.
#[derive(Debug)]
pub(crate) struct Addresses {
    connections_max: u64,
    handshakes_per_s: u64,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    entries: HashMap<IpAddr, Entry>,
    sweep_at: usize,
}

#[derive(Debug, Default)]
struct Entry {
    connections: u64,
    /// When the handshakes so far would be over, at one each `1/rate` second, in microseconds.
    paid_until_us: u64,
}

/// A connection's place in the tally; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Admission {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

impl Addresses {
    pub(crate) fn new(connections_max: u64, handshakes_per_s: u64) -> Self {
        Self { connections_max, handshakes_per_s: handshakes_per_s.max(1), table: Mutex::default() }
    }

    /// Counts a new connection, or `None` where its address has as much as it may.
    pub(crate) fn admit(self: &Arc<Self>, address: IpAddr, now: Now) -> Option<Admission> {
        let address = household(address);
        let now_us = now.ms.saturating_mul(1000);
        let mut table = self.table();
        table.sweep(now_us);
        let entry = table.entries.entry(address).or_default();
        let paid_until_us = entry.paid_until_us.max(now_us).saturating_add(1_000_000 / self.handshakes_per_s);
        // A second's worth at once, and no more.
        let early = paid_until_us.saturating_sub(now_us) > 1_000_000;
        if early || entry.connections >= self.connections_max {
            return None;
        }
        entry.paid_until_us = paid_until_us;
        entry.connections = entry.connections.saturating_add(1);
        drop(table);
        Some(Admission { addresses: Arc::clone(self), address })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Forgets the entries that hold nothing, each time the table has doubled since.
    fn sweep(&mut self, now_us: u64) {
        if self.entries.len() < self.sweep_at.max(SWEEP_FROM) {
            return;
        }
        self.entries.retain(|_, entry| entry.connections > 0 || entry.paid_until_us > now_us);
        self.sweep_at = self.entries.len().saturating_mul(2);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(entry) = self.addresses.table().entries.get_mut(&self.address) {
            entry.connections = entry.connections.saturating_sub(1);
        }
    }
}

/// The unit that is counted: an IPv4 address, or the /64 that one household has of IPv6.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(core::net::Ipv4Addr::LOCALHOST);

    fn at(ms: u64) -> Now {
        Now { ms }
    }

    #[test]
    fn connections_count_until_they_end() {
        let addresses = Arc::new(Addresses::new(2, 1000));
        let first = addresses.admit(HOME, at(0)).unwrap();
        let _second = addresses.admit(HOME, at(0)).unwrap();
        assert!(addresses.admit(HOME, at(0)).is_none());
        assert!(addresses.admit("192.0.2.1".parse().unwrap(), at(0)).is_some());
        drop(first);
        assert!(addresses.admit(HOME, at(0)).is_some());
    }

    #[test]
    fn handshakes_are_paid_by_time() {
        let addresses = Arc::new(Addresses::new(100, 4));
        let now = (0..10).filter(|_| addresses.admit(HOME, at(5000)).is_some()).count();
        let later = (0..10).filter(|_| addresses.admit(HOME, at(5500)).is_some()).count();
        assert_eq!((now, later), (4, 2));
    }

    #[test]
    fn one_household_is_one_address() {
        let addresses = Arc::new(Addresses::new(1, 1000));
        let _one = addresses.admit("2001:db8::1".parse().unwrap(), at(0)).unwrap();
        assert!(addresses.admit("2001:db8::2".parse().unwrap(), at(0)).is_none());
        assert!(addresses.admit("2001:db8:0:1::1".parse().unwrap(), at(0)).is_some());
    }

    #[test]
    fn what_limits_nothing_is_forgotten() {
        let addresses = Arc::new(Addresses::new(10, 1000));
        for index in 0..5000_u32 {
            drop(addresses.admit(IpAddr::V4(index.into()), at(u64::from(index) * 10)));
        }
        assert!(addresses.table().entries.len() <= SWEEP_FROM + 200);
    }
}
