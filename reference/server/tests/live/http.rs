use core::net::SocketAddr;
use std::io::{Read as _, Write as _};
use std::time::Instant;

use super::PATIENCE;
use super::wire::connect;

/// The header that ends a connection after its answer.
pub(crate) const CLOSE: &str = "connection: close\r\n";

/// Status line, headers and body of the answer to a GET.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = connect(address);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// One value of the metrics page; 0 where it is not there yet.
pub(crate) fn metric(address: SocketAddr, name: &str) -> f64 {
    let page = get(address, "/metrics", CLOSE);
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

/// Waits until a value is reached.
pub(crate) fn metric_reaches(address: SocketAddr, name: &str, value: f64) {
    let since = Instant::now();
    while metric(address, name) < value {
        assert!(since.elapsed() < PATIENCE, "{name} does not reach {value}");
        std::thread::yield_now();
    }
}

/// Waits until a value is no longer above another.
pub(crate) fn metric_falls(address: SocketAddr, name: &str, value: f64) {
    let since = Instant::now();
    while metric(address, name) > value {
        assert!(since.elapsed() < PATIENCE, "{name} does not fall to {value}");
        std::thread::yield_now();
    }
}
