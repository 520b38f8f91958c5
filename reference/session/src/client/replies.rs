//! The answers to requests become events.

use pinnace_wire::{Claimed, DeviceList, Devices, Frame, Keys, LinkOffer};

use super::ClientSession;
use super::event::ClientEvent;
use crate::device_list;
use crate::key_stock::{KeyStock, Resort};

impl ClientSession {
    /// Hands an answer to the library. Frames that are none are not asked about here.
    pub(super) fn on_reply(&mut self, frame: &Frame<'_>) {
        if let Frame::Devices(Devices { request, devices }) = *frame {
            self.event(ClientEvent::Devices { request, devices: devices.iter().collect() });
        }
        if let Frame::DeviceList(DeviceList { request, list }) = *frame {
            self.event(ClientEvent::DeviceList { request, list: device_list::octets(&list) });
        }
        if let Frame::Keys(Keys { request, stocks }) = *frame {
            let stocks = stocks.iter().map(|stock| KeyStock::from_wire(&stock)).collect();
            self.event(ClientEvent::Keys { request, stocks });
        }
        if let Frame::Claimed(Claimed { request, device, left, key_package, last_resort }) = *frame {
            self.event(ClientEvent::Claimed {
                request,
                device,
                left: left.value(),
                key_package: key_package.to_vec(),
                resort: if last_resort { Resort::Last } else { Resort::OneTime },
            });
        }
        if let Frame::LinkOffer(LinkOffer { request, expires_in_ms }) = *frame {
            self.event(ClientEvent::LinkOffer { request, expires_in_ms: expires_in_ms.value() });
        }
    }
}
