//! How a new device becomes one of an account: it believes nothing before it has opened what the code's secret seals.

use super::Engine;
use super::asking::{Answer, Asked, Wish};
use crate::devices::{DevicesError, Grant, LinkCode, LinkOffer, LinkRecord, LinkStage};
use crate::identity::Standing;
use crate::state::LinkState;
use crate::store::{DeviceWrite, Write};

impl Engine {
    /// The application wants this device to be linked.
    pub(super) fn open_link(&mut self, reply: Answer<LinkOffer>) {
        if self.session.link != LinkState::Unregistered {
            let error = match self.upkeep.standing {
                Standing::Registered => DevicesError::Registered,
                Standing::New | Standing::Gone => DevicesError::Stopped,
            };
            return self.answer(reply, Err(error));
        }
        // The same code as before, so that one that was shown before a crash still serves.
        let is_waiting = self.upkeep.link.as_ref().is_some_and(|link| link.stage == LinkStage::Waiting);
        if !is_waiting {
            let secret = self.setting.random.key();
            self.set_link(LinkRecord { secret, stage: LinkStage::Waiting });
        }
        self.questions.wish(Wish::OpenLink, Asked::LinkOffer(reply));
    }

    fn set_link(&mut self, link: LinkRecord) {
        self.batch.writes.push(Write::Device(DeviceWrite::Link(link.clone())));
        self.upkeep.link = Some(link);
    }

    pub(super) fn on_link_offer(&mut self, reply: Answer<LinkOffer>, expires_in_ms: u64) {
        let offer = self.link_code().map(|code| LinkOffer { code, expires_in_ms });
        self.answer(reply, offer.ok_or(DevicesError::Stopped));
    }

    /// The code of this device.
    fn link_code(&self) -> Option<LinkCode> {
        let link = self.upkeep.link.as_ref()?;
        Some(LinkCode {
            noise_key: *self.keys.device.public(),
            signature_key: self.keys.signature.verifying_key().to_bytes(),
            secret: link.secret,
        })
    }

    /// Whether the device is an account's already, and does not hold the account's keys yet.
    pub(super) fn awaits_grant(&self) -> bool {
        self.upkeep.link.as_ref().is_some_and(|link| link.stage == LinkStage::Waiting)
    }

    /// A message came; gives whether it was what makes this device one of the account, or a repetition of that.
    pub(super) fn take_grant(&mut self, payload: &[u8]) -> bool {
        let Some(code) = self.link_code() else { return false };
        let now_s = self.time.unix_ms / 1000;
        let Some(grant) = Grant::open(self.setting.realm, &code, payload, now_s) else { return false };
        if self.awaits_grant() {
            self.adopt(grant, code.secret);
        }
        true
    }

    fn adopt(&mut self, grant: Grant, secret: [u8; 32]) {
        self.keys.identity = grant.identity;
        self.upkeep.certificate = Some(grant.certificate.clone());
        self.upkeep.list = None;
        self.batch.writes.push(Write::Device(DeviceWrite::Keys(Box::new(self.keys.clone()))));
        self.batch.writes.push(Write::Device(DeviceWrite::Certificate(grant.certificate)));
        // It was judged when it was opened.
        let _ = self.take_own_list(&grant.list);
        self.set_link(LinkRecord { secret, stage: LinkStage::Linked });
        self.ask_own_list();
    }
}
