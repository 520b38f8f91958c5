//! The HTTP request that a WebSocket begins with.
//!
//! The head is read here, and judged by the library: so that a request for anything else gets an answer too, and what
//! follows the head at once is not lost.

use pinnace_fault as fault;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::machine::TryParse as _;
use tokio_tungstenite::tungstenite::handshake::server::{Request, create_response, write_response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, Response, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::websocket::WebSocket;

const PATH: &str = "/pinnace";
const SUBPROTOCOL: &str = "pinnace.1";
/// The longest head of a request, in octets.
const HEAD_LEN_MAX: usize = 8 * 1024;
/// Octets that each WebSocket holds for reading, also while it is idle.
const READ_BUFFER_LEN: usize = 2 * 1024;

/// Whether the server takes another connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// It does.
    Free,
    /// It does not: the request is answered with 503.
    Full,
}

/// Answers the request on a new connection; `None` where it made no WebSocket (CAR-004).
pub(crate) async fn upgrade(mut stream: TcpStream, room: Room) -> Option<Box<WebSocket>> {
    let mut head = Vec::new();
    let judged = loop {
        match Request::try_parse(&head) {
            Ok(Some((len, request))) => break accept(&request, room).map(|response| (len, response)),
            Ok(None) if head.len() < HEAD_LEN_MAX => {}
            Ok(None) => break Err(Refusal::TooLong),
            Err(_) => break Err(Refusal::NoGet),
        }
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    };
    match judged {
        Ok((len, response)) => {
            stream.write_all(&octets(&response)?).await.ok()?;
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BUFFER_LEN)
                .max_message_size(Some(message_len_max()))
                .max_frame_size(Some(message_len_max()));
            let early = head.split_off(len);
            let socket =
                WebSocketStream::from_partially_read(stream, early, Role::Server, Some(config)).await;
            Some(Box::new(WebSocket::new(socket)))
        }
        Err(refusal) => {
            let answer = refusal.answer();
            let mut octets = octets(&answer)?;
            octets.extend_from_slice(answer.body().as_bytes());
            stream.write_all(&octets).await.ok()?;
            super::tcp::linger(stream).await;
            None
        }
    }
}

fn message_len_max() -> usize {
    let is_unchecked = fault::carrier::WS_LENGTH_UNCHECKED.is_on();
    if is_unchecked {
        pinnace_wire::limits::RECORD_LEN.saturating_mul(4)
    } else {
        pinnace_wire::limits::RECORD_LEN
    }
}

fn accept(request: &Request, room: Room) -> Result<Response<()>, Refusal> {
    if request.uri().path() != PATH && !fault::carrier::WS_PATH_ANY.is_on() {
        return Err(Refusal::OtherPath);
    }
    let mut response = create_response(request).map_err(|_| Refusal::NoUpgrade)?;
    let offers = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut offers = offers.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let is_unchecked = fault::carrier::WS_SUBPROTOCOL_UNCHECKED.is_on();
    if !offers.any(|offer| offer.trim() == SUBPROTOCOL) && !is_unchecked {
        return Err(Refusal::OtherProtocol);
    }
    if room == Room::Full {
        return Err(Refusal::NoRoom);
    }
    let chosen = HeaderValue::from_static(SUBPROTOCOL);
    if !fault::carrier::WS_SUBPROTOCOL_UNTOLD.is_on() {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, chosen);
    }
    if fault::carrier::WS_COMPRESSION_TAKEN.is_on() {
        let compression = HeaderValue::from_static("permessage-deflate");
        response.headers_mut().insert(header::SEC_WEBSOCKET_EXTENSIONS, compression);
    }
    Ok(response)
}

/// Why a request makes no WebSocket.
#[derive(Clone, Copy)]
enum Refusal {
    NoGet,
    TooLong,
    OtherPath,
    NoUpgrade,
    OtherProtocol,
    NoRoom,
}

impl Refusal {
    fn words(self) -> (StatusCode, &'static str) {
        match self {
            Self::NoGet => (StatusCode::BAD_REQUEST, "a GET of HTTP/1.1 is spoken here\n"),
            Self::TooLong => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is too long\n"),
            Self::OtherPath if fault::carrier::WS_PATH_STATUS_WRONG.is_on() => {
                (StatusCode::BAD_REQUEST, "wrong on purpose\n")
            }
            Self::NoUpgrade if fault::carrier::WS_PLAIN_STATUS_WRONG.is_on() => {
                (StatusCode::NOT_FOUND, "wrong on purpose\n")
            }
            Self::OtherProtocol if fault::carrier::WS_SUBPROTOCOL_STATUS_WRONG.is_on() => {
                (StatusCode::NOT_FOUND, "wrong on purpose\n")
            }
            Self::OtherPath => (StatusCode::NOT_FOUND, "the protocol is spoken at /pinnace\n"),
            Self::NoUpgrade => (StatusCode::UPGRADE_REQUIRED, "a WebSocket of version 13 is spoken here\n"),
            Self::OtherProtocol => (StatusCode::BAD_REQUEST, "the subprotocol pinnace.1 was not offered\n"),
            Self::NoRoom => (StatusCode::SERVICE_UNAVAILABLE, "no room for another connection\n"),
        }
    }

    fn answer(self) -> Response<&'static str> {
        let (status, words) = self.words();
        let mut response = Response::new(words);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(words.len()));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        response
    }
}

/// The head of a response; ours are all well-formed.
fn octets<T>(response: &Response<T>) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    write_response(&mut octets, response).ok()?;
    Some(octets)
}
