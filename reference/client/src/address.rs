//! Where a server listens, and for which realm: one URL.

use core::fmt;
use core::net::Ipv6Addr;
use core::str::FromStr;

use pinnace_session::RealmId;

use crate::hex;

/// The address of a server: carrier, host, port, and the realm that its edges must prove.
///
/// ```text
/// tcp://HOST:PORT/?realm=HEX             TCP (CAR-001)
/// ws://HOST:PORT/pinnace?realm=HEX       WebSocket (CAR-004)
/// ```
///
/// The form is that of the spec's chapter on carriers, less `wss://`. HEX is the realm id: 64 hexadecimal digits. It may
/// be left out where the realm is given otherwise. An IPv6 host stands in brackets.
///
/// ```
/// use pinnace_client::{Carrier, ServerAddress};
///
/// let address: ServerAddress = "tcp://127.0.0.1:7411".parse()?;
/// assert_eq!(address.carrier, Carrier::Tcp);
/// assert_eq!(address.host_and_port(), "127.0.0.1:7411");
/// # Ok::<(), pinnace_client::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// How records travel.
    pub carrier: Carrier,
    /// Name or IP address; an IPv6 address keeps its brackets.
    pub host: String,
    /// TCP port, 1 to 65535.
    pub port: u16,
    /// The realm, if the address names one.
    pub realm: Option<RealmId>,
}

/// How records travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Each record behind its 16-bit length (CAR-001).
    Tcp,
    /// Each record one binary message (CAR-005).
    WebSocket,
}

/// Why a text is no server address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// It begins with neither `tcp://` nor `ws://`.
    Scheme,
    /// No name or IP address stands before the port.
    Host,
    /// No port from 1 to 65535 follows the host.
    Port,
    /// The path is not the carrier's own.
    Path,
    /// The query is not `realm=` and 64 hexadecimal digits.
    Realm,
}

impl ServerAddress {
    /// `host:port`, as the resolver takes it.
    #[must_use]
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The URL of the WebSocket upgrade (CAR-004).
    pub(crate) fn upgrade_url(&self) -> String {
        format!("ws://{}:{}/pinnace", self.host, self.port)
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (carrier, rest) = if let Some(rest) = text.strip_prefix("tcp://") {
            (Carrier::Tcp, rest)
        } else if let Some(rest) = text.strip_prefix("ws://") {
            (Carrier::WebSocket, rest)
        } else {
            return Err(AddressError::Scheme);
        };
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path_is_known = match carrier {
            Carrier::Tcp => path.is_empty(),
            Carrier::WebSocket => path.is_empty() || path == "pinnace",
        };
        if !path_is_known {
            return Err(AddressError::Path);
        }
        let (host, port) = authority.rsplit_once(':').ok_or(AddressError::Port)?;
        let digits = Some(port).filter(|port| port.bytes().all(|octet| octet.is_ascii_digit()));
        let port = digits.and_then(|digits| digits.parse().ok()).filter(|port| *port != 0);
        let port = port.ok_or(AddressError::Port)?;
        if !is_host(host) {
            return Err(AddressError::Host);
        }
        Ok(Self { carrier, host: host.to_owned(), port, realm: query.map(realm_of).transpose()? })
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets, which alone tell it from its port.
fn is_host(host: &str) -> bool {
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map_or_else(
        || {
            let is_sound = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
            !host.is_empty() && host.bytes().all(is_sound)
        },
        |inner| inner.parse::<Ipv6Addr>().is_ok(),
    )
}

fn realm_of(query: &str) -> Result<RealmId, AddressError> {
    let digits = query.strip_prefix("realm=").ok_or(AddressError::Realm)?;
    hex::array(digits).map(RealmId).ok_or(AddressError::Realm)
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.carrier {
            Carrier::Tcp => write!(f, "tcp://{}:{}/", self.host, self.port)?,
            Carrier::WebSocket => write!(f, "{}", self.upgrade_url())?,
        }
        self.realm.as_ref().map_or(Ok(()), |realm| write!(f, "?realm={}", hex::encode(&realm.0)))
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "a server address begins with tcp:// or ws://",
            Self::Host => "the server address names no host, or one that is no name and no IP address",
            Self::Port => "the server address names no port from 1 to 65535",
            Self::Path => "the path of a server address is / for tcp:// and /pinnace for ws://",
            Self::Realm => "the realm of a server address is realm= and 64 hexadecimal digits",
        })
    }
}

impl core::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, error: AddressError) {
        assert_eq!(text.parse::<ServerAddress>(), Err(error), "{text}");
    }

    #[test]
    fn an_address_prints_as_it_was_read() {
        let realm = "0f".repeat(32);
        for text in [
            format!("tcp://127.0.0.1:7411/?realm={realm}"),
            format!("ws://chat.example:80/pinnace?realm={realm}"),
            "tcp://[::1]:7411/".to_owned(),
        ] {
            assert_eq!(text.parse::<ServerAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_examples_of_the_specification_read() {
        let chapter = include_str!("../../../spec/text/02-carriers.md");
        let examples: Vec<&str> =
            chapter.lines().filter(|line| line.starts_with("tcp://") || line.starts_with("ws://")).collect();
        assert_eq!(examples.len(), 2);
        for text in examples {
            assert_eq!(text.parse::<ServerAddress>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_path_may_be_left_out() {
        let address: ServerAddress = "ws://host:8080".parse().unwrap();
        assert_eq!(address.to_string(), "ws://host:8080/pinnace");
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        refused("wss://host:1/pinnace", AddressError::Scheme);
        refused("pinnace://host:1", AddressError::Scheme);
        refused("tcp://host", AddressError::Port);
        refused("tcp://host:0", AddressError::Port);
        refused("tcp://host:65536", AddressError::Port);
        refused("tcp://:7411", AddressError::Host);
        refused("tcp://host:+7411", AddressError::Port);
        refused("tcp://::1:7411", AddressError::Host);
        refused("tcp://[::1:7411", AddressError::Host);
        refused("tcp://[host]:7411", AddressError::Host);
        refused("tcp://somebody@host:7411", AddressError::Host);
        refused("tcp://a b:7411", AddressError::Host);
        refused("tcp://host:1/pinnace", AddressError::Path);
        refused("ws://host:1/other", AddressError::Path);
        refused("ws://host:1/?realm=00", AddressError::Realm);
        refused("ws://host:1/?token=00", AddressError::Realm);
    }
}
