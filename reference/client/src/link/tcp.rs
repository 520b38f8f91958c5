//! The TCP carrier: each record behind its 16-bit length. Spec: CAR-001, CAR-002.

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use super::{Link, LinkError};
use crate::address::ServerAddress;

pub(super) async fn connect(address: &ServerAddress) -> Result<Link, LinkError> {
    let stream = TcpStream::connect(address.host_and_port()).await?;
    stream.set_nodelay(true)?;
    let (read, write) = stream.into_split();
    Ok(Link::spawn(
        |to_session| read_records(read, to_session),
        |from_session| write_records(write, from_session),
    ))
}

async fn read_records(read: OwnedReadHalf, to_session: mpsc::Sender<Result<Vec<u8>, LinkError>>) {
    let mut read = BufReader::new(read);
    loop {
        let record = read_record(&mut read).await;
        let is_last = record.is_err();
        if to_session.send(record).await.is_err() || is_last {
            return;
        }
    }
}

async fn read_record(read: &mut BufReader<OwnedReadHalf>) -> Result<Vec<u8>, LinkError> {
    let len = read.read_u16().await?;
    if len == 0 {
        return Err(LinkError::Broken);
    }
    let mut record = vec![0; usize::from(len)];
    read.read_exact(&mut record).await?;
    Ok(record)
}

async fn write_records(mut write: OwnedWriteHalf, mut from_session: mpsc::Receiver<Vec<u8>>) {
    let mut framed = Vec::new();
    while let Some(record) = from_session.recv().await {
        // A session makes no longer record; one that did would not be understood.
        let Ok(len) = u16::try_from(record.len()) else { return };
        framed.clear();
        framed.extend_from_slice(&len.to_be_bytes());
        framed.extend_from_slice(&record);
        if write.write_all(&framed).await.is_err() {
            return;
        }
    }
    // The peer may be gone already; the connection ends either way.
    let _ = write.shutdown().await;
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::connect;

    /// Spec: CAR-001, CAR-002.
    #[tokio::test]
    async fn a_record_of_length_zero_ends_the_link() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap()).parse().unwrap();
        let mut link = connect(&address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(&[0, 2, 7, 8, 0, 0, 0, 1, 9]).await.unwrap();
        assert_eq!(link.incoming.recv().await.unwrap().unwrap(), [7, 8]);
        assert!(link.incoming.recv().await.unwrap().is_err());
        assert!(link.incoming.recv().await.is_none(), "nothing comes behind it");
    }
}
