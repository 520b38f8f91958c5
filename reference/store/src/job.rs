//! Operations on their way to the writer.

use futures_channel::oneshot;
use pinnace_home::{Event, Fault, Rules, Step};

use crate::StoreError;
use crate::engine::Engine;
use crate::overlay::Overlay;

/// What a home function needs besides its request.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'r> {
    /// The limits.
    pub rules: &'r Rules,
    /// Unix milliseconds.
    pub now_ms: u64,
}

/// What went wrong inside a transaction.
pub type JobFault<E> = Fault<<E as Engine>::Error>;

/// Whether somebody waits for an operation's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// Somebody does.
    Now,
    /// Nobody does: it may wait a little for others to share its commit.
    Later,
}

/// An operation that waits for its commit.
pub trait Job<E: Engine>: Send {
    /// Runs the operation's transaction.
    ///
    /// # Errors
    /// What went wrong inside: its changes are dropped.
    fn run(&mut self, overlay: &mut Overlay<'_, E>, scene: &Scene<'_>) -> Result<Vec<Event>, JobFault<E>>;

    /// Whether somebody waits for the answer.
    fn haste(&self) -> Haste {
        Haste::Now
    }

    /// Gives the caller the answer, now that its fate is known.
    fn finish(self: Box<Self>, fate: Result<(), StoreError>);
}

/// An operation with its answer's way back.
#[derive(Debug)]
pub struct Task<T, F> {
    operation: F,
    answer: Option<T>,
    haste: Haste,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Task<T, F> {
    /// An operation, and where its answer will come out.
    pub fn new<E: Engine>(operation: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        F: FnMut(&mut Overlay<'_, E>, &Scene<'_>) -> Result<Step<T>, JobFault<E>> + Send,
        T: Send,
    {
        let (reply, answer) = oneshot::channel();
        (Self { operation, answer: None, haste: Haste::Now, reply }, answer)
    }

    /// The same operation, for whose answer nobody waits.
    #[must_use]
    pub fn later(self) -> Self {
        Self { haste: Haste::Later, ..self }
    }
}

impl<E: Engine, T, F> Job<E> for Task<T, F>
where
    F: FnMut(&mut Overlay<'_, E>, &Scene<'_>) -> Result<Step<T>, JobFault<E>> + Send,
    T: Send,
{
    fn run(&mut self, overlay: &mut Overlay<'_, E>, scene: &Scene<'_>) -> Result<Vec<Event>, JobFault<E>> {
        let step = (self.operation)(overlay, scene)?;
        self.answer = Some(step.answer);
        // What it left for another transaction has waited already.
        self.haste = Haste::Now;
        Ok(step.events)
    }

    fn haste(&self) -> Haste {
        self.haste
    }

    fn finish(self: Box<Self>, fate: Result<(), StoreError>) {
        let Self { answer, reply, .. } = *self;
        // Nobody may be waiting any more; the operation stands all the same.
        let _ = reply.send(fate.and_then(|()| answer.ok_or(StoreError::Unavailable)));
    }
}
