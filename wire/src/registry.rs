//! Closed enumerations: an unknown value is MALFORMED. And the open registry of reject reasons.

macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $value:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $value,)*
        }

        impl $name {
            /// The variant of this octet, or `None`.
            #[must_use]
            pub const fn from_wire(value: u8) -> Option<Self> {
                match value {
                    $($value => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The octet on the wire.
            #[must_use]
            pub const fn value(self) -> u8 {
                self as u8
            }
        }
    };
}

closed!(
    /// Whether a person looks at the device.
    Activity {
        /// Nobody is looking.
        Background = 0,
        /// A person is looking.
        Foreground = 1,
    }
);
closed!(
    /// Who the device is to this server (REG-001).
    Standing {
        /// No registration is known for this static key.
        Unregistered = 0,
        /// The device is registered.
        Registered = 1,
    }
);
closed!(
    /// How far a registration has come.
    RegistrationStage {
        /// No code is out.
        Choosing = 1,
        /// A code is out.
        Waiting = 2,
        /// The number is verified; the certificate is awaited.
        Verified = 3,
    }
);
closed!(
    /// Whether the server has a KeyPackage of last resort of a device and suite.
    HasLastResort {
        /// It has none.
        No = 0,
        /// It has one.
        Yes = 1,
    }
);

closed!(
    /// What a conversation is between.
    ConversationKind {
        /// The devices of one account.
        OwnDevices = 1,
        /// The devices of two accounts.
        Direct = 2,
        /// The devices of any accounts.
        Group = 3,
    }
);
closed!(
    /// What an entry of a conversation brings.
    EntryKind {
        /// What a POST of another device carried.
        Message = 0,
        /// The commit of another device, which ended an epoch.
        Commit = 1,
        /// The Welcome of the commit by which this device was added.
        Welcome = 2,
        /// Nothing: this device's own POST or COMMIT has this place.
        Own = 3,
        /// The device list that an account of the conversation put into force.
        DeviceList = 4,
    }
);
closed!(
    /// What a staged piece is of.
    StagePart {
        /// The commit.
        Commit = 0,
        /// The Welcome.
        Welcome = 1,
    }
);

/// The two ends of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The device.
    Client,
    /// The edge.
    Server,
}

/// Why a server refuses a connection before its handshake. An unknown one counts as busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RejectReason(u8);

impl RejectReason {
    /// The first record is no preface (CHN-001).
    pub const BAD_PREFACE: Self = Self(1);
    /// The version is not spoken here (CHN-002).
    pub const UNSUPPORTED_VERSION: Self = Self(2);
    /// The suite is not spoken here (CHN-003).
    pub const UNSUPPORTED_SUITE: Self = Self(3);
    /// The pattern is not spoken here (CHN-004).
    pub const UNSUPPORTED_PATTERN: Self = Self(4);
    /// No room for this connection now (CAR-009).
    pub const BUSY: Self = Self(5);
    /// The first message of XX is malformed (CHN-020).
    pub const BAD_HANDSHAKE: Self = Self(6);

    /// The reason of this octet; every octet is one.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        Self(value)
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// The name in `spec/data/frames.toml`, or `None` for an unknown one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self.0 {
            1 => Some("BAD_PREFACE"),
            2 => Some("UNSUPPORTED_VERSION"),
            3 => Some("UNSUPPORTED_SUITE"),
            4 => Some("UNSUPPORTED_PATTERN"),
            5 => Some("BUSY"),
            6 => Some("BAD_HANDSHAKE"),
            _ => None,
        }
    }
}
