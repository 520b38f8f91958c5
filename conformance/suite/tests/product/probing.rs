//! What is not a server of ours is told in one line, at once.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

use crate::toy::{REALM, case, conform, echoes, suite};

/// Serves each connection with `attend` and checks what the suite says of it.
#[track_caller]
fn check(attend: fn(TcpStream), said: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || attend(stream));
        }
    });
    told(&address, said);
}

#[track_caller]
fn told(address: &str, said: &str) {
    let began = Instant::now();
    let cases = (0..50).map(|_| case("TOY-001/1", echoes)).collect();
    let told = conform(&suite(cases), &["server", "--addr", address, "--realm", REALM]);
    assert_eq!(told.code, 4, "{}", told.out);
    let line = told.out.lines().find(|line| line.starts_with("target lost")).expect("a line that says why");
    assert!(line.contains(address) && line.contains(said), "{said:?} is not in {line}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

/// Takes what comes and keeps the connection open.
fn swallow(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

#[test]
fn closed_port() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    told(&address.to_string(), "refused");
}

#[test]
fn port_that_accepts_and_stays_silent() {
    check(swallow, "accepts and stays silent");
}

#[test]
fn port_that_closes_at_once() {
    check(drop, "closes at once");
}

#[test]
fn http_server_that_answers_garbage_with_an_error() {
    check(
        |mut stream| {
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            swallow(stream);
        },
        "speaks HTTP",
    );
}

#[test]
fn http_server_that_waits_for_the_end_of_the_header() {
    check(
        |mut stream| {
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                match stream.read(&mut byte) {
                    Ok(1) => seen.push(byte[0]),
                    Ok(_) | Err(_) => return,
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            swallow(stream);
        },
        "speaks HTTP",
    );
}

#[test]
fn tls_server() {
    check(
        |mut stream| {
            let _ = stream.write_all(&[0x15, 3, 1, 0, 2, 2, 10]);
            swallow(stream);
        },
        "speaks TLS",
    );
}

#[test]
fn any_other_server_is_shown_by_its_first_bytes() {
    check(
        |mut stream| {
            let _ = stream.write_all(b"SSH-2.0-x\r\n");
            swallow(stream);
        },
        "not Pinnace: 5353482d322e302d780d0a",
    );
}
