//! What the server counts. No label and no value names a person, a device or an address.

use metrics::{
    Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _, Unit, counter, describe_counter,
    describe_gauge, describe_histogram, gauge, with_local_recorder,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use pinnace_wire::ErrorCode;

/// Bounds of the latency histograms, in seconds.
const BUCKETS_S: [f64; 15] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 60.0, 3600.0, 86_400.0];

/// All instruments are of one kind to whoever filters them.
static METADATA: Metadata<'static> = Metadata::new("pinnace_server", Level::INFO, None);

/// The instruments. Each is a handle: to count is one atomic addition.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Open connections, on every carrier.
    pub(crate) connections: Gauge,
    /// Sessions of registered devices that are confirmed.
    pub(crate) sessions: Gauge,
    /// Connections refused for want of room, or by the limits of an address.
    pub(crate) refused: Counter,
    /// Handshakes that led to a session, by pattern or not.
    pub(crate) handshakes_completed: Counter,
    /// Connections that ended before their handshake did.
    pub(crate) handshakes_failed: Counter,
    /// Sessions that took the place of an older one.
    pub(crate) takeovers: Counter,
    /// Messages accepted.
    pub(crate) accepted: Counter,
    /// Messages handed to a connection.
    pub(crate) delivered: Counter,
    /// Ephemerals passed on.
    pub(crate) ephemerals: Counter,
    /// From acceptance to hand-over, in seconds.
    pub(crate) accept_to_deliver_s: Histogram,
    /// From hand-over to acknowledgement, in seconds.
    pub(crate) deliver_to_ack_s: Histogram,
    /// Codes that did not leave through the gateway.
    pub(crate) gateway_failures: Counter,
    /// Operations that the store could not answer.
    pub(crate) store_unavailable: Counter,
    /// Peers that were shed because they did not read.
    pub(crate) stalled: Counter,
}

impl core::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        // The bounds are constants and not empty: without them the builder keeps its own.
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS_S).unwrap_or_default().build_recorder();
        with_local_recorder(&recorder, describe);
        let labelled = |name, label: Option<Label>| {
            let key = Key::from_parts(name, label.into_iter().collect::<Vec<_>>());
            recorder.register_counter(&key, &METADATA)
        };
        let counter = |name| labelled(name, None);
        let gauge = |name| recorder.register_gauge(&Key::from_static_name(name), &METADATA);
        let histogram = |name| recorder.register_histogram(&Key::from_static_name(name), &METADATA);
        let handshakes =
            |result| labelled("pinnace_handshakes_total", Some(Label::from_static_parts("result", result)));
        Self {
            connections: gauge("pinnace_connections"),
            sessions: gauge("pinnace_sessions"),
            refused: counter("pinnace_connections_refused_total"),
            handshakes_completed: handshakes("completed"),
            handshakes_failed: handshakes("failed"),
            takeovers: counter("pinnace_takeovers_total"),
            accepted: counter("pinnace_messages_accepted_total"),
            delivered: counter("pinnace_messages_delivered_total"),
            ephemerals: counter("pinnace_ephemerals_total"),
            accept_to_deliver_s: histogram("pinnace_accept_to_deliver_seconds"),
            deliver_to_ack_s: histogram("pinnace_deliver_to_ack_seconds"),
            gateway_failures: counter("pinnace_gateway_failures_total"),
            store_unavailable: counter("pinnace_store_unavailable_total"),
            stalled: counter("pinnace_stalled_total"),
            handle: recorder.handle(),
            recorder,
        }
    }

    /// Counts an error that a peer was told, by the error's name.
    pub(crate) fn told_error(&self, code: ErrorCode) {
        let labels = vec![Label::new("code", code.name())];
        with_local_recorder(&self.recorder, || counter!("pinnace_errors_total", labels).increment(1));
    }

    /// Sets what the store says of itself.
    pub(crate) fn store(&self, store: &pinnace_store::Metrics) {
        with_local_recorder(&self.recorder, || {
            counter!("pinnace_store_operations_total").absolute(store.operations);
            counter!("pinnace_store_commits_total").absolute(store.commits);
            counter!("pinnace_store_commit_faults_total").absolute(store.commit_faults);
            counter!("pinnace_store_reopened_total").absolute(store.reopened);
            counter!("pinnace_store_items_filed_total").absolute(store.items_filed);
            counter!("pinnace_store_rows_total").absolute(store.rows);
            gauge!("pinnace_store_queue").set(float(store.queue_len));
            gauge!("pinnace_store_commit_seconds").set(float(store.commit_us) / 1_000_000.0);
        });
    }

    /// The page that Prometheus reads.
    pub(crate) fn page(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }

    /// Moves observed latencies into their buckets; to be called now and then, else they pile up until a page is read.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; a queue of 2^53 items is not one")]
const fn float(value: u64) -> f64 {
    value as f64
}

/// Milliseconds as the seconds of a histogram.
pub(crate) const fn seconds(ms: u64) -> f64 {
    float(ms) / 1000.0
}

fn describe() {
    describe_gauge!("pinnace_connections", "Open connections, on every carrier.");
    describe_gauge!("pinnace_sessions", "Confirmed sessions of registered devices.");
    describe_counter!(
        "pinnace_connections_refused_total",
        "Connections refused for want of room or by a limit of their address."
    );
    describe_counter!("pinnace_handshakes_total", "Handshakes by result.");
    describe_counter!(
        "pinnace_takeovers_total",
        "Sessions that took the place of an older one of their device."
    );
    describe_counter!("pinnace_messages_accepted_total", "Messages accepted: durable.");
    describe_counter!("pinnace_messages_delivered_total", "Messages handed to a connection.");
    describe_counter!("pinnace_ephemerals_total", "Ephemerals passed on.");
    describe_histogram!("pinnace_accept_to_deliver_seconds", Unit::Seconds, "From acceptance to hand-over.");
    describe_histogram!(
        "pinnace_deliver_to_ack_seconds",
        Unit::Seconds,
        "From hand-over to acknowledgement."
    );
    describe_counter!("pinnace_gateway_failures_total", "Codes that did not leave through the gateway.");
    describe_counter!("pinnace_store_unavailable_total", "Operations that the store could not answer.");
    describe_counter!("pinnace_stalled_total", "Peers shed because they did not read.");
    describe_counter!("pinnace_errors_total", "Errors that peers were told, by code.");
    describe_counter!("pinnace_store_operations_total", "Operations that were committed.");
    describe_counter!(
        "pinnace_store_commits_total",
        "Commits of a group of operations: each waits for the disk once."
    );
    describe_counter!("pinnace_store_commit_faults_total", "Commits that failed.");
    describe_counter!(
        "pinnace_store_reopened_total",
        "Times that the engine was opened again after a fault."
    );
    describe_counter!("pinnace_store_items_filed_total", "Items filed in mailboxes.");
    describe_counter!("pinnace_store_rows_total", "Rows written or deleted.");
    describe_gauge!("pinnace_store_queue", "Operations that wait for the store's writer.");
    describe_gauge!("pinnace_store_commit_seconds", "What the last commit took.");
}
