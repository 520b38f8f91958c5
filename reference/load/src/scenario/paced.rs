//! Messages at a rate: how long one takes while there is room.

use core::time::Duration;

use super::traffic::Traffic;
use super::{Size, Subject, nothing, receiver, sender};
use crate::fleet::Queued;
use crate::measure::{Figures, Span, add_latencies, figures};
use crate::{Failure, clock};

/// Seconds of one run.
const SECONDS: u64 = 4;

/// Sends in turn from all senders, by the clock. A message that has to wait is late from the time it should have left.
pub(super) fn paced(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let devices: Vec<usize> = (0..size.pairs).flat_map(|pair| [sender(pair), receiver(pair)]).collect();
    subject.open_all(&devices, nothing)?;
    let pairs = u64::try_from(size.pairs.max(1)).unwrap_or(1);
    let per_route = size.rate.saturating_mul(SECONDS).min(size.messages).div_ceil(pairs);
    let routes = (0..size.pairs).map(|pair| (sender(pair), receiver(pair)));
    let mut traffic = Traffic::new(routes, per_route, usize::MAX);
    let step_ns = 1_000_000_000 / size.rate.max(1);
    let (before, octets, began) = ((subject.probe)(), subject.fleet.octets(), clock::now_ns());
    let (wanted, receipts) = (traffic.wanted(), subject.fleet.receipts());
    let mut seen = Vec::new();
    while traffic.done(receipts) < wanted {
        let mut due_ns = began.saturating_add(traffic.sent.saturating_mul(step_ns));
        while traffic.sent < wanted && due_ns <= clock::now_ns() {
            let index = usize::try_from(traffic.sent % pairs).unwrap_or(0);
            if traffic.send_next(index, due_ns, subject.fleet)? == Queued::NotNow {
                break;
            }
            due_ns = due_ns.saturating_add(step_ns);
        }
        // epoll counts in milliseconds: the last one before a message is due is spent looking.
        let wait_ms = due_ns.saturating_sub(clock::now_ns()) / 1_000_000;
        let wait_ms = if traffic.sent < wanted { wait_ms.min(20) } else { 20 };
        subject.fleet.turn(Duration::from_millis(wait_ms), &mut seen)?;
        seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
        traffic.watch("messages at the end of their way", traffic.done(receipts))?;
    }
    let nanos = clock::now_ns().saturating_sub(began);
    let octets = subject.fleet.octets().saturating_sub(octets);
    let mut figures = figures(Span { count: wanted, octets, nanos }, &before, &(subject.probe)());
    add_latencies(&mut figures, &mut traffic.latencies);
    traffic.add_counts(&mut figures);
    subject.close_all(&devices)?;
    Ok(figures)
}
