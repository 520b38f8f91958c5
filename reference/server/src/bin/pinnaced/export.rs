//! `pinnaced export`.

use core::ops::ControlFlow;
use std::io::{self, BufWriter, Write};

use pinnace_home::{
    AccountId, ConversationId, Damaged, Described, DeviceId, E164, Item, MailboxMark, MailboxSeq, Owner,
};
use pinnace_server::hex;

use crate::args::Export;
use crate::failure::Failure;
use crate::line::{DeviceLine, ItemKind, ItemLine, Line, Payload, PayloadLine, UnfiledLine};

/// Prints what a store holds. Goes on after a damaged row, and fails at the end.
pub(crate) fn export(args: &Export) -> Result<(), Failure> {
    let mut exporter = Exporter {
        args,
        to: BufWriter::new(io::stdout().lock()),
        gathered: None,
        cursor: None,
        damaged_count: 0,
    };
    let end = pinnace_store::export(&args.data, |row| match exporter.on_row(row) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    })?;
    if let ControlFlow::Break(error) = end {
        return Err(error.into());
    }
    exporter.close()?;
    match exporter.damaged_count {
        0 => Ok(()),
        row_count => Err(Failure::Damaged { row_count }),
    }
}

fn hexes(devices: &[DeviceId]) -> Vec<String> {
    devices.iter().map(|device| hex::encode(device.as_bytes())).collect()
}

struct Exporter<'a, W> {
    args: &'a Export,
    to: W,
    /// The line of the device whose rows come now: it takes several.
    gathered: Option<(DeviceId, DeviceLine)>,
    /// The newest mailbox, and how far its device has come.
    cursor: Option<(DeviceId, MailboxMark)>,
    damaged_count: u64,
}

