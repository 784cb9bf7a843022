//! Named points of a transaction, at which a test can look, meddle, fail or die.
//!
//! Outside of tests a point is nothing.

#[cfg(not(test))]
pub(super) fn point(_name: &str) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use self::hook::point;

#[cfg(test)]
pub(super) mod hook {
    use std::cell::RefCell;
    use std::io;

    type Hook = Box<dyn FnMut(&str) -> io::Result<()>>;

    thread_local! {
        static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
    }

    pub(crate) fn point(name: &str) -> io::Result<()> {
        HOOK.with_borrow_mut(|hook| hook.as_mut().map_or(Ok(()), |hook| hook(name)))
    }

    /// Calls `hook` at each point on this thread until the returned guard is dropped.
    pub(crate) fn set(hook: impl FnMut(&str) -> io::Result<()> + 'static) -> Guard {
        HOOK.set(Some(Box::new(hook)));
        Guard
    }

    pub(crate) struct Guard;

    impl Drop for Guard {
        fn drop(&mut self) {
            HOOK.set(None);
        }
    }
}
