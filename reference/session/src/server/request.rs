//! What a device asks for beside its messages. One request after the other is asked for, so that each sees what those before
//! it did, and the answers leave in the order of the requests.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

use pinnace_wire::{
    AccountId, DeviceCertificate, DeviceEntry, DeviceId, Frame, FrameCode, FrameType, MlsSuite, RequestId,
};

use crate::device_list;
use crate::key_stock::{KeyStock, Resort};

/// With so many requests unanswered what stands behind them waits. One may be 17 KeyPackages long.
pub(crate) const REQUESTS_MAX: usize = 8;

/// Names one request of one session between its event and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestTicket(u64);

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// The devices of the own account. Answer: [`Reply::Devices`].
    Devices,
    /// A device list is to be judged and put into force. Answer: [`Reply::DeviceList`].
    PublishDeviceList {
        /// The list, encoded; well-formed.
        list: Vec<u8>,
    },
    /// The device list of an account. Answer: [`Reply::DeviceList`].
    DeviceList {
        /// Whose.
        account: AccountId,
    },
    /// This unregistered device may be linked. Answer: [`Reply::LinkOffer`].
    OpenLink,
    /// A new device is to be judged and taken into the own account. Answer: [`Reply::DeviceList`].
    ApproveLink {
        /// Its certificate, encoded; well-formed.
        certificate: Vec<u8>,
        /// The list that names it, encoded; well-formed.
        list: Vec<u8>,
    },
    /// KeyPackages of this device are to be judged and stored. Answer: [`Reply::Keys`].
    PublishKeys {
        /// One-time ones, at most 16; octets of any form.
        key_packages: Vec<Vec<u8>>,
        /// One of last resort; octets of any form.
        last_resort: Option<Vec<u8>>,
    },
    /// The device list of an account and a KeyPackage of each of its devices. Answer: [`Reply::Claimed`].
    Claim {
        /// Whose.
        account: AccountId,
        /// Of which suite.
        suite: MlsSuite,
    },
}

impl Request {
    /// What a frame asks for, and by which number; `None` when it is no request.
    pub(crate) fn of_frame(frame: &Frame<'_>) -> Option<(RequestId, Self)> {
        if let Frame::DevicesQuery(query) = frame {
            return Some((query.request, Self::Devices));
        }
        if let Frame::DeviceListPublish(publish) = frame {
            return Some((
                publish.request,
                Self::PublishDeviceList { list: device_list::octets(&publish.list) },
            ));
        }
        if let Frame::DeviceListQuery(query) = frame {
            return Some((query.request, Self::DeviceList { account: query.account }));
        }
        if let Frame::LinkOpen(open) = frame {
            return Some((open.request, Self::OpenLink));
        }
        if let Frame::LinkApprove(approve) = frame {
            let (certificate, list) =
                (certificate_octets(&approve.certificate), device_list::octets(&approve.list));
            return Some((approve.request, Self::ApproveLink { certificate, list }));
        }
        if let Frame::KeysPublish(publish) = frame {
            let key_packages = publish.key_packages.iter().map(|item| item.key_package.to_vec()).collect();
            let last_resort = publish.last_resort.map(<[u8]>::to_vec);
            return Some((publish.request, Self::PublishKeys { key_packages, last_resort }));
        }
        if let Frame::Claim(claim) = frame {
            return Some((claim.request, Self::Claim { account: claim.account, suite: claim.suite }));
        }
        None
    }
}

/// A certificate as it came: the room is measured, and what was decoded can be encoded.
pub(super) fn certificate_octets(certificate: &DeviceCertificate<'_>) -> Vec<u8> {
    let mut octets = vec![0; certificate.encoded_len()];
    let _ = certificate.encode(&mut octets);
    octets
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The devices of the own account; at most 64 are told.
    Devices(Vec<DeviceEntry>),
    /// The list in force, encoded, durable.
    DeviceList(Vec<u8>),
    /// The offer is durable.
    LinkOffer {
        /// How long it stands.
        expires_in_ms: u64,
    },
    /// What is stored of this device now, durably; at most 8 suites are told.
    Keys(Vec<KeyStock>),
    /// What was claimed; what is one-time is durably gone.
    Claimed {
        /// The list in force, encoded.
        list: Vec<u8>,
        /// Of each device that it names, the asking one left out, in the list's order.
        key_packages: Vec<ClaimedKey>,
    },
    /// The request was refused, or the store did not answer.
    Failed {
        /// Why.
        code: FrameCode,
        /// When to ask again.
        retry_after_ms: Option<u64>,
    },
    /// Too many such requests; nothing was done.
    Rate {
        /// When to ask again.
        retry_after_ms: u64,
    },
}

/// What a claim has of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedKey {
    /// The device.
    pub device: DeviceId,
    /// Its KeyPackage, at most 3,072 octets; empty where it has none.
    pub key_package: Vec<u8>,
    /// Whether others get the same.
    pub resort: Resort,
}

/// A request that awaits its answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: RequestId,
    pub(crate) frame_type: FrameType,
    /// What it asks for, until that was told.
    wish: Option<Request>,
}

/// The requests that await their answer, at most [`REQUESTS_MAX`]. The first one is with the store, or may go there.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// The ticket of the first one.
    first: u64,
    asked: VecDeque<Asked>,
}

impl Requests {
    pub(crate) fn is_full(&self) -> bool {
        self.asked.len() >= REQUESTS_MAX
    }

    pub(crate) fn push(&mut self, request: RequestId, frame_type: FrameType, wish: Request) {
        self.asked.push_back(Asked { request, frame_type, wish: Some(wish) });
    }

    /// The next one to ask for, once those before it are answered.
    pub(crate) fn start(&mut self) -> Option<(RequestTicket, Request)> {
        let wish = self.asked.front_mut()?.wish.take()?;
        Some((RequestTicket(self.first), wish))
    }

    /// The one that is answered by this ticket, or `None` when it was answered before.
    pub(crate) fn on_reply(&mut self, RequestTicket(ticket): RequestTicket) -> Option<Asked> {
        if ticket != self.first || self.asked.front()?.wish.is_some() {
            return None;
        }
        let asked = self.asked.pop_front()?;
        self.first = self.first.saturating_add(1);
        if self.asked.is_empty() {
            self.asked = VecDeque::new();
        }
        Some(asked)
    }
}
