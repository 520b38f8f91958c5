//! Requests: each is named by a number of the caller's, which comes back in its answer. Answers come in the order of the
//! requests.

use alloc::vec::Vec;

use pinnace_wire::{
    AccountId, Claim, DeviceCertificate, DeviceListPublish, DeviceListQuery, DevicesQuery, Frame,
    KeyPackageItem, KeysPublish, LinkApprove, LinkOpen, List, MlsSuite, RequestId, SignedDeviceList,
};

use super::ClientSession;
use super::exchange::BACKLOG_MAX;
use crate::not_now::NotNow;

impl ClientSession {
    /// Asks for the devices of the own account.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, or much waits to leave.
    pub fn query_devices(&mut self, request: RequestId) -> Result<(), NotNow> {
        self.ask(&Frame::DevicesQuery(DevicesQuery { request }))
    }

    /// Publishes a device list of the own account; answered by
    /// [`ClientEvent::DeviceList`](super::ClientEvent::DeviceList) or [`Failed`](super::ClientEvent::Failed).
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, or the octets are no list.
    pub fn publish_device_list(&mut self, request: RequestId, list: &[u8]) -> Result<(), NotNow> {
        let list = SignedDeviceList::decode(list).map_err(|_| NotNow)?;
        self.ask(&Frame::DeviceListPublish(DeviceListPublish { request, list }))
    }

    /// Asks for the device list of an account.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open.
    pub fn query_device_list(&mut self, request: RequestId, account: AccountId) -> Result<(), NotNow> {
        self.ask(&Frame::DeviceListQuery(DeviceListQuery { request, account }))
    }

    /// Asks that this device be linked; answered by [`ClientEvent::LinkOffer`](super::ClientEvent::LinkOffer).
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the device is not unregistered here.
    pub fn open_link(&mut self, request: RequestId) -> Result<(), NotNow> {
        self.step(&Frame::LinkOpen(LinkOpen { request }))
    }

    /// Takes a device that asked to be linked into the own account; answered as [`Self::publish_device_list`] is.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, or the octets are no certificate or no list.
    pub fn approve_link(
        &mut self,
        request: RequestId,
        certificate: &[u8],
        list: &[u8],
    ) -> Result<(), NotNow> {
        let certificate = DeviceCertificate::decode(certificate).map_err(|_| NotNow)?;
        let list = SignedDeviceList::decode(list).map_err(|_| NotNow)?;
        self.ask(&Frame::LinkApprove(LinkApprove { request, certificate, list }))
    }

    /// Leaves KeyPackages at the server, at most 16 one-time ones, each of 1 to 3,072 octets; with none it asks for the
    /// stock. Answered by [`ClientEvent::Keys`](super::ClientEvent::Keys).
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, or the KeyPackages are too many or too long.
    pub fn publish_keys(
        &mut self,
        request: RequestId,
        key_packages: &[&[u8]],
        last_resort: Option<&[u8]>,
    ) -> Result<(), NotNow> {
        let items: Vec<_> = key_packages.iter().map(|key_package| KeyPackageItem { key_package }).collect();
        let key_packages = List::from_slice(&items);
        self.ask(&Frame::KeysPublish(KeysPublish { request, key_packages, last_resort }))
    }

    /// Asks for the device list of an account and a KeyPackage of each of its devices; answered by
    /// [`ClientEvent::DeviceList`](super::ClientEvent::DeviceList), then by a
    /// [`ClientEvent::Claimed`](super::ClientEvent::Claimed) for each device but this one.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open.
    pub fn claim(&mut self, request: RequestId, account: AccountId, suite: MlsSuite) -> Result<(), NotNow> {
        self.ask(&Frame::Claim(Claim { request, account, suite }))
    }

    fn ask(&mut self, frame: &Frame<'_>) -> Result<(), NotNow> {
        self.require_open()?;
        if self.outbox.len() >= BACKLOG_MAX {
            return Err(NotNow);
        }
        self.outbox.push(frame).map_err(|_| NotNow)
    }
}
