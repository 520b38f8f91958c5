//! VOID: settles a number without a message.

use crate::number::{Turn, settle, turn};
use crate::row::{BODY_HASH_LEN, OutcomeRow};
use crate::{ClientSeq, Fault, Outcome, Rules, SendDone, Session, Step, View};

/// A VOID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VoidRequest {
    /// Who voids.
    pub session: Session,
    /// The number.
    pub client_seq: ClientSeq,
}

/// Handles a VOID: the next number becomes VOIDED, an earlier one keeps its outcome (DLV-018, DLV-019).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn void<V: View>(
    view: &mut V,
    rules: &Rules,
    request: VoidRequest,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let sender = match turn(view, rules, request.session, (request.client_seq, None))? {
        Turn::Next(sender) => sender,
        Turn::Answer(answer) => return Ok(Step::plain(answer)),
    };
    let row = OutcomeRow { outcome: Outcome::Voided, body_hash: [0; BODY_HASH_LEN] };
    settle(view, rules, request.session.owner(), sender, row);
    Ok(Step::plain(SendDone::Outcome(Outcome::Voided)))
}