impl<W: Write> Exporter<'_, W> {
    fn on_row(&mut self, row: Result<Described, Damaged>) -> io::Result<()> {
        match row {
            Ok(Described::Account { account, device_count }) => {
                self.write(&Line::Account { account: hex::encode(account.as_bytes()), device_count })
            }
            Ok(Described::List { account, list_version, devices, octets }) => self.write(&Line::DeviceList {
                account: hex::encode(account.as_bytes()),
                list_version: list_version.value(),
                devices: hexes(&devices),
                list: hex::encode(&octets),
            }),
            Ok(Described::Stock { account, device, suite, one_time_count, has_last_resort }) => {
                let (account, device) = (hex::encode(account.as_bytes()), hex::encode(device.as_bytes()));
                let (suite, last_resort) = (suite.value(), has_last_resort);
                self.write(&Line::KeyPackages { account, device, suite, one_time_count, last_resort })
            }
            Ok(Described::Device(record)) => {
                let line = self.line_of(record.device())?;
                line.account = Some(hex::encode(record.account.as_bytes()));
                Ok(())
            }
            Ok(Described::Sender { device, is_registered, epoch, handled }) => {
                let line = self.line_of(device)?;
                line.registered |= is_registered;
                (line.session_epoch, line.handled) = (epoch, handled.value());
                Ok(())
            }
            Ok(Described::Mailbox { device, is_registered, cursor, last, item_count, bytes }) => {
                self.cursor = Some((device, cursor));
                let line = self.line_of(device)?;
                line.registered |= is_registered;
                (line.cursor, line.mailbox_last) = (cursor.value(), last.value());
                (line.items, line.payload_bytes) = (item_count, bytes);
                Ok(())
            }
            Ok(Described::Item { device, item }) => self.on_item(device, item),
            Ok(Described::Entry { device, mailbox_seq, place, conversation_seq, kind }) => {
                let conversation_seq = conversation_seq.value();
                let kind = ItemKind::Entry { place, conversation_seq, entry: kind.value() };
                self.on_kind(device, mailbox_seq, kind)
            }
            Ok(Described::Placed { device, place, conversation }) => {
                self.on_placed(device, place, conversation)
            }
            Ok(Described::Conversation { conversation, kind, epoch, last }) => {
                let conversation = hex::encode(conversation.as_bytes());
                self.write(&Line::Conversation { conversation, kind: kind.value(), epoch, last })
            }
            Ok(Described::Roster { conversation, devices }) => {
                let conversation = hex::encode(conversation.as_bytes());
                self.write(&Line::Roster { conversation, devices: hexes(&devices) })
            }
            Ok(Described::Payload { .. }) if !self.args.items => Ok(()),
            Ok(Described::Payload { conversation, conversation_seq, kind, payload }) => {
                self.write(&Line::Payload(PayloadLine {
                    conversation: hex::encode(conversation.as_bytes()),
                    conversation_seq: conversation_seq.value(),
                    entry: kind.value(),
                    payload: self.payload(&payload),
                }))
            }
            Ok(Described::Unfiled { from, client_seq, to, payload }) => self.on_unfiled(UnfiledLine {
                device: hex::encode(to.as_bytes()),
                from: hex::encode(from.as_bytes()),
                client_seq: client_seq.value(),
                payload: self.payload(&payload),
            }),
            Ok(Described::Binding { number, account }) => self.on_binding(number, account),
            Ok(Described::Other) => Ok(()),
            Err(damaged) => self.on_damaged(damaged),
        }
    }

    fn on_placed(&mut self, device: DeviceId, place: u64, conversation: ConversationId) -> io::Result<()> {
        self.flush_device()?;
        let (device, conversation) = (hex::encode(device.as_bytes()), hex::encode(conversation.as_bytes()));
        self.write(&Line::Place { device, place, conversation })
    }

    fn on_unfiled(&mut self, line: UnfiledLine) -> io::Result<()> {
        self.flush_device()?;
        if !self.args.items {
            return Ok(());
        }
        self.write(&Line::Unfiled(line))
    }

    fn on_binding(&mut self, number: E164, account: AccountId) -> io::Result<()> {
        self.flush_device()?;
        if !self.args.numbers {
            return Ok(());
        }
        let (number, account) = (number.to_string(), hex::encode(account.as_bytes()));
        self.write(&Line::Number { number, account })
    }

    fn on_item(&mut self, device: DeviceId, item: Item) -> io::Result<()> {
        let mailbox_seq = item.mailbox_seq();
        let kind = match item {
            Item::Message(message) => ItemKind::Message {
                from: hex::encode(message.from.as_bytes()),
                accepted_ms: message.accepted_ms,
                payload: self.payload(&message.payload),
            },
            Item::Receipt(receipt) => ItemKind::Receipt {
                from: hex::encode(receipt.from.as_bytes()),
                status: receipt.status.value(),
            },
            Item::KeysLow(keys_low) => {
                ItemKind::KeysLow { suite: keys_low.suite.value(), one_time_count: keys_low.one_time_count }
            }
            Item::Gap(gap) => ItemKind::Ended { reason: gap.reason.value() },
            // It comes without what it carries, as a row of its own kind.
            Item::Entry(entry) => ItemKind::Entry {
                place: 0,
                conversation_seq: entry.conversation_seq.value(),
                entry: entry.kind.value(),
            },
        };
        self.on_kind(device, mailbox_seq, kind)
    }

    fn on_kind(&mut self, device: DeviceId, mailbox_seq: MailboxSeq, kind: ItemKind) -> io::Result<()> {
        self.flush_device()?;
        if !self.args.items {
            return Ok(());
        }
        let done = self.cursor.is_some_and(|(of, cursor)| of == device && mailbox_seq.mark() <= cursor);
        let device = hex::encode(device.as_bytes());
        self.write(&Line::Item(ItemLine { device, mailbox_seq: mailbox_seq.value(), done, kind }))
    }

    fn on_damaged(&mut self, damaged: Damaged) -> io::Result<()> {
        self.damaged_count = self.damaged_count.saturating_add(1);
        let owner = match damaged.owner {
            Some(Owner::Device(device)) => Some(hex::encode(device.as_bytes())),
            Some(Owner::Account(account)) => Some(hex::encode(account.as_bytes())),
            Some(Owner::Conversation(conversation)) => Some(hex::encode(conversation.as_bytes())),
            Some(Owner::Number(number)) => self.args.numbers.then(|| number.to_string()),
            None => None,
        };
        let table = damaged.table.map(|table| format!("{table:?}").to_lowercase());
        self.write(&Line::Damaged { owner, table })
    }

    /// The line that this device's rows fill; that of the device before it is written.
    fn line_of(&mut self, device: DeviceId) -> io::Result<&mut DeviceLine> {
        if self.gathered.as_ref().is_some_and(|(of, _)| *of != device) {
            self.flush_device()?;
        }
        let fresh = || DeviceLine { device: hex::encode(device.as_bytes()), ..DeviceLine::default() };
        Ok(&mut self.gathered.get_or_insert_with(|| (device, fresh())).1)
    }

    fn flush_device(&mut self) -> io::Result<()> {
        match self.gathered.take() {
            Some((_, line)) => self.write(&Line::Device(line)),
            None => Ok(()),
        }
    }

    fn payload(&self, payload: &[u8]) -> Payload {
        let shown = self.args.payloads.then(|| hex::encode(payload));
        Payload { payload_len: payload.len(), payload: shown }
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, line)?;
        self.to.write_all(b"\n")
    }

    fn close(&mut self) -> io::Result<()> {
        self.flush_device()?;
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use pinnace_home::{ListVersion, MlsSuite, Table};

    use super::*;

    fn without_numbers() -> Export {
        Export { data: "store".into(), items: true, payloads: false, numbers: false }
    }

    /// What is printed for these rows, and how many of them were damaged.
    fn printed(rows: Vec<Result<Described, Damaged>>, args: &Export) -> (String, u64) {
        let mut exporter = Exporter { args, to: Vec::new(), gathered: None, cursor: None, damaged_count: 0 };
        for row in rows {
            exporter.on_row(row).unwrap();
        }
        exporter.close().unwrap();
        (String::from_utf8(exporter.to).unwrap(), exporter.damaged_count)
    }

    #[test]
    fn a_damaged_row_is_counted_and_hides_the_number_that_owns_it() {
        let number = E164::parse("+4915112345678").unwrap();
        let damaged = Damaged { owner: Some(Owner::Number(number)), table: Some(Table::Binding) };
        let rows = vec![Err(damaged)];
        let hidden = "{\"row\":\"damaged\",\"owner\":null,\"table\":\"binding\"}\n";
        assert_eq!(printed(rows.clone(), &without_numbers()), (hidden.to_owned(), 1));
        let with_numbers = Export { numbers: true, ..without_numbers() };
        assert_eq!(printed(rows, &with_numbers), (hidden.replace("null", "\"+4915112345678\""), 1));
        let account = AccountId::new([1; 16]);
        assert_eq!(
            printed(vec![Ok(Described::Binding { number, account })], &without_numbers()),
            (String::new(), 0)
        );
    }

    #[test]
    fn lists_and_stocks_are_lines() {
        let (account, device) = (AccountId::new([1; 16]), DeviceId::new([2; 16]));
        let rows = vec![
            Ok(Described::List {
                account,
                list_version: ListVersion::FIRST,
                devices: vec![device],
                octets: vec![0xab],
            }),
            Ok(Described::Stock {
                account,
                device,
                suite: MlsSuite::AES128GCM,
                one_time_count: 3,
                has_last_resort: true,
            }),
        ];
        let (one, two) = ("01".repeat(16), "02".repeat(16));
        let expected = format!(
            "{{\"row\":\"device_list\",\"account\":\"{one}\",\"list_version\":1,\"devices\":[\"{two}\"],\"list\":\"ab\"}}\n\
             {{\"row\":\"key_packages\",\"account\":\"{one}\",\"device\":\"{two}\",\"suite\":1,\"one_time_count\":3,\"last_resort\":true}}\n"
        );
        assert_eq!(printed(rows, &without_numbers()), (expected, 0));
    }

    #[test]
    fn rows_of_one_device_make_one_line() {
        let sender = |device: u8| Described::Sender {
            device: DeviceId::new([device; 16]),
            is_registered: true,
            epoch: 7,
            handled: pinnace_home::ClientMark::NOTHING,
        };
        let mailbox = |device: u8| Described::Mailbox {
            device: DeviceId::new([device; 16]),
            is_registered: true,
            cursor: MailboxMark::NOTHING,
            last: MailboxMark::NOTHING,
            item_count: 0,
            bytes: 9,
        };
        let rows = vec![Ok(sender(1)), Ok(Described::Other), Ok(mailbox(1)), Ok(sender(2)), Ok(mailbox(2))];
        let (lines, _) = printed(rows, &without_numbers());
        assert_eq!(lines.lines().count(), 2, "{lines}");
        assert!(lines.lines().all(|line| line.contains("\"session_epoch\":7") && line.contains(":9}")));
    }
}
