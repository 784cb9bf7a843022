//! For tests of what has to happen at once: tells how long it takes, whatever else the machine does.

use std::time::Duration;

/// What a person takes for "at once".
const AT_ONCE: Duration = Duration::from_millis(200);

/// Tries until something was done at once, and fails if it never is.
///
/// The other work of a machine only ever adds to a time, so the quickest of a few says how long the
/// thing itself takes. What else must hold is for each try to assert.
pub(crate) async fn at_once(attempt: impl AsyncFn() -> Duration) {
    let mut took = Vec::new();
    for _ in 0..5 {
        took.push(attempt().await);
        if took.last().is_some_and(|took| *took < AT_ONCE) {
            return;
        }
    }
    panic!("took {took:?}, each longer than {AT_ONCE:?}");
}
