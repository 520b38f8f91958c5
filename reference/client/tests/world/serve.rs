//! One connection of the server: a server session over channels.

use core::time::Duration;
use std::io::Write;

use pinnace_client::link::LinkError;
use pinnace_session::certificate::check_device;
use pinnace_session::noise::PublicKey;
use pinnace_session::server::{
    Answer, HelloAnswer, Item, RegistrationAnswer, Request, RequestTicket, ServerEvent,
};
use pinnace_session::{Now, RegistrationState, Scratch, Seed, ServerSession};
use pinnace_wire::{
    AccountId, AttemptsLeft, CodeLen, Count, DeviceId, DurationMs, ErrorCode, FrameCode, MailboxSeq, Method,
    Offer, RegistrationStage, UnixMs,
};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::home::{Filed, Order};
use super::{World, now_s};

/// The code of every registration.
pub const CODE: &str = "123456";

struct Connection {
    world: World,
    session: ServerSession,
    device: Option<(PublicKey, DeviceId)>,
    /// Orders that this connection has obeyed.
    obeyed: usize,
    is_dropped: bool,
    /// The device was told that it is linked, or came as a registered one.
    is_told: bool,
    e164: String,
}

pub async fn serve(
    world: World,
    mut from_client: mpsc::Receiver<Vec<u8>>,
    to_client: mpsc::Sender<Result<Vec<u8>, LinkError>>,
) {
    let origin = Instant::now();
    let now = || Now { ms: origin.elapsed().as_millis() as u64 };
    let seed = Seed::new([world.home().attempts.len() as u8 + 100; 32]);
    let obeyed = world.home().orders.len();
    let session = ServerSession::new(world.config.clone(), seed, now());
    let mut connection = Connection {
        world: world.clone(),
        session,
        device: None,
        obeyed,
        is_dropped: false,
        is_told: false,
        e164: String::new(),
    };
    let mut scratch = Scratch::new();
    let mut heard = 0;
    loop {
        let rung = world.bell.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        connection.turn(now());
        let mut record = Vec::new();
        while connection.session.poll_transmit(&mut record).is_some() {
            if to_client.send(Ok(core::mem::take(&mut record))).await.is_err() {
                return;
            }
        }
        if connection.session.is_over() || connection.is_dropped {
            return;
        }
        let deadline = connection.session.poll_timeout().map(|at| origin + Duration::from_millis(at.ms));
        tokio::select! {
            record = from_client.recv(), if connection.session.wants_record() => {
                let Some(record) = record else { return };
                heard += 1;
                if world.home().drop_after.is_some_and(|records| heard > records) {
                    return;
                }
                connection.session.on_record(&record, &mut scratch, now()).unwrap();
            }
            () = rung => {}
            () = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => {
                connection.session.on_timeout(now());
            }
        }
    }
}

impl Connection {
    fn turn(&mut self, now: Now) {
        while !self.is_dropped
            && let Some(event) = self.session.poll_event()
        {
            self.on_event(event, now);
        }
        let orders: Vec<Order> = self.world.home().orders.iter().skip(self.obeyed).cloned().collect();
        for order in orders {
            self.obeyed += 1;
            self.world.home().has_obeyed = true;
            match order {
                Order::Close(code) => self.session.close(code),
                Order::Goaway(goaway) => self.session.goaway(&goaway, now),
                Order::Drop => self.is_dropped = true,
            }
        }
        if let Some((_, device)) = self.device
            && !self.is_told
            && let Some(account) = self.waits_for_account(device)
        {
            self.is_told = true;
            self.session.on_linked(account, device);
        }
        self.pump();
    }

    /// The account of a device that was taken in while this unregistered session waits.
    fn waits_for_account(&self, device: DeviceId) -> Option<AccountId> {
        if self.session.session_epoch().is_some_and(|epoch| epoch.value() > 0) {
            return None;
        }
        let home = self.world.home();
        let linked = home.directory.linked.get(&device).copied();
        linked.filter(|_| !home.directory.removed.contains(&device))
    }

