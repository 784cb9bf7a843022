//! What reads the events of one answer, whatever form it comes in.
//!
//! A reader has no input or output of its own: it is given whole events and says what they mean, in
//! the same words for every form. Nothing behind it can tell which form it was.

use std::collections::VecDeque;

use super::chat;
use super::failure::Failure;
use super::peer::Peer;
use super::responses;
use super::stream::StreamEvent;
use super::wire::Wire;

/// Bytes of the arguments of one call; the longest answer of a model is shorter.
pub(super) const MOST_ARGUMENTS: usize = 1 << 20;

/// The same in words, for the model.
pub(crate) const MOST_ARGUMENTS_WORDS: &str = "1 MB";

/// Reads one answer.
pub(super) trait Answer: Send {
    /// Takes an event's name and data.
    fn take(&mut self, name: &str, data: &str);

    /// Counts an event that could not be read; `data` is what there is of it.
    fn skip(&mut self, data: &str);

    /// The stream has ended, or broke with this. What has no end of its own yet gets one.
    fn end(&mut self, failure: Failure);

    /// The service tier that it says it was given as.
    fn tier(&self) -> Option<String>;

    /// What has been read and not been handed on.
    fn ready(&mut self) -> &mut VecDeque<StreamEvent>;
}

/// The reader for a form.
pub(super) fn reader(wire: Wire, peer: Peer) -> Box<dyn Answer> {
    match wire {
        Wire::Responses => Box::new(responses::Answer::new(peer)),
        Wire::Chat => Box::new(chat::Answer::new(peer)),
    }
}
