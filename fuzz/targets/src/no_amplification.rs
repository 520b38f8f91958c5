//! What somebody who has proven no key can make a server send.

use pinnace_session::Scratch;
use pinnace_session::server::ServerEvent;
use pinnace_wire::ServerRecord;

use crate::keys;

/// The longest RETRY and the two records of a connection: RETRY, and message 2 of XX with the certificate (two keys of 32
/// octets, two tags of 16, a record kind).
fn octets_max() -> usize {
    1 + 1 + 32 + 48 + keys::certificate_frame().len() + 16
}

/// The octets of a connection as TCP carries them, records behind two octets of length. Until a key is proven the server
/// answers a record with one record at most, with two in all, and their kinds come in the order of the table; a clock that
/// runs out makes it say nothing at all.
///
/// # Panics
/// When more is sent, or something else.
pub fn no_amplification(octets: &[u8]) {
    let (mut server, mut scratch, mut now) = (keys::server(), Scratch::new(), keys::START);
    let (mut rest, mut record) = (octets, Vec::new());
    let (mut record_count, mut sent_len, mut was_retry) = (0, 0, false);
    while let Some((len, after)) = rest.split_first_chunk::<2>() {
        let Some((received, after)) = after.split_at_checked(usize::from(u16::from_be_bytes(*len))) else {
            break;
        };
        rest = after;
        if !server.wants_record() {
            break;
        }
        let before = record_count;
        server.on_record(received, &mut scratch, now).expect("a record was wanted");
        while let Some(event) = server.poll_event() {
            // The first flight was opened: whoever sent it holds a device's key.
            if matches!(event, ServerEvent::Hello(_)) {
                assert_eq!(server.poll_transmit(&mut record), None, "an answer before the store's");
                return;
            }
            assert!(matches!(event, ServerEvent::Closed(_)), "{event:?} without a key");
        }
        while let Some(len) = {
            record.clear();
            server.poll_transmit(&mut record)
        } {
            record_count += 1;
            sent_len += len;
            match ServerRecord::decode(&record).expect("a record of a server in the clear (INV-003)") {
                ServerRecord::Retry => assert!(!core::mem::replace(&mut was_retry, true), "a second RETRY"),
                ServerRecord::Reject { .. } => assert!(server.is_over(), "open after REJECT"),
                ServerRecord::Handshake(_) => {}
            }
        }
        assert!(record_count <= before + 1, "two records for one");
        assert!(record_count <= 2 && sent_len <= octets_max(), "{record_count} records, {sent_len} octets");
        assert_eq!(server.backlog_len(), 0, "octets are kept");
    }
    while let Some(at) = server.poll_timeout() {
        now = now.max(at);
        server.on_timeout(now);
        assert_eq!(server.poll_transmit(&mut record), None, "a clock made the server speak");
        while server.poll_event().is_some() {}
    }
}
