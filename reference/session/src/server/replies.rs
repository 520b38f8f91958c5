//! Requests on their way to the store, and its answers on their way back.

use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{
    AccountId, Claimed, ClaimsLeft, DeviceEntry, DeviceId, DeviceList, Devices, ErrorCode, ErrorFrame, Frame,
    FrameCode, Keys, LinkOffer, List, Registered, RequestId, SignedDeviceList, Stock, Subject,
};

use super::ServerSession;
use super::event::ServerEvent;
use super::exchange::BACKLOG_MAX;
use super::request::{Asked, ClaimedKey, Reply, Request, RequestTicket};
use super::state::State;
use crate::breach::Breach;
use crate::key_stock::{KeyStock, Resort};
use crate::registration_state::duration;

impl ServerSession {
    pub(super) fn on_request(&mut self, frame: &Frame<'_>) -> Result<(), Breach> {
        let (id, request) = Request::of_frame(frame).ok_or(Breach::OutOfState)?;
        self.requests.push(id, frame.frame_type(), request);
        self.ask();
        Ok(())
    }

    /// Asks for what the next request wants, once those before it are answered and there is room for its answer.
    fn ask(&mut self) {
        if self.outbox.len() < BACKLOG_MAX
            && let Some((ticket, request)) = self.requests.start()
        {
            self.events.push_back(ServerEvent::Request { ticket, request });
        }
    }

    /// Whether what stands behind the last frame has to wait for answers.
    pub(super) fn is_held_back(&self) -> bool {
        self.is_registration_asking() || self.requests.is_full()
    }

    /// Goes on with requests, and with the frames that were held back, where nothing is in their way any more.
    pub(super) fn resume(&mut self) {
        if matches!(self.state, State::Closed) {
            return;
        }
        self.ask();
        if !self.held.frames.is_empty() && !self.is_held_back() {
            let held = core::mem::take(&mut self.held);
            self.on_frames(&held.frames, held.offset);
            self.raise_credit();
        }
    }

    /// The answer to the request that was asked for last. An answer to another one changes nothing.
    pub fn on_reply(&mut self, ticket: RequestTicket, reply: Reply) {
        if let Some(asked) = self.requests.on_reply(ticket) {
            self.send_reply(&asked, reply);
        }
        self.resume();
    }

    fn send_reply(&mut self, asked: &Asked, reply: Reply) {
        let request = asked.request;
        match reply {
            Reply::Devices(devices) => self.send_devices(request, &devices),
            Reply::DeviceList(list) => self.send_list(asked, &list),
            Reply::LinkOffer { expires_in_ms } => {
                if let Some(expires_in_ms) = duration(expires_in_ms) {
                    self.send(&Frame::LinkOffer(LinkOffer { request, expires_in_ms }));
                }
            }
            Reply::Keys(stocks) => {
                let stocks: Vec<Stock<'_>> = stocks.iter().take(8).map(KeyStock::as_wire).collect();
                self.send(&Frame::Keys(Keys { request, stocks: List::from_slice(&stocks) }));
            }
            Reply::Claimed { list, key_packages } => {
                if !fault::keys::CLAIMED_WITHOUT_LIST.is_on() {
                    self.send_list(asked, &list);
                }
                self.send_claimed(request, &key_packages);
            }
            Reply::Failed { code, retry_after_ms } => self.send_refusal(asked, code, retry_after_ms),
            Reply::Rate { retry_after_ms } => {
                let is_missing = fault::keys::CLAIM_RATE_SUBJECT_MISSING.is_on();
                let subject = if is_missing { Subject::NONE } else { subject(request) };
                self.send_rate(asked.frame_type, subject, retry_after_ms);
            }
        }
    }

    fn send_devices(&mut self, request: RequestId, devices: &[DeviceEntry]) {
        let is_self = |entry: &&DeviceEntry| Some(entry.device) == self.device;
        let is_hidden =
            |entry: &&DeviceEntry| is_self(entry) && fault::registration::DEVICES_WITHOUT_SELF.is_on();
        let devices: Vec<DeviceEntry> =
            devices.iter().filter(|entry| !is_hidden(entry)).take(64).copied().collect();
        let other =
            request.value().saturating_add(u64::from(fault::registration::DEVICES_REQUEST_WRONG.is_on()));
        let request = RequestId::new(other).unwrap_or(request);
        self.send(&Frame::Devices(Devices { request, devices: List::from_slice(&devices) }));
    }

    /// What was stored was decoded once: octets that are no list are a fault of the store.
    fn send_list(&mut self, asked: &Asked, list: &[u8]) {
        match SignedDeviceList::decode(list) {
            Ok(list) => {
                let other = u64::from(fault::devices::LIST_REQUEST_WRONG.is_on());
                let other = RequestId::new(asked.request.value().saturating_add(other));
                let request = other.unwrap_or(asked.request);
                self.send(&Frame::DeviceList(DeviceList { request, list }));
            }
            Err(_) => self.close(ErrorCode::Internal),
        }
    }

    fn send_claimed(&mut self, request: RequestId, key_packages: &[ClaimedKey]) {
        let behind = (0..key_packages.len()).rev();
        for (claimed, left) in key_packages.iter().zip(behind) {
            let left = left.saturating_add(usize::from(fault::keys::CLAIMED_LEFT_WRONG.is_on()));
            let Some(left) = u64::try_from(left).ok().and_then(ClaimsLeft::new) else { return };
            let is_last = claimed.resort == Resort::Last && !fault::keys::LAST_RESORT_UNMARKED.is_on();
            let is_marked = fault::keys::ONE_TIME_MARKED.is_on() && !claimed.key_package.is_empty();
            self.send(&Frame::Claimed(Claimed {
                request,
                device: claimed.device,
                left,
                key_package: &claimed.key_package,
                last_resort: is_last || is_marked,
            }));
        }
    }

    fn send_refusal(&mut self, asked: &Asked, code: FrameCode, retry_after_ms: Option<u64>) {
        self.send(&Frame::Error(ErrorFrame {
            code,
            frame_type: asked.frame_type,
            subject: subject(asked.request),
            detail: "",
            retry_after_ms: retry_after_ms.and_then(duration),
            expected: None,
        }));
    }

    /// This unregistered device was linked by another one, durably: REGISTERED leaves, then CLOSE with REPLACED
    /// (DEV-017). In any other state it changes nothing.
    pub fn on_linked(&mut self, account: AccountId, device: DeviceId) {
        match self.state {
            State::UnregisteredUnconfirmed { .. } | State::Unregistered(_) => {
                let is_wrong = fault::devices::LINKED_ACCOUNT_WRONG.is_on();
                let account = if is_wrong { AccountId::new(*device.as_bytes()) } else { account };
                self.send(&Frame::Registered(Registered { account, device }));
                let is_wrong = fault::devices::LINKED_CODE_WRONG.is_on();
                if !fault::devices::LINKED_NOT_CLOSED.is_on() {
                    self.close(if is_wrong { ErrorCode::DeviceGone } else { ErrorCode::Replaced });
                }
            }
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Greeting(_)
            | State::Unconfirmed { .. }
            | State::Open
            | State::Draining { .. }
            | State::Closed => {}
        }
    }
}

/// A request as ERROR and RATE name it; the ranges are the same.
fn subject(request: RequestId) -> Subject {
    Subject::new(request.value()).unwrap_or(Subject::NONE)
}
