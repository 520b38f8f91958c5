//! What the session tells, turned into writes and news.

use pinnace_session::client::{ClientEvent, Outcome as SessionOutcome, ReceivedItem, WelcomeInfo};
use pinnace_wire::{ClientSeq, GapReason, MailboxSeq, Standing};

use super::asking::Unanswered;
use super::connection::Connection;
use super::giving::Staged;
use super::{Caution, Engine, News};
use crate::intake::Taken;
use crate::item::{Content, InboxItem};
use crate::message::{Destination, MessageId, Outcome};
use crate::state::{Event, LinkState};
use crate::store::{Successor, Write};

/// How long the first items of a process wait, so that the confirmation of their session is on its way: other tasks write it.
const CONFIRMATION_LEAD_MS: u64 = 1;

impl Engine {
    /// Takes the events of the session, as long as there is room for items.
    pub(super) fn poll_events(&mut self) {
        if let Caution::Until(at) = self.caution
            && at <= self.time.now
        {
            self.caution = Caution::None;
        }
        loop {
            self.show_observer();
            let Connection::Up(session) = &mut self.connection else { return };
            // A session that is over has no more items, and its end must be heard.
            let must_wait = self.inbox.is_full() || matches!(self.caution, Caution::Until(_));
            if must_wait && !session.is_over() {
                return;
            }
            let Some(event) = session.poll_event() else { return };
            self.on_event(event);
        }
    }

    /// Shows keys and records to whoever debugs.
    pub(super) fn show_observer(&mut self) {
        let Connection::Up(session) = &mut self.connection else { return };
        let Some(observe) = &mut self.setting.observe else { return };
        if let Some(line) = session.key_log() {
            observe.on_keys(&line);
        }
        while let Some(tapped) = session.poll_tap() {
            observe.on_record(tapped.direction, &tapped.plaintext);
        }
    }

