//! The server between its lines and its store: what the shell does, over the real parts of session and edge.

use pinnace_edge::{End, Here, Moved, PAGE, translate};
use pinnace_home::{
    AckDone, AckRequest, ClientSeq, ConfirmDone, ConfirmRequest, HelloDone, HelloRequest, Page, SendDone,
    Session, read,
};
use pinnace_session::parts::Asked as AskedBy;
use pinnace_session::server::{Answer, Pushed, SendRequest, Ticket};
use pinnace_session::{Acked, Budget, ReceiptWish};

use crate::line::{Down, Line, LineId, Member, ServerEnd, Up};
use crate::rows::Seen;
use crate::session::{counter_of, hello, take_tray, welcome};
use crate::store::{Asked, Done, Job};
use crate::{Rule, Scenario, Twin, World, cast};

/// Credit is not modelled: there is always enough.
const BUDGET: Budget = Budget { count: 1_000, bytes: 1_000_000 };

impl World {
    /// The server takes the next record of a line.
    pub(crate) fn hear(&mut self, scenario: &Scenario, id: LineId) {
        let Some(line) = self.line_mut(id) else { return };
        let index = line.device;
        let Some(up) = line.up.pop_front() else { return };
        let (session, unconfirmed) = match (&mut line.server, &up) {
            (server @ ServerEnd::Opening, Up::Flight(flight)) => {
                let asked = hello(index, flight);
                *server = ServerEnd::Greeting(flight.clone());
                if let Some(here) = self.here.get_mut(index) {
                    here.greet();
                }
                self.ask(id, asked.map(Job::Hello));
                return;
            }
            (ServerEnd::Member(member), _) => (member.session, member.unconfirmed.take()),
            (ServerEnd::Opening | ServerEnd::Greeting(_) | ServerEnd::Reading(..) | ServerEnd::Closed, _) => {
                return;
            }
        };
        if let Some(acked) = unconfirmed {
            self.confirm(scenario, (id, index), session, &acked);
        }
        match up {
            Up::Flight(_) | Up::Life => {}
            Up::Send(seq) => self.on_send(scenario, (id, index), session, seq),
            Up::Ack(acked) => {
                let request = AckRequest { session, cursor: acked.cursor, ranges: translate::ranges(&acked) };
                let Some(ServerEnd::Member(member)) = self.line_mut(id).map(|line| &mut line.server) else {
                    return;
                };
                let request = member.acks.on_ack(request);
                self.ask(id, request.map(Job::Ack));
            }
        }
    }

    /// The first record after the first flight proves that the device lives.
    fn confirm(
        &mut self,
        scenario: &Scenario,
        (id, index): (LineId, usize),
        session: Session,
        acked: &Acked,
    ) {
        if let Some(history) = self.history.get_mut(index) {
            history.confirmed = history.confirmed.max(session.epoch.value());
        }
        if !scenario.has(Twin::OlderNotTold) {
            self.update_here(scenario, index, |here| here.confirm(session.epoch));
        }
        let ranges = translate::ranges(acked);
        self.ask(id, Some(Job::Confirm(ConfirmRequest { session, cursor: acked.cursor, ranges })));
    }

    fn on_send(&mut self, scenario: &Scenario, (id, index): (LineId, usize), session: Session, seq: u64) {
        let destination = cast::id(scenario.letters(index).to);
        let Some(ServerEnd::Member(member)) = self.line_mut(id).map(|line| &mut line.server) else { return };
        let Some(client_seq) = ClientSeq::new(seq) else { return };
        let ticket = member.outcomes.await_answer(client_seq, AskedBy::Send, Budget::default());
        let request = SendRequest {
            ticket,
            client_seq,
            destination,
            class: None,
            expires_in_s: None,
            receipt: ReceiptWish::Unwanted,
            payload: vec![u8::try_from(seq).unwrap_or(u8::MAX)],
        };
        self.ask(id, Some(Job::Send(translate::send(session, request), ticket)));
    }

    fn ask(&mut self, line: LineId, job: Option<Job>) {
        self.asked.extend(job.map(|job| Asked { line, job }));
    }

