//! Requirements: normative sentences with the lines below them.

use core::fmt;

use serde::Deserialize;

/// One normative sentence, with the lines that stand below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its id for ever, such as `DLV-014`.
    pub id: String,
    /// Who it binds.
    pub role: Role,
    /// Its keyword.
    pub level: Level,
    /// The sentence.
    pub text: String,
    /// File of its chapter below `spec/`.
    pub chapter: &'static str,
    /// Anchor of its heading in that file, without `#`.
    pub anchor: String,
    /// Line of its heading in that file, from 1.
    pub line: usize,
    /// What brings it into play.
    pub trigger: String,
    /// What a peer can see of it on the wire.
    pub observable: String,
    /// The error that answers a violation, or that the sentence demands.
    pub error: Option<ErrorRef>,
}

/// Who a requirement binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The edge that devices connect to.
    Server,
    /// The device.
    Client,
    /// Both peers.
    Both,
    /// Whoever writes frames.
    Encoder,
    /// Whoever reads frames.
    Decoder,
}

/// The keyword of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Level {
    /// MUST.
    #[serde(rename = "MUST")]
    Must,
    /// MUST NOT.
    #[serde(rename = "MUST NOT")]
    MustNot,
    /// SHOULD.
    #[serde(rename = "SHOULD")]
    Should,
    /// MAY.
    #[serde(rename = "MAY")]
    May,
}

/// An error as a requirement names it: the carrier and the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRef {
    /// What carries the error.
    pub carrier: Carrier,
    /// Name in `errors.toml`, or in the registry `reject_reason` for [`Carrier::Reject`].
    pub name: String,
}

/// What carries an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Carrier {
    /// The frame CLOSE.
    Close,
    /// The frame ERROR.
    Error,
    /// The frame REFUSED.
    Refused,
    /// The cleartext record REJECT.
    Reject,
}

impl Level {
    /// All levels, the longer keyword before its beginning.
    pub const ALL: [Self; 4] = [Self::MustNot, Self::Must, Self::Should, Self::May];

    /// The keyword as it stands in the text.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }

    /// Whether breaking it is never conforming.
    #[must_use]
    pub const fn is_absolute(self) -> bool {
        matches!(self, Self::Must | Self::MustNot)
    }
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Server, Self::Client, Self::Both, Self::Encoder, Self::Decoder];

    /// The word as it stands in the text.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }
}

impl Carrier {
    /// All carriers.
    pub const ALL: [Self; 4] = [Self::Close, Self::Error, Self::Refused, Self::Reject];

    /// The word as it stands in the text.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Close => "CLOSE",
            Self::Error => "ERROR",
            Self::Refused => "REFUSED",
            Self::Reject => "REJECT",
        }
    }
}

impl fmt::Display for ErrorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.carrier.word(), self.name)
    }
}
