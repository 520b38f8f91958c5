//! For operators: `/metrics` and `/healthz`, on a listener of their own.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use pinnace_store::Embedded;
use tokio::net::TcpListener;

use crate::shared::{Phase, Shared};

/// Serves both pages until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared<Embedded>>) -> io::Result<()> {
    let health = Arc::clone(&shared);
    let app = Router::new()
        .route("/metrics", get(move || core::future::ready(metrics(&shared))))
        .route("/healthz", get(move || core::future::ready(healthz(*health.phase.borrow()))));
    axum::serve(listener, app).await
}

fn metrics(shared: &Shared<Embedded>) -> impl IntoResponse + use<> {
    shared.metrics.store(&shared.store.metrics());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], shared.metrics.page())
}

fn healthz(phase: Phase) -> (StatusCode, &'static str) {
    match phase {
        Phase::Serving => (StatusCode::OK, "serving\n"),
        Phase::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
    }
}
