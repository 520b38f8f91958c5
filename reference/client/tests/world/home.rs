//! What a server keeps, in a few maps, by the rules of the delivery chapter.

use std::collections::HashMap;

use pinnace_session::noise::PublicKey;
use pinnace_session::server::{
    Answer, HelloAnswer, HelloDone, HelloRequest, Request, SendRequest, ServerGoaway,
};
use pinnace_session::{Acked, ReceiptWish, device_id};
use pinnace_wire::{
    ClientMark, ClientSeq, Count, DeviceId, ErrorCode, Exception, FrameCode, GapReason, HelloCounter,
    MailboxMark, MailboxSeq, MlsSuite, NackReason, OneTimeCount, ReceiptStatus, SeqRange, SessionEpoch,
};
use tokio::time::Instant;

use super::Script;
use super::directory::Directory;

/// What the sessions are told to do.
#[derive(Clone, Debug)]
pub enum Order {
    /// Say CLOSE.
    Close(ErrorCode),
    /// Say GOAWAY.
    Goaway(ServerGoaway),
    /// Drop the connection without a word.
    Drop,
}

#[derive(Default)]
pub struct Home {
    pub devices: HashMap<DeviceId, Device>,
    pub directory: Directory,
    /// What was asked, and by whom.
    pub requests: Vec<(DeviceId, core::mem::Discriminant<Request>)>,
    pub script: Script,
    pub orders: Vec<Order>,
    /// A session obeyed the latest order.
    pub has_obeyed: bool,
    /// When each connection was attempted.
    pub attempts: Vec<Instant>,
    /// Where to, each time.
    pub addresses: Vec<String>,
    /// What was refused for good.
    pub nacks: Vec<(MailboxSeq, NackReason)>,
    /// The next connection that says NACK is dropped before it is handled.
    pub drops_at_nack: bool,
    /// Connections are refused.
    pub is_down: bool,
    /// Connections are dropped after so many records of the client.
    pub drop_after: Option<usize>,
    /// SENDs are handled and never answered.
    pub is_mute: bool,
    /// Codes are written here, as a development server does.
    pub gateway_log: Option<std::path::PathBuf>,
    /// Each SEND that was handled or answered by the script, as it came.
    pub heard: Vec<ClientSeq>,
}

#[derive(Default)]
pub struct Device {
    pub counter: u64,
    /// HELLOs whose counter did not rise.
    pub stale: u64,
    pub epoch: u64,
    /// The outcome of each number from 1: what the exceptions of WELCOME say, or accepted.
    pub outcomes: Vec<Result<(), Option<FrameCode>>>,
    pub mailbox: Vec<Filed>,
    /// Sessions that the client confirmed.
    pub confirmed: u64,
    pub acked: Option<Acked>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filed {
    Message { source: DeviceId, payload: Vec<u8> },
    Receipt { device: DeviceId, seq: ClientSeq, status: ReceiptStatus },
    KeysLow { suite: MlsSuite, one_time_count: OneTimeCount },
    Gap { reason: GapReason },
}

impl Home {
    pub fn register(&mut self, key: &PublicKey) {
        self.devices.entry(device_id(key)).or_default();
    }

    /// The devices that the directory took in are known from now on; those that a list left out are not.
    pub fn admit(&mut self) {
        for device in self.directory.linked.keys() {
            if !self.directory.removed.contains(device) {
                self.devices.entry(*device).or_default();
            }
        }
        for device in &self.directory.removed {
            self.devices.remove(device);
        }
    }

    pub fn hello(&mut self, hello: &HelloRequest) -> HelloAnswer {
        let Some(device) = self.devices.get_mut(&hello.device) else { return HelloAnswer::Unregistered };
        if hello.hello_counter.value() <= device.counter {
            device.stale += 1;
            return HelloAnswer::Stale { stored: HelloCounter::new(device.counter).unwrap() };
        }
        device.counter = hello.hello_counter.value();
        device.epoch += 1;
        let exceptions = (1..).zip(&device.outcomes).filter(|(seq, _)| *seq > hello.settled.value());
        let exceptions = exceptions.filter_map(|(seq, outcome)| {
            outcome.err().map(|code| Exception { client_seq: ClientSeq::new(seq).unwrap(), code })
        });
        HelloAnswer::Registered(HelloDone {
            session_epoch: SessionEpoch::new(device.epoch).unwrap(),
            handled: ClientMark::new(device.outcomes.len() as u64).unwrap(),
            exceptions: exceptions.collect(),
            cursor: device.acked.as_ref().map_or(MailboxMark::NOTHING, |acked| acked.cursor),
            mailbox_last: device.mailbox_last(),
        })
    }

