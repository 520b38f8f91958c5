//! One case, from its needs to its verdict.

use core::cell::RefCell;
use core::panic::AssertUnwindSafe;
use std::panic;
use std::sync::{Arc, Once};
use std::time::Instant;

use crate::case::{Case, CaseResult, Halt};
use crate::clause::Clauses;
use crate::ctx::Ctx;
use crate::record::Transcript;
use crate::run::Outcome;
use crate::verdict::{Judgement, Verdict, judge};
use crate::world::World;

thread_local! {
    /// Where the case on this thread panicked; `None` outside a case.
    static PANIC_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}
static HOOK: Once = Once::new();

/// Runs the body of a case in a world and judges it. A panic becomes a harness error.
pub(crate) fn execute(
    case: &Case,
    index: usize,
    seed: u64,
    world: Arc<dyn World>,
    clauses: Clauses,
) -> Outcome {
    let began = Instant::now();
    let endpoint = Some(world.endpoint());
    let ctx = Ctx::new(case.id, seed, Arc::clone(&world));
    let ended = guarded(case, &ctx);
    let checks = ctx.take_checks();
    let level = |id: &str| clauses(id).map_or(case.level, |clause| clause.level);
    let judgement = judge(case.requirements, level, &checks, &ended);
    let transcript = ctx.recorder().take();
    let judgement = with_crash(with_hint(judgement, &ended), &*world);
    Outcome { index, judgement, checks, endpoint, transcript, took: began.elapsed() }
        .without_idle_transcript()
}

impl Outcome {
    /// Transcripts of cases that passed are many and not read.
    fn without_idle_transcript(mut self) -> Self {
        match self.judgement.verdict {
            Verdict::Pass | Verdict::Unsupported | Verdict::NotTestable => {
                self.transcript = Transcript::default()
            }
            Verdict::Fail
            | Verdict::Warn
            | Verdict::Inconclusive
            | Verdict::HarnessError
            | Verdict::KnownFail
            | Verdict::UnexpectedPass => {}
        }
        self
    }
}

/// A case that broke a MUST and then could not go on says both.
fn with_hint(judgement: Judgement, ended: &CaseResult) -> Judgement {
    match (judgement.verdict, ended, &judgement.reason) {
        (Verdict::Fail, Err(halt), Some(reason)) if *halt != Halt::Control => {
            Judgement::new(Verdict::Fail, format!("{reason}; then {halt}"))
        }
        _ => judgement,
    }
}

/// A case whose own instance ended by itself says so, with its last words.
fn with_crash(judgement: Judgement, world: &dyn World) -> Judgement {
    match (judgement.verdict, &judgement.reason) {
        (Verdict::Fail | Verdict::Warn | Verdict::Inconclusive, Some(reason)) => match world.crash() {
            Some(crash) => Judgement::new(judgement.verdict, format!("{reason}; {crash}")),
            None => judgement,
        },
        _ => judgement,
    }
}

fn guarded(case: &Case, ctx: &Ctx) -> CaseResult {
    install_hook();
    PANIC_PLACE.set(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(|| (case.run)(ctx)));
    let place = PANIC_PLACE.take().filter(|place| !place.is_empty()).unwrap_or_else(|| "panicked".to_owned());
    result.unwrap_or_else(|_| Err(Halt::Harness { fault: format!("the case {place}") }))
}

/// Keeps the words of a panic inside a case for its verdict, and leaves other panics to the usual hook.
fn install_hook() {
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_in_case = PANIC_PLACE.with_borrow_mut(|place| match place {
                Some(text) => {
                    *text = info.to_string().replace('\n', " ");
                    true
                }
                None => false,
            });
            if !is_in_case {
                usual(info);
            }
        }));
    });
}
