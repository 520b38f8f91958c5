//! Where a server listens, and for which realm: one URL.

use core::fmt;
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
/// The form is that of the spec's chapter on carriers, with the realm behind it. HEX is the realm id: 64 hexadecimal
/// digits. It may be left out where the realm is given otherwise. An IPv6 host stands in brackets.
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
    /// No host stands before the port.
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
        let port = port.parse().ok().filter(|port| *port != 0).ok_or(AddressError::Port)?;
        // An IPv6 address outside brackets cannot be told from its port.
        if host.is_empty() || (host.contains(':') && !(host.starts_with('[') && host.ends_with(']'))) {
            return Err(AddressError::Host);
        }
        Ok(Self { carrier, host: host.to_owned(), port, realm: query.map(realm_of).transpose()? })
    }
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
            Self::Host => "the server address names no host",
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
        refused("tcp://::1:7411", AddressError::Host);
        refused("tcp://host:1/pinnace", AddressError::Path);
        refused("ws://host:1/other", AddressError::Path);
        refused("ws://host:1/?realm=00", AddressError::Realm);
        refused("ws://host:1/?token=00", AddressError::Realm);
    }
}
