//! The command line.

use core::time::Duration;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pinnace_client::{ServerAddress, hex};
use pinnace_content::{ContentId, Reference};
use pinnace_session::RealmId;
use pinnace_wire::{AccountId, ConversationId, DeviceId, DurationS, Method};

/// What stands below the help of every command.
const AFTER: &str = "\
`say` and `group` are END-TO-END ENCRYPTED. `send` and `chat --with` are for debugging: the server reads what they send.

A server address is tcp://HOST:PORT/?realm=HEX (TCP) or ws://HOST:PORT/pinnace?realm=HEX (WebSocket);
`register` keeps it in the home directory.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no answer in time, 4 server not reached.";

/// The longest wait for the server: a year.
const TIMEOUT_MAX: Duration = Duration::from_secs(365 * 86_400);

/// A messenger for the command line.
#[derive(Debug, Parser)]
#[command(name = "pinnace", version, after_help = AFTER)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Where keys and messages are kept [default: $XDG_DATA_HOME/pinnace, or ~/.local/share/pinnace]
    #[arg(long, global = true, env = "PINNACE_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// The server: tcp://HOST:PORT/?realm=HEX or ws://HOST:PORT/pinnace?realm=HEX
    #[arg(long, global = true, env = "PINNACE_SERVER", value_name = "ADDRESS")]
    pub(crate) server: Option<ServerAddress>,
    /// The realm that the server must prove, 64 hexadecimal digits, where the address does not name it
    #[arg(long, global = true, env = "PINNACE_REALM", value_name = "HEX", value_parser = realm)]
    pub(crate) realm: Option<RealmId>,
    /// Seconds to wait for the server
    #[arg(long, global = true, default_value = "30", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// Print JSON lines
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Debugging: write the decrypted frames to a pcapng file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) capture: Option<PathBuf>,
    /// Debugging: write the keys of the sessions to a file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_log: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Register this device under a telephone number
    Register(Register),
    /// Say something in a conversation, END-TO-END ENCRYPTED
    Say(Box<Say>),
    /// Conversations: create, add, remove, leave, list, history
    Group {
        #[command(subcommand)]
        task: GroupTask,
    },
    /// Debugging: send a message or a file to one device, NOT END-TO-END ENCRYPTED
    Send(Send),
    /// Print the messages that are in the mailbox
    Receive(Receive),
    /// Talk in a conversation, line by line, END-TO-END ENCRYPTED
    Chat(Chat),
    /// Make this new device one of an account: shows a code for a device of the account
    Link,
    /// List the devices of the account, take one in, or remove one
    Devices(Devices),
    /// Show or compare the safety number with an account
    Safety(Safety),
    /// Show what this device knows, without the server
    Status,
}

/// `pinnace register`
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The number: + and 7 to 15 digits
    #[arg(long, value_name = "E164", value_parser = number)]
    pub(crate) number: String,
    /// How the code is to be sent [default: the first way that the server offers]
    #[arg(long, value_enum)]
    pub(crate) method: Option<Way>,
    /// The code, where it is known before
    #[arg(long, conflicts_with = "code_from")]
    pub(crate) code: Option<String>,
    /// Read the code from the log of a development server
    #[arg(long, value_name = "FILE")]
    pub(crate) code_from: Option<PathBuf>,
    /// Take the number from the account that has it
    #[arg(long)]
    pub(crate) replace: bool,
}

/// How a code is sent.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Way {
    /// An own device approves
    ExistingDevice,
    /// A push message
    Push,
    /// A short message
    Sms,
    /// A call
    Voice,
}

/// Which conversation.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// The one with this account, 32 hexadecimal digits; it is made where there is none
    #[arg(long, value_name = "ACCOUNT", value_parser = account, conflicts_with = "conversation")]
    pub(crate) to: Option<AccountId>,
    /// This one, 32 hexadecimal digits
    #[arg(long = "in", value_name = "CONVERSATION", value_parser = conversation)]
    pub(crate) conversation: Option<ConversationId>,
}

/// `pinnace say`
#[derive(Debug, Args)]
pub(crate) struct Say {
    #[command(flatten)]
    pub(crate) place: Where,
    /// What it answers
    #[arg(long, value_name = "ACCOUNT:ID", value_parser = super::say::reference)]
    pub(crate) reply_to: Option<Reference>,
    /// Put the text as a sign on something; without a text it is taken back
    #[arg(long, value_name = "ACCOUNT:ID", value_parser = super::say::reference, group = "act")]
    pub(crate) react: Option<Reference>,
    /// Put the text in the place of something that this account said
    #[arg(long, value_name = "ID", value_parser = content, group = "act")]
    pub(crate) edit: Option<ContentId>,
    /// Delete something that this account said, for everybody
    #[arg(long, value_name = "ID", value_parser = content, group = "act")]
    pub(crate) delete: Vec<ContentId>,
    /// Tell that something was read
    #[arg(long, value_name = "ACCOUNT:ID", value_parser = super::say::reference, group = "act")]
    pub(crate) read: Option<Reference>,
    /// From now on what is said disappears after so many seconds; 0: it stays
    #[arg(long, value_name = "SECONDS", group = "act")]
    pub(crate) timer: Option<u64>,
    /// This disappears after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) disappear: Option<u64>,
    /// The text
    pub(crate) text: Vec<String>,
}

