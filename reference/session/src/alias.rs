//! Aliases of devices and of conversations, one table of each for each direction (SES-031 to SES-034).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{Alias, Bind, BindConversation, ConversationAlias, ConversationId, DeviceId};

/// The aliases of devices that the peer bound.
pub(crate) type HeardAliases = Heard<DeviceId>;

/// The aliases of conversations that the peer bound.
pub(crate) type HeardConversations = Heard<ConversationId>;

/// The aliases of devices that we bound.
pub(crate) type SpokenAliases = Spoken<DeviceId>;

/// The aliases of conversations that we bound.
pub(crate) type SpokenConversations = Spoken<ConversationId>;

/// The aliases that the peer bound. Bounded by alias_max.
#[derive(Debug)]
pub(crate) struct Heard<Id> {
    bound: BTreeMap<u16, Id>,
}

impl<Id> Default for Heard<Id> {
    fn default() -> Self {
        Self { bound: BTreeMap::new() }
    }
}

/// The alias is not below alias_max (SES-032).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AliasTooHigh;

impl<Id: Copy> Heard<Id> {
    fn bind_to(&mut self, alias: u64, id: Id, alias_max: u64) -> Result<(), AliasTooHigh> {
        match u16::try_from(alias) {
            Ok(alias) if u64::from(alias) < alias_max || fault::session::ALIAS_MAX_UNCHECKED.is_on() => {
                if fault::session::ALIAS_NOT_REBOUND.is_on() {
                    self.bound.entry(alias).or_insert(id);
                    return Ok(());
                }
                self.bound.insert(alias, id);
                Ok(())
            }
            Ok(_) | Err(_) => Err(AliasTooHigh),
        }
    }

    fn bound(&self, alias: u64) -> Option<Id> {
        self.bound.get(&u16::try_from(alias).ok()?).copied()
    }
}

impl HeardAliases {
    pub(crate) fn bind(&mut self, bind: &Bind, alias_max: u64) -> Result<(), AliasTooHigh> {
        self.bind_to(bind.alias.value(), bind.device, alias_max)
    }

    pub(crate) fn device(&self, alias: Alias) -> Option<DeviceId> {
        self.bound(alias.value())
    }
}

impl HeardConversations {
    pub(crate) fn bind(&mut self, bind: &BindConversation, alias_max: u64) -> Result<(), AliasTooHigh> {
        let alias_max =
            if fault::conversations::CONVERSATION_ALIAS_UNLIMITED.is_on() { u64::MAX } else { alias_max };
        if self.conversation(bind.alias).is_some() && fault::conversations::CONVERSATION_NOT_REBOUND.is_on() {
            return Ok(());
        }
        self.bind_to(bind.alias.value(), bind.conversation, alias_max)
    }

    pub(crate) fn conversation(&self, alias: ConversationAlias) -> Option<ConversationId> {
        self.bound(alias.value())
    }
}

/// The aliases that we bound. When all are taken the oldest is bound anew.
#[derive(Debug)]
pub(crate) struct Spoken<Id> {
    by_id: BTreeMap<Id, u16>,
    by_alias: Vec<Id>,
    /// The alias that is taken next once the table is full.
    oldest: u16,
    max: u16,
}

impl<Id: Copy + Ord> Spoken<Id> {
    /// The lowest alias_max that a peer may advertise: what may be used before it is known.
    pub(crate) const MAX_UNTOLD: u64 = pinnace_wire::limits::ALIAS_MAX.min;

    pub(crate) const fn new() -> Self {
        Self { by_id: BTreeMap::new(), by_alias: Vec::new(), oldest: 0, max: 64 }
    }

    /// What the peer advertised; never less than what every peer takes.
    pub(crate) fn set_max(&mut self, alias_max: u64) {
        let alias_max = alias_max.clamp(Self::MAX_UNTOLD, pinnace_wire::limits::ALIAS_MAX.max);
        self.max = u16::try_from(alias_max).unwrap_or(self.max);
    }

    fn alias(&self, id: Id) -> Option<u64> {
        self.by_id.get(&id).copied().map(u64::from)
    }

    /// The alias that [`Self::bind`] would take.
    fn next_alias(&self) -> u64 {
        let fresh = u16::try_from(self.by_alias.len()).ok().filter(|fresh| *fresh < self.max);
        u64::from(fresh.unwrap_or(self.oldest))
    }

    /// Takes the alias that `next` names. The BIND must leave before the alias is used.
    pub(crate) fn bind(&mut self, id: Id) {
        let len = self.by_alias.len();
        let alias = match u16::try_from(len).ok().filter(|fresh| *fresh < self.max) {
            Some(fresh) => {
                self.by_alias.push(id);
                fresh
            }
            None => self.replace_oldest(id),
        };
        self.by_id.insert(id, alias);
    }

    fn replace_oldest(&mut self, id: Id) -> u16 {
        let alias = self.oldest;
        if let Some(place) = self.by_alias.get_mut(usize::from(alias)) {
            self.by_id.remove(place);
            *place = id;
        }
        let next = alias.saturating_add(1);
        self.oldest = if usize::from(next) < self.by_alias.len() { next } else { 0 };
        alias
    }
}

impl SpokenAliases {
    /// The alias under which the device may be named now, or `None` when it must be bound first.
    pub(crate) fn known(&self, device: DeviceId) -> Option<Alias> {
        self.alias(device).and_then(Alias::new)
    }

    /// The BIND that a device without an alias would take. Nothing is changed.
    pub(crate) fn next(&self, device: DeviceId) -> Option<Bind> {
        Some(Bind { alias: Alias::new(self.next_alias())?, device })
    }
}

impl SpokenConversations {
    /// The alias of a conversation, and the BIND_CONVERSATION that it takes first. Nothing is changed.
    pub(crate) fn alias_of(
        &self,
        conversation: ConversationId,
    ) -> Option<(ConversationAlias, Option<BindConversation>)> {
        if let Some(alias) = self.alias(conversation) {
            return Some((ConversationAlias::new(alias)?, None));
        }
        let alias = ConversationAlias::new(self.next_alias())?;
        Some((alias, Some(BindConversation { alias, conversation })))
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
