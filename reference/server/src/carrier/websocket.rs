//! WebSocket (RFC 6455): one record in each binary message (CAR-005 to CAR-007).

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_util::{Sink as _, SinkExt as _, Stream as _, StreamExt as _};
use pinnace_fault as fault;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Error};

use super::{CarrierEnd, Moved, OUTBOX_LEN_MAX, Reading};

/// One WebSocket connection.
pub(crate) struct WebSocket {
    stream: WebSocketStream<TcpStream>,
    arrived: Option<Bytes>,
    flushed: bool,
    /// What the closing frame will say.
    close_code: CloseCode,
}

impl WebSocket {
    /// A WebSocket after its upgrade.
    pub(super) const fn new(stream: WebSocketStream<TcpStream>) -> Self {
        Self { stream, arrived: None, flushed: true, close_code: CloseCode::Normal }
    }

    pub(super) fn poll_move(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
    ) -> Poll<Result<Moved, CarrierEnd>> {
        if !self.flushed
            && let Poll::Ready(result) = Pin::new(&mut self.stream).poll_flush(cx)
        {
            result.map_err(ended)?;
            self.flushed = true;
            return Poll::Ready(Ok(Moved::Out));
        }
        if reading == Reading::Held || self.arrived.is_some() {
            return Poll::Pending;
        }
        loop {
            match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
                Some(Ok(Message::Binary(record))) => {
                    self.arrived = Some(record);
                    return Poll::Ready(Ok(Moved::In));
                }
                Some(Ok(Message::Text(text))) if fault::carrier::WS_TEXT_TAKEN.is_on() => {
                    self.arrived = Some(text.into());
                    return Poll::Ready(Ok(Moved::In));
                }
                Some(Ok(Message::Text(_))) => {
                    let is_wrong = fault::carrier::WS_TEXT_STATUS_WRONG.is_on();
                    self.close_code = if is_wrong { CloseCode::Protocol } else { CloseCode::Unsupported };
                    return Poll::Ready(Err(CarrierEnd::Broken("a text message")));
                }
                // The library answers a ping when it is next asked to read or write.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Poll::Ready(Err(CarrierEnd::Closed)),
                Some(Err(error)) => {
                    self.close_code = close_code(&error);
                    return Poll::Ready(Err(ended(error)));
                }
            }
        }
    }

    pub(super) fn take_record<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, CarrierEnd> {
        match self.arrived.take() {
            Some(record) if record.is_empty() && fault::carrier::WS_EMPTY_TAKEN.is_on() => Ok(None),
            Some(record) if record.is_empty() => Err(CarrierEnd::Broken("a record of length zero")),
            Some(record) => Ok(Some(take(&record))),
            None => Ok(None),
        }
    }

    pub(super) fn write_records(&mut self, mut fill: impl FnMut(&mut Vec<u8>) -> Option<usize>) {
        let mut queued = 0_usize;
        while queued < OUTBOX_LEN_MAX {
            let mut record = Vec::new();
            let Some(len) = fill(&mut record) else { break };
            queued = queued.saturating_add(len);
            if fault::carrier::WS_RECORD_SPLIT.is_on() {
                let rest = record.split_off(record.len() / 2);
                drop(Pin::new(&mut self.stream).start_send(Message::Binary(record.into())));
                record = rest;
            }
            // An error here shows again, and is told, when the message is flushed.
            drop(Pin::new(&mut self.stream).start_send(Message::Binary(record.into())));
            self.flushed = false;
        }
    }

    pub(super) const fn is_flushed(&self) -> bool {
        self.flushed
    }

    pub(super) async fn close(mut self: Box<Self>) {
        if fault::carrier::WS_END_SILENT.is_on() && self.close_code == CloseCode::Normal {
            return super::tcp::linger(self.stream.into_inner()).await;
        }
        let is_wrong = fault::carrier::WS_END_STATUS_WRONG.is_on() && self.close_code == CloseCode::Normal;
        let code = if is_wrong { CloseCode::Away } else { self.close_code };
        let frame = CloseFrame { code, reason: "".into() };
        if self.stream.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        while let Some(Ok(_)) = self.stream.next().await {}
        // A peer that broke the rules may still be sending what no library reads any more.
        super::tcp::linger(self.stream.into_inner()).await;
    }
}

fn close_code(error: &Error) -> CloseCode {
    let is_told = !fault::carrier::WS_LENGTH_STATUS_WRONG.is_on();
    if matches!(error, Error::Capacity(_)) && is_told { CloseCode::Size } else { CloseCode::Protocol }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a foreign enum that may grow; all the rest is one thing here"
)]
fn ended(error: Error) -> CarrierEnd {
    match error {
        Error::Io(error) => CarrierEnd::Failed(error),
        Error::ConnectionClosed | Error::AlreadyClosed => CarrierEnd::Closed,
        Error::Capacity(_) => CarrierEnd::Broken("a message longer than a record"),
        other => {
            tracing::debug!(%other, "websocket");
            CarrierEnd::Broken("not as RFC 6455 says")
        }
    }
}
