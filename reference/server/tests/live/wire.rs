use core::net::SocketAddr;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use tokio_tungstenite::tungstenite::client::{IntoClientRequest as _, client};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::PATIENCE;

/// Either carrier, blocking.
pub(crate) enum Wire {
    Tcp(TcpStream),
    WebSocket(Box<WebSocket<TcpStream>>),
}

impl Wire {
    pub(crate) fn tcp(address: SocketAddr) -> Self {
        Self::Tcp(connect(address))
    }

    pub(crate) fn websocket(address: SocketAddr) -> Self {
        let mut request = format!("ws://{address}/pinnace").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "pinnace.1".parse().unwrap());
        let (socket, response) = client(request, connect(address)).unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "pinnace.1");
        Self::WebSocket(Box::new(socket))
    }

    /// Sends a record. The server may have ended the connection: the reading side will tell.
    pub(crate) fn send(&mut self, record: &[u8]) {
        let _ = self.try_send(record);
    }

    /// Whether the connection takes a record.
    pub(crate) fn try_send(&mut self, record: &[u8]) -> bool {
        match self {
            Self::Tcp(stream) => {
                let len = u16::try_from(record.len()).unwrap().to_be_bytes();
                stream.write_all(&[&len, record].concat()).is_ok()
            }
            Self::WebSocket(socket) => socket.send(Message::Binary(record.to_vec().into())).is_ok(),
        }
    }

    /// The next record, or `None` at the end of the connection.
    pub(crate) fn receive(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Tcp(stream) => receive_tcp(stream).unwrap(),
            Self::WebSocket(socket) => loop {
                match socket.read() {
                    Ok(Message::Binary(record)) => return Some(record.to_vec()),
                    Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::Protocol(_)) => return None,
                    Ok(Message::Ping(_) | Message::Pong(_)) => {}
                    other => panic!("{other:?}"),
                }
            },
        }
    }

    pub(crate) fn shut(&self) {
        let stream = match self {
            Self::Tcp(stream) => stream,
            Self::WebSocket(socket) => socket.get_ref(),
        };
        stream.shutdown(std::net::Shutdown::Both).unwrap();
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn receive_tcp(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut len = [0; 2];
    match stream.read_exact(&mut len) {
        Ok(()) => {}
        Err(error)
            if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    }
    let mut record = vec![0; usize::from(u16::from_be_bytes(len))];
    stream.read_exact(&mut record)?;
    Ok(Some(record))
}
