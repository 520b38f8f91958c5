//! Changes of the own account's list: a device is taken in, or left out.

use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_wire::{DeviceId, ErrorCode, UnixS};

use super::Engine;
use super::asking::{Answer, Asked, Wish};
use super::upkeep::OwnList;
use crate::devices::{DevicesError, Grant, LinkCode, ListChanged, next_list, with, without};
use crate::keys::CERTIFICATE_LIFE_S;
use crate::message::{MessageId, SendOptions};

/// How often a list that another device's overtook is made anew.
const ATTEMPTS_MAX: u8 = 4;

/// What is to change.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// A new device is taken in.
    Approve(LinkCode),
    /// A device is left out.
    Remove(DeviceId),
}

/// A change under way.
pub(super) struct Changing {
    pub(super) change: Change,
    pub(super) attempts: u8,
    pub(super) reply: Answer<ListChanged>,
}

impl Engine {
    /// The list in force comes first: another device may have changed it.
    pub(super) fn begin_change(&mut self, changing: Changing) {
        self.questions.wish(Wish::List(self.keys.account()), Asked::Before(Box::new(changing)));
    }

    /// The list in force is here: makes its successor.
    pub(super) fn go_on_changing(&mut self, changing: Changing, octets: &[u8]) {
        if let Err(error) = self.take_own_list(octets) {
            return self.answer(changing.reply, Err(error));
        }
        match self.step(&changing.change) {
            Ok(Some((wish, list))) => self.questions.wish(wish, Asked::Changed(Box::new(changing), list)),
            // The list says so already: an earlier command was cut short.
            Ok(None) => self.end_change(changing),
            Err(error) => self.answer(changing.reply, Err(error)),
        }
    }

    /// What is to be asked for a change, and the list that is then in force; `None` when it is in force.
    fn step(&mut self, change: &Change) -> Result<Option<(Wish, Vec<u8>)>, DevicesError> {
        let OwnList { devices, pin, .. } = self.upkeep.list.as_ref().ok_or(DevicesError::NotListed)?;
        let listed = &devices.devices;
        if !listed.contains(&self.keys.device_id()) {
            return Err(DevicesError::NotListed);
        }
        let now_s = self.time.unix_ms / 1000;
        let next = |devices: &[DeviceId]| {
            let list = next_list(pin, &self.keys, self.setting.realm, devices, now_s);
            list.ok_or(DevicesError::ListLen)
        };
        match change {
            Change::Approve(code) if code.device() == self.keys.device_id() => Err(DevicesError::OwnCode),
            Change::Approve(code) if listed.contains(&code.device()) => Ok(None),
            Change::Approve(code) => {
                let list = next(&with(listed, code.device()))?;
                let certificate = self.certify(code).ok_or(DevicesError::ListLen)?;
                Ok(Some((Wish::Approve(certificate, list.clone()), list)))
            }
            Change::Remove(device) if !listed.contains(device) => Err(DevicesError::NoSuchDevice),
            Change::Remove(device) => {
                let list = next(&without(listed, *device))?;
                Ok(Some((Wish::Publish(list.clone()), list)))
            }
        }
    }

    fn certify(&self, code: &LinkCode) -> Option<Vec<u8>> {
        let not_after_s = (self.time.unix_ms / 1000).saturating_add(CERTIFICATE_LIFE_S);
        let terms = DeviceTerms {
            noise_key: code.noise_key,
            signature_key: code.signature_key,
            not_after_s: UnixS::new(not_after_s)?,
        };
        sign_device(&self.keys.identity, self.setting.realm, &terms).ok()
    }

    /// The server told the list in force after the change.
    pub(super) fn on_changed(&mut self, changing: Changing, expected: &[u8], octets: &[u8]) {
        match self.take_own_list(octets) {
            Err(error) => self.answer(changing.reply, Err(error)),
            Ok(()) if octets == expected => self.end_change(changing),
            Ok(()) => self.answer(changing.reply, Err(DevicesError::BadAnswer)),
        }
    }

    pub(super) fn on_change_refused(&mut self, mut changing: Changing, error: DevicesError) {
        if error.code() != Some(ErrorCode::ListStale) {
            return self.answer(changing.reply, Err(error));
        }
        changing.attempts = changing.attempts.saturating_add(1);
        if changing.attempts < ATTEMPTS_MAX {
            self.begin_change(changing);
        } else {
            self.answer(changing.reply, Err(DevicesError::Contended));
        }
    }

    /// The list in force is as it should be. A device that was taken in gets what makes it one of the account.
    fn end_change(&mut self, changing: Changing) {
        let ended = match &changing.change {
            Change::Approve(code) => self.send_grant(code).map(Some),
            Change::Remove(_) => Ok(None),
        };
        let list = self.upkeep.list.as_ref().map(|list| list.devices.clone());
        let ended =
            ended.and_then(|message| Ok(ListChanged { list: list.ok_or(DevicesError::NotListed)?, message }));
        self.answer(changing.reply, ended);
    }

    fn send_grant(&mut self, code: &LinkCode) -> Result<MessageId, DevicesError> {
        let list = self.upkeep.list.as_ref().ok_or(DevicesError::NotListed)?.octets.clone();
        let certificate = self.certify(code).ok_or(DevicesError::ListLen)?;
        let grant = Grant { identity: self.keys.identity.clone(), certificate, list };
        let payload = grant.seal(self.setting.realm, code, &mut *self.setting.random);
        let payload = payload.ok_or(DevicesError::ListLen)?;
        let numbered = self.number(code.device(), payload, SendOptions::default());
        numbered.map(MessageId).map_err(|_| DevicesError::OutboxFull)
    }
}
