//! All steps of a POST or COMMIT in one transaction, for an engine that commits several owners together.

use super::begin::{Begun, Ticket, commit_begin, conclude, post_begin};
use super::commit::commit_decide;
use super::decide::Decided;
use super::post::post_decide;
use super::request::{CommitRequest, PostRequest};
use crate::{Fault, Rules, SendDone, Step, View};

/// Handles a POST: all its steps in one.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn post<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &PostRequest,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let begun = post_begin(view, rules, now_ms, request)?;
    go_on(view, rules, begun, |view, ticket| post_decide(view, rules, now_ms, (request, ticket)))
}

/// Handles a COMMIT: all its steps in one.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn commit<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &CommitRequest,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let begun = commit_begin(view, rules, now_ms, request)?;
    go_on(view, rules, begun, |view, ticket| commit_decide(view, rules, now_ms, (request, ticket)))
}

fn go_on<V: View>(
    view: &mut V,
    rules: &Rules,
    begun: Step<Begun>,
    decide: impl FnOnce(&mut V, &Ticket) -> Result<Step<Decided>, Fault<V::Error>>,
) -> Result<Step<SendDone>, Fault<V::Error>> {
    let Step { answer, mut events } = begun;
    let ticket = match answer {
        Begun::Decide(ticket) => ticket,
        Begun::Answer(answer) => return Ok(Step { answer, events }),
    };
    let decided = decide(view, &ticket)?;
    events.extend(decided.events);
    let concluded = conclude(view, rules, &ticket, decided.answer)?;
    events.extend(concluded.events);
    Ok(Step { answer: concluded.answer, events })
}
