//! Is there a Pinnace server, and is it of the realm that was named? Asked once before the first case.

use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;

use super::greeting::{Answer, Pattern, Preface, reject};
use super::ids::{is_signed, root_key_id};
use super::noise::{Handshake, Role};
use crate::target::Endpoint;
use crate::target::probe::{ProbeFailure, Recognised, greet};

/// Keys of the probe. It registers nothing, so that they need no secrecy and no seed.
const KEYS: ([u8; 32], [u8; 32]) = ([0x51; 32], [0x52; 32]);
const WAIT: Duration = Duration::from_millis(1000);
const SIGNATURE_LEN: usize = 64;

/// Probes a target over its TCP carrier.
///
/// # Errors
/// Why no case can be run against it.
pub fn probe(endpoint: &Endpoint) -> Result<(), ProbeFailure> {
    let preface = Preface::new(Pattern::Xx);
    let mut handshake = Handshake::xx(Role::Initiator, &preface.prologue(&endpoint.realm), KEYS.0, KEYS.1);
    let message = handshake.write(&[]).map_err(|_| ProbeFailure::WrongRealm)?;
    let opening = [preface.octets(), message].concat();
    let len = u16::try_from(opening.len()).unwrap_or(u16::MAX).to_be_bytes();
    let greeting = [&len[..], &opening].concat();
    greet(endpoint.tcp, &greeting, recognise)?;
    match exchange(endpoint, &greeting)? {
        Answer::Handshake(message) => {
            let payload = handshake.read(&message).map_err(|_| ProbeFailure::WrongRealm)?;
            if is_certified(&payload, &endpoint.realm) { Ok(()) } else { Err(ProbeFailure::WrongRealm) }
        }
        Answer::Reject(reject) if reject.reason == reject::UNSUPPORTED_VERSION => {
            Err(ProbeFailure::NoCommonVersion)
        }
        // Whatever else a server answers is for the cases to judge.
        _ => Ok(()),
    }
}

/// A record whose first octet is a record kind of its length: 34 octets and more of a handshake message, or REJECT.
fn recognise(octets: &[u8]) -> Recognised {
    match octets {
        [] | [_] | [_, _] => Recognised::More,
        [high, low, kind, ..] => match (u16::from_be_bytes([*high, *low]), kind) {
            (97.., 0) | (7, 2) => Recognised::Pinnace,
            _ => Recognised::Foreign,
        },
    }
}

fn exchange(endpoint: &Endpoint, greeting: &[u8]) -> Result<Answer, ProbeFailure> {
    let unreachable = |error: std::io::Error| ProbeFailure::Unreachable { reason: error.to_string() };
    let mut stream = TcpStream::connect_timeout(&endpoint.tcp, WAIT).map_err(unreachable)?;
    stream.set_read_timeout(Some(WAIT)).map_err(unreachable)?;
    stream.write_all(greeting).map_err(unreachable)?;
    let mut len = [0; 2];
    stream.read_exact(&mut len).map_err(|_| ProbeFailure::Silent)?;
    let mut record = vec![0; usize::from(u16::from_be_bytes(len))];
    stream.read_exact(&mut record).map_err(|_| ProbeFailure::Silent)?;
    Ok(Answer::read(&record))
}

/// Whether the second message's CERTIFICATE is signed by the realm's first root. A server whose root was
/// succeeded is for the cases to judge: it says so in an extension.
fn is_certified(payload: &[u8], realm: &[u8; 32]) -> bool {
    let Some(certificate) = super::certificate_of(payload) else { return false };
    let Some((body, signature)) = certificate.split_last_chunk::<SIGNATURE_LEN>() else { return false };
    let names_another_root = certificate.get(33..41).is_none_or(|id| id != root_key_id(realm).as_slice());
    names_another_root || is_signed(realm, "pinnace/1 edge certificate", realm, body, signature)
}

#[cfg(test)]
mod tests {
    use super::{Recognised, recognise};

    #[test]
    fn only_a_record_of_the_handshake_is_recognised() {
        assert_eq!(recognise(&[0, 97, 0]), Recognised::Pinnace);
        assert_eq!(recognise(&[0, 7, 2, 1]), Recognised::Pinnace);
        assert_eq!(recognise(&[0]), Recognised::More);
        assert_eq!(recognise(b"HTTP/1.1"), Recognised::Foreign);
        assert_eq!(recognise(&[0x15, 3, 1, 0, 2, 2, 22]), Recognised::Foreign);
    }
}
