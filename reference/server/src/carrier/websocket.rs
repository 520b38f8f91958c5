//! WebSocket (RFC 6455): path `/pinnace`, subprotocol `pinnace.1`, one record in each binary message (CAR-004 to CAR-007).

use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_util::{Sink as _, SinkExt as _, Stream as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error};

use super::{CarrierEnd, Moved, OUTBOX_LEN_MAX, Reading};

const PATH: &str = "/pinnace";
const SUBPROTOCOL: &str = "pinnace.1";
/// Octets that each WebSocket holds for reading, also while it is idle.
const READ_BUFFER_LEN: usize = 2 * 1024;

/// One WebSocket connection.
pub(crate) struct WebSocket {
    stream: WebSocketStream<TcpStream>,
    arrived: Option<Bytes>,
    flushed: bool,
    /// What the closing frame will say.
    close_code: CloseCode,
}

/// What an upgrade came to.
pub(crate) enum Upgrade {
    /// A WebSocket.
    Done(Box<WebSocket>),
    /// The request was refused or broken; an answer was sent if there was one to give.
    Refused(String),
}

impl WebSocket {
    /// Answers the HTTP request on a new connection.
    pub(crate) async fn upgrade(stream: TcpStream, room: Room) -> Upgrade {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_LEN)
            .max_message_size(Some(pinnace_wire::limits::RECORD_LEN))
            .max_frame_size(Some(pinnace_wire::limits::RECORD_LEN));
        match tokio_tungstenite::accept_hdr_async_with_config(stream, Terms { room }, Some(config)).await {
            Ok(stream) => Upgrade::Done(Box::new(Self {
                stream,
                arrived: None,
                flushed: true,
                close_code: CloseCode::Normal,
            })),
            Err(error) => Upgrade::Refused(error.to_string()),
        }
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
                Some(Ok(Message::Text(_))) => {
                    self.close_code = CloseCode::Unsupported;
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
            // An error here shows again, and is told, when the message is flushed.
            drop(Pin::new(&mut self.stream).start_send(Message::Binary(record.into())));
            self.flushed = false;
        }
    }

    pub(super) const fn is_flushed(&self) -> bool {
        self.flushed
    }

    pub(super) async fn close(mut self: Box<Self>) {
        let frame = CloseFrame { code: self.close_code, reason: "".into() };
        if self.stream.send(Message::Close(Some(frame))).await.is_err() {
            return;
        }
        while let Some(Ok(_)) = self.stream.next().await {}
    }
}

/// Whether the server takes another connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// It does.
    Free,
    /// It does not: the request is answered with 503.
    Full,
}

/// Which requests become WebSockets.
struct Terms {
    room: Room,
}

impl Callback for Terms {
    fn on_request(self, request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        if request.uri().path() != PATH {
            return Err(refusal(StatusCode::NOT_FOUND, "the protocol is spoken at /pinnace\n"));
        }
        if self.room == Room::Full {
            return Err(refusal(StatusCode::SERVICE_UNAVAILABLE, "no room for another connection\n"));
        }
        let offers = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
        let offered = offers
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|offer| offer.trim() == SUBPROTOCOL);
        if !offered {
            return Err(refusal(StatusCode::BAD_REQUEST, "the subprotocol pinnace.1 was not offered\n"));
        }
        let chosen = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, chosen);
        Ok(response)
    }
}

fn refusal(status: StatusCode, reason: &'static str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(reason.to_owned()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(reason.len()));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn close_code(error: &Error) -> CloseCode {
    if matches!(error, Error::Capacity(_)) { CloseCode::Size } else { CloseCode::Protocol }
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
