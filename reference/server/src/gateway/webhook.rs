//! The gateway of production: a POST to a service that sends text messages and places calls.
//!
//! A rare call to one configured address: one connection each, no pool, no TLS (a proxy on the same machine has that, and
//! its certificates). The client is the HTTP library that the metrics page is served by.

use core::fmt;
use core::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::Message;

/// Pause before the second attempt; it doubles with each further one.
const PAUSE: Duration = Duration::from_millis(100);
/// Octets of an answer that are read; more is an error.
const ANSWER_LEN_MAX: usize = 64 * 1024;

/// A service that takes codes.
#[derive(Debug)]
pub(crate) struct Webhook {
    uri: Uri,
    authority: String,
    address: String,
    timeout: Duration,
    attempts_max: u64,
}

/// Why a text is no address of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// Not a URL.
    Malformed(String),
    /// Another scheme than `http`, or no host.
    NotHttp(String),
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(url) => write!(f, "`{url}` is no URL"),
            Self::NotHttp(url) => write!(f, "`{url}` does not start with http:// and a host"),
        }
    }
}

impl Webhook {
    pub(crate) fn new(url: &str, timeout_ms: u64, attempts_max: u64) -> Result<Self, UrlError> {
        let uri: Uri = url.parse().map_err(|_| UrlError::Malformed(url.to_owned()))?;
        let authority = match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(authority)) => authority.clone(),
            _ => return Err(UrlError::NotHttp(url.to_owned())),
        };
        let port = authority.port_u16().unwrap_or(80);
        Ok(Self {
            address: format!("{}:{port}", authority.host()),
            authority: authority.to_string(),
            uri,
            timeout: Duration::from_millis(timeout_ms),
            attempts_max: attempts_max.max(1),
        })
    }

    /// Posts a code until the service takes it, an attempt is refused for good, or the attempts are used up.
    pub(super) async fn send(&self, message: &Message<'_>) -> Result<(), String> {
        let body = Bytes::from(serde_json::to_vec(message).map_err(|error| error.to_string())?);
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let failure = match timeout(self.timeout, self.post(body.clone())).await {
                Ok(Ok(status)) if status.is_success() => return Ok(()),
                Ok(Ok(status)) if status.is_client_error() && !may_be_repeated(status) => {
                    return Err(format!("answered {status}"));
                }
                Ok(Ok(status)) => format!("answered {status}"),
                Ok(Err(error)) => error,
                Err(_) => "no answer in time".to_owned(),
            };
            if attempt >= self.attempts_max {
                return Err(failure);
            }
            attempt = attempt.saturating_add(1);
            sleep(pause).await;
            pause = pause.saturating_mul(2);
        }
    }

    async fn post(&self, body: Bytes) -> Result<StatusCode, String> {
        let stream = TcpStream::connect(&self.address).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::post(path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let status = answer.status();
            let read = Limited::new(answer.into_body(), ANSWER_LEN_MAX).collect().await;
            read.map(|_| status).map_err(|error| error.to_string())
        };
        // The connection moves the octets of the exchange. Its own end decides nothing: the exchange learns of it.
        let transport = async {
            drop(connection.await);
            core::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            status = exchange => status,
            () = transport => Err("connection closed".to_owned()),
        }
    }
}

fn may_be_repeated(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    const MESSAGE: Message<'_> = Message { e164: "+493012345", method: "sms", code: "123456" };

    /// What the webhook says of a service that gives these answers, one a connection, and what the service was sent.
    async fn posted(
        answers: &'static [&'static str],
        attempts_max: u64,
    ) -> (Result<(), String>, Vec<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/codes?key=1", listener.local_addr().unwrap());
        let service = tokio::spawn(async move {
            let mut requests = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"}") {
                    assert!(stream.read_buf(&mut request).await.unwrap() > 0);
                }
                requests.push(String::from_utf8(request).unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            requests
        });
        let outcome = Webhook::new(&url, 5_000, attempts_max).unwrap().send(&MESSAGE).await;
        (outcome, service.await.unwrap())
    }

    const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    const WRONG: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";

    #[tokio::test]
    async fn code_is_posted_as_json() {
        let (outcome, requests) = posted(&[OK], 3).await;
        assert_eq!(outcome, Ok(()));
        assert!(requests[0].starts_with("POST /codes?key=1 HTTP/1.1\r\n"), "{requests:?}");
        assert!(
            requests[0].ends_with(r#"{"e164":"+493012345","method":"sms","code":"123456"}"#),
            "{requests:?}"
        );
    }

    #[tokio::test]
    async fn a_busy_service_is_asked_again_and_a_refusal_stands() {
        assert_eq!(posted(&[BUSY, OK], 3).await.0, Ok(()));
        assert_eq!(posted(&[BUSY, BUSY], 2).await.0, Err("answered 503 Service Unavailable".to_owned()));
        assert_eq!(posted(&[WRONG], 3).await.0, Err("answered 400 Bad Request".to_owned()));
    }

    #[test]
    fn only_http_addresses_are_taken() {
        assert!(matches!(Webhook::new("https://example.org", 1, 1), Err(UrlError::NotHttp(_))));
        assert!(matches!(Webhook::new("nowhere", 1, 1), Err(UrlError::NotHttp(_))));
        assert!(matches!(Webhook::new("http://[", 1, 1), Err(UrlError::Malformed(_))));
    }
}
