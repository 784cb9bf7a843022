//! The same work for many things at once, on as many threads as there are processors.

use std::num::NonZero;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

/// Fewer things than this are not worth a thread.
const FEW: usize = 8;

/// Threads that one piece of work may have: the rest of the machine belongs to others.
const MOST: usize = 8;

/// `work` for each of `items`, in their order. It returns when all is done.
///
/// # Panics
///
/// When `work` does.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(MOST).min(items.len() / FEW);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let each = || {
            let mut mine = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(at) else {
                    return mine;
                };
                mine.push((at, work(item)));
            }
        };
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(each)).collect();
        let ended = started.into_iter().map(thread::ScopedJoinHandle::join);
        ended
            .flat_map(|ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        for count in [0, 1, FEW, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(in_parallel(&items, |item| item * 2), doubled);
        }
    }

    #[test]
    #[should_panic(expected = "the 500th")]
    fn a_panic_is_the_callers() {
        let items: Vec<usize> = (0..1_000).collect();
        in_parallel(&items, |item| assert_ne!(*item, 500, "the 500th"));
    }
}
