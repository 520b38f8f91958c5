//! The records of outbox and inbox as octets.

use pinnace_session::ReceiptWish;
use pinnace_wire::{
    Class, ConversationId, DeviceId, DurationS, FrameCode, GapReason, MailboxSeq, ReceiptStatus,
};

use super::octets::{Reader, Writer};
use crate::item::{Content, InboxItem};
use crate::message::{Destination, OutboxRecord, OutboxWish, Outcome, SendOptions};

/// The first octet of each record: the form that follows.
const FORM: u8 = 1;

/// The form of a message to a conversation.
const FORM_CONVERSATION: u8 = 2;

/// The form of a change of a conversation.
const FORM_COMMIT: u8 = 3;

pub(super) fn outbox_to_bytes(record: &OutboxRecord) -> Vec<u8> {
    let mut out = Writer::default();
    let options = record.options;
    // The first octet tells to whom as well: the form of a message to a device is that of older versions.
    let (form, id) = match &record.destination {
        Destination::Device(device) => (FORM, device.as_bytes()),
        Destination::Conversation(conversation) => (FORM_CONVERSATION, conversation.as_bytes()),
        Destination::Commit(conversation) => (FORM_COMMIT, conversation.as_bytes()),
    };
    out.u8(form).octets(id).u64(options.class.map_or(0, Class::value));
    out.u64(options.expires_in_s.map_or(0, DurationS::value));
    out.u8(match options.receipt {
        ReceiptWish::Wanted => 0,
        ReceiptWish::Unwanted => 1,
    });
    out.u8(match record.wish {
        OutboxWish::Send => 0,
        OutboxWish::Void => 1,
    });
    let (outcome, code) = match record.outcome {
        None => (0, 0),
        Some(Outcome::Accepted) => (1, 0),
        Some(Outcome::Refused(code)) => (2, code.value()),
        Some(Outcome::Voided) => (3, 0),
        Some(Outcome::Unknown(code)) => (4, code.map_or(0, FrameCode::value)),
    };
    out.u8(outcome).u64(code);
    // Zero is a status of its own, so the absent one is told apart by one more.
    out.u64(record.receipt.map_or(0, |status| status.value().saturating_add(1)));
    out.u64(record.at_ms).octets(&record.payload);
    out.0
}

pub(super) fn outbox_from_bytes(octets: &[u8]) -> Option<OutboxRecord> {
    let mut octets = Reader(octets);
    let destination = match (octets.u8()?, octets.array()?) {
        (FORM, id) => Destination::Device(DeviceId::new(id)),
        (FORM_CONVERSATION, id) => Destination::Conversation(ConversationId::new(id)),
        (FORM_COMMIT, id) => Destination::Commit(ConversationId::new(id)),
        _ => return None,
    };
    let options = SendOptions {
        class: Class::new(octets.u64()?),
        expires_in_s: DurationS::new(octets.u64()?),
        receipt: match octets.u8()? {
            0 => ReceiptWish::Wanted,
            1 => ReceiptWish::Unwanted,
            _ => return None,
        },
    };
    let wish = match octets.u8()? {
        0 => OutboxWish::Send,
        1 => OutboxWish::Void,
        _ => return None,
    };
    let (outcome, code) = (octets.u8()?, octets.u64()?);
    let outcome = match outcome {
        0 => None,
        1 => Some(Outcome::Accepted),
        2 => Some(Outcome::Refused(FrameCode::new(code)?)),
        3 => Some(Outcome::Voided),
        4 => Some(Outcome::Unknown(FrameCode::new(code))),
        _ => return None,
    };
    let receipt = octets.u64()?.checked_sub(1).and_then(ReceiptStatus::new);
    let at_ms = octets.u64()?;
    Some(OutboxRecord {
        destination,
        options,
        wish,
        outcome,
        receipt,
        at_ms,
        payload: octets.rest().to_vec(),
    })
}

pub(super) fn item_to_bytes(item: &InboxItem) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(FORM).u64(item.mailbox_seq.value()).u64(item.at_ms);
    match &item.content {
        Content::Message { source, class, payload } => {
            out.u8(0).octets(source.as_bytes()).u64(class.map_or(0, Class::value)).octets(payload)
        }
        Content::Gap { count, reason } => out.u8(1).u64(*count).u64(reason.value()),
        Content::Said { conversation, order } => out.u8(2).octets(conversation.as_bytes()).u64(*order),
    };
    out.0
}

pub(super) fn item_from_bytes(octets: &[u8]) -> Option<InboxItem> {
    let mut octets = Reader(octets);
    if octets.u8()? != FORM {
        return None;
    }
    let (mailbox_seq, at_ms) = (MailboxSeq::new(octets.u64()?)?, octets.u64()?);
    let content = match octets.u8()? {
        0 => Content::Message {
            source: DeviceId::new(octets.array()?),
            class: Class::new(octets.u64()?),
            payload: octets.rest().to_vec(),
        },
        1 => {
            let gap = Content::Gap { count: octets.u64()?, reason: GapReason::new(octets.u64()?)? };
            octets.end()?;
            gap
        }
        2 => {
            let conversation = ConversationId::new(octets.array()?);
            let said = Content::Said { conversation, order: octets.u64()? };
            octets.end()?;
            said
        }
        _ => return None,
    };
    Some(InboxItem { mailbox_seq, at_ms, content })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn outbox_comes_back(record: OutboxRecord) {
        let octets = outbox_to_bytes(&record);
        for len in 0..octets.len() - record.payload.len() {
            assert_eq!(outbox_from_bytes(&octets[..len]), None, "{len}");
        }
        assert_eq!(outbox_from_bytes(&octets), Some(record));
    }

    #[test]
    fn outbox_records_come_back() {
        let plain = OutboxRecord {
            destination: Destination::Device(DeviceId::new([7; 16])),
            options: SendOptions::default(),
            wish: OutboxWish::Send,
            outcome: None,
            receipt: None,
            at_ms: 5,
            payload: vec![1, 2],
        };
        let code = FrameCode::new(2).unwrap();
        for outcome in [
            Outcome::Accepted,
            Outcome::Refused(code),
            Outcome::Voided,
            Outcome::Unknown(Some(code)),
            Outcome::Unknown(None),
        ] {
            outbox_comes_back(OutboxRecord { outcome: Some(outcome), ..plain.clone() });
        }
        let options = SendOptions {
            class: Some(Class::CALL),
            expires_in_s: DurationS::new(9),
            receipt: ReceiptWish::Unwanted,
        };
        let receipt = Some(ReceiptStatus::DELIVERED);
        outbox_comes_back(OutboxRecord { options, wish: OutboxWish::Void, receipt, ..plain.clone() });
        let conversation = ConversationId::new([7; 16]);
        for destination in [Destination::Conversation(conversation), Destination::Commit(conversation)] {
            outbox_comes_back(OutboxRecord { destination, ..plain.clone() });
        }
    }

    #[test]
    fn inbox_items_come_back() {
        let message = Content::Message { source: DeviceId::new([1; 16]), class: None, payload: vec![9; 3] };
        let gap = Content::Gap { count: 3, reason: GapReason::EXPIRED };
        let said = Content::Said { conversation: ConversationId::new([4; 16]), order: 9 };
        for content in [message, gap, said] {
            let item = InboxItem { mailbox_seq: MailboxSeq::FIRST, at_ms: 77, content };
            assert_eq!(item_from_bytes(&item_to_bytes(&item)), Some(item));
        }
    }
}
