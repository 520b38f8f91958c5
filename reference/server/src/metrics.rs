//! What the server counts. No label and no value names a person, a device or an address.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use pinnace_home::{ClaimedPackage, Item, MailboxMark, Page};
use pinnace_wire::ErrorCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

use crate::clock;

/// Bounds of the latency histograms, in seconds.
const BUCKETS_S: [f64; 15] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 60.0, 3600.0, 86_400.0];

/// Bounds of the age of what waits in a mailbox, in seconds: a blink to the default retention of 30 days.
const AGE_BUCKETS_S: [f64; 8] = [0.1, 1.0, 10.0, 60.0, 3600.0, 86_400.0, 604_800.0, 2_592_000.0];

/// Bounds of how many items wait in a mailbox.
const DEPTH_BUCKETS: [f64; 8] = [0.0, 1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0];

/// The instruments. Each is a handle: to count is one atomic addition, to observe a latency takes one short lock.
pub(crate) struct Metrics {
    registry: Registry,
    errors: Family<ErrorLabel, Counter>,
    store: StoreInstruments,
    /// Open connections, on every carrier.
    pub(crate) connections: Gauge,
    /// Sessions of registered devices that are confirmed.
    pub(crate) sessions: Gauge,
    /// Connections refused for want of room, or by the limits of an address.
    pub(crate) refused: Counter,
    /// Handshakes that led to a session.
    pub(crate) handshakes_completed: Counter,
    /// Connections that ended before their handshake did.
    pub(crate) handshakes_failed: Counter,
    /// Sessions that took the place of an older one.
    pub(crate) takeovers: Counter,
    /// Messages accepted.
    pub(crate) accepted: Counter,
    /// Messages handed to a connection.
    pub(crate) delivered: Counter,
    /// Confirmed sessions whose oldest item had been offered in an earlier one.
    pub(crate) redeliveries: Counter,
    /// Items that wait when a device comes back.
    undelivered: Histogram,
    /// Age of the oldest message that waits when a device comes back, in seconds.
    undelivered_age_s: Histogram,
    /// Ephemerals passed on.
    pub(crate) ephemerals: Counter,
    /// From acceptance to hand-over, in seconds.
    pub(crate) accept_to_deliver_s: Histogram,
    /// From hand-over to acknowledgement, in seconds.
    pub(crate) deliver_to_ack_s: Histogram,
    /// Codes that did not leave through the gateway.
    pub(crate) gateway_failures: Counter,
    claims: [Counter; 3],
    /// Operations that the store could not answer.
    pub(crate) store_unavailable: Counter,
    /// Peers that were shed because they did not read.
    pub(crate) stalled: Counter,
}

/// What the store says of itself, as of the last page.
struct StoreInstruments {
    operations: Counter,
    commits: Counter,
    commit_faults: Counter,
    reopened: Counter,
    items_filed: Counter,
    rows: Counter,
    queue: Gauge,
    commit_s: Gauge<f64, AtomicU64>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct ErrorLabel {
    code: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut page = Book(Registry::with_prefix("pinnace"));
        let handshakes =
            page.add("handshakes", "Handshakes by result", Family::<ResultLabel, Counter>::default());
        let handshakes = |result| handshakes.get_or_create_owned(&ResultLabel { result });
        let claims = page.add(
            "key_packages_claimed",
            "What claims had of a device",
            Family::<ResultLabel, Counter>::default(),
        );
        let claims = |result| claims.get_or_create_owned(&ResultLabel { result });
        Self {
            connections: page.gauge("connections", "Open connections, on every carrier"),
            sessions: page.gauge("sessions", "Confirmed sessions of registered devices"),
            refused: page.counter(
                "connections_refused",
                "Connections refused for want of room or by a limit of their address",
            ),
            handshakes_completed: handshakes("completed"),
            handshakes_failed: handshakes("failed"),
            takeovers: page
                .counter("takeovers", "Sessions that took the place of an older one of their device"),
            accepted: page.counter("messages_accepted", "Messages accepted: durable"),
            delivered: page.counter("messages_delivered", "Messages handed to a connection"),
            redeliveries: page.counter(
                "redeliveries",
                "Confirmed sessions whose oldest item had been offered in an earlier one",
            ),
            undelivered: page.add(
                "undelivered_items",
                "Items that wait in a mailbox when its device comes back",
                Histogram::new(DEPTH_BUCKETS),
            ),
            undelivered_age_s: page.seconds(
                "undelivered_age",
                "Age of the oldest message that waits when its device comes back",
                &AGE_BUCKETS_S,
            ),
            ephemerals: page.counter("ephemerals", "Ephemerals passed on"),
            accept_to_deliver_s: page.seconds(
                "accept_to_deliver",
                "From acceptance to hand-over",
                &BUCKETS_S,
            ),
            deliver_to_ack_s: page.seconds("deliver_to_ack", "From hand-over to acknowledgement", &BUCKETS_S),
            gateway_failures: page
                .counter("gateway_failures", "Codes that did not leave through the gateway"),
            claims: ["one_time", "last_resort", "none"].map(claims),
            store_unavailable: page
                .counter("store_unavailable", "Operations that the store could not answer"),
            stalled: page.counter("stalled", "Peers shed because they did not read"),
            errors: page.add("errors", "Errors that peers were told, by code", Family::default()),
            store: StoreInstruments::new(&mut page),
            registry: page.0,
        }
    }