    /// Changes who is here of a device. Sessions that have to end find it in their trays.
    pub(crate) fn update_here(
        &mut self,
        scenario: &Scenario,
        index: usize,
        change: impl FnOnce(&mut Here<LineId>),
    ) {
        let Some(here) = self.here.get_mut(index) else { return };
        change(here);
        let ended = here.settle();
        let confirmed = self.history.get(index).map_or(0, |history| history.confirmed);
        for (id, end) in ended {
            if end == End::Abandoned && scenario.has(Twin::FencedLivesOn) {
                continue;
            }
            let Some(line) = self.line_mut(id) else { continue };
            let is_early = line.attached.is_none_or(|epoch| confirmed <= epoch.value());
            line.tray.end(end);
            self.break_if((end == End::TakenOver && is_early).then_some(Rule::OlderStays));
        }
    }

    /// The store's answer, once it is durable.
    pub(crate) fn on_done(&mut self, scenario: &Scenario, asked: Asked, done: Done) {
        let index = self.line_mut(asked.line).map_or(0, |line| line.device);
        match (asked.job, done) {
            (Job::Hello(request), Done::Hello(done)) => {
                self.on_greeted(scenario, (asked.line, index), request, done);
            }
            (Job::Send(request, ticket), Done::Send(done)) => {
                if done == SendDone::Fenced {
                    self.update_here(scenario, index, |here| here.fence(request.session.epoch));
                }
                match translate::answer(done) {
                    Some(answer) => self.on_answer(asked.line, ticket, answer),
                    None => self.close(asked.line),
                }
            }
            (Job::Confirm(request), Done::Confirm(done)) => match done {
                ConfirmDone::Confirmed { .. } => {}
                ConfirmDone::Fenced => {
                    self.update_here(scenario, index, |here| here.fence(request.session.epoch));
                }
                ConfirmDone::AckInvalid | ConfirmDone::Gone => self.close(asked.line),
            },
            (Job::Ack(request), Done::Ack(done)) => match done {
                AckDone::Moved { .. } => {}
                AckDone::Fenced => {
                    self.update_here(scenario, index, |here| here.fence(request.session.epoch));
                }
                AckDone::AckInvalid | AckDone::Gone => self.close(asked.line),
            },
            // The store answers what it was asked.
            (Job::Hello(_) | Job::Send(..) | Job::Confirm(_) | Job::Ack(_), _) => {}
        }
    }

    /// The fate of a commit is unknown: what its operations are told.
    pub(crate) fn on_unknown(&mut self, scenario: &Scenario, asked: Asked) {
        let index = self.line_mut(asked.line).map_or(0, |line| line.device);
        match asked.job {
            Job::Hello(_) => {
                self.update_here(scenario, index, Here::greeted);
                self.close(asked.line);
            }
            Job::Confirm(_) => self.close(asked.line),
            Job::Send(_, ticket) => self.on_answer(asked.line, ticket, translate::unavailable()),
            // The server tries again as long as the session lasts.
            Job::Ack(request) => {
                let lives =
                    matches!(self.line_mut(asked.line).map(|line| &line.server), Some(ServerEnd::Member(_)));
                self.ask(asked.line, lives.then_some(Job::Ack(request)));
            }
        }
    }

    fn on_answer(&mut self, id: LineId, ticket: Ticket, answer: Answer) {
        if let Some(ServerEnd::Member(member)) = self.line_mut(id).map(|line| &mut line.server) {
            member.outcomes.on_answer(ticket, answer);
        }
    }

    fn close(&mut self, id: LineId) {
        if let Some(line) = self.line_mut(id) {
            line.close();
        }
    }

