//! The WebSocket carrier: each record one binary message. Spec: CAR-004, CAR-005, CAR-007.

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use pinnace_wire::limits::RECORD_LEN;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Link, LinkError};
use crate::address::ServerAddress;

/// The subprotocol of version 1.
const SUBPROTOCOL: &str = "pinnace.1";

type Socket = WebSocketStream<TcpStream>;

pub(super) async fn connect(address: &ServerAddress) -> Result<Link, LinkError> {
    let stream = TcpStream::connect(address.host_and_port()).await?;
    stream.set_nodelay(true)?;
    let mut request = address.upgrade_url().into_client_request()?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let config =
        WebSocketConfig::default().max_message_size(Some(RECORD_LEN)).max_frame_size(Some(RECORD_LEN));
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await?;
    let (write, read) = socket.split();
    Ok(Link::spawn(
        |to_session| read_records(read, to_session),
        |from_session| write_records(write, from_session),
    ))
}

async fn read_records(mut read: SplitStream<Socket>, to_session: mpsc::Sender<Result<Vec<u8>, LinkError>>) {
    while let Some(message) = read.next().await {
        let record = match message {
            Ok(Message::Binary(record)) if !record.is_empty() => Ok(record.to_vec()),
            Ok(Message::Binary(_) | Message::Text(_) | Message::Frame(_)) => Err(LinkError::Broken),
            Ok(Message::Ping(_) | Message::Pong(_)) => continue,
            Ok(Message::Close(_)) => return,
            Err(error) => Err(error.into()),
        };
        let is_last = record.is_err();
        if to_session.send(record).await.is_err() || is_last {
            return;
        }
    }
}

async fn write_records(mut write: SplitSink<Socket, Message>, mut from_session: mpsc::Receiver<Vec<u8>>) {
    while let Some(record) = from_session.recv().await {
        if write.send(Message::Binary(Bytes::from(record))).await.is_err() {
            return;
        }
    }
    // The peer may be gone already; the connection ends either way.
    let farewell = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
    let _ = write.send(Message::Close(Some(farewell))).await;
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio::net::TcpListener;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
    use tokio_tungstenite::tungstenite::http::HeaderValue;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

    use super::{SUBPROTOCOL, connect};

    #[expect(clippy::result_large_err, reason = "the shape that tungstenite asks for")]
    fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
        Ok(response)
    }

    /// Spec: CAR-005, CAR-016.
    #[tokio::test]
    async fn a_link_ends_with_status_1000_behind_its_last_record() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}/pinnace", listener.local_addr().unwrap()).parse().unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = tokio_tungstenite::accept_hdr_async(stream, agree).await.unwrap();
            [socket.next().await.unwrap().unwrap(), socket.next().await.unwrap().unwrap()]
        });
        let link = connect(&address).await.unwrap();
        link.outgoing.send(vec![7, 8]).await.unwrap();
        drop(link);
        let [record, farewell] = server.await.unwrap();
        assert_eq!(record, Message::Binary(vec![7, 8].into()));
        let Message::Close(Some(frame)) = farewell else { panic!("{farewell:?}") };
        assert_eq!(frame.code, CloseCode::Normal);
    }
}
