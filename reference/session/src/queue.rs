//! Queues that an idle session does not pay for.

use alloc::collections::VecDeque;

/// Takes the first entry; an empty queue gives its memory back.
pub(crate) fn pop<T>(queue: &mut VecDeque<T>) -> Option<T> {
    let first = queue.pop_front();
    if queue.is_empty() && queue.capacity() > 0 {
        *queue = VecDeque::new();
    }
    first
}
