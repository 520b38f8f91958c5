//! For operators: `/metrics` and `/healthz`, on a listener of their own.

use core::fmt;
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

fn metrics(shared: &Shared<Embedded>) -> Result<impl IntoResponse + use<>, StatusCode> {
    match shared.metrics.page(&shared.store.metrics()) {
        Ok(page) => {
            Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], page))
        }
        Err(fmt::Error) => Err(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn healthz(phase: Phase) -> (StatusCode, &'static str) {
    match phase {
        Phase::Serving => (StatusCode::OK, "serving\n"),
        Phase::Draining => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
    }
}
