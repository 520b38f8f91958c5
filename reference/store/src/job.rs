//! Operations on their way to the writer.

use futures_channel::oneshot;
use pinnace_home::{Event, Fault, Rules, Step};

use crate::StoreError;
use crate::overlay::Overlay;

/// What a home function needs besides its request.
pub(crate) struct Scene<'r> {
    pub(crate) rules: &'r Rules,
    pub(crate) now_ms: u64,
}

/// What went wrong inside a transaction.
pub(crate) type JobFault = Fault<fjall::Error>;

/// An operation that waits for its commit.
pub(crate) trait Job: Send {
    /// Runs the operation's transaction.
    fn run(&mut self, overlay: &mut Overlay<'_>, scene: &Scene<'_>) -> Result<Vec<Event>, JobFault>;

    /// Gives the caller the answer, now that its fate is known.
    fn finish(self: Box<Self>, fate: Result<(), StoreError>);
}

/// An operation with its answer's way back.
pub(crate) struct Task<T, F> {
    operation: F,
    answer: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Task<T, F>
where
    F: FnMut(&mut Overlay<'_>, &Scene<'_>) -> Result<Step<T>, JobFault> + Send,
    T: Send,
{
    /// An operation, and where its answer will come out.
    pub(crate) fn new(operation: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        (Self { operation, answer: None, reply }, answer)
    }
}

impl<T, F> Job for Task<T, F>
where
    F: FnMut(&mut Overlay<'_>, &Scene<'_>) -> Result<Step<T>, JobFault> + Send,
    T: Send,
{
    fn run(&mut self, overlay: &mut Overlay<'_>, scene: &Scene<'_>) -> Result<Vec<Event>, JobFault> {
        let step = (self.operation)(overlay, scene)?;
        self.answer = Some(step.answer);
        Ok(step.events)
    }

    fn finish(self: Box<Self>, fate: Result<(), StoreError>) {
        let Self { answer, reply, .. } = *self;
        // Nobody may be waiting any more; the operation stands all the same.
        let _ = reply.send(fate.and_then(|()| answer.ok_or(StoreError::Unavailable)));
    }
}
