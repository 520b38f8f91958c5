//! Conversations: who is in one, the order of its entries, and their way into mailboxes.
//!
//! A conversation is an owner: its epoch, its roster, the last number of each device in it, and what its entries carry. What
//! the entries say is sealed: the rules see an [`Envelope`].
//!
//! ```text
//! sender's device         the conversation            each recipient's mailbox
//! post_begin   ------->   post_decide
//! conclude     <-------   payload, FanOut   ------->  Delivery: one small item row
//!                         FanOut::settle    <-------
//!                         holders - 1       <-------  the item is done with: Release
//! ```
//!
//! # Two owners, one number
//!
//! A POST or COMMIT has a place among the numbers of its device and one in its conversation, so it takes three steps, each on
//! one owner:
//!
//! 1. [`post_begin`], [`commit_begin`]: the device's turn, as for a SEND: order, repeats, rate; what is refused whatever the
//!    conversation says is refused here, for good.
//! 2. [`post_decide`], [`commit_decide`]: the conversation's decision, with all that follows from it. It keeps what it decided
//!    for the last number of each device in its roster: the same number with the same body is answered alike and changes
//!    nothing, an older one is dropped.
//! 3. [`conclude`]: the device's outcome.
//!
//! An engine that commits all of them at once calls [`post`] or [`commit`]. One that keeps owners apart takes the steps one
//! after the other; whatever stops it between two of them, the device asks again, since it has no outcome: a number that
//! stopped before the second step is decided then, one that stopped after it gets the decision that stands. (Such an engine
//! must not void a number that a conversation may have decided: it asks that conversation first. [`crate::void`] knows of no
//! conversation, and needs none where the steps are one.)
//!
//! # One payload, many items
//!
//! What an entry carries is stored once, under its conversation_seq and kind, with the count of items that hold it. The
//! [`FanOut`] names the recipients, as of the entry. Whoever runs the transaction brings each [`Delivery`] to its mailbox, in a
//! transaction of its own or together with the first, and then settles the whole; after a crash [`fan_outs`] finds what is
//! left, and marks at the devices say what was done. An item that ends, however it ends, is one holder less by an effect on
//! the conversation; the last one takes the payload along.
//!
//! # Who is in it
//!
//! Commits change the roster. Besides, an account that loses a device takes it out of all its conversations, which it knows by
//! rows of its own: so a conversation tells an account of the devices that came in, and the account answers at once if one of
//! them is its own no more.

mod account;
mod begin;
mod commit;
mod decide;
mod deliver;
mod delta;
mod fan_out;
mod faulty;
mod load;
mod look;
mod member;
mod place;
mod post;
mod release;
mod request;
mod whole;

pub(crate) use account::{changed, entered, exited, tell_all};
pub use begin::{Begun, Ticket, commit_begin, conclude, post_begin};
pub use commit::commit_decide;
pub use decide::Decided;
pub use fan_out::{Delivery, FanOut, Shared, fan_outs};
pub(crate) use load::{LastPayload, load};
pub use look::{ConversationState, conversation, roster};
pub use post::post_decide;
pub(crate) use release::{ReleaseSet, release};
pub use request::{CommitRequest, Committer, Envelope, Origin, PostRequest};
pub use whole::{commit, post};
