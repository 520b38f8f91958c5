//! A device joins by a commit of its own: the GroupInfo comes from a device of its account, as a message through the server.

use serde_json::json;

use super::scene::Scene;
use crate::hex;
use crate::interop::adapter::text;
use crate::interop::fault::{Fault, expect};
use crate::peer::seen::Payload;
use crate::peer::{Seen, say};

impl Scene<'_> {
    /// A GroupInfo goes from a member to a device of its account.
    pub(super) fn hand_over(&mut self, from: usize, to: usize) -> Result<Vec<u8>, Fault> {
        let group = self.group();
        let seat = self.seat(from)?;
        let info = text(&seat.ask(&group, "group_info", json!({}))?, "group_info")?;
        let info =
            hex::decode(&info).map_err(|error| Fault::device("a member", "group_info", error.to_string()))?;
        let (sender, receiver) = (self.seat(from)?.device.id, self.seat(to)?.device.id);
        let session = self.seat(from)?.session()?;
        let client_seq = session.send_with(receiver, &info, &say::no_receipt());
        session.accepted(client_seq)?;
        session.device.settled.set(client_seq);
        let session = self.seat(to)?.session()?;
        let heard = session.next_where(|seen| seen.is_item() && !matches!(seen, Seen::KeysLow { .. }));
        let mailbox_seq = heard.mailbox_seq().unwrap_or_default();
        let due =
            Seen::Deliver { mailbox_seq, from: Some(sender), payload: Payload(info.clone()), class: None };
        expect("the GroupInfo that is handed over", &due, &heard)?;
        session.ack(mailbox_seq);
        Ok(info)
    }
}
