//! Aliases of devices, one table for each direction (SES-031 to SES-034).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{Alias, Bind, DeviceId};

/// The aliases that the peer bound. Bounded by alias_max.
#[derive(Debug, Default)]
pub(crate) struct HeardAliases {
    bound: BTreeMap<u16, DeviceId>,
}

/// The alias is not below alias_max (SES-032).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AliasTooHigh;

impl HeardAliases {
    pub(crate) fn bind(&mut self, bind: &Bind, alias_max: u64) -> Result<(), AliasTooHigh> {
        match u16::try_from(bind.alias.value()) {
            Ok(alias) if u64::from(alias) < alias_max || fault::session::ALIAS_MAX_UNCHECKED.is_on() => {
                if fault::session::ALIAS_NOT_REBOUND.is_on() {
                    self.bound.entry(alias).or_insert(bind.device);
                    return Ok(());
                }
                self.bound.insert(alias, bind.device);
                Ok(())
            }
            Ok(_) | Err(_) => Err(AliasTooHigh),
        }
    }

    pub(crate) fn device(&self, alias: Alias) -> Option<DeviceId> {
        self.bound.get(&u16::try_from(alias.value()).ok()?).copied()
    }
}

/// The aliases that we bound. When all are taken the oldest is bound anew.
#[derive(Debug)]
pub(crate) struct SpokenAliases {
    by_device: BTreeMap<DeviceId, u16>,
    by_alias: Vec<DeviceId>,
    /// The alias that is taken next once the table is full.
    oldest: u16,
    max: u16,
}

impl SpokenAliases {
    /// The lowest alias_max that a peer may advertise: what may be used before it is known.
    pub(crate) const MAX_UNTOLD: u64 = pinnace_wire::limits::ALIAS_MAX.min;

    pub(crate) const fn new() -> Self {
        Self { by_device: BTreeMap::new(), by_alias: Vec::new(), oldest: 0, max: 64 }
    }

    /// What the peer advertised; never less than what every peer takes.
    pub(crate) fn set_max(&mut self, alias_max: u64) {
        let alias_max = alias_max.clamp(Self::MAX_UNTOLD, pinnace_wire::limits::ALIAS_MAX.max);
        self.max = u16::try_from(alias_max).unwrap_or(self.max);
    }

    /// The alias under which the device may be named now, or `None` when it must be bound first.
    pub(crate) fn known(&self, device: DeviceId) -> Option<Alias> {
        self.by_device.get(&device).and_then(|alias| Alias::new(u64::from(*alias)))
    }

    /// The BIND that a device without an alias would take. Nothing is changed.
    pub(crate) fn next(&self, device: DeviceId) -> Option<Bind> {
        let fresh = u16::try_from(self.by_alias.len()).ok().filter(|fresh| *fresh < self.max);
        let alias = fresh.unwrap_or(self.oldest);
        Some(Bind { alias: Alias::new(u64::from(alias))?, device })
    }

    /// Takes the alias that [`Self::next`] names. The BIND must leave before the alias is used.
    pub(crate) fn bind(&mut self, device: DeviceId) {
        let len = self.by_alias.len();
        let alias = match u16::try_from(len).ok().filter(|fresh| *fresh < self.max) {
            Some(fresh) => {
                self.by_alias.push(device);
                fresh
            }
            None => self.replace_oldest(device),
        };
        self.by_device.insert(device, alias);
    }

    fn replace_oldest(&mut self, device: DeviceId) -> u16 {
        let alias = self.oldest;
        if let Some(place) = self.by_alias.get_mut(usize::from(alias)) {
            self.by_device.remove(place);
            *place = device;
        }
        let next = alias.saturating_add(1);
        self.oldest = if usize::from(next) < self.by_alias.len() { next } else { 0 };
        alias
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(number: u16) -> DeviceId {
        let mut octets = [0; 16];
        octets[..2].copy_from_slice(&number.to_be_bytes());
        DeviceId::new(octets)
    }

    #[test]
    fn full_table_binds_the_oldest_anew() {
        let mut aliases = SpokenAliases::new();
        let mut bind = |number| {
            let bind = aliases.next(device(number)).unwrap();
            aliases.bind(device(number));
            assert_eq!(aliases.known(device(number)), Some(bind.alias));
            bind.alias.value()
        };
        for number in 0..64 {
            assert_eq!(bind(number), u64::from(number));
        }
        assert_eq!((bind(64), bind(65)), (0, 1));
        assert_eq!(aliases.known(device(0)), None);
        assert_eq!(aliases.known(device(64)), Alias::new(0));
        assert_eq!(aliases.known(device(63)), Alias::new(63));
    }

    #[test]
    fn later_bind_replaces_the_earlier() {
        let mut aliases = HeardAliases::default();
        let alias = Alias::new(3).unwrap();
        assert_eq!(aliases.device(alias), None);
        aliases.bind(&Bind { alias, device: device(1) }, 64).unwrap();
        aliases.bind(&Bind { alias, device: device(2) }, 64).unwrap();
        assert_eq!(aliases.device(alias), Some(device(2)));
        let high = Bind { alias: Alias::new(64).unwrap(), device: device(1) };
        assert_eq!(aliases.bind(&high, 64), Err(AliasTooHigh));
    }
}
