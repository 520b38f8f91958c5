//! An entry comes into a mailbox.

use alloc::vec::Vec;

use super::fan_out::Delivery;
use super::faulty;
use super::place::place;
use crate::file::has_room;
use crate::item::Entry;
use crate::mailbox::Mailbox;
use crate::row::{self, EntryRow, Let, MailboxRow, Queue};
use crate::{EntryKind, Event, Fault, GapReason, Owner, Rules, Table, View, key};
use pinnace_fault::conversations as planted;

impl Delivery<'_> {
    /// Files all parts of the entry in one step. A full mailbox gets a GAP in its place, which no quota counts; one whose
    /// device has gone gets nothing. Neither holds the payload.
    pub(super) fn file<V: View>(&self, view: &mut V, rules: &Rules) -> Result<Vec<Event>, Fault<V::Error>> {
        let mailbox_key = key::row(Owner::Device(self.device), Table::Mailbox);
        let Some(row) = row::get::<MailboxRow, V>(view, Table::Mailbox, &mailbox_key)? else {
            return Err(Fault::Corrupt(Table::Mailbox));
        };
        let mut mailbox = Mailbox::new(view, self.device, row);
        if !mailbox.row.is_registered {
            self.let_go(&mut mailbox);
        } else if has_room(&mailbox.row, rules, self.portion.payload.len()) || planted::QUOTA_IGNORED.is_on()
        {
            self.file_parts(&mut mailbox)?;
        } else {
            let is_other = planted::QUOTA_GAP_REASON_WRONG.is_on();
            if !planted::QUOTA_GAP_MISSING.is_on() {
                mailbox.file_gap(if is_other { GapReason::Expired } else { GapReason::Quota })?;
            }
            self.let_go(&mut mailbox);
        }
        mailbox.close()
    }

    fn let_go<V: View>(&self, mailbox: &mut Mailbox<'_, V>) {
        let kind = self.portion.kind;
        if kind != EntryKind::Own {
            let count = self.portion.parts(self.fan_out.head.part_len);
            mailbox
                .releases
                .add(self.fan_out.conversation, Let { seq: self.fan_out.head.seq.value(), kind, count });
        }
    }

    fn file_parts<V: View>(&self, mailbox: &mut Mailbox<'_, V>) -> Result<(), Fault<V::Error>> {
        let place = place(mailbox.view, self.device, self.fan_out.conversation)?;
        let (head, payload) = (&self.fan_out.head, &self.portion.payload);
        let part_len = usize::try_from(head.part_len.max(1)).unwrap_or(usize::MAX);
        let client_seq = head.client_seq.filter(|_| self.portion.kind == EntryKind::Own);
        let mut offsets: Vec<usize> = (0..payload.len().max(1)).step_by(part_len).collect();
        faulty::rearrange(&mut offsets);
        for offset in offsets {
            let part = payload.part(offset, part_len);
            let end = offset.saturating_add(part.len());
            let row = EntryRow {
                kind: self.portion.kind,
                place,
                seq: head.seq.value(),
                class: head.class,
                client_seq,
                due_ms: head.due_ms,
                queue: Queue::InOrder,
                offset: u64::try_from(offset).unwrap_or(u64::MAX),
                len: u64::try_from(part.len()).unwrap_or(u64::MAX),
            };
            let left = u64::try_from(payload.len().saturating_sub(end)).unwrap_or(u64::MAX);
            mailbox.file_entry(row, |mailbox_seq| Entry {
                mailbox_seq,
                conversation: self.fan_out.conversation,
                conversation_seq: head.seq,
                kind: self.portion.kind,
                class: head.class,
                client_seq,
                left,
                payload: part,
            });
        }
        faulty::receipt(mailbox, client_seq, head.due_ms);
        Ok(())
    }
}
