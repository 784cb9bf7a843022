//! Who pays for a conversation: told of each answer's tokens, and asked before each request.

use std::fmt;
use std::sync::Arc;

use crate::model::Failure;
use crate::model::meter::Spent;

/// Keeps account of a conversation.
pub trait Pays: Send + Sync {
    /// An answer has cost so much. It is kept when this returns.
    fn spent(&self, spent: &Spent);

    /// Whether the next request may be sent.
    ///
    /// # Errors
    ///
    /// A [`Failure`] that says what stands against it; the turn ends with it.
    fn may_ask(&self) -> Result<(), Failure>;
}

/// A handle on who pays. Clones share it.
#[derive(Clone)]
pub struct Purse(Arc<dyn Pays>);

impl Purse {
    /// A handle on this one.
    pub fn new(pays: impl Pays + 'static) -> Self {
        Self(Arc::new(pays))
    }
}

impl std::ops::Deref for Purse {
    type Target = dyn Pays;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Purse")
    }
}
