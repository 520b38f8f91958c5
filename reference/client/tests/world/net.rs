//! The server on real carriers of the loopback.

use pinnace_client::ServerAddress;
use pinnace_client::link::LinkError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::World;
use super::serve::serve;

impl World {
    /// Serves the TCP carrier; gives the address, realm included.
    pub async fn listen_tcp(&self) -> ServerAddress {
        self.listen("tcp://", tcp).await
    }

    /// Serves the WebSocket carrier; gives the address, realm included.
    pub async fn listen_websocket(&self) -> ServerAddress {
        self.listen("ws://", websocket).await
    }

    async fn listen<F>(
        &self,
        scheme: &str,
        carrier: impl Fn(Self, TcpStream) -> F + Send + 'static,
    ) -> ServerAddress
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut address: ServerAddress =
            format!("{scheme}{}", listener.local_addr().unwrap()).parse().unwrap();
        address.realm = Some(self.config.realm);
        let world = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(carrier(world.clone(), stream));
            }
        });
        address
    }
}

type FromSession = mpsc::Receiver<Result<Vec<u8>, LinkError>>;

/// The two ends of a connection for [`serve`].
fn session(world: World) -> (mpsc::Sender<Vec<u8>>, FromSession) {
    let (to_session, from_client) = mpsc::channel(1);
    let (to_client, from_session) = mpsc::channel(1);
    tokio::spawn(serve(world, from_client, to_client));
    (to_session, from_session)
}

async fn tcp(world: World, stream: TcpStream) {
    let (to_session, mut from_session) = session(world);
    let (mut read, mut write) = stream.into_split();
    let reader = tokio::spawn(async move {
        while let Ok(len) = read.read_u16().await {
            let mut record = vec![0; usize::from(len)];
            if read.read_exact(&mut record).await.is_err() || to_session.send(record).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(record)) = from_session.recv().await {
        let framed = [(record.len() as u16).to_be_bytes().as_slice(), &record].concat();
        if write.write_all(&framed).await.is_err() {
            break;
        }
    }
    reader.abort();
}

async fn websocket(world: World, stream: TcpStream) {
    use futures_util::{SinkExt, StreamExt};
    #[expect(clippy::result_large_err, reason = "the shape that tungstenite asks for")]
    let upgrade = |request: &Request, mut response: Response| {
        assert_eq!(request.uri().path(), "/pinnace");
        assert_eq!(request.headers()["sec-websocket-protocol"], "pinnace.1");
        assert!(!request.headers().contains_key("sec-websocket-extensions"), "no compression");
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("pinnace.1"));
        Ok(response)
    };
    let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, upgrade).await else { return };
    let (to_session, mut from_session) = session(world);
    let (mut write, mut read) = socket.split();
    let reader = tokio::spawn(async move {
        while let Some(Ok(message)) = read.next().await {
            let Message::Binary(record) = message else { return };
            if to_session.send(record.to_vec()).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(record)) = from_session.recv().await {
        if write.send(Message::Binary(record.into())).await.is_err() {
            break;
        }
    }
    reader.abort();
}