    fn on_event(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Edge(edge) => {
                self.edge = Some(edge);
                self.batch.writes.push(Write::Edge(edge));
            }
            ClientEvent::Successor { root, not_before_s } => {
                let successor = Successor { root, not_before_s };
                self.successor = Some(successor);
                self.batch.writes.push(Write::Successor(successor));
            }
            ClientEvent::Welcome(welcome) => self.on_welcome(*welcome),
            ClientEvent::Item(item) => self.on_item(item),
            ClientEvent::Outcome { client_seq, outcome } => {
                let outcome = match outcome {
                    SessionOutcome::Accepted => Outcome::Accepted,
                    SessionOutcome::Refused(code) => Outcome::Refused(code),
                    SessionOutcome::Voided => Outcome::Voided,
                };
                self.on_outcome(client_seq, outcome);
            }
            ClientEvent::Again { client_seq, cause, retry_after_ms } => {
                self.staged = Staged::default();
                self.outbox.on_again(client_seq, cause, retry_after_ms, self.time.now.ms);
            }
            ClientEvent::Fault { client_seq, code } => {
                self.on_outcome(client_seq, Outcome::Unknown(Some(code)))
            }
            ClientEvent::Ephemeral { source, payload } => self.tell(Event::Ephemeral { source, payload }),
            ClientEvent::Registration(_)
            | ClientEvent::RegistrationFailed { .. }
            | ClientEvent::Registered { .. } => self.on_answer(event),
            ClientEvent::Devices { .. }
            | ClientEvent::LinkOffer { .. }
            | ClientEvent::DeviceList { .. }
            | ClientEvent::Keys { .. }
            | ClientEvent::Claimed { .. } => self.on_device_answer(event),
            ClientEvent::Failed { subject, code, retry_after_ms, .. } => {
                // Nothing else that this client sends is answered so.
                self.on_unanswered(subject.value(), Unanswered::Failed { code, retry_after_ms });
            }
            ClientEvent::Whisper { conversation, payload } => self.on_whisper(conversation, &payload),
            ClientEvent::Rate { subject, retry_after_ms, .. } => {
                let is_question = self.on_unanswered(subject.value(), Unanswered::Rate { retry_after_ms });
                if !is_question {
                    self.on_registration_rate(retry_after_ms);
                }
            }
            ClientEvent::Goaway { window_ms, alternates, .. } => self.on_goaway(window_ms, &alternates),
            ClientEvent::Closed(reason) => self.on_closed(reason),
        }
    }

    fn on_welcome(&mut self, welcome: WelcomeInfo) {
        self.welcomed_at_ms = Some(self.time.now.ms);
        self.last_error = None;
        self.keep_server();
        self.session.key_packages_max = welcome.limits.key_packages_max;
        self.session.key_package_s_max = welcome.limits.key_package_s_max;
        self.keep_up(&welcome);
        self.session.link = match welcome.standing {
            Standing::Unregistered => LinkState::Unregistered,
            Standing::Registered => LinkState::Online,
        };
        if let Some(token) = welcome.route_token {
            self.route_token.clone_from(&token);
            self.batch.writes.push(Write::RouteToken(token));
        }
        if welcome.standing == Standing::Unregistered {
            self.on_unregistered();
            return;
        }
        self.session.epoch = Some(welcome.session_epoch);
        self.session.mailbox_last = welcome.mailbox_last;
        self.session.idle_ms = welcome.limits.idle_ms;
        self.session.payload_len_max = welcome.limits.payload_len_max.try_into().unwrap_or(usize::MAX);
        self.on_already_registered();
        for (seq, outcome) in
            self.outbox.on_welcome(welcome.handled, &welcome.exceptions, welcome.limits.outcome_cache)
        {
            self.on_outcome(seq, outcome);
        }
        if let Some(settled) = self.outbox.go_back_to(welcome.handled) {
            let handled = welcome.handled.value();
            self.batch.writes.push(Write::Renumber { settled, handled });
            self.on_conversation_renumbered(settled, handled);
            self.tell(Event::Renumbered { shift: settled.saturating_sub(handled) });
        }
        if self.outbox.go_on_after(welcome.handled) {
            self.batch.writes.push(Write::GoOnAfter { seq: welcome.handled.value() });
        }
        self.rejected_is_new |= self.rejected.on_welcome(welcome.cursor, welcome.mailbox_last);
        if welcome.cursor > self.intake.cursor() {
            self.intake.raise(welcome.cursor);
            self.intake_is_new = true;
        }
        let has_items = welcome.mailbox_last > self.intake.cursor();
        self.caution = match self.caution {
            Caution::FirstSession if has_items => Caution::Until(self.time.now.after(CONFIRMATION_LEAD_MS)),
            Caution::FirstSession | Caution::Until(_) | Caution::None => Caution::None,
        };
    }

    /// The server belongs to the realm and answers: later starts find it in the store.
    fn keep_server(&mut self) {
        let address = &self.setting.address;
        if self.kept_server.as_ref() != Some(address) {
            self.kept_server = Some(address.clone());
            self.batch.writes.push(Write::Server(address.clone(), self.setting.realm));
        }
    }

    pub(super) fn on_outcome(&mut self, seq: ClientSeq, outcome: Outcome) {
        if !self.outbox.is_next_outcome(seq) {
            return;
        }
        // The length is a matter of counting only: a record that does not read counts as empty.
        let record = self.store.message(seq.value()).ok().flatten();
        self.pace.on_proof();
        self.outbox.settle(seq, record.as_ref().map_or(0, |record| record.payload.len()));
        self.batch.writes.push(Write::Settle { seq: seq.value(), outcome });
        if record.is_some_and(|record| !matches!(record.destination, Destination::Device(_))) {
            self.on_conversation_outcome(seq.value(), outcome);
        }
        self.tell(Event::Outcome { id: MessageId(seq), outcome });
    }

    /// Leaves at a random time within the window, for a place that the server named, if it did.
    fn on_goaway(&mut self, window_ms: u64, alternates: &[String]) {
        let now_ms = self.time.now.ms;
        let wait_ms = self.setting.random.up_to(window_ms);
        self.leave_at_ms = Some(now_ms.saturating_add(wait_ms));
        // The best one comes first; one that does not read is of a form that this client does not know.
        self.alternate = alternates.iter().find_map(|place| place.parse().ok());
    }

    fn on_item(&mut self, item: ReceivedItem) {
        self.pace.on_proof();
        let (taken, content) = match item {
            ReceivedItem::Message { mailbox_seq, source, class, payload } => {
                let taken = self.intake.take(mailbox_seq);
                if taken == Taken::Fresh && self.take_grant(&payload) {
                    self.intake_is_new = true;
                    return;
                }
                let reason = (self.setting.judge)(&payload).filter(|reason| reason.is_terminal());
                if taken == Taken::Fresh
                    && let Some(reason) = reason
                {
                    self.rejected.add(mailbox_seq, reason);
                    self.rejected_is_new = true;
                }
                let content = Content::Message { source, class, payload };
                (taken, reason.is_none().then_some((mailbox_seq, content)))
            }
            ReceivedItem::Receipt { mailbox_seq, device, status, ranges } => {
                let taken = self.intake.take(mailbox_seq);
                if taken == Taken::Fresh && status <= pinnace_wire::ReceiptStatus::MAILBOX_FULL {
                    self.batch.writes.push(Write::Receipt { ranges: ranges.clone(), status });
                    self.tell(Event::Receipt { device, ranges, status });
                }
                (taken, None)
            }
            ReceivedItem::KeysLow { mailbox_seq, suite, one_time_count } => {
                let taken = self.intake.take(mailbox_seq);
                if taken == Taken::Fresh {
                    self.tell(Event::KeysLow { suite, one_time_count: one_time_count.value() });
                    self.on_keys_low();
                }
                (taken, None)
            }
            ReceivedItem::Entry { mailbox_seq, .. } => {
                let taken = self.intake.take(mailbox_seq);
                if taken == Taken::Fresh {
                    self.on_entry(&item);
                }
                (taken, None)
            }
            ReceivedItem::Gap { mailbox_seq, count, reason } => {
                let content = Content::Gap { count: count.value(), reason };
                // What this device acknowledged itself is no loss.
                let told = (reason != GapReason::ACKNOWLEDGED).then_some((mailbox_seq, content));
                (self.intake.skip(mailbox_seq, count.value()), told)
            }
        };
        if taken != Taken::Fresh {
            return;
        }
        if let Some((mailbox_seq, content)) = content {
            self.file(mailbox_seq, content);
        }
        self.intake_is_new = true;
    }

    pub(super) fn file(&mut self, mailbox_seq: MailboxSeq, content: Content) {
        let number = self.inbox.filed.saturating_add(1);
        self.inbox.filed = number;
        self.inbox.len = self.inbox.len.saturating_add(content.len());
        let item = InboxItem { mailbox_seq, at_ms: self.time.unix_ms, content };
        self.batch.writes.push(Write::File { number, item });
        self.tell(Event::Arrived { number });
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.news.push(News::Event(event));
    }
}
