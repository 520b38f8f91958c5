//! The devices of accounts, as far as they are believed.

use pinnace_wire::{AccountId, DeviceId, MlsSuite};

use super::Engine;
use super::asking::{Answer, Asked, Claimant, Wish};
use super::changes::{Change, Changing};
use super::command::Reply;
use crate::devices::{
    AccountDevices, ClaimRules, Claimed, LinkCode, LinkOffer, ListChanged, ListRefused, Pin, check,
};
use crate::state::Event;
use crate::store::{DeviceWrite, Write};

/// What an application asks about accounts.
#[derive(Debug)]
pub enum AccountQuestion {
    /// The devices of an account.
    Devices {
        /// Whose.
        account: AccountId,
        /// Them.
        reply: Answer<AccountDevices>,
    },
    /// The devices of an account, and a KeyPackage of each.
    Claim {
        /// Whose.
        account: AccountId,
        /// Of which suite.
        suite: MlsSuite,
        /// Them.
        reply: Answer<Claimed>,
    },
    /// Let this device be linked.
    OpenLink {
        /// What to show, and for how long.
        reply: Answer<LinkOffer>,
    },
    /// Take a new device into the own account.
    Approve {
        /// What it shows.
        code: LinkCode,
        /// The list that names it.
        reply: Answer<ListChanged>,
    },
    /// Leave a device out of the own account.
    Remove {
        /// Which.
        device: DeviceId,
        /// The list without it.
        reply: Answer<ListChanged>,
    },
    /// The person compared the safety number of an account.
    Compared {
        /// Whose.
        account: AccountId,
        /// It is kept.
        reply: Reply<()>,
    },
}

impl Engine {
    pub(super) fn on_account_question(&mut self, question: AccountQuestion) {
        match question {
            AccountQuestion::Devices { account, reply } => {
                self.questions.wish(Wish::List(account), Asked::Lookup(account, reply));
            }
            AccountQuestion::Claim { account, suite, reply } => {
                self.questions.wish(
                    Wish::Claim(account, suite),
                    Asked::Claim(account, suite, Claimant::Application(reply)),
                );
            }
            AccountQuestion::OpenLink { reply } => self.open_link(reply),
            AccountQuestion::Approve { code, reply } => {
                self.begin_change(Changing { change: Change::Approve(code), attempts: 0, reply });
            }
            AccountQuestion::Remove { device, reply } => {
                self.begin_change(Changing { change: Change::Remove(device), attempts: 0, reply });
            }
            AccountQuestion::Compared { account, reply } => {
                if let Some(pin) = self.pin(account) {
                    let pin = Pin { is_compared: true, ..pin };
                    self.pins.insert(account, pin.clone());
                    self.batch.writes.push(Write::Device(DeviceWrite::Pin(pin)));
                }
                self.answer(reply, ());
            }
        }
    }

    /// Judges a list of an account, keeps what was seen, and tells of what is not believed.
    pub(super) fn believe(
        &mut self,
        account: AccountId,
        octets: &[u8],
    ) -> Result<AccountDevices, ListRefused> {
        let known = self.pin(account);
        match check(self.setting.realm, account, octets, known.as_ref()) {
            Ok((devices, pin)) => {
                if known.as_ref() != Some(&pin) {
                    self.batch.writes.push(Write::Device(DeviceWrite::Pin(pin.clone())));
                    self.pins.insert(account, pin);
                }
                Ok(devices)
            }
            Err(why) => {
                self.tell(Event::DevicesRefused { account, why });
                Err(why)
            }
        }
    }

    /// What was seen of an account, writes of this turn included. A store that does not read ends the engine elsewhere.
    fn pin(&self, account: AccountId) -> Option<Pin> {
        self.pins.get(&account).cloned().or_else(|| self.store.pin(account).ok().flatten())
    }

    pub(super) const fn claim_rules(&self, suite: MlsSuite) -> ClaimRules {
        ClaimRules {
            realm: self.setting.realm,
            now_s: self.time.unix_ms / 1000,
            key_package_s_max: self.session.key_package_s_max,
            suite,
        }
    }
}
