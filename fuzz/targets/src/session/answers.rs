//! What a store answers, whether or not it was asked.

use arbitrary::{Result, Unstructured};
use pinnace_session::server::{Answer, ClaimedKey, HelloAnswer, HelloDone, RegistrationAnswer, Reply};
use pinnace_session::{RegistrationState, Resort};
use pinnace_wire::{
    AccountId, AttemptsLeft, ClientMark, CodeLen, DeviceEntry, DurationMs, FrameCode, HelloCounter,
    MailboxMark, Method, Offer, RegistrationStage, SessionEpoch, UnixS,
};

use super::table::Given;
use super::world::World;
use crate::keys::{self, other_device, wall};

/// To HELLO, to a message, or to a request.
pub(crate) fn store(world: &mut World, schedule: &mut Unstructured<'_>) -> Result<()> {
    let (what, number) = (schedule.arbitrary::<u8>()? % 8, schedule.arbitrary::<u8>()?);
    match what {
        0 | 1 => hello(world, number),
        2 => {
            let entry = DeviceEntry {
                device: other_device(number),
                registered_s: UnixS::new(1).unwrap(),
                not_after_s: UnixS::new(2).unwrap(),
            };
            let Some(ticket) = world.claims.requested else { return Ok(()) };
            let reply = reply(number, vec![entry; usize::from(number % 80)]);
            world.server(Given::Answer, |server, _, _| server.on_reply(ticket, reply));
        }
        _ => message(world, number),
    }
    Ok(())
}

fn hello(world: &mut World, number: u8) {
    let done = |handled: u8| HelloDone {
        session_epoch: SessionEpoch::new(4).unwrap(),
        handled: ClientMark::new(u64::from(handled)).unwrap(),
        exceptions: Vec::new(),
        cursor: MailboxMark::NOTHING,
        mailbox_last: MailboxMark::new(u64::from(number)).unwrap(),
    };
    let answer = match number % 8 {
        0..=3 => HelloAnswer::Registered(done(0)),
        4 => HelloAnswer::Registered(done(number / 32)),
        5 => HelloAnswer::Unregistered,
        6 => HelloAnswer::Stale { stored: HelloCounter::new(9).unwrap() },
        _ => HelloAnswer::Unavailable { retry_after_ms: 100 },
    };
    world.claims.on_hello_answer(&answer);
    world.server(Given::Answer, |server, _, now| server.on_hello(&answer, wall(), now));
}

/// Answers come in any order; those that nobody asked for are those that were answered before.
fn message(world: &mut World, number: u8) {
    let count = world.claims.asked.len();
    let Some(place) = usize::from(number / 16).checked_rem(count) else { return };
    let (ticket, client_seq) = world.claims.asked[place];
    let answer = match number % 16 {
        0..=7 => Answer::Accepted,
        8 => Answer::Refused(FrameCode::new(33).unwrap()),
        9 => Answer::Voided,
        10 => Answer::Conflict,
        11 => Answer::Forgotten,
        12 => Answer::Ahead { expected: client_seq },
        13 => Answer::Unavailable { retry_after_ms: 5 },
        14 => Answer::Rate { retry_after_ms: 5 },
        _ => Answer::Fenced,
    };
    world.claims.on_answer(client_seq, answer);
    world.server(Given::Answer, |server, _, _| server.on_answer(ticket, answer));
}

/// To a request, whatever it asked for. Octets that are no list are a fault of the store.
fn reply(number: u8, devices: Vec<DeviceEntry>) -> Reply {
    let claimed = |key: u8| ClaimedKey {
        device: other_device(key),
        key_package: vec![key; usize::from(key) * 12],
        resort: if key.is_multiple_of(2) { Resort::OneTime } else { Resort::Last },
    };
    match number % 8 {
        0 => Reply::DeviceList(keys::device_list()),
        1 => Reply::LinkOffer { expires_in_ms: u64::from(number) },
        2 => Reply::Keys(Vec::new()),
        3 => Reply::Claimed { list: keys::device_list(), key_packages: (0..number).map(claimed).collect() },
        4 => Reply::Failed { code: FrameCode::new(24).unwrap(), retry_after_ms: None },
        5 => Reply::Rate { retry_after_ms: 5 },
        6 => Reply::DeviceList(vec![number; usize::from(number)]),
        _ => Reply::Devices(devices),
    }
}

/// To a step of a registration.
pub(crate) fn registration(world: &mut World, schedule: &mut Unstructured<'_>) -> Result<()> {
    let number = schedule.arbitrary::<u8>()?;
    let ms = DurationMs::new(u64::from(number)).unwrap();
    let state = |stage| RegistrationState {
        stage,
        methods: vec![Offer { method: Method::SMS, wait_ms: ms }],
        code_len: CodeLen::new(6).unwrap(),
        code_wait_ms: ms,
        attempts_left: AttemptsLeft::new(5).unwrap(),
        expires_in_ms: ms,
    };
    let answer = match number % 8 {
        0 => RegistrationAnswer::State(state(RegistrationStage::Choosing)),
        1 | 2 => RegistrationAnswer::State(state(RegistrationStage::Waiting)),
        3 => RegistrationAnswer::State(state(RegistrationStage::Verified)),
        4 => RegistrationAnswer::Failed { code: FrameCode::new(40).unwrap(), retry_after_ms: None },
        5 => RegistrationAnswer::Rate { retry_after_ms: 5 },
        _ => RegistrationAnswer::Registered { account: AccountId::new([4; 16]), device: other_device(1) },
    };
    world.server(Given::Answer, |server, _, _| server.on_registration(&answer));
    Ok(())
}