    fn on_event(&mut self, event: ServerEvent, now: Now) {
        let world = self.world.clone();
        let device = self.device.map(|(_, device)| device);
        match event {
            ServerEvent::Hello(hello) => {
                self.device = Some((hello.device_key, hello.device));
                let answer = world.home().hello(&hello);
                self.is_told = !matches!(answer, HelloAnswer::Unregistered);
                self.session.on_hello(&answer, UnixMs::new(now_s() * 1000).unwrap(), now);
            }
            ServerEvent::Confirmed { acked } => world.tell(|home| {
                home.devices.get_mut(&device.unwrap()).unwrap().confirmed += 1;
                home.ack(device.unwrap(), &acked);
            }),
            ServerEvent::Ack(acked) => world.tell(|home| home.ack(device.unwrap(), &acked)),
            ServerEvent::Send(send) => {
                let (ticket, epoch) = (send.ticket, self.session.session_epoch().unwrap());
                let answer = world.home().send(device.unwrap(), epoch, send);
                world.bell.notify_waiters();
                let is_mute = world.home().is_mute;
                self.session.on_answer(ticket, if is_mute { Answer::Fenced } else { answer });
            }
            ServerEvent::Void { ticket, client_seq } => {
                let answer = world.home().void(device.unwrap(), client_seq);
                self.session.on_answer(ticket, answer);
            }
            ServerEvent::Register { e164, .. } => {
                self.e164 = e164;
                self.session.on_registration(&stage(RegistrationStage::Choosing));
            }
            ServerEvent::RegisterMethod { .. } => {
                self.send_code();
                self.session.on_registration(&stage(RegistrationStage::Waiting));
            }
            ServerEvent::RegisterCode { code } if code == CODE => {
                self.session.on_registration(&stage(RegistrationStage::Verified));
            }
            ServerEvent::RegisterCode { .. } => {
                let code = FrameCode::new(ErrorCode::CodeWrong as u64).unwrap();
                self.session.on_registration(&RegistrationAnswer::Failed { code, retry_after_ms: None });
            }
            ServerEvent::RegisterDevice { certificate } => {
                let key = self.device.unwrap().0;
                let checked = check_device(world.config.realm, &certificate, &key, now_s()).unwrap();
                world.tell(|home| home.register(&key));
                let (account, device) = (checked.account, checked.device);
                self.session.on_registration(&RegistrationAnswer::Registered { account, device });
            }
            ServerEvent::Request { ticket, request, .. } => self.on_request(ticket, request),
            ServerEvent::Nack { mailbox_seq, reason } => {
                self.is_dropped = core::mem::take(&mut world.home().drops_at_nack);
                if self.is_dropped {
                    world.bell.notify_waiters();
                } else {
                    world.tell(|home| home.nack(device.unwrap(), mailbox_seq, reason));
                }
            }
            ServerEvent::Post(_) | ServerEvent::Commit(_) | ServerEvent::Whisper { .. } => {}
            ServerEvent::Ephemeral { .. } | ServerEvent::Closed(_) => {}
        }
    }

    fn on_request(&mut self, ticket: RequestTicket, request: Request) {
        let world = self.world.clone();
        let device = self.device.unwrap().1;
        let is_approval = matches!(request, Request::ApproveLink { .. });
        let drops_now = is_approval && core::mem::take(&mut world.home().directory.drops_at_approve);
        if drops_now || world.home().directory.drops {
            // Done, and the answer is lost.
            world.tell(|home| {
                home.directory.on_request(world.config.realm, device, request);
                home.admit();
            });
            self.is_dropped = true;
            return;
        }
        let kind = core::mem::discriminant(&request);
        let reply = world.home().directory.on_request(world.config.realm, device, request);
        world.home().admit();
        world.home().requests.push((device, kind));
        world.bell.notify_waiters();
        self.session.on_reply(ticket, reply);
    }

    fn send_code(&self) {
        let Some(path) = self.world.home().gateway_log.clone() else { return };
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(log, r#"{{"e164":"{}","method":"sms","code":"{CODE}"}}"#, self.e164).unwrap();
    }

    fn pump(&mut self) {
        let Some((_, device)) = self.device else { return };
        let world = self.world.clone();
        let home = world.home();
        let Some(kept) = home.devices.get(&device) else { return };
        self.session.on_mailbox_last(kept.mailbox_last());
        while let Some(seq) = self.session.deliver_from() {
            let Some(filed) = kept.mailbox.get(seq.value() as usize - 1) else { return };
            if self.push(seq, filed).is_none() {
                return;
            }
        }
    }

    fn push(&mut self, mailbox_seq: MailboxSeq, filed: &Filed) -> Option<()> {
        let ranges;
        let item = match filed {
            Filed::Message { source, payload } => {
                Item::Message { mailbox_seq, source: *source, class: None, payload }
            }
            Filed::Receipt { device, seq, status } => {
                ranges = Filed::ranges(*seq);
                Item::Receipt { mailbox_seq, device: *device, status: *status, ranges: &ranges }
            }
            Filed::KeysLow { suite, one_time_count } => {
                Item::KeysLow { mailbox_seq, suite: *suite, one_time_count: *one_time_count }
            }
            Filed::Gap { reason } => {
                Item::Gap { mailbox_seq, count: Count::new(1).unwrap(), reason: *reason }
            }
        };
        self.session.push_item(&item).ok().map(|_| ())
    }
}

fn stage(stage: RegistrationStage) -> RegistrationAnswer {
    let offer = Offer { method: Method::SMS, wait_ms: DurationMs::new(0).unwrap() };
    RegistrationAnswer::State(RegistrationState {
        stage,
        methods: vec![offer],
        code_len: CodeLen::new(6).unwrap(),
        code_wait_ms: DurationMs::new(0).unwrap(),
        attempts_left: AttemptsLeft::new(5).unwrap(),
        expires_in_ms: DurationMs::new(60_000).unwrap(),
    })
}
