//! Threads that read what is committed, so that reads wait for no commit.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::oneshot;
use pinnace_home::Fault;

use crate::StoreError;
use crate::engine::Engine;
use crate::fjall_engine::Committed;
use crate::shared::Shared;

/// A read on its way. Without a committed state it answers that there is none.
pub(crate) type ReadJob = Box<dyn FnOnce(Option<Committed>) + Send>;

/// A read, and where its answer will come out.
pub(crate) fn read_job<T: Send + 'static>(
    read: impl FnOnce(&Committed) -> Result<T, Fault<fjall::Error>> + Send + 'static,
) -> (ReadJob, oneshot::Receiver<Result<T, StoreError>>) {
    let (reply, answer) = oneshot::channel();
    let job = move |committed: Option<Committed>| {
        let result = match committed.as_ref().map(read) {
            Some(Ok(done)) => Ok(done),
            Some(Err(Fault::Corrupt(table))) => Err(StoreError::Corrupt(table)),
            Some(Err(Fault::View(_))) | None => Err(StoreError::Unavailable),
        };
        // The handle on the engine goes before the answer: whoever has it may open the directory at once.
        drop(committed);
        let _ = reply.send(result);
    };
    (Box::new(job), answer)
}

/// Answers reads until nobody can send them any more.
pub(crate) fn serve(shared: &Shared, queue: &Arc<Mutex<Receiver<ReadJob>>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else {
            return;
        };
        // The engine stays open until the read is done: it is not closed under it.
        let mut job = Some(job);
        shared.with_engine(|engine| {
            if let Some(job) = job.take() {
                job(Some(engine.committed()));
            }
        });
        if let Some(job) = job {
            job(None);
        }
    }
}