/// `pinnace group`
#[derive(Debug, Subcommand)]
pub(crate) enum GroupTask {
    /// Create a group with these accounts
    Create {
        /// What it is called
        name: String,
        /// The accounts, 32 hexadecimal digits each
        #[arg(value_name = "ACCOUNT", value_parser = account)]
        accounts: Vec<AccountId>,
    },
    /// Add accounts
    Add {
        /// The group
        #[arg(value_parser = conversation)]
        conversation: ConversationId,
        /// The accounts
        #[arg(value_name = "ACCOUNT", value_parser = account, required = true)]
        accounts: Vec<AccountId>,
    },
    /// Remove accounts
    Remove {
        /// The group
        #[arg(value_parser = conversation)]
        conversation: ConversationId,
        /// The accounts
        #[arg(value_name = "ACCOUNT", value_parser = account, required = true)]
        accounts: Vec<AccountId>,
    },
    /// Ask to be removed
    Leave {
        /// The group
        #[arg(value_parser = conversation)]
        conversation: ConversationId,
    },
    /// List all conversations, as this device knows them
    List,
    /// Show what was said last
    History {
        /// Where
        #[arg(value_parser = conversation)]
        conversation: ConversationId,
        /// So much
        #[arg(long, default_value = "20", value_name = "N")]
        count: u64,
    },
}

/// `pinnace send`
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The device, 32 hexadecimal digits
    #[arg(long, value_name = "DEVICE", value_parser = device)]
    pub(crate) to: DeviceId,
    /// Send this file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) file: Option<PathBuf>,
    /// Seconds after which the message is not worth delivering
    #[arg(long, value_name = "SECONDS", value_parser = expiry)]
    pub(crate) expires_in: Option<DurationS>,
    /// Ask for no receipt
    #[arg(long)]
    pub(crate) no_receipt: bool,
    /// The text; without it and without --file the standard input is sent
    pub(crate) text: Vec<String>,
}

/// `pinnace receive`
#[derive(Debug, Args)]
pub(crate) struct Receive {
    /// Wait for so many messages
    #[arg(long, value_name = "N", conflicts_with = "follow")]
    pub(crate) count: Option<u64>,
    /// Never end
    #[arg(long)]
    pub(crate) follow: bool,
    /// Save files in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) save_dir: Option<PathBuf>,
}

/// `pinnace chat`
#[derive(Debug, Args)]
pub(crate) struct Chat {
    #[command(flatten)]
    pub(crate) place: Where,
    /// Debugging: one device, NOT END-TO-END ENCRYPTED
    #[arg(long, value_name = "DEVICE", value_parser = device, conflicts_with_all = ["to", "conversation"])]
    pub(crate) with: Option<DeviceId>,
}

/// `pinnace devices`
#[derive(Debug, Args)]
pub(crate) struct Devices {
    #[command(subcommand)]
    pub(crate) change: Option<DevicesChange>,
}

/// What is done to the devices of the account.
#[derive(Debug, Subcommand)]
pub(crate) enum DevicesChange {
    /// List them, as the server knows them; so does `devices` alone
    List,
    /// Take in the device that shows this code
    Approve {
        /// What pinnace link shows, as text
        #[arg(value_name = "TEXT")]
        code: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Remove a device from the account
    Remove {
        /// The device, 32 hexadecimal digits
        #[arg(value_name = "DEVICE", value_parser = device)]
        device: DeviceId,
    },
}

/// `pinnace safety`
#[derive(Debug, Args)]
pub(crate) struct Safety {
    /// The account, 32 hexadecimal digits
    #[arg(value_name = "ACCOUNT", value_parser = account)]
    pub(crate) account: AccountId,
    /// Compare with the text of the code that the other side shows
    #[arg(long, value_name = "TEXT")]
    pub(crate) scanned: Option<String>,
    /// Forget what was seen of the account: what the server tells next is taken on trust
    #[arg(long, conflicts_with = "scanned")]
    pub(crate) forget: bool,
}

impl Way {
    pub(crate) const fn method(self) -> Method {
        match self {
            Self::ExistingDevice => Method::EXISTING_DEVICE,
            Self::Push => Method::PUSH,
            Self::Sms => Method::SMS,
            Self::Voice => Method::VOICE,
        }
    }
}

fn realm(text: &str) -> Result<RealmId, &'static str> {
    hex::array(text).map(RealmId).ok_or("a realm is 64 hexadecimal digits")
}

fn number(text: &str) -> Result<String, &'static str> {
    let digits = text.strip_prefix('+').filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()));
    digits
        .filter(|digits| (7..=15).contains(&digits.len()))
        .map(|_| text.to_owned())
        .ok_or("a telephone number is + and 7 to 15 digits")
}

fn device(text: &str) -> Result<DeviceId, &'static str> {
    hex::array(text).map(DeviceId::new).ok_or("a device is 32 hexadecimal digits")
}

fn account(text: &str) -> Result<AccountId, &'static str> {
    hex::array(text).map(AccountId::new).ok_or("an account is 32 hexadecimal digits")
}

fn conversation(text: &str) -> Result<ConversationId, &'static str> {
    hex::array(text).map(ConversationId::new).ok_or("a conversation is 32 hexadecimal digits")
}

fn content(text: &str) -> Result<ContentId, &'static str> {
    hex::array(text).map(ContentId).ok_or("something that was said is 32 hexadecimal digits")
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| "not a number of seconds")?;
    // What a clock can add to its present time.
    if duration <= TIMEOUT_MAX { Ok(duration) } else { Err("more than a year") }
}

fn expiry(text: &str) -> Result<DurationS, &'static str> {
    text.parse().ok().and_then(DurationS::new).ok_or("1 to 2592000 seconds")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_wait_is_bounded() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("31536000"), Ok(TIMEOUT_MAX));
        for text in ["31536001", "1e19", "1e300", "inf", "nan", "-1", "x"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_is_plus_and_digits() {
        assert!(number("+4670000").is_ok() && number("+123456789012345").is_ok());
        for text in ["0700123456", "+123456", "+1234567890123456", "+46 700000", "+4670000x", "+", ""] {
            assert!(number(text).is_err(), "{text}");
        }
    }
}
