//! What the own side of a machine wants.

use arbitrary::{Result, Unstructured};
use pinnace_session::server::{Item, ServerGoaway};
use pinnace_session::{Acked, ClientSession, MailboxRange, Message, NotNow, ReceiptWish, Replace};
use pinnace_wire::{
    AccountId, Class, ClientSeq, Count, DurationS, ErrorCode, GapReason, GoawayReason, MailboxMark,
    MailboxSeq, Method, MlsSuite, NackReason, OneTimeCount, ReceiptStatus, RequestId, SeqRange,
};

use super::table::Given;
use super::world::World;
use crate::keys::{self, other_device};

/// The client's user wants something.
pub(crate) fn client(world: &mut World, schedule: &mut Unstructured<'_>) -> Result<()> {
    let (what, number) = (schedule.arbitrary::<u8>()? % 14, schedule.arbitrary::<u8>()?);
    let (device, seq) = (other_device(number % 12), u64::from(number / 4) + 1);
    let payload = vec![number; schedule.int_in_range(0..=40_usize)? * if number == 255 { 2_000 } else { 1 }];
    world.client(Given::Wish, |client, _, _| {
        let client_seq = ClientSeq::new(seq).unwrap();
        let mailbox_seq = MailboxSeq::new(seq).unwrap();
        let _ = match what {
            0..=4 => client
                .send(&Message {
                    client_seq,
                    destination: device,
                    class: (what == 1).then_some(Class::CALL),
                    expires_in_s: (what == 2).then(|| DurationS::new(seq).unwrap()),
                    receipt: if what == 3 { ReceiptWish::Unwanted } else { ReceiptWish::Wanted },
                    payload,
                })
                .is_ok(),
            5 => client.void(client_seq).is_ok(),
            6 => {
                let last = mailbox_seq;
                let range = MailboxRange { first: last, last };
                let cursor = MailboxMark::new(seq / 2).unwrap();
                let above = if seq > seq / 2 + 1 { vec![range] } else { Vec::new() };
                client.ack(&Acked { cursor, above }).is_ok()
            }
            7 => client.nack(mailbox_seq, NackReason::new(seq).unwrap()).is_ok(),
            8 => client.send_ephemeral(device, &payload).is_ok(),
            9 => ask(client, seq).is_ok(),
            10 => client.register("+4915112345678", Replace::Unwanted).is_ok(),
            11 => client.register_method(Method::SMS).is_ok(),
            12 => client.register_code("123456").is_ok(),
            _ => {
                client.ping();
                client.can_send() && client.inflight() > 0
            }
        };
    });
    Ok(())
}

/// One of the requests.
fn ask(client: &mut ClientSession, seq: u64) -> core::result::Result<(), NotNow> {
    let (request, account) = (RequestId::new(seq).unwrap(), AccountId::new([4; 16]));
    match seq % 7 {
        1 => client.publish_device_list(request, &keys::device_list()),
        2 => client.query_device_list(request, account),
        3 => client.open_link(request),
        4 => client.approve_link(request, &[], &keys::device_list()),
        5 => client.publish_keys(request, &[[1; 3_072].as_slice(); 16], Some(&[2; 3_072])),
        6 => client.claim(request, account, MlsSuite::AES128GCM),
        _ => client.query_devices(request),
    }
}

/// The server's shell has something for the client.
pub(crate) fn server(world: &mut World, schedule: &mut Unstructured<'_>) -> Result<()> {
    let (what, number) = (schedule.arbitrary::<u8>()? % 8, schedule.arbitrary::<u8>()?);
    let device = other_device(number % 12);
    let payload = vec![number; 1 + usize::from(number)];
    world.server(Given::Answer, |server, _, _| {
        let budget = server.delivery_budget();
        let Some(next) = server.deliver_from() else { return };
        let mailbox_seq = if what == 6 { MailboxSeq::new(u64::from(number) + 1).unwrap() } else { next };
        let ranges = [SeqRange { first: ClientSeq::FIRST, count: Count::new(1).unwrap() }];
        let item = match what {
            0..=2 | 6 => Item::Message { mailbox_seq, source: device, class: None, payload: &payload },
            3 if number % 4 == 3 => {
                let one_time_count = OneTimeCount::new(u64::from(number)).unwrap();
                Item::KeysLow { mailbox_seq, suite: MlsSuite::AES128GCM, one_time_count }
            }
            3 => Item::Receipt { mailbox_seq, device, status: ReceiptStatus::DELIVERED, ranges: &ranges },
            4 => {
                let count = Count::new(u64::from(number % 4) + 1).unwrap();
                Item::Gap { mailbox_seq, count, reason: GapReason::EXPIRED }
            }
            5 => return server.on_mailbox_last(MailboxMark::new(u64::from(number)).unwrap()),
            _ => return server.push_ephemeral(device, &payload),
        };
        let pushed = server.push_item(&item);
        assert!(budget.count > 0 || pushed != Ok(pinnace_session::server::Pushed::Queued), "beyond credit");
    });
    Ok(())
}

/// Somebody wants the end.
pub(crate) fn end(world: &mut World, schedule: &mut Unstructured<'_>) -> Result<()> {
    let (what, ms) = (schedule.arbitrary::<u8>()?, schedule.arbitrary::<u16>()?);
    match what % 8 {
        0 => {
            let _ = world.client(Given::Wish, |client, _, _| client.close(ErrorCode::NoError));
        }
        1 => {
            let _ = world.server(Given::Wish, |server, _, _| server.close(ErrorCode::TakenOver));
        }
        2 => {
            let _ = world.client(Given::Wish, |client, _, _| client.on_carrier_lost());
        }
        3 => {
            let _ = world.server(Given::Wish, |server, _, _| server.on_carrier_lost());
        }
        _ => {
            let goaway = ServerGoaway {
                reason: GoawayReason::RESTART,
                drain_ms: u64::from(ms),
                window_ms: u64::from(ms),
                alternates: Vec::new(),
            };
            let _ = world.server(Given::Wish, |server, _, now| server.goaway(&goaway, now));
        }
    }
    Ok(())
}
