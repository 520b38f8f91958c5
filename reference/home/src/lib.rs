//! The rules of a Pinnace server as pure functions over a view.
//!
//! Each operation is a function of a [`View`] of stored rows, the [`Rules`], the time and a request. It writes through
//! the view, and gives a [`Step`]: its answer, and the events that follow. Whoever holds the transaction commits the
//! rows, and only then lets the answer out. Nothing is held in memory between two operations.
//!
//! One operation touches the rows of one [`Owner`]. What it does to others it writes down as an effect, which
//! [`apply`] brings to them afterwards, once, however often a crash makes it try.
//!
//! ```
//! use pinnace_home::{Rules, RulesError};
//! let rules = Rules { outcome_cache: 100, inflight_max: 200, ..Rules::default() };
//! assert_eq!(rules.validate(), Err(RulesError::OutcomeCacheBelowInflight));
//! ```
#![no_std]

extern crate alloc;

mod ack;
mod codec;
mod confirm;
mod conversation;
mod describe;
mod described;
mod devices;
mod e164;
mod enrol;
mod fence;
mod file;
mod hello;
mod ids;
mod item;
mod key;
mod keys;
mod link;
mod list;
mod mailbox;
#[cfg(feature = "memory")]
pub mod memory;
mod nack;
mod number;
mod outbox;
mod outcome;
mod rate;
mod read;
mod register;
mod remove;
mod row;
mod rules;
mod seat;
mod send;
mod step;
mod sweep;
mod table;
mod view;
mod void;

pub use ack::{AckDone, AckRequest, ack};
pub use confirm::{ConfirmDone, ConfirmRequest, confirm};
pub use conversation::{
    Begun, CommitRequest, Committer, ConversationState, Decided, Delivery, Envelope, FanOut, Origin,
    PostRequest, Shared, Ticket, commit, commit_begin, commit_decide, conclude, conversation, fan_outs, post,
    post_begin, post_decide, roster,
};
pub use describe::{Damaged, describe};
pub use described::Described;
pub use devices::{device, devices};
pub use e164::E164;
pub use fence::Session;
pub use hello::{HelloDone, HelloRequest, Resumed, hello};
pub use ids::{account_id, conversation_id, device_id, key_package_ref, key_set_digest, list_digest};
pub use item::{
    ClientRange, Entry, Gap, GapReason, Item, KeysLow, Message, Receipt, ReceiptStatus, SeqRange,
};
pub use key::{OWNER_LEN, Owner, owner_of};
pub use keys::{
    ClaimDone, ClaimRequest, Claimed, ClaimedPackage, KeyPackage, KeysDone, KeysRequest, StockState, claim,
    keys_publish,
};
pub use link::{
    LinkApproveDone, LinkApproveRequest, LinkOpenDone, LinkOpenRequest, LinkedDevice, link_approve, link_open,
};
pub use list::{DeviceList, ListDone, ListRequest, list_publish, list_query};
pub use nack::{NackDone, NackRequest, nack};
pub use outbox::{apply, apply_fresh, forget, pending, settle};
pub use outcome::{Outcome, Receipts, Refusal};
pub use pinnace_wire::{
    AccountId, ClientMark, ClientSeq, ConversationId, ConversationKind, ConversationSeq, DeviceId, EntryKind,
    HelloCounter, ListVersion, MailboxMark, MailboxSeq, MlsSuite, SecondParty, SessionEpoch,
};
pub use read::{Page, ReadRequest, read};
pub use register::{
    CodeDone, CodeRequest, EnrolDone, EnrolRequest, MethodDone, MethodOffer, MethodRequest, RegisterDone,
    RegisterRequest, RegistrationState, Replace, RetractRequest, Stage, code, enrol, method, register,
    retract,
};
pub use row::{DeviceEntry, DeviceRecord};
pub use rules::{Rules, RulesError};
pub use send::{SendDone, SendRequest, send};
pub use step::{Event, OutboxRef, Step};
pub use sweep::{due, next_due, sweep};
pub use table::Table;
pub use view::{Fault, KeyRow, Rows, View};
pub use void::{VoidRequest, void};
