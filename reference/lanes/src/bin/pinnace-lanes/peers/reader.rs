//! A device that never reads, though much is sent to it.

use pinnace_client::Carrier;
use pinnace_lanes::world::{Answer, Codes, Failure, Plain, silent};
use tokio::runtime::Runtime;

use crate::stage::Stage;

/// Messages to it: more octets than the buffers of both systems hold.
const MESSAGES: u64 = 160;
/// Octets of each.
const PAYLOAD_LEN: usize = 60_000;

/// The server sheds the device; what was accepted for it waits, and comes when it comes back and reads.
pub(super) fn never_reads(stage: &mut Stage, runtime: &Runtime) -> Result<(), Failure> {
    stage.world.recorder.fault("device that never reads", 1);
    let codes = Codes::open(&stage.server.gateway_log)?;
    for (serial, carrier) in (0_u64..).zip([Carrier::Tcp, Carrier::WebSocket]) {
        let at = stage.server.address(carrier);
        let mut sender = Plain::new(format!("+469{serial:08}"));
        let mut reader = Plain::new(format!("+466{serial:08}"));
        let to = reader.id();
        let unread = runtime.block_on(async {
            sender.register(&at, &codes).await?;
            reader.register(&at, &codes).await?;
            let mut unread = reader.open(&at, silent()).await?;
            // It is confirmed; from here on it does not read.
            unread.ask().await?;
            let mut sending = sender.open(&at, silent()).await?;
            for seq in 1..=MESSAGES {
                if sending.send(seq, to, payload(seq)).await? != Answer::Accepted {
                    return Err(Failure::Program(format!("the store did not answer to message {seq}")));
                }
            }
            Ok::<_, Failure>(unread)
        })?;
        stage.wait_outcomes(super::OUTCOMES)?;
        // What the device was given is bounded by its credit; that it says nothing ends its session.
        super::all_shed(stage)?;
        drop(unread);
        let received = runtime.block_on(read_all(&mut reader, &at))?;
        stage.facts.insert(name(carrier), received);
    }
    Ok(())
}

/// Comes back, and takes every message in its order.
async fn read_all(reader: &mut Plain, at: &pinnace_client::ServerAddress) -> Result<u64, Failure> {
    let mut session = reader.open(at, silent()).await?;
    let mut received = 0;
    while received < MESSAGES {
        received += 1;
        if session.message().await? != payload(received) {
            return Err(Failure::Program(format!("item {received} is another one")));
        }
        session.ack(received)?;
    }
    Ok(received)
}

fn payload(seq: u64) -> Vec<u8> {
    let mut payload = vec![0; PAYLOAD_LEN];
    payload.iter_mut().zip(seq.to_be_bytes()).for_each(|(place, octet)| *place = octet);
    payload
}

const fn name(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Tcp => "messages_for_one_that_did_not_read_tcp",
        Carrier::WebSocket => "messages_for_one_that_did_not_read_websocket",
    }
}