    fn on_greeted(
        &mut self,
        scenario: &Scenario,
        (id, index): (LineId, usize),
        request: HelloRequest,
        done: HelloDone,
    ) {
        let HelloDone::Registered(resumed) = done else {
            self.update_here(scenario, index, Here::greeted);
            return self.close(id);
        };
        let is_new =
            self.history.get_mut(index).is_some_and(|it| it.opened.insert(counter_of(&self.lines, id)));
        self.break_if((!is_new).then_some(Rule::HelloOnce));
        let epoch = resumed.session.epoch;
        if let Some(line) = self.line_mut(id) {
            line.attached = Some(epoch);
        }
        self.update_here(scenario, index, |here| {
            here.attach(epoch, id);
            here.greeted();
            if scenario.has(Twin::OlderEndsEarly) {
                here.confirm(epoch);
            }
        });
        let page = self.read(PAGE.read(resumed.session.device, resumed.cursor.max(request.cursor)));
        let Some(line) = self.line_mut(id) else { return };
        // Whoever is gone meanwhile leaves once nothing of it is at the store.
        let ServerEnd::Greeting(flight) = &line.server else { return };
        line.server = ServerEnd::Reading(flight.clone(), Box::new(resumed), page);
        if !scenario.page_is_late {
            self.on_page(scenario, id);
        }
    }

    fn read(&self, request: pinnace_home::ReadRequest) -> Page {
        let page = read(&*self.rows, cast::NOW_MS, &request);
        page.unwrap_or(Page { items: Vec::new(), mailbox_last: request.after })
    }

    /// The first page is here: WELCOME leaves.
    pub(crate) fn on_page(&mut self, scenario: &Scenario, id: LineId) {
        let Some(line) = self.line_mut(id) else { return };
        let index = line.device;
        let ServerEnd::Reading(flight, resumed, page) =
            core::mem::replace(&mut line.server, ServerEnd::Opening)
        else {
            return;
        };
        let (member, early) = welcome(line, &flight, *resumed, page);
        let session = member.session;
        line.server = ServerEnd::Member(Box::new(member));
        for seq in early {
            self.on_send(scenario, (id, index), session, seq);
        }
    }

    /// Does all that a line can do now.
    pub(crate) fn turn(&mut self, scenario: &Scenario, id: LineId) {
        let rows = std::sync::Arc::clone(&self.rows);
        let Some(line) = self.line_mut(id) else { return };
        take_tray(scenario, line);
        let index = line.device;
        let Line { server: ServerEnd::Member(member), down, client, .. } = line else { return };
        let is_held = *client != crate::line::ClientEnd::Gone;
        let Member { pump, delivered, outcomes, .. } = &mut **member;
        loop {
            while let Some(Moved { item, pushed }) = pump.push_by(|item| delivered.offer(&item, || Ok(()))) {
                down.extend((pushed == Some(Pushed::Queued) && is_held).then_some(Down::Item(item)));
            }
            let Some(request) = pump.wants_page(BUDGET) else { break };
            pump.on_page(read(&*rows, cast::NOW_MS, &request).ok());
        }
        let answers: Vec<(u64, Answer)> = core::iter::from_fn(|| outcomes.poll())
            .map(|(pending, answer)| (pending.client_seq.value(), answer))
            .collect();
        for (seq, answer) in answers {
            self.tell(id, index, seq, answer);
        }
    }

    /// An answer leaves.
    fn tell(&mut self, id: LineId, index: usize, seq: u64, answer: Answer) {
        let broken = match answer {
            Answer::Accepted => {
                let durable = self.behind.as_ref().unwrap_or(&self.rows);
                let seen = Seen::of(durable, self.devices.len());
                let handled = seen.devices.get(index).map_or(0, |device| device.handled);
                if let Some(history) = self.history.get_mut(index) {
                    history.told = history.told.max(seq);
                }
                (handled < seq).then_some(Rule::DurableFirst)
            }
            // Every message of a world can be accepted.
            Answer::Refused(_)
            | Answer::Voided
            | Answer::Conflict
            | Answer::Forgotten
            | Answer::Rate { .. } => Some(Rule::OneOutcome),
            Answer::Ahead { .. } | Answer::Unavailable { .. } => None,
            Answer::Fenced => return,
        };
        self.break_if(broken);
        if let Some(line) = self.line_mut(id).filter(|line| line.is_held()) {
            line.down.push_back(Down::Answer(seq, answer));
        }
    }
}