    pub fn send(&mut self, source: DeviceId, epoch: SessionEpoch, send: SendRequest) -> Answer {
        let device = self.devices.get_mut(&source).unwrap();
        if epoch.value() != device.epoch {
            return Answer::Fenced;
        }
        self.heard.push(send.client_seq);
        let expected = device.outcomes.len() as u64 + 1;
        if let Some(outcome) = device.outcomes.get(send.client_seq.value() as usize - 1) {
            return answer(*outcome);
        }
        if send.client_seq.value() > expected {
            return Answer::Ahead { expected: ClientSeq::new(expected).unwrap() };
        }
        if let Some(scripted) = self.script.pop_front() {
            if let Answer::Refused(code) = scripted {
                device.outcomes.push(Err(Some(code)));
            }
            return scripted;
        }
        let is_known = self.devices.contains_key(&send.destination);
        let outcome = if is_known { Ok(()) } else { Err(FrameCode::new(ErrorCode::UnknownDevice as u64)) };
        self.devices.get_mut(&source).unwrap().outcomes.push(outcome);
        if is_known {
            let SendRequest { payload, .. } = send;
            self.devices.get_mut(&send.destination).unwrap().mailbox.push(Filed::Message { source, payload });
        }
        answer(outcome)
    }

    pub fn void(&mut self, source: DeviceId, seq: ClientSeq) -> Answer {
        let device = self.devices.get_mut(&source).unwrap();
        let expected = device.outcomes.len() as u64 + 1;
        if let Some(outcome) = device.outcomes.get(seq.value() as usize - 1) {
            return answer(*outcome);
        }
        if seq.value() > expected {
            return Answer::Ahead { expected: ClientSeq::new(expected).unwrap() };
        }
        device.outcomes.push(Err(None));
        Answer::Voided
    }

    pub fn ack(&mut self, device: DeviceId, acked: &Acked) {
        let kept = self.devices.get_mut(&device).unwrap();
        let merged = kept.acked.as_ref().map_or_else(|| acked.clone(), |old| old.merged(acked));
        kept.acked = Some(merged);
    }

    /// A NACK of an item that is done does nothing.
    pub fn nack(&mut self, device: DeviceId, seq: MailboxSeq, reason: NackReason) {
        let is_done = |acked: &Acked| {
            acked.cursor.covers(seq) || acked.above.iter().any(|run| (run.first..=run.last).contains(&seq))
        };
        if !self.devices[&device].acked.as_ref().is_some_and(is_done) {
            self.nacks.push((seq, reason));
        }
    }

    /// The cursor of what a device acknowledged.
    pub fn acked_up_to(&self, device: DeviceId) -> u64 {
        self.devices[&device].acked.as_ref().map_or(0, |acked| acked.cursor.value())
    }

    /// Files something that no SEND brings.
    pub fn file(&mut self, for_device: DeviceId, filed: Filed) {
        self.devices.get_mut(&for_device).unwrap().mailbox.push(filed);
    }

    /// The payloads of the messages in a mailbox.
    pub fn payloads(&self, device: DeviceId) -> Vec<Vec<u8>> {
        let filed = self.devices[&device].mailbox.iter();
        filed
            .filter_map(
                |filed| if let Filed::Message { payload, .. } = filed { Some(payload.clone()) } else { None },
            )
            .collect()
    }
}

impl Device {
    pub fn mailbox_last(&self) -> MailboxMark {
        MailboxMark::new(self.mailbox.len() as u64).unwrap()
    }
}

impl Filed {
    pub fn ranges(seq: ClientSeq) -> [SeqRange; 1] {
        [SeqRange { first: seq, count: Count::new(1).unwrap() }]
    }
}

pub const WANTED: ReceiptWish = ReceiptWish::Wanted;

fn answer(outcome: Result<(), Option<FrameCode>>) -> Answer {
    match outcome {
        Ok(()) => Answer::Accepted,
        Err(Some(code)) => Answer::Refused(code),
        Err(None) => Answer::Voided,
    }
}
