//! What a command can reach.

/// What a command can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// A loopback of its own.
    #[default]
    Own,
    /// The same, with a listener in it that the caller accepts from: see [`crate::Confined::listening`].
    Listener,
    /// The machine's network.
    Machine,
}