    /// Counts what a claim had of one device.
    pub(crate) fn claimed(&self, key_package: &ClaimedPackage) {
        let [one_time, last_resort, none] = &self.claims;
        match key_package {
            ClaimedPackage::OneTime(_) => one_time.inc(),
            ClaimedPackage::LastResort(_) => last_resort.inc(),
            ClaimedPackage::None => none.inc(),
        };
    }

    /// Counts an error that a peer was told, by the error's name.
    pub(crate) fn told_error(&self, code: ErrorCode) {
        self.errors.get_or_create(&ErrorLabel { code: code.name() }).inc();
    }

    /// Observes what waits in a mailbox whose device comes back: from `next` on, with `page` the first of it.
    pub(crate) fn on_resumed(&self, next: u64, mailbox_last: MailboxMark, page: Option<&Page>) {
        self.undelivered.observe(float(mailbox_last.value().saturating_add(1).saturating_sub(next)));
        let oldest = page.into_iter().flat_map(|page| &page.items).find_map(|item| match item {
            Item::Message(message) => Some(message.accepted_ms),
            Item::Receipt(_) | Item::KeysLow(_) | Item::Entry(_) | Item::Gap(_) => None,
        });
        if let Some(accepted_ms) = oldest {
            self.undelivered_age_s.observe(seconds(clock::unix_ms().saturating_sub(accepted_ms)));
        }
    }

    /// The page that Prometheus reads, in the OpenMetrics text format, with what the store says of itself now.
    ///
    /// # Errors
    /// None that a string gives.
    pub(crate) fn page(&self, store: &pinnace_store::Metrics) -> Result<String, fmt::Error> {
        self.store.set(store);
        let mut page = String::new();
        encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

impl StoreInstruments {
    fn new(page: &mut Book) -> Self {
        Self {
            operations: page.counter("store_operations", "Operations that were committed"),
            commits: page
                .counter("store_commits", "Commits of a group of operations: each waits for the disk once"),
            commit_faults: page.counter("store_commit_faults", "Commits that failed"),
            reopened: page.counter("store_reopened", "Times that the engine was opened again after a fault"),
            items_filed: page.counter("store_items_filed", "Items filed in mailboxes"),
            rows: page.counter("store_rows", "Rows written or deleted"),
            queue: page.gauge("store_queue", "Operations that wait for the store's writer"),
            commit_s: page.add_seconds("store_commit", "What the last commit took", Gauge::default()),
        }
    }

    fn set(&self, store: &pinnace_store::Metrics) {
        let absolute = |counter: &Counter, value: u64| {
            counter.inner().fetch_max(value, Ordering::Relaxed);
        };
        absolute(&self.operations, store.operations);
        absolute(&self.commits, store.commits);
        absolute(&self.commit_faults, store.commit_faults);
        absolute(&self.reopened, store.reopened);
        absolute(&self.items_filed, store.items_filed);
        absolute(&self.rows, store.rows);
        self.queue.set(store.queue_len.try_into().unwrap_or(i64::MAX));
        self.commit_s.set(float(store.commit_us) / 1_000_000.0);
    }
}

/// The registry, while instruments are put on it.
struct Book(Registry);

impl Book {
    fn add<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }

    fn add_seconds<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register_with_unit(name, help, Unit::Seconds, metric.clone());
        metric
    }

    fn counter(&mut self, name: &str, help: &str) -> Counter {
        self.add(name, help, Counter::default())
    }

    fn gauge(&mut self, name: &str, help: &str) -> Gauge {
        self.add(name, help, Gauge::default())
    }

    fn seconds(&mut self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        self.add_seconds(name, help, Histogram::new(bounds.iter().copied()))
    }
}

#[expect(clippy::cast_precision_loss, reason = "an observation is a float; 2^53 of anything is not observed")]
const fn float(value: u64) -> f64 {
    value as f64
}

/// Milliseconds as the seconds of a histogram.
pub(crate) const fn seconds(ms: u64) -> f64 {
    float(ms) / 1000.0
}
