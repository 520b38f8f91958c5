//! The ends of a session at the server: its first flight, its WELCOME, its tray.

use pinnace_edge::{Acks, PAGE, PageMax, Pump, translate};
use pinnace_home::{ClientMark, HelloCounter, HelloRequest, MailboxSeq, Page, Resumed};
use pinnace_session::parts::{Delivered, Outcomes};

use crate::line::{Down, Flight, Line, LineId, Member, ServerEnd};
use crate::{Scenario, Twin, cast};

pub(crate) fn counter_of(lines: &[Line], id: LineId) -> u64 {
    lines.iter().find(|line| line.id == id).map_or(0, |line| line.counter)
}

pub(crate) fn hello(index: usize, flight: &Flight) -> Option<HelloRequest> {
    Some(HelloRequest {
        static_key: cast::key(index),
        hello_counter: HelloCounter::new(flight.counter)?,
        settled: ClientMark::new(flight.settled)?,
        cursor: flight.acked.cursor,
    })
}

/// The session of a device that is welcome, and the numbers that came along.
pub(crate) fn welcome(
    line: &mut Line,
    flight: &Flight,
    resumed: Resumed,
    page: Page,
) -> (Member, impl Iterator<Item = u64> + use<>) {
    let delivered = Delivered::after(resumed.cursor, &flight.acked);
    let next = delivered.next().map_or(1, MailboxSeq::value);
    let mut pump =
        Pump::new(resumed.session.device, next, resumed.mailbox_last, PageMax { items: 8, len: 1_024 });
    pump.on_page(Some(page));
    if line.is_held() {
        line.down.push_back(Down::Welcome(translate::resumed(&resumed)));
    }
    let first = flight.settled.saturating_add(1);
    let member = Member {
        session: resumed.session,
        unconfirmed: Some(flight.acked.clone()),
        outcomes: Outcomes::default(),
        delivered,
        pump,
        acks: Acks::default(),
    };
    (member, first..first.saturating_add(flight.early))
}

/// Takes what others left for a session.
pub(crate) fn take_tray(scenario: &Scenario, line: &mut Line) {
    let mut nobody = None;
    let pump = match &mut line.server {
        ServerEnd::Member(member) => Some(&mut member.pump),
        ServerEnd::Reading(_, resumed, _) if scenario.has(Twin::TrayEmptiedEarly) => {
            Some(nobody.insert(Pump::new(resumed.session.device, 0, resumed.mailbox_last, PAGE)))
        }
        ServerEnd::Reading(..) => None,
        ServerEnd::Opening | ServerEnd::Greeting(_) | ServerEnd::Closed => return,
    };
    if line.tray.take(pump).end.is_some() {
        line.close();
    }
}
